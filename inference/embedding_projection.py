"""Embeddings in two dimensions by t-SNE, in steps: it can be watched, and stopped at any time.

    distances -> affinities at one perplexity -> gradient descent, ever better -> places

Without trees: every pair of cases repels each other, which up to `MOST` cases takes seconds and
needs numpy alone. Deterministic: it starts from the two principal components
of the embeddings, not from chance.

Distances on the map are those of neighbours only: how far apart two groups lie, and how wide
they are, means nothing.

Source: van der Maaten & Hinton 2008, sections 2 and 3 (early exaggeration, momentum); gains
    as in the authors' own code; learning rate: Belkina et al. 2019, n / exaggeration.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inference.feature_similarity import unit
from inference.records import Distance

PERPLEXITY = 30.0
FEWEST = 5
"""With fewer cases there are no neighbourhoods to keep."""

MOST = 4000
"""More would take minutes, and be a blot on the screen."""

ROUNDS = 750
_EXAGGERATED_ROUNDS = 250
_EXAGGERATION = 12.0
_SHOW_EVERY = 10
_ROWS = 64  # worked on at once, so that there is a place to stop in between
_SEARCHES = 45  # halvings of an interval: the perplexity to ten digits


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Places so far.

    Attributes:
        places: (n, 2) float64 in [-1, 1]; all 0 before the descent began.
        done, total: Steps.
        is_final: Whether these are the places.
    """

    places: NDArray[np.float64] = field(repr=False)
    done: int
    total: int
    is_final: bool = False


