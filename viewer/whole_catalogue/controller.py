"""Joins such a window and the open catalogue: opens, follows it, stops, says what failed."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from inference.catalogue import Catalogue
from inference.errors import InferenceError
from inference.pipeline import Engine
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.translation import tr
from viewer.whole_catalogue.view import CatalogueView

View = TypeVar("View", bound=CatalogueView)


class CatalogueWindowController(QObject, Generic[View]):
    """Nothing runs for a window that nobody sees. A subclass does the work, in `_fill`.

    What it must have is abstract to mypy, not to Python: Qt's classes have their own metaclass.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(self, window: MainWindow, cases: CaseController, view: View, action: str) -> None:
        """
        Args:
            window: The view's parent.
            cases: What is open.
            view: The window of its own.
            action: Whose key opens it.
        """
        super().__init__(window)
        self._window, self._cases, self._view = window, cases, view
        self._engine: Engine | None = None  # None while nothing is shown of any
        self._runners: list[JobRunner] = []
        self._worker = self.add_runner(self._advanced, self._failed)
        window.bound.attach({action: self.open})
        window.closed.connect(self.shut_down)
        cases.engines.cleared.connect(self._cleared)
        cases.engines.settled.connect(self._settled)
        view.stop_wished.connect(self.stop)
        view.closed.connect(self.close)

    @property
    def view(self) -> View:
        """The window."""
        return self._view

    @property
    def is_busy(self) -> bool:
        """Whether anything runs in the background."""
        return any(one.is_busy for one in self._runners)

    def add_runner(
        self, advanced: Callable[[object], None], failed: Callable[[Exception], None]
    ) -> JobRunner:
        """One more thing that can run at the same time."""
        runner = JobRunner(self)
        runner.advanced.connect(advanced)
        runner.failed.connect(failed)
        self._runners.append(runner)
        return runner

    def shut_down(self) -> None:
        """Stop everything and wait for it; called when the main window closes."""
        for runner in self._runners:
            runner.shut_down()

    @Slot()
    def open(self) -> None:
        """Show the window, for the catalogue that is open."""
        is_new = not self._view.isVisible()
        self._view.show()
        self._view.raise_()
        self._view.activateWindow()
        if is_new:
            self._begin()

    @Slot()
    def stop(self) -> None:
        """Stop; what is there stays, and it is said how far that is."""
        if self._worker.is_busy:
            self._worker.cancel()
            self._view.show_busy(0, 0)
            self._say_stopped()

    @Slot()
    def close(self) -> None:
        """Stop, and forget what was shown."""
        for runner in self._runners:
            runner.cancel()
        self._engine = None
        self._forget()

    @abstractmethod
    def _fill(self, engine: Engine, catalogue: Catalogue) -> None:
        """Begin to work on the catalogue."""

    @abstractmethod
    def _advanced(self, value: object) -> None:
        """The worker yielded."""

    @abstractmethod
    def _say_stopped(self) -> None:
        """The worker was stopped."""

    @abstractmethod
    def _forget(self) -> None:
        """Keep nothing of the catalogue."""

    def _begin(self) -> None:
        self.close()
        engine = self._cases.engines.engine
        if engine is None or engine.catalogue is None:
            self._view.set_methods([], "")
            self._view.show_message(tr("No catalogue is open. Open a folder of past cases first."))
            self._view.show_busy(0, 0)
            return
        self._engine = engine
        self._view.show_message(tr("Reading the cases…"))
        self._view.show_busy(0, 0)
        self._fill(engine, engine.catalogue)

    def _failed(self, error: Exception) -> None:
        """The worker failed, and there is nothing to be seen."""
        is_expected = isinstance(error, InferenceError)
        words = str(error) if is_expected else tr("This is a fault in the program.")
        self._view.show_message(words, is_problem=True)
        self._view.show_busy(0, 0)
        if not is_expected:
            self.fault_found.emit(error)

    def _failed_aside(self, error: Exception) -> None:
        """Something failed beside what is seen, which stays."""
        if isinstance(error, InferenceError):
            self._view.show_status(str(error), is_problem=True)
        else:
            self.fault_found.emit(error)

    @Slot()
    def _cleared(self) -> None:
        self.close()
        if self._view.isVisible():
            self._view.show_message(tr("Opening the catalogue…"))
            self._view.show_busy(0, 0)

    @Slot()
    def _settled(self) -> None:
        if self._view.isVisible():
            self._begin()
