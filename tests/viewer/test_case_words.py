"""Sentences about a query."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inference.model_bundle import BundleManifest, read_manifest
from inference.pipeline import Analysis
from inference.records import Header, Neighbour, Radiograph
from viewer.case import case_words


@pytest.fixture
def manifest(tiny_bundle: Path) -> BundleManifest:
    return replace(read_manifest(tiny_bundle), views=("PA", "AP"), modalities=("DX", "CR"))


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"test": {"auroc": 0.931}, "validation": {"auroc": 0.9}}, "AUROC 0.93 (test)"),
        ({"valid": {"cnn": {"auroc": 0.9}, "ig": {"auroc": 0.8}}}, "AUROC 0.90 (validation)"),
        ({"test": {"methods": {"ig": {}, "cnn": {"auroc": 1.0}}}}, "AUROC 1.00 (test)"),
        ({"test": {"methods": {"ig": {"auroc": 0.8}}}}, "AUROC not measured"),
        ({"test": {"auroc": "high"}, "valid": 7}, "AUROC not measured"),
        ({}, "AUROC not measured"),
    ],
)
def test_the_measured_performance_is_the_classifiers_and_names_its_split(
    manifest: BundleManifest, metrics: dict[str, object], words: str
) -> None:
    assert case_words.measured_words(replace(manifest, metrics=metrics)) == words


def test_the_title_has_what_the_file_says() -> None:
    assert case_words.title_words("4711.dcm", Header(view_position="PA", modality="CR")) == (
        "4711.dcm · PA · CR"
    )
    assert case_words.title_words("a.png", Header()) == "a.png"


def test_another_view_is_outside_and_burned_in_text_is_not(
    manifest: BundleManifest, make_radiograph: Callable[..., Radiograph]
) -> None:
    assert not case_words.is_outside(make_radiograph(), manifest)
    lateral = Header(modality="DX", view_position="LL")
    assert case_words.is_outside(make_radiograph(header=lateral), manifest)
    burned = Header(modality="DX", view_position="PA", burned_in_annotation="YES")
    assert not case_words.is_outside(make_radiograph(header=burned), manifest)


def test_the_querys_own_label_says_where_it_comes_from(
    manifest: BundleManifest, make_neighbours: Callable[[int], tuple[Neighbour, ...]]
) -> None:
    case = make_neighbours(1)[0].case
    analysis = Analysis(Path("a.dcm"), "ig", probabilities=(0.9,), same_case=case, excluded=2)
    assert case_words.origin_words(analysis, manifest) == (
        "own label: Pneumonia · report · ● agrees; 2 images of this patient left out"
    )
    assert case_words.origin_words(Analysis(Path("a.dcm"), "ig"), manifest) == ""


def test_nothing_is_said_of_an_engine_that_is_not_there() -> None:
    assert case_words.status_words(None, None) == ()
