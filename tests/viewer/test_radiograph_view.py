"""The pane under mouse and keys."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inference.records import Radiograph, Window
from viewer.pane.radiograph_view import RadiographView
from viewer.pane.view_state import ViewState


@pytest.fixture
def view(qtbot: QtBot, make_radiograph: Callable[..., Radiograph]) -> RadiographView:
    one = RadiographView("Query radiograph")
    qtbot.addWidget(one)
    one.resize(400, 320)
    one.show_radiograph(make_radiograph())
    one.show()
    return one


def drag(
    qtbot: QtBot, view: RadiographView, button: Qt.MouseButton, start: QPoint, end: QPoint
) -> None:
    qtbot.mousePress(view, button, pos=start)
    for step in range(1, 5):
        position = start + (end - start) * step / 4
        global_position = QPointF(view.mapToGlobal(position))

        move = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(position),
            global_position,
            Qt.MouseButton.NoButton,
            button,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view, move)
    qtbot.mouseRelease(view, button, pos=end)


def wheel(view: RadiographView, position: QPoint, angle: int) -> None:
    event = QWheelEvent(
        QPointF(position),
        QPointF(view.mapToGlobal(position)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_left_drag_across_changes_the_width_and_down_the_centre(
    qtbot: QtBot, view: RadiographView
) -> None:
    drag(qtbot, view, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(180, 100))
    wider = view.current_window()
    assert isinstance(wider, Window)
    assert wider.width > 1000
    assert wider.centre == 500
    drag(qtbot, view, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(100, 180))
    higher = view.current_window()
    assert isinstance(higher, Window)
    assert higher.centre > 500
    assert view.state.zoom == 1.0


def test_right_drag_and_wheel_zoom(qtbot: QtBot, view: RadiographView) -> None:
    drag(qtbot, view, Qt.MouseButton.RightButton, QPoint(200, 200), QPoint(200, 100))
    assert view.state.zoom > 1.5
    assert not view.state.has_own_window
    before = view.state.zoom
    wheel(view, QPoint(200, 160), -120)
    assert view.state.zoom < before


def test_the_wheel_keeps_the_point_under_the_cursor(view: RadiographView) -> None:
    position = QPoint(300, 90)

    def share_under_cursor() -> tuple[float, float]:
        ratio, whole = view.devicePixelRatioF(), view.picture_rectangle()
        return (
            (position.x() * ratio - whole.left()) / whole.width(),
            (position.y() * ratio - whole.top()) / whole.height(),
        )

    before = share_under_cursor()
    wheel(view, position, 240)
    wheel(view, position, 240)
    assert share_under_cursor() == pytest.approx(before, abs=1e-6)
    assert view.state.zoom > 2


def test_middle_drag_moves_the_radiograph_with_the_mouse(
    qtbot: QtBot, view: RadiographView
) -> None:
    view.set_state(ViewState(zoom=4))
    before = view.picture_rectangle()
    drag(qtbot, view, Qt.MouseButton.MiddleButton, QPoint(200, 160), QPoint(240, 140))
    moved = view.picture_rectangle().topLeft() - before.topLeft()
    ratio = view.devicePixelRatioF()
    assert (moved.x() / ratio, moved.y() / ratio) == pytest.approx((40, -20))


def test_a_click_is_a_click_and_a_drag_is_not(qtbot: QtBot, view: RadiographView) -> None:
    with qtbot.waitSignal(view.clicked):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton)
    with qtbot.assertNotEmitted(view.clicked):
        drag(qtbot, view, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(180, 100))


def test_a_double_click_asks_to_enlarge(qtbot: QtBot, view: RadiographView) -> None:
    with qtbot.waitSignal(view.enlarge_asked):
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)


def test_everything_the_mouse_does_can_be_done_by_key(qtbot: QtBot, view: RadiographView) -> None:
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.state.zoom > 1
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.state.centre_x > 0.5
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.state.window_scale > 1
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.state.window_shift > 0
    with qtbot.waitSignal(view.enlarge_asked):
        qtbot.keyClick(view, Qt.Key.Key_Return)
    with qtbot.waitSignal(view.clicked):
        qtbot.keyClick(view, Qt.Key.Key_Space)


def test_what_the_user_does_is_announced_and_what_is_set_is_not(
    qtbot: QtBot, view: RadiographView
) -> None:
    with qtbot.waitSignal(view.state_changed) as changed:
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert changed.args == [view.state]
    with qtbot.assertNotEmitted(view.state_changed):
        view.set_state(ViewState(zoom=3))


def test_without_a_radiograph_there_is_a_sentence(
    qtbot: QtBot, view: RadiographView, make_radiograph: Callable[..., Radiograph]
) -> None:
    view.show_placeholder("Cannot open a.dcm: it is empty.", is_problem=True)
    assert view.radiograph is None
    assert view.accessibleDescription() == "Cannot open a.dcm: it is empty."
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    drag(qtbot, view, Qt.MouseButton.LeftButton, QPoint(10, 10), QPoint(90, 10))
    assert view.state == ViewState()
    assert not view.grab().isNull()
    view.show_radiograph(make_radiograph())
    assert view.placeholder == ""


def test_the_picture_becomes_smooth_when_it_rests(qtbot: QtBot, view: RadiographView) -> None:
    wheel(view, QPoint(200, 160), 120)
    assert not view._is_smooth
    qtbot.waitUntil(lambda: view._is_smooth)


def test_a_window_drag_over_nine_megapixels_is_fast_enough_for_60_frames(
    qtbot: QtBot, view: RadiographView, make_radiograph: Callable[..., Radiograph]
) -> None:
    values = np.random.default_rng(0).integers(0, 4096, (3000, 3000)).astype(np.float32)
    view.resize(1200, 1000)
    view.show_radiograph(make_radiograph(values=values))
    view.grab()
    times = []
    for step in range(12):
        view.set_state(ViewState().windowed(0.01 * step, 1.0))
        start = time.perf_counter()
        view.repaint()
        times.append(time.perf_counter() - start)
    assert sorted(times)[2] < 1 / 60  # the best quarter: other programs may be running
