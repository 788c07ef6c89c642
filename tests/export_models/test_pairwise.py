"""Distances between all pairs, against one pair at a time."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from export_models.pairwise import pairwise_distances

RANDOM = np.random.default_rng(2)


def test_ssim_is_scikit_images_for_every_pair() -> None:
    images = RANDOM.random((4, 24, 24)).astype(np.float32)
    images[3] = images[0] * 0.5 + 0.2
    distances = pairwise_distances(images.reshape(4, -1), "ssim")
    for a in range(4):
        for b in range(4):
            expected = 1 - structural_similarity(images[a], images[b], data_range=1.0)
            assert distances[a, b] == pytest.approx(expected, abs=2e-5)


def test_cosine_and_euclid_follow_their_definitions() -> None:
    values = RANDOM.normal(size=(6, 5))
    cosine, euclid = pairwise_distances(values, "cosine"), pairwise_distances(values, "l2")
    for a, one in enumerate(values):
        for b, other in enumerate(values):
            cos = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
            assert cosine[a, b] == pytest.approx(1 - cos, abs=1e-12)
            assert euclid[a, b] == pytest.approx(np.sqrt(((one - other) ** 2).sum()))


def test_zero_embeddings_are_far_from_all_but_each_other() -> None:
    distances = pairwise_distances(np.array([[0.0, 0], [0, 0], [3, 4]]), "cosine")
    np.testing.assert_array_equal(distances, [[0, 0, 1], [0, 0, 1], [1, 1, 0]])


@pytest.mark.parametrize("distance", ["l2", "cosine", "ssim"])
def test_equal_embeddings_are_at_exactly_zero(distance: str) -> None:
    values = np.repeat(RANDOM.random((1, 400)), 5, axis=0)
    np.testing.assert_array_equal(pairwise_distances(values, distance), 0)  # type: ignore[arg-type]


def test_what_is_no_embedding_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        pairwise_distances(np.array([[np.nan, 1.0]]), "l2")
    with pytest.raises(ValueError, match="square"):
        pairwise_distances(np.zeros((2, 50)), "ssim")
    with pytest.raises(ValueError, match="length"):
        pairwise_distances(np.zeros(3), "l2")
