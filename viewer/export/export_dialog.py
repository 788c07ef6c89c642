"""What is exported, as it will look; where it goes; and what may identify a patient in it.

Nothing of it is remembered: boxes belong to one sheet, and the next one starts clean.
"""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from viewer.export.mask_preview import MaskPreview
from viewer.export.sheet_files import png_bytes
from viewer.theme import CAUTION, RHYTHM
from viewer.translation import N_, tr

ALL, QUERY, SELECTED = "all", "query", "selected"
_FORMATS = N_("PNG picture (*.png);;PDF page (*.pdf)")
_CONFIRM = N_("I have looked: nothing on this sheet identifies a patient")


class ExportDialog(QDialog):
    """Shows the sheet; with warnings, nothing leaves before the reader says they looked.

    Signals:
        sheet_wished: Another part of the comparison. arg: ALL, QUERY or SELECTED
        save_wished: args: the masked QImage, the Path
        copied: The masked sheet is on the clipboard.
    """

    sheet_wished = Signal(str)
    save_wished = Signal(object, object)
    copied = Signal()

    def __init__(
        self,
        warnings: tuple[str, ...],
        *,
        has_cases: bool,
        has_selection: bool,
        parent: QWidget | None = None,
    ) -> None:
        """
        Args:
            warnings: Sentences on which pixels may identify a patient.
            has_cases: Whether there are similar cases.
            has_selection: Whether one of them is selected.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("Export the comparison"))
        self.part = QComboBox()
        self.part.setAccessibleName(tr("What is exported"))
        if has_cases:
            self.part.addItem(tr("Query and all cases shown"), ALL)
        if has_selection:
            self.part.addItem(tr("Query and the selected case"), SELECTED)
        self.part.addItem(tr("Query alone"), QUERY)
        self.preview = MaskPreview()
        self._warning = QLabel("\n".join(f"▲ {one}" for one in warnings))
        self._warning.setWordWrap(True)
        self._warning.setStyleSheet(f"color: {CAUTION}")
        self._hint = QLabel(
            tr(
                "Drag over the sheet to black out a part of it. By keys: Space for a box, arrows "
                "to move it, Shift and arrows to size it, Page Up and Down for another, Delete."
            )
        )
        self._hint.setProperty("quiet", True)
        self._hint.setWordWrap(True)
        self.confirm = QCheckBox(tr(_CONFIRM))
        self._must_confirm = bool(warnings)
        for widget in (self._warning, self.confirm):
            widget.setVisible(self._must_confirm)
        self.add_button = QPushButton(tr("Add box"))
        self.undo_button = QPushButton(tr("Undo box"))
        self.copy_button = QPushButton(tr("Copy"))
        self.copy_button.setToolTip(tr("Put the sheet on the clipboard"))
        self.save_button = QPushButton(tr("Save…"))
        self.save_button.setToolTip(tr("As PNG or PDF"))
        self.cancel_button = QPushButton(tr("Cancel"))
        self.save_button.setDefault(True)
        self._lay_out()
        self.part.activated.connect(self._part_chosen)
        self.preview.changed.connect(self._enable)
        self.confirm.toggled.connect(self._enable)
        self.add_button.clicked.connect(self._add_box)
        self.undo_button.clicked.connect(self.preview.undo)
        self.copy_button.clicked.connect(self.copy)
        self.save_button.clicked.connect(self.save)
        self.cancel_button.clicked.connect(self.reject)
        self._enable()

    @property
    def warning(self) -> str:
        """What may identify a patient; "" where nothing is known to."""
        return self._warning.text()

    def show_sheet(self, image: QImage) -> None:
        """The sheet that was wished for."""
        self.preview.show_image(image)

    @Slot()
    def copy(self) -> None:
        """Put the masked sheet on the clipboard, as pixels without anything else."""
        bare = QImage()
        bare.loadFromData(png_bytes(self.preview.masked()))
        QGuiApplication.clipboard().setImage(bare)
        self.copied.emit()
        self.accept()

    @Slot()
    def save(self) -> None:
        """Ask where to."""
        name, chosen = QFileDialog.getSaveFileName(
            self, tr("Export the comparison"), "comparison.png", tr(_FORMATS)
        )
        if name:
            self.save_wished.emit(self.preview.masked(), with_suffix(Path(name), chosen))
            self.accept()

    @Slot()
    def _part_chosen(self) -> None:
        self.preview.show_image(None)
        self.confirm.setChecked(False)  # it was said of another sheet
        self.sheet_wished.emit(str(self.part.currentData()))

    @Slot()
    def _enable(self) -> None:
        may_leave = self.confirm.isChecked() or not self._must_confirm
        for button in (self.copy_button, self.save_button):
            button.setEnabled(self.preview.has_image and may_leave)
        self.add_button.setEnabled(self.preview.has_image)
        self.undo_button.setEnabled(bool(self.preview.boxes))

    @Slot()
    def _add_box(self) -> None:
        self.preview.add_box()
        self.preview.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.part)
        top.addStretch(1)
        top.addWidget(self.add_button)
        top.addWidget(self.undo_button)
        below = QHBoxLayout()
        below.addWidget(self.confirm, 1)
        below.addStretch(1)
        for button in (self.copy_button, self.save_button, self.cancel_button):
            below.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setSpacing(RHYTHM)
        layout.addLayout(top)
        layout.addWidget(self._hint)
        layout.addWidget(self.preview, 1)
        layout.addWidget(self._warning)
        layout.addLayout(below)


def with_suffix(path: Path, chosen_format: str = "") -> Path:
    """The path with the ending of a format that is written; PNG where nothing says otherwise."""
    if path.suffix.casefold() in (".png", ".pdf"):
        return path
    return path.with_name(path.name + (".pdf" if "pdf" in chosen_format.casefold() else ".png"))
