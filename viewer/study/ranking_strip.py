"""Thumbnails in a row that are put in order by dragging, or by Ctrl and the arrow keys."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from viewer.theme import ACCENT, GROUND, LINE, PANEL, QUIET, RHYTHM
from viewer.translation import tr


@dataclass(frozen=True, slots=True, eq=False)
class Thumb:
    """One thumbnail.

    Attributes:
        key: By which it is known; not shown.
        picture: Of the radiograph, or None where it cannot be read.
    """

    key: str
    picture: QImage | None = field(default=None, repr=False)


class RankingStrip(QWidget):
    """The leftmost is the most similar.

    Signals:
        order_changed: arg: the keys, in their new order
        chosen: One was pressed, or reached by key. arg: its key
    """

    order_changed = Signal(tuple)
    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbs: list[Thumb] = []
        self._current = 0
        self._pressed_at: QPointF | None = None
        self._cursor: QPointF | None = None  # while dragging
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Cases, the most similar first"))

    @property
    def order(self) -> tuple[str, ...]:
        """The keys, the most similar first."""
        return tuple(thumb.key for thumb in self._thumbs)

    @property
    def current(self) -> str:
        """The chosen one's key; "" where there is none."""
        return self._thumbs[self._current].key if self._thumbs else ""

    def show_thumbs(self, thumbs: Sequence[Thumb]) -> None:
        """Replace all."""
        self._thumbs, self._current = list(thumbs), 0
        self._cursor = self._pressed_at = None
        self._say()
        self.update()

    def slot(self, place: int) -> QRectF:
        """Where the thumbnail of a place lies, from 0."""
        side = self.width() / max(len(self._thumbs), 1)
        return QRectF(place * side, 0, side, self.height())

    def sizeHint(self) -> QSize:
        return QSize(120 * RHYTHM, 18 * RHYTHM)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(PANEL))
        for place, thumb in enumerate(self._thumbs):
            self._paint(painter, self.slot(place), thumb, place)
        if self._cursor is not None:
            slot = self.slot(self._current)
            slot.moveCenter(QPointF(self._cursor.x(), slot.center().y()))
            painter.setOpacity(0.7)
            self._paint(painter, slot, self._thumbs[self._current], self._current)
        painter.end()

    def _paint(self, painter: QPainter, slot: QRectF, thumb: Thumb, place: int) -> None:
        line = self.fontMetrics().height()
        area = slot.adjusted(RHYTHM / 2, RHYTHM / 2, -RHYTHM / 2, -line - RHYTHM / 2)
        painter.fillRect(area, QColor(GROUND))
        painter.setPen(QColor(QUIET))
        if thumb.picture is None:
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, tr("▲ not readable"))
        else:
            picture = thumb.picture
            scale = min(area.width() / picture.width(), area.height() / picture.height())
            inside = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
            inside.moveCenter(area.center())
            painter.drawImage(inside, picture)
        is_current = place == self._current
        painter.setPen(QPen(QColor(ACCENT if is_current else LINE), 2 if is_current else 1))
        painter.drawRect(area)
        painter.setPen(QColor(ACCENT if is_current else QUIET))
        below = QRectF(slot.left(), slot.bottom() - line, slot.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{place + 1}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._thumbs:
            self._current = self._place_at(event.position())
            self._pressed_at = event.position()
            self._say()
            self.chosen.emit(self.current)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        moved = (event.position() - self._pressed_at).manhattanLength()
        if self._cursor is None and moved < QApplication.startDragDistance():
            return
        self._cursor = event.position()
        self._move_to(self._place_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = self._cursor = None
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._thumbs:
            super().keyPressEvent(event)
            return
        place = min(max(self._current + step, 0), len(self._thumbs) - 1)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._move_to(place)
            return
        self._current = place
        self._say()
        self.chosen.emit(self.current)
        self.update()

    def _place_at(self, position: QPointF) -> int:
        place = int(position.x() / (self.width() / len(self._thumbs)))
        return min(max(place, 0), len(self._thumbs) - 1)

    def _move_to(self, place: int) -> None:
        if place != self._current:
            self._thumbs.insert(place, self._thumbs.pop(self._current))
            self._current = place
            self._say()
            self.order_changed.emit(self.order)
        self.update()

    def _say(self) -> None:
        """For a screen reader."""
        words = (
            tr("Place {number} of {count}").format(
                number=self._current + 1, count=len(self._thumbs)
            )
            if self._thumbs
            else ""
        )
        self.setAccessibleDescription(words)
