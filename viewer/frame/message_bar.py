"""One sentence the user should know, with its details one click away.

Its place in the window is always kept free, so that a message never moves a pane.
"""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from viewer.frame.elided_label import ElidedLabel
from viewer.problem_words import problem_words
from viewer.theme import ACCENT, CAUTION, RHYTHM, TEXT
from viewer.translation import N_, tr

MessageKind = Literal["note", "problem", "fault"]

_SHAPES: dict[str, tuple[str, str, str]] = {
    "note": ("●", ACCENT, N_("Note")),
    "problem": ("▲", CAUTION, N_("Problem")),
    "fault": ("■", CAUTION, N_("Fault in the program")),
}


class MessageBar(QWidget):
    """Shows one message at a time; the newest wins.

    Signals:
        dismissed: The user closed the message.
    """

    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = ""
        self._shape = QLabel()
        self._text = ElidedLabel()
        self._text.setAccessibleName(tr("Message"))
        self._details_button = QPushButton(tr("Details"))
        self._details_button.clicked.connect(self.show_details)
        self._action_button = QPushButton(tr("Try again"))
        self._action_button.clicked.connect(self._act)
        self._action: Callable[[], object] | None = None
        self._close_button = QToolButton()
        self._close_button.setText("✕")
        self._close_button.setAccessibleName(tr("Close the message"))
        self._close_button.setToolTip(tr("Close the message"))
        self._close_button.clicked.connect(self._dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(RHYTHM, 0, RHYTHM, 0)
        layout.setSpacing(RHYTHM)
        layout.addWidget(self._shape)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._details_button)
        layout.addWidget(self._action_button)
        layout.addWidget(self._close_button)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.sizeHint().height())
        self.clear()

    @property
    def text(self) -> str:
        """The sentence shown; "" where there is none."""
        return self._text.text()

    @property
    def details(self) -> str:
        """What the details button shows; "" where there is nothing more to say."""
        return self._details

    def show_message(
        self,
        kind: MessageKind,
        text: str,
        details: str = "",
        *,
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        """Replace the message by this one.

        Args:
            kind: Its shape and colour.
            text: A sentence.
            details: More, one click away.
            action: A button's text and what it does; the message goes when it is pressed.
        """
        shape, colour, word = _SHAPES[kind]
        text = problem_words(text)
        details = "\n".join(problem_words(line) for line in details.split("\n"))
        self._shape.setText(shape)
        self._shape.setStyleSheet(f"color: {colour}")
        self._text.setText(text)
        self._text.setStyleSheet(f"color: {TEXT}")
        self._text.setAccessibleDescription(f"{tr(word)}: {text}")
        self._details = details
        for widget in (self._shape, self._text, self._close_button):
            widget.show()
        self._details_button.setVisible(bool(details))
        words, self._action = action or (self._action_button.text(), None)
        self._action_button.setText(words)
        self._action_button.setVisible(action is not None)

    @Slot()
    def clear(self) -> None:
        """Show nothing; the place stays free."""
        self._details, self._action = "", None
        self._text.setText("")
        buttons = (self._action_button, self._details_button, self._close_button)
        for widget in (self._shape, self._text, *buttons):
            widget.hide()

    @Slot()
    def show_details(self) -> None:
        """Open the details in a dialog, from which they can be copied."""
        box = QMessageBox(self)
        box.setWindowTitle("Kindred")
        box.setText(self.text)
        box.setInformativeText(self._details)
        copy = box.addButton(tr("Copy"), QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Close)
        # Not closed by copying: a clicked() that is handled here keeps the dialog open.
        copy.clicked.disconnect()
        copy.clicked.connect(self._copy)
        box.open()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.text}\n\n{self._details}")

    @Slot()
    def _act(self) -> None:
        action = self._action
        self.clear()
        if action is not None:
            action()

    @property
    def action_button(self) -> QPushButton:
        """What can be done about it; hidden where there is nothing."""
        return self._action_button

    @Slot()
    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()
