"""Explanations against masks, on a tiny bundle whose maps are known."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export_models.localisation_table import TABLE_JSON, localisation_table, markdown_table
from inference.errors import InferenceError

SIDE = 32


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Even grey radiographs with one bright patch; the mask is the patch, or elsewhere."""
    rows = ["case_id,file,patient_id,split,findings,lesion_mask,lung_boxes"]
    boxes = '"{""Right Lung"": [0, 0, 16, 32], ""Left Lung"": [16, 0, 16, 32]}"'
    for number in range(8):
        values = np.full((SIDE, SIDE), 60 + number, np.uint8)
        patch = slice(8, 16) if number % 2 else slice(16, 24)
        values[patch, 8:16] = 250
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[patch, 8:16] = 255
        Image.fromarray(values).save(tmp_path / f"{number}.png")
        Image.fromarray(mask).save(tmp_path / f"m{number}.png")
        split = "test" if number < 6 else "train"
        named = f"m{number}.png" if number != 5 else ""
        rows.append(f"c{number},{number}.png,p{number},{split},Pneumonia,{named},{boxes}")
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def run(bundle: Path, table: Path, out: Path, **options: object) -> dict[str, object]:
    steps = localisation_table(bundle, table, out, provider="cpu", **options)  # type: ignore[arg-type]
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return dict(stop.value)


def test_maps_on_the_patch_beat_the_lungs(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    result = run(tiny_bundle, table, tmp_path / "out", methods=("cnn",))
    test, train = result["test"], result["train"]
    assert isinstance(test, dict)
    assert isinstance(train, dict)
    assert (test["cases"], test["patients"], train["cases"]) == (5, 5, 2)
    maps = test["maps"]
    # |x - mean x| is largest on the patch, by far: 64 of 1,024 pixels.
    assert maps["saliency map"]["pointing"]["mean"] == 1
    assert maps["saliency map"]["pixel_auroc"]["mean"] == 1
    assert maps["saliency map"]["mass"]["mean"] > 0.4
    assert maps["saliency map"]["mass"]["words"] == "better"
    assert maps["uniform"]["mass"]["mean"] == pytest.approx(64 / 1024)
    # Boxes that cover everything are as good as nothing.
    assert maps["uniform_lungs"]["mass"]["mean"] == pytest.approx(64 / 1024)
    # Each has a twin of another patient, so what they share is the patch.
    assert maps["cnn: activation"]["pixel_auroc"]["mean"] > 0.9
    assert {"cnn: attention", "cnn: occlusion"} <= set(maps)
    kept = json.loads((tmp_path / "out" / TABLE_JSON).read_text(encoding="utf-8"))
    assert kept["splits"]["test"]["maps"]["uniform"] == json.loads(json.dumps(maps["uniform"]))
    text = markdown_table(result)
    assert "test: 5 masks of 5 patients" in text
    assert "| saliency map | " in text


def test_a_table_without_masks_is_said(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match="has a lesion_mask"):
        run(tiny_bundle, table, tmp_path / "out", splits=("valid",))
