"""Filter, feedback, history and tray in the real window, by mouse and keys."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings


@pytest.fixture
def controller(
    qtbot: QtBot,
    window: MainWindow,
    tiny_bundle: Path,
    indexed: Path,
    tmp_path: Path,
    make_picture: Callable[..., np.ndarray],
) -> Iterator[CaseController]:
    """With a query that is not in the catalogue."""
    one = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    query = tmp_path / "query.png"
    Image.fromarray(make_picture(99)).save(query)
    one.start(query, indexed, None)
    idle(qtbot, one)
    yield one
    one.shut_down()


def idle(qtbot: QtBot, controller: CaseController) -> None:
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)


def ranked(window: MainWindow, count: int = 4) -> list[str]:
    found = (window.neighbours.neighbour(rank) for rank in range(1, count + 1))
    return [one.case.case_id for one in found if one is not None]


def test_marking_by_key_ranks_again_and_undo_brings_back(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    before = ranked(window)
    analysis = controller.analysis
    assert analysis is not None
    qtbot.keyClick(window, Qt.Key.Key_4)
    pane = window.neighbours.pane(4).view
    assert pane.hasFocus()
    qtbot.keyClick(pane, Qt.Key.Key_Plus)
    idle(qtbot, controller)
    after = ranked(window)
    assert after.index(before[3]) < 3
    rank = after.index(before[3]) + 1
    assert window.neighbours.pane(rank).title.startswith("+ relevant · ")
    assert "re-ranked +1 −0" in window.results_area.bar.words
    assert controller.analysis is not None
    assert controller.analysis.probabilities is analysis.probabilities  # no model ran again
    qtbot.keyClick(window, Qt.Key.Key_U)
    idle(qtbot, controller)
    assert ranked(window) == before
    assert not window.results_area.bar.undo.isEnabled()


def test_minus_says_not_relevant_and_again_takes_it_back(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    first = ranked(window)[0]
    zoom = window.neighbours.pane(1).view.state.zoom
    for expected in (" · − not relevant", ""):
        rank = ranked(window).index(first) + 1
        qtbot.keyClick(window.neighbours.pane(rank).view, Qt.Key.Key_Minus)
        idle(qtbot, controller)
        title = window.neighbours.pane(ranked(window).index(first) + 1).title
        assert title.startswith("− not relevant") == bool(expected)
    assert window.neighbours.pane(1).view.state.zoom == zoom


def test_control_and_plus_still_zoom(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    pane = window.neighbours.pane(1).view
    qtbot.keyClick(pane, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert pane.state.zoom > 1
    assert "re-ranked" not in window.results_area.bar.words


def test_a_filter_finds_only_what_passes_and_stays_for_the_next_query(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path
) -> None:
    panel = window.results_area.filter
    assert not panel.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.isVisible()
    assert panel.finding.hasFocus()
    qtbot.waitUntil(lambda: panel.sex.count() == 3)
    for _ in range(2):  # any, female, male
        qtbot.keyClick(panel.sex, Qt.Key.Key_Down)
    idle(qtbot, controller)
    assert set(ranked(window)) == {"case7", "case8"}
    assert "only male" in window.results_area.bar.words
    assert window.results_area.bar.filter.text() == "Filter (1)"
    controller.open_radiograph(indexed / "image1.png")
    idle(qtbot, controller)
    assert set(ranked(window)) == {"case7", "case8"}
    qtbot.mouseClick(panel.clear_button, Qt.MouseButton.LeftButton)
    idle(qtbot, controller)
    assert len(ranked(window)) == 4


def test_a_filter_that_leaves_nothing_says_so(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    panel = window.results_area.filter
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    line = panel.finding.lineEdit()
    assert line is not None
    qtbot.keyClicks(line, "Fracture of nothing")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    idle(qtbot, controller)
    assert window.is_card_shown
    assert "passes the filter (Fracture of nothing)" in window.card.text
    qtbot.mouseClick(window.card.button("clear filter"), Qt.MouseButton.LeftButton)
    idle(qtbot, controller)
    assert not window.is_card_shown
    assert len(ranked(window)) == 4


def test_the_own_patient_is_left_out_until_the_switch_says_otherwise(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path
) -> None:
    controller.open_radiograph(indexed / "image5.png")
    idle(qtbot, controller)
    switch = window.results_area.filter.excludes_patient
    assert switch.isChecked()
    assert "own patient left out" in window.results_area.bar.words
    assert not set(ranked(window)) & {"case5", "case6"}
    switch.click()
    idle(qtbot, controller)
    assert ranked(window)[0] == "case5"
    assert "own patient included" in window.results_area.bar.words


def test_enter_opens_a_case_as_query_and_the_history_leads_back(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    found = window.neighbours.neighbour(2)
    assert found is not None
    qtbot.keyClick(window.neighbours.pane(2).view, Qt.Key.Key_Return)
    idle(qtbot, controller)
    assert controller.analysis is not None
    assert controller.analysis.path == found.case.path
    alt = Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(window, Qt.Key.Key_Left, alt)
    idle(qtbot, controller)
    assert controller.analysis.path.name == "query.png"
    assert not window.results_area.bar.back.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Right, alt)
    idle(qtbot, controller)
    assert controller.analysis.path == found.case.path


def test_the_context_menu_offers_the_same_and_a_right_drag_zooms(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    view = window.neighbours.pane(1).view
    qtbot.mouseClick(view, Qt.MouseButton.RightButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text().split("\t")[0] for action in menu.actions() if action.text()]
    assert words == [
        "Relevant", "Not relevant", "Take the mark away", "Open as query", "Pin to the tray",
    ]  # fmt: skip
    menu.close()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)
    qtbot.mousePress(view, Qt.MouseButton.RightButton)
    qtbot.mouseMove(view, view.rect().center() / 2)
    qtbot.mouseRelease(view, Qt.MouseButton.RightButton, pos=QPoint(3, 3))
    assert QApplication.activePopupWidget() is None


def test_pinned_cases_stay_and_are_compared(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path
) -> None:
    tray = window.results_area.tray
    assert not tray.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_1)
    qtbot.keyClick(window, Qt.Key.Key_K)
    qtbot.keyClick(window, Qt.Key.Key_2)
    qtbot.keyClick(window, Qt.Key.Key_K)
    pinned = [case.case_id for case in tray.cases]
    assert pinned == ranked(window)[:2]
    assert tray.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_K)
    assert len(tray.cases) == 2
    controller.open_radiograph(indexed / "image1.png")
    idle(qtbot, controller)
    assert [case.case_id for case in tray.cases] == pinned
    tray.compare_wished.emit()
    results = controller._results
    qtbot.waitUntil(lambda: results.pinned_window is not None)
    assert results.pinned_window is not None
    assert len(results.pinned_window.panes) == 2
    results.pinned_window.close()
    tray.strip.setCurrentRow(0)
    qtbot.keyClick(tray.strip, Qt.Key.Key_Delete)
    assert [case.case_id for case in tray.cases] == pinned[1:]


def test_the_chart_follows_the_results(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    qtbot.waitUntil(lambda: window.results_area.filter.sex.count() == 3)
    qtbot.keyClick(window, Qt.Key.Key_N)
    chart = controller._results.chart
    assert chart.isVisible()
    (findings, *_) = chart.chart.groups
    assert {row.name for row in findings.rows} >= {"Pneumonia", "Effusion", "No finding"}
    chart.close()
