"""Opens what links, second starts and the desktop ask the running window to open.

Whoever asks, it is checked here, beside the window, and all it can lead to is that something is
shown: a radiograph, the browser on a folder, a study of an archive.
"""

import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from inference.errors import InferenceError
from viewer.frame.main_window import MainWindow
from viewer.integration.links import ArchiveLink, LinkError, allowed_path, is_link, parse_link
from viewer.integration.single_instance import WindowServer, Wish
from viewer.translation import tr


class LinkDesk(QObject):
    """The one place through which others open something in a window.

    Attributes:
        open_from_archive: Opens a study of a configured archive; may raise `InferenceError`.
            By default it says that there is no such archive.
    """

    def __init__(
        self,
        window: MainWindow,
        roots: Sequence[Path],
        catalogue: Callable[[], Path | None],
        parent: QObject | None = None,
    ) -> None:
        """
        Args:
            window: In which things are opened.
            roots: Folders that links may open from, beside the open catalogue's.
            catalogue: Says which folder is open.
            parent: Its parent.
        """
        super().__init__(parent or window)
        self._window = window
        self._roots = tuple(roots)
        self._catalogue = catalogue
        self.open_from_archive: Callable[[ArchiveLink], None] = _no_archive
        self._server = WindowServer(self)
        self._server.wished.connect(self._answer)
        window.closed.connect(self._server.close)

    def listen(self, name: str | None = None) -> None:
        """Take what later starts of the program hand over, and what the desktop sends."""
        self._server.listen(name)
        application = QApplication.instance()
        # There alone: a filter in Python is asked about every event of the program.
        if application is not None and sys.platform == "darwin":
            application.installEventFilter(self)

    def open_link(self, text: str) -> str:
        """Follow a link, or say in the window why not.

        Returns:
            That sentence, or "".
        """
        try:
            link = parse_link(text)
            if isinstance(link, ArchiveLink):
                # Never silently: somebody else's link makes this computer ask an archive.
                said = tr("A link asks the archive {name} for a study.").format(name=link.archive)
                self._window.message_bar.show_message("note", said)
                self.open_from_archive(link)
                return ""
            folder = self._catalogue()
            roots = (*((folder.absolute(),) if folder else ()), *self._roots)
            path = allowed_path(link, roots)
        except InferenceError as error:
            return self._refused(str(error))
        if path.is_dir():  # to look at: a link does not change what is compared with
            self._window.browse_wished.emit(path)
        else:
            self._window.open_path(path)
        return ""

    def open_given(self, path: Path, *, is_browsed: bool = False) -> str:
        """Open a file or folder that the user named, wherever it lies, or say why not.

        Args:
            path: It.
            is_browsed: Look through it, in place of taking a folder for past cases.

        Returns:
            That sentence, or "".
        """
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError):
            return self._refused(tr("There is no {name} to open.").format(name=path.name))
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            said = tr("{name} is neither a file nor a folder.").format(name=path.name)
            return self._refused(said)
        if is_browsed:
            self._window.browse_wished.emit(path)
        else:
            self._window.open_path(path)
        return ""

    @Slot(object)
    def _answer(self, wish: Wish) -> None:
        self._to_front()
        problem = ""
        if wish.catalogue:
            problem = self.open_given(Path(wish.catalogue))
        if wish.kind == "link":
            problem = self.open_link(wish.text) or problem
        elif wish.kind in ("path", "browse"):
            is_browsed = wish.kind == "browse"
            problem = self.open_given(Path(wish.text), is_browsed=is_browsed) or problem
        if problem:
            self._server.refuse(problem)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """macOS brings links and files as events, not as arguments."""
        if isinstance(event, QFileOpenEvent):
            url = event.url().toString()
            if is_link(url):
                self.open_link(bytes(event.url().toEncoded().data()).decode("ascii", "replace"))
            elif event.file():
                self.open_given(Path(event.file()))
            self._to_front()
            return True
        return super().eventFilter(watched, event)

    def _to_front(self) -> None:
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        QApplication.alert(window)  # where the desktop lets no window come to the front itself

    def _refused(self, sentence: str) -> str:
        self._window.message_bar.show_message("problem", sentence)
        return sentence


def _no_archive(link: ArchiveLink) -> None:
    raise LinkError(tr("no archive {name} is configured here").format(name=link.archive))
