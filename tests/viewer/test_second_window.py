"""A second window, a second screen, and a screen that goes away."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from inference.records import Neighbour, Radiograph
from viewer.frame.main_window import MainWindow
from viewer.frame.screens import visible_rect
from viewer.frame.second_window import QUERY, RESULTS
from viewer.frame.workbench import RESEARCH_ONLY
from viewer.preferences.kept_state import KeptState

TWO_SCREENS = {
    "screens": [
        {"name": "one", "x": 0, "y": 0, "width": 1920, "height": 1080},
        {"name": "two", "x": 1920, "y": 0, "width": 1600, "height": 1200},
    ]
}


@pytest.fixture
def window(
    qtbot: QtBot,
    make_radiograph: Callable[..., Radiograph],
    make_neighbours: Callable[[int], tuple[Neighbour, ...]],
) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.set_count(4)
    one.show_workbench()
    one.show_neighbour_grid()
    one.query.view.show_radiograph(make_radiograph())
    one.neighbours.show_neighbours(make_neighbours(4), {})
    for view in one.neighbours.views():
        view.show_radiograph(make_radiograph())
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


@pytest.mark.parametrize(
    ("key", "part"), [(Qt.Key.Key_F8, QUERY), (Qt.Key.Key_F9, RESULTS)], ids=[QUERY, RESULTS]
)
def test_a_part_goes_to_its_own_window_and_comes_back_where_it_was(
    qtbot: QtBot, window: MainWindow, key: Qt.Key, part: str
) -> None:
    sizes = [view.size() for view in window.all_views()]
    qtbot.keyClick(window, key)
    holder = window.elsewhere.holder
    assert window.elsewhere.part == part
    assert holder is not None
    view = window.query.view if part == QUERY else window.neighbours.pane(1).view
    assert view.window() is holder
    assert view.isVisible()
    assert RESEARCH_ONLY in [label.text() for label in holder.findChildren(QLabel)]
    holder.close()
    assert window.elsewhere.part == ""
    assert view.window() is window
    qtbot.waitUntil(lambda: [view.size() for view in window.all_views()] == sizes)


def test_panes_in_both_windows_stay_linked_and_keys_work_in_both(
    qtbot: QtBot, window: MainWindow
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F9)
    holder = window.elsewhere.holder
    assert holder is not None
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    pane = window.neighbours.pane(2).view
    pane.setFocus()
    qtbot.keyClick(pane, Qt.Key.Key_I)
    assert all(view.state.is_inverted for view in window.all_views())
    qtbot.keyClick(pane, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert window.query.view.state.zoom == pane.state.zoom > 1
    qtbot.keyClick(holder, Qt.Key.Key_3)
    assert window.neighbours.selected_rank == 3
    qtbot.keyClick(holder, Qt.Key.Key_F11)
    assert holder.isFullScreen()
    assert not window.isFullScreen()
    qtbot.keyClick(holder, Qt.Key.Key_Escape)
    assert not holder.isFullScreen()
    qtbot.keyClick(holder, Qt.Key.Key_F9)
    assert window.elsewhere.part == ""


def test_a_pane_enlarged_in_the_second_window_leaves_the_first_as_it_is(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.elsewhere.toggle(RESULTS)
    qtbot.mouseDClick(window.neighbours.pane(2).view, Qt.MouseButton.LeftButton)
    assert window.enlarged == 2
    assert window.tools.isVisible()
    assert window.query.isVisible()
    assert not window.neighbours.pane(1).isVisible()
    assert not window.results_area.bar.isVisible()
    window.enlarge(0)
    assert not window.tools.isVisible()
    assert window.neighbours.pane(1).isVisible()
    window.enlarge(None)
    assert window.tools.isVisible()


def test_only_one_part_is_apart(window: MainWindow) -> None:
    window.elsewhere.toggle(RESULTS)
    window.elsewhere.toggle(QUERY)
    assert window.elsewhere.part == QUERY
    assert window.results_area.window() is window


def test_closing_the_window_closes_both_and_keeps_what_was_apart(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "window.ini"
    KeptState(file).keep_on_closing(window, lambda: None)
    window.elsewhere.toggle(RESULTS)
    holder = window.elsewhere.holder
    assert holder is not None
    window.close()
    assert not holder.isVisible()
    assert QSettings(str(file), QSettings.Format.IniFormat).value("apart") == RESULTS


def test_with_one_screen_nothing_is_apart_at_the_next_start(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "window.ini"
    file.write_text("[General]\napart=results\n", encoding="utf-8")
    KeptState(file).restore(window)
    assert window.elsewhere.part == ""


def test_an_unplugged_screen_brings_everything_back(qtbot: QtBot, window: MainWindow) -> None:
    window.elsewhere.toggle(RESULTS)
    holder = window.elsewhere.holder
    assert holder is not None
    application = QApplication.instance()
    assert isinstance(application, QGuiApplication)
    application.screenRemoved.emit(holder.screen())  # what Qt says before it lets the screen go
    assert window.elsewhere.part == ""
    assert window.neighbours.pane(1).view.isVisible()


def test_there_is_no_next_screen_to_go_to(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F11, Qt.KeyboardModifier.ShiftModifier)
    assert window.message_bar.text == "There is no other screen."


MAIN, SIDE = QRect(0, 0, 1920, 1040), QRect(1920, 0, 1280, 1024)


@pytest.mark.parametrize(
    ("wanted", "rooms", "found"),
    [
        pytest.param(QRect(100, 50, 800, 600), [MAIN], QRect(100, 50, 800, 600), id="as it was"),
        pytest.param(
            QRect(2000, 10, 900, 700), [MAIN, SIDE], QRect(2000, 10, 900, 700), id="on the other"
        ),
        pytest.param(
            QRect(2000, 10, 900, 700), [MAIN], QRect(510, 170, 900, 700), id="the other is gone"
        ),
        pytest.param(
            QRect(2000, 0, 2560, 1400), [MAIN], QRect(0, 0, 1920, 1040), id="and was larger"
        ),
        pytest.param(
            QRect(100, -800, 900, 700), [MAIN], QRect(510, 170, 900, 700), id="title bar above"
        ),
        pytest.param(
            QRect(1890, 10, 900, 700), [MAIN], QRect(510, 170, 900, 700), id="a sliver is no grip"
        ),
    ],
)
def test_a_window_is_moved_only_where_nobody_could_reach_it(
    wanted: QRect, rooms: list[QRect], found: QRect
) -> None:
    moved = visible_rect(wanted, rooms)
    assert moved.size() == found.size()
    assert (moved.center() - found.center()).manhattanLength() <= 2


SCRIPT = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication, QLabel
from viewer.preferences.kept_state import KeptState
from viewer.frame.main_window import MainWindow
app = QApplication([])
assert len(app.screens()) == 2, app.screens()
def started():
    window = MainWindow(); window.set_count(4); window.show_workbench()
    window.show_neighbour_grid(); window.show(); app.processEvents()
    return window
window = started()
window.elsewhere.toggle("results"); app.processEvents()
holder = window.elsewhere.holder
assert holder.screen().name() == "two", holder.screen().name()
assert holder.isMaximized()
file = Path(sys.argv[1])
KeptState(file).keep_on_closing(window, lambda: None)
window.bound["next_screen"].trigger(); app.processEvents()
window.close(); app.processEvents()
again = started()
KeptState(file).restore(again); app.processEvents()
assert again.elsewhere.part == "results"
again.elsewhere.bring_back()
again.setGeometry(9000, 9000, 1000, 700)
KeptState(file).keep_on_closing(again, lambda: None)
again.close()
last = started()
KeptState(file).restore(last); app.processEvents()
assert any(one.geometry().intersects(last.geometry()) for one in app.screens()), last.geometry()
print("fine")
"""


def test_with_two_screens_it_opens_on_the_other_one(tmp_path: Path) -> None:
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps(TWO_SCREENS), encoding="utf-8")
    environment = {**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={screens}"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "window.ini")],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "fine", done.stderr
