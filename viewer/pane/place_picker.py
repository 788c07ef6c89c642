"""Choosing a place or a region of a radiograph with Shift and the left button, or by keys.

    Shift + click   a place        Shift + drag   a region
    arrows, Enter   a place        Shift + arrows, Enter   a region (once `toggle_keys` was called)

Works on a `RadiographView` from outside, as an event filter with a sheet of glass over it: the
view itself knows nothing of places. What was chosen stays drawn, and moves with the picture.
"""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from viewer.pane.key_cursor import ARROWS, KeyCursor
from viewer.pane.radiograph_view import RadiographView
from viewer.theme import ACCENT
from viewer.translation import tr

_CROSS = 9  # pixels, half of it


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a radiograph, in its pixels."""

    top: float
    left: float
    height: float
    width: float


class PlaceMarks(QWidget):
    """Glass over a view: a cross at a place, a frame around a region. Lets the mouse through."""

    def __init__(self, view: RadiographView) -> None:
        super().__init__(view)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view = view
        self._place: tuple[float, float] | None = None
        self._region: Rectangle | None = None
        self.cursor_of_keys = KeyCursor(view)
        view.installEventFilter(self)
        self.resize(view.size())
        self.show()

    @property
    def place(self) -> tuple[float, float] | None:
        """Row and column of the cross, in pixels of the radiograph."""
        return self._place

    @property
    def region(self) -> Rectangle | None:
        """What the frame is around."""
        return self._region

    def show_place(self, place: tuple[float, float] | None) -> None:
        """Draw a cross at (row, column), or none."""
        self._place = place
        self.update()

    def show_region(self, region: Rectangle | None) -> None:
        """Draw a frame, or none."""
        self._region = region
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.resize(self._view.size())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._place is None and self._region is None and not self.cursor_of_keys.is_shown:
            return
        painter = QPainter(self)
        for colour, width in ((QColor(0, 0, 0, 200), 4), (QColor(ACCENT), 2)):
            painter.setPen(QPen(colour, width))
            if self._region is not None:
                one = self._region
                first = on_screen(self._view, one.top, one.left)
                last = on_screen(self._view, one.top + one.height, one.left + one.width)
                if first is not None and last is not None:
                    painter.drawRect(QRectF(first, last).normalized())
            at = on_screen(self._view, *self._place) if self._place is not None else None
            if at is not None:
                painter.drawEllipse(at, _CROSS / 2, _CROSS / 2)
                for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    step = QPointF(across, down)
                    painter.drawLine(at + step * (_CROSS / 2), at + step * 1.5 * _CROSS)
        self.cursor_of_keys.paint(painter)
        painter.end()


class PlacePicker(QObject):
    """Hears Shift and the left button on one view; the keys, once they were asked for.

    Signals:
        place_chosen: args: row, column, in pixels of the radiograph
        region_chosen: arg: the Rectangle
        noted: The keys choose now, and how. arg: a sentence
    """

    place_chosen = Signal(float, float)
    region_chosen = Signal(object)
    noted = Signal(str)

    def __init__(self, view: RadiographView, marks: PlaceMarks) -> None:
        super().__init__(view)
        self._view = view
        self._marks = marks
        self._from: QPointF | None = None
        self._before: Rectangle | None = None
        self._is_drag = False
        self._are_keys_on = False
        self._corner: QPointF | None = None  # where a region by keys began
        view.installEventFilter(self)

    @property
    def are_keys_on(self) -> bool:
        """Whether the arrows choose."""
        return self._are_keys_on

    def toggle_keys(self) -> None:
        """Choose by arrows and Enter from now on, or leave that."""
        if self._are_keys_on or self._view.radiograph is None:
            self._leave_keys()
            return
        self._are_keys_on, self._before = True, self._marks.region
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._marks.cursor_of_keys.begin()
        self._marks.update()
        self.noted.emit(
            tr(
                "Arrows move the cross (Ctrl: by one pixel), Shift and arrows draw a region, "
                "Enter takes it, Esc leaves."
            )
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._view.radiograph is None:
            return False
        if self._are_keys_on and event.type() == QEvent.Type.FocusOut:
            self._leave_keys()
        if self._are_keys_on and isinstance(event, QKeyEvent):
            return self._key(event)
        if not isinstance(event, QMouseEvent):
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and self._from is None:
            is_ours = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if not is_ours or event.button() != Qt.MouseButton.LeftButton:
                return False
            self._from, self._is_drag = event.position(), False
            self._before = self._marks.region
            return True
        if self._from is None:
            return False
        if kind == QEvent.Type.MouseMove:
            self._moved(event.position())
            return True
        if kind == QEvent.Type.MouseButtonRelease and event.button() == Qt.MouseButton.LeftButton:
            self._released(event.position())
            return True
        return False

    def _key(self, event: QKeyEvent) -> bool:
        is_ours = event.key() in (*ARROWS, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not is_ours or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # Escape is a key of the window too
        elif event.type() == QEvent.Type.KeyPress:
            self._key_pressed(event)
        return True

    def _key_pressed(self, event: QKeyEvent) -> None:
        cursor = self._marks.cursor_of_keys
        before = cursor.position
        if event.key() == Qt.Key.Key_Escape or before is None:
            self._leave_keys()
            return
        if not cursor.move(event.key(), event.modifiers()):
            self._take()
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._corner = self._corner or before
        elif self._corner is not None:  # moved on: what was drawn so far was not meant
            self._corner = None
        after = cursor.position
        assert after is not None
        drawn = self._between(self._corner, after) if self._corner is not None else self._before
        self._marks.show_region(drawn)
        self._marks.update()

    def _take(self) -> None:
        position, corner = self._marks.cursor_of_keys.position, self._corner
        assert position is not None
        self._leave_keys()
        if corner is None:
            self.place_chosen.emit(*on_radiograph(self._view, position))
        else:
            self.region_chosen.emit(self._between(corner, position))

    def _leave_keys(self) -> None:
        if self._are_keys_on:
            self._are_keys_on, self._corner = False, None
            self._marks.cursor_of_keys.hide()
            self._marks.show_region(self._before)

    def _moved(self, position: QPointF) -> None:
        assert self._from is not None
        delta = position - self._from
        if self._is_drag or delta.manhattanLength() >= QApplication.startDragDistance():
            self._is_drag = True
            self._marks.show_region(self._between(self._from, position))

    def _released(self, position: QPointF) -> None:
        start, self._from = self._from, None
        assert start is not None
        if not self._is_drag:
            row, column = on_radiograph(self._view, start)
            rows, columns = self._shape()
            if 0 <= row < rows and 0 <= column < columns:
                self.place_chosen.emit(row, column)
            return
        region = self._between(start, position)
        self._marks.show_region(self._before)  # until somebody takes the wish up
        self.region_chosen.emit(region)

    def _between(self, one: QPointF, other: QPointF) -> Rectangle:
        """The part between two points, cut to the radiograph."""
        rows, columns = self._shape()
        corners = [on_radiograph(self._view, point) for point in (one, other)]
        top, bottom = sorted(min(max(row, 0.0), rows) for row, _ in corners)
        left, right = sorted(min(max(column, 0.0), columns) for _, column in corners)
        return Rectangle(top, left, bottom - top, right - left)

    def _shape(self) -> tuple[int, int]:
        radiograph = self._view.radiograph
        return radiograph.shape if radiograph is not None else (1, 1)


def on_radiograph(view: RadiographView, position: QPointF) -> tuple[float, float]:
    """Row and column of the radiograph under a point of the view; may lie outside it."""
    place = view.to_radiograph(position)
    return (place.y(), place.x()) if place is not None else (0.0, 0.0)


def on_screen(view: RadiographView, row: float, column: float) -> QPointF | None:
    """The point of the view where a place of the radiograph lies; None where none is shown."""
    return None if view.radiograph is None else view.transform().map(QPointF(column, row))
