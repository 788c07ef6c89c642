"""Notices that the open catalogue was indexed again elsewhere, or that its folder went away.

Asked every few seconds in the background, because shared folders tell nobody of their changes and
a dead one lets whoever asks wait. What is shown stays as it is; the reader decides.
"""

from collections.abc import Generator
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from inference.catalogue import Catalogue
from inference.catalogue_manifest import read_manifest
from inference.catalogue_store import find_store
from inference.errors import InferenceError
from inference.model_bundle import Bundle
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.translation import tr

_EVERY_MS = 5000


class Found(Enum):
    """What became of the open catalogue."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


class CatalogueWatch(QObject):
    """Says in the window's message bar what happened, once, and offers to open it again.

    Signals:
        looked: It was asked after. arg: what was `Found`
    """

    looked = Signal(object)

    def __init__(
        self, window: MainWindow, cases: CaseController, every_ms: int = _EVERY_MS
    ) -> None:
        """
        Args:
            window: That shows the message.
            cases: Whose catalogue is watched.
            every_ms: How often.
        """
        super().__init__(window)
        self._window = window
        self._cases = cases
        self._asked_of: Catalogue | None = None
        self._said: tuple[Catalogue | None, Found] = (None, Found.SAME)
        self._runner = JobRunner(self)
        self._runner.advanced.connect(self._looked)
        self._clock = QTimer(self)
        self._clock.setInterval(every_ms)
        self._clock.timeout.connect(self._look)
        self._clock.start()
        window.closed.connect(self.shut_down)
        window.bound.attach({"reload": self.reload})

    @Slot()
    def reload(self) -> None:
        """Open the folder's catalogue as it is now."""
        folder = self._cases.engines.folder
        if folder is None:
            self._window.message_bar.show_message("note", tr("No folder of past cases is open."))
        else:
            self._cases.open_folder(folder)

    @Slot()
    def shut_down(self) -> None:
        """Stop, and wait."""
        self._clock.stop()
        self._runner.shut_down()

    @Slot()
    def _look(self) -> None:
        engine = self._cases.engines.engine
        is_quiet = not self._cases.engines.is_busy and not self._runner.is_busy
        if engine is None or engine.catalogue is None or not is_quiet:
            return
        catalogue, bundle = engine.catalogue, engine.bundle
        self._asked_of = catalogue
        self._runner.start(lambda: look(catalogue, bundle))

    @Slot(object)
    def _looked(self, found: Found) -> None:
        engines, catalogue = self._cases.engines, self._asked_of
        is_ours = engines.engine is not None and engines.engine.catalogue is catalogue
        if is_ours and not engines.is_busy and catalogue is not None:
            before = self._said if self._said[0] is catalogue else (catalogue, Found.SAME)
            if before[1] is not found:
                self._say(catalogue, found, before[1])
            self._said = (catalogue, found)
        self.looked.emit(found)

    def _say(self, catalogue: Catalogue, found: Found, before: Found) -> None:
        name = catalogue.folder.name
        bar = self._window.message_bar
        reopen = (tr("Open it again"), self.reload)
        if found is Found.CHANGED:
            words = tr(
                "The catalogue {name} was indexed again since it was opened; shown is the former "
                "state."
            )
            bar.show_message("note", words.format(name=name), action=reopen)
        elif found is Found.GONE:
            words = tr(
                "The folder {name} is not there any more; what is shown stays. Is its drive "
                "connected?"
            )
            bar.show_message("problem", words.format(name=name), action=reopen)
        elif before is Found.GONE:
            bar.show_message("note", tr("The folder {name} is there again.").format(name=name))


def look(catalogue: Catalogue, bundle: Bundle) -> Generator[Found, None, None]:
    """Compare what is published in the folder with what is open."""
    if not catalogue.folder.is_dir():
        yield Found.GONE
        return
    store = find_store(catalogue.folder, bundle)
    if store is None:
        yield Found.GONE
        return
    try:
        revision = read_manifest(store, catalogue.folder).revision
    except InferenceError:  # being replaced at this moment, or damaged: opening it will say so
        yield Found.SAME
        return
    yield Found.SAME if revision == catalogue.revision else Found.CHANGED
