"""Closed forms of similarity explanations, against autograd and plain loops."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.feature_similarity import (
    attention,
    contributions,
    features_at,
    is_pooled_alone,
    place_products,
    pooled,
    similarity,
    similarity_gradient,
)
from inference.records import Distance

DISTANCES: tuple[Distance, ...] = ("cosine", "l2")


def maps(seed: int, *, size: int = 5) -> NDArray[np.float32]:
    """Feature maps as ReLU leaves them: (12, size, size), half of them zero."""
    return np.random.default_rng(seed).normal(size=(12, size, size)).clip(0).astype(np.float32)


def plain_similarity(a: NDArray[np.float64], b: NDArray[np.float64], distance: Distance) -> float:
    if distance == "cosine":
        return float((a * b).sum() / (np.sqrt((a**2).sum()) * np.sqrt((b**2).sum())))
    return float(1 - ((a - b) ** 2).sum() / (b**2).sum())


@pytest.mark.parametrize("distance", DISTANCES)
def test_contributions_are_on_average_the_similarity(distance: Distance) -> None:
    one, other = maps(1), pooled(maps(2))
    values = contributions(one, other, distance)
    expected = plain_similarity(one.mean((1, 2), dtype=np.float64), other, distance)
    assert values.mean() == pytest.approx(expected, abs=1e-7)
    assert similarity(pooled(one), other, distance) == pytest.approx(expected, abs=1e-7)


def test_a_position_without_features_contributes_nothing() -> None:
    one = maps(1)
    one[:, 2, 3] = 0
    for distance in DISTANCES:
        assert contributions(one, pooled(maps(2)), distance)[2, 3] == 0


def test_the_cosine_form_is_the_pointwise_similarity_averaged_over_the_other_map() -> None:
    """Hu et al.: one position against each of the other map's, averaged; a plain loop."""
    one, other = maps(1, size=3), maps(2, size=4)
    a, b = (np.linalg.norm(each.mean((1, 2), dtype=np.float64)) for each in (one, other))
    expected = np.zeros((3, 3))
    for row in range(3):
        for column in range(3):
            products = [
                float(one[:, row, column] @ other[:, i, j]) / (a * b)
                for i in range(4)
                for j in range(4)
            ]
            expected[row, column] = np.mean(products)
    np.testing.assert_allclose(contributions(one, pooled(other), "cosine"), expected, atol=1e-6)


@pytest.mark.parametrize("distance", DISTANCES)
def test_the_gradient_is_that_of_autograd(distance: Distance) -> None:
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    functional = torch.nn.functional
    one, other = maps(1), maps(2)
    feature_map = torch.tensor(one, dtype=torch.float64, requires_grad=True)
    a, b = feature_map.mean((1, 2)), torch.tensor(other, dtype=torch.float64).mean((1, 2))
    if distance == "cosine":
        score = functional.cosine_similarity(a, b, dim=0)
    else:
        score = 1 - ((a - b) ** 2).sum() / (b**2).sum()
    (gradient,) = torch.autograd.grad(score, feature_map)
    positions = one.shape[1] * one.shape[2]
    closed = similarity_gradient(pooled(one), pooled(other), distance)
    expected = np.broadcast_to(closed[:, None, None] / positions, one.shape)
    np.testing.assert_allclose(gradient.numpy(), expected, atol=1e-12)
    # Grad-CAM with torch: weights are the gradient's mean, times the number of positions.
    weights = gradient.mean((1, 2)) * positions
    grad_cam = functional.relu((weights[:, None, None] * feature_map.detach()).sum(0)).numpy()
    np.testing.assert_allclose(attention(one, pooled(other), distance), grad_cam, atol=1e-12)
    assert grad_cam.any()


@pytest.mark.parametrize("distance", DISTANCES)
def test_equal_embeddings_have_similarity_1_and_no_gradient(distance: Distance) -> None:
    one = maps(1)
    assert contributions(one, pooled(one), distance).mean() == pytest.approx(1)
    assert not attention(one, pooled(one) * (1 + 1e-7), distance).any()


@pytest.mark.parametrize("distance", DISTANCES)
def test_zero_embeddings_give_zeros_and_no_nan(distance: Distance) -> None:
    one, nothing = maps(1), np.zeros((12, 5, 5), np.float32)
    for a, b in ((one, nothing), (nothing, one), (nothing, nothing)):
        for form in (contributions, attention):
            values = form(a, pooled(b), distance)
            assert values.shape == (5, 5)
            if a is nothing or b is nothing:
                assert not values.any()
        assert not place_products(a, (0.5, 0.5), b).any()
        assert np.isfinite(similarity(pooled(a), pooled(b), distance))


def test_point_maps_are_on_average_the_activation_map() -> None:
    source, target = maps(1, size=4), maps(2, size=3)
    middles = (np.arange(4) + 0.5) / 4
    every = [
        place_products(source, (down, across), target) for down in middles for across in middles
    ]
    expected = contributions(target, pooled(source), "cosine")
    np.testing.assert_allclose(np.mean(every, axis=0), expected, atol=1e-9)


def test_features_are_read_bilinearly_and_kept_at_the_borders() -> None:
    ramp = np.add.outer(np.arange(4.0) * 10, np.arange(4.0))[None]
    assert features_at(ramp, (0.5, 0.5)) == pytest.approx([16.5])
    assert features_at(ramp, (0.125, 0.375)) == pytest.approx([1])
    assert features_at(ramp, (0, 0)) == pytest.approx([0])
    assert features_at(ramp, (1, 1)) == pytest.approx([33])


def test_only_a_plain_mean_counts_as_pooled() -> None:
    one = maps(1)
    mean = pooled(one).astype(np.float32)
    assert is_pooled_alone(mean, one, "l2")
    assert not is_pooled_alone(mean * 3, one, "l2")
    assert is_pooled_alone(mean * 3, one, "cosine")  # length does not matter to a cosine
    for distance in DISTANCES:
        assert not is_pooled_alone(mean[::-1], one, distance)
        assert not is_pooled_alone(mean[:-1], one, distance)
        assert not is_pooled_alone(mean + 0.05 * mean.max(), one, distance)
    assert is_pooled_alone(mean * 0, one * 0, "l2")
