"""Compares methods for the case on screen: joins the methods' window and the pipeline."""

from PySide6.QtCore import QObject, Signal, Slot

from inference.case_filter import EVERY_CASE
from inference.errors import InferenceError
from inference.method_comparison import MethodComparison
from inference.pipeline import Engine
from viewer.case.case_controller import CaseController
from viewer.case.case_jobs import Exported
from viewer.frame.workbench import Workbench
from viewer.job_runner import JobRunner
from viewer.methods.export import burned_in_warnings, export_job
from viewer.methods.jobs import CasePicture, compare_job
from viewer.methods.view import MethodsView
from viewer.translation import tr


class MethodsController(QObject):
    """Keeps the last comparison, and its window.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(self, window: Workbench, cases: CaseController) -> None:
        super().__init__(window)
        self._window = window
        self._cases = cases
        self._engine: Engine | None = None
        self._comparison: MethodComparison | None = None
        self._pictures: dict[str, CasePicture] = {}
        self._only = EVERY_CASE
        self._view = MethodsView(window)
        self._runner = JobRunner(self)
        self._exporter = JobRunner(self)
        self._connect()

    @property
    def view(self) -> MethodsView:
        """The window with the rows."""
        return self._view

    @property
    def is_busy(self) -> bool:
        """Whether anything runs in the background."""
        return self._runner.is_busy or self._exporter.is_busy

    def shut_down(self) -> None:
        """Stop everything and wait for it; called when the window closes."""
        self._runner.shut_down()
        self._exporter.shut_down()

    @Slot()
    def compare(self) -> None:
        """Open the window and fill it for the case on screen."""
        engine, analysis = self._cases.engines.engine, self._cases.analysis
        if engine is None or engine.catalogue is None or analysis is None:
            words = tr("Open a radiograph and a folder of past cases first, then compare methods.")
            self._window.message_bar.show_message("note", words)
            return
        self._engine, self._comparison, self._pictures = engine, None, {}
        self._view.start(analysis.path.name)
        self._view.show()
        self._view.raise_()
        self._view.activateWindow()
        path, exclude = analysis.path, self._cases.excludes_patient
        only = self._only = self._cases.results.only
        self._runner.start(lambda: compare_job(path, engine, exclude_patient=exclude, only=only))

    @Slot()
    def _search_changed(self) -> None:
        """Another filter: what is shown would be of the one before."""
        if self._view.isVisible() and self._cases.results.only != self._only:
            self.compare()

    @Slot()
    def stop(self) -> None:
        """Stop comparing; the rows that are there stay."""
        if self._runner.is_busy:
            self._runner.cancel()
            done = len(self._comparison.rows) if self._comparison else 0
            self._view.show_activity(
                tr("Stopped after {done} methods.").format(done=done), is_busy=False
            )

    @Slot()
    def export(self) -> None:
        """Write what is there as a picture, after warning where pixels may identify."""
        engine, comparison, pictures = self._engine, self._comparison, dict(self._pictures)
        if engine is None or comparison is None:
            return
        path = self._window.choose_export_file(burned_in_warnings(pictures))
        if path is not None:
            self._exporter.start(lambda: export_job(comparison, pictures, engine, path))

    @Slot(object)
    def _advanced(self, value: object) -> None:
        assert self._engine is not None
        if isinstance(value, MethodComparison):
            self._comparison = value
            self._view.show_comparison(value, self._engine.bundle.manifest)
        elif isinstance(value, CasePicture):
            self._pictures[value.case_id] = value
            self._view.show_picture(value)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._view.show_activity(str(error), is_busy=False, is_problem=True)
        else:
            self._view.show_activity(tr("This is a fault in the program."), is_busy=False)
            self.fault_found.emit(error)

    @Slot(object)
    def _exported(self, value: Exported) -> None:
        self._view.show_activity(
            tr("Exported to {name}.").format(name=value.path.name), is_busy=self._runner.is_busy
        )

    def _connect(self) -> None:
        self._window.tools.methods_wished.connect(self.compare)
        self._window.closed.connect(self.shut_down)
        self._cases.engines.cleared.connect(self.stop)
        self._cases.results.search_wished.connect(self._search_changed)
        self._view.export_wished.connect(self.export)
        self._view.stop_wished.connect(self.stop)
        self._view.closed.connect(self.stop)
        self._view.method_chosen.connect(self._window.tools.choose_method)
        self._runner.advanced.connect(self._advanced)
        self._runner.failed.connect(self._failed)
        self._exporter.advanced.connect(self._exported)
        self._exporter.failed.connect(self._failed)
