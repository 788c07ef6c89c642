"""Why these two, in the window, with a real bundle, index and files."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from inference.model_bundle import describe_files, read_manifest, write_manifest
from inference.preprocess import prepare
from inference.similarity_saliency import (
    Explanation,
    explain,
    explain_place,
    prepare_explanation,
)
from viewer.case.case_controller import CaseController
from viewer.explain import explain_jobs
from viewer.explain.explain_controller import ExplainController
from viewer.frame.main_window import MainWindow
from viewer.pane.place_picker import PlaceMarks, Rectangle, on_screen
from viewer.preferences.settings import Settings


@pytest.fixture
def cases(qtbot: QtBot, window: MainWindow, tiny_bundle: Path) -> Iterator[CaseController]:
    settings = Settings(bundle=str(tiny_bundle), provider="cpu", method="cnn")
    one = CaseController(window, settings)
    yield one
    one.shut_down()


@pytest.fixture
def why(window: MainWindow, cases: CaseController) -> Iterator[ExplainController]:
    one = ExplainController(window, cases)
    yield one
    one.shut_down()


@pytest.fixture
def opened(
    qtbot: QtBot, cases: CaseController, why: ExplainController, indexed: Path
) -> CaseController:
    """A query with its similar cases, explained as at first."""
    cases.start(indexed / "image1.png", indexed, None)
    idle(qtbot, cases, why)
    return cases


def idle(qtbot: QtBot, cases: CaseController, why: ExplainController) -> None:
    qtbot.waitUntil(lambda: not (cases.is_busy or why.is_busy), timeout=60_000)


def shown(window: MainWindow, rank: int) -> np.ndarray | None:
    overlay = window.all_views()[rank].overlay
    return None if overlay is None else overlay.saliency


def expected(cases: CaseController, kind: str, rank: int, side: str) -> np.ndarray:
    """The map that the library gives, scaled to its own highest."""
    engine, analysis = cases.engines.engine, cases.analysis
    assert engine is not None
    assert analysis is not None
    assert analysis.model_input is not None
    session, method = engine.session, analysis.method
    spec = engine.bundle.manifest.input
    query = prepare_explanation(analysis.model_input, session, method)
    radiograph = cases.views[rank].radiograph
    result = prepare_explanation(prepare(radiograph, spec, session.find_lungs), session, method)
    *_, last = explain(query, result, session, kind, on=side, finest_step=2)  # type: ignore[arg-type]
    return last.map / max(last.map.max(), 1e-12)


def test_at_first_there_is_saliency_and_the_legend_says_so(
    window: MainWindow, opened: CaseController
) -> None:
    controls = window.explain_controls
    assert controls.button("saliency").isChecked()
    assert controls.legend.startswith("Deep Taylor saliency:")
    assert "Faithfulness not measured" in controls.legend
    assert controls.button("occlusion").isEnabled()
    assert opened.analysis is not None
    assert opened.analysis.saliency is not None


@pytest.mark.parametrize("kind", ["activation", "attention"])
def test_pairs_are_explained_both_ways(
    qtbot: QtBot, window: MainWindow, opened: CaseController, why: ExplainController, kind: str
) -> None:
    window.neighbours.select(2)
    window.explain_controls.button(kind).click()
    idle(qtbot, opened, why)
    for rank in range(1, 5):
        found = shown(window, rank)
        np.testing.assert_allclose(found, expected(opened, kind, rank, "result"), atol=1e-5)
    np.testing.assert_allclose(shown(window, 0), expected(opened, kind, 2, "query"), atol=1e-5)
    assert (
        "On the query: for case 2. On each case: for the query." in window.explain_controls.legend
    )
    window.neighbours.select(3)  # the query's map follows the choice
    qtbot.waitUntil(lambda: "for case 3" in window.explain_controls.legend)
    idle(qtbot, opened, why)
    np.testing.assert_allclose(shown(window, 0), expected(opened, kind, 3, "query"), atol=1e-5)


def test_occlusion_sharpens_and_explains_the_chosen_case_alone(
    qtbot: QtBot, window: MainWindow, opened: CaseController, why: ExplainController
) -> None:
    window.neighbours.select(3)
    window.explain_controls.button("occlusion").click()
    assert shown(window, 1) is None
    idle(qtbot, opened, why)
    assert not window.explain_controls.is_busy
    np.testing.assert_allclose(
        shown(window, 3), expected(opened, "occlusion", 3, "result"), atol=1e-5
    )
    np.testing.assert_allclose(
        shown(window, 0), expected(opened, "occlusion", 3, "query"), atol=1e-5
    )
    assert shown(window, 1) is None
    assert "On case 3: for the query." in window.explain_controls.legend


def test_stop_keeps_the_map_as_it_is(
    qtbot: QtBot,
    window: MainWindow,
    opened: CaseController,
    why: ExplainController,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proceed, after = threading.Event(), []

    def held(*arguments: Any, **options: Any) -> Iterator[Explanation]:
        steps = explain(*arguments, **options)
        yield next(steps)
        yield next(steps)
        proceed.wait(timeout=10)
        for step in steps:
            after.append(step)
            yield step

    monkeypatch.setattr(explain_jobs, "explain", held)
    controls = window.explain_controls
    controls.button("occlusion").click()
    qtbot.waitUntil(lambda: shown(window, 1) is not None and controls.is_busy)
    controls.stop_button.click()
    assert not why.is_busy
    assert not controls.is_busy
    kept = shown(window, 1)
    proceed.set()
    why.shut_down()  # waits for the thread
    assert len(after) <= 2  # the step that was under way, in both directions
    qtbot.wait(1)  # whatever was in the queue
    assert shown(window, 1) is kept


def test_back_to_saliency_brings_every_map_back(
    qtbot: QtBot, window: MainWindow, opened: CaseController, why: ExplainController
) -> None:
    before = [shown(window, rank) for rank in range(5)]
    window.explain_controls.button("activation").click()
    idle(qtbot, opened, why)
    assert not np.array_equal(shown(window, 1), before[1])
    window.explain_controls.button("saliency").click()
    for rank in range(5):
        np.testing.assert_array_equal(shown(window, rank), before[rank])


def test_y_goes_round(
    qtbot: QtBot, window: MainWindow, opened: CaseController, why: ExplainController
) -> None:
    seen = []
    for _ in range(4):
        qtbot.keyClick(window, Qt.Key.Key_Y)
        seen.append(why.kind)
    assert seen == ["activation", "attention", "occlusion", "saliency"]


def test_what_a_method_cannot_give_is_grey_and_says_why(
    qtbot: QtBot, window: MainWindow, opened: CaseController, why: ExplainController
) -> None:
    window.explain_controls.button("activation").click()
    window.tools.choose_method("ssim")
    idle(qtbot, opened, why)
    button = window.explain_controls.button("activation")
    assert not button.isEnabled()
    assert "no feature map" in button.toolTip()
    assert window.explain_controls.button("occlusion").isEnabled()
    assert why.kind == "saliency"
    why.choose_place(10, 10)
    assert "no feature map" in window.message_bar.text
    assert window.explain_controls.back_button.isHidden()


def test_a_place_of_the_query_is_found_on_every_case(
    qtbot: QtBot, window: MainWindow, opened: CaseController, why: ExplainController
) -> None:
    view = window.query.view
    at = on_screen(view, 12, 30)
    assert at is not None
    QTest.mouseClick(
        view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, at.toPoint()
    )
    idle(qtbot, opened, why)
    place = view.findChild(PlaceMarks).place
    assert place == pytest.approx((12, 30), abs=1)
    engine, analysis = opened.engines.engine, opened.analysis
    assert engine is not None
    assert analysis is not None
    assert analysis.model_input is not None
    session, spec = engine.session, engine.bundle.manifest.input
    query = prepare_explanation(analysis.model_input, session, "cnn")
    rows, columns = opened.views[1].radiograph.shape
    share = (place[0] / rows, place[1] / columns)
    maps = [explain_place(query, share, query).map]
    for rank in range(1, 5):
        prepared = prepare(opened.views[rank].radiograph, spec, session.find_lungs)
        result = prepare_explanation(prepared, session, "cnn")
        maps.append(explain_place(query, share, result).map)
    highest = max(one.max() for one in maps)
    for rank, wanted in enumerate(maps):
        np.testing.assert_allclose(shown(window, rank), wanted / highest, atol=1e-5)
    assert "chosen place" in window.explain_controls.legend
    window.explain_controls.back_button.click()
    assert view.findChild(PlaceMarks).place is None
    assert why.kind == "saliency"
    assert window.explain_controls.legend.startswith("Deep Taylor")


def test_a_region_ranks_again_and_back_is_the_methods_ranking(
    qtbot: QtBot, window: MainWindow, opened: CaseController, why: ExplainController
) -> None:
    before = [window.neighbours.neighbour(rank) for rank in range(1, 5)]
    why.choose_region(Rectangle(0, 0, 24, 20))
    idle(qtbot, opened, why)
    controls = window.explain_controls
    assert controls.is_ranked_by_region
    ranked = [window.neighbours.neighbour(rank) for rank in range(1, 5)]
    distances = [one.distance for one in ranked if one is not None]
    assert distances == sorted(distances)
    assert ranked != before
    assert window.neighbours.pane(1).title.startswith("1 · region's distance ")
    for rank in range(1, 5):
        pane = window.neighbours.pane(rank)
        assert pane.view.radiograph is not None
        assert pane.view.findChild(PlaceMarks).region is not None
        assert pane.view.overlay is not None
    opened.export()
    assert "own ranking first" in window.message_bar.text
    controls.button("activation").click()  # the pairs are now those on the screen
    idle(qtbot, opened, why)
    assert shown(window, 1) is not None
    controls.button("saliency").click()
    controls.back_button.click()
    idle(qtbot, opened, why)
    assert not controls.is_ranked_by_region
    assert [window.neighbours.neighbour(rank) for rank in range(1, 5)] == before
    for rank in range(1, 5):
        view = window.neighbours.pane(rank).view
        assert view.overlay is not None
        assert view.findChild(PlaceMarks).region is None


def test_another_method_or_query_leaves_place_and_region(
    qtbot: QtBot,
    window: MainWindow,
    opened: CaseController,
    why: ExplainController,
    indexed: Path,
) -> None:
    why.choose_region(Rectangle(0, 0, 24, 20))
    idle(qtbot, opened, why)
    window.tools.choose_method("ig")
    idle(qtbot, opened, why)
    assert not window.explain_controls.is_ranked_by_region
    assert window.neighbours.pane(1).view.findChild(PlaceMarks).region is None
    why.choose_place(10, 10)
    idle(qtbot, opened, why)
    opened.open_radiograph(indexed / "image2.png")
    idle(qtbot, opened, why)
    assert window.query.view.findChild(PlaceMarks).place is None
    assert window.explain_controls.legend.startswith("Deep Taylor")


def test_a_place_outside_the_crop_is_told_and_left(
    qtbot: QtBot, window: MainWindow, tiny_lung_bundle: Path, tiny_catalogue_folder: Path
) -> None:
    settings = Settings(bundle=str(tiny_lung_bundle), provider="cpu", method="cnn")
    cases = CaseController(window, settings)
    why = ExplainController(window, cases)
    try:
        cases.start(tiny_catalogue_folder / "image1.png", None, None)
        idle(qtbot, cases, why)
        why.choose_place(1, 1)
        idle(qtbot, cases, why)
        assert "did not see this place" in window.message_bar.text
        assert window.query.view.findChild(PlaceMarks).place is None
        assert window.query.view.overlay is not None
    finally:
        why.shut_down()
        cases.shut_down()


def test_the_legend_has_what_was_measured(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, make_bundle: object, indexed: Path
) -> None:
    folder = make_bundle(tmp_path / "measured")  # type: ignore[operator]
    manifest = read_manifest(folder)
    row = {
        "insertion": 0.4, "random insertion": 0.5, "deletion": 0.6, "random deletion": 0.5,
        "verdict": "does not beat random weights",
    }  # fmt: skip
    metrics = {"test": {"faithfulness": {"saliency map": row}}}
    write_manifest(folder, replace(manifest, metrics=metrics, files=describe_files(folder)))
    cases = CaseController(window, Settings(bundle=str(folder), provider="cpu"))
    why = ExplainController(window, cases)
    try:
        cases.start(indexed / "image1.png", None, None)
        idle(qtbot, cases, why)
        legend = window.explain_controls.legend
        assert legend.startswith("Deep Taylor saliency")
        assert "▲ Measured (test): insertion 0.40 (random 0.50)" in legend
        assert "does not beat random weights" in legend
    finally:
        why.shut_down()
        cases.shut_down()


def test_the_panes_keep_their_mouse(
    qtbot: QtBot, window: MainWindow, opened: CaseController
) -> None:
    view = window.neighbours.pane(2).view
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert window.neighbours.selected_rank == 2


def test_an_empty_map_is_explained_in_the_legend(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    why: ExplainController,
    indexed: Path,
    tmp_path: Path,
) -> None:
    white = tmp_path / "white.png"  # brighter than every case at every place
    Image.new("L", (40, 48), 255).save(white)
    cases.start(white, indexed, None)
    idle(qtbot, cases, why)
    qtbot.mouseClick(window.explain_controls.button("attention"), Qt.MouseButton.LeftButton)
    idle(qtbot, cases, why)
    overlay = shown(window, 0)
    assert overlay is not None
    assert not overlay.any()
    assert window.explain_controls.legend.startswith("Query: No part raises the similarity")
    qtbot.mouseClick(window.explain_controls.button("saliency"), Qt.MouseButton.LeftButton)
    idle(qtbot, cases, why)
    assert "No part" not in window.explain_controls.legend
