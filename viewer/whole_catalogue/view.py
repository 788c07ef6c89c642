"""The window: a canvas, the methods to choose from, and below them what is being done."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from viewer.theme import CAUTION, QUIET, RHYTHM
from viewer.translation import tr
from viewer.whole_catalogue.canvas import Canvas


class CatalogueView(QDialog):
    """Shows what it is told. A subclass adds what it is about, and lays it out.

    Signals:
        stop_wished: Stop; what is there stays.
        closed: The window was closed.
    """

    stop_wished = Signal()
    closed = Signal()

    def __init__(self, canvas: Canvas, status: QLabel, parent: QWidget | None) -> None:
        """
        Args:
            canvas: What everything else is about.
            status: For the line at the bottom.
            parent: The main window.
        """
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.methods = QComboBox()
        self.stop_button = QPushButton(tr("Stop"))
        self._canvas, self._status, self._progress = canvas, status, QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(14 * RHYTHM)
        self._bottom = QHBoxLayout()
        self._bottom.addWidget(status, 1)
        for widget in (self._progress, self.stop_button):
            widget.hide()
            self._bottom.addWidget(widget)
        self.stop_button.clicked.connect(self.stop_wished)
        self.finished.connect(self.closed)

    @property
    def status(self) -> str:
        """What is being done, or was."""
        return self._status.text()

    def set_methods(self, methods: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer methods, as (name, text)."""
        with QSignalBlocker(self.methods):
            self.methods.clear()
            for name, text in methods:
                self.methods.addItem(text, name)
            self.methods.setCurrentIndex(max(0, self.methods.findData(chosen)))

    def show_message(self, words: str, *, is_problem: bool = False) -> None:
        """A sentence in place of the picture."""
        self._canvas.show_message(words, is_problem=is_problem)

    def show_status(self, words: str, *, is_problem: bool = False) -> None:
        """Say what is being done, or was."""
        self._status.setText(f"▲ {words}" if is_problem else words)
        self._status.setStyleSheet(f"color: {CAUTION if is_problem else QUIET}")

    def show_busy(self, done: int, total: int) -> None:
        """How far it is; a total of 0 hides it."""
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(done)
        self._progress.setVisible(total > 0)
        self.stop_button.setVisible(total > 0)


def add_choice(
    row: QHBoxLayout, words: str, combo: QComboBox, name: str, *, stretch: int = 0
) -> None:
    """A quiet word and what can be chosen; `name` says more, and to who hears the window."""
    label = QLabel(words)
    label.setProperty("quiet", True)
    label.setBuddy(combo)
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    row.addWidget(label)
    row.addWidget(combo, stretch)
