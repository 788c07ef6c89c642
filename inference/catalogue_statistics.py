"""What is ordinary in a catalogue: how far apart cases are, and how near the nearest.

Both are stored with it. The first sets the scale of the similarity that is shown; the second
is what a query is held against before the window says that nothing here resembles it.
"""

import numpy as np
from numpy.typing import NDArray

from inference.neighbour_index import distances_between, ssim_distances
from inference.records import Distance

QUANTILES = (0.05, 0.5, 0.95, 0.99)
_PAIRS = 4000
_NEAREST_SAMPLE = 200
_SSIM_PAIRS = 400
_SSIM_SAMPLE = 16
_CHUNK = 2048
_SSIM_CHUNK = 16  # what is filtered at once stays in the processor's cache


def typical_distance(vectors: NDArray[np.float32], distance: Distance) -> float:
    """Median distance between two random cases; 1 where that says nothing.

    Up to `_PAIRS` pairs are drawn with a fixed seed: the median of 4,000 is known to about
    2 % of the spread, and it only sets where a similarity of one half lies.
    """
    count = len(vectors)
    if count < 2:
        return 1.0
    generator = np.random.default_rng(0)
    pairs = _SSIM_PAIRS if distance == "ssim" else _PAIRS
    first = generator.integers(0, count, pairs)
    second = (first + generator.integers(1, count, pairs)) % count
    values = np.empty(pairs)
    for query in np.unique(first):
        chosen = np.flatnonzero(first == query)
        others, places = np.unique(second[chosen], return_inverse=True)
        values[chosen] = distances_between(vectors[others], vectors[query], distance)[places]
    median = float(np.median(values))
    if median > 0:
        return median
    positive = values[values > 0]
    return float(positive.mean()) if len(positive) else 1.0


def nearest_quantiles(
    vectors: NDArray[np.float32], distance: Distance, patients: NDArray[np.str_]
) -> dict[str, float]:
    """How far cases are from their nearest case of another patient; empty where none has one.

    A query that is much farther than that from everything resembles nothing here.

    Args:
        vectors: (n, d) float32.
        distance: How two are compared.
        patients: (n,); "" where unknown, which is then no other case's patient.
    """
    count = len(vectors)
    generator = np.random.default_rng(1)
    size = min(count, _SSIM_SAMPLE if distance == "ssim" else _NEAREST_SAMPLE)
    sample = np.sort(generator.choice(count, size, replace=False)) if count else np.empty(0, int)
    nearest = np.full(size, np.inf)
    chunk = _SSIM_CHUNK if distance == "ssim" else _CHUNK
    for start in range(0, count, chunk):
        part = np.arange(start, min(count, start + chunk))
        if distance == "ssim":
            values = ssim_distances(vectors[part], vectors[sample])
        else:
            values = _rough_distances(vectors[part], vectors[sample], distance)
        is_same = part[None] == sample[:, None]
        is_same |= (patients[part][None] == patients[sample][:, None]) & (
            patients[sample][:, None] != ""
        )
        nearest = np.minimum(nearest, np.where(is_same, np.inf, values).min(axis=1))
    nearest = nearest[np.isfinite(nearest)]
    if not len(nearest):
        return {}
    return {f"{q:g}": float(np.quantile(nearest, q)) for q in QUANTILES}


def _rough_distances(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], distance: Distance
) -> NDArray[np.float64]:
    """(m, n) distances by matrix product in float64: for statistics, good to some 1e-8."""
    many, ones = vectors.astype(np.float64), queries.astype(np.float64)
    products = ones @ many.T
    squares = (many**2).sum(axis=1), (ones**2).sum(axis=1)
    if distance == "l2":
        distances: NDArray[np.float64] = np.sqrt(
            (squares[0][None] + squares[1][:, None] - 2 * products).clip(0.0)
        )
        return distances
    lengths = np.sqrt(squares[0][None] * squares[1][:, None])
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.asarray(1 - cosines, np.float64)
