"""The browser: what is in a folder or on a disc, by patient, study and series.

It stays open beside the main window, on a second screen if there is one. Names of patients are
on the screen alone: nothing of them is kept.
"""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from inference.browse import BrowseStep
from inference.browse_files import BrowsedFile, search_form
from viewer.browser.grid import BrowserGrid
from viewer.browser.tree import BrowserTree
from viewer.browser.words import problem_text, summary
from viewer.frame.elided_label import ElidedLabel
from viewer.frame.start_page import browsable_drop
from viewer.theme import CAUTION, QUIET, RHYTHM
from viewer.translation import tr


class BrowserWindow(QWidget):
    """Shows what it is given, narrowed by a search.

    Signals:
        place_wished: Look through a folder or a DICOMDIR. arg: its Path
        radiograph_wished: Open one. arg: its Path
        thumbnails_wished: arg: list of `BrowsedFile` that are in sight and have none
        stop_wished: Stop reading.
    """

    place_wished = Signal(object)
    radiograph_wished = Signal(object)
    thumbnails_wished = Signal(object)
    stop_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(tr("Browse — Kindred"))
        self.setAcceptDrops(True)
        self.resize(140 * RHYTHM, 88 * RHYTHM)
        self.setMinimumSize(80 * RHYTHM, 48 * RHYTHM)
        self.last_folder = ""
        self._all: list[BrowsedFile] = []
        self._words: tuple[str, ...] = ()
        self._is_reading = False
        self.folder_button = QPushButton(tr("Folder…"))
        self.disc_button = QPushButton(tr("DICOMDIR…"))
        self._place = ElidedLabel()
        self._place.setStyleSheet(f"color: {QUIET}")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search name, number, date, file"))
        self.search.setAccessibleName(tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(32 * RHYTHM)
        self.tree = BrowserTree()
        self.grid = BrowserGrid()
        self._status = ElidedLabel()
        self._status.setAccessibleName(tr("Found"))
        self._bar = QProgressBar()
        self._bar.setFixedWidth(24 * RHYTHM)
        self._bar.setAccessibleName(tr("Reading"))
        self.stop_button = QPushButton(tr("Stop"))
        self._lay_out()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(200)
        self._soon.timeout.connect(self._apply_search)
        self.folder_button.clicked.connect(self.choose_folder)
        self.disc_button.clicked.connect(self.choose_disc)
        self.stop_button.clicked.connect(self.stop_wished)
        self.search.textChanged.connect(self._soon.start)
        self.search.returnPressed.connect(self._enter_grid)
        self.tree.chosen.connect(self._show_chosen)
        self.tree.activated.connect(self._enter_grid)
        self.grid.opened.connect(self._open)
        self.grid.wanted.connect(self.thumbnails_wished)
        for keys, slot in (
            ("Ctrl+F", self._enter_search),
            ("Ctrl+O", self.choose_folder),
            ("Esc", self._escape),
            ("Ctrl+W", self.close),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        self.begin(None)
        self.tree.setFocus()

    @property
    def status(self) -> str:
        """The line at the bottom."""
        return self._status.text()

    @property
    def is_reading(self) -> bool:
        """Whether more may come."""
        return self._is_reading

    def begin(self, place: Path | None) -> None:
        """Forget what was shown; files of another place follow. None: of none."""
        self._all = []
        self._is_reading = place is not None
        self._place.setText(str(place) if place else "")
        self.tree.clear_files()
        self.grid.files.forget()
        self.grid.files.set_files([])
        self._show_progress(0, 0, is_shown=place is not None)
        words = tr("Looking for files…")
        if place is None:
            words = tr("Choose a folder or a DICOMDIR, or drop one here.")
        self._say(words)

    def show_step(self, step: BrowseStep) -> None:
        """More was found or read."""
        self._show_progress(step.done, step.total, is_shown=True)
        if step.stage == "looking":
            self._say(tr("Looking for files… {count}").format(count=f"{step.done:,}"))
            return
        self._all.extend(step.files)
        fitting = tuple(file for file in step.files if file.has_words(self._words))
        self.tree.add_files(fitting)
        self.grid.files.append([file for file in fitting if self.tree.is_chosen(file)])
        counted = summary(*self.tree.counts)
        self._say(tr("Reading {done} of {total} · {counted}").format(
            done=f"{step.done:,}", total=f"{step.total:,}", counted=counted
        ))  # fmt: skip
        if step.note:
            self._say(step.note, is_problem=True)

    def finish(self, sentence: str = "", *, is_problem: bool = False) -> None:
        """No more comes.

        Args:
            sentence: Why, where it did not end by itself; or what is to be known of it.
            is_problem: Whether that is a problem.
        """
        self._is_reading = False
        self._show_progress(0, 0, is_shown=False)
        self.tree.open_up()
        if not self.grid.currentIndex().isValid():  # else it would move what is looked at
            self._show_chosen()
        counted = summary(*self.tree.counts)
        if not self._all and not sentence:
            sentence = tr("There are no radiographs here.")
        self._say(f"{sentence} {counted}" if sentence and self._all else sentence or counted,
                  is_problem=is_problem)  # fmt: skip

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder."""
        words = tr("Browse a folder")
        name = QFileDialog.getExistingDirectory(self, words, self.last_folder)
        if name:
            self.last_folder = name
            self.place_wished.emit(Path(name))

    @Slot()
    def choose_disc(self) -> None:
        """Ask for a DICOMDIR."""
        words, kinds = tr("Open a DICOMDIR"), "DICOMDIR (DICOMDIR dicomdir)"
        name, _ = QFileDialog.getOpenFileName(self, words, self.last_folder, kinds)
        if name:
            self.last_folder = str(Path(name).parent)
            self.place_wished.emit(Path(name))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if browsable_drop(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = browsable_drop(event)
        if path is not None:
            event.acceptProposedAction()
            self.place_wished.emit(path)

    @Slot()
    def _apply_search(self) -> None:
        words = tuple(search_form(self.search.text()).split())
        if words == self._words:
            return
        self._words = words
        self.tree.clear_files()
        self.tree.add_files(tuple(file for file in self._all if file.has_words(words)))
        self.tree.open_up()
        self._show_chosen()
        if not self._is_reading and self._all:
            counted = summary(*self.tree.counts)
            self._say(counted if self.tree.counts[0] else tr("Nothing here fits the search."))

    @Slot()
    def _show_chosen(self) -> None:
        self.grid.files.set_files(self.tree.files_chosen())
        self.grid.scrollToTop()

    @Slot()
    def _enter_grid(self) -> None:
        self._apply_search()
        if self.grid.files.files:
            self.grid.setFocus()
            self.grid.setCurrentIndex(self.grid.files.index(0))

    @Slot()
    def _enter_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    @Slot()
    def _escape(self) -> None:
        if self._is_reading:
            self.stop_wished.emit()
        elif self.search.text():
            self.search.clear()
        else:
            self.close()

    @Slot(object)
    def _open(self, file: BrowsedFile) -> None:
        if file.problem:
            self._say(problem_text(file), is_problem=True)
        else:
            self.radiograph_wished.emit(file.path)

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        self.grid.set_hint("" if self._is_reading else text)
        self._status.setText(f"▲ {text}" if is_problem else text)
        self._status.setStyleSheet(f"color: {CAUTION}" if is_problem else "")

    def _show_progress(self, done: int, total: int, *, is_shown: bool) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setVisible(is_shown)
        self.stop_button.setVisible(is_shown)

    def _lay_out(self) -> None:
        top, bottom, layout = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        top.addWidget(self.folder_button)
        top.addWidget(self.disc_button)
        top.addWidget(self._place, 1)
        top.addWidget(self.search)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setHandleWidth(RHYTHM // 2)
        parts.addWidget(self.tree)
        parts.addWidget(self.grid)
        parts.setStretchFactor(1, 1)
        parts.setSizes([54 * RHYTHM, 86 * RHYTHM])
        parts.setChildrenCollapsible(False)
        bottom.addWidget(self._status, 1)
        bottom.addWidget(self._bar)
        bottom.addWidget(self.stop_button)
        for row in (top, bottom):
            row.setSpacing(RHYTHM)
        layout.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        layout.setSpacing(RHYTHM)
        layout.addLayout(top)
        layout.addWidget(parts, 1)
        layout.addLayout(bottom)
        bottom.addStrut(self.stop_button.sizeHint().height())  # its place is kept free
