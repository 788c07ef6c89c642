"""Compares two classes of the catalogue that is open: joins the window and the averaging."""

from collections.abc import Generator
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from inference.class_saliency import ClassMap, ClassMeansProgress
from inference.errors import InferenceError
from inference.pipeline import Engine
from inference.similarity_saliency import what_is_explained
from viewer.case.case_controller import CaseController
from viewer.case.case_jobs import Exported
from viewer.differential.jobs import CaseClass, compare_job, list_classes, shared_count
from viewer.differential.picture import Differential, render_differential
from viewer.differential.view import DifferentialView
from viewer.export.comparison_export import save_comparison
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.translation import tr


class DifferentialController(QObject):
    """Keeps the last comparison, and its window.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(self, window: MainWindow, cases: CaseController) -> None:
        super().__init__(window)
        self._window, self._cases = window, cases
        self._view = DifferentialView(window)
        self._engine: Engine | None = None
        self._pair: tuple[CaseClass, CaseClass] | None = None
        self._kind: ClassMap = "activation"
        self._means: ClassMeansProgress | None = None
        self._lister, self._runner, self._exporter = (JobRunner(self) for _ in range(3))
        self._connect()

    @property
    def view(self) -> DifferentialView:
        """The window."""
        return self._view

    @property
    def is_busy(self) -> bool:
        """Whether anything runs in the background."""
        return any(one.is_busy for one in (self._lister, self._runner, self._exporter))

    def shut_down(self) -> None:
        """Stop everything and wait for it; called when the main window closes."""
        for runner in (self._lister, self._runner, self._exporter):
            runner.shut_down()

    @Slot()
    def open(self) -> None:
        """Show the window for the catalogue that is open."""
        is_new = not self._view.isVisible()
        self._view.show()
        self._view.raise_()
        self._view.activateWindow()
        if is_new:
            self._begin()

    @Slot()
    def compare(self) -> None:
        """Average what is chosen."""
        view, engine = self._view, self._engine
        one, other = view.one.currentData(), view.other.currentData()
        if engine is None or one is None or other is None:
            return
        self._means, self._pair, self._kind = None, (one, other), view.kind
        view.show_what("")
        if one is other:
            words = tr("A and B are the same. Choose two classes.")
            view.picture.show_message(words, is_problem=True)
            view.show_busy(0, 0)
            return
        session, method = engine.session, str(view.methods.currentData())
        kind, limit = self._kind, view.limit
        self._runner.start(lambda: compare_job(one, other, limit, session, method, kind))
        view.show_busy(0, 1)
        view.picture.show_message(tr("Averaging…"))
        view.show_status("")
        view.show_what(self._what(engine, method))

    @Slot()
    def stop(self) -> None:
        """Stop; the means so far stay, and say of how many cases they are."""
        if self._runner.is_busy:
            self._runner.cancel()
            self._view.show_busy(0, 0)
            done = self._means.done if self._means is not None else 0
            self._view.show_status(tr("Stopped after {n} cases.").format(n=done))

    @Slot()
    def export(self) -> None:
        """Save the picture, as large as paper needs it."""
        shown, engine = self._view.picture.shown, self._engine
        if shown is None or engine is None or shown.values() is None:
            return
        path = self._window.choose_export_file(())
        if path is not None:
            words = [self._view.what, self._view.status]
            image = render_differential(shown, engine, words)
            self._exporter.start(lambda: _write(image, path))

    def _begin(self) -> None:
        for runner in (self._lister, self._runner):
            runner.cancel()
        self._means = self._pair = None
        engine = self._engine = self._cases.engines.engine
        view = self._view
        view.set_classes(())
        view.show_what("")
        view.show_status("")
        view.show_busy(0, 0)
        if engine is None or engine.catalogue is None:
            self._engine = None
            view.picture.show_message(
                tr("No catalogue is open. Open a folder of past cases first.")
            )
            return
        catalogue, manifest = engine.catalogue, engine.bundle.manifest
        analysis = self._cases.analysis
        names = [(name, one.title) for name, one in manifest.methods.items()]
        view.set_methods(names, analysis.method if analysis is not None else "")
        view.picture.show_message(tr("Reading the cases…"))
        self._lister.start(lambda: list_classes(catalogue, manifest))

    @Slot(object)
    def _listed(self, value: object) -> None:
        assert isinstance(value, tuple)
        self._view.set_classes(value)
        if len(value) < 2:
            words = tr("The cases of this catalogue are all of one class, or have no labels.")
            self._view.picture.show_message(words)
        else:
            self._view.picture.show_message(tr("Choose two classes, then Compare."))
            self._view.compare.setFocus()

    @Slot(object)
    def _averaged(self, value: object) -> None:
        assert isinstance(value, ClassMeansProgress)
        self._means = value
        self._show()
        left = len(value.unreadable)
        words = tr("{done} of {total} cases").format(done=value.done, total=value.total)
        if left:
            words += " · " + tr("{n} could not be read").format(n=left)
        assert self._pair is not None
        shared = shared_count(*self._pair)
        if shared:
            words += " · " + tr("{n} of both classes left out").format(n=shared)
        self._view.show_status(words)
        self._view.show_busy(value.done, 0 if value.is_final else value.total)

    @Slot()
    def _show(self) -> None:
        if self._means is None or self._pair is None:
            return
        one, other = self._pair
        means = self._means.means
        name = {
            "activation": tr("mean self-similarity"),
            "saliency": tr("mean Deep Taylor saliency"),
        }[self._kind]
        shown = Differential(
            means.get(one.title), means.get(other.title), (one.title, other.title), name,
            self._view.sure.isChecked(),
        )  # fmt: skip
        self._view.picture.show_differential(shown)

    def _what(self, engine: Engine, method: str) -> str:
        """Exactly what is averaged."""
        if self._kind == "saliency":
            words = tr("Deep Taylor saliency: what the model's answer rests on.")
        else:
            title = engine.bundle.manifest.methods[method].title
            part = what_is_explained(engine.session, method, "activation")
            words = tr("{method}, each radiograph against itself. {part}").format(
                method=title, part=part
            )
        return " ".join(
            (
                words,
                tr("Each map is divided by its own mean, then averaged."),
                tr("It lies on what the model saw of each radiograph, so places fit roughly."),
            )
        )

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        self._view.show_busy(0, 0)
        if isinstance(error, InferenceError):
            self._view.picture.show_message(str(error), is_problem=True)
            self._view.show_what("")
        else:
            words = tr("This is a fault in the program.")
            self._view.picture.show_message(words, is_problem=True)
            self.fault_found.emit(error)
        self._view.show_busy(0, 0)

    @Slot(object)
    def _export_failed(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._view.show_status(str(error), is_problem=True)
        else:
            self.fault_found.emit(error)

    @Slot(object)
    def _exported(self, value: object) -> None:
        assert isinstance(value, Exported)
        self._view.show_status(tr("Exported to {name}.").format(name=value.path.name))

    @Slot()
    def _closed(self) -> None:
        """Nothing runs for a window that nobody sees."""
        for runner in (self._lister, self._runner):
            runner.cancel()

    @Slot()
    def _cleared(self) -> None:
        self._closed()
        self._engine = self._means = self._pair = None
        self._view.set_classes(())
        self._view.picture.show_message(tr("Opening the catalogue…"))
        self._view.show_busy(0, 0)

    @Slot()
    def _settled(self) -> None:
        if self._view.isVisible():
            self._begin()

    def _connect(self) -> None:
        view, engines = self._view, self._cases.engines
        self._window.bound.attach({"differential": self.open})
        self._window.closed.connect(self.shut_down)
        engines.cleared.connect(self._cleared)
        engines.settled.connect(self._settled)
        view.compare_wished.connect(self.compare)
        view.stop_wished.connect(self.stop)
        view.export_wished.connect(self.export)
        view.sure_changed.connect(self._show)
        view.closed.connect(self._closed)
        self._lister.advanced.connect(self._listed)
        self._lister.failed.connect(self._failed)
        self._runner.advanced.connect(self._averaged)
        self._runner.failed.connect(self._failed)
        self._exporter.advanced.connect(self._exported)
        self._exporter.failed.connect(self._export_failed)


def _write(image: QImage, path: Path) -> Generator[Exported, None, None]:
    save_comparison(image, path)
    yield Exported(path)
