"""Faithfulness of a tiny bundle's explanations: what the report says, and that it is so."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export_models.causal_metrics import causal_curves, rectified_cosines
from export_models.evaluate import EvaluationOptions, evaluate
from export_models.export_run import record_metrics
from export_models.faithfulness import verdict
from export_models.report_summary import summary
from inference.embedding_runs import embed
from inference.measured_faithfulness import (
    SALIENCY,
    explanation_name,
    measured_faithfulness,
)
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.preprocess import prepare
from inference.radiograph_io import read_radiograph
from inference.similarity_saliency import explain, prepare_explanation

COUNT = 8


@pytest.fixture
def table(tmp_path: Path, make_picture: Callable[..., Any]) -> Path:
    rows = ["case_id,file,patient_id,split,findings"]
    for number in range(COUNT):
        Image.fromarray(make_picture(number)).save(tmp_path / f"{number}.png")
        finding = "Pneumonia" if number % 2 else "No finding"
        rows.append(f"c{number},{number}.png,p{number},test,{finding}")
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def run(bundle: Path, table: Path, out: Path, **options: Any) -> dict[str, Any]:
    chosen = EvaluationOptions(provider="cpu", pictures=False, **options)
    steps = evaluate(bundle, table, out, chosen)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return dict(end.value)


def test_figures_stand_in_report_card_and_legend(
    weighted_bundle: Path, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    report = run(weighted_bundle, table, out, methods=("cnn", "ig", "ssim"), faithfulness=3)
    found = report["faithfulness"]
    assert json.loads((out / "report.json").read_text())["faithfulness"] == found
    assert set(found["methods"]) == {"cnn", "ig"}
    assert set(found["unavailable"]["ssim"]) == {"activation", "attention", "occlusion"}
    assert found["saliency"]["cases"] == 3
    for kinds in found["methods"].values():
        assert set(kinds) == {"activation", "attention", "occlusion"}
        for one in kinds.values():
            for name in ("insertion", "deletion", "control_insertion", "control_deletion"):
                low, high = one[name]["interval"]
                assert 0 <= low <= one[name]["mean"] <= high <= 1
    for cascade in (found["cascade"]["cnn"], found["saliency"]["cascade"]):
        assert list(cascade) == ["25%", "50%", "75%", "100%"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "Do the explanations show what matters?" in page
    assert "83.2 (78.0)" in page
    assert ">nan" not in page

    record_metrics(weighted_bundle, "test", summary(report))
    bundle = read_bundle(weighted_bundle)
    shown = measured_faithfulness(bundle.manifest, explanation_name("cnn", "activation"))
    assert shown is not None
    assert shown.insertion == found["methods"]["cnn"]["activation"]["insertion"]["mean"]
    assert shown.verdict in shown.sentence()
    assert measured_faithfulness(bundle.manifest, SALIENCY) is not None
    assert measured_faithfulness(bundle.manifest, "ssim: activation") is None
    assert "| cnn: activation |" in (weighted_bundle / "card.md").read_text(encoding="utf-8")


def test_an_area_is_that_of_the_nearest_case(
    weighted_bundle: Path, table: Path, tmp_path: Path
) -> None:
    """With one pair, the figures are those of that pair, worked out here step by step."""
    report = run(
        weighted_bundle, table, tmp_path / "report", methods=("cnn",), faithfulness=1, seed=5
    )
    bundle = read_bundle(weighted_bundle)
    session = BundleSession(bundle, provider="cpu", threads=1)
    inputs = [
        prepare(read_radiograph(table.parent / f"{number}.png"), bundle.manifest.input)
        for number in range(COUNT)
    ]
    embeddings = np.concatenate([embed(session, one.tensor, "cnn")[0] for one in inputs])
    query = int(np.random.default_rng(5).permutation(COUNT)[0])
    distances = np.linalg.norm(embeddings - embeddings[query], axis=1)
    distances[query] = np.inf
    result = int(distances.argmin())
    a, b = (prepare_explanation(inputs[row], session, "cnn") for row in (query, result))
    (shown,) = explain(a, b, session, "activation")
    curves = causal_curves(
        inputs[result].tensor[0],
        shown.map,
        lambda images: rectified_cosines(embed(session, images, "cnn")[0], embeddings[query]),
        seed=5,
    )
    found = report["faithfulness"]["methods"]["cnn"]["activation"]
    assert found["insertion"]["mean"] == pytest.approx(curves.insertion_area, abs=2e-5)
    assert found["deletion"]["mean"] == pytest.approx(curves.deletion_area, abs=2e-5)
    assert found["control_insertion"]["mean"] != found["insertion"]["mean"]
    assert found["insertion"]["interval"] == [None, None]  # one pair shows no spread
    assert found["verdict"] == "does not beat random weights"


def test_it_is_only_measured_when_asked_for(
    weighted_bundle: Path, table: Path, tmp_path: Path
) -> None:
    report = run(weighted_bundle, table, tmp_path / "report", methods=("cnn",))
    assert "faithfulness" not in report
    assert "faithfulness" not in summary(report)


def test_verdicts() -> None:
    assert verdict(["insertion", "deletion"]) == "beats random weights"
    assert verdict(["deletion"]) == "beats random weights in deletion only"
    assert verdict([]) == "does not beat random weights"
