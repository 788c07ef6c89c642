"""Which embeddings are nearest: exactly, or through an HNSW graph where there are very many.

    vectors (n, d) --+-- n <= EXACT_LIMIT, or filtered --> all distances (BLAS) --+--> the few
                     '-- HNSW graph of principal axes -------> candidates --------'    that count,
                                                                                  in float64

Whatever proposed the candidates, their distances are computed again in float64 from the
embeddings themselves and ties go to the lower row, so the order does not depend on the way.
This is the one door to hnswlib. It crashes the process on forged files (seen with 0.8.0), so
`hnsw_file` looks at a file before hnswlib does.
"""

import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.embedding_distances import (
    SSIM_SIDE,
    Distances,
    Vectors,
    distances_between,
    ssim_distances,
)
from inference.graph_space import GraphSpace
from inference.hnsw_file import M, graph_problem, relabel
from inference.records import Distance

__all__ = [
    "EXACT_LIMIT",
    "SSIM_SIDE",
    "GraphRows",
    "GraphSpace",
    "HnswGraph",
    "NeighbourSearch",
    "distances_between",
    "extend_graph",
    "read_graph",
    "ssim_distances",
    "write_graph",
]

EXACT_LIMIT = 20_000
"""Up to here every distance is computed: 1,024 numbers each take some 2 ms on one core."""

_EF_CONSTRUCTION = 200
_EF_SEARCH = 400
_LEAST_CANDIDATES = 100
"""Ordered again by the embeddings: nearness along some axes is nearly nearness, no more."""
_SEED = 100
_CHUNK = 4096
_GRAPH_CHUNK = 512

Rows = NDArray[np.int64]


class NeighbourSearch:
    """The embeddings of one method, ready to be searched. Only read after it was made."""

    def __init__(
        self, vectors: Vectors, distance: Distance, *, graph: "HnswGraph | None" = None
    ) -> None:
        """Take the embeddings, (n, d) float32, finite; the graph was built from the same rows."""
        self._vectors = vectors
        self._distance: Distance = distance
        self._graph = graph
        self._squares: Distances | None = None

    def nearest(
        self,
        query: Vectors,
        k: int,
        *,
        excluded: Sequence[int] = (),
        allowed: NDArray[np.bool_] | None = None,
        exact: bool = False,
    ) -> tuple[Rows, Distances]:
        """The k nearest rows, nearest first, ties by row.

        Args:
            query: (d,) float32.
            k: As many are returned wherever as many are left.
            excluded: Rows that are left out.
            allowed: (n,) True for the rows that may be found; None for all.
            exact: Compute every distance even where there is a graph.

        Raises:
            ValueError: The query has another length or is not finite, or k is below 1.
        """
        count, length = self._vectors.shape
        if query.shape != (length,):
            raise ValueError(f"an embedding here has {length} numbers, got {query.shape}")
        if not np.isfinite(query).all():
            raise ValueError("an embedding must be finite")
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        wanted = min(k, count)
        if count == 0:
            return np.empty(0, np.int64), np.empty(0, np.float64)
        rows: Rows | None = None
        if self._graph is not None and allowed is None and not exact:
            rows = self._graph.candidates(query, wanted + len(excluded))
            if rows is not None and len(excluded):
                rows = rows[~np.isin(rows, np.asarray(excluded))]
        if rows is None:
            is_open = np.ones(count, np.bool_) if allowed is None else allowed.copy()
            is_open[list(excluded)] = False
            rows = self._contenders(query, wanted, np.flatnonzero(is_open))
        distances = distances_between(self._vectors[rows], query, self._distance)
        order = np.lexsort((rows, distances))[:k]
        return rows[order].astype(np.int64), distances[order]

    def _contenders(self, query: Vectors, k: int, rows: Rows) -> Rows:
        """All rows that may be among the k nearest, from distances in single precision."""
        if len(rows) <= k or self._distance == "ssim":
            return rows
        if self._squares is None:
            self._squares = _squares(self._vectors)
        squares = self._squares[rows]
        if len(rows) < len(self._vectors):
            products = _products(self._vectors, query, rows)
        else:
            products = (self._vectors @ query).astype(np.float64)
        own = float((query.astype(np.float64) ** 2).sum())
        # A single-precision dot product of d terms is off by less than d · 2^-24 · |a||b|.
        error = len(query) * 2.0**-24
        if self._distance == "l2":
            rough = squares + own - 2.0 * products
            slack = 4.0 * error * float(np.sqrt(squares.max() * own)) + 1e-12 * own
        else:
            lengths = np.sqrt(squares * own)
            cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
            rough = 1.0 - cosines
            slack = 2.0 * error
        limit = np.partition(rough, k - 1)[k - 1] + slack
        contenders: Rows = rows[rough <= limit]
        return contenders


def _squares(vectors: Vectors) -> Distances:
    result = np.empty(len(vectors), np.float64)
    for start in range(0, len(vectors), _CHUNK):
        part = vectors[start : start + _CHUNK].astype(np.float64)
        result[start : start + _CHUNK] = (part * part).sum(axis=1)
    return result


def _products(vectors: Vectors, query: Vectors, rows: Rows) -> Distances:
    result = np.empty(len(rows), np.float64)
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        result[start : start + _CHUNK] = vectors[part] @ query
    return result


