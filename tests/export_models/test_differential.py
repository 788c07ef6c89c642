"""Differential saliency of a tiny bundle, from table to figure."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export_models.differential import ARRAYS, FIGURE, FIGURES, differential
from inference.class_saliency import class_means
from inference.errors import ExportError, InferenceError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Ill cases are bright above, the others below."""
    generator = np.random.default_rng(0)
    rows = ["case_id,file,patient_id,split,findings"]
    for number in range(10):
        is_ill = number % 2 == 1
        values = generator.integers(0, 50, (32, 32), np.uint8)
        values[slice(0, 8) if is_ill else slice(24, 32)] += 180
        Image.fromarray(values).save(tmp_path / f"{number}.png")
        split = "train" if number > 7 else "test"
        finding = "Pneumonia" if is_ill else "No finding"
        rows.append(f"c{number},{number}.png,p{number},{split},{finding}")
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_maps_are_those_of_the_classes(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    classes = ["Pneumonia", "No finding"]
    steps = list(
        differential(tiny_bundle, table, out, classes=classes, method="cnn", provider="cpu")
    )
    assert steps[-1].total == 8
    content = np.load(out / ARRAYS)
    assert content["names"].tolist() == classes
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)
    ill = [table.parent / f"{number}.png" for number in (1, 3, 5, 7)]
    *_, expected = class_means({"ill": ill}, session, "cnn")
    np.testing.assert_allclose(content["saliency"][0], expected.means["ill"].saliency, rtol=1e-5)
    difference = content["saliency"][0] - content["saliency"][1]
    assert difference[:8].mean() > 0.5 > -0.5 > difference[-8:].mean()
    figures = json.loads((out / FIGURES).read_text(encoding="utf-8"))
    found = figures["differences"]["Pneumonia - No finding"]
    assert found["largest"] == pytest.approx(np.abs(difference).max(), rel=1e-5)
    assert found["largest_in_standard_errors"] > 3
    assert figures["classes"]["Pneumonia"]["cases"] == 4
    with Image.open(out / FIGURE) as picture:
        assert picture.width > 300


def test_all_classes_are_compared_as_condition_minus_healthy(
    tiny_bundle: Path, table: Path, tmp_path: Path
) -> None:
    *_, last = differential(tiny_bundle, table, tmp_path / "out", limit=1, provider="cpu")
    assert last.total == 2
    assert np.load(tmp_path / "out" / ARRAYS)["names"].tolist() == ["Pneumonia", "No finding"]


def test_what_cannot_be_compared_is_refused(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(InferenceError, match="no class 'Gout'"):
        list(differential(tiny_bundle, table, out, classes=["Gout"]))
    with pytest.raises(InferenceError, match="split 'valid'"):
        list(differential(tiny_bundle, table, out, split="valid"))
    with pytest.raises(InferenceError, match="no feature map"):
        list(differential(tiny_bundle, table, out, method="ssim", provider="cpu"))
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ExportError):
        list(differential(tiny_bundle, table, tmp_path / "taken", limit=1, provider="cpu"))
