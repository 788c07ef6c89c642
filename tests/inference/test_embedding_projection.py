"""t-SNE in steps: as good as scikit-learn's, the same every time, stopped between any two."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.embedding_projection import FEWEST, affinities_of, project


def groups(count: int = 40, length: int = 16) -> NDArray[np.float32]:
    """Three groups far apart."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, length)) * 10
    return np.concatenate([one + generator.normal(size=(count, length)) for one in centres]).astype(
        np.float32
    )


def test_affinities_have_the_perplexity_asked_for() -> None:
    values = groups()
    found = affinities_of(values, 12)
    assert not np.diag(found).any()
    np.testing.assert_allclose(found.sum(axis=1), 1)
    entropy = -np.sum(found * np.log(np.where(found > 0, found, 1)), axis=1)
    np.testing.assert_allclose(np.exp(entropy), 12, rtol=1e-6)
    # one row, as the paper writes it: a single precision makes it, for the nearest cases
    row = ((values[0] - values) ** 2).sum(1).astype(float)
    near = np.argsort(row)[1:25]
    ratio = np.log(found[0, near[1:]] / found[0, near[0]]) / (row[near[0]] - row[near[1:]])
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-3)


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_neighbours_stay_neighbours_as_well_as_with_scikit_learn(distance: str) -> None:
    manifold = pytest.importorskip("sklearn.manifold", reason="scikit-learn is the reference")
    values = groups().astype(float)
    *_, last = project(values, distance)  # type: ignore[arg-type]
    if distance == "cosine":
        values /= np.linalg.norm(values, axis=1, keepdims=True)
    theirs = manifold.TSNE(2, init="pca", random_state=0, method="exact").fit_transform(values)
    ours, reference = (
        manifold.trustworthiness(values, one, n_neighbors=10) for one in (last.places, theirs)
    )
    assert ours > 0.9
    assert ours > reference - 0.02
    labels = np.repeat([0, 1, 2], 40)
    apart = np.linalg.norm(last.places[:, None] - last.places, axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (labels[apart.argmin(1)] == labels).all()


def test_it_sharpens_in_steps_and_is_the_same_again() -> None:
    steps = list(project(groups(), "l2", rounds=100))
    assert [step.is_final for step in steps] == [False] * (len(steps) - 1) + [True]
    assert all(one.done < other.done for one, other in pairwise(steps))
    assert steps[-1].done == steps[-1].total
    assert all(np.abs(step.places).max() <= 1 for step in steps)
    *_, again = project(groups(), "l2", rounds=100)
    np.testing.assert_array_equal(again.places, steps[-1].places)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(np.ones((9, 5)), id="all the same"),
        pytest.param(np.zeros((5, 3)), id="all zero"),
        pytest.param(np.repeat(groups(3), 4, axis=0), id="each four times"),
        pytest.param(np.arange(12.0)[:, None] * np.ones(4), id="on a line"),
        pytest.param(groups(5) * 1e-20, id="tiny"),
        pytest.param(groups(5).astype(float) * 1e20, id="huge"),
        pytest.param(groups(10)[:, :1], id="one number each"),
    ],
)
def test_odd_embeddings_get_places(values: NDArray[np.float64]) -> None:
    for distance in ("l2", "cosine"):
        *_, last = project(values, distance, rounds=50)  # type: ignore[arg-type]
        assert last.is_final
        assert last.places.shape == (len(values), 2)
        assert np.isfinite(last.places).all()
        assert len(np.unique(last.places.round(9), axis=0)) > 1


def test_what_cannot_be_projected_is_refused() -> None:
    for values in (np.ones((FEWEST - 1, 3)), np.full((9, 3), np.nan), np.ones((4001, 1))):
        with pytest.raises(ValueError, match="embeddings"):
            next(project(values, "l2"))
