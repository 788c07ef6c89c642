"""The sheet as it will be written, on which boxes are drawn over what must not be seen.

drag                       a box
Space                      a box in the middle; the newest is the one the keys change
arrows, Shift + arrows     move it, size it; with Ctrl by one pixel of the sheet
Page Up, Page Down         another box
Delete                     take it away
"""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.pane.key_cursor import ARROWS
from viewer.theme import ACCENT, GROUND, QUIET, RHYTHM
from viewer.translation import tr

_SMALLEST = 4  # pixels of the sheet: less is a slip of the hand
_STEPS = 100  # of the keys, across the sheet
_REMOVING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class MaskPreview(QWidget):
    """Boxes, drawn by mouse or keys; they belong to the sheet, not to the screen.

    Signals:
        changed: A box was drawn, changed or taken away.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._boxes: list[QRectF] = []
        self._chosen = -1  # the box that the keys change
        self._start: QPointF | None = None
        self._end = QPointF()
        self.setMinimumSize(60 * RHYTHM, 30 * RHYTHM)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Preview of the exported sheet"))

    @property
    def boxes(self) -> tuple[QRectF, ...]:
        """In pixels of the sheet."""
        return tuple(self._boxes)

    @property
    def chosen(self) -> int:
        """Which of the boxes the keys change, from 0; -1 for none."""
        return self._chosen

    @property
    def has_image(self) -> bool:
        """Whether there is a sheet yet."""
        return self._image is not None

    def show_image(self, image: QImage | None) -> None:
        """Show another sheet, without boxes: the old ones would lie anywhere on it."""
        self._image, self._boxes, self._start = image, [], None
        self._chosen = -1
        self._announce()

    def undo(self) -> None:
        """Take the last box away."""
        if self._boxes:
            self._boxes.pop()
            self._chosen = len(self._boxes) - 1
            self._announce()

    def add_box(self) -> None:
        """A box in the middle, for the keys to move and size."""
        if self._image is None:
            return
        size = self._image.size()
        box = QRectF(0, 0, max(_SMALLEST, size.width() / 5), max(_SMALLEST, size.height() / 12))
        box.moveCenter(QRectF(self._image.rect()).center())
        self._add(box)

    def masked(self) -> QImage:
        """The sheet with the boxes filled: what lay below is not in it any more.

        Raises:
            ValueError: There is no sheet yet.
        """
        if self._image is None:
            raise ValueError("there is no sheet to mask")
        image = self._image.copy()
        painter = QPainter(image)
        for box in self._boxes:
            painter.fillRect(box.toAlignedRect(), QColor("black"))
        painter.end()
        return image

    def on_screen(self) -> QRectF:
        """Where the sheet lies in this widget."""
        if self._image is None:
            return QRectF()
        size = self._image.size()
        scale = min(self.width() / size.width(), self.height() / size.height())
        place = QRectF(0, 0, size.width() * scale, size.height() * scale)
        place.moveCenter(QRectF(self.rect()).center())
        return place

    def sizeHint(self) -> QSize:
        return QSize(112 * RHYTHM, 60 * RHYTHM)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(GROUND))
        if self._image is None:
            painter.setPen(QColor(QUIET))
            words = tr("Drawing the sheet…")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
        else:
            place = self.on_screen()
            painter.drawImage(place, self._image)
            painter.translate(place.topLeft())
            scale = place.width() / self._image.width()
            painter.scale(scale, scale)
            painter.setBrush(QColor("black"))
            for index, box in enumerate((*self._boxes, self._drawn())):
                is_chosen = index == self._chosen and self.hasFocus()
                pen = QPen(QColor(ACCENT if is_chosen else QUIET), 2 if is_chosen else 1)
                pen.setCosmetic(True)
                painter.setPen(pen)
                if not box.isEmpty():
                    painter.drawRect(box)
            painter.resetTransform()
        if self.hasFocus():
            painter.setPen(QPen(QColor(ACCENT), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._image is not None:
            self._start = self._end = self._on_sheet(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._start is not None:
            self._end = self._on_sheet(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._start is None:
            return
        self._end = self._on_sheet(event.position())
        box, self._start = self._drawn(), None
        if min(box.width(), box.height()) >= _SMALLEST:
            self._add(box)
        self.update()

    def event(self, event: QEvent) -> bool:
        # Asked first, so that neither the dialog's nor the window's shortcuts take them.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = (*ARROWS, *_REMOVING, Qt.Key.Key_Space)
            if event.key() in keys:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._image is None:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Space:
            self.add_box()
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and self._boxes:
            step = 1 if key == Qt.Key.Key_PageDown else -1
            self._chosen = (self._chosen + step) % len(self._boxes)
            self._announce()
        elif key in _REMOVING and self._boxes:
            self._boxes.pop(self._chosen)
            self._chosen = len(self._boxes) - 1
            self._announce()
        elif key in ARROWS and self._boxes:
            self._change(*ARROWS[key], event.modifiers())
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _change(self, across: int, down: int, modifiers: Qt.KeyboardModifier) -> None:
        """Move or size the chosen box; it never leaves the sheet."""
        assert self._image is not None
        sheet, box = QRectF(self._image.rect()), QRectF(self._boxes[self._chosen])
        is_small = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        step = 1.0 if is_small else max(1.0, sheet.width() / _STEPS)
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            wide = min(max(box.width() + across * step, _SMALLEST), sheet.right() - box.left())
            high = min(max(box.height() + down * step, _SMALLEST), sheet.bottom() - box.top())
            box.setSize(QSizeF(wide, high))
        else:
            left = min(max(box.left() + across * step, 0.0), sheet.width() - box.width())
            top = min(max(box.top() + down * step, 0.0), sheet.height() - box.height())
            box.moveTo(left, top)
        self._boxes[self._chosen] = box
        self._announce()

    def _add(self, box: QRectF) -> None:
        self._boxes.append(box)
        self._chosen = len(self._boxes) - 1
        self._announce()

    def _announce(self) -> None:
        count = len(self._boxes)
        words = tr("1 box") if count == 1 else tr("{count} boxes").format(count=count)
        if self._boxes:
            box = self._boxes[self._chosen].toAlignedRect()
            words += tr("; chosen: {width} × {height} at {left}, {top}").format(
                width=box.width(), height=box.height(), left=box.left(), top=box.top()
            )
        self.setAccessibleDescription(words)
        self.changed.emit()
        self.update()

    def _drawn(self) -> QRectF:
        if self._start is None:
            return QRectF()
        return QRectF(self._start, self._end).normalized()

    def _on_sheet(self, position: QPointF) -> QPointF:
        assert self._image is not None
        place, size = self.on_screen(), self._image.size()
        scale = place.width() / size.width()
        x = (position.x() - place.left()) / scale
        y = (position.y() - place.top()) / scale
        return QPointF(min(max(x, 0.0), size.width()), min(max(y, 0.0), size.height()))
