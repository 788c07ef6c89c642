"""Which results go back as DICOM, what they will be, and where they go."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inference.dicom_results.content import DEFAULT_THRESHOLD
from inference.dicom_results.results import KINDS
from viewer.export.mask_preview import MaskPreview
from viewer.theme import CAUTION, RHYTHM
from viewer.translation import tr

TO_FOLDER = ""


class ReturnDialog(QDialog):
    """Shows the sheet and a line for each result; nothing is written before the reader says so.

    Signals:
        changed: The threshold or whether marks go along: the lines are to be made again.
        wished: Return the chosen results.
        outbox_wished: Show what waits in the outbox.
    """

    changed = Signal()
    wished = Signal()
    outbox_wished = Signal()

    def __init__(
        self,
        warnings: Sequence[str],
        archives: Sequence[str],
        *,
        has_marks: bool,
        parent: QWidget | None = None,
    ) -> None:
        """
        Args:
            warnings: On which pixels of the sheet may identify a patient.
            archives: Names of those of the settings.
            has_marks: Whether there are marks on the query.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("Return as DICOM"))
        self.resize(124 * RHYTHM, 90 * RHYTHM)
        self.preview = MaskPreview()
        titles = {
            "sc": tr("Secondary Capture: this sheet"),
            "gsps": tr("Presentation State: outline, measurements and window on the query"),
            "seg": tr("Segmentation: the salient region as a mask"),
            "sr": tr("Structured Report: probability, similar cases, model"),
        }
        self.boxes = {kind: QCheckBox(titles[kind]) for kind in KINDS}
        self._lines = {kind: QLabel(" ") for kind in KINDS}
        for line in self._lines.values():
            line.setWordWrap(True)
            line.setProperty("quiet", True)
            line.setIndent(3 * RHYTHM)
        for box in self.boxes.values():
            box.setChecked(True)
            box.toggled.connect(self._enable)
        self.marks = QCheckBox(tr("With the measurements and notes on the query"))
        self.marks.setChecked(has_marks)
        self.marks.setEnabled(has_marks)
        self.threshold = QDoubleSpinBox()
        self.threshold.setRange(0.05, 0.95)
        self.threshold.setSingleStep(0.05)
        self.threshold.setValue(DEFAULT_THRESHOLD)
        self.threshold.setAccessibleName(tr("Threshold of the salient region"))
        self.destination = QComboBox()
        self.destination.setAccessibleName(tr("Where the results go"))
        self.destination.addItem(tr("To a folder…"), TO_FOLDER)
        for name in archives:
            self.destination.addItem(tr("To the archive {name}").format(name=name), name)
        self.outbox_button = QPushButton()
        self.outbox_button.setAutoDefault(False)
        self.outbox_button.hide()
        self._notes = QLabel("")
        self._notes.setWordWrap(True)
        self._notes.setStyleSheet(f"color: {CAUTION}")
        self._warnings = tuple(warnings)
        self.confirm = QCheckBox(tr("I have looked: nothing on this sheet identifies another"))
        self.return_button = QPushButton(tr("Return"))
        self.return_button.setDefault(True)
        self.cancel_button = QPushButton(tr("Cancel"))
        self._is_ready = False
        self._lay_out()
        self.show_notes(())
        self.marks.toggled.connect(self._change)
        self.threshold.valueChanged.connect(self._change)
        self.preview.changed.connect(self._enable)
        self.confirm.toggled.connect(self._enable)
        self.return_button.clicked.connect(self.wished)
        self.outbox_button.clicked.connect(self.outbox_wished)
        self.cancel_button.clicked.connect(self.reject)
        self._enable()

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is chosen and possible."""
        return tuple(
            kind for kind, box in self.boxes.items() if box.isChecked() and box.isEnabled()
        )

    def line(self, kind: str) -> str:
        """What is said below a kind."""
        return self._lines[kind].text()

    @property
    def notes(self) -> str:
        """What is said of the source's file and the sheet."""
        return self._notes.text()

    def show_sheet(self, image: QImage) -> None:
        """The sheet as it would be returned."""
        self.preview.show_image(image)

    def show_line(self, kind: str, words: str, *, is_possible: bool) -> None:
        """What a result will be, or why it cannot be."""
        self._lines[kind].setText(words if is_possible else f"▲ {words}")
        self.boxes[kind].setEnabled(is_possible)
        self._is_ready = all(line.text().strip() for line in self._lines.values())
        self._enable()

    def show_waiting(self, counts: Mapping[str, int], total: int) -> None:
        """How many results of earlier wait for each archive: they go along with the next.

        Args:
            counts: By archive of the settings.
            total: In the whole outbox, also for archives that the settings have no more.
        """
        alone = tr("To the archive {name}")
        more = tr("To the archive {name}, with {count} that wait")
        for name, count in counts.items():
            words = (more if count else alone).format(name=name, count=count)
            self.destination.setItemText(self.destination.findData(name), words)
        self.outbox_button.setText(tr("Outbox ({count})…").format(count=total))
        self.outbox_button.setVisible(total > 0)

    def show_notes(self, notes: Sequence[str]) -> None:
        """On the source's file; the warnings on the sheet stay."""
        said = [f"▲ {one}" for one in (*self._warnings, *notes)]
        self._notes.setText("\n".join(said))
        self._notes.setVisible(bool(said))
        self.confirm.setVisible(bool(self._warnings))

    @Slot()
    def _change(self) -> None:
        self._is_ready = False
        for line in self._lines.values():
            line.setText(" ")
        self._enable()
        self.changed.emit()

    @Slot()
    def _enable(self) -> None:
        is_sheet = "sc" in self.kinds
        has_looked = self.confirm.isChecked() or not (self._warnings and is_sheet)
        may = self._is_ready and bool(self.kinds) and has_looked
        self.return_button.setEnabled(may and (self.preview.has_image or not is_sheet))

    def _lay_out(self) -> None:
        options = QHBoxLayout()
        options.addWidget(self.marks)
        options.addStretch(1)
        options.addWidget(QLabel(tr("Salient region: saliency at least")))
        options.addWidget(self.threshold)
        below = QHBoxLayout()
        below.addWidget(self.destination)
        below.addWidget(self.outbox_button)
        below.addWidget(self.confirm, 1)
        below.addStretch(1)
        for button in (self.return_button, self.cancel_button):
            below.addWidget(button)
        hint = QLabel(
            tr(
                "Drag over the sheet to black out a part of it. Results go into the query's own "
                "study, under its patient; of the similar cases they hold no identity."
            )
        )
        hint.setWordWrap(True)
        hint.setProperty("quiet", True)
        layout = QVBoxLayout(self)
        layout.setSpacing(RHYTHM)
        layout.addWidget(self.preview, 1)
        layout.addWidget(hint)
        for kind, box in self.boxes.items():
            layout.addWidget(box)
            layout.addWidget(self._lines[kind])
        layout.addLayout(options)
        layout.addWidget(self._notes)
        layout.addLayout(below)
