"""Joins the browser, the job that reads headers and the one that makes thumbnails."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from inference.browse import BrowseStep, browse
from inference.errors import InferenceError
from viewer.browser.thumbnails import Made, Thumbnails
from viewer.browser.window import BrowserWindow
from viewer.frame.workbench import Workbench
from viewer.job_runner import JobRunner
from viewer.translation import tr


class BrowserController(QObject):
    """Has one browser for a window, made when it is first asked for.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(self, window: Workbench) -> None:
        super().__init__(window)
        self._window = window
        self._browser: BrowserWindow | None = None
        self._note = ""
        self._reader = JobRunner(self)
        self._thumbnails = Thumbnails(self)
        self._reader.advanced.connect(self._advanced)
        self._reader.finished.connect(self._finished)
        self._reader.failed.connect(self._failed)
        self._thumbnails.made.connect(self._made)
        self._thumbnails.failed.connect(self._failed)
        window.browse_wished.connect(self.browse)
        window.closed.connect(self.shut_down)

    @property
    def browser(self) -> BrowserWindow | None:
        """The browser; None where it was not asked for yet."""
        return self._browser

    @Slot(object)
    def browse(self, place: Path | None) -> None:
        """Show the browser.

        Args:
            place: A folder or a DICOMDIR to look through; None: what it shows already, or ask.
        """
        is_new = self._browser is None
        browser = self._shown()
        if place is not None:
            self._start(place)
        elif is_new:
            browser.last_folder = self._window.last_folder
            browser.choose_folder()

    @Slot()
    def shut_down(self) -> None:
        """Stop everything and wait for it."""
        if self._browser is not None:
            self._browser.close()
            self._browser.blockSignals(True)  # it asks for nothing more
        self._reader.shut_down()
        self._thumbnails.shut_down()

    def _shown(self) -> BrowserWindow:
        if self._browser is None:
            # Not its parent's child on the screen: it may lie behind the main window.
            browser = self._browser = BrowserWindow(self._window)
            browser.place_wished.connect(self._start)
            browser.radiograph_wished.connect(self._window.radiograph_wished)
            browser.thumbnails_wished.connect(self._thumbnails.make)
            browser.stop_wished.connect(self._stop)
        self._browser.show()
        self._browser.raise_()
        self._browser.activateWindow()
        return self._browser

    @Slot(object)
    def _start(self, place: Path) -> None:
        browser = self._shown()
        self._note = ""
        self._thumbnails.make([])
        browser.begin(place)
        self._reader.start(lambda: browse(place))

    @Slot()
    def _stop(self) -> None:
        self._reader.cancel()
        if self._browser is not None and self._browser.is_reading:
            self._browser.finish(tr("Stopped."))

    @Slot(object)
    def _advanced(self, step: BrowseStep) -> None:
        if self._browser is not None:
            self._browser.show_step(step)
            self._note = step.note or self._note

    @Slot()
    def _finished(self) -> None:
        if self._browser is not None:
            self._browser.finish(self._note, is_problem=bool(self._note))

    @Slot(object)
    def _made(self, made: Made) -> None:
        if self._browser is not None:
            self._browser.grid.files.set_pictures(made)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        is_expected = isinstance(error, InferenceError)
        if self._browser is not None:
            sentence = str(error) if is_expected else tr("This is a fault in the program.")
            self._browser.finish(sentence, is_problem=True)
        if not is_expected:
            self.fault_found.emit(error)
