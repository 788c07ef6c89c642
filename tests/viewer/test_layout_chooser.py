"""Layouts by key and menu, and which two cases are against each other."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from viewer.frame.layout_chooser import Layout, LayoutChooser
from viewer.frame.window_actions import WindowActions

CTRL = Qt.KeyboardModifier.ControlModifier


class Panes:
    """How many there are; what the chooser wished for happens."""

    def __init__(self, count: int) -> None:
        self.count = count


@pytest.fixture
def panes() -> Panes:
    return Panes(4)


@pytest.fixture
def chooser(qtbot: QtBot, panes: Panes) -> LayoutChooser:
    window = QWidget()
    qtbot.addWidget(window)
    one = LayoutChooser(WindowActions(window), lambda: panes.count, window)

    def change(count: int) -> None:
        panes.count = count
        one.note_count(count)

    one.count_wished.connect(change)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return one


def press(qtbot: QtBot, chooser: LayoutChooser, key: Qt.Key) -> None:
    parent = chooser.parent()
    assert isinstance(parent, QWidget)
    qtbot.keyClick(parent, key, CTRL)


def test_keys_choose_the_number_of_cases(
    qtbot: QtBot, chooser: LayoutChooser, panes: Panes
) -> None:
    for key, count in ((Qt.Key.Key_9, 9), (Qt.Key.Key_1, 1), (Qt.Key.Key_4, 4)):
        with qtbot.waitSignal(chooser.changed):
            press(qtbot, chooser, key)
        assert panes.count == count
        assert chooser.states()[f"layout_{count}"]


def test_a_layout_chosen_again_gives_the_grid_back(qtbot: QtBot, chooser: LayoutChooser) -> None:
    press(qtbot, chooser, Qt.Key.Key_0)
    assert chooser.layout is Layout.QUERY
    press(qtbot, chooser, Qt.Key.Key_0)
    assert chooser.layout is Layout.GRID


def test_two_cases_are_the_first_and_the_one_chosen_last(
    qtbot: QtBot, chooser: LayoutChooser
) -> None:
    chooser.note_selected(3)
    press(qtbot, chooser, Qt.Key.Key_2)
    assert chooser.shown_ranks == (2, 3)
    chooser.note_selected(4)
    assert chooser.shown_ranks == (3, 4)
    chooser.note_selected(4)
    chooser.note_selected(0)
    assert chooser.shown_ranks == (3, 4)


def test_two_cases_ask_for_a_second_pane(
    qtbot: QtBot, chooser: LayoutChooser, panes: Panes
) -> None:
    chooser.choose_count(1)
    press(qtbot, chooser, Qt.Key.Key_2)
    assert panes.count == 2
    assert chooser.shown_ranks == (1, 2)


def test_with_one_pane_left_the_grid_comes_back(chooser: LayoutChooser) -> None:
    chooser.note_selected(4)
    chooser.choose(Layout.TWO)
    chooser.note_count(3)
    assert chooser.shown_ranks == (1, 2)
    chooser.note_count(1)
    assert chooser.layout is Layout.GRID
    assert chooser.shown_ranks == ()
