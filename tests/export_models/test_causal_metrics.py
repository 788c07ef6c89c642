"""Insertion and deletion against a plain implementation written from the papers."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from export_models.causal_metrics import (
    STEPS,
    area,
    blurred,
    causal_curves,
    pixel_order,
    rank_correlation,
    rectified_cosines,
    revealed,
)


def image(seed: int, channels: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((channels, 16, 16)).astype(np.float32)


def embed(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of quarters: (n, 4)."""
    return images.mean(1).reshape(-1, 2, 8, 2, 8).mean((2, 4)).reshape(-1, 4)


@pytest.mark.parametrize("channels", [1, 3])
def test_areas_are_those_of_a_plain_loop(channels: int) -> None:
    result, query = image(1, channels), embed(image(2, channels)[None])[0]
    saliency = np.random.default_rng(3).random((16, 16))
    curves = causal_curves(result, saliency, lambda some: rectified_cosines(embed(some), query))

    ranked = sorted(
        ((saliency[row, column], row, column) for row in range(16) for column in range(16)),
        reverse=True,
    )
    smooth = blurred(result)
    for name, start, end in (
        ("insertion", smooth, result),
        ("deletion", result, np.full_like(result, 0.5)),
    ):
        scores = []
        for step in range(STEPS + 1):
            changed = start.copy()
            for _, row, column in ranked[: round(step * 256 / STEPS)]:
                changed[:, row, column] = end[:, row, column]
            vector = embed(changed[None])[0].astype(float)
            cosine = vector @ query / np.linalg.norm(vector) / np.linalg.norm(query)
            scores.append(max(0.0, cosine))
        np.testing.assert_allclose(getattr(curves, name), scores, atol=1e-6)
        expected = sum((a + b) / 2 for a, b in pairwise(scores)) / STEPS
        assert getattr(curves, f"{name}_area") == pytest.approx(expected, abs=1e-6)


def test_a_map_of_what_matters_beats_its_opposite() -> None:
    """Only one quarter makes the score, and the map that knows it wins on both."""
    result = image(4)
    quarter = np.zeros((16, 16))
    quarter[:8, :8] = 1

    def score(images: NDArray[np.float32]) -> NDArray[np.float64]:
        difference = np.abs(images[:, 0, :8, :8] - result[0, :8, :8]).mean((1, 2))
        return np.asarray(1 - difference, np.float64)

    good, bad = (causal_curves(result, one, score) for one in (quarter, 1 - quarter))
    assert good.insertion_area > bad.insertion_area
    assert good.deletion_area < bad.deletion_area


def test_the_ends_of_the_curves_are_whole_images() -> None:
    start, end = image(1), image(2)
    images = revealed(start, end, pixel_order(np.zeros((16, 16)), 0))
    assert np.array_equal(images[0], start)
    assert np.array_equal(images[-1], end)
    assert images.shape == (STEPS + 1, 1, 16, 16)


def test_ties_go_in_a_random_order_that_a_seed_repeats() -> None:
    nothing = np.zeros((16, 16))
    order = pixel_order(nothing, 1)
    assert np.array_equal(order, pixel_order(nothing, 1))
    assert not np.array_equal(order, pixel_order(nothing, 2))
    assert sorted(order.tolist()) == list(range(256))
    rows = order[:128] // 16
    assert 5 < rows.mean() < 10  # not from the top
    top = nothing.copy()
    top[3, 4] = 1
    assert pixel_order(top, 1)[0] == 3 * 16 + 4


def test_the_blur_is_as_wide_as_the_box_of_occlusion() -> None:
    point = np.zeros((1, 224, 224), np.float32)
    point[0, 112, 112] = 1
    smooth = blurred(point)
    axis = np.exp(-0.5 * (np.arange(-48, 49) / 24) ** 2)
    axis /= axis.sum()
    np.testing.assert_allclose(smooth[0, 64:161, 64:161], np.outer(axis, axis), atol=1e-7)
    assert smooth.sum() == pytest.approx(1, abs=1e-4)
    # The same part of a smaller image: half the pixels, twice the height.
    small = np.zeros((3, 112, 112), np.float32)
    small[1, 56, 56] = 1
    assert blurred(small)[1].max() == pytest.approx(4 * smooth.max(), rel=0.02)
    assert not blurred(small)[0].any()


def test_zero_and_opposite_embeddings_score_0() -> None:
    scores = rectified_cosines(np.array([[0, 0], [-1, 0], [3, 0], [1, 1]]), np.array([2, 0]))
    assert scores == pytest.approx([0, 0, 1, 0.5**0.5])
    assert not rectified_cosines(np.ones((2, 3)), np.zeros(3)).any()


def test_area_of_lines() -> None:
    assert area(np.linspace(0, 1, 21)) == pytest.approx(0.5)
    assert area(np.ones(21)) == 1


def test_rank_correlation_is_scipys() -> None:
    from scipy.stats import spearmanr

    a, b = np.random.default_rng(0).integers(0, 6, (2, 5, 5))
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic)
    assert rank_correlation(a, -a) == pytest.approx(-1)
    assert np.isnan(rank_correlation(a, np.ones((5, 5))))
