"""What other systems sent here while the window was open, and the switch that lets them.

The list is of this session; the files stay in the receiver's folder.
"""

from pathlib import Path

from PySide6.QtCore import Qt, QTime, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from inference.archive.arrivals import Arrival
from inference.archive.received_files import Received
from viewer.theme import CAUTION, GROUND, QUIET, RHYTHM
from viewer.translation import tr

MOST_ROWS = 500
_WIDTHS = (11, 18, 14)


class ReceivedWindow(QDialog):
    """A switch and a list, the newest first.

    Signals:
        switched: The receiver is wished on or off. arg: bool
        open_wished: arg: the file's Path
    """

    switched = Signal(bool)
    open_wished = Signal(object)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Received"))
        self.setModal(False)
        self.resize(84 * RHYTHM, 52 * RHYTHM)
        self.switch = QCheckBox(tr("Receive radiographs that other systems send"))
        self.switch.setToolTip(tr("DICOM C-STORE; off again when the window is closed"))
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setAccessibleName(tr("State"))
        self.state.setMinimumHeight(2 * self.fontMetrics().height())
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels([tr("Time"), tr("From"), tr("Image"), tr("Answer")])
        self.table.setAccessibleName(tr("Received radiographs"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setStyleSheet(f"QTableWidget::item:selected {{ color: {GROUND}; }}")
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width * RHYTHM)
        self.open_button = QPushButton(tr("Open"))
        self.close_button = QPushButton(tr("Close"))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(RHYTHM)
        layout.addWidget(self.switch)
        layout.addWidget(self.state)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        self.switch.toggled.connect(self.switched)
        self.open_button.clicked.connect(self.open_chosen)
        self.close_button.clicked.connect(self.close)
        self.table.cellDoubleClicked.connect(self.open_chosen)
        self.table.itemSelectionChanged.connect(self._show_enabled)
        self.show_state(tr("The receiver is off."))
        self._show_enabled()

    def show_state(self, words: str) -> None:
        """Whether it listens, and where."""
        self.state.setStyleSheet(f"color: {QUIET}")
        self.state.setText(words)

    def show_problem(self, sentence: str) -> None:
        """What was refused, or why it cannot listen."""
        self.state.setStyleSheet(f"color: {CAUTION}")
        self.state.setText(f"▲ {sentence}")

    def set_on(self, *, is_on: bool) -> None:
        """Set the switch, without a signal."""
        self.switch.blockSignals(True)
        self.switch.setChecked(is_on)
        self.switch.blockSignals(False)

    def add(self, received: Received) -> None:
        """A radiograph came; its answer follows."""
        if self._row_of(received.path) is not None:
            return
        time = QTime.currentTime().toString("HH:mm:ss")
        self.table.insertRow(0)
        texts = (time, received.sender, "", tr("is being analysed…"))
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, received.path)
            self.table.setItem(0, column, item)
        self.table.setRowCount(min(self.table.rowCount(), MOST_ROWS))
        if self.table.currentRow() < 0:
            self.table.setCurrentCell(0, 0)

    def show_answer(self, arrival: Arrival) -> None:
        """What the model says of one that came before."""
        row = self._row_of(arrival.path)
        if row is None:
            return
        for column, text in ((2, arrival.words), (3, answer_words(arrival))):
            item = self.table.item(row, column)
            if item is not None:
                item.setText(text)
                item.setToolTip(text)

    @Slot()
    def open_chosen(self) -> None:
        """Open the radiograph in the row with the focus."""
        item = self.table.item(self.table.currentRow(), 0)
        if item is not None:
            self.open_wished.emit(item.data(Qt.ItemDataRole.UserRole))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        focused = self.focusWidget()
        if is_enter and isinstance(focused, QPushButton):
            focused.click()
        elif is_enter:
            self.open_chosen()
        else:
            super().keyPressEvent(event)

    def _row_of(self, path: Path) -> int | None:
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            if item is not None and item.data(Qt.ItemDataRole.UserRole) == path:
                return row
        return None

    @Slot()
    def _show_enabled(self) -> None:
        self.open_button.setEnabled(self.table.currentRow() >= 0)


def answer_words(arrival: Arrival) -> str:
    """Such as "Pneumonia 0.87"."""
    if arrival.probability is None:
        return arrival.problem or tr("not analysed")
    return f"{arrival.condition} {arrival.probability:.2f}"
