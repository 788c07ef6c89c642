"""The files of what is chosen, each with a thumbnail that is made when it comes into sight."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from inference.browse_files import BrowsedFile
from viewer.browser.words import file_description, file_title, order
from viewer.theme import ACCENT, CAUTION, GROUND, QUIET, RAISED, RHYTHM, TEXT
from viewer.translation import tr

SIDE = 16 * RHYTHM
_MOST_KEPT = 3000  # thumbnails; of 192 pixels squared, some 330 MB of them
_Index = QModelIndex | QPersistentModelIndex


class FileModel(QAbstractListModel):
    """Files in a row, and the thumbnails that were made."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._files: list[BrowsedFile] = []
        self._rows: dict[Path, int] = {}
        self._pictures: dict[Path, QImage] = {}
        self._refused: dict[Path, str] = {}

    @property
    def files(self) -> Sequence[BrowsedFile]:
        """As they are shown."""
        return self._files

    def set_files(self, files: Sequence[BrowsedFile]) -> None:
        """Show these, sorted."""
        self.beginResetModel()
        self._files = sorted(files, key=order)
        self._rows = {file.path: row for row, file in enumerate(self._files)}
        self.endResetModel()

    def append(self, files: Sequence[BrowsedFile]) -> None:
        """Show more, behind the others, so that nothing moves under the mouse."""
        if not files:
            return
        first = len(self._files)
        self.beginInsertRows(QModelIndex(), first, first + len(files) - 1)
        self._files.extend(files)
        self._rows |= {file.path: first + place for place, file in enumerate(files)}
        self.endInsertRows()

    def set_pictures(self, pictures: Mapping[Path, QImage | str]) -> None:
        """Show thumbnails; or why there is none."""
        for path, one in pictures.items():
            if isinstance(one, str):
                self._refused[path] = one
            else:
                self._pictures.pop(path, None)
                self._pictures[path] = one
            row = self._rows.get(path)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row))
        while len(self._pictures) > _MOST_KEPT:
            self._pictures.pop(next(iter(self._pictures)))

    def picture(self, file: BrowsedFile) -> QImage | None:
        """Its thumbnail, or None."""
        return self._pictures.get(file.path)

    def problem(self, file: BrowsedFile) -> str:
        """Why it has no picture and will have none; "" where it has or may have one."""
        return file.problem or self._refused.get(file.path, "")

    def forget(self) -> None:
        """Keep no thumbnails: another folder was opened."""
        self._pictures.clear()
        self._refused.clear()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._files)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._files):
            return None
        file = self._files[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return file
        if role == Qt.ItemDataRole.DisplayRole:
            return file_title(file)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            said = file_description(file)
            refused = "" if file.problem else self._refused.get(file.path, "")
            return f"{said}\n{refused}" if refused else said
        return None


class BrowserGrid(QListView):
    """Thumbnails.

    Signals:
        opened: A file was double-clicked, or entered. arg: the `BrowsedFile`
        wanted: Files in sight have no thumbnail yet. arg: list of `BrowsedFile`
    """

    opened = Signal(object)
    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = ""
        self.files = FileModel(self)
        self.setModel(self.files)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName(tr("Radiographs"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(2000)
        self.setSpacing(RHYTHM // 2)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(60)
        self._soon.timeout.connect(self._look)
        self.verticalScrollBar().valueChanged.connect(self._look_soon)
        self.files.modelReset.connect(self._look_soon)
        self.files.rowsInserted.connect(self._look_soon)
        self.doubleClicked.connect(self._open)

    def set_hint(self, text: str) -> None:
        """Say what to do, in the middle, for as long as there is nothing else to show."""
        self._hint = text
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.files.files:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(QUIET))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), int(flags), self._hint)
            painter.end()

    def in_sight(self) -> list[BrowsedFile]:
        """The files that can be seen, from the top."""
        port = self.viewport().rect()
        rows = [
            self.indexAt(port.topLeft() + place).row() for place in _probes(port, self.gridStep())
        ]
        seen = [row for row in rows if row >= 0]
        return list(self.files.files[min(seen) : max(seen) + 1]) if seen else []

    def gridStep(self) -> QSize:
        """From one thumbnail to the next."""
        line = self.fontMetrics().height()
        return QSize(SIDE + 2 * RHYTHM, SIDE + line + 2 * RHYTHM)

    def keyPressEvent(self, event: Any) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._look_soon()

    @Slot()
    def _look_soon(self) -> None:
        if not self._soon.isActive():  # begun anew at each turn, it would wait for the wheel's end
            self._soon.start()

    @Slot(object)
    def _open(self, index: QModelIndex) -> None:
        file = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(file, BrowsedFile):
            self.opened.emit(file)

    @Slot()
    def _look(self) -> None:
        missing = [
            file
            for file in self.in_sight()
            if self.files.picture(file) is None and not self.files.problem(file)
        ]
        self.wanted.emit(missing)


class _Painter(QStyledItemDelegate):
    """A thumbnail in a square, its title below; a mark where there is none."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        grid = self.parent()
        assert isinstance(grid, BrowserGrid)
        return grid.gridStep()

    def paint(self, painter: QPainter, option: Any, index: _Index) -> None:
        grid, file = self.parent(), index.data(Qt.ItemDataRole.UserRole)
        assert isinstance(grid, BrowserGrid)
        picture, problem = grid.files.picture(file), grid.files.problem(file)
        cell: QRect = option.rect.adjusted(RHYTHM // 2, RHYTHM // 2, -RHYTHM // 2, -RHYTHM // 2)
        square = QRect(cell.left() + RHYTHM // 2, cell.top() + RHYTHM // 2, SIDE, SIDE)
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.fillRect(cell, QColor(RAISED if is_chosen else GROUND))
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            aspect = file.aspect or 1.0
            wide = SIDE if aspect >= 1 else max(1, round(SIDE * aspect))
            high = SIDE if aspect <= 1 else max(1, round(SIDE / aspect))
            shown = QRect(0, 0, wide, high)
            shown.moveCenter(square.center())
            painter.drawImage(shown, picture)
        else:
            painter.setPen(QColor(CAUTION if problem else QUIET))
            # What is wrong; what to do about it is in the tool tip, and said when it is opened.
            short = re.split(r"[;(]", problem)[0].strip()
            words = f"▲\n{short}" if problem else "…"
            inner = square.adjusted(RHYTHM, RHYTHM, -RHYTHM, -RHYTHM)
            wrapped = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
            needed = option.fontMetrics.boundingRect(inner, wrapped, words).height()
            at_top = needed > inner.height()
            place = Qt.AlignmentFlag.AlignTop if at_top else Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inner, wrapped | int(place), words)
        if is_chosen or option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(ACCENT))
            painter.drawRect(cell.adjusted(0, 0, -1, -1))
        painter.setPen(QColor(QUIET if problem else TEXT))
        line = QRect(square.left(), square.bottom() + 2, SIDE, option.fontMetrics.height())
        title = option.fontMetrics.elidedText(
            file_title(file), Qt.TextElideMode.ElideMiddle, line.width()
        )
        painter.drawText(line, int(Qt.AlignmentFlag.AlignCenter), title)
        painter.restore()


def _probes(port: QRect, step: QSize) -> list[Any]:
    """Points so close together that each thumbnail in sight has one in it."""
    from PySide6.QtCore import QPoint

    across = range(step.width() // 3, max(port.width(), 1), step.width() // 2)
    down = [*range(RHYTHM, max(port.height(), 1), step.height() // 2), port.height() - 2]
    return [QPoint(x, y) for y in down for x in across]
