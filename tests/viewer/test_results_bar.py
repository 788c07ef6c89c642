"""The row above the similar cases: its buttons say and do what is possible."""

import pytest
from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from viewer.results.results_bar import ResultsBar

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bar(qtbot: QtBot) -> ResultsBar:
    one = ResultsBar()
    qtbot.addWidget(one)
    one.resize(900, one.sizeHint().height())
    one.show()
    return one


def buttons(bar: ResultsBar) -> dict[QToolButton, SignalInstance]:
    return {
        bar.back: bar.back_wished,
        bar.forward: bar.forward_wished,
        bar.undo: bar.undo_wished,
        bar.pin: bar.pin_wished,
        bar.distribution: bar.distribution_wished,
    }


def test_at_first_only_the_filter_can_be_pressed(bar: ResultsBar) -> None:
    enabled = [one for one in bar.findChildren(QToolButton) if one.isEnabled()]
    assert enabled == [bar.filter]


def test_each_button_wishes_by_mouse_and_by_key(qtbot: QtBot, bar: ResultsBar) -> None:
    bar.set_history(has_back=True, has_forward=True)
    bar.set_undo(is_possible=True)
    bar.set_selected(is_selected=True)
    bar.distribution.setEnabled(True)
    for button, wished in buttons(bar).items():
        with qtbot.waitSignal(wished):
            qtbot.mouseClick(button, LEFT)
        with qtbot.waitSignal(wished):
            qtbot.keyClick(button, Qt.Key.Key_Space)


@pytest.mark.parametrize("is_relevant", [True, False])
def test_marks_say_which(qtbot: QtBot, bar: ResultsBar, is_relevant: bool) -> None:
    bar.set_selected(is_selected=True)
    button = bar.relevant if is_relevant else bar.not_relevant
    with qtbot.waitSignal(bar.mark_wished) as wished:
        qtbot.mouseClick(button, LEFT)
    assert wished.args == [is_relevant]


def test_without_a_selected_case_nothing_can_be_marked_or_pinned(
    qtbot: QtBot, bar: ResultsBar
) -> None:
    bar.set_selected(is_selected=True)
    bar.set_selected(is_selected=False)
    with qtbot.assertNotEmitted(bar.mark_wished), qtbot.assertNotEmitted(bar.pin_wished):
        for button in (bar.relevant, bar.not_relevant, bar.pin):
            qtbot.mouseClick(button, LEFT)


def test_the_filter_stays_pressed_and_counts(qtbot: QtBot, bar: ResultsBar) -> None:
    with qtbot.waitSignal(bar.filter_toggled) as toggled:
        qtbot.mouseClick(bar.filter, LEFT)
    assert toggled.args == [True]
    bar.set_filter_count(2)
    assert bar.filter.text() == "Filter (2)"
    bar.set_filter_count(0)
    assert bar.filter.text() == "Filter"


def test_every_button_has_words_for_a_screen_reader(bar: ResultsBar) -> None:
    for button in bar.findChildren(QToolButton):
        assert len(button.accessibleName()) > 3
