"""What the legend says of an explanation, from whatever a manifest holds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inference.measured_faithfulness import measured_faithfulness
from inference.model_bundle import read_bundle

ROW = {
    "insertion": 0.8,
    "random insertion": 0.7,
    "deletion": 0.5,
    "random deletion": 0.6,
    "verdict": "beats random weights",
}


def test_the_test_split_goes_first(tiny_bundle: Path) -> None:
    manifest = read_bundle(tiny_bundle).manifest
    metrics = {
        "valid": {"faithfulness": {"ig: attention": ROW}},
        "test": {"faithfulness": {"ig: attention": {**ROW, "insertion": 0.9}}},
    }
    found = measured_faithfulness(replace(manifest, metrics=metrics), "ig: attention")
    assert found is not None
    assert (found.insertion, found.split, found.is_doubtful) == (0.9, "test", False)
    assert found.sentence() == (
        "Measured (test): insertion 0.90 (random 0.70), deletion 0.50 (random 0.60); "
        "beats random weights."
    )
    del metrics["test"]
    found = measured_faithfulness(replace(manifest, metrics=metrics), "ig: attention")
    assert found is not None
    assert found.split == "valid"


def test_a_map_no_better_than_chance_is_doubtful(tiny_bundle: Path) -> None:
    manifest = read_bundle(tiny_bundle).manifest
    row = {**ROW, "verdict": "does not beat random weights"}
    metrics = {"test": {"faithfulness": {"saliency map": row}}}
    found = measured_faithfulness(replace(manifest, metrics=metrics), "saliency map")
    assert found is not None
    assert found.is_doubtful


@pytest.mark.parametrize(
    "figures", [{}, None, 3, {"faithfulness": []}, {"faithfulness": {"a": {"insertion": None}}}]
)
def test_nothing_measured_is_none(tiny_bundle: Path, figures: Any) -> None:
    manifest = read_bundle(tiny_bundle).manifest
    assert measured_faithfulness(replace(manifest, metrics={"test": figures}), "a") is None
