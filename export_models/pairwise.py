"""How far every case is from every other, by the distance its method compares with.

Evaluation compares all pairs of a split at once, so it does not go through the catalogue's
approximate index: what is measured here is the method, not the index.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from scipy.spatial.distance import cdist

from inference.records import Distance

_WINDOW = 7  # scikit-image's default window of structural_similarity
_C1 = 0.01**2  # (K1 * data range)², its default K1, for brightness in [0, 1]
_C2 = 0.03**2


def pairwise_distances(embeddings: NDArray[np.floating], distance: Distance) -> NDArray[np.float64]:
    """Distances between all cases.

    Args:
        embeddings: (n, length); for "ssim" flattened square grey images in [0, 1].
        distance: "l2": Euclidean. "cosine": 1 - cos, where an embedding of zero length is
            at 1 from every other embedding and at 0 from another zero. "ssim": 1 - SSIM.

    Returns:
        (n, n), small is similar. Equal embeddings are at exactly 0, so that ties are ties.

    Raises:
        ValueError: Embeddings are not (n, length), or are not all finite.
    """
    values = np.asarray(embeddings, np.float64)
    if values.ndim != 2:
        raise ValueError(f"embeddings must be (n, length), got {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("embeddings hold numbers that are not finite")
    if distance == "l2":
        return np.asarray(cdist(values, values))
    if distance == "cosine":
        return _cosine(values)
    if distance == "ssim":
        return _structural(values)
    raise ValueError(f"unknown distance {distance!r}")


def _cosine(values: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    is_zero = lengths[:, 0] == 0
    units = values / np.where(lengths == 0, 1.0, lengths)
    # |u - v|² / 2 = 1 - cos for unit vectors, and exactly 0 for equal ones.
    distances = np.asarray(cdist(units, units, "sqeuclidean")) / 2
    distances[is_zero != is_zero[:, None]] = 1.0
    return distances


def _structural(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 - SSIM with scikit-image's defaults (uniform 7 x 7 window, sample covariance).

    Source: Wang et al. 2004; skimage.metrics.structural_similarity, whose means are shared
        between pairs here, because n² calls of it take minutes.
    """
    count, length = values.shape
    side = round(length**0.5)
    if side * side != length or side < _WINDOW:
        raise ValueError(f"ssim compares square images of at least 7 x 7, got {length} numbers")
    images = values.reshape(count, side, side).astype(np.float32)
    means = _windowed(images)
    unbiased = _WINDOW**2 / (_WINDOW**2 - 1)
    variances = unbiased * (_windowed(images * images) - means * means)
    distances = np.zeros((count, count))
    for one in range(count):
        others = slice(one + 1, count)
        product = means[one] * means[others]
        covariance = unbiased * (_windowed(images[one] * images[others]) - product)
        above = (2 * product + _C1) * (2 * covariance + _C2)
        below = (means[one] ** 2 + means[others] ** 2 + _C1) * (
            variances[one] + variances[others] + _C2
        )
        row = 1 - (above / below).mean(axis=(1, 2), dtype=np.float64)
        row[(images[others] == images[one]).all(axis=(1, 2))] = 0.0
        distances[one, others] = distances[others, one] = row
    return distances


def _windowed(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of each whole 7 x 7 window, (n, side - 6, side - 6)."""
    border = _WINDOW // 2
    filtered: NDArray[np.float32] = uniform_filter(images, (0, _WINDOW, _WINDOW))
    return filtered[:, border:-border, border:-border]
