"""What the mouse does on a radiograph, done by keys alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from inference.records import Neighbour, Radiograph, Spacing
from viewer.frame.main_window import MainWindow
from viewer.pane.place_picker import PlaceMarks, PlacePicker, on_radiograph
from viewer.pane.radiograph_view import RadiographView
from viewer.pane.view_state import ViewState
from viewer.results.result_gestures import ResultGestures
from viewer.theme import ACCENT

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
SHA = "cd" * 32


@pytest.fixture
def window(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_radiograph: Callable[..., Radiograph],
    make_neighbours: Callable[[int], tuple[Neighbour, ...]],
) -> MainWindow:
    monkeypatch.setattr("viewer.measuring.file.user_data_folder", lambda: tmp_path)
    one = MainWindow()
    qtbot.addWidget(one)
    gestures = ResultGestures(one)
    one.neighbours.pane_made.connect(
        lambda rank: gestures.watch(one.neighbours.pane(rank).view, rank)
    )
    gestures.open_wished.connect(lambda rank: pytest.fail("Enter was the tool's"))
    one.set_count(1)
    one.show_workbench()
    one.show_neighbour_grid()
    radiograph = make_radiograph(pixel_sha256=SHA, spacing=Spacing(1.0, 1.0, "PixelSpacing"))
    one.query.view.show_radiograph(radiograph)
    one.neighbours.show_neighbours(make_neighbours(1), {})
    one.neighbours.pane(1).view.show_radiograph(radiograph)
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    one.query.view.setFocus()
    return one


def keys(qtbot: QtBot, view: RadiographView, *names: str) -> None:
    """Press keys on a pane; "^" before a name is Ctrl, "+" is Shift."""
    for name in names:
        modifier = {"^": CTRL, "+": SHIFT}.get(name[0], Qt.KeyboardModifier.NoModifier)
        qtbot.keyClick(view, getattr(Qt.Key, f"Key_{name.lstrip('^+')}"), modifier)


def test_a_length_is_measured_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    keys(qtbot, view, "D", "Left", "Return", *["Right"] * 5, *["^Right"] * 3, "Return")
    (mark,) = window.measuring.book.marks(SHA)
    assert mark.kind == "length"
    (x0, y0), (x1, y1) = mark.points
    scale = view.transform().m11()
    assert (x0, y0) == pytest.approx((100, 80), abs=1)  # the first arrow shows the cursor
    assert x1 - x0 == pytest.approx((5 * 16 + 3) / scale, rel=1e-3)
    assert y1 == pytest.approx(y0)
    assert view.state == ViewState()  # the arrows were the tool's


def test_a_point_is_taken_hold_of_moved_and_let_go(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    keys(qtbot, view, "D", "Up", "Return", "Down", "Down", "Return")
    (before,) = window.measuring.book.marks(SHA)
    keys(qtbot, view, "Return", "Right", "Return")
    (after,) = window.measuring.book.marks(SHA)
    assert after.points[0] == before.points[0]
    assert after.points[1][0] > before.points[1][0]
    keys(qtbot, view, "^Z")
    assert window.measuring.book.marks(SHA) == (before,)
    keys(qtbot, view, "Delete")
    assert window.measuring.book.marks(SHA) == ()


def test_a_text_is_written_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    keys(qtbot, view, "X", "Down", "Return")
    editor = window.measuring.layer(view).editor
    qtbot.waitUntil(editor.hasFocus)
    qtbot.keyClicks(editor, "old o1")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    (mark,) = window.measuring.book.marks(SHA)
    assert mark.text == "old o1"
    assert window.enlarged is None


def test_on_a_similar_case_enter_is_the_tools_while_there_is_one(
    qtbot: QtBot, window: MainWindow
) -> None:
    view = window.neighbours.pane(1).view
    view.setFocus()
    keys(qtbot, view, "S", "Left", "Return", "Right", "Down", "Return")
    (mark,) = window.measuring.book.marks(SHA)
    assert mark.kind == "ellipse"


def test_the_cursor_is_seen_and_goes_when_the_mouse_moves(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    layer = window.measuring.layer(view)
    keys(qtbot, view, "D", "Left")
    at = layer.key_position
    assert at is not None
    colour = view.grab().toImage().pixelColor((at + QPointF(9, 0)).toPoint())
    assert colour == QColor(ACCENT)
    qtbot.mouseMove(view, view.rect().center() / 3)
    qtbot.mouseMove(view, view.rect().center() / 2)
    qtbot.waitUntil(lambda: layer.key_position is None)


def test_without_a_tool_arrows_move_the_picture(qtbot: QtBot, window: MainWindow) -> None:
    keys(qtbot, window.query.view, "Left")
    assert window.query.view.state.centre_x < 0.5
    assert window.measuring.layer(window.query.view).key_position is None


@pytest.fixture
def picker(qtbot: QtBot, window: MainWindow) -> PlacePicker:
    view = window.query.view
    return PlacePicker(view, PlaceMarks(view))


def test_a_place_is_chosen_by_keys(qtbot: QtBot, window: MainWindow, picker: PlacePicker) -> None:
    view = window.query.view
    with qtbot.waitSignal(picker.noted):
        picker.toggle_keys()
    scale = view.transform().m11()
    keys(qtbot, view, "Left", "Left", "^Up")
    with qtbot.waitSignal(picker.place_chosen) as chosen:
        keys(qtbot, view, "Return")
    assert chosen.args == pytest.approx([80 - 1 / scale, 100 - 32 / scale], abs=0.01)
    assert not picker.are_keys_on
    assert window.enlarged is None


def test_a_region_is_drawn_with_shift_and_arrows(
    qtbot: QtBot, window: MainWindow, picker: PlacePicker
) -> None:
    view = window.query.view
    picker.toggle_keys()
    scale = view.transform().m11()
    keys(qtbot, view, "+Right", "+Right", "+Down")
    with qtbot.waitSignal(picker.region_chosen) as chosen:
        keys(qtbot, view, "Return")
    assert chosen.args is not None
    region = chosen.args[0]
    assert (region.top, region.left) == pytest.approx((80, 100), abs=0.01)
    assert (region.width, region.height) == pytest.approx((32 / scale, 16 / scale), abs=0.01)


def test_escape_and_another_focus_leave_without_choosing(
    qtbot: QtBot, window: MainWindow, picker: PlacePicker
) -> None:
    view = window.query.view
    picker.toggle_keys()
    with qtbot.assertNotEmitted(window.stop_wished), qtbot.assertNotEmitted(picker.region_chosen):
        keys(qtbot, view, "+Right", "Escape")
    assert not picker.are_keys_on
    picker.toggle_keys()
    window.tools.count_combo.setFocus()
    assert not picker.are_keys_on


def test_the_cursor_stays_on_what_can_be_seen(
    qtbot: QtBot, window: MainWindow, picker: PlacePicker
) -> None:
    view = window.query.view
    view.set_state(ViewState(zoom=2.5))
    picker.toggle_keys()
    keys(qtbot, view, *["Left"] * 60)
    with qtbot.waitSignal(picker.place_chosen) as chosen:
        keys(qtbot, view, "Return")
    edge = on_radiograph(view, QPointF(0, 0))[1]
    assert chosen.args is not None
    assert chosen.args[1] == pytest.approx(max(edge, 0.0), abs=0.01)


def test_without_a_radiograph_there_is_nothing_to_choose(
    qtbot: QtBot, window: MainWindow, picker: PlacePicker
) -> None:
    window.query.view.show_placeholder("Reading…")
    picker.toggle_keys()
    assert not picker.are_keys_on


def test_the_magnifier_is_where_the_keys_are(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    keys(qtbot, view, "D", "Left", *["Right"] * 3, *["Down"] * 2)
    qtbot.keyPress(view, Qt.Key.Key_Z)
    lens = window.magnifier.lens
    assert lens.isVisible()
    before = lens.geometry().center()
    middle = view.mapTo(
        window, (view.transform().map(QPointF(100, 80)) + QPointF(3 * 16, 2 * 16)).toPoint()
    )
    assert (before - middle).manhattanLength() <= 4
    keys(qtbot, view, "Right")
    qtbot.waitUntil(lambda: lens.geometry().center() != before)
    assert lens.geometry().center().x() - before.x() == pytest.approx(16, abs=1)
    place = view.mapFrom(window, lens.geometry().center())
    radiograph, at = view.radiograph, view.to_radiograph(QPointF(place))
    assert radiograph is not None
    assert at is not None
    picture = lens.grab().toImage()
    seen = picture.pixelColor(picture.width() // 2, picture.height() // 2).red()
    assert seen == pytest.approx(255 * radiograph.values[int(at.y()), int(at.x())] / 1000, abs=6)
    qtbot.keyRelease(view, Qt.Key.Key_Z)
    assert not lens.isVisible()
