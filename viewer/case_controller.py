"""The case on screen: joins the window and the pipeline, and is the only one that knows both.

Three runners, so that no job abandons one it has nothing to do with: opening bundles and
catalogues (and indexing), analysing the query, and reading the similar cases. A newer job of
the same kind abandons the older; what that one still had to say is dropped.
"""

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from inference.catalogue_build import BuildProgress, build_catalogue
from inference.errors import InferenceError
from inference.model_bundle import read_manifest
from inference.pipeline import (
    Analysis,
    CaseView,
    Engine,
    choose_bundle,
    find_bundle,
    list_bundles,
    mismatches,
)
from inference.records import Radiograph
from viewer import neighbourhood, result_states
from viewer.case_jobs import (
    Analysed,
    Exported,
    NoCatalogue,
    NoIndex,
    Opened,
    ReadOnly,
    ShownCase,
    UnreadableCase,
    analyse_query,
    export_picture,
    open_bundle,
    open_catalogue,
    read_only,
    shown_overlay,
    view_neighbours,
)
from viewer.case_words import class_names, measured_words, origin_words, status_words, title_words
from viewer.demo import DEMO_BUNDLE, DemoPlace, DemoProgress, make_demo
from viewer.display_pixels import DisplayPixels
from viewer.findings_panel import Finding
from viewer.job_runner import JobRunner
from viewer.main_window import MainWindow
from viewer.neighbourhood import BaseRates
from viewer.settings import Settings
from viewer.state_card import CardContent
from viewer.view_state import OverlayStyle

_log = logging.getLogger(__name__)


