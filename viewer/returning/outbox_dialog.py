"""What waits in the outbox, and a way to get rid of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inference.dicom_results.outbox import WaitingResult
from viewer.theme import CAUTION, RHYTHM
from viewer.translation import N_, tr

_KINDS = {
    "OT": N_("Secondary Capture"),
    "PR": N_("Presentation State"),
    "SEG": N_("Segmentation"),
    "SR": N_("Structured Report"),
}


class OutboxDialog(QDialog):
    """Lists results of all archives; asks before any is discarded.

    Signals:
        discard_wished: arg: a tuple of `WaitingResult`
    """

    discard_wished = Signal(object)

    def __init__(self, results: Sequence[WaitingResult], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Outbox"))
        self.resize(88 * RHYTHM, 48 * RHYTHM)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Results that wait for an archive"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setStyleSheet(f"color: {CAUTION}")
        self._problem.hide()
        self.discard_button = QPushButton(tr("Discard…"))
        self.close_button = QPushButton(tr("Close"))
        hint = QLabel(tr("These go along with the next results for their archive."))
        hint.setProperty("quiet", True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (self.discard_button, self.close_button):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        for widget in (hint, self.list, self._problem):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        self.list.itemSelectionChanged.connect(self._enable)
        self.discard_button.clicked.connect(self.discard)
        self.close_button.clicked.connect(self.reject)
        self.show_results(results)
        self.list.setFocus()

    @property
    def problem(self) -> str:
        """Why something could not be discarded, or ""."""
        return self._problem.text()

    def show_results(self, results: Sequence[WaitingResult]) -> None:
        """What waits now; nothing of it is selected."""
        self.list.clear()
        for one in results:
            kind = _KINDS.get(one.modality)
            parts = (
                one.archive, tr(kind) if kind else one.modality, one.patient,
                f"{one.written:%Y-%m-%d %H:%M}",
            )  # fmt: skip
            item = QListWidgetItem(" · ".join(part for part in parts if part))
            item.setData(Qt.ItemDataRole.UserRole, one)
            self.list.addItem(item)
        self._enable()

    def show_problem(self, words: str) -> None:
        """Why something could not be discarded."""
        self._problem.setText(f"▲ {words}")
        self._problem.show()

    @Slot()
    def discard(self) -> None:
        """Ask, then wish that the selected results are discarded."""
        chosen = tuple(item.data(Qt.ItemDataRole.UserRole) for item in self.list.selectedItems())
        if not chosen:
            return
        one = tr("Delete this result for good, without sending it to the archive {name}?")
        many = tr("Delete these {count} results for good, without sending them?")
        words = one if len(chosen) == 1 else many
        answer = QMessageBox.warning(
            self,
            tr("Discard results"),
            words.format(name=chosen[0].archive, count=len(chosen)),
            QMessageBox.StandardButton.Discard | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        if answer == QMessageBox.StandardButton.Discard:
            self.discard_wished.emit(chosen)

    @Slot()
    def _enable(self) -> None:
        self.discard_button.setEnabled(bool(self.list.selectedItems()))
