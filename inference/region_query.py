"""Query by region: the nearest cases, ranked again by one region of the query.

    a rectangle on the query -> its pooled features -+
    candidate -> feature map -> the same shape, ------+-> the method's own distance, smallest
                 pooled at every position             '-> and where

Its ranking is one of its own and called "region": it answers "who has something like this,
anywhere?", not "who is similar?". A region that is the whole radiograph gives the method's own
distances. Candidates are the method's nearest cases, since their feature maps are computed
when they are first needed (the catalogue keeps embeddings only), and kept for the next region.
"""

from collections.abc import Generator, MutableMapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from inference.embedding_runs import method_spec
from inference.errors import InferenceError, UnreadableRadiographError
from inference.neighbour_index import distances_between
from inference.onnx_session import BundleSession
from inference.preprocess import Box, Placement, prepare
from inference.records import CaseRecord, Distance, Neighbour
from inference.safe_reading import read_aside
from inference.similarity_saliency import Prepared, prepare_explanation

RANKING = "region"
CANDIDATES = 200
"""How many of the method's nearest cases are worth ranking again."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A case's feature map and where its model input lies on its radiograph."""

    feature_map: NDArray[np.float32] = field(repr=False)
    placement: Placement


@dataclass(frozen=True, slots=True)
class RegionMatch:
    """A case, ranked by the region.

    Attributes:
        rank: 1 has the most similar region.
        neighbour: The case, with its rank and distance as a whole.
        distance: Between the regions, in the method's own distance.
        place: The most similar region, in pixels of the case's radiograph: row, column,
            height, width.
    """

    rank: int
    neighbour: Neighbour
    distance: float
    place: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class RegionRanking:
    """The ranking so far.

    Attributes:
        matches: The most similar first, ties by case id.
        done, total: Candidates.
        unreadable: Sentences on candidates that were left out.
        is_final: Whether all candidates are in.
    """

    matches: tuple[RegionMatch, ...]
    done: int
    total: int
    unreadable: tuple[str, ...]
    is_final: bool


def region_on_input(
    placement: Placement, top: float, left: float, height: float, width: float
) -> Box:
    """A rectangle in pixels of the radiograph as shares of the model input, cut to it.

    Raises:
        InferenceError: The model saw no part of it.
    """
    box = Box(
        (left - placement.left) / placement.width,
        (top - placement.top) / placement.height,
        (left + width - placement.left) / placement.width,
        (top + height - placement.top) / placement.height,
    )
    if box.right < 0 or box.bottom < 0 or box.left > 1 or box.top > 1:
        raise InferenceError(
            "The model did not see this region: it lies outside the part that was compared. "
            "Drag a region inside the lungs."
        )
    return Box(max(0.0, box.left), max(0.0, box.top), min(1.0, box.right), min(1.0, box.bottom))


