"""The map as a picture: points, stars and the query; zoomed, moved, and walked by keys."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from viewer.embedding_map.jobs import Grouping, Scale
from viewer.embedding_map.marks import (
    COLOURS,
    LEVELS,
    QUERY_COLOUR,
    SHAPES,
    mark,
    scale_colour,
    unknown_mark,
)
from viewer.theme import ACCENT
from viewer.translation import tr
from viewer.whole_catalogue.canvas import MARGIN, Canvas

_REACH = 14  # pixels from the mouse within which a point is meant
_STILL = 4  # a press that moves less is a click
_SIDE, _STAR = 11.0, 26.0
_LARGEST_ZOOM = 60.0


class MapPlot(Canvas):
    """Shows points; says which is pointed at and which is chosen.

    Signals:
        pointed_at: The mouse or the keys are at a point. arg: its row; -1 for none
        chosen: A point was clicked, or Enter pressed on it. arg: its row
    """

    pointed_at = Signal(int)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Map of the catalogue"))
        self.setMinimumSize(320, 240)
        self._places: NDArray[np.float64] = np.zeros((0, 2))
        self._colouring: Grouping | Scale | None = None
        self._starred: dict[int, int] = {}
        self._query: tuple[float, float] | None = None
        self._zoom, self._centre = 1.0, (0.0, 0.0)
        self._current = -1
        self._pressed: QPointF | None = None
        self._is_dragging = False
        self._marks: dict[tuple[str, str], QPixmap] = {}

    @property
    def places(self) -> NDArray[np.float64]:
        """Of the points, (n, 2) in [-1, 1]; y goes up."""
        return self._places

    @property
    def current(self) -> int:
        """The row that is pointed at; -1 for none."""
        return self._current

    @property
    def zoom(self) -> float:
        """1 shows the whole map."""
        return self._zoom

    @property
    def query_place(self) -> tuple[float, float] | None:
        """Where the query is marked."""
        return self._query

    def show_message(self, words: str, *, is_problem: bool = False) -> None:
        """A sentence, in place of all points."""
        self._places, self._query, self._current = np.zeros((0, 2)), None, -1
        super().show_message(words, is_problem=is_problem)

    def show_places(self, places: NDArray[np.float64]) -> None:
        """Points; the way they are looked at stays."""
        if len(places) != len(self._places):
            self.point_at(-1)
        self._message, self._places = "", places
        self.update()

    def show_colouring(self, colouring: Grouping | Scale, starred: dict[int, int]) -> None:
        """How points look, and which of them are starred, by group."""
        self._colouring, self._starred = colouring, starred
        self.update()

    def show_query(self, place: tuple[float, float] | None) -> None:
        """Mark the query, or take the mark away."""
        self._query = place
        self.update()

    def fit(self) -> None:
        """The whole map."""
        self._zoom, self._centre = 1.0, (0.0, 0.0)
        self.update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Closer or further, with the place at `at` (or the middle) where it is."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        at = at or middle
        x, y = self._place_of(at)
        self._zoom = min(max(self._zoom * factor, 1.0), _LARGEST_ZOOM)
        scale = self._scale()
        self._look_at(x - (at.x() - middle.x()) / scale, y + (at.y() - middle.y()) / scale)

    def point_at(self, row: int) -> None:
        """Make a row the one that is pointed at."""
        if row != self._current:
            self._current = row
            self.update()
            self.pointed_at.emit(row)

    def on_screen(self, row: int) -> QPointF:
        """Where a point is, in the widget's pixels."""
        return self._on_screen(self._places[row : row + 1])[0]

    # Events

    def sizeHint(self) -> QSize:
        return QSize(720, 560)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(1.25 ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._is_dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self._pressed is None:
            self.point_at(self._nearest(position))
            return
        moved = position - self._pressed
        if self._is_dragging or math.hypot(moved.x(), moved.y()) >= _STILL:
            self._is_dragging, self._pressed = True, position
            scale = self._scale()
            x, y = self._centre
            self._look_at(x - moved.x() / scale, y + moved.y() / scale)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = self._pressed is not None and not self._is_dragging
        self._pressed = None
        if was_click and event.button() == Qt.MouseButton.LeftButton:
            row = self._nearest(event.position())
            if row >= 0:
                self.point_at(row)
                self.chosen.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the first click has opened the case

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self.point_at(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
        }  # fmt: skip
        key = event.key()
        if key in steps and len(self._places):
            self._step(*steps[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self.chosen.emit(self._current)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1.5)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / 1.5)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_F):
            self.fit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_ground(painter)
        if not self._message and len(self._places) and self._colouring is not None:
            self._paint_points(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(ACCENT), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    # Drawing

    def _paint_points(self, painter: QPainter) -> None:
        at = self._on_screen(self._places)
        visible = QRectF(self.rect()).adjusted(-_STAR, -_STAR, _STAR, _STAR)
        looks = self._looks()
        order = sorted(range(len(at)), key=lambda row: looks[row] != ("", ""))  # unknown below
        for row in order:
            if visible.contains(at[row]):
                self._paint_mark(painter, at[row], *looks[row], _SIDE)
        for row in self._starred.values():
            # By severity a star has no colour of its own: its class is not what is coloured.
            is_grouped = isinstance(self._colouring, Grouping)
            colour = looks[row][1] if is_grouped else "#00000000"
            self._paint_mark(painter, at[row], "star", colour, _STAR)
        if self._query is not None:
            (place,) = self._on_screen(np.array([self._query]))
            self._paint_query(painter, place)
        if 0 <= self._current < len(at):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for ink, width in (("#000000", 4), (ACCENT, 2)):
                painter.setPen(QPen(QColor(ink), width))
                painter.drawEllipse(at[self._current], _SIDE, _SIDE)

    def _looks(self) -> list[tuple[str, str]]:
        """Shape and colour of each point; ("", "") where nothing is known of it."""
        one = self._colouring
        if isinstance(one, Grouping):
            styles = [(SHAPES[n % len(SHAPES)], COLOURS[n % len(COLOURS)]) for n in range(99)]
            return [styles[group] if group >= 0 else ("", "") for group in one.group.tolist()]
        assert one is not None
        low, high = one.ends
        shares = (one.values - low) / max(high - low, 1e-12)
        colours = [scale_colour(level / LEVELS) for level in range(LEVELS + 1)]
        return [
            ("", "") if math.isnan(share) else ("circle", colours[round(share * LEVELS)])
            for share in shares.tolist()
        ]

    def _paint_mark(
        self, painter: QPainter, at: QPointF, shape: str, colour: str, side: float
    ) -> None:
        key = shape, colour
        if key not in self._marks:
            ratio = self.devicePixelRatioF()
            made = mark(shape, colour, side, ratio) if shape else unknown_mark(side, ratio)
            self._marks[key] = made
        half = self._marks[key].deviceIndependentSize() / 2
        painter.drawPixmap(at - QPointF(half.width(), half.height()), self._marks[key])

    def _paint_query(self, painter: QPainter, at: QPointF) -> None:
        near, far = 8, 20
        for colour, width in ((QColor(0, 0, 0), 5), (QColor(QUERY_COLOUR), 2.5)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, near, near)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                way = QPointF(dx, dy)
                painter.drawLine(at + way * near, at + way * far)
        words = tr("query")
        box = QRectF(painter.fontMetrics().boundingRect(words)).adjusted(-4, -1, 4, 1)
        box.moveBottomLeft(QPointF(at.x() + near + 4, at.y() - near))
        painter.fillRect(box, QColor(0, 0, 0, 190))
        painter.setPen(QColor(QUERY_COLOUR))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    # Geometry

    def _scale(self) -> float:
        room = min(self.width(), self.height()) / 2 - MARGIN
        return max(room, 1.0) * self._zoom

    def _on_screen(self, places: NDArray[np.float64]) -> list[QPointF]:
        scale, (x, y) = self._scale(), self._centre
        across = (places[:, 0] - x) * scale + self.width() / 2
        down = (y - places[:, 1]) * scale + self.height() / 2
        return [QPointF(a, b) for a, b in zip(across.tolist(), down.tolist(), strict=True)]

    def _place_of(self, at: QPointF) -> tuple[float, float]:
        scale, (x, y) = self._scale(), self._centre
        return x + (at.x() - self.width() / 2) / scale, y - (at.y() - self.height() / 2) / scale

    def _look_at(self, x: float, y: float) -> None:
        reach = 1 - 1 / self._zoom
        self._centre = min(max(x, -reach), reach), min(max(y, -reach), reach)
        self.update()

    def _nearest(self, at: QPointF) -> int:
        if not len(self._places):
            return -1
        x, y = self._place_of(at)
        apart = np.hypot(self._places[:, 0] - x, self._places[:, 1] - y) * self._scale()
        row = int(apart.argmin())
        return row if apart[row] <= _REACH else -1

    def _step(self, across: int, up: int) -> None:
        """To the nearest point that lies that way, and bring it into view."""
        if self._current < 0:
            start = self._query or self._centre
            apart = np.hypot(*(self._places - start).T)
            row = int(apart.argmin())
        else:
            away = self._places - self._places[self._current]
            along = away @ (across, up)
            beside = np.abs(away @ (up, across))
            cost = np.where((along > 1e-9) & (along >= 0.5 * beside), along + 2 * beside, np.inf)
            row = int(cost.argmin())
            if not np.isfinite(cost[row]):
                return
        self.point_at(row)
        at = self.on_screen(row)
        if not QRectF(self.rect()).adjusted(_SIDE, _SIDE, -_SIDE, -_SIDE).contains(at):
            self._look_at(*self._places[row].tolist())