class HnswGraph:
    """A graph read from a file, with hnswlib behind it."""

    def __init__(self, index: Any, count: int, space: GraphSpace) -> None:
        """Use `read_graph`."""
        self._index = index
        self._count = count
        self._space = space

    def candidates(self, query: Vectors, k: int) -> Rows | None:
        """Some more than k rows near the query, or None where the graph cannot reach as many."""
        reach = min(self._count, max(_LEAST_CANDIDATES, 2 * k))
        try:
            self._index.set_ef(max(_EF_SEARCH, 2 * reach))
            placed = self._space.place(query[None])
            labels, _ = self._index.knn_query(placed, k=reach, num_threads=1)
        except RuntimeError:  # hnswlib's word for a graph that falls apart into islands
            return None
        rows: Rows = labels[0].astype(np.int64)
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class GraphRows:
    """What becomes of the rows of a graph that is extended.

    Attributes:
        kept: For each of its cases the row it has now, or -1 where it is none any more.
        added: The rows that are new, in ascending order.
        dead: Rows of it that were no cases before already.
    """

    kept: Rows
    added: Rows
    dead: int

    @property
    def dead_share(self) -> float:
        """How much of the extended graph will be rows that are no cases."""
        dead = self.dead + int((self.kept < 0).sum())
        return dead / max(1, len(self.kept) + self.dead + len(self.added))


def write_graph(path: Path, vectors: Vectors, space: GraphSpace) -> Iterator[int]:
    """Build the graph of some embeddings and write it, checked, to `path`.

    Args:
        path: A new file.
        vectors: (n, d) float32; row i gets the label i.
        space: What it is of.

    Yields:
        Rows that are in the graph so far; the file is there when it ends.

    Raises:
        OSError: It could not be written, or not whole.
    """
    import hnswlib

    count = len(vectors)
    index = hnswlib.Index(space=space.hnsw_space, dim=space.dimension)
    index.init_index(max(count, 1), M, _EF_CONSTRUCTION, _SEED)
    rows = np.arange(count)
    yield from _add(index, vectors, space, rows, rows)
    _save(index, path)
    _check_written(path, count, space, count)


def extend_graph(
    path: Path, earlier: Path, rows: GraphRows, vectors: Vectors, space: GraphSpace
) -> Iterator[int]:
    """Write the graph of some embeddings from an earlier one that has most of them.

    What is new is added as it would be on building; what is gone stays as a place to pass
    through, marked as deleted, so that nothing near it is cut off.

    Args:
        path: A new file.
        earlier: The earlier graph's.
        rows: Which of the embeddings it has.
        vectors: (n, d) float32; row i gets the label i.
        space: What it is of.

    Yields:
        Rows that are in the graph so far; the file is there when it ends.

    Raises:
        ValueError: The earlier graph is not sound.
        OSError: It could not be written, or not whole.
    """
    count = len(vectors)
    had = len(rows.kept) + rows.dead
    total = had + len(rows.added)
    index = _load(earlier, len(rows.kept), space, had, capacity=total)
    for label in np.flatnonzero(rows.kept < 0):
        index.mark_deleted(int(label))
    yield count - len(rows.added)
    labels = had + np.arange(len(rows.added))
    for done in _add(index, vectors, space, rows.added, labels):
        yield count - len(rows.added) + done
    _save(index, path)
    # Rows that are no cases have the highest labels; a case's label is its row.
    labels = np.empty(total, np.int64)
    labels[: len(rows.kept)] = rows.kept
    labels[len(rows.kept) : had] = -1
    labels[had:] = rows.added
    labels[labels < 0] = np.arange(count, total)
    relabel(path, labels, space.dimension)
    _check_written(path, count, space, total)


def read_graph(path: Path, count: int, space: GraphSpace, rows: int | None = None) -> HnswGraph:
    """Read a graph, after proving that hnswlib can.

    Args:
        path: Its file.
        count: Cases.
        space: What it is of.
        rows: Rows of the graph, those included that are no cases any more; None: `count`.

    Raises:
        ValueError: It is not a sound graph of them.
        OSError: It cannot be read.
    """
    rows = count if rows is None else rows
    return HnswGraph(_load(path, count, space, rows, capacity=rows), count, space)


def _add(
    index: Any, vectors: Vectors, space: GraphSpace, rows: Rows, labels: Rows
) -> Iterator[int]:
    # With one thread the same embeddings give the same file. Above the limit, where the graph
    # is what is searched, time counts more: there the final order comes from the embeddings.
    threads = 1 if len(vectors) <= EXACT_LIMIT else -1
    for start in range(0, len(rows), _GRAPH_CHUNK):
        part = slice(start, start + _GRAPH_CHUNK)
        placed = space.place(vectors[rows[part]])
        index.add_items(placed, labels[part], num_threads=threads)
        yield start + len(rows[part])


def _load(path: Path, count: int, space: GraphSpace, rows: int, *, capacity: int) -> Any:
    problem = graph_problem(path, count, space.dimension, rows)
    if problem:
        raise ValueError(problem)
    import hnswlib

    index = hnswlib.Index(space=space.hnsw_space, dim=space.dimension)
    try:
        index.load_index(str(path), max_elements=max(capacity, 1))
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    return index


def _save(index: Any, path: Path) -> None:
    try:
        index.save_index(str(path))
    except RuntimeError as error:
        raise OSError(f"the neighbour index could not be written: {error}") from error


def _check_written(path: Path, count: int, space: GraphSpace, rows: int) -> None:
    # hnswlib 0.8.0 does not look whether its writes succeed: a full disk leaves a short file.
    problem = graph_problem(path, count, space.dimension, rows)
    if problem:
        raise OSError(errno.ENOSPC, f"the neighbour index was not written whole: {problem}")
