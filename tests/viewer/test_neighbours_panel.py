"""The grid of similar cases."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from inference.records import CaseRecord, Neighbour, Radiograph
from viewer.pane.display_pixels import display_pixels
from viewer.pane.pane_picture import ShownOverlay
from viewer.results.neighbours_panel import NeighboursPanel, best_columns, caption, title

MakeNeighbours = Callable[[int], tuple[Neighbour, ...]]


@pytest.fixture
def panel(qtbot: QtBot) -> NeighboursPanel:
    one = NeighboursPanel()
    qtbot.addWidget(one)
    one.resize(640, 600)
    one.set_count(4)
    one.show_waiting("Looking for similar cases…")
    one.show()
    return one


def test_panes_are_there_before_the_results_and_stay_where_they_are(
    qtbot: QtBot,
    panel: NeighboursPanel,
    make_neighbours: MakeNeighbours,
    make_radiograph: Callable[..., Radiograph],
) -> None:
    qtbot.waitUntil(lambda: panel.pane(4).isVisible())
    before = [panel.pane(rank).geometry() for rank in range(1, 5)]
    assert panel.pane(1).view.placeholder == "Looking for similar cases…"
    panel.show_neighbours(make_neighbours(4), {})
    radiograph = make_radiograph()
    overlay = ShownOverlay(np.ones((4, 4), np.float32), 0, 0, 200, 160)
    for rank in range(1, 5):
        panel.show_case(rank, radiograph, display_pixels(radiograph), overlay)
    qtbot.wait(1)
    assert [panel.pane(rank).geometry() for rank in range(1, 5)] == before
    assert panel.pane(2).view.radiograph is radiograph
    assert panel.pane(2).view.overlay is overlay


def test_a_case_says_rank_similarity_distance_findings_source_and_agreement(
    panel: NeighboursPanel, make_neighbours: MakeNeighbours
) -> None:
    panel.show_neighbours(make_neighbours(4), {"case1": "agrees", "case2": "differs"})
    assert panel.pane(1).title == "1 · 0.91 · distance 0.5"
    assert panel.pane(1).caption == "Pneumonia · report · ● agrees"
    assert panel.pane(2).caption == "No finding · report · ◇ differs"
    assert panel.pane(3).caption == "Pneumonia · report"


def test_a_case_without_label_says_so() -> None:
    assert caption(CaseRecord("a", Path("a")), "") == "no label"
    assert title(Neighbour(3, CaseRecord("a", Path("a")), 12.3456, 0.5)) == (
        "3 · 0.50 · distance 12.3"
    )


def test_fewer_cases_than_panes(panel: NeighboursPanel, make_neighbours: MakeNeighbours) -> None:
    panel.show_neighbours(make_neighbours(2), {})
    assert panel.pane(3).view.placeholder == "No further case"
    panel.select(3)
    assert panel.selected_rank == 0


def test_a_click_selects_and_shows_it_by_the_frame(
    qtbot: QtBot,
    panel: NeighboursPanel,
    make_neighbours: MakeNeighbours,
    make_radiograph: Callable[..., Radiograph],
) -> None:
    panel.show_neighbours(make_neighbours(4), {})
    with qtbot.waitSignal(panel.selected) as selected:
        qtbot.mouseClick(panel.pane(2).view, Qt.MouseButton.LeftButton)
    assert selected.args == [2]
    assert [panel.pane(rank).is_selected for rank in range(1, 5)] == [False, True, False, False]


def test_cases_that_stay_keep_their_radiograph(
    panel: NeighboursPanel,
    make_neighbours: MakeNeighbours,
    make_radiograph: Callable[..., Radiograph],
) -> None:
    radiograph = make_radiograph()
    panel.show_neighbours(make_neighbours(4), {})
    overlay = ShownOverlay(np.ones((4, 4), np.float32), 0, 0, 200, 160)
    panel.show_case(1, radiograph, display_pixels(radiograph), overlay)
    panel.set_count(6)
    panel.show_neighbours(make_neighbours(6), {})
    assert panel.pane(1).view.radiograph is radiograph
    assert panel.pane(5).view.placeholder == "Reading…"


def test_what_a_rank_stands_for_now_is_said_again(
    qtbot: QtBot, panel: NeighboursPanel, make_neighbours: MakeNeighbours
) -> None:
    # The record beside the panes is of a rank: ranked again, that may be another case.
    cases = make_neighbours(5)
    panel.show_neighbours(cases[:4], {})
    panel.select(4)
    with qtbot.assertNotEmitted(panel.pointed_at):
        panel.show_neighbours(cases[:4], {})
    with qtbot.waitSignal(panel.pointed_at, timeout=1000):
        panel.show_neighbours((*cases[:3], cases[4]), {})
    with qtbot.waitSignal(panel.selected, timeout=1000):
        panel.set_count(1)
    assert panel.selected_rank == 0
    assert panel.neighbour(4) is None


def test_another_query_does_not_keep_the_pixels_of_the_last(
    panel: NeighboursPanel,
    make_neighbours: MakeNeighbours,
    make_radiograph: Callable[..., Radiograph],
) -> None:
    radiograph = make_radiograph()
    panel.show_neighbours(make_neighbours(4), {})
    overlay = ShownOverlay(np.ones((4, 4), np.float32), 0, 0, 200, 160)
    panel.show_case(1, radiograph, display_pixels(radiograph), overlay)
    other = tuple(reversed(make_neighbours(4)))
    panel.show_neighbours(other, {})
    assert panel.pane(1).view.radiograph is None


def test_an_unreadable_case_says_why_in_its_place(
    panel: NeighboursPanel, make_neighbours: MakeNeighbours
) -> None:
    panel.show_neighbours(make_neighbours(4), {})
    panel.show_problem(2, "Cannot open b.dcm: it is gone.")
    assert panel.pane(2).view.placeholder == "Cannot open b.dcm: it is gone."


@pytest.mark.parametrize(
    ("count", "width", "height", "columns"),
    [(4, 600, 600, 2), (1, 600, 600, 1), (9, 600, 600, 3), (4, 1600, 400, 4), (4, 300, 1400, 1)],
)
def test_the_grid_makes_the_radiographs_as_large_as_it_can(
    count: int, width: int, height: int, columns: int
) -> None:
    assert best_columns(count, width, height) == columns


def test_one_pane_can_fill_the_grid_and_give_it_back(
    qtbot: QtBot, panel: NeighboursPanel, make_neighbours: MakeNeighbours
) -> None:
    panel.show_neighbours(make_neighbours(4), {})
    panel.show_only((3,))
    qtbot.waitUntil(lambda: panel.pane(3).width() > 600)
    assert not panel.pane(1).isVisible()
    panel.show_only(())
    qtbot.waitUntil(lambda: panel.pane(3).width() < 400)
    assert panel.pane(1).isVisible()
