"""The case on screen: joins the window and the pipeline, and is the only one that knows both.

Each kind of work has its own runner, so that no job abandons one it has nothing to do with:
opening bundles and catalogues (`EngineController`), analysing the query, reading the similar
cases, exporting. A newer job of the same kind abandons the older; what that one still had to
say is dropped.
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from inference.bundle_store import list_bundles
from inference.errors import InferenceError
from inference.model_bundle import read_manifest
from inference.records import Radiograph
from inference.safe_reading import stop_reading
from viewer.case.case_jobs import (
    Analysed,
    Exported,
    ReadOnly,
    ShownCase,
    UnreadableCase,
    analyse_query,
    read_only,
    shown_overlay,
    view_neighbours,
)
from viewer.case.case_words import (
    class_names,
    is_outside,
    measured_words,
    origin_words,
    query_terms,
    status_words,
    title_words,
)
from viewer.case.engine_controller import EngineController
from viewer.case.findings_panel import Finding
from viewer.frame.first_paint import after_painting
from viewer.frame.state_card import CardContent
from viewer.frame.workbench import Workbench
from viewer.job_runner import JobRunner
from viewer.on_demand import OnDemand
from viewer.pane.display_pixels import DisplayPixels
from viewer.pane.view_state import OverlayStyle
from viewer.preferences.settings import Settings
from viewer.problem_words import problem_words
from viewer.results import neighbourhood, result_states
from viewer.results.results_controller import ResultsController
from viewer.translation import tr

if TYPE_CHECKING:
    from inference.pipeline import Analysis, CaseView
    from viewer.commands.demo import DemoPlace
    from viewer.export.export_controller import Comparison, ExportController

_log = logging.getLogger(__name__)


class CaseController(QObject):
    """Keeps what is open and asks for what is missing.

    Signals:
        fault_found: A job met a bug. arg: the exception
        changed: More, or something else, is known of the query or its cases.
        analysed: All that can be known of the query is. arg: the Analysis
        failed: An expected problem was told. arg: its sentence
    """

    fault_found = Signal(object)
    changed = Signal()
    analysed = Signal(object)
    failed = Signal(str)

    def __init__(self, window: Workbench, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._method = settings.method
        self._count = settings.neighbours
        self._excludes_patient = settings.exclude_patient
        self._query: Path | None = None
        self._shown: Radiograph | None = None
        self._analysis: Analysis | None = None
        self._views: dict[int, CaseView] = {}
        self._are_panes_lent = False
        self._warned: tuple[str, ...] = ()
        self._engines = EngineController(settings.bundle, settings.provider, self)
        self._analyser = JobRunner(self)
        self._reader = JobRunner(self)
        self._exporter = JobRunner(self)
        self._exports = OnDemand(self._new_exports)
        self._results = ResultsController(
            window, excludes_patient=settings.exclude_patient, parent=self
        )
        self._connect()
        style = OverlayStyle(settings.overlay, settings.overlay_opacity, settings.colour_map)
        window.overlay_controls.set_style(style)
        window.overlay_controls.set_linked(is_linked=settings.linked)
        window.tools.set_counts(self._count)
        window.set_count(self._count)

    @property
    def engines(self) -> EngineController:
        """The bundle and catalogue in use."""
        return self._engines

    @property
    def analysis(self) -> "Analysis | None":
        """What is known of the query; None where none is open."""
        return self._analysis

    @property
    def views(self) -> "dict[int, CaseView]":
        """The similar cases that were read, by rank."""
        return dict(self._views)

    @property
    def results(self) -> ResultsController:
        """What narrows and moves the search."""
        return self._results

    @property
    def excludes_patient(self) -> bool:
        """Whether the query's patient is left out of the similar cases."""
        return self._excludes_patient

    @property
    def query(self) -> Path | None:
        """The file of the query, or None."""
        return self._query

    @property
    def is_busy(self) -> bool:
        """Whether anything runs in the background."""
        runners = (self._analyser, self._reader, self._exporter)
        return self._engines.is_busy or any(runner.is_busy for runner in runners)

    def start(self, image: Path | None, folder: Path | None, bundle: str | None) -> None:
        """Open what the command line asked for; with nothing, offer the two choices.

        What is to be seen first is on the screen before models and catalogue are loaded: that
        needs the processor, and the first sight of a radiograph does not need them.
        """
        if image is None and folder is None:
            self._window.show_start()
        else:
            self._window.show_workbench()
        self._engines.prepare(bundle, folder)
        if image is None:
            after_painting(self._window, self._engines.begin)
        else:
            self.open_radiograph(image)

    def lend_panes(self) -> None:
        """Another ranking is shown in the panes: no more cases of this one are."""
        self._reader.cancel()
        self._are_panes_lent = True

    def take_panes_back(self) -> None:
        """The method's own ranking again."""
        if self._analysis is not None and self._analysis.neighbours is not None:
            self._views = {}
            self._show_neighbours(self._analysis)
            self.changed.emit()

    def shut_down(self) -> None:
        """Stop everything and wait for it; called when the window closes."""
        for runner in (self._analyser, self._reader, self._exporter):
            runner.shut_down()
        self._results.shut_down()  # it reads the catalogue, which the engines close
        self._engines.shut_down()
        stop_reading()

    # Wishes of the window

    @Slot(object)
    def open_radiograph(self, path: Path) -> None:
        """Show and analyse a radiograph; the one before is abandoned."""
        self._query = path
        self._results.opened(path)
        self._shown = None
        self._analysis = None
        self._warned = ()
        window = self._window
        window.show_workbench()
        window.enlarge(None)
        window.message_bar.clear()
        window.reset_views()
        window.set_case_title(path.name)
        window.tools.set_exportable(False)
        window.query.view.show_placeholder(tr("Reading…"))
        window.query.set_caption(" ")
        window.findings.clear()
        window.record.clear()
        self._show_status()
        self._analyse()
        if self._engines.engine is not None:
            self._show_results()

    @Slot(object)
    def open_folder(self, folder: Path) -> None:
        """Use a folder of past cases as the catalogue."""
        self._window.show_workbench()
        self._window.message_bar.clear()
        self._engines.open_folder(folder)

    @Slot(str)
    def choose_method(self, name: str) -> None:
        """Measure similarity in another way."""
        self._method = name
        self._analyse()

    @Slot(int)
    def choose_count(self, count: int) -> None:
        """Show more or fewer similar cases; the analysis stays where it reaches as far."""
        had = self._searched_count()
        self._count = count
        self._window.set_count(count)
        self._views = {rank: view for rank, view in self._views.items() if rank <= count}
        if self._searched_count() > had:
            self._analyse()
        elif self._analysis is not None and self._analysis.neighbours is not None:
            self._show_neighbours(self._analysis)

    @Slot()
    def search_again(self) -> None:
        """The same query through another filter, or moved by other marks: no model runs."""
        analysis, engine = self._analysis, self._engines.engine
        if engine is None or engine.catalogue is None:
            return
        if analysis is None or analysis.neighbours is None or self._analyser.is_busy:
            self._analyse()
            return
        self._views = {}
        self._reader.cancel()
        from viewer.results.result_jobs import search_again

        k, exclude = self._searched_count(), self._excludes_patient
        only, marks = self._results.only, self._results.marks
        self._analyser.start(
            lambda: search_again(
                analysis, engine, k, exclude_patient=exclude, only=only, marks=marks
            )
        )

    @Slot(bool)
    def choose_exclusion(self, is_excluded: bool) -> None:
        """Leave the query's own patient out of the similar cases, or not."""
        self._excludes_patient = is_excluded
        self.search_again()

    @Slot()
    def build_index(self) -> None:
        """Index the open folder, or bring its index up to date."""
        if not self._engines.build_index():
            self._window.message_bar.show_message("note", tr("Open a folder of past cases first."))

    @Slot()
    def open_demo(self) -> None:
        """Make the demo where it is not there yet, then open it."""
        self._window.show_workbench()
        self._window.message_bar.clear()
        self._engines.prepare_demo()

    @Slot()
    def stop(self) -> None:
        """Stop what is running; what is known stays."""
        is_waiting = self._analyser.is_busy
        self._engines.stop()
        self._analyser.cancel()
        self._reader.cancel()
        if is_waiting and self._shown is None:
            self._window.query.view.show_placeholder(tr("Stopped."))
        if is_waiting and (self._analysis is None or self._analysis.neighbours is None):
            self._window.neighbours.show_waiting(tr("Stopped."))

    @Slot()
    def export(self) -> None:
        """Show the comparison as it would leave, with what may identify a patient in it."""
        comparison = self.comparison()
        if comparison is not None:
            self._exports().export(comparison)

    def comparison(self) -> "Comparison | None":
        """What is on the screen, to leave it; None, with a message, where nothing can."""
        from viewer.export.export_controller import Comparison, maps_on_screen

        engine, analysis = self._engines.engine, self._shown_analysis()
        if self._are_panes_lent:
            words = tr("Go back to the method's own ranking first: that is what an export shows.")
            self._window.message_bar.show_message("note", words)
            return None
        if engine is None or analysis is None or analysis.probabilities is None:
            self._window.message_bar.show_message("note", tr("There is nothing to export yet."))
            return None
        views = [self._views[rank] for rank in sorted(self._views)]
        style = self._window.overlay_controls.style_shown
        selected = self._window.neighbours.selected_rank
        shown = [analysis.radiograph, *(view.radiograph for view in views)]
        marks = self._window.measuring.exported_marks(shown)
        notes = self._results.provenance()
        maps = maps_on_screen(self._window)
        return Comparison(analysis, tuple(views), engine, style, selected, marks, notes, maps)

    def _new_exports(self) -> "ExportController":
        from viewer.export.export_controller import ExportController

        return ExportController(self._window, self._exporter, self)

    # The engine

    @Slot()
    def _engine_cleared(self) -> None:
        self._analyser.cancel()
        self._reader.cancel()
        self._results.catalogue_closed()
        self._views = {}
        self._analysis = None
        self._window.tools.set_exportable(False)
        self._window.findings.clear()
        self._window.query.view.show_overlay(None)
        self._window.neighbours.show_waiting(tr("Opening the catalogue…"))
        self._window.show_neighbour_grid()
        self._list_bundles()
        self._show_status()
        if self._query is not None and self._shown is None:
            self._analyse()

    @Slot()
    def _bundle_loaded(self) -> None:
        engine = self._engines.engine
        assert engine is not None
        self._list_bundles()
        self._window.findings.set_classes(class_names(engine.bundle.manifest))
        self._list_methods()
        for sentence in engine.session.warnings:
            self._window.message_bar.show_message("note", sentence)
        self._show_status()

    @Slot()
    def _engine_settled(self) -> None:
        engine = self._engines.engine
        assert engine is not None
        if engine.catalogue is not None:
            self._results.catalogue_opened(engine.catalogue)
            notes = engine.catalogue.notes
            if notes:
                self._window.message_bar.show_message("note", notes[0], "\n".join(notes))
            self._show_results()
        self._list_methods()
        self._show_status()
        self._analyse()

    @Slot(object)
    def _demo_ready(self, place: "DemoPlace") -> None:
        from viewer.commands.demo import DEMO_BUNDLE

        self.start(place.query, place.catalogue, DEMO_BUNDLE)

    def _list_methods(self) -> None:
        engine = self._engines.engine
        assert engine is not None
        offered = engine.bundle.manifest.methods
        usable = engine.catalogue.methods if engine.catalogue else tuple(offered)
        if self._method not in usable:
            self._method = usable[0]
        names = [(name, one.title) for name, one in offered.items() if name in usable]
        self._window.tools.set_methods(names, self._method)

    def _list_bundles(self) -> None:
        bundles = {}
        for folder in list_bundles():
            try:
                manifest = read_manifest(folder)
            except InferenceError as error:
                _log.warning("A bundle is left out: %s", type(error).__name__)
                continue
            bundles[str(folder)] = f"{manifest.condition} ({manifest.name})"
        engine = self._engines.engine
        chosen = str(engine.bundle.folder) if engine else ""
        if engine is not None:  # it may lie anywhere
            manifest = engine.bundle.manifest
            bundles[chosen] = f"{manifest.condition} ({manifest.name})"
        self._window.tools.set_bundles(list(bundles.items()), chosen)

    # The query

    def _analyse(self) -> None:
        """As far as the engine allows: with none, the radiograph alone is read."""
        path, engine = self._query, self._engines.engine
        if path is None:
            return
        self._views = {}
        self._reader.cancel()
        if engine is None:
            self._analyser.start(lambda: read_only(path))
            return
        method, k, exclude = self._method, self._searched_count(), self._excludes_patient
        only, marks = self._results.only, self._results.marks
        self._analyser.start(
            lambda: analyse_query(
                path, engine, method, k, exclude_patient=exclude, only=only, marks=marks
            )
        )

    def _searched_count(self) -> int:
        return max(self._count, neighbourhood.SIZE)

    @Slot(object)
    def _analyser_advanced(self, value: object) -> None:
        if isinstance(value, ReadOnly):
            self._show_query(value.radiograph, value.pixels)
            after_painting(self._window.query.view, self._engines.begin)
        elif isinstance(value, Analysed):
            analysis = self._analysis = value.analysis
            assert analysis.radiograph is not None
            if self._shown is None:
                self._show_query(analysis.radiograph, value.pixels)
            self._show_warnings(analysis.warnings)
            self._show_findings(analysis, analysis.radiograph)
            if analysis.neighbours is not None:
                self._show_results()
                self._show_neighbours(analysis)
            self._show_status()
        else:
            self._searched(value)

    def _searched(self, value: object) -> None:
        from viewer.results.result_jobs import Searched

        assert isinstance(value, Searched)
        self._analysis = value.analysis
        self._show_warnings(value.analysis.warnings)
        self._show_results()
        self._show_neighbours(value.analysis)

    @Slot()
    def _analyser_finished(self) -> None:
        if self._analysis is not None:
            self.analysed.emit(self._analysis)

    @Slot(object)
    def _analyser_failed(self, error: Exception) -> None:
        if self._shown is None and isinstance(error, InferenceError):
            self._window.query.view.show_placeholder(str(error), is_problem=True)
        self._engines.begin()
        self._window.neighbours.show_waiting("")
        self._report(error)

    def _show_query(self, radiograph: Radiograph, pixels: DisplayPixels) -> None:
        self._shown = radiograph
        self._window.recent.add(radiograph.path)
        self._window.query.view.show_radiograph(radiograph, pixels)
        self._window.set_case_title(title_words(radiograph.path.name, radiograph.header))
        notes = [problem_words(one) for one in radiograph.notes]
        self._window.query.set_caption(" · ".join(notes) or " ")

    def _show_warnings(self, warnings: tuple[str, ...]) -> None:
        """Those that are new, in the message bar, which has room for a whole sentence."""
        new = [sentence for sentence in warnings if sentence not in self._warned]
        if new:
            self._warned = warnings
            self._window.message_bar.show_message("problem", new[0], "\n\n".join(warnings))

    def _show_findings(self, analysis: "Analysis", radiograph: Radiograph) -> None:
        engine = self._engines.engine
        assert engine is not None
        manifest = engine.bundle.manifest
        panel = self._window.findings
        is_doubtful = is_outside(radiograph, manifest)
        panel.show_warnings(analysis.warnings, is_doubtful=is_doubtful)
        if analysis.probabilities is None:
            return
        threshold = manifest.threshold if len(analysis.probabilities) == 1 else None
        pairs = zip(class_names(manifest), analysis.probabilities, strict=True)
        panel.show_findings(tuple(Finding(name, value, threshold) for name, value in pairs))
        panel.show_trust(measured_words(manifest))
        if analysis.saliency is not None and analysis.model_input is not None:
            overlay = shown_overlay(analysis.saliency, analysis.model_input.placement)
            self._window.query.view.show_overlay(overlay)
        self._window.tools.set_exportable(True)

    # Similar cases

    def _show_neighbours(self, analysis: "Analysis") -> None:
        engine = self._engines.engine
        assert engine is not None
        assert analysis.neighbours is not None
        assert analysis.probabilities is not None
        manifest = engine.bundle.manifest
        predicted = neighbourhood.predicted_class(analysis.probabilities, manifest)
        shown = analysis.neighbours[: self._count]
        agreements = {
            one.case.case_id: neighbourhood.agreement(one.case, predicted, manifest)
            for one in shown
        }
        self._are_panes_lent = False
        self._window.neighbours.show_neighbours(shown, agreements)
        self._results.show(analysis, shown)
        summary = neighbourhood.summary(
            analysis.neighbours, predicted, manifest, self._engines.rates
        )
        self._window.findings.show_neighbourhood(summary, origin_words(analysis, manifest))
        missing = [one for one in shown if one.rank not in self._views]
        if missing:
            self._reader.start(lambda: view_neighbours(missing, engine))

    def _shown_analysis(self) -> "Analysis | None":
        """The analysis with those neighbours alone that are on the screen."""
        if self._analysis is None:
            return None
        return replace(self._analysis, neighbours=(self._analysis.neighbours or ())[: self._count])

    @Slot(object)
    def _reader_advanced(self, value: object) -> None:
        if isinstance(value, ShownCase):
            view = value.view
            self._views[view.neighbour.rank] = view
            self._window.neighbours.show_case(
                view.neighbour.rank,
                view.radiograph,
                value.pixels,
                shown_overlay(view.saliency, view.placement),
            )
            for sentence in view.warnings:
                self._window.message_bar.show_message("note", sentence)
        elif isinstance(value, UnreadableCase):
            self._window.neighbours.show_problem(value.rank, value.sentence)

    @Slot(object)
    def _exported(self, value: object) -> None:
        if isinstance(value, Exported):
            self._window.message_bar.show_message(
                "note", tr("Exported to {name}.").format(name=value.path.name)
            )

    @Slot(int)
    def _show_record(self, rank: int) -> None:
        neighbours, engine = self._window.neighbours, self._engines.engine
        neighbour = neighbours.neighbour(rank or neighbours.selected_rank)
        if neighbour is None or engine is None:
            self._window.record.clear()
        else:
            manifest, analysis = engine.bundle.manifest, self._analysis
            terms = query_terms(analysis, manifest) if analysis is not None else ()
            self._window.record.show_neighbour(neighbour, class_names(manifest), terms)

    # States

    def _show_results(self) -> None:
        """The similar cases, or the card that says why there are none; indexing goes first."""
        engine, analysis, window = self._engines.engine, self._analysis, self._window
        if self._engines.is_indexing or engine is None or engine.catalogue is None:
            return
        if self._query is None:
            window.neighbours.show_waiting("")
            window.query.view.show_placeholder(
                tr("The catalogue is ready. Drop a radiograph here, or open one with Ctrl+O.")
            )
        elif analysis is None or analysis.neighbours is None:
            window.neighbours.show_waiting(tr("Looking for similar cases…"))
        elif not analysis.neighbours:
            is_filtered = bool(self._results.only.count)
            self._show_card(
                result_states.nothing_to_compare(analysis.warnings[-1], is_filtered=is_filtered)
            )
            return
        elif not self._results.marks and neighbourhood.is_nothing_similar(
            analysis.neighbours[0].distance, engine.catalogue.nearest_quantiles(analysis.method)
        ):
            quantiles = engine.catalogue.nearest_quantiles(analysis.method)
            self._show_card(
                result_states.nothing_similar(
                    analysis.neighbours[0].distance,
                    neighbourhood.limit(quantiles),
                    is_filtered=bool(self._results.only.count),
                )
            )
            return
        window.show_neighbour_grid()

    @Slot(object)
    def _show_card(self, content: CardContent) -> None:
        self._window.card.show_content(content)
        self._window.show_card()

    @Slot(object)
    def _report(self, error: Exception) -> None:
        """An expected problem is a sentence; anything else is a fault."""
        if isinstance(error, InferenceError):
            self._window.message_bar.show_message("problem", str(error))
            self.failed.emit(str(error))
        else:
            self.fault_found.emit(error)

    @Slot()
    def _show_activity(self) -> None:
        words = self._engines.activity
        if self._analyser.is_busy:
            words = tr("Analysing…")
        elif not words and self._reader.is_busy:
            words = tr("Reading similar cases…")
        elif not words and self._exporter.is_busy:
            words = tr("Exporting…")
        self._window.show_busy(words)

    def _show_status(self) -> None:
        self._window.show_status(status_words(self._engines.engine, self._analysis))

    def _connect(self) -> None:
        window, engines = self._window, self._engines
        window.radiograph_wished.connect(self.open_radiograph)
        window.folder_wished.connect(self.open_folder)
        window.demo_wished.connect(self.open_demo)
        window.index_wished.connect(self.build_index)
        window.stop_wished.connect(self.stop)
        window.export_wished.connect(self.export)
        window.closed.connect(self.shut_down)
        window.tools.bundle_chosen.connect(engines.choose_bundle)
        window.tools.method_chosen.connect(self.choose_method)
        window.tools.count_chosen.connect(self.choose_count)
        self._results.search_wished.connect(self.search_again)
        self._results.exclusion_changed.connect(self.choose_exclusion)
        self._results.radiograph_wished.connect(self.open_radiograph)
        self._results.failed.connect(self.fault_found)
        window.neighbours.selected.connect(self._show_record)
        window.neighbours.pointed_at.connect(self._show_record)
        engines.cleared.connect(self._engine_cleared)
        engines.loaded.connect(self._bundle_loaded)
        engines.settled.connect(self._engine_settled)
        engines.card_wished.connect(self._show_card)
        engines.progressed.connect(window.card.show_progress)
        engines.demo_ready.connect(self._demo_ready)
        engines.stopped.connect(self._show_results)
        engines.failed.connect(self._report)
        engines.busy_changed.connect(self._show_activity)
        self._analyser.advanced.connect(self._analyser_advanced)
        self._analyser.failed.connect(self._analyser_failed)
        self._analyser.finished.connect(self._analyser_finished)
        self._reader.advanced.connect(self._reader_advanced)
        self._reader.failed.connect(self._report)
        self._exporter.advanced.connect(self._exported)
        self._exporter.failed.connect(self._report)
        for runner in (self._analyser, self._reader, self._exporter):
            runner.busy_changed.connect(self._show_activity)
        for runner in (self._analyser, self._reader):
            runner.advanced.connect(self.changed)
            runner.busy_changed.connect(self.changed)
        engines.cleared.connect(self.changed)
