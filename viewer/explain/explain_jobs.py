"""Explaining similarities in the background, as plain generators that know nothing of Qt.

    find_available   session, method            -> what the method can explain
    explain_pairs    query, results, kind       -> ExplainedMap, one for each, the chosen first
    explain_places   query, place, results      -> ExplainedMap, all on one scale
    rank_region      query, region              -> RegionProgress, RankedByRegion

What was computed of an image is kept in a `Desk`, so that choosing another case or another
kind of map does not read and embed it again.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from inference.case_filter import EVERY_CASE, CaseFilter
from inference.errors import InferenceError
from inference.onnx_session import BundleSession
from inference.pipeline import Analysis, CaseView, Engine, view_case, with_neighbours
from inference.preprocess import ModelInput, prepare
from inference.records import Neighbour
from inference.region_query import (
    CANDIDATES,
    Candidate,
    RegionMatch,
    rank_by_region,
    region_on_input,
)
from inference.relevance_feedback import NO_MARKS, Marks
from inference.safe_reading import read_aside
from inference.similarity_saliency import (
    Explanation,
    Kind,
    Prepared,
    Side,
    available_explanations,
    explain,
    explain_place,
    place_on_input,
    prepare_explanation,
)
from viewer.pane.display_pixels import DisplayPixels, display_pixels
from viewer.pane.pane_picture import ShownOverlay
from viewer.pane.place_picker import Rectangle

QUERY = 0
"""The query's place among the ranks, which begin at 1."""

_SHOW_EVERY = 20  # candidates between two looks at a ranking that is not finished
_FINEST = {"CPU": 2, "CUDA": 1}  # on two cores a stride of 5 takes minutes


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedMap:
    """A map to be laid over one pane.

    Attributes:
        rank: Whose pane; `QUERY` for the query's.
        overlay: Scaled so that its highest value, or that of its scale, is 1.
        note: Why it is empty; else "".
        done, total: Steps of what runs.
    """

    rank: int
    overlay: ShownOverlay = field(repr=False)
    note: str = ""
    done: int = 1
    total: int = 1


@dataclass(frozen=True, slots=True)
class RegionProgress:
    """How far a ranking by region is."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class RankedByRegion:
    """The first of a ranking by region, ready to be shown.

    Attributes:
        matches: In the order of their ranks.
        views: Each match's case, by rank; those that cannot be read are missing.
        pixels: The same for the screen.
        done, total: Candidates.
    """

    matches: tuple[RegionMatch, ...]
    views: Mapping[int, CaseView] = field(repr=False)
    pixels: Mapping[int, DisplayPixels] = field(repr=False)
    done: int
    total: int


class Desk:
    """What is known of images, for one query. Used by one job at a time."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[str, str], Prepared] = {}
        self._candidates: dict[str, dict[str, Candidate]] = {}
        self._seen: dict[str, tuple[CaseView, DisplayPixels]] = {}

    def query(self, model_input: ModelInput, session: BundleSession, method: str) -> Prepared:
        """The query, embedded."""
        if ("", method) not in self._prepared:
            self._prepared["", method] = prepare_explanation(model_input, session, method)
        return self._prepared["", method]

    def result(self, view: CaseView, session: BundleSession, method: str) -> Prepared:
        """A case, embedded."""
        key = view.neighbour.case.case_id, method
        if key not in self._prepared:
            spec = session.bundle.manifest.input
            model_input = prepare(view.radiograph, spec, session.find_lungs)
            self._prepared[key] = prepare_explanation(model_input, session, method)
        return self._prepared[key]

    def candidates(self, method: str) -> dict[str, Candidate]:
        """Feature maps that a ranking by region computed."""
        return self._candidates.setdefault(method, {})

    def view(self, neighbour: Neighbour, engine: Engine) -> tuple[CaseView, DisplayPixels]:
        """A case, read once."""
        case_id = neighbour.case.case_id
        if case_id not in self._seen:
            view = view_case(neighbour, replace(engine, read=read_aside))
            self._seen[case_id] = view, display_pixels(view.radiograph)
        view, pixels = self._seen[case_id]
        return replace(view, neighbour=neighbour), pixels


def find_available(
    session: BundleSession, method: str
) -> Generator[tuple[str, dict[str, str]], None, None]:
    """The method, and what it can explain, as `available_explanations`."""
    yield method, available_explanations(session, method)


