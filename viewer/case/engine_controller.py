"""The bundle and the catalogue in use: opens, indexes and replaces them in the background.

    open(bundle, folder) -> cleared -> loaded (the bundle) -> settled (catalogue or none)
    prepare(bundle, folder) -> cleared; begin() -> as above, once the screen shows something
    build_index()        -> card_wished, progressed ... -> cleared -> settled

Knows nothing of the window: what is to be said is sent as the content of a card.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from inference.bundle_store import find_bundle
from inference.errors import InferenceError
from viewer.case.case_jobs import (
    Chosen,
    NoCatalogue,
    NoIndex,
    Opened,
    open_bundle,
    open_catalogue,
    open_chosen,
)
from viewer.frame.state_card import CardContent
from viewer.job_runner import Job, JobRunner
from viewer.results import result_states
from viewer.results.neighbourhood import BaseRates
from viewer.translation import tr

if TYPE_CHECKING:
    from inference.onnx_session import Provider
    from inference.pipeline import Engine
    from viewer.commands.demo import DemoPlace


class EngineController(QObject):
    """Keeps one engine, or none.

    Signals:
        cleared: The engine, or its catalogue, is being replaced: what was found with it is void.
        loaded: A bundle was loaded; its catalogue may follow.
        settled: Whatever catalogue there is to open is open: analyses may begin.
        card_wished: Why there are no similar cases. arg: CardContent
        progressed: Of indexing or the demo. args: done, total (0: unknown), words
        demo_ready: arg: its DemoPlace
        stopped: Indexing was stopped; a catalogue that was open stays.
        failed: arg: the exception
        busy_changed: arg: bool
    """

    cleared = Signal()
    loaded = Signal()
    settled = Signal()
    card_wished = Signal(object)
    progressed = Signal(int, int, str)
    demo_ready = Signal(object)
    stopped = Signal()
    failed = Signal(object)
    busy_changed = Signal(bool)

    def __init__(self, bundle: str, provider: "Provider", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bundle = bundle
        self._provider = provider
        self._engine: Engine | None = None
        self._rates: BaseRates | None = None
        self._folder: Path | None = None
        self._demo: DemoPlace | None = None
        self._is_indexing = False
        self._prepared: Job | None = None
        self._runner = JobRunner(self)
        self._runner.advanced.connect(self._advanced)
        self._runner.finished.connect(self._finished)
        self._runner.failed.connect(self._failed)
        self._runner.busy_changed.connect(self.busy_changed)

    @property
    def engine(self) -> "Engine | None":
        """The bundle, with its catalogue where one is open; None until loaded."""
        return self._engine

    @property
    def rates(self) -> BaseRates:
        """How often each class occurs in the catalogue; empty without one."""
        return self._rates or BaseRates(())

    @property
    def is_busy(self) -> bool:
        """Whether something is being opened or indexed, or is about to be."""
        return self._prepared is not None or self._runner.is_busy

    @property
    def is_indexing(self) -> bool:
        """Whether a catalogue, or the demo, is being made."""
        return self._is_indexing

    @property
    def activity(self) -> str:
        """What is being done, in words; "" for nothing, or where a card says it."""
        if not self.is_busy or self._is_indexing:
            return ""
        return tr("Opening the catalogue…") if self._engine else tr("Loading the model…")

    @property
    def folder(self) -> Path | None:
        """The folder of past cases that is open, or None."""
        return self._folder

    def open(self, bundle: str | None, folder: Path | None) -> None:
        """Load a bundle and a folder's catalogue, now.

        Args: As those of `prepare`.
        """
        self.prepare(bundle, folder)
        self.begin()

    def prepare(self, bundle: str | None, folder: Path | None) -> None:
        """Take another bundle and folder, and load them when `begin` is called.

        Args:
            bundle: A name or folder; None: the one in use, or the one that the folder was
                indexed with.
            folder: Of past cases; None: no catalogue.
        """
        self._runner.cancel()
        old = self._engine.catalogue if self._engine else None
        usual, provider = self._bundle, self._provider
        self._bundle, self._folder = bundle or usual, folder
        self._engine = self._rates = self._demo = None
        self._is_indexing = False
        if bundle is None and folder is not None:
            self._prepared = lambda: open_chosen(usual, folder, provider, old)
        else:
            self._prepared = lambda: open_bundle(bundle or usual, folder, provider, old)
        self.cleared.emit()

    def begin(self) -> None:
        """Load what was prepared; nothing, where it was begun or stopped meanwhile."""
        job, self._prepared = self._prepared, None
        if job is not None:
            self._runner.start(job)

    def open_folder(self, folder: Path) -> None:
        """Use another folder of past cases; the bundle stays where it fits."""
        if self._engine is None:
            self.open(None, folder)
            return
        from inference.pipeline import choose_bundle

        bundle = choose_bundle(self._bundle, folder)
        if not _is_same(bundle, self._engine):
            self.open(str(bundle), folder)
        else:
            self._folder = folder
            self._open_catalogue(self._engine, folder)

    def choose_bundle(self, bundle: str) -> None:
        """Use another bundle, and the same folder."""
        self.open(bundle, self._folder)

    def build_index(self) -> bool:
        """Index the folder, or bring its index up to date; False where there is none."""
        from inference.catalogue_build import build_catalogue

        engine, folder = self._engine, self._folder
        if engine is None or folder is None:
            return False
        self._is_indexing, self._demo = True, None
        self.card_wished.emit(result_states.indexing(folder, engine.bundle.manifest))
        self._runner.start(lambda: build_catalogue(folder, engine.session))
        return True

    def prepare_demo(self) -> None:
        """Make the demo's catalogue where it is not there yet."""
        from viewer.commands.demo import make_demo

        self._prepared = None
        self._is_indexing, self._demo = True, None
        self.card_wished.emit(result_states.PREPARING_DEMO)
        self._runner.start(make_demo)

    def stop(self) -> None:
        """Stop what is running; what was open stays open."""
        was_indexing, self._is_indexing = self._is_indexing, False
        self._prepared = None
        self._runner.cancel()
        if not was_indexing:
            return
        if self._engine is not None and self._engine.catalogue is not None:
            self.stopped.emit()
        elif self._folder is not None and self._demo is None:
            self.card_wished.emit(result_states.stopped_index(self._folder))
        else:
            self.card_wished.emit(result_states.NO_CATALOGUE)

    def shut_down(self) -> None:
        """Stop, wait, and let go of the catalogue's files."""
        self._prepared = None
        self._runner.shut_down()
        if self._engine is not None and self._engine.catalogue is not None:
            self._engine.catalogue.close()

    def _open_catalogue(self, engine: "Engine", folder: Path) -> None:
        old = engine.catalogue
        without = self._engine = replace(engine, catalogue=None)
        self._rates = None
        self._is_indexing = False
        self.cleared.emit()
        self._runner.start(lambda: open_catalogue(without, folder, old))

    @Slot(object)
    def _advanced(self, value: object) -> None:
        if isinstance(value, Chosen):
            self._bundle = value.bundle
        elif isinstance(value, Opened):
            self._opened(value)
        elif isinstance(value, NoIndex):
            assert self._engine is not None  # it was handed over before
            self._settle_with(result_states.no_index(value.folder, self._engine.bundle.manifest))
        elif isinstance(value, NoCatalogue):
            is_there = value.folder.is_dir()
            self._settle_with(result_states.broken_catalogue(value.reason, is_there=is_there))
        else:
            self._progressed(value)

    def _progressed(self, value: object) -> None:
        from inference.catalogue_build import BuildProgress
        from viewer.commands.demo import DemoProgress

        if isinstance(value, BuildProgress):
            self.progressed.emit(value.done, value.total, result_states.progress_words(value))
        elif isinstance(value, DemoProgress):
            self._demo = value.place
            self.progressed.emit(value.done, value.total, tr(value.stage))

    def _opened(self, opened: Opened) -> None:
        is_new = self._engine is None or self._engine.session is not opened.engine.session
        self._engine, self._rates = opened.engine, opened.rates
        if is_new:
            self.loaded.emit()
        if opened.engine.catalogue is not None:
            self.settled.emit()
        elif self._folder is None:
            self._settle_with(result_states.NO_CATALOGUE)

    def _settle_with(self, content: CardContent) -> None:
        self.card_wished.emit(content)
        self.settled.emit()

    @Slot()
    def _finished(self) -> None:
        if not self._is_indexing:
            return
        self._is_indexing = False
        if self._demo is not None:
            self.demo_ready.emit(self._demo)
        elif self._engine is not None and self._folder is not None:
            self._open_catalogue(self._engine, self._folder)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        was_indexing, self._is_indexing = self._is_indexing, False
        if isinstance(error, InferenceError):
            if was_indexing and self._folder is not None and self._demo is None:
                self.card_wished.emit(result_states.broken_catalogue(str(error)))
            else:
                self.card_wished.emit(result_states.no_model(str(error)))
        self.failed.emit(error)


def _is_same(bundle: str | Path, engine: "Engine") -> bool:
    try:
        return find_bundle(bundle) == engine.bundle.folder
    except InferenceError:
        return False
