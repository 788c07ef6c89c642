"""How far apart two embeddings are, in float64, each pair computed for itself alone."""

import numpy as np
from numpy.typing import NDArray

from inference.records import Distance

SSIM_SIDE = 96
"""Height and width of the grey radiograph that is the embedding of the method "ssim"."""

_CHUNK = 4096
_SSIM_CHUNK = 64
_SSIM_WINDOW = 7

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