def project(
    embeddings: NDArray[np.floating], distance: Distance, *, rounds: int = ROUNDS
) -> Generator[Projection, None, None]:
    """Place embeddings in the plane.

    Args:
        embeddings: (n, length), finite; n from `FEWEST` to `MOST`.
        distance: Of "cosine" embeddings the direction alone counts; "ssim" is projected by
            its pixels.
        rounds: Of the descent.

    Yields:
        Ever better places; the last is final.

    Raises:
        ValueError: An embedding is not finite, or there are too few or too many.
    """
    values = np.asarray(embeddings, np.float64)
    count = len(values)
    if not FEWEST <= count <= MOST:
        raise ValueError(f"from {FEWEST} to {MOST} embeddings can be projected, not {count}")
    if not np.isfinite(values).all():
        raise ValueError("embeddings hold numbers that are not finite")
    if distance == "cosine":
        values = np.stack([unit(one) for one in values])
    largest = max(float(np.abs(values).max()), 1e-300)
    values = values / largest  # squares must neither vanish nor burst
    values -= values.mean(axis=0)
    values[np.abs(values) < 1e-12] = 0  # rounding is no difference
    values /= max(float(np.abs(values).max()), 1e-12)
    values = np.pad(values, ((0, 0), (0, max(0, 2 - values.shape[1]))))
    if not values.any():
        angles = 2 * np.pi * np.arange(count) / count  # all the same: nothing to tell apart
        yield Projection(np.stack([np.cos(angles), np.sin(angles)], 1), 1, 1, True)
        return
    parts = -(-count // _ROWS)
    total = parts + rounds
    perplexity = min(PERPLEXITY, (count - 1) / 3)
    affinities = np.zeros((count, count), np.float32)
    for part in range(parts):
        rows = slice(part * _ROWS, (part + 1) * _ROWS)
        affinities[rows] = _affinities(values, rows, perplexity)
        yield Projection(np.zeros((count, 2)), part + 1, total)
    descent = _Descent(_pairs(affinities), _start(values))
    del affinities
    for done in range(1, rounds + 1):
        descent.step(is_exaggerated=done <= _EXAGGERATED_ROUNDS * rounds / ROUNDS)
        if done % _SHOW_EVERY == 0 or done == rounds:
            yield Projection(_fitted(descent.places), parts + done, total, done == rounds)


def affinities_of(embeddings: NDArray[np.floating], perplexity: float) -> NDArray[np.float64]:
    """p(j|i): (n, n), rows sum to 1, the diagonal is 0."""
    values = np.asarray(embeddings, np.float64)
    return _affinities(values, slice(0, len(values)), perplexity)


def _affinities(values: NDArray[np.float64], rows: slice, perplexity: float) -> NDArray[np.float64]:
    """Gaussian neighbourhoods, each as wide as its perplexity asks: a search by halves.

    As usual, what is further than three times as many cases as the perplexity counts nothing.
    """
    some = values[rows]
    own = np.arange(len(some)), np.arange(len(values))[rows]
    all_squares = (some**2).sum(1)[:, None] + (values**2).sum(1) - 2 * some @ values.T
    all_squares[own] = np.inf
    kept = min(len(values) - 1, int(3 * perplexity) + 1)
    near = np.argpartition(all_squares, kept - 1, axis=1)[:, :kept]
    squares = np.maximum(np.take_along_axis(all_squares, near, axis=1), 0)
    squares -= squares.min(axis=1, keepdims=True)  # only differences count; nothing underflows
    scale = squares.mean(axis=1)
    scale[scale < 1e-12] = 1  # all others at one distance: no precision tells them apart
    low, high = np.full(len(some), -40.0), np.full(len(some), 40.0)  # ln of precision x scale
    wanted = np.log(perplexity)
    for _ in range(_SEARCHES):
        middle = (low + high) / 2
        precision = (np.exp(middle) / scale)[:, None]
        weights = np.exp(-squares * precision)
        sums = weights.sum(axis=1)
        entropy = np.log(sums) + (precision * squares * weights).sum(axis=1) / sums
        is_wide = entropy > wanted
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    found = np.zeros((len(some), len(values)))
    np.put_along_axis(found, near, weights / sums[:, None], axis=1)
    return found


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Neighbours and how strongly they attract; all together 1.

    Attributes:
        one, other: Rows, sorted by `one`; every row has some.
        weight: Of each pair, both ways.
        first: Where each row's pairs begin.
    """

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    weight: NDArray[np.float32]
    first: NDArray[np.int64]


def _pairs(affinities: NDArray[np.float32]) -> _Pairs:
    both = affinities + affinities.T
    both /= both.sum(dtype=np.float64)
    one, other = np.nonzero(both)
    first = np.searchsorted(one, np.arange(len(both)))
    return _Pairs(one, other, both[one, other], first)


def _start(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """The two principal components, tiny: (n, 2)."""
    generator = np.random.default_rng(0)
    axes = generator.normal(size=(values.shape[1], 2))
    for _ in range(30):  # subspace iteration
        axes, _triangle = np.linalg.qr(values.T @ (values @ axes))
    first = values @ axes
    # Where the embeddings lie on a line, the second is rounding; a little chance parts them.
    first += generator.normal(size=first.shape) * 1e-3 * max(float(first.std()), 1e-300)
    return np.asarray(1e-4 * first / first[:, 0].std(), np.float32)


class _Descent:
    """Gradient descent on the Kullback-Leibler divergence, with momentum and gains.

    The gradient is 4 sum over j of (p - q) near (y_i - y_j), with near = 1 / (1 + distance²)
    and q = near / sum of near. What attracts is between neighbours alone; what repels is
    between all pairs, and takes as few passes over them as can be.
    """

    def __init__(self, affinities: _Pairs, start: NDArray[np.float32]) -> None:
        count = len(start)
        self.places = start
        self._pairs = affinities
        self._speed = np.zeros_like(start)
        self._gains = np.ones_like(start)
        self._rate = max(count / _EXAGGERATION / 4, 50.0)
        self._near = np.empty((count, count), np.float32)  # kept: memory is slow to come by

    def step(self, *, is_exaggerated: bool) -> None:
        """One round."""
        places, near, pairs = self.places, self._near, self._pairs
        count = len(places)
        squares, ones = (places * places).sum(axis=1)[:, None], np.ones((count, 1), np.float32)
        # 1 + |a|² + |b|² - 2 ab, as one product of matrices
        np.matmul(
            np.hstack([-2 * places, ones, squares + 1]), np.hstack([places, squares, ones]).T,
            out=near,
        )  # fmt: skip
        np.maximum(near, 1, out=near)
        np.reciprocal(near, out=near)
        np.fill_diagonal(near, 0)
        share = float(near.sum(dtype=np.float64))
        apart = places[pairs.one] - places[pairs.other]
        pull = (pairs.weight / (1 + (apart * apart).sum(axis=1)))[:, None] * apart
        attracts = np.add.reduceat(pull, pairs.first)
        np.multiply(near, near, out=near)
        repels = (near.sum(axis=1)[:, None] * places - near @ places) / np.float32(share)
        exaggeration = np.float32(_EXAGGERATION if is_exaggerated else 1)
        gradient = 4 * (exaggeration * attracts - repels)
        is_turning = np.sign(gradient) == np.sign(self._speed)
        self._gains = np.where(is_turning, self._gains * 0.8, self._gains + 0.2).clip(0.01)
        momentum = 0.5 if is_exaggerated else 0.8
        self._speed = momentum * self._speed - self._rate * self._gains * gradient
        self.places = (places + self._speed).astype(np.float32)
        self.places -= self.places.mean(axis=0)


def _fitted(places: NDArray[np.float32]) -> NDArray[np.float64]:
    """Into [-1, 1], in the middle, both axes by one scale."""
    centred = places.astype(np.float64)
    centred -= (centred.max(axis=0) + centred.min(axis=0)) / 2
    return np.asarray(centred / max(float(np.abs(centred).max()), 1e-12))
