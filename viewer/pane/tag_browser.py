"""What a DICOM file says of itself, to be searched. Nothing of it is ever exported."""

from collections.abc import Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inference.dicom_tags import DicomTag
from viewer.theme import RHYTHM
from viewer.translation import N_, tr

_HIDDEN = "••••"
_COLUMNS = (N_("Tag"), N_("Name"), N_("Kind"), N_("Value"))


class TagBrowser(QDialog):
    """A table with a field to search it; what identifies is hidden until it is asked for."""

    def __init__(self, title: str, tags: Sequence[DicomTag], parent: QWidget | None = None) -> None:
        """
        Args:
            title: Of the window.
            tags: To be listed.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(104 * RHYTHM, 76 * RHYTHM)
        self._tags = tuple(tags)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search tag, name or value"))
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.reveal = QCheckBox(tr("Show what may identify the patient"))
        self._model = QStandardItemModel(0, len(_COLUMNS), self)
        self._model.setHorizontalHeaderLabels([tr(one) for one in _COLUMNS])
        self._found = _AnyColumn(self)
        self._found.setSourceModel(self._model)
        self.table = QTableView()
        self.table.setModel(self._found)
        self.table.setAccessibleName(tr("Tags"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + RHYTHM)
        self.table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        top, layout = QHBoxLayout(), QVBoxLayout(self)
        top.addWidget(self.search, 1)
        top.addWidget(self.reveal)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addWidget(buttons)
        self.search.textChanged.connect(self._found.setFilterFixedString)
        self.reveal.toggled.connect(self._fill)
        buttons.rejected.connect(self.reject)
        self._fill()
        for column, width in enumerate((15, 30, 6)):
            self.table.setColumnWidth(column, width * RHYTHM)

    def shown(self) -> list[tuple[str, str]]:
        """Names and values as they can be read now."""
        rows = range(self._found.rowCount())
        return [
            (str(self._found.index(row, 1).data()), str(self._found.index(row, 3).data()))
            for row in rows
        ]

    @Slot()
    def _fill(self) -> None:
        """Hidden values are not in the table at all: neither searching nor copying finds them."""
        self._model.setRowCount(0)
        for tag in self._tags:
            is_hidden = tag.is_identifying and tag.value and not self.reveal.isChecked()
            words = (tag.tag, "    " * tag.depth + tag.name, tag.kind)
            value = _HIDDEN if is_hidden else tag.value
            self._model.appendRow([QStandardItem(one) for one in (*words, value)])


class _AnyColumn(QSortFilterProxyModel):
    """Rows in which any column has the text, in any case."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterKeyColumn(-1)
