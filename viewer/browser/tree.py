"""Patients, their studies and the series of these; folders for files without patients."""

from bisect import bisect
from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from inference.browse_files import BrowsedFile
from viewer.browser.words import SortKey, levels
from viewer.theme import CAUTION, RHYTHM
from viewer.translation import tr


class _Node(QTreeWidgetItem):
    """A patient, a study, a series or a folder; at the top all of them."""

    def __init__(self, title: str) -> None:
        super().__init__([title, "0"])
        self.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setToolTip(0, title)
        self.kept: list[BrowsedFile] = []  # those that are directly in it
        self.keys: list[SortKey] = []  # its children's, in their order
        self.count = 0
        self.problems = 0

    def add(self, file: BrowsedFile) -> None:
        self.count += 1
        if file.problem:
            self.problems += 1
            self.setForeground(1, QColor(CAUTION))
            words = tr("{count} of them cannot be opened").format(count=f"{self.problems:,}")
            self.setToolTip(1, words)
        self.setText(1, f"▲ {self.count:,}" if self.problems else f"{self.count:,}")

    def files(self) -> Iterator[BrowsedFile]:
        yield from self.kept
        for place in range(self.childCount()):
            child = self.child(place)
            assert isinstance(child, _Node)
            yield from child.files()


class BrowserTree(QTreeWidget):
    """Fills while files are read; each is in its place at once.

    Signals:
        chosen: Another node was chosen, or the one chosen has more in it.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Patients, studies and series"))
        self.setHeaderLabels([tr("Patient, study, series"), tr("Files")])
        self.setUniformRowHeights(True)
        self.setStyleSheet(f"QTreeView::item {{ padding: {RHYTHM // 2}px 0 }}")
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.header().resizeSection(1, 10 * RHYTHM)
        self._nodes: dict[tuple[str, ...], _Node] = {}
        self._top = _Node("")
        self.clear_files()
        self.currentItemChanged.connect(self._changed)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Files, patients, folders without patients, and files that cannot be opened."""
        kinds = [key[0] for key in self._nodes if len(key) == 2]
        patients = kinds.count("patient")
        return self._top.count, patients, len(kinds) - patients, self._top.problems

    def clear_files(self) -> None:
        """Begin anew."""
        self.clear()
        self._nodes = {}
        self._top = _Node(tr("Everything"))
        self.addTopLevelItem(self._top)
        self._top.setExpanded(True)
        self.setCurrentItem(self._top)

    def add_files(self, files: tuple[BrowsedFile, ...]) -> None:
        """Put files in their places."""
        for file in files:
            node = self._top
            node.add(file)
            for key, sort, title in levels(file):
                node = self._nodes.get(key) or self._made(node, key, sort, title)
                node.add(file)
            node.kept.append(file)

    def files_chosen(self) -> list[BrowsedFile]:
        """Those of the node that is chosen, the whole of it."""
        node = self.currentItem()
        return list(node.files()) if isinstance(node, _Node) else []

    def open_up(self) -> None:
        """Show what is inside as long as there is little of it."""
        if len(self._nodes) <= 40:
            self.expandAll()

    def is_chosen(self, file: BrowsedFile) -> bool:
        """Whether a file is in the node that is chosen."""
        current = self.currentItem()
        return current is self._top or any(
            self._nodes.get(key) is current for key, _, _ in levels(file)
        )

    def _made(self, parent: _Node, key: tuple[str, ...], sort: SortKey, title: str) -> _Node:
        node = self._nodes[key] = _Node(title)
        place = bisect(parent.keys, sort)
        parent.keys.insert(place, sort)
        parent.insertChild(place, node)
        return node

    @Slot()
    def _changed(self) -> None:
        self.chosen.emit()
