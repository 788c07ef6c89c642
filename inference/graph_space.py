"""What a graph is of: the embeddings themselves, or where they lie along a few principal axes.

A graph keeps a copy of every vector. Embeddings of 1,024 numbers vary along far fewer directions,
so a graph of their first principal axes needs a third of the memory and finds nearly the same
cases; `NeighbourSearch` orders what it proposes by the embeddings, which stay on disk.

The axes belong to the graph: a query must be placed as the cases were. They are kept beside it,
as (1 + axes, length) float32: the mean, then one axis in each row.
Source: Jolliffe 2002, Principal Component Analysis, chapter 2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.embedding_distances import Vectors
from inference.records import Distance

AXES = 256
"""As many are kept of embeddings that are at least twice as long."""

LEAST_SHARE = 0.999
"""Axes that hold less than this share of the variance would cost neighbours: none are used."""

FEWEST_CASES = 4 * AXES
"""Fewer cases do not say what the axes are, and need no less memory."""

_SAMPLE = 5000
_SEED = 7


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalAxes:
    """Where the origin is, and the directions that are kept.

    Attributes:
        mean: (length,) float32, finite.
        axes: (axes, length) float32, orthonormal rows.
    """

    mean: Vectors
    axes: Vectors

    def __post_init__(self) -> None:
        count, length = self.axes.shape
        if self.mean.shape != (length,) or not 0 < count <= length:
            raise ValueError("axes and mean do not fit")
        # Compared so that what is not finite fails, and nothing below overflows.
        if not (np.abs(self.mean) < 1e15).all() or not (np.abs(self.axes) < 1.01).all():
            raise ValueError("axes must be finite")
        if np.abs(self.axes @ self.axes.T - np.eye(count, dtype=np.float32)).max() > 1e-3:
            raise ValueError("axes must be orthonormal")

    def as_rows(self) -> Vectors:
        """(1 + axes, length) float32, as they are stored."""
        return np.concatenate([self.mean[None], self.axes])


@dataclass(frozen=True, slots=True)
class GraphSpace:
    """How embeddings are placed in a graph.

    Attributes:
        length: Numbers in an embedding.
        distance: Between embeddings; "l2" or "cosine".
        axes: What they are reduced to, or None for all of their numbers.
    """

    length: int
    distance: Distance
    axes: PrincipalAxes | None = None

    @property
    def dimension(self) -> int:
        """Numbers of a vector in the graph."""
        return self.length if self.axes is None else len(self.axes.axes)

    @property
    def hnsw_space(self) -> str:
        """hnswlib's name for the distance inside the graph."""
        return self.distance if self.axes is None else "l2"

    def place(self, vectors: Vectors) -> Vectors:
        """(n, length) embeddings -> (n, dimension) float32, contiguous."""
        if self.axes is None:
            return np.ascontiguousarray(vectors)
        centred = _of_one_length(vectors, self.distance) - self.axes.mean
        return np.ascontiguousarray(centred @ self.axes.axes.T)


def _of_one_length(vectors: Vectors, distance: Distance) -> Vectors:
    """For cosine at length 1, where Euclidean distances order as the angles do."""
    if distance != "cosine":
        return vectors
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return directions


def principal_axes(vectors: Vectors, distance: Distance) -> PrincipalAxes | None:
    """The axes that a graph of some embeddings should have, or None for the embeddings whole.

    Args:
        vectors: (n, length) float32, finite; only some thousand of them are looked at.
        distance: Between them.
    """
    count, length = vectors.shape
    if length < 2 * AXES or count < FEWEST_CASES:
        return None
    sample = _sample(vectors, distance)
    mean = sample.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(sample.T, bias=True))  # ascending
    if variances[-AXES:].sum() < LEAST_SHARE * max(variances.sum(), 0.0):
        return None
    axes = np.ascontiguousarray(directions[:, : -AXES - 1 : -1].T, np.float32)
    return PrincipalAxes(mean.astype(np.float32), axes)


def still_fit(axes: PrincipalAxes | None, vectors: Vectors, distance: Distance) -> bool:
    """Whether a graph of other embeddings may go on with the axes that it has.

    Args:
        axes: Its own; None where it holds whole embeddings.
        vectors: (n, length) float32: what it shall hold.
        distance: Between them.
    """
    if axes is None:
        return principal_axes(vectors, distance) is None
    if len(vectors) < FEWEST_CASES or axes.axes.shape[1] != vectors.shape[1]:
        return False
    centred = _sample(vectors, distance) - axes.mean
    kept = centred @ axes.axes.T
    return bool((kept**2).sum() >= LEAST_SHARE * (centred**2).sum())


def _sample(vectors: Vectors, distance: Distance) -> NDArray[np.float64]:
    generator = np.random.default_rng(_SEED)
    chosen = generator.choice(len(vectors), min(len(vectors), _SAMPLE), replace=False)
    return _of_one_length(vectors[np.sort(chosen)], distance).astype(np.float64)
