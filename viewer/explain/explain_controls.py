"""Which maps lie over the radiographs, and exactly what they show: one row above the messages."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.frame.elided_label import ElidedLabel
from viewer.problem_words import problem_words
from viewer.theme import ACCENT, CAUTION, QUIET, RHYTHM, TEXT
from viewer.translation import N_, tr

SALIENCY = "saliency"
EXPLANATIONS = {
    SALIENCY: (
        N_("Saliency"),
        N_("What the model's answer rests on, in each radiograph by itself"),
    ),
    "activation": (
        N_("Activation"),
        N_("Each part's share in the similarity of query and case"),
    ),
    "attention": (
        N_("Attention"),
        N_("Where more of the same would bring query and case nearer"),
    ),
    "occlusion": (
        N_("Occlusion"),
        N_("What the similarity loses when a part is hidden; slow, sharpens"),
    ),
}
"""Name: text on the button, tool tip."""

_ASKING = N_("Being found out for this method")


class ExplainControls(QWidget):
    """One row: the kinds of map, what is shown, progress, and the way back.

    Signals:
        chosen: A kind of map. arg: its name, of `EXPLANATIONS`
        stop_wished: Stop computing; what is there stays.
        back_wished: Leave the place or the region that was chosen.
    """

    chosen = Signal(str)
    stop_wished = Signal()
    back_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(tr("explain"))
        heading.setProperty("quiet", True)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(RHYTHM, RHYTHM // 2, RHYTHM, 0)
        layout.setSpacing(RHYTHM // 2)
        layout.addWidget(heading)
        for name, (text, tip) in EXPLANATIONS.items():
            button = QToolButton()
            button.setText(tr(text))
            button.setToolTip(tr(tip))
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, one=name: self.chosen.emit(one))
            self._group.addButton(button)
            self._buttons[name] = button
            layout.addWidget(button)
        self._ranking = QLabel(tr("ranking: by region"))
        self._ranking.setStyleSheet(f"color: {ACCENT}; padding-left: {RHYTHM}px")
        self._back = QPushButton(tr("Back"))
        self._legend, self._measured = ElidedLabel(), ElidedLabel()
        self._legend.setAccessibleName(tr("What the overlay shows"))
        self._measured.setAccessibleName(tr("How faithful it was measured to be"))
        words = QVBoxLayout()
        words.setSpacing(0)
        for label in (self._legend, self._measured):
            label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
            words.addWidget(label)
        self._progress = QProgressBar()
        self._progress.setFixedWidth(12 * RHYTHM)
        self._progress.setTextVisible(False)
        self._stop = QPushButton(tr("Stop"))
        self._stop.setToolTip(tr("Keep the map as it is now (Esc)"))
        layout.addSpacing(RHYTHM)
        layout.addLayout(words, 1)
        # What goes by itself stands left of what is clicked: nothing slips under the mouse.
        for part in (self._progress, self._stop, self._ranking, self._back):
            layout.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._stop.clicked.connect(self.stop_wished)
        self._back.clicked.connect(self.back_wished)
        self.set_available(None)
        self.show_kind(SALIENCY)
        self.show_way_back("")
        self.show_progress(0, 0)

    @property
    def legend(self) -> str:
        """What is shown, and how well that was measured, in words."""
        return f"{self._legend.text()} {self._measured.text()}".strip()

    @property
    def shown_name(self) -> str:
        """What the maps are called: on the pressed button, or after the chosen place."""
        pressed = [one.text() for one in self._buttons.values() if one.isChecked()]
        return pressed[0] if pressed else tr("Resemblance to the marked place")

    @property
    def is_ranked_by_region(self) -> bool:
        """Whether the row says so."""
        return not self._ranking.isHidden()

    @property
    def is_busy(self) -> bool:
        """Whether progress is shown."""
        return not self._progress.isHidden()

    def button(self, name: str) -> QToolButton:
        """Of one kind of map."""
        return self._buttons[name]

    @property
    def back_button(self) -> QPushButton:
        """The way back; hidden where there is nothing to leave."""
        return self._back

    @property
    def stop_button(self) -> QPushButton:
        """Hidden where nothing runs."""
        return self._stop

    def set_available(self, reasons: Mapping[str, str] | None) -> None:
        """Grey what cannot be had, with the reason why not.

        Args:
            reasons: By name, "" where it can be had; None while that is not known.
        """
        for name, button in self._buttons.items():
            if name == SALIENCY:
                continue
            reason = tr(_ASKING) if reasons is None else reasons.get(name, tr(_ASKING))
            button.setEnabled(not reason)
            tip = tr(EXPLANATIONS[name][1])
            button.setToolTip(
                tr("Not with this method: {reason}.").format(reason=problem_words(reason))
                if reason
                else tip
            )

    @Slot(str)
    def show_kind(self, name: str) -> None:
        """Press the button of a kind; "" presses none."""
        self._group.setExclusive(False)
        for one, button in self._buttons.items():
            button.setChecked(one == name)
        self._group.setExclusive(bool(name))

    def show_legend(self, words: str, measured: str = "", *, is_doubtful: bool = False) -> None:
        """Say what is shown.

        Args:
            words: Exactly what the maps are.
            measured: How faithful they were measured to be.
            is_doubtful: Whether that is no better than chance; then it is marked.
        """
        self._legend.setText(words)
        self._measured.setText(f"▲ {measured}" if is_doubtful else measured)
        self._legend.setStyleSheet(f"color: {TEXT}")
        self._measured.setStyleSheet(f"color: {CAUTION if is_doubtful else QUIET}")

    def show_way_back(self, text: str, *, is_region: bool = False) -> None:
        """Offer to leave a place or a region; "" where there is nothing to leave."""
        self._back.setText(text or tr("Back"))
        self._back.setVisible(bool(text))
        self._ranking.setVisible(is_region)

    def show_progress(self, done: int, total: int) -> None:
        """How far it is; a total of 0 hides it, and of 1 shows no share."""
        self._progress.setRange(0, 0 if total == 1 else max(total, 1))
        self._progress.setValue(done)
        self._progress.setVisible(total > 0)
        self._stop.setVisible(total > 0)
