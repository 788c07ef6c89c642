"""The map of the catalogue that is open: joins its window, the catalogue and the query."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from inference.embedding_map import EmbeddingMap, MapPoint, place_query
from inference.embedding_projection import Projection
from inference.errors import InferenceError
from inference.pipeline import Engine
from viewer.case.case_controller import CaseController
from viewer.embedding_map.jobs import (
    MapContent,
    MapThumbnail,
    QueryOnMap,
    map_job,
    place_job,
    thumbnail_job,
)
from viewer.embedding_map.view import EmbeddingMapView
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.translation import tr

_MOST_PICTURES = 200  # kept small, so that going back and forth does not read files again


class EmbeddingMapController(QObject):
    """Keeps one map, of one method.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(
        self, window: MainWindow, cases: CaseController, folder: Path | None = None
    ) -> None:
        """
        Args:
            window: The map's parent.
            cases: What is open.
            folder: Where places are kept; None: the usual one.
        """
        super().__init__(window)
        self._window, self._cases, self._folder = window, cases, folder
        self._view = EmbeddingMapView(window)
        self._method = ""
        self._engine: Engine | None = None
        self._content: MapContent | None = None
        self._projection: Projection | None = None
        self._query: QueryOnMap | None = None
        self._placed: object = None  # the embedding whose place was asked for
        self._pictures: dict[int, MapThumbnail] = {}
        self._mapper, self._placer, self._reader = (JobRunner(self) for _ in range(3))
        self._connect()

    @property
    def view(self) -> EmbeddingMapView:
        """The window."""
        return self._view

    @property
    def is_busy(self) -> bool:
        """Whether anything runs in the background."""
        return any(one.is_busy for one in (self._mapper, self._placer, self._reader))

    def shut_down(self) -> None:
        """Stop everything and wait for it; called when the main window closes."""
        for runner in (self._mapper, self._placer, self._reader):
            runner.shut_down()

    @Slot()
    def open(self) -> None:
        """Show the map of the catalogue that is open."""
        is_new = not self._view.isVisible()
        self._view.show()
        self._view.raise_()
        self._view.activateWindow()
        self._view.plot.setFocus()
        if is_new:
            self._begin()

    @Slot(str)
    def choose_method(self, method: str) -> None:
        """Map the embeddings of another method."""
        self._method = method
        self._begin()

    @Slot()
    def stop(self) -> None:
        """Stop computing; the places so far stay."""
        if self._mapper.is_busy:
            self._mapper.cancel()
            self._view.show_busy(0, 0)
            if self._content is not None and self._view.plot.message:
                self._view.show_message(tr("Stopped. Choose the method again to go on."))
            else:
                self._view.show_status(tr("Stopped: the places are not final."))

    def _begin(self) -> None:
        for runner in (self._mapper, self._placer, self._reader):
            runner.cancel()
        self._content = self._projection = self._query = self._placed = None
        self._pictures = {}
        engine = self._engine = self._cases.engines.engine
        self._view.show_busy(0, 0)
        if engine is None or engine.catalogue is None:
            self._view.set_methods([], "")
            self._view.show_message(tr("No catalogue is open. Open a folder of past cases first."))
            return
        catalogue, bundle = engine.catalogue, engine.bundle
        analysis, offered = self._cases.analysis, bundle.manifest.methods
        if self._method not in catalogue.methods:
            preferred = analysis.method if analysis is not None else ""
            usable = catalogue.methods
            self._method = preferred if preferred in usable else next(iter(usable), "")
        names = [(name, one.title) for name, one in offered.items() if name in catalogue.methods]
        self._view.set_methods(names, self._method)
        self._view.show_message(tr("Reading the cases…"))
        method, folder = self._method, self._folder
        self._mapper.start(lambda: map_job(catalogue, bundle, method, folder))
        self._view.show_busy(0, 1)

    @Slot(object)
    def _mapped(self, value: object) -> None:
        if isinstance(value, MapContent):
            self._content = value
            self._view.show_content(value)
            self._view.plot.show_message(tr("Finding the neighbours of every case…"))
            self._view.show_status(self._count_words())
            self._place_query()
        elif isinstance(value, Projection):
            self._projection = value
            if value.places.any():
                self._view.show_places(value.places)
                self._show_query()
            self._view.show_busy(value.done, 0 if value.is_final else value.total)
            words = self._count_words()
            if not value.is_final:
                words += " · " + tr("still moving")
            self._view.show_status(words)

    @Slot(object)
    def _map_failed(self, error: Exception) -> None:
        self._view.show_busy(0, 0)
        if isinstance(error, InferenceError):
            self._view.show_message(str(error), is_problem=True)
        else:
            self._view.show_message(tr("This is a fault in the program."), is_problem=True)
            self.fault_found.emit(error)

    def _count_words(self) -> str:
        assert self._content is not None
        shown, total = len(self._content.cases), self._content.total
        words = tr("{n} cases by {method}").format(n=f"{shown:,}", method=self._content.title)
        if shown < total:
            words += " · " + tr("of {n} in the catalogue, evenly chosen").format(n=f"{total:,}")
        return words

    # The query

    @Slot()
    def _case_changed(self) -> None:
        if self._view.isVisible() and self._content is not None:
            self._place_query()

    def _place_query(self) -> None:
        """Find out where the query belongs, once for each."""
        engine, analysis, content = self._engine, self._cases.analysis, self._content
        if engine is None or content is None:
            return
        if analysis is None or analysis.model_input is None:
            if analysis is None:
                self._query = self._placed = None
                self._show_query()
            return
        if self._placed is analysis.model_input:
            return
        self._placed, self._query = analysis.model_input, None
        self._show_query()
        method, cases = content.method, content.cases
        self._placer.start(lambda: place_job(analysis, engine, method, cases))

    @Slot(object)
    def _query_found(self, value: object) -> None:
        assert isinstance(value, QueryOnMap)
        self._query = value
        self._show_query()

    @Slot(object)
    def _place_failed(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._view.show_status(str(error), is_problem=True)
        else:
            self.fault_found.emit(error)

    def _show_query(self) -> None:
        query, content, projection = self._query, self._content, self._projection
        if query is None or content is None or projection is None or not projection.places.any():
            self._view.show_query(None, "")
        elif query.row is not None:
            x, y = projection.places[query.row].tolist()
            self._view.show_query((x, y), tr("the query, itself a case of the catalogue"))
        else:
            points = tuple(
                MapPoint(case.case_id, x, y)
                for case, (x, y) in zip(content.cases, projection.places.tolist(), strict=True)
            )
            found = EmbeddingMap("", content.method, points, {}, 0, 0)
            words = tr("the query, placed among its nearest cases (approximate)")
            self._view.show_query(place_query(found, query.neighbours), words)

    # Cases

    @Slot(int)
    def _point_at(self, row: int) -> None:
        if self._content is None or not 0 <= row < len(self._content.cases):
            self._reader.cancel()
            self._view.show_case(None)
            return
        case = self._content.cases[row]
        self._view.show_case(case)
        known = self._pictures.get(row)
        if known is not None:
            self._reader.cancel()
            self._view.show_picture(known.picture, known.problem)
        else:
            self._reader.start(lambda: thumbnail_job(row, case))

    @Slot(object)
    def _read(self, value: object) -> None:
        assert isinstance(value, MapThumbnail)
        while len(self._pictures) >= _MOST_PICTURES:
            self._pictures.pop(next(iter(self._pictures)))
        self._pictures[value.row] = value
        if value.row == self._view.plot.current:
            self._view.show_picture(value.picture, value.problem)

    @Slot(int)
    def _open_case(self, row: int) -> None:
        if self._content is not None:
            self._cases.open_radiograph(self._content.cases[row].path)

    @Slot()
    def _catalogue_changed(self) -> None:
        """What is on the map is of a catalogue that is being closed, or of none."""
        if self._view.isVisible():
            self._begin()
        else:
            self._closed()

    @Slot()
    def _catalogue_cleared(self) -> None:
        self._closed()
        if self._view.isVisible():
            self._view.show_busy(0, 0)
            self._view.show_message(tr("Opening the catalogue…"))

    @Slot()
    def _closed(self) -> None:
        """Nothing runs for a window that nobody sees."""
        for runner in (self._mapper, self._placer, self._reader):
            runner.cancel()
        self._content = self._projection = self._query = self._placed = self._engine = None
        self._pictures = {}

    def _connect(self) -> None:
        view, engines = self._view, self._cases.engines
        self._window.bound.attach({"embedding_map": self.open})
        self._window.closed.connect(self.shut_down)
        engines.cleared.connect(self._catalogue_cleared)
        engines.settled.connect(self._catalogue_changed)
        self._cases.changed.connect(self._case_changed)
        view.method_chosen.connect(self.choose_method)
        view.case_pointed_at.connect(self._point_at)
        view.case_wished.connect(self._open_case)
        view.stop_wished.connect(self.stop)
        view.closed.connect(self._closed)
        self._mapper.advanced.connect(self._mapped)
        self._mapper.failed.connect(self._map_failed)
        self._placer.advanced.connect(self._query_found)
        self._placer.failed.connect(self._place_failed)
        self._reader.advanced.connect(self._read)
        self._reader.failed.connect(self._place_failed)
