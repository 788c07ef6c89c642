"""The tray of pinned cases, with mouse and keys."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from inference.records import Neighbour
from viewer.results.comparison_tray import MOST, ComparisonTray

MakeNeighbours = Callable[[int], tuple[Neighbour, ...]]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def picture() -> QImage:
    image = QImage(40, 30, QImage.Format.Format_Grayscale8)
    image.fill(80)
    return image


@pytest.fixture
def tray(qtbot: QtBot, make_neighbours: MakeNeighbours, picture: QImage) -> ComparisonTray:
    one = ComparisonTray()
    qtbot.addWidget(one)
    for neighbour in make_neighbours(3):
        assert one.pin(neighbour.case, picture)
    one.resize(800, one.sizeHint().height())
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


def test_it_shows_itself_with_the_first_case_and_hides_with_the_last(
    qtbot: QtBot, make_neighbours: MakeNeighbours, picture: QImage
) -> None:
    tray = ComparisonTray()
    qtbot.addWidget(tray)
    assert tray.isHidden()
    tray.pin(make_neighbours(1)[0].case, picture)
    assert not tray.isHidden()
    tray.strip.setCurrentRow(0)
    tray.unpin_current()
    assert tray.isHidden()


def test_a_case_is_pinned_once_and_the_tray_has_an_end(
    tray: ComparisonTray, make_neighbours: MakeNeighbours, picture: QImage
) -> None:
    assert not tray.pin(make_neighbours(1)[0].case, picture)
    taken = [tray.pin(one.case, picture) for one in make_neighbours(MOST + 4)[3:]]
    assert taken == [True] * (MOST - 3) + [False] * 4
    assert len(tray.cases) == MOST


def test_a_click_shows_a_case_and_return_opens_it(qtbot: QtBot, tray: ComparisonTray) -> None:
    middle = tray.strip.visualItemRect(tray.strip.item(1)).center()
    with qtbot.waitSignal(tray.chosen) as chosen:
        qtbot.mouseClick(tray.strip.viewport(), LEFT, pos=middle)
    assert chosen.args == [tray.cases[1]]
    with qtbot.waitSignal(tray.open_wished) as opened:
        qtbot.keyClick(tray.strip, Qt.Key.Key_Return)
    assert opened.args == [tray.cases[1]]


def test_arrows_and_space_show_a_case_too(qtbot: QtBot, tray: ComparisonTray) -> None:
    tray.strip.setFocus()
    tray.strip.setCurrentRow(0)
    qtbot.keyClick(tray.strip, Qt.Key.Key_Right)
    with qtbot.waitSignal(tray.chosen) as chosen:
        qtbot.keyClick(tray.strip, Qt.Key.Key_Space)
    assert chosen.args == [tray.cases[1]]


def test_delete_and_the_button_unpin(qtbot: QtBot, tray: ComparisonTray) -> None:
    first, second, third = tray.cases
    tray.strip.setFocus()
    tray.strip.setCurrentRow(1)
    qtbot.keyClick(tray.strip, Qt.Key.Key_Delete)
    assert tray.cases == (first, third)
    tray.strip.setCurrentRow(0)
    qtbot.mouseClick(tray._unpin, LEFT)
    assert tray.cases == (third,)
    assert second not in tray.cases


def test_compare_wishes_for_all_of_them(qtbot: QtBot, tray: ComparisonTray) -> None:
    tray._compare.setFocus()
    with qtbot.waitSignal(tray.compare_wished):
        qtbot.keyClick(tray._compare, Qt.Key.Key_Space)


def test_another_catalogue_empties_it(tray: ComparisonTray) -> None:
    tray.clear()
    assert tray.cases == ()
    assert tray.isHidden()
