"""Each method's row is what the main job finds by that method, and labels decide agreement."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.catalogue_build import build_catalogue
from inference.errors import CatalogueError
from inference.method_comparison import (
    MeasuredFigure,
    compare_methods,
    comparison_json,
    label_agreement,
    measured_figures,
)
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.pipeline import Engine, analyse, open_engine
from inference.records import CaseRecord

METHODS = ("ig", "cnn", "metric", "ig-severity", "ssim")


@pytest.fixture(scope="module")
def engine(
    tiny_bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_catalogue_folder: Callable[[Path], Path],
) -> Engine:
    folder = make_catalogue_folder(tmp_path_factory.mktemp("compared") / "cases")
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu")
    for _ in build_catalogue(folder, session, workers=1):
        pass
    return open_engine(tiny_bundle, folder, "cpu")


def image(engine: Engine, name: str) -> Path:
    assert engine.catalogue is not None
    return engine.catalogue.folder / name


@pytest.mark.parametrize("exclude", [True, False])
def test_each_row_is_what_the_main_job_finds(engine: Engine, exclude: bool) -> None:
    path = image(engine, "image5.png")
    *_, last = compare_methods(path, engine, k=3, exclude_patient=exclude)
    assert tuple(row.method for row in last.rows) == METHODS
    for row in last.rows:
        *_, alone = analyse(path, engine, method=row.method, k=3, exclude_patient=exclude)
        assert row.neighbours == alone.neighbours
        assert last.query.excluded == alone.excluded == (2 if exclude else 0)


def test_rows_come_one_by_one_and_stopping_leaves_the_rest_undone(engine: Engine) -> None:
    steps = compare_methods(image(engine, "image5.png"), engine)
    first, second = next(steps), next(steps)
    steps.close()
    assert [len(one.rows) for one in (first, second)] == [1, 2]
    assert (first.total, first.is_final) == (5, False)
    assert [len(row.neighbours) for row in second.rows] == [4, 4]


def test_methods_that_were_not_indexed_are_named_and_left_out(
    tiny_bundle: Path, tiny_catalogue_folder: Path
) -> None:
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu")
    for _ in build_catalogue(tiny_catalogue_folder, session, workers=1, methods=["cnn", "ssim"]):
        pass
    engine = open_engine(tiny_bundle, tiny_catalogue_folder, "cpu")
    *_, last = compare_methods(image(engine, "image1.png"), engine)
    assert [row.method for row in last.rows] == ["cnn", "ssim"]
    assert last.not_indexed == ("ig", "metric", "ig-severity")
    assert last.is_final


def test_without_a_catalogue_there_is_nothing_to_compare(engine: Engine) -> None:
    without = replace(engine, catalogue=None)
    with pytest.raises(CatalogueError, match="none is open"):
        next(compare_methods(image(engine, "image1.png"), without))


def test_agreement_is_a_matter_of_labels_alone(engine: Engine) -> None:
    manifest = engine.bundle.manifest

    def case(*findings: str) -> CaseRecord:
        return CaseRecord("one", Path("one.png"), findings=findings, probabilities=(0.99,))

    ill, well, unlabelled = case("Pneumonia", "Effusion"), case("No finding"), case()
    assert label_agreement(("Pneumonia",), ill, manifest) == "same"
    assert label_agreement(("Pneumonia",), well, manifest) == "other"
    assert label_agreement(("No finding",), well, manifest) == "same"
    assert label_agreement(("Pneumonia",), unlabelled, manifest) == "unknown"
    assert label_agreement((), ill, manifest) == "unknown"


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {
                "valid": {"ig": {"p_at_5": 0.1}},
                "test": {
                    "methods": {"ig": {"precision": {"4/10": [0.6, 0.5, 0.7]}, "p_at_5": 0.7}}
                },
            },
            [("top-4 of 10", 0.6, "test"), ("P@5", 0.7, "test")],
            id="evaluated: test goes first",
        ),
        pytest.param(
            {"valid": {"ig": {"p_at_5": 0.64, "auroc": 0.9}}, "test": {"auroc": 0.75}},
            [("P@5", 0.64, "validation")],
            id="as training leaves it",
        ),
        pytest.param(
            {"test": {"methods": {"ig": {"ndcg_mean": {"10": 0.78}}}}},
            [("severity nDCG@10", 0.78, "test")],
            id="order by severity",
        ),
        pytest.param(
            {"test": {"methods": {"ig": {"p_at_5": float("nan"), "precision": "much"}}}},
            [],
            id="of no use",
        ),
        pytest.param({"test": ["ig"]}, [], id="of another shape"),
    ],
)
def test_figures_are_those_of_the_best_split(
    engine: Engine, metrics: dict[str, Any], expected: list[tuple[str, float, str]]
) -> None:
    manifest = replace(engine.bundle.manifest, metrics=metrics)
    assert measured_figures(manifest, "ig") == tuple(MeasuredFigure(*one) for one in expected)


def test_the_json_has_every_method(engine: Engine) -> None:
    *_, last = compare_methods(image(engine, "dicom/image7.dcm"), engine, k=7)
    result = comparison_json(last, engine)
    assert result["query_case"] == "case7"
    assert result["query_findings"] == ["Pneumonia"]
    assert [row["method"] for row in result["methods"]] == list(METHODS)
    labels = {one["case_id"]: one["label"] for one in result["methods"][0]["neighbours"]}
    assert labels["case8"] == "same"
    assert labels["case1"] == "other"
    assert "case7" not in labels