class CaseController(QObject):
    """Keeps what is open and asks for what is missing.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(self, window: MainWindow, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._bundle = settings.bundle
        self._method = settings.method
        self._count = settings.neighbours
        self._engine: Engine | None = None
        self._rates: BaseRates | None = None
        self._folder: Path | None = None
        self._query: Path | None = None
        self._analysis: Analysis | None = None
        self._shown: Radiograph | None = None
        self._views: dict[int, CaseView] = {}
        self._is_indexing = False
        self._demo: DemoPlace | None = None
        self._opener = JobRunner(self)
        self._analyser = JobRunner(self)
        self._reader = JobRunner(self)
        self._exporter = JobRunner(self)
        self._connect()
        style = OverlayStyle(settings.overlay, settings.overlay_opacity, settings.colour_map)
        window.overlay_controls.set_style(style)
        window.overlay_controls.set_linked(is_linked=settings.linked)
        window.tools.set_counts(self._count)
        window.set_count(self._count)
        self._list_bundles()

    @property
    def engine(self) -> Engine | None:
        """The bundle and catalogue in use; None until loaded."""
        return self._engine

    @property
    def analysis(self) -> Analysis | None:
        """What is known of the query; None where none is open."""
        return self._analysis

    @property
    def is_busy(self) -> bool:
        """Whether anything runs in the background."""
        return any(runner.is_busy for runner in self._runners())

    def start(self, image: Path | None, folder: Path | None, bundle: str | None) -> None:
        """Open what the command line asked for; with nothing, offer the two choices."""
        if bundle is not None:
            self._bundle = bundle
        elif folder is not None:
            self._bundle = str(choose_bundle(self._bundle, folder))
        if image is None and folder is None:
            self._window.show_start()
            self._load(None)
            return
        self._load(folder)
        if image is not None:
            self.open_radiograph(image)

    def shut_down(self) -> None:
        """Stop everything and wait for it; called when the window closes."""
        for runner in self._runners():
            runner.shut_down()
        if self._engine is not None and self._engine.catalogue is not None:
            self._engine.catalogue.close()

    # Wishes of the window

    @Slot(object)
    def open_radiograph(self, path: Path) -> None:
        """Show and analyse a radiograph; the one before is abandoned."""
        self._query = path
        self._analysis = None
        self._shown = None
        self._views = {}
        self._reader.cancel()
        window = self._window
        window.show_workbench()
        window.message_bar.clear()
        window.enlarge(None)
        window.reset_views()
        window.tools.set_title(path.name)
        window.setWindowTitle(f"Kindred — {path.name}")
        window.tools.set_exportable(False)
        window.query.view.show_placeholder("Reading…")
        window.query.set_caption(" ")
        window.findings.clear()
        window.record.clear()
        if self._has_results_place():
            window.neighbours.show_waiting("Looking for similar cases…")
            window.show_neighbour_grid()
        self._analyse()

    @Slot(object)
    def open_folder(self, folder: Path) -> None:
        """Use a folder of past cases as the catalogue."""
        self._window.show_workbench()
        self._window.message_bar.clear()
        bundle = str(choose_bundle(self._bundle, folder))
        if self._engine is None or find_bundle(bundle) != self._engine.bundle.folder:
            self._bundle = bundle
            self._load(folder)
            return
        self._folder = folder
        self._is_indexing = False
        self._open_catalogue(self._engine, folder)

    @Slot(str)
    def choose_bundle(self, key: str) -> None:
        """Use another bundle, and the same folder."""
        self._bundle = key
        self._load(self._folder)

    @Slot(str)
    def choose_method(self, name: str) -> None:
        """Measure similarity in another way."""
        self._method = name
        if self._query is not None:
            self._analyse()

    @Slot(int)
    def choose_count(self, count: int) -> None:
        """Show more or fewer similar cases; the analysis stays."""
        is_beyond = count > self._searched_count()
        self._count = count
        self._window.set_count(count)
        self._views = {rank: view for rank, view in self._views.items() if rank <= count}
        if is_beyond and self._query is not None:
            self._analyse()
        elif self._analysis is not None and self._analysis.neighbours is not None:
            self._show_neighbours(self._analysis)
            self._read_missing_cases()

    @Slot()
    def build_index(self) -> None:
        """Index the open folder, or bring its index up to date."""
        engine, folder = self._engine, self._folder
        if engine is None or folder is None:
            self._window.message_bar.show_message("note", "Open a folder of past cases first.")
            return
        self._is_indexing = True
        self._window.show_workbench()
        self._show_card(result_states.indexing(folder, engine.bundle.manifest))
        self._opener.start(lambda: build_catalogue(folder, engine.session))

    @Slot()
    def open_demo(self) -> None:
        """Make the demo's catalogue where it is not there yet, and open its query."""
        self._is_indexing = True
        self._window.show_workbench()
        self._show_card(result_states.PREPARING_DEMO)
        self._opener.start(make_demo)

    @Slot()
    def stop(self) -> None:
        """Stop what is running; what is known stays."""
        was_indexing = self._is_indexing
        self._opener.cancel()
        self._analyser.cancel()
        self._reader.cancel()
        self._is_indexing = False
        if was_indexing:
            if self._engine is not None and self._engine.catalogue is not None:
                self._show_results()
            elif self._folder is not None:
                self._show_card(result_states.stopped_index(self._folder))
            else:
                self._show_card(result_states.NO_CATALOGUE)
            return
        if self._query is not None and self._shown is None:
            self._window.query.view.show_placeholder("Stopped.")
        if self._analysis is None or self._analysis.neighbours is None:
            self._window.neighbours.show_waiting("Stopped.")

    @Slot()
    def export(self) -> None:
        """Write the comparison as a picture, after warning where pixels may identify."""
        from viewer.comparison_export import identity_warnings

        engine, analysis = self._engine, self._shown_analysis()
        if engine is None or analysis is None or analysis.probabilities is None:
            self._window.message_bar.show_message("note", "There is nothing to export yet.")
            return
        views = [self._views[rank] for rank in sorted(self._views)]
        path = self._window.choose_export_file(identity_warnings(analysis, views))
        if path is not None:
            style = self._window.overlay_controls.style_shown
            self._exporter.start(lambda: export_picture(analysis, views, engine, style, path))

    # Opening bundles and catalogues

    def _load(self, folder: Path | None) -> None:
        old = self._engine.catalogue if self._engine is not None else None
        self._is_indexing = False
        self._folder = folder
        self._engine = None
        self._rates = None
        self._analyser.cancel()
        self._reader.cancel()
        self._views = {}
        self._window.tools.set_exportable(False)
        self._window.findings.clear()
        self._show_status()
        if folder is not None or self._query is not None:
            self._window.show_workbench()
            self._show_looking()
        bundle, provider = self._bundle, self._settings.provider
        self._opener.start(lambda: open_bundle(bundle, folder, provider, old))

    def _open_catalogue(self, engine: Engine, folder: Path) -> None:
        old, self._engine = engine.catalogue, replace(engine, catalogue=None)
        self._rates = None
        self._analyser.cancel()
        without = self._engine
        self._show_looking()
        self._opener.start(lambda: open_catalogue(without, folder, old))

    @Slot(object)
    def _opener_advanced(self, value: object) -> None:
        if isinstance(value, Opened):
            self._opened(value)
        elif isinstance(value, NoIndex):
            assert self._engine is not None  # it was handed over before
            self._show_card(result_states.no_index(value.folder, self._engine.bundle.manifest))
        elif isinstance(value, NoCatalogue):
            self._show_card(result_states.broken_catalogue(value.reason))
        elif isinstance(value, BuildProgress):
            words = result_states.progress_words(value)
            self._window.card.show_progress(value.done, value.total, words)
        elif isinstance(value, DemoProgress):
            self._demo_advanced(value)

    def _opened(self, opened: Opened) -> None:
        is_new_bundle = self._engine is None or self._engine.session is not opened.engine.session
        self._engine, self._rates = opened.engine, opened.rates
        manifest = opened.engine.bundle.manifest
        if is_new_bundle:
            self._list_bundles()
            if self._method not in manifest.methods:
                self._method = next(iter(manifest.methods))
            names = [(one.name, one.title) for one in manifest.methods.values()]
            self._window.tools.set_methods(names, self._method)
            self._window.findings.set_classes(class_names(manifest))
            for sentence in opened.engine.session.warnings:
                self._window.message_bar.show_message("note", sentence)
        self._show_status()
        if opened.engine.catalogue is not None:
            for sentence in opened.engine.catalogue.notes[:1]:
                notes = "\n".join(opened.engine.catalogue.notes)
                self._window.message_bar.show_message("note", sentence, notes)
            if self._method not in opened.engine.catalogue.methods:
                self._method = opened.engine.catalogue.methods[0]
                self._window.tools.set_methods(
                    [(one.name, one.title) for one in manifest.methods.values()], self._method
                )
            self._show_results()
        elif self._folder is None:
            self._show_card(result_states.NO_CATALOGUE)
        if self._query is not None:
            self._analyse()

    @Slot()
    def _opener_finished(self) -> None:
        if self._is_indexing:
            self._is_indexing = False
            if self._demo is not None:
                place, self._demo = self._demo, None
                self.start(place.query, place.catalogue, DEMO_BUNDLE)
                return
            engine, folder = self._engine, self._folder
            if engine is not None and folder is not None:
                self._open_catalogue(engine, folder)

    def _demo_advanced(self, step: DemoProgress) -> None:
        self._demo = step.place
        self._window.card.show_progress(step.done, step.total, step.stage)

    # Analysing the query

    def _analyse(self) -> None:
        path, engine = self._query, self._engine
        assert path is not None
        self._views = {}
        self._reader.cancel()
        if engine is None:
            if self._shown is None:
                self._analyser.start(lambda: read_only(path))
            return
        method, k = self._method, self._searched_count()
        exclude = self._settings.exclude_patient
        self._analyser.start(
            lambda: analyse_query(path, engine, method, k, exclude_patient=exclude)
        )

    def _searched_count(self) -> int:
        return max(self._count, neighbourhood.SIZE)

    @Slot(object)
    def _analyser_advanced(self, value: object) -> None:
        if isinstance(value, ReadOnly):
            self._show_query(value.radiograph, value.pixels)
        elif isinstance(value, Analysed):
            analysis = self._analysis = value.analysis
            assert analysis.radiograph is not None
            if self._shown is None or self._shown.path != analysis.path:
                self._show_query(analysis.radiograph, value.pixels)
            self._show_findings(analysis)
            if analysis.neighbours is not None:
                self._show_neighbours(analysis)
                self._show_results()
                self._read_missing_cases()
            self._show_status()

    @Slot(object)
    def _analyser_failed(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._window.message_bar.show_message("problem", str(error))
            if self._shown is None:
                self._window.query.view.show_placeholder(str(error), is_problem=True)
            self._window.neighbours.show_waiting("")
        else:
            self.fault_found.emit(error)

    def _show_query(self, radiograph: Radiograph, pixels: DisplayPixels) -> None:
        self._shown = radiograph
        self._window.query.view.show_radiograph(radiograph, pixels)
        title = title_words(radiograph.path.name, radiograph.header)
        self._window.tools.set_title(title)
        self._window.setWindowTitle(f"Kindred — {title}")
        self._window.query.set_caption(" · ".join(radiograph.notes) or " ")

    def _show_findings(self, analysis: Analysis) -> None:
        assert self._engine is not None
        assert analysis.radiograph is not None
        manifest = self._engine.bundle.manifest
        panel = self._window.findings
        is_doubtful = bool(set(mismatches(analysis.radiograph, manifest)) & set(analysis.warnings))
        panel.show_warnings(analysis.warnings, is_doubtful=is_doubtful)
        if analysis.probabilities is None:
            return
        threshold = manifest.threshold if len(analysis.probabilities) == 1 else None
        names = class_names(manifest)
        panel.show_findings(
            tuple(
                Finding(name, probability, threshold)
                for name, probability in zip(names, analysis.probabilities, strict=True)
            )
        )
        panel.show_trust(measured_words(manifest))
        if analysis.saliency is not None and analysis.model_input is not None:
            overlay = shown_overlay(analysis.saliency, analysis.model_input.placement)
            self._window.query.view.show_overlay(overlay)
        self._window.tools.set_exportable(True)

    # Similar cases

    def _show_neighbours(self, analysis: Analysis) -> None:
        assert self._engine is not None
        assert analysis.neighbours is not None
        assert analysis.probabilities is not None
        manifest = self._engine.bundle.manifest
        predicted = neighbourhood.predicted_class(analysis.probabilities, manifest)
        nearest = analysis.neighbours[: self._count]
        agreements = {
            one.case.case_id: neighbourhood.agreement(one.case, predicted, manifest)
            for one in nearest
        }
        self._window.neighbours.show_neighbours(nearest, agreements)
        rates = self._rates or BaseRates(())
        summary = neighbourhood.summary(analysis.neighbours, predicted, manifest, rates)
        self._window.findings.show_neighbourhood(summary, origin_words(analysis, manifest))

    def _read_missing_cases(self) -> None:
        analysis, engine = self._shown_analysis(), self._engine
        if analysis is None or engine is None:
            return
        missing = [one for one in analysis.neighbours or () if one.rank not in self._views]
        if missing:
            self._reader.start(lambda: view_neighbours(missing, engine))

    def _shown_analysis(self) -> Analysis | None:
        """The analysis with those neighbours alone that are on the screen."""
        if self._analysis is None:
            return None
        return replace(self._analysis, neighbours=(self._analysis.neighbours or ())[: self._count])

    @Slot(object)
    def _reader_advanced(self, value: object) -> None:
        if isinstance(value, ShownCase):
            view = value.view
            rank = view.neighbour.rank
            self._views[rank] = view
            overlay = shown_overlay(view.saliency, view.placement)
            self._window.neighbours.show_case(rank, view.radiograph, value.pixels, overlay)
            for sentence in view.warnings:
                self._window.message_bar.show_message("note", sentence)
        elif isinstance(value, UnreadableCase):
            self._window.neighbours.show_problem(value.rank, value.sentence)

    @Slot(object)
    def _exported(self, value: Exported) -> None:
        self._window.message_bar.show_message("note", f"Exported to {value.path.name}.")

    @Slot(int)
    def _show_record(self, rank: int) -> None:
        neighbours = self._window.neighbours
        neighbour = neighbours.neighbour(rank or neighbours.selected_rank)
        if neighbour is None or self._engine is None:
            self._window.record.clear()
            return
        names = class_names(self._engine.bundle.manifest)
        self._window.record.show_neighbour(neighbour, names)

    # States

    def _runners(self) -> tuple[JobRunner, ...]:
        return self._opener, self._analyser, self._reader, self._exporter

    def _show_card(self, content: CardContent) -> None:
        self._window.card.show_content(content)
        self._window.show_card()

    def _has_results_place(self) -> bool:
        is_open = self._engine is not None and self._engine.catalogue is not None
        return not self._is_indexing and (is_open or self._opener.is_busy)

    def _show_looking(self) -> None:
        self._window.neighbours.show_waiting("Opening the catalogue…" if self._folder else "")
        self._window.show_neighbour_grid()

    def _show_results(self) -> None:
        if self._is_indexing:
            return
        analysis, engine = self._analysis, self._engine
        if self._query is None:
            self._window.neighbours.show_waiting("")
            self._window.show_neighbour_grid()
            self._window.query.view.show_placeholder(
                "The catalogue is ready. Drop a radiograph here, or open one with Ctrl+O."
            )
            return
        if analysis is None or analysis.neighbours is None or engine is None:
            self._window.neighbours.show_waiting("Looking for similar cases…")
            self._window.show_neighbour_grid()
            return
        if not analysis.neighbours:
            reason = analysis.warnings[-1] if analysis.warnings else ""
            self._show_card(result_states.nothing_to_compare(reason))
        elif engine.catalogue is not None and neighbourhood.is_nothing_similar(
            analysis.neighbours[0].distance, engine.catalogue.nearest_quantiles(analysis.method)
        ):
            self._show_card(result_states.NOTHING_SIMILAR)
        else:
            self._window.show_neighbour_grid()

    @Slot(object)
    def _opener_failed(self, error: Exception) -> None:
        was_indexing, self._is_indexing = self._is_indexing, False
        if not isinstance(error, InferenceError):
            self.fault_found.emit(error)
            return
        self._window.message_bar.show_message("problem", str(error))
        if was_indexing and self._folder is not None:
            self._show_card(result_states.broken_catalogue(str(error)))
        elif not self._window.is_start_shown:
            self._show_card(result_states.no_model(str(error)))

    @Slot(object)
    def _reader_failed(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._window.message_bar.show_message("problem", str(error))
        else:
            self.fault_found.emit(error)

    @Slot()
    def _show_activity(self) -> None:
        words = ""
        if self._analyser.is_busy:
            words = "Analysing…"
        elif self._opener.is_busy and not self._is_indexing:
            words = "Opening the catalogue…" if self._engine else "Loading the model…"
        elif self._reader.is_busy:
            words = "Reading similar cases…"
        self._window.show_busy(words)

    def _show_status(self) -> None:
        self._window.show_status(status_words(self._engine, self._analysis))

    def _list_bundles(self) -> None:
        bundles = []
        chosen = ""
        for folder in list_bundles():
            try:
                manifest = read_manifest(folder)
            except InferenceError as error:
                _log.warning("A bundle is left out: %s", type(error).__name__)
                continue
            bundles.append((str(folder), f"{manifest.condition} ({manifest.name})"))
        if self._engine is not None:
            chosen = str(self._engine.bundle.folder)
            manifest = self._engine.bundle.manifest
            if chosen not in [key for key, _ in bundles]:
                bundles.append((chosen, f"{manifest.condition} ({manifest.name})"))
        self._window.tools.set_bundles(bundles, chosen)

    def _connect(self) -> None:
        window = self._window
        window.radiograph_wished.connect(self.open_radiograph)
        window.folder_wished.connect(self.open_folder)
        window.demo_wished.connect(self.open_demo)
        window.index_wished.connect(self.build_index)
        window.stop_wished.connect(self.stop)
        window.export_wished.connect(self.export)
        window.closed.connect(self.shut_down)
        window.tools.bundle_chosen.connect(self.choose_bundle)
        window.tools.method_chosen.connect(self.choose_method)
        window.tools.count_chosen.connect(self.choose_count)
        window.neighbours.selected.connect(self._show_record)
        window.neighbours.pointed_at.connect(self._show_record)
        self._opener.advanced.connect(self._opener_advanced)
        self._opener.finished.connect(self._opener_finished)
        self._opener.failed.connect(self._opener_failed)
        self._analyser.advanced.connect(self._analyser_advanced)
        self._analyser.failed.connect(self._analyser_failed)
        self._reader.advanced.connect(self._reader_advanced)
        self._reader.failed.connect(self._reader_failed)
        self._exporter.advanced.connect(self._exported)
        self._exporter.failed.connect(self._reader_failed)
        for runner in self._runners():
            runner.busy_changed.connect(self._show_activity)
