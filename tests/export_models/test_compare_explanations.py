"""Explanations compared on phantoms: all that is reported is there, and follows the maps."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("captum", reason="the training extra is not installed")

from export_models.compare_explanations import (  # noqa: E402
    Compared,
    compare_explanations,
    markdown_table,
    write_comparison,
)
from export_models.config import Stage, TrainingConfig  # noqa: E402
from export_models.deep_taylor import Rules  # noqa: E402
from export_models.densenet import DenseNetConfig  # noqa: E402
from export_models.explanations import explain  # noqa: E402
from export_models.phantom import write_phantom_cases  # noqa: E402
from export_models.stages import (  # noqa: E402
    TrainingError,
    prepare_cases,
    train_bundle,
    trained_network,
)
from export_models.training_data import PreparedCases  # noqa: E402
from inference.model_bundle import BundleClass, InputSpec  # noqa: E402

QUICK = Stage(epochs=1, optimiser="adamw", learning_rate=1e-3, batch=16)
CONFIG = TrainingConfig(
    name="tiny-effusion",
    version="0.1",
    condition="Pleural effusion",
    classes=(BundleClass("No effusion", ("*",)), BundleClass("Pleural effusion", ("Effusion",))),
    input=InputSpec(size=64),
    tables=("phantom/cases.csv",),
    network=DenseNetConfig(growth_rate=4, block_config=(1, 1, 2, 1), init_features=8, bn_size=2),
    rules=Rules(output="probability"),
    stages={"cnn": QUICK, "ig": QUICK},
)
NAMES = ("deep-taylor", "grad-cam", "probability-alone")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    list(write_phantom_cases(folder / "phantom", 60, 3, size=96))
    return folder


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    list(train_bundle(CONFIG, data, folder, stages=("cnn",)))
    return folder


@pytest.fixture(scope="module")
def compared(data: Path, run: Path) -> list[Compared]:
    steps = compare_explanations(CONFIG, data, run, names=NAMES, epochs=1)
    return [step for step in steps if isinstance(step, Compared)]


def _valid(data: Path, run: Path) -> PreparedCases:
    (cases,) = (
        step for step in prepare_cases(CONFIG, data, run, None) if isinstance(step, PreparedCases)
    )
    return cases.rows(cases.where("valid", labelled=True))


def test_radiographs_come_first_and_each_explanation_has_both_readers(
    compared: list[Compared],
) -> None:
    assert [one.name for one in compared] == ["radiographs", *NAMES]
    assert compared[0].ig is None
    for one in compared[1:]:
        assert one.ig is not None
        assert set(one.ig.precision) == {"4/10", "7/20", "11/30"}
    assert compared[1].map_difference is None
    assert compared[2].map_difference is not None
    assert compared[2].ig is not None
    assert compared[1].ig is not None
    mean = compared[2].map_difference[0]
    assert mean == pytest.approx(compared[2].ig.map - compared[1].ig.map)


def test_the_share_inside_lesions_is_that_of_the_maps(
    compared: list[Compared], data: Path, run: Path
) -> None:
    valid = _valid(data, run)
    network = trained_network("cnn", CONFIG, run)
    rows = np.flatnonzero(valid.has_lesions & (valid.classes == 1) & valid.lesions.any((1, 2)))
    assert len(rows) == compared[1].outlined > 0
    maps = explain("deep-taylor", network, torch.from_numpy(valid.images[rows]).float() / 255)
    inside = [
        float(one[torch.from_numpy(valid.lesions[row])].sum() / one.sum())
        for one, row in zip(maps[:, 0], rows, strict=True)
    ]
    assert compared[1].inside == pytest.approx(np.mean(inside), abs=2e-3)
    # A map that is the same everywhere has just the area's share inside.
    assert compared[3].inside == pytest.approx(compared[3].area, abs=1e-3)


def test_the_table_and_the_file_hold_every_explanation(
    compared: list[Compared], tmp_path: Path
) -> None:
    write_comparison(tmp_path / "found.json", compared, 1)
    content = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in content["explanations"]] == ["radiographs", *NAMES]
    assert content["split"] == "valid"
    lines = markdown_table(compared).splitlines()
    assert len(lines) == 2 + 1 + 2 * len(NAMES)
    assert len({line.count("|") for line in lines}) == 1


def test_an_unknown_explanation_is_named(data: Path, run: Path) -> None:
    with pytest.raises(TrainingError, match="grad-cam"):
        next(compare_explanations(CONFIG, data, run, names=("gradcam",)))


def test_a_configuration_without_the_stage_ig_is_refused(data: Path, run: Path) -> None:
    config = replace(CONFIG, stages={"cnn": QUICK})
    with pytest.raises(TrainingError, match="no stage ig"):
        next(compare_explanations(config, data, run))
