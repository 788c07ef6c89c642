"""The sheet as it will be written, on which boxes are drawn over what must not be seen."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.theme import ACCENT, GROUND, QUIET, RHYTHM

_SMALLEST = 4  # pixels of the sheet: less is a slip of the hand


class MaskPreview(QWidget):
    """Drag to draw a box; the boxes belong to the sheet, not to the screen.

    Signals:
        changed: A box was drawn or taken away.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._boxes: list[QRectF] = []
        self._start: QPointF | None = None
        self._end = QPointF()
        self.setMinimumSize(60 * RHYTHM, 30 * RHYTHM)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Preview of the exported sheet")

    @property
    def boxes(self) -> tuple[QRectF, ...]:
        """In pixels of the sheet."""
        return tuple(self._boxes)

    @property
    def has_image(self) -> bool:
        """Whether there is a sheet yet."""
        return self._image is not None

    def show_image(self, image: QImage | None) -> None:
        """Show another sheet, without boxes: the old ones would lie anywhere on it."""
        self._image, self._boxes, self._start = image, [], None
        self.changed.emit()
        self.update()

    def undo(self) -> None:
        """Take the last box away."""
        if self._boxes:
            self._boxes.pop()
            self.changed.emit()
            self.update()

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
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Drawing the sheet…")
        else:
            place = self.on_screen()
            painter.drawImage(place, self._image)
            painter.translate(place.topLeft())
            scale = place.width() / self._image.width()
            painter.scale(scale, scale)
            pen = QPen(QColor(ACCENT), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.setBrush(QColor("black"))
            for box in (*self._boxes, self._drawn()):
                if not box.isEmpty():
                    painter.drawRect(box)
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
            self._boxes.append(box)
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
