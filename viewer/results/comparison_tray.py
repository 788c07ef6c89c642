"""Cases kept at hand while other queries are asked: a strip of thumbnails below the results."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from inference.records import CaseRecord
from viewer.theme import PANEL, RHYTHM
from viewer.translation import tr

MOST = 12
_SIDE = 9 * RHYTHM


class ComparisonTray(QFrame):
    """Hidden while it is empty.

    Signals:
        chosen: A case is to be shown again. arg: its CaseRecord
        open_wished: As the next query. arg: its CaseRecord
        compare_wished: All of them side by side.
    """

    chosen = Signal(object)
    open_wished = Signal(object)
    compare_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tray")
        self.setStyleSheet(f"QFrame#tray {{ background: {PANEL} }}")
        self._list = _Strip()
        self._list.setAccessibleName(tr("Pinned cases"))
        self._list.setToolTip(tr("Space shows the record, Enter opens as the query, Delete unpins"))
        self._compare = QPushButton(tr("Compare"))
        self._compare.setToolTip(tr("The pinned cases side by side"))
        self._unpin = QPushButton(tr("Unpin"))
        self._unpin.setToolTip(tr("Take the chosen case out of the tray (Delete)"))
        buttons = QVBoxLayout()
        buttons.addWidget(self._compare)
        buttons.addWidget(self._unpin)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(RHYTHM // 2, RHYTHM // 2, RHYTHM // 2, RHYTHM // 2)
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._list.itemClicked.connect(lambda item: self.chosen.emit(_case(item)))
        self._list.itemActivated.connect(lambda item: self.open_wished.emit(_case(item)))
        self._list.delete_pressed.connect(self.unpin_current)
        self._compare.clicked.connect(self.compare_wished)
        self._unpin.clicked.connect(self.unpin_current)
        self.hide()

    @property
    def cases(self) -> tuple[CaseRecord, ...]:
        """The pinned cases, in the order they were pinned."""
        return tuple(_case(self._list.item(row)) for row in range(self._list.count()))

    @property
    def strip(self) -> QListWidget:
        """The thumbnails."""
        return self._list

    def pin(self, case: CaseRecord, thumbnail: QImage) -> bool:
        """Add a case; False where it is there already, or the tray is full."""
        if case.case_id in (one.case_id for one in self.cases) or len(self.cases) >= MOST:
            return False
        words = ", ".join(case.findings) or tr("no label")
        item = QListWidgetItem(QIcon(QPixmap.fromImage(thumbnail)), words)
        item.setToolTip(f"{case.case_id}: {words}")
        item.setData(Qt.ItemDataRole.UserRole, case)
        self._list.addItem(item)
        self.show()
        return True

    @Slot()
    def unpin_current(self) -> None:
        """Take the chosen case out."""
        row = self._list.currentRow()
        if row >= 0:
            self._list.takeItem(row)
        self.setVisible(self._list.count() > 0)

    def clear(self) -> None:
        """Another catalogue: its cases are others."""
        self._list.clear()
        self.hide()


class _Strip(QListWidget):
    delete_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setGridSize(QSize(_SIDE + 3 * RHYTHM, _SIDE + 3 * RHYTHM))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_SIDE + 5 * RHYTHM)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Delete
        ):
            event.accept()  # the window has this key for something else
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        elif event.key() == Qt.Key.Key_Space and self.currentItem() is not None:
            self.itemClicked.emit(self.currentItem())
        else:
            super().keyPressEvent(event)


def _case(item: QListWidgetItem) -> CaseRecord:
    case = item.data(Qt.ItemDataRole.UserRole)
    assert isinstance(case, CaseRecord)
    return case
