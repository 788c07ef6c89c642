"""A picture that is worked out, or a sentence in its place."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from viewer.theme import CAUTION, GROUND, QUIET

MARGIN = 24


class Canvas(QWidget):
    """Keeps the sentence; what is drawn otherwise is its subclass's."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._message, self._is_problem = "", False

    @property
    def message(self) -> str:
        """The sentence in place of the picture; "" where there is a picture."""
        return self._message

    def show_message(self, words: str, *, is_problem: bool = False) -> None:
        """A sentence, in place of the picture."""
        self._message, self._is_problem = words, is_problem
        self.setAccessibleDescription(words)
        self.update()

    def paint_ground(self, painter: QPainter) -> None:
        """The ground, and the sentence where there is one."""
        painter.fillRect(self.rect(), QColor(GROUND))
        if self._message:
            painter.setPen(QColor(CAUTION if self._is_problem else QUIET))
            box = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            words = f"▲ {self._message}" if self._is_problem else self._message
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(box, int(flags), words)
