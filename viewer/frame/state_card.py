"""What is shown where similar cases would be, when there are none: why, and what to do."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.frame.elided_label import ElidedLabel
from viewer.problem_words import problem_words
from viewer.theme import PANEL, QUIET, RHYTHM
from viewer.translation import tr


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of a card.

    Attributes:
        wish: What is emitted when it is pressed, such as "choose folder".
        text: On the button.
    """

    wish: str
    text: str


@dataclass(frozen=True, slots=True)
class CardContent:
    """What a card says.

    Attributes:
        shape: One character, so that states differ by more than words.
        heading: A few words.
        text: A sentence or two.
        choices: What can be done; the first is the accented one.
        has_progress: Whether a bar is shown, for `StateCard.show_progress`.
    """

    shape: str
    heading: str
    text: str
    choices: tuple[Choice, ...] = ()
    has_progress: bool = False


class StateCard(QFrame):
    """A shape, a heading, a sentence, perhaps progress, and what can be done about it.

    Signals:
        wished: A button was pressed. arg: its wish
    """

    wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setStyleSheet(f"QFrame#card {{ background: {PANEL} }}")
        self._shape = QLabel()
        self._shape.setStyleSheet(f"color: {QUIET}; font-size: 26pt")
        self._heading = QLabel()
        self._heading.setProperty("heading", True)
        self._text = QLabel()
        self._text.setStyleSheet(f"color: {QUIET}")
        for label in (self._shape, self._heading, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._progress = QProgressBar()
        self._progress.setAccessibleName(tr("Progress"))
        self._current = ElidedLabel()
        self._current.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._current.setStyleSheet(f"color: {QUIET}")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(RHYTHM)
        inner = QVBoxLayout()
        inner.setSpacing(2 * RHYTHM)
        inner.addStretch(2)
        for widget in (self._shape, self._heading, self._text, self._progress, self._current):
            inner.addWidget(widget)
        inner.addLayout(self._buttons)
        inner.addStretch(3)
        middle = QWidget()
        middle.setLayout(inner)
        middle.setMaximumWidth(70 * RHYTHM)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * RHYTHM, RHYTHM, 3 * RHYTHM, RHYTHM)
        layout.addStretch(1)
        layout.addWidget(middle, 100)
        layout.addStretch(1)

    @property
    def heading(self) -> str:
        """What the card is about."""
        return self._heading.text()

    @property
    def text(self) -> str:
        """The sentence."""
        return self._text.text()

    @property
    def progress_words(self) -> str:
        """What is said of the progress; "" where none is shown."""
        return self._current.text() if not self._progress.isHidden() else ""

    def button(self, wish: str) -> QPushButton:
        """The button with this wish.

        Raises:
            KeyError: The card has none.
        """
        for one in self.findChildren(QPushButton):
            if one.property("wish") == wish:
                return one
        raise KeyError(wish)

    def show_content(self, content: CardContent) -> None:
        """Replace what the card says."""
        self._shape.setText(content.shape)
        self._heading.setText(tr(content.heading))
        self._text.setText(problem_words(content.text))
        self._progress.setVisible(content.has_progress)
        self._current.setVisible(content.has_progress)
        self._current.setText(" ")
        self._progress.setRange(0, 0)
        while self._buttons.count():
            item = self._buttons.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.setParent(None)  # gone at once; deletion waits for the event loop
                widget.deleteLater()
        self._buttons.addStretch(1)
        for index, choice in enumerate(content.choices):
            button = QPushButton(tr(choice.text))
            button.setAutoDefault(True)
            button.setProperty("wish", choice.wish)
            button.setDefault(index == 0)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, wish=choice.wish: self.wished.emit(wish))
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)

    def show_progress(self, done: int, total: int, current: str) -> None:
        """Say how far it is; `total` 0 means not known yet."""
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._current.setText(current or " ")
