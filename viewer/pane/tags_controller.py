"""Shows the tags of the query's file, read in the background."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from inference.errors import InferenceError
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.translation import tr

if TYPE_CHECKING:
    from inference.dicom_tags import DicomTag


class TagsController(QObject):
    """Opens one browser for each time it is asked.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(
        self, window: MainWindow, query: Callable[[], Path | None], parent: QObject | None = None
    ) -> None:
        """
        Args:
            window: The browser's parent.
            query: Gives the file on the screen, or None.
            parent: Its parent.
        """
        super().__init__(parent or window)
        self._window = window
        self._query = query
        self._runner = JobRunner(self)
        self._runner.advanced.connect(self._read)
        self._runner.failed.connect(self._failed)
        window.bound.attach({"tags": self.show})
        window.closed.connect(self.shut_down)

    @Slot()
    def show(self) -> None:
        """Open the tags of the query's file."""
        path = self._query()
        if path is None:
            self._window.message_bar.show_message("note", tr("Open a radiograph first."))
        else:
            self._runner.start(lambda: _tags_of(path))

    @Slot()
    def shut_down(self) -> None:
        """Stop, and wait."""
        self._runner.shut_down()

    @Slot(object)
    def _read(self, tags: "tuple[DicomTag, ...]") -> None:
        from viewer.pane.tag_browser import TagBrowser

        if tags:
            TagBrowser(tr("Tags of the query's file"), tags, self._window).show()
        else:
            self._window.message_bar.show_message(
                "note", tr("This file is no DICOM: it has no tags.")
            )

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._window.message_bar.show_message("problem", str(error))
        else:
            self.fault_found.emit(error)


def _tags_of(path: Path) -> "Generator[tuple[DicomTag, ...], None, None]":
    from inference.dicom_tags import read_tags  # pydicom: a fifth of a second at every start

    yield read_tags(path)
