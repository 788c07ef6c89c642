"""Shift and the left button choose places and regions; everything else stays as it was."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from inference.records import Radiograph
from viewer.pane.place_picker import PlaceMarks, PlacePicker, Rectangle, on_radiograph, on_screen
from viewer.pane.radiograph_view import RadiographView
from viewer.pane.view_state import ViewState

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def view(qtbot: QtBot, make_radiograph: Callable[..., Radiograph]) -> RadiographView:
    """200 x 160 pixels of a radiograph in a pane of 400 x 400: twice its size."""
    one = RadiographView("Query")
    qtbot.addWidget(one)
    one.resize(400, 400)
    one.show_radiograph(make_radiograph())
    one.show()
    return one


@pytest.fixture
def marks(view: RadiographView) -> PlaceMarks:
    return PlaceMarks(view)


@pytest.fixture
def picker(view: RadiographView, marks: PlaceMarks) -> PlacePicker:
    return PlacePicker(view, marks)


def point(view: RadiographView, row: float, column: float) -> QPoint:
    place = on_screen(view, row, column)
    assert place is not None
    return place.toPoint()


def drag(view: RadiographView, one: QPoint, other: QPoint, keys: Qt.KeyboardModifier) -> None:
    QTest.mousePress(view, LEFT, keys, one)
    for step in (0.3, 0.6, 1.0):
        between = QPointF(one) + (QPointF(other) - QPointF(one)) * step
        QTest.mouseMove(view, between.toPoint())
    QTest.mouseRelease(view, LEFT, keys, other)


@pytest.mark.parametrize(
    "state",
    [ViewState(), ViewState(zoom=2.0, centre_x=0.4), ViewState(quarter_turns=1, is_flipped=True)],
)
def test_a_click_names_the_pixel_however_it_is_looked_at(
    qtbot: QtBot, view: RadiographView, picker: PlacePicker, state: ViewState
) -> None:
    view.set_state(state)
    with qtbot.waitSignal(picker.place_chosen) as chosen:
        QTest.mouseClick(view, LEFT, SHIFT, point(view, 70, 90))
    assert chosen.args == pytest.approx([70, 90], abs=1)


def test_a_drag_names_the_region_in_any_direction(
    qtbot: QtBot, view: RadiographView, picker: PlacePicker
) -> None:
    with qtbot.waitSignal(picker.region_chosen) as chosen:
        drag(view, point(view, 100, 150), point(view, 40, 50), SHIFT)
    assert chosen.args is not None
    region = chosen.args[0]
    found = (region.top, region.left, region.height, region.width)
    assert found == pytest.approx((40, 50, 60, 100), abs=1)


def test_a_region_ends_at_the_radiographs_edge(
    qtbot: QtBot, view: RadiographView, picker: PlacePicker
) -> None:
    with qtbot.waitSignal(picker.region_chosen) as chosen:
        drag(view, point(view, 80, 100), QPoint(399, 399), SHIFT)
    assert chosen.args is not None
    region = chosen.args[0]
    assert region.top + region.height == 160
    assert region.left + region.width == pytest.approx(200, abs=1)


def test_without_shift_the_window_is_dragged_and_clicks_are_the_panes(
    qtbot: QtBot, view: RadiographView, picker: PlacePicker
) -> None:
    with qtbot.assertNotEmitted(picker.region_chosen), qtbot.assertNotEmitted(picker.place_chosen):
        with qtbot.waitSignal(view.state_changed):
            drag(view, point(view, 50, 50), point(view, 90, 120), PLAIN)
        with qtbot.waitSignal(view.clicked):
            QTest.mouseClick(view, LEFT, PLAIN, point(view, 50, 50))


def test_with_shift_the_window_stays(view: RadiographView, picker: PlacePicker) -> None:
    drag(view, point(view, 50, 50), point(view, 90, 120), SHIFT)
    assert view.state == ViewState()


def test_beside_the_radiograph_there_is_nothing_to_choose(
    qtbot: QtBot, view: RadiographView, picker: PlacePicker
) -> None:
    with qtbot.assertNotEmitted(picker.place_chosen):
        QTest.mouseClick(view, LEFT, SHIFT, QPoint(200, 5))
    view.show_placeholder("Reading…")
    with qtbot.assertNotEmitted(picker.place_chosen):
        QTest.mouseClick(view, LEFT, SHIFT, QPoint(200, 200))


def test_marks_are_drawn_where_they_belong_and_follow_the_picture(
    view: RadiographView, marks: PlaceMarks
) -> None:
    bare = view.grab().toImage()
    marks.show_region(Rectangle(40, 50, 60, 100))
    for state in (ViewState(), ViewState(zoom=1.5)):
        view.set_state(state)
        picture = view.grab().toImage()
        corner = point(view, 40, 50)
        colour = picture.pixelColor(corner)
        assert colour.blue() > colour.red() + 40  # the accent, on a grey radiograph
    marks.show_region(None)
    view.set_state(ViewState())
    assert view.grab().toImage() == bare


def test_places_on_screen_and_radiograph_are_inverse(view: RadiographView) -> None:
    view.set_state(ViewState(zoom=3, centre_x=0.3, quarter_turns=3))
    place = on_screen(view, 33.0, 44.0)
    assert place is not None
    assert on_radiograph(view, place) == pytest.approx((33, 44))
