"""The background jobs, consumed with a plain loop."""

from pathlib import Path

import pytest

from inference.errors import BundleError, UnreadableRadiographError
from inference.pipeline import open_engine
from viewer.case.case_jobs import (
    Analysed,
    NoCatalogue,
    NoIndex,
    Opened,
    ShownCase,
    UnreadableCase,
    analyse_query,
    open_bundle,
    open_catalogue,
    read_only,
    shown_overlay,
    view_neighbours,
)
from viewer.results.neighbourhood import BaseRates


def opened(tiny_bundle: Path, folder: Path) -> Opened:
    last = list(open_bundle(str(tiny_bundle), folder, "cpu"))[-1]
    assert isinstance(last, Opened)
    return last


def test_the_bundle_comes_first_and_its_catalogue_after(tiny_bundle: Path, indexed: Path) -> None:
    first, second = open_bundle(str(tiny_bundle), indexed, "cpu")
    assert isinstance(first, Opened)
    assert first.engine.catalogue is None
    assert isinstance(second, Opened)
    assert second.engine.catalogue is not None
    assert second.engine.session is first.engine.session
    assert second.rates == BaseRates((3, 5))
    second.engine.catalogue.close()


def test_a_folder_without_index_or_gone_is_told_apart(
    tiny_bundle: Path, tiny_catalogue_folder: Path
) -> None:
    engine = open_engine(tiny_bundle)
    assert list(open_catalogue(engine, tiny_catalogue_folder)) == [NoIndex(tiny_catalogue_folder)]
    (gone,) = open_catalogue(engine, tiny_catalogue_folder / "gone")
    assert isinstance(gone, NoCatalogue)
    assert "not there" in gone.reason


def test_a_damaged_catalogue_is_a_sentence(tiny_bundle: Path, indexed: Path) -> None:
    for path in indexed.rglob("catalogue.json"):
        path.write_text("{", encoding="utf-8")
    (problem,) = open_catalogue(open_engine(tiny_bundle), indexed)
    assert isinstance(problem, NoCatalogue)
    assert "index" in problem.reason


def test_a_missing_bundle_raises(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        list(open_bundle(str(tmp_path), None, "cpu"))


def test_analysing_makes_pixels_once_and_ends_with_neighbours(
    tiny_bundle: Path, indexed: Path
) -> None:
    engine = opened(tiny_bundle, indexed).engine
    query = indexed / "image1.png"
    steps = list(analyse_query(query, engine, "ig", 3, exclude_patient=True))
    assert all(isinstance(step, Analysed) for step in steps)
    assert [step.analysis.probabilities is None for step in steps] == [True, False, False]
    assert steps[-1].analysis.neighbours is not None
    assert len(steps[-1].analysis.neighbours) == 3
    assert steps[0].pixels is steps[-1].pixels
    assert engine.catalogue is not None
    engine.catalogue.close()


def test_one_unreadable_case_does_not_stop_the_others(tiny_bundle: Path, indexed: Path) -> None:
    engine = opened(tiny_bundle, indexed).engine
    last = list(analyse_query(indexed / "image1.png", engine, "ig", 3, exclude_patient=True))[-1]
    neighbours = last.analysis.neighbours
    assert neighbours is not None
    neighbours[1].case.path.unlink()
    found = list(view_neighbours(neighbours, engine))
    assert [type(one) for one in found] == [ShownCase, UnreadableCase, ShownCase]
    assert isinstance(found[1], UnreadableCase)
    assert found[1].rank == 2
    assert found[1].sentence.startswith("Cannot open")
    assert engine.catalogue is not None
    engine.catalogue.close()


def test_a_radiograph_can_be_read_without_a_model(tiny_catalogue_folder: Path) -> None:
    (shown,) = read_only(tiny_catalogue_folder / "image1.png")
    assert shown.pixels.shape == shown.radiograph.shape
    with pytest.raises(UnreadableRadiographError):
        list(read_only(tiny_catalogue_folder / "cases.csv"))


def test_the_overlay_lies_over_what_the_model_saw(
    tiny_lung_bundle: Path, tiny_catalogue_folder: Path
) -> None:
    engine = open_engine(tiny_lung_bundle)
    last = list(
        analyse_query(tiny_catalogue_folder / "image1.png", engine, "ig", 1, exclude_patient=True)
    )[-1]
    analysis = last.analysis
    assert analysis.saliency is not None
    assert analysis.model_input is not None
    overlay = shown_overlay(analysis.saliency, analysis.model_input.placement)
    rows, columns = last.pixels.shape
    assert 0 < overlay.left < overlay.left + overlay.width < columns
    assert 0 < overlay.top < overlay.top + overlay.height < rows
