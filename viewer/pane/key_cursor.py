"""A place on a radiograph that the arrow keys move: what the mouse's cursor is to the mouse.

arrows   16 pixels of the screen        Ctrl + arrows   1 pixel
"""

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from viewer.pane.radiograph_view import RadiographView
from viewer.theme import ACCENT

ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
"""Across and down, by key."""

_STEP, _SMALL_STEP = 16.0, 1.0  # logical pixels of the screen
_GAP, _ARM = 5.0, 14.0


class KeyCursor(QObject):
    """Belongs to one view, and stays where it is on the radiograph when that is moved."""

    def __init__(self, view: RadiographView) -> None:
        super().__init__(view)
        self._view = view
        self._at: QPointF | None = None

    @property
    def is_shown(self) -> bool:
        """Whether there is one."""
        return self._at is not None and self._view.radiograph is not None

    @property
    def position(self) -> QPointF | None:
        """Where it is in the view; None where there is none."""
        if self._at is None or self._view.radiograph is None:
            return None
        return self._view.transform().map(self._at)

    def begin(self) -> None:
        """Show it in the middle of what can be seen of the radiograph."""
        if self._view.radiograph is not None:
            self._put(self._room().center())

    def hide(self) -> None:
        """Have none."""
        self._at = None

    def move(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Move it by an arrow key, within what can be seen; whether the key was one."""
        arrow = ARROWS.get(Qt.Key(key))
        if arrow is None or self._view.radiograph is None:
            return False
        before = self.position
        if before is None:
            self.begin()
            return True
        is_small = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        self._put(before + QPointF(*arrow) * (_SMALL_STEP if is_small else _STEP))
        return True

    def paint(self, painter: QPainter) -> None:
        """Draw it, as a cross that leaves its middle open."""
        position = self.position
        if position is None:
            return
        for colour, width in ((QColor(0, 0, 0, 200), 4), (QColor(ACCENT), 2)):
            painter.setPen(QPen(colour, width))
            for across, down in ARROWS.values():
                way = QPointF(across, down)
                painter.drawLine(position + way * _GAP, position + way * _ARM)

    def _put(self, position: QPointF) -> None:
        room = self._room()
        held = QPointF(
            min(max(position.x(), room.left()), room.right()),
            min(max(position.y(), room.top()), room.bottom()),
        )
        self._at = self._view.to_radiograph(held)

    def _room(self) -> QRectF:
        """The part of the view in which the radiograph can be seen."""
        ratio = self._view.devicePixelRatioF()
        whole = self._view.picture_rectangle()
        shown = QRectF(whole.topLeft() / ratio, whole.size() / ratio)
        return shown.intersected(QRectF(self._view.rect()))


def key_position(view: RadiographView) -> QPointF | None:
    """Where the keys point in a view; None where the mouse does."""
    places = (one.position for one in view.findChildren(KeyCursor))
    return next((place for place in places if place is not None), None)
