"""Choosing a place or a region of a radiograph with Shift and the left button.

    Shift + click   a place        Shift + drag   a region

Works on a `RadiographView` from outside, as an event filter with a sheet of glass over it: the
view itself knows nothing of places. What was chosen stays drawn, and moves with the picture.
"""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from viewer.radiograph_view import RadiographView
from viewer.theme import ACCENT

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
        if self._place is None and self._region is None:
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
        painter.end()


class PlacePicker(QObject):
    """Hears Shift and the left button on one view.

    Signals:
        place_chosen: args: row, column, in pixels of the radiograph
        region_chosen: arg: the Rectangle
    """

    place_chosen = Signal(float, float)
    region_chosen = Signal(object)

    def __init__(self, view: RadiographView, marks: PlaceMarks) -> None:
        super().__init__(view)
        self._view = view
        self._marks = marks
        self._from: QPointF | None = None
        self._before: Rectangle | None = None
        self._is_drag = False
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent) or self._view.radiograph is None:
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
