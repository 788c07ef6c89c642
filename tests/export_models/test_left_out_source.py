"""Leaving a source out: what training no longer sees, and what is measured of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from sklearn.metrics import roc_auc_score  # noqa: E402

from export_models.config import Stage, TrainingConfig, read_config  # noqa: E402
from export_models.left_out_source import markdown_table, source_aurocs  # noqa: E402
from export_models.stages import TrainingError, prepare_cases  # noqa: E402
from export_models.training_data import PreparedCases, without_sources  # noqa: E402
from inference.model_bundle import BundleClass, InputSpec  # noqa: E402

CONFIGS = Path(__file__).parents[2] / "export_models" / "configs"


def _cases(splits: list[str], sources: list[str], classes: list[int]) -> PreparedCases:
    count = len(splits)
    return PreparedCases(
        case_ids=np.array([f"c{row}" for row in range(count)]),
        patients=np.array([f"p{row}" for row in range(count)]),
        splits=np.array(splits),
        sources=np.array(sources),
        images=np.arange(count, dtype=np.uint8)[:, None, None, None],
        classes=np.array(classes),
        findings=np.zeros((count, 1), np.float32),
        severities=np.zeros((count, 1), np.float32),
        lungs=np.ones((count, 1, 1), bool),
        lesions=np.zeros((count, 1, 1), bool),
        has_lesions=np.zeros(count, bool),
        is_support=np.zeros(count, bool),
    )


def test_training_and_validation_lose_the_source_and_the_test_keeps_it() -> None:
    cases = _cases(
        ["train", "valid", "test", "train", "valid", "test"],
        ["Hospital A", "hospital a", "Hospital A", "Hospital B", "", "Hospital B"],
        [0, 1, 1, 0, 1, 0],
    )
    left = without_sources(cases, ["HOSPITAL a"])
    assert left.case_ids.tolist() == ["c2", "c3", "c4", "c5"]
    assert left.images[:, 0, 0, 0].tolist() == [2, 3, 4, 5]
    assert len(without_sources(cases, ["hospital"])) == 3


def test_the_shipped_configuration_differs_only_in_what_it_says() -> None:
    whole = read_config(CONFIGS / "chest-pneumonia.toml")
    part = read_config(CONFIGS / "chest-pneumonia-nih-only.toml")
    assert part.left_out_sources == ("covid-chestxray-dataset",)
    assert part == replace(
        whole, name=part.name, left_out_sources=part.left_out_sources, stages=part.stages
    )


@pytest.fixture
def table(tmp_path: Path) -> TrainingConfig:
    from PIL import Image

    rows = ["case_id,file,source,patient_id,split,findings"]
    for number, (source, split) in enumerate(
        [("East", "train"), ("West", "train"), ("West", "valid"), ("West", "test")]
    ):
        Image.fromarray(np.full((64, 64), 60 * number, np.uint8)).save(tmp_path / f"{number}.png")
        rows.append(f"{number},{number}.png,{source},p{number},{split},No finding")
    (tmp_path / "cases.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return TrainingConfig(
        name="two-sources",
        version="1",
        condition="X",
        classes=(BundleClass("No finding", ("No finding",)), BundleClass("X", ("X",))),
        input=InputSpec(size=32),
        tables=("cases.csv",),
        stages={"cnn": Stage(epochs=1)},
    )


def _prepared(config: TrainingConfig, folder: Path) -> PreparedCases:
    (cases,) = (
        step
        for step in prepare_cases(config, folder, folder / "run", None)
        if isinstance(step, PreparedCases)
    )
    return cases


def test_a_configuration_leaves_its_sources_out(table: TrainingConfig, tmp_path: Path) -> None:
    assert len(_prepared(table, tmp_path)) == 4
    left = _prepared(replace(table, left_out_sources=("west",)), tmp_path)
    assert left.case_ids.tolist() == ["0", "3"]


def test_a_source_that_is_not_there_is_named(table: TrainingConfig, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"'North'.*'East', 'West'"):
        _prepared(replace(table, left_out_sources=("North",)), tmp_path)


def test_an_empty_name_would_leave_everything_out(table: TrainingConfig) -> None:
    with pytest.raises(ValueError, match="left_out_sources"):
        replace(table, left_out_sources=("",))


def test_positives_of_the_source_stand_against_negatives_of_the_others() -> None:
    generator = np.random.default_rng(4)
    classes = generator.integers(0, 2, 80)
    sources = np.where(generator.random(80) < 0.5, "East", "West")
    cases = _cases(["test"] * 80, sources.tolist(), classes.tolist())
    scores = (classes + generator.normal(0, 1, 80)).astype(np.float32)
    found = source_aurocs({"CNN": scores, "IG": -scores}, cases, ["east"])
    assert [(one.network, one.positives) for one in found] == [
        ("CNN", "east"),
        ("IG", "east"),
        ("CNN", "other sources"),
        ("IG", "other sources"),
    ]
    negative = (sources == "West") & (classes == 0)
    for one, positive in (
        (found[0], (sources == "East") & (classes == 1)),
        (found[2], (sources == "West") & (classes == 1)),
    ):
        chosen = negative | positive
        assert one.counts == (positive.sum(), negative.sum())
        assert one.auroc == pytest.approx(roc_auc_score(positive[chosen], scores[chosen]))
        assert one.low < one.auroc < one.high
    assert found[1].auroc == pytest.approx(1 - found[0].auroc)
    assert markdown_table(found).count("\n") == 5


def test_without_positives_there_is_nothing_to_measure() -> None:
    cases = _cases(["test"] * 2, ["East", "West"], [0, 0])
    with pytest.raises(TrainingError, match="0 positive"):
        source_aurocs({"CNN": np.zeros(2, np.float32)}, cases, ["east"])