def explain_pairs(
    query: ModelInput,
    results: Mapping[int, CaseView],
    chosen: int,
    session: BundleSession,
    method: str,
    kind: Kind,
    desk: Desk,
) -> Generator[ExplainedMap, None, None]:
    """Why the query and its results resemble each other.

    Args:
        query: Its model input.
        results: By rank.
        chosen: The rank that the query's own map is about.
        session: An opened bundle.
        method: Whose similarity.
        kind: Of map. Occlusion explains the chosen result alone.
        desk: Of this query.

    Yields:
        The chosen result's map and the query's, both ever sharper; then the other results'.

    Raises:
        InferenceError: As `explain`.
    """
    prepared = desk.query(query, session, method)
    pair = desk.result(results[chosen], session, method)
    finest = _FINEST[session.provider]
    directions: tuple[tuple[int, Side], ...] = ((chosen, "result"), (QUERY, "query"))
    running = [
        explain(prepared, pair, session, kind, on=side, finest_step=finest)
        for _, side in directions
    ]
    done: dict[int, int] = {}
    for steps in zip_longest(*running):  # in turn, so that both sharpen together
        for (rank, _), step in zip(directions, steps, strict=True):
            if step is not None:
                done[rank] = step.done
                yield _explained(rank, step, sum(done.values()), 2 * step.total)
    if kind == "occlusion":
        return
    for rank, view in results.items():
        if rank != chosen:
            other = desk.result(view, session, method)
            (step,) = explain(prepared, other, session, kind)
            yield _explained(rank, step)


def explain_places(
    query: ModelInput,
    place: tuple[float, float],
    results: Mapping[int, CaseView],
    session: BundleSession,
    method: str,
    desk: Desk,
) -> Generator[ExplainedMap, None, None]:
    """What resembles one place of the query, on every result and on the query itself.

    All maps are on one scale: what is bright in one pane resembles the place as much as what
    is as bright in another.

    Args:
        query: Its model input.
        place: Row and column, in pixels of the query.
        results: By rank.
        session: An opened bundle.
        method: Whose features.
        desk: Of this query.

    Raises:
        InferenceError: The model did not see the place, or as `explain_place`.
    """
    at = place_on_input(query.placement, place[0] - 0.5, place[1] - 0.5)
    prepared = desk.query(query, session, method)
    found = {QUERY: explain_place(prepared, at, prepared, on="query")}
    for rank, view in results.items():
        found[rank] = explain_place(prepared, at, desk.result(view, session, method))
    highest = max(one.range[1] for one in found.values())
    for done, (rank, one) in enumerate(found.items(), start=1):
        yield _explained(rank, one, done, len(found), highest)


def rank_region(
    analysis: Analysis,
    region: Rectangle,
    engine: Engine,
    count: int,
    desk: Desk,
    *,
    exclude_patient: bool,
    only: CaseFilter = EVERY_CASE,
    marks: Marks = NO_MARKS,
) -> Generator[RegionProgress | RankedByRegion, None, None]:
    """Rank the nearest cases again, by one region of the query.

    Args:
        analysis: Of the query.
        region: In pixels of the query.
        engine: With a catalogue.
        count: How many to show.
        desk: Of this query.
        exclude_patient, only, marks: As in `analyse`.

    Raises:
        InferenceError: The model did not see the region, or as `rank_by_region`.
    """
    assert analysis.model_input is not None
    assert engine.catalogue is not None
    placement, session = analysis.model_input.placement, engine.session
    box = region_on_input(placement, region.top, region.left, region.height, region.width)
    query = desk.query(analysis.model_input, session, analysis.method)
    near = with_neighbours(
        analysis, engine.catalogue, CANDIDATES, exclude_patient, only=only, marks=marks
    ).neighbours
    known, shown = desk.candidates(analysis.method), 0
    for ranking in rank_by_region(query, box, near or (), session, known):
        yield RegionProgress(ranking.done, ranking.total)
        if not ranking.is_final and ranking.done - shown < _SHOW_EVERY:
            continue
        shown = ranking.done
        first, views, pixels = ranking.matches[:count], {}, {}
        for match in first:
            try:
                views[match.rank], pixels[match.rank] = desk.view(match.neighbour, engine)
            except InferenceError:
                continue  # it was readable a moment ago; its pane stays empty
        yield RankedByRegion(first, views, pixels, ranking.done, ranking.total)


def _explained(
    rank: int, step: Explanation, done: int = 1, total: int = 1, highest: float | None = None
) -> ExplainedMap:
    highest = step.range[1] if highest is None else highest
    scaled: NDArray[np.float32] = step.map / highest if highest > 0 else np.zeros_like(step.map)
    at = step.placement
    overlay = ShownOverlay(scaled.astype(np.float32), at.left, at.top, at.width, at.height)
    return ExplainedMap(rank, overlay, step.note, done, total)
