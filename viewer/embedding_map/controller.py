"""The map of the catalogue that is open: joins its window, the catalogue and the query."""

from pathlib import Path

from PySide6.QtCore import Slot

from inference.catalogue import Catalogue
from inference.embedding_map import EmbeddingMap, MapPoint, place_query
from inference.embedding_projection import Projection
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
from viewer.translation import tr
from viewer.whole_catalogue.controller import CatalogueWindowController

_MOST_PICTURES = 200  # kept small, so that going back and forth does not read files again


class EmbeddingMapController(CatalogueWindowController[EmbeddingMapView]):
    """Keeps one map, of one method."""

    def __init__(
        self, window: MainWindow, cases: CaseController, folder: Path | None = None
    ) -> None:
        """
        Args:
            window: The map's parent.
            cases: What is open.
            folder: Where places are kept; None: the usual one.
        """
        super().__init__(window, cases, EmbeddingMapView(window), "embedding_map")
        self._folder = folder
        self._method = ""
        self._content: MapContent | None = None
        self._projection: Projection | None = None
        self._query: QueryOnMap | None = None
        self._placed: object = None  # the embedding whose place was asked for
        self._pictures: dict[int, MapThumbnail] = {}
        self._placer = self.add_runner(self._query_found, self._failed_aside)
        self._reader = self.add_runner(self._read, self._failed_aside)
        cases.changed.connect(self._case_changed)
        self._view.method_chosen.connect(self.choose_method)
        self._view.case_pointed_at.connect(self._point_at)
        self._view.case_wished.connect(self._open_case)

    @Slot()
    def open(self) -> None:
        """Show the map of the catalogue that is open."""
        super().open()
        self._view.plot.setFocus()

    @Slot(str)
    def choose_method(self, method: str) -> None:
        """Map the embeddings of another method."""
        self._method = method
        self._begin()

    def _say_stopped(self) -> None:
        if self._content is not None and self._view.plot.message:
            self._view.show_message(tr("Stopped. Choose the method again to go on."))
        else:
            self._view.show_status(tr("Stopped: the places are not final."))

    def _forget(self) -> None:
        self._content = self._projection = self._query = self._placed = None
        self._pictures = {}

    def _fill(self, engine: Engine, catalogue: Catalogue) -> None:
        bundle, analysis = engine.bundle, self._cases.analysis
        if self._method not in catalogue.methods:
            preferred = analysis.method if analysis is not None else ""
            usable = catalogue.methods
            self._method = preferred if preferred in usable else next(iter(usable), "")
        offered = bundle.manifest.methods.items()
        names = [(name, one.title) for name, one in offered if name in catalogue.methods]
        self._view.set_methods(names, self._method)
        method, folder = self._method, self._folder
        self._worker.start(lambda: map_job(catalogue, bundle, method, folder))
        self._view.show_busy(0, 1)

    def _advanced(self, value: object) -> None:
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

    def _query_found(self, value: object) -> None:
        assert isinstance(value, QueryOnMap)
        self._query = value
        self._show_query()

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
