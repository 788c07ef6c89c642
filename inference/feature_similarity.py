"""Which positions of a feature map speak for a similarity, in closed form.

Where an embedder ends in a global average pool, its embedding a is the mean of its last
feature map over positions, a = (1/P) sum_i A_i with A_i the F numbers at position i. The
similarity s of a to the other embedding b is then a sum over positions, and its gradient on
the feature map is the same vector at every position. With â = a / |a| and b̂ = b / |b|:

    cosine   s = â · b̂              = (1/P) sum_i  A_i · b / (|a| |b|)
    l2       s = 1 - |a - b|² / |b|² = (1/P) sum_i  A_i · (2b - a) / |b|²

so the terms behind the sums are each position's contribution, and their mean is s exactly
(activation mapping). The l2 form counts from an image without any features, which is |b|
away from b: a position contributes by how much nearer its features bring the image to b than
that. Both are 1 for equal embeddings.

    cosine   ds/dA_i = (1/P) ds/da,   ds/da = (b̂ - s â) / |a|
    l2                                ds/da = 2 (b - a) / |b|²

Attention is Grad-CAM on s: M_i = max(0, A_i · ds/da). For equal embeddings s is at its highest
and the gradient is zero: attention then says nothing, and the map is 0 everywhere. Dropping
the term s â, which takes |a| for a constant, would give A_i · b̂ / |a|, which is activation
mapping again: that is the connection X-MIR suspected between the two.

Source: Stylianou et al. 2019; Zhu et al. 2019 (decomposition of the pooled similarity); Zheng
    et al. 2019 and Selvaraju et al. 2017 (gradient on the last feature map); Hu, Vasu & Hoogs
    2021, section 3.4.
"""

import numpy as np
from numpy.typing import NDArray

from inference.records import Distance

Values = NDArray[np.float64]

_SAME = 1e-5  # relative: two runs of one image differ by float32's rounding
_POOLED = 1e-3  # relative: between a graph's pooled output and the mean of its feature map


def pooled(feature_map: NDArray[np.floating]) -> Values:
    """(F, h, w) -> (F,), the mean over positions."""
    mean: Values = np.asarray(feature_map, np.float64).mean(axis=(1, 2))
    return mean


def is_pooled_alone(
    embedding: NDArray[np.floating], feature_map: NDArray[np.floating], distance: Distance
) -> bool:
    """Whether an embedding is the mean of its feature map (for cosines: up to its length).

    Only then do the closed forms hold: a further layer, or a fusion of several feature maps,
    makes them explain something else than the similarity the cases were ranked by.
    """
    mean, given = pooled(feature_map), np.asarray(embedding, np.float64)
    if mean.shape != given.shape:
        return False
    if distance == "cosine":
        mean, given = unit(mean), unit(given)
    return bool(np.linalg.norm(mean - given) <= _POOLED * max(float(np.linalg.norm(mean)), 1e-12))


def unit(vector: NDArray[np.floating]) -> Values:
    """The vector divided by its length; zero stays zero."""
    values = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(values))
    return values / length if length > 0 else np.zeros_like(values)


def similarity(a: NDArray[np.floating], b: NDArray[np.floating], distance: Distance) -> float:
    """The s that contributions add up to: at most 1, and 0 where it is not defined.

    Args:
        a: (F,) of the image that is explained.
        b: (F,) of the other one.
        distance: "cosine" or "l2".
    """
    if distance == "cosine":
        return float(unit(a) @ unit(b))
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    square = float(other @ other)
    return 1 - float(((one - other) ** 2).sum()) / square if square > 0 else 0.0


def contributions(
    feature_map: NDArray[np.floating], other: NDArray[np.floating], distance: Distance
) -> Values:
    """Activation mapping: each position's part in the similarity.

    Args:
        feature_map: (F, h, w) of the image that is explained.
        other: (F,) the other image's embedding; for cosines of any length.
        distance: "cosine" or "l2".

    Returns:
        (h, w), of any sign; the mean is `similarity`. All 0 where either embedding is zero.
    """
    maps, b = np.asarray(feature_map, np.float64), np.asarray(other, np.float64)
    a = pooled(maps)
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if min(lengths) == 0:
        return np.zeros(maps.shape[1:])
    if distance == "cosine":
        return _products(maps, b) / (lengths[0] * lengths[1])
    return _products(maps, 2 * b - a) / lengths[1] ** 2


def similarity_gradient(
    a: NDArray[np.floating], b: NDArray[np.floating], distance: Distance
) -> Values:
    """ds/da, (F,); zero where embeddings are equal up to rounding, or either is zero."""
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    lengths = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if min(lengths) == 0:
        return np.zeros_like(one)
    if distance == "cosine":
        residual = unit(other) - (unit(one) @ unit(other)) * unit(one)
        if np.linalg.norm(residual) < _SAME:
            return np.zeros_like(one)
        return np.asarray(residual / lengths[0])
    if np.linalg.norm(other - one) < _SAME * lengths[1]:
        return np.zeros_like(one)
    return 2 * (other - one) / lengths[1] ** 2


def attention(
    feature_map: NDArray[np.floating], other: NDArray[np.floating], distance: Distance
) -> Values:
    """Grad-CAM of the similarity: (h, w), at least 0. Arguments as in `contributions`."""
    maps = np.asarray(feature_map, np.float64)
    return _products(maps, similarity_gradient(pooled(maps), other, distance)).clip(0)


def place_products(
    source: NDArray[np.floating], place: tuple[float, float], target: NDArray[np.floating]
) -> Values:
    """Point to point: what on `target` resembles one place of `source`.

    The only term of either similarity in which a place of one image meets a place of the
    other is the product of their features; it is divided by both embeddings' lengths. For
    cosines, the mean of these maps over all places of `source` is `contributions` of `target`.

    Args:
        source: (F, h, w).
        place: (down, across) in [0, 1], in shares of the model input.
        target: (F, h', w').

    Returns:
        (h', w'); all 0 where either embedding is zero.
    """
    lengths = float(np.linalg.norm(pooled(source))) * float(np.linalg.norm(pooled(target)))
    maps = np.asarray(target, np.float64)
    if lengths == 0:
        return np.zeros(maps.shape[1:])
    return _products(maps, features_at(source, place)) / lengths


def features_at(feature_map: NDArray[np.floating], place: tuple[float, float]) -> Values:
    """Features at a place, (F,), bilinear between the middles of positions."""
    maps = np.asarray(feature_map, np.float64)
    for axis, share in zip((1, 2), place, strict=True):  # each step removes no axis
        side = maps.shape[axis]
        at = min(max(share * side - 0.5, 0.0), side - 1.0)
        low = int(at)
        high = min(low + 1, side - 1)
        lower, upper = maps.take([low], axis=axis), maps.take([high], axis=axis)
        maps = lower + (upper - lower) * (at - low)
    return maps[:, 0, 0]


def _products(maps: Values, vector: Values) -> Values:
    return np.asarray(np.tensordot(vector, maps, axes=1))