def rank_by_region(
    query: Prepared,
    region: Box,
    candidates: Sequence[Neighbour],
    session: BundleSession,
    known: MutableMapping[str, Candidate] | None = None,
) -> Generator[RegionRanking, None, None]:
    """Rank candidates by how much any part of them resembles a region of the query.

    Args:
        query: From `prepare_explanation`.
        region: In shares of the query's model input. One without area stands for the position
            of the feature map that it lies in.
        candidates: Such as `Catalogue.nearest(..., k=CANDIDATES)`.
        session: What the query was prepared with.
        known: Kept by the caller between regions of one method, by case id; filled here.

    Yields:
        The ranking after each candidate that had to be computed, and at last whole.

    Raises:
        InferenceError: The method gives no feature map that its embedding is the mean of.
    """
    if query.feature_map is None:
        raise InferenceError(f"No query by region: {query.reason}.")
    known = {} if known is None else known
    distance = method_spec(session, query.method).distance
    block = Block.of(region, *query.feature_map.shape[1:])
    wanted = block.features(query.feature_map)[block.row, block.column]
    found: list[RegionMatch] = []
    unreadable: list[str] = []
    for done, neighbour in enumerate(candidates, start=1):
        case = neighbour.case
        is_new = case.case_id not in known
        if is_new:
            try:
                known[case.case_id] = _candidate(case, session, query.method)
            except UnreadableRadiographError as error:
                unreadable.append(f"{case.case_id}: {error}")
                continue
        found.append(_matched(wanted, block, known[case.case_id], neighbour, distance))
        if is_new and done < len(candidates):
            yield RegionRanking(_ranked(found), done, len(candidates), tuple(unreadable), False)
    yield RegionRanking(_ranked(found), len(candidates), len(candidates), tuple(unreadable), True)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The smallest block of a feature map's positions that holds a region.

    Attributes:
        row, column: Its first position.
        weights: (h, w) how much of each position the region covers, adding up to 1.
        shape: Positions of the whole map, down and across.
        region: In shares of the model input, with an area.
    """

    row: int
    column: int
    weights: NDArray[np.float64] = field(repr=False)
    shape: tuple[int, int]
    region: Box

    @staticmethod
    def of(region: Box, height: int, width: int) -> "Block":
        """The block of a region on a map of height x width positions."""
        top, bottom = _with_extent(region.top, region.bottom, height)
        left, right = _with_extent(region.left, region.right, width)
        row, down = _covered(top, bottom, height)
        column, across = _covered(left, right, width)
        weights = np.outer(down, across)
        return Block(
            row, column, weights / weights.sum(), (height, width), Box(left, top, right, bottom)
        )

    def features(self, feature_map: NDArray[np.floating]) -> NDArray[np.float32]:
        """Pooled features with the block at every place: (rows, columns, F) float32."""
        views = sliding_window_view(
            np.asarray(feature_map, np.float64), self.weights.shape, axis=(1, 2)
        )
        pooled: NDArray[np.float32] = np.einsum("frcij,ij->rcf", views, self.weights).astype(
            np.float32
        )
        return pooled

    def region_at(self, row: int, column: int) -> Box:
        """The region, moved with the block to another first position."""
        down = (row - self.row) / self.shape[0]
        across = (column - self.column) / self.shape[1]
        return Box(
            self.region.left + across,
            self.region.top + down,
            self.region.right + across,
            self.region.bottom + down,
        )


def _with_extent(low: float, high: float, count: int) -> tuple[float, float]:
    """Both ends in [0, 1] and in order; the position around them where they are one place."""
    low, high = sorted((min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)))
    if (high - low) * count < 1e-6:
        position = min(int(low * count), count - 1)
        return position / count, (position + 1) / count
    return low, high


def _covered(low: float, high: float, count: int) -> tuple[int, NDArray[np.float64]]:
    """The first of the positions that a stretch covers, and how much of each."""
    edges = np.arange(count + 1) / count
    cover = np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1])
    used = np.flatnonzero(cover * count > 1e-9)
    return int(used[0]), cover[used[0] : used[-1] + 1]


def _candidate(case: CaseRecord, session: BundleSession, method: str) -> Candidate:
    spec = session.bundle.manifest.input
    model_input = prepare(read_aside(case.path), spec, session.find_lungs)
    prepared = prepare_explanation(model_input, session, method)
    if prepared.feature_map is None:
        raise InferenceError(f"No query by region: {prepared.reason}.")
    return Candidate(prepared.feature_map, model_input.placement)


def _matched(
    wanted: NDArray[np.float32],
    block: Block,
    candidate: Candidate,
    neighbour: Neighbour,
    distance: Distance,
) -> RegionMatch:
    features = block.features(candidate.feature_map)
    rows, columns, length = features.shape
    distances = distances_between(features.reshape(rows * columns, length), wanted, distance)
    best = int(distances.argmin())
    box, placement = block.region_at(*divmod(best, columns)), candidate.placement
    place = (
        placement.top + box.top * placement.height,
        placement.left + box.left * placement.width,
        (box.bottom - box.top) * placement.height,
        (box.right - box.left) * placement.width,
    )
    return RegionMatch(0, neighbour, float(distances[best]), place)


def _ranked(found: Sequence[RegionMatch]) -> tuple[RegionMatch, ...]:
    ordered = sorted(found, key=lambda one: (one.distance, one.neighbour.case.case_id))
    return tuple(replace(one, rank=rank) for rank, one in enumerate(ordered, start=1))
