"""The table of studies that an archive found."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from inference.archive.archive_matches import Study
from viewer.archive.words import study_words
from viewer.theme import GROUND, RHYTHM
from viewer.translation import tr

_WIDTHS = (11, 7, 22, 14, 10, 24, 14, 7)
_DESCRIPTION, _COUNT = 5, 7


class StudyTable(QTableWidget):
    """One row a study, as it was found; only to be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        names = (
            tr("Date"), tr("Time"), tr("Patient"), tr("Patient id"), tr("Modality"),
            tr("Description"), tr("Accession"), tr("Images"),
        )  # fmt: skip
        super().__init__(0, len(names), parent)
        self._studies: tuple[Study, ...] = ()
        self.setHorizontalHeaderLabels(list(names))
        self.setAccessibleName(tr("Studies"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setStyleSheet(f"QTableWidget::item:selected {{ color: {GROUND}; }}")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + RHYTHM)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(_DESCRIPTION, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width * RHYTHM)

    @property
    def chosen(self) -> Study | None:
        """The study in the row with the focus."""
        row = self.currentRow()
        return self._studies[row] if 0 <= row < len(self._studies) else None

    def show_studies(self, studies: Sequence[Study]) -> None:
        """Replace the rows."""
        self._studies = tuple(studies)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.setRowCount(len(studies))
        for row, study in enumerate(studies):
            for column, text in enumerate(study_words(study)):
                item = QTableWidgetItem(text)
                if column == _COUNT:
                    item.setTextAlignment(right)
                self.setItem(row, column, item)
