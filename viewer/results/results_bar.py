"""The row above the similar cases: history, filter, feedback, tray, and what they come to."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from viewer.frame.elided_label import ElidedLabel
from viewer.theme import QUIET, RHYTHM
from viewer.translation import tr


class ResultsBar(QWidget):
    """Says how the cases shown were found.

    Signals:
        back_wished, forward_wished: Another query of this session.
        filter_toggled: Show or hide the filter. arg: bool
        mark_wished: Of the selected case. arg: True for relevant, False for not
        undo_wished: Take the last mark back.
        pin_wished: The selected case.
        distribution_wished: The chart.
    """

    back_wished = Signal()
    forward_wished = Signal()
    filter_toggled = Signal(bool)
    mark_wished = Signal(bool)
    undo_wished = Signal()
    pin_wished = Signal()
    distribution_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back = _button("◀", tr("Earlier query (Alt+Left)"))
        self.forward = _button("▶", tr("Later query (Alt+Right)"))
        self.filter = _button(tr("Filter"), tr("Which cases may be found (Ctrl+F)"))
        self.filter.setCheckable(True)
        self.relevant = _button("+", tr("The selected case is relevant: find more like it (+)"))
        self.not_relevant = _button("−", tr("The selected case is not relevant (−)"))
        self.undo = _button("↶", tr("Take the last mark back (U)"))
        self.pin = _button(tr("Pin"), tr("Keep the selected case in the tray (K)"))
        self.distribution = _button(
            tr("Chart"), tr("Findings and severity of the nearest cases (N)")
        )
        self._words = ElidedLabel()
        self._words.setStyleSheet(f"color: {QUIET}")
        self._words.setAccessibleName(tr("How the cases were found"))
        self.back.clicked.connect(self.back_wished)
        self.forward.clicked.connect(self.forward_wished)
        self.filter.toggled.connect(self.filter_toggled)
        self.relevant.clicked.connect(lambda: self.mark_wished.emit(True))
        self.not_relevant.clicked.connect(lambda: self.mark_wished.emit(False))
        self.undo.clicked.connect(self.undo_wished)
        self.pin.clicked.connect(self.pin_wished)
        self.distribution.clicked.connect(self.distribution_wished)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, RHYTHM // 2, 0)
        layout.setSpacing(RHYTHM // 2)
        buttons = (
            self.back,
            self.forward,
            self.filter,
            self.relevant,
            self.not_relevant,
            self.undo,
            self.pin,
            self.distribution,
        )
        for button in buttons:
            layout.addWidget(button)
            button.ensurePolished()  # the style sheet makes it higher than it says before
        self.setMinimumHeight(max(button.minimumSizeHint().height() for button in buttons))
        layout.addWidget(self._words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_history(has_back=False, has_forward=False)
        self.set_selected(is_selected=False)
        self.set_undo(is_possible=False)
        self.distribution.setEnabled(False)

    @property
    def words(self) -> str:
        """What is said of how the cases were found."""
        return self._words.text().strip()

    def set_history(self, *, has_back: bool, has_forward: bool) -> None:
        """Whether there are queries to go to."""
        self.back.setEnabled(has_back)
        self.forward.setEnabled(has_forward)

    def set_selected(self, *, is_selected: bool) -> None:
        """Whether there is a case that can be marked and pinned."""
        for button in (self.relevant, self.not_relevant, self.pin):
            button.setEnabled(is_selected)

    def set_undo(self, *, is_possible: bool) -> None:
        """Whether there is a mark to take back."""
        self.undo.setEnabled(is_possible)

    def set_words(self, words: str) -> None:
        """Say how the cases were found."""
        self._words.setText(words or " ")

    def set_filter_count(self, count: int) -> None:
        """Say on the button that a filter is in use."""
        self.filter.setText(tr("Filter ({count})").format(count=count) if count else tr("Filter"))


def _button(text: str, tool_tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tool_tip)
    button.setAccessibleName(tool_tip)
    if len(text) == 1:  # a sign needs less room than a word; the words behind need it
        button.setProperty("sign", True)
    return button
