"""Maps whose figures can be worked out by hand, and scikit-learn's AUROC."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from export_models.saliency_metrics import (
    centred_gaussian,
    controls,
    localise,
    uniform_lungs,
)

RANDOM = np.random.default_rng(4)
MASK = np.zeros((8, 10), bool)
MASK[2:6, 1:5] = True  # 16 of 80


def test_a_map_on_the_mask_and_one_beside_it() -> None:
    on = localise(MASK.astype(float), MASK)
    assert (on.mass, on.pointing, on.pixel_auroc) == (1.0, 1.0, 1.0)
    beside = localise((~MASK).astype(float), MASK)
    assert (beside.mass, beside.pointing, beside.pixel_auroc) == (0.0, 0.0, 0.0)


def test_mass_pointing_and_auroc_follow_their_definitions() -> None:
    saliency = RANDOM.random(MASK.shape)
    found = localise(saliency, MASK)
    inside = sum(saliency[r, c] for r in range(2, 6) for c in range(1, 5))
    assert found.mass == pytest.approx(inside / saliency.sum())
    assert found.pixel_auroc == pytest.approx(roc_auc_score(MASK.ravel(), saliency.ravel()))
    saliency[7, 9] = 2
    assert localise(saliency, MASK).pointing == 0
    saliency[3, 3] = 3
    assert localise(saliency, MASK).pointing == 1
    saliency[7, 9] = 3
    assert localise(saliency, MASK).pointing == 0.5


@pytest.mark.parametrize("value", [0.0, 0.7])
def test_a_map_that_prefers_no_place_scores_the_masks_area(value: float) -> None:
    found = localise(np.full(MASK.shape, value), MASK)
    assert (found.mass, found.pointing, found.pixel_auroc) == pytest.approx((0.2, 0.2, 0.5))


def test_controls_are_where_they_should_be() -> None:
    gaussian = centred_gaussian((40, 60))
    assert gaussian.shape == (40, 60)
    assert np.unravel_index(gaussian.argmax(), gaussian.shape) in [(19, 29), (20, 30), (19, 30)]
    np.testing.assert_allclose(gaussian, gaussian[::-1, ::-1])
    assert gaussian[20, 45] / gaussian[20, 30] == pytest.approx(np.exp(-0.5), rel=0.05)
    lungs = uniform_lungs((8, 10), {"Right Lung": (1, 2, 4, 4), "Left Lung": (8, 6, 50, 50)})
    assert lungs[MASK].all()
    assert lungs.sum() == 16 + 4
    assert set(controls((8, 10), {})) == {"uniform", "centred_gaussian"}
    assert "uniform_lungs" in controls((8, 10), {"Right Lung": (1, 2, 4, 4)})


def test_lungs_that_are_the_mask_find_it() -> None:
    lungs = uniform_lungs((8, 10), {"Right Lung": (1, 2, 4, 4)})
    assert localise(lungs, MASK).mass == 1.0


@pytest.mark.parametrize(
    ("saliency", "mask", "reason"),
    [
        pytest.param(np.ones((2, 2)), np.ones((2, 3), bool), "saliency is", id="shapes"),
        pytest.param(-np.ones((2, 2)), np.eye(2, dtype=bool), "negative", id="negative"),
        pytest.param(np.full((2, 2), np.nan), np.eye(2, dtype=bool), "finite", id="NaN"),
        pytest.param(np.ones((2, 2)), np.zeros((2, 2), bool), "inside", id="empty mask"),
        pytest.param(np.ones((2, 2)), np.ones((2, 2), bool), "outside", id="full mask"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    saliency: np.ndarray,  # type: ignore[type-arg]
    mask: np.ndarray,  # type: ignore[type-arg]
    reason: str,
) -> None:
    with pytest.raises(ValueError, match=reason):
        localise(saliency, mask)
