"""Compares two classes of the catalogue that is open: joins the window and the averaging."""

from collections.abc import Generator
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QImage

from inference.catalogue import Catalogue
from inference.class_saliency import ClassMap, ClassMeansProgress
from inference.pipeline import Engine
from inference.similarity_saliency import what_is_explained
from viewer.case.case_controller import CaseController
from viewer.case.case_jobs import Exported
from viewer.differential.jobs import CaseClass, compare_job, list_classes, shared_count
from viewer.differential.picture import Differential, render_differential
from viewer.differential.view import DifferentialView
from viewer.export.comparison_export import save_comparison
from viewer.frame.main_window import MainWindow
from viewer.translation import tr
from viewer.whole_catalogue.controller import CatalogueWindowController


class DifferentialController(CatalogueWindowController[DifferentialView]):
    """Keeps the last comparison, and its window."""

    def __init__(self, window: MainWindow, cases: CaseController) -> None:
        super().__init__(window, cases, DifferentialView(window), "differential")
        self._pair: tuple[CaseClass, CaseClass] | None = None
        self._kind: ClassMap = "activation"
        self._means: ClassMeansProgress | None = None
        self._lister = self.add_runner(self._listed, self._failed)
        self._exporter = self.add_runner(self._exported, self._failed_aside)
        self._view.compare_wished.connect(self.compare)
        self._view.export_wished.connect(self.export)
        self._view.sure_changed.connect(self._show)

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
            view.show_message(words, is_problem=True)
            view.show_busy(0, 0)
            return
        session, method = engine.session, str(view.methods.currentData())
        kind, limit = self._kind, view.limit
        self._worker.start(lambda: compare_job(one, other, limit, session, method, kind))
        view.show_busy(0, 1)
        view.show_message(tr("Averaging…"))
        view.show_status("")
        view.show_what(self._what(engine, method))

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

    def _say_stopped(self) -> None:
        done = self._means.done if self._means is not None else 0
        self._view.show_status(tr("Stopped after {n} cases.").format(n=done))

    def _forget(self) -> None:
        self._means = self._pair = None
        self._view.set_classes(())
        self._view.show_what("")
        self._view.show_status("")

    def _fill(self, engine: Engine, catalogue: Catalogue) -> None:
        manifest, analysis = engine.bundle.manifest, self._cases.analysis
        names = [(name, one.title) for name, one in manifest.methods.items()]
        self._view.set_methods(names, analysis.method if analysis is not None else "")
        self._lister.start(lambda: list_classes(catalogue, manifest))

    def _listed(self, value: object) -> None:
        assert isinstance(value, tuple)
        self._view.set_classes(value)
        if len(value) < 2:
            words = tr("The cases of this catalogue are all of one class, or have no labels.")
            self._view.show_message(words)
        else:
            self._view.show_message(tr("Choose two classes, then Compare."))
            self._view.compare.setFocus()

    def _advanced(self, value: object) -> None:
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

    def _exported(self, value: object) -> None:
        assert isinstance(value, Exported)
        self._view.show_status(tr("Exported to {name}.").format(name=value.path.name))


def _write(image: QImage, path: Path) -> Generator[Exported, None, None]:
    save_comparison(image, path)
    yield Exported(path)
