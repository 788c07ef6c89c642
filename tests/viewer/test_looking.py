"""Looking around in the real window, by key and menu; positions against the pixels drawn."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QCursor, QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from inference.records import Header, Neighbour, Radiograph, Spacing, VoiLut, Window
from viewer.frame.bindings import BINDINGS
from viewer.frame.layout_chooser import Layout
from viewer.frame.main_window import MainWindow
from viewer.pane.display_pixels import display_pixels
from viewer.pane.pane_picture import PanePicture, ShownOverlay
from viewer.pane.pane_text import orientation_letters
from viewer.pane.radiograph_view import RadiographView
from viewer.pane.view_state import OverlayStyle, ViewState
from viewer.pane.window_presets import AUTO, BONES, FULL, LUNGS, preset_names, preset_window

MakeRadiograph = Callable[..., Radiograph]
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
WINDOWS = (Window(500, 1000, "LINEAR_EXACT", "NORMAL"), Window(300, 200, "LINEAR", "HARDER"))


@pytest.fixture
def window(
    qtbot: QtBot,
    make_radiograph: MakeRadiograph,
    make_neighbours: Callable[[int], tuple[Neighbour, ...]],
) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.tools.count_chosen.connect(one.set_count)
    one.set_count(4)
    one.show_workbench()
    one.show_neighbour_grid()
    radiograph = make_radiograph(windows=WINDOWS)
    pixels = display_pixels(radiograph)
    one.query.view.show_radiograph(radiograph, pixels)
    one.neighbours.show_neighbours(make_neighbours(4), {})
    overlay = ShownOverlay(np.zeros((8, 8), np.float32), 0, 0, 200, 160)
    for rank in range(1, 5):
        one.neighbours.show_case(rank, radiograph, pixels, overlay)
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


def shown(window: MainWindow) -> list[RadiographView]:
    return [view for view in window.all_views() if view.isVisible()]


def letters_of_pixels(state: ViewState) -> tuple[str, str, str]:
    """Which corner of the radiograph is drawn where: left, right and upper edge's letters.

    The radiograph is brightest on its right, which is the patient's left, and lower half, which
    is the feet: read off what is painted, not off the letters' own rule.
    """
    values = np.zeros((64, 64), np.float32)
    values[:, 32:] += 1
    values[32:, :] += 2
    names = {0: "RH", 1: "LH", 2: "RF", 3: "LF"}
    picture = PanePicture(_plain(values), display_pixels(_plain(values)))
    image = QImage(64, 64, QImage.Format.Format_RGB888)
    painter = QPainter(image)
    picture.paint(painter, QSize(64, 64), state, OverlayStyle(), smooth=False)
    painter.end()

    def corner(x: int, y: int) -> set[str]:
        return set(names[round(image.pixelColor(x, y).red() / 85)])

    top_left, top_right = corner(8, 8), corner(56, 8)
    low_left, low_right = corner(8, 56), corner(56, 56)
    (left,), (right,) = top_left & low_left, top_right & low_right
    (top,) = top_left & top_right
    return left, right, top


def _plain(values: np.ndarray) -> Radiograph:
    window = Window(1.5, 3, "LINEAR_EXACT")
    return Radiograph(Path("a.dcm"), values, is_inverted=False, windows=(window,))


@pytest.mark.parametrize("is_flipped", [False, True])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_letters_follow_what_is_drawn(qtbot: QtBot, turns: int, is_flipped: bool) -> None:
    state = ViewState(quarter_turns=turns, is_flipped=is_flipped)
    assert orientation_letters(("L", "F"), state) == letters_of_pixels(state)


def test_letters_are_not_invented_by_turning() -> None:
    assert orientation_letters(None, ViewState(quarter_turns=1, is_flipped=True)) == ()


def test_a_turn_is_clockwise_on_the_screen_flipped_or_not() -> None:
    for start in (ViewState(), ViewState().flipped(), ViewState().turned(1).flipped()):
        left, right, top = letters_of_pixels(start)
        assert letters_of_pixels(start.turned(1))[1:] == (top, left)
        assert letters_of_pixels(start.flipped()) == (right, left, top)
        assert start.turned(1).turned(-1) == start


def test_turned_pixels_that_are_not_square_keep_their_true_shape(
    make_radiograph: MakeRadiograph,
) -> None:
    radiograph = make_radiograph(spacing=Spacing(1.0, 0.5, "PixelSpacing"))  # 100 mm x 160 mm
    picture = PanePicture(radiograph, display_pixels(radiograph))
    for turns, expected in ((0, 100 / 160), (1, 160 / 100)):
        place = picture.rectangle(QSize(500, 500), ViewState(quarter_turns=turns))
        assert place.width() / place.height() == pytest.approx(expected)
        assert max(place.width(), place.height()) == pytest.approx(500)


# Presets


def test_presets_are_the_percentiles_of_what_is_seen(make_radiograph: MakeRadiograph) -> None:
    generator = np.random.default_rng(5)
    values = generator.gamma(3, 200, (150, 150)).astype(np.float32)
    padding = np.zeros(values.shape, bool)
    padding[:40] = True
    values[:40] = 1e6
    for is_inverted in (False, True):
        radiograph = make_radiograph(values=values, padding=padding, is_inverted=is_inverted)
        pixels = display_pixels(radiograph)
        anatomy = values[40:]
        for name, shares in ((AUTO, (1, 99)), (LUNGS, (2, 60)), (BONES, (50, 99.8))):
            if is_inverted:  # dark are the high values
                shares = (100 - shares[1], 100 - shares[0])
            low, high = np.percentile(anatomy, shares)
            made = preset_window(radiograph, pixels, name)
            assert made is not None
            assert made.centre - made.width / 2 == pytest.approx(low, abs=2 * pixels.step)
            assert made.centre + made.width / 2 == pytest.approx(high, abs=2 * pixels.step)
        full = preset_window(radiograph, pixels, FULL)
        assert full is not None
        assert full.width == pytest.approx(anatomy.max() - anatomy.min(), rel=1e-4)


def test_a_files_windows_are_offered_by_name_and_its_lut_first(
    make_radiograph: MakeRadiograph,
) -> None:
    lut = VoiLut(0, np.linspace(0, 1, 64, dtype=np.float32), "CHEST")
    radiograph = make_radiograph(windows=(*WINDOWS, Window(1, 2)), voi_lut=lut)
    assert preset_names(radiograph)[:4] == ("CHEST", "NORMAL", "HARDER", "window 3")


def test_presets_and_sigmoid_by_key(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    qtbot.keyClick(window, Qt.Key.Key_W)
    assert view.current_window() == WINDOWS[1]
    qtbot.keyClick(window, Qt.Key.Key_I, SHIFT)
    assert view.current_window() == Window(300, 200, "SIGMOID", "HARDER")
    qtbot.keyClick(window, Qt.Key.Key_I, SHIFT)
    qtbot.keyClick(window, Qt.Key.Key_1, ALT)
    found = view.current_window()
    assert isinstance(found, Window)
    assert (found.name, found.width) == ("full range", pytest.approx(1000))
    assert all(one.current_window() == found for one in window.all_views())
    qtbot.keyClick(window, Qt.Key.Key_0, ALT)
    assert view.current_window() == WINDOWS[0]


def test_the_next_preset_comes_round_to_the_files_own(qtbot: QtBot, window: MainWindow) -> None:
    radiograph = window.query.view.radiograph
    assert radiograph is not None
    for _ in preset_names(radiograph):
        qtbot.keyClick(window, Qt.Key.Key_W)
    assert window.query.view.state == ViewState()


# Zoom, turns and the lens


def test_pixel_for_pixel_and_fit(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    qtbot.keyClick(window, Qt.Key.Key_P)
    ratio = view.devicePixelRatioF()
    assert view.transform().m11() * ratio == pytest.approx(1)
    qtbot.keyClick(window, Qt.Key.Key_F)
    assert view.state.zoom == 1


def test_turn_flip_and_reset_by_key_move_all_linked_panes(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_T)
    qtbot.keyClick(window, Qt.Key.Key_H)
    assert {(one.state.quarter_turns, one.state.is_flipped) for one in window.all_views()} == {
        (1, True)
    }
    qtbot.keyClick(window, Qt.Key.Key_R)
    assert all(one.state == ViewState() for one in window.all_views())


def test_the_arrow_keys_and_the_wheel_follow_the_screen_when_turned(
    qtbot: QtBot, window: MainWindow
) -> None:
    view = window.query.view
    view.setFocus()
    for key in (Qt.Key.Key_T, Qt.Key.Key_H, Qt.Key.Key_Plus, Qt.Key.Key_Plus):
        qtbot.keyClick(view, key)
    before = view.picture_rectangle()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    after = view.picture_rectangle()
    assert after.left() < before.left() - 5  # looking further right moves the picture left
    assert after.top() == pytest.approx(before.top())
    cursor = QPointF(view.width() * 0.4, view.height() * 0.6)
    under = view.to_radiograph(cursor)
    buttons, modifiers = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    place, turn = QPointF(view.mapToGlobal(cursor)), QPoint(0, 240)
    phase = Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(
        view, QWheelEvent(cursor, place, QPoint(), turn, buttons, modifiers, phase, False)
    )
    found = view.to_radiograph(cursor)
    assert under is not None
    assert found is not None
    assert view.state.zoom > 1.5
    assert (found - under).manhattanLength() < 1e-6


def test_the_magnifier_is_there_while_its_key_is_held(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    QCursor.setPos(view.mapToGlobal(QPoint(view.width() // 2, view.height() // 2)))
    qtbot.keyPress(window, Qt.Key.Key_Z)
    lens = window.magnifier.lens
    assert lens.isVisible()
    picture = lens.grab().toImage()
    middle = picture.pixelColor(picture.width() // 2, picture.height() // 2)
    at = view.to_radiograph(QPointF(view.width() // 2, view.height() // 2))
    radiograph = view.radiograph
    assert at is not None
    assert radiograph is not None
    expected = 255 * radiograph.values[int(at.y()), int(at.x())] / 1000
    assert middle.red() == pytest.approx(expected, abs=4)
    qtbot.keyRelease(window, Qt.Key.Key_Z)
    assert not lens.isVisible()


# Layouts and menus


@pytest.mark.parametrize(
    ("key", "count"),
    [(Qt.Key.Key_1, 2), (Qt.Key.Key_4, 5), (Qt.Key.Key_9, 10), (Qt.Key.Key_0, 1)],
)
def test_layouts_by_key(qtbot: QtBot, window: MainWindow, key: Qt.Key, count: int) -> None:
    qtbot.keyClick(window, key, CONTROL)
    qtbot.waitUntil(lambda: len(shown(window)) == count)
    assert window.query.view in shown(window)


def test_two_cases_against_each_other_are_the_two_chosen_last(
    qtbot: QtBot, window: MainWindow
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_2, CONTROL)
    panes = window.neighbours
    assert shown(window) == [panes.pane(1).view, panes.pane(2).view]
    qtbot.keyClick(window, Qt.Key.Key_4)
    assert shown(window) == [panes.pane(2).view, panes.pane(4).view]
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert shown(window) == [panes.pane(1).view, panes.pane(4).view]
    qtbot.keyClick(window, Qt.Key.Key_2, CONTROL)
    assert len(shown(window)) == 5


def test_an_enlarged_pane_gives_the_layout_back(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_0, CONTROL)
    qtbot.mouseDClick(window.query.view, Qt.MouseButton.LeftButton)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert shown(window) == [window.query.view]
    assert window.layouts.layout is Layout.QUERY
    qtbot.mouseDClick(window.query.view, Qt.MouseButton.LeftButton)
    qtbot.keyClick(window, Qt.Key.Key_4, CONTROL)
    assert window.enlarged is None
    assert len(shown(window)) == 5


def test_full_screen_and_back(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()


def test_every_binding_of_looking_and_measuring_does_something_and_is_in_a_menu(
    window: MainWindow,
) -> None:
    groups = ("Looking", "Window and level", "Layout", "Measuring")
    bindings = [one for one in BINDINGS if one.group in groups]
    assert len(bindings) > 30
    assert not window.bound.unattached() & {one.name for one in bindings}
    buttons = window.tools.findChildren(QToolButton)
    menus: list[QMenu] = [button.menu() for button in buttons if button.menu() is not None]
    in_menus = {action.objectName() for menu in menus for action in menu.actions()}
    for binding in bindings:
        assert binding.keys
        assert binding.name in in_menus
    assert all(button.accessibleName() or button.text() for button in buttons)


def test_a_menu_shows_what_is_on(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_I)
    qtbot.keyClick(window, Qt.Key.Key_3, ALT)
    menu = next(one for one in window.findChildren(QMenu) if one.title() == "View")
    menu.aboutToShow.emit()
    ticked = {action.objectName() for action in menu.actions() if action.isChecked()}
    assert ticked == {"overlay", "link", "invert", "window_lungs", "layout_4"}
    own = next(one for one in window.findChildren(QMenu) if "file's" in one.title())
    own.aboutToShow.emit()
    assert [action.text() for action in own.actions()] == ["NORMAL", "HARDER"]
    own.actions()[1].trigger()
    assert window.query.view.current_window() == WINDOWS[1]


def test_a_changed_key_works_and_the_old_one_does_not(qtbot: QtBot, window: MainWindow) -> None:
    window.bound.set_keys({"invert": "Ctrl+I"})
    qtbot.keyClick(window, Qt.Key.Key_I)
    assert not window.query.view.state.is_inverted
    qtbot.keyClick(window, Qt.Key.Key_I, CONTROL)
    assert window.query.view.state.is_inverted


def test_a_header_without_orientation_draws_no_letters(
    qtbot: QtBot, window: MainWindow, make_radiograph: MakeRadiograph
) -> None:
    view = window.query.view
    plain = view.grab().toImage()
    header = Header(patient_orientation=("L", "F"))
    view.show_radiograph(make_radiograph(windows=WINDOWS, header=header))
    assert view.grab().toImage() != plain
