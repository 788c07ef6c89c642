"""Which embeddings are nearest: exactly, or through an HNSW graph where there are very many.

    vectors (n, d) --+-- n <= EXACT_LIMIT, or filtered --> all distances (BLAS) --+--> the few
                     '-- HNSW graph -------------------------> candidates --------'    that count,
                                                                                  in float64

Whatever proposed the candidates, their distances are computed again in float64 from the
embeddings themselves and ties go to the lower row, so the order does not depend on the way.
This is the one door to hnswlib. It crashes the process on forged files (seen with 0.8.0), so
`hnsw_file` looks at a file before hnswlib does.
"""

import errno
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.hnsw_file import M, graph_problem
from inference.records import Distance

EXACT_LIMIT = 20_000
"""Up to here every distance is computed: 1,024 numbers each take some 2 ms on one core."""

SSIM_SIDE = 96
"""Height and width of the grey radiograph that is the embedding of the method "ssim"."""

_EF_CONSTRUCTION = 200
_EF_SEARCH = 200
_SEED = 100
_CHUNK = 4096
_GRAPH_CHUNK = 512
_SSIM_CHUNK = 64
_SSIM_WINDOW = 7

Rows = NDArray[np.int64]
Vectors = NDArray[np.float32]
Distances = NDArray[np.float64]


def distances_between(vectors: Vectors, query: Vectors, distance: Distance) -> Distances:
    """Distances of many embeddings to one, in float64, each computed for itself alone.

    Args:
        vectors: (n, d) float32.
        query: (d,) float32.
        distance: "l2": Euclidean. "cosine": 1 - cos, and 1 where either is zero. "ssim":
            1 - structural similarity.

    Returns:
        (n,): at least 0.
    """
    result = np.empty(len(vectors), np.float64)
    if distance == "ssim":
        for start in range(0, len(vectors), _SSIM_CHUNK):
            part = slice(start, start + _SSIM_CHUNK)
            result[part] = ssim_distances(vectors[part], query[None])[0]
        return result
    one = query.astype(np.float64)
    length = float(np.sqrt((one * one).sum()))
    for start in range(0, len(vectors), _CHUNK):
        many = vectors[start : start + _CHUNK].astype(np.float64)
        if distance == "l2":
            values = np.sqrt(((many - one) ** 2).sum(axis=1))
        else:
            lengths = np.sqrt((many * many).sum(axis=1)) * length
            products = (many * one).sum(axis=1)
            cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
            values = np.clip(1.0 - cosines, 0.0, 2.0)
        result[start : start + _CHUNK] = values
    return result


def ssim_distances(vectors: Vectors, queries: Vectors) -> Distances:
    """1 - SSIM between every query and every embedding of the method "ssim".

    Args:
        vectors: (n, SSIM_SIDE²) float32 in [0, 1]; all are filtered at once, so n is small.
        queries: (m, SSIM_SIDE²) float32 in [0, 1].

    Returns:
        (m, n) in [0, 2].

    Source:
        Wang et al. 2004, as scikit-image's `structural_similarity` computes it by default
        with data_range 1: 7 × 7 uniform window, sample covariance, the border left out.
    """
    many = vectors.reshape(-1, SSIM_SIDE, SSIM_SIDE).astype(np.float64)
    ones = queries.reshape(-1, SSIM_SIDE, SSIM_SIDE).astype(np.float64)
    mean_many, mean_ones = _window_means(many), _window_means(ones)
    sample = _SSIM_WINDOW**2 / (_SSIM_WINDOW**2 - 1)
    variance_many = sample * (_window_means(many * many) - mean_many**2)
    variance_ones = sample * (_window_means(ones * ones) - mean_ones**2)
    c1, c2 = 0.01**2, 0.03**2
    result = np.empty((len(ones), len(many)), np.float64)
    for row, (one, mean, variance) in enumerate(zip(ones, mean_ones, variance_ones, strict=True)):
        product = mean_many * mean
        covariance = sample * (_window_means(many * one) - product)
        numerator = (2 * product + c1) * (2 * covariance + c2)
        denominator = (mean_many**2 + mean**2 + c1) * (variance_many + variance + c2)
        result[row] = 1.0 - (numerator / denominator).mean(axis=(1, 2))
    return result.clip(0.0, 2.0)


def _window_means(pictures: Distances) -> Distances:
    """Means of all whole 7 × 7 windows: (n, side - 6, side - 6)."""
    from scipy.ndimage import uniform_filter

    edge = _SSIM_WINDOW // 2
    means = uniform_filter(pictures, size=(1, _SSIM_WINDOW, _SSIM_WINDOW))
    inside: Distances = means[:, edge:-edge, edge:-edge]
    return inside


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

    def __init__(self, index: Any, count: int) -> None:
        """Use `read_graph`."""
        self._index = index
        self._count = count

    def candidates(self, query: Vectors, k: int) -> Rows | None:
        """Some more than k rows near the query, or None where the graph cannot reach as many."""
        reach = min(self._count, k + max(32, k))
        try:
            self._index.set_ef(max(_EF_SEARCH, 2 * reach))
            labels, _ = self._index.knn_query(query[None], k=reach, num_threads=1)
        except RuntimeError:  # hnswlib's word for a graph that falls apart into islands
            return None
        rows: Rows = labels[0].astype(np.int64)
        return rows


def write_graph(path: Path, vectors: Vectors, distance: Distance) -> Iterator[int]:
    """Build the graph of some embeddings and write it, checked, to `path`.

    Args:
        path: A new file.
        vectors: (n, d) float32; row i gets the label i.
        distance: "l2" or "cosine".

    Yields:
        Rows that are in the graph so far; the file is there when it ends.

    Raises:
        OSError: It could not be written, or not whole.
    """
    import hnswlib

    count, length = vectors.shape
    index = hnswlib.Index(space=distance, dim=length)
    index.init_index(max(count, 1), M, _EF_CONSTRUCTION, _SEED)
    # With one thread the same embeddings give the same file. Above the limit, where the graph
    # is what is searched, time counts more: there the final order comes from the embeddings.
    threads = 1 if count <= EXACT_LIMIT else -1
    for start in range(0, count, _GRAPH_CHUNK):
        part = np.ascontiguousarray(vectors[start : start + _GRAPH_CHUNK])
        index.add_items(part, np.arange(start, start + len(part)), num_threads=threads)
        yield start + len(part)
    try:
        index.save_index(str(path))
    except RuntimeError as error:
        raise OSError(f"the neighbour index could not be written: {error}") from error
    # hnswlib 0.8.0 does not look whether its writes succeed: a full disk leaves a short file.
    problem = graph_problem(path, count, length)
    if problem:
        raise OSError(errno.ENOSPC, f"the neighbour index was not written whole: {problem}")


def read_graph(path: Path, count: int, length: int, distance: Distance) -> HnswGraph:
    """Read a graph, after proving that hnswlib can.

    Raises:
        ValueError: It is not a sound graph of `count` embeddings of `length` numbers.
        OSError: It cannot be read.
    """
    problem = graph_problem(path, count, length)
    if problem:
        raise ValueError(problem)
    import hnswlib

    index = hnswlib.Index(space=distance, dim=length)
    try:
        index.load_index(str(path), max_elements=max(count, 1))
    except RuntimeError as error:
        raise ValueError(str(error)) from error
    return HnswGraph(index, count)
