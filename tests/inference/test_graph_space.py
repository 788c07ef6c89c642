"""Graphs of principal axes find what graphs of whole embeddings find, and only where they may."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.graph_space import (
    AXES,
    FEWEST_CASES,
    GraphSpace,
    PrincipalAxes,
    principal_axes,
    still_fit,
)
from inference.neighbour_index import (
    GraphRows,
    NeighbourSearch,
    extend_graph,
    read_graph,
    write_graph,
)
from inference.records import Distance

LENGTH = 2 * AXES
Vectors = NDArray[np.float32]


def flat(count: int, seed: int = 0, directions: int = 40) -> Vectors:
    """Clusters that lie along a few directions of many, far from the origin."""
    fixed, generator = np.random.default_rng(1), np.random.default_rng(seed)
    basis = fixed.normal(size=(directions, LENGTH))
    centres = fixed.normal(size=(20, directions))
    places = centres[generator.integers(0, 20, count)]
    places = places + 0.5 * generator.normal(size=(count, directions))
    return (places @ basis + 3.0).astype(np.float32)


def space_of(vectors: Vectors, distance: Distance) -> GraphSpace:
    axes = principal_axes(vectors, distance)
    assert axes is not None
    return GraphSpace(LENGTH, distance, axes)


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_distances_along_the_axes_are_those_between_embeddings(distance: Distance) -> None:
    vectors = flat(FEWEST_CASES)
    placed = space_of(vectors, distance).place(vectors)
    assert placed.shape == (FEWEST_CASES, AXES)
    assert placed.dtype == np.float32
    assert placed.flags.c_contiguous
    if distance == "cosine":
        vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    whole = np.linalg.norm(vectors[:50, None] - vectors[50:100], axis=2)
    short = np.linalg.norm(placed[:50, None] - placed[50:100], axis=2)
    np.testing.assert_allclose(short, whole, rtol=1e-3)


def test_an_embedding_of_zeros_has_a_place() -> None:
    vectors = flat(FEWEST_CASES)
    placed = space_of(vectors, "cosine").place(np.zeros((1, LENGTH), np.float32))
    assert np.isfinite(placed).all()


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_such_a_graph_finds_what_exhaustive_search_finds(
    tmp_path: Path, distance: Distance
) -> None:
    """Written and extended; in the end neighbours and distances are those of all embeddings."""
    vectors = flat(3000)
    before = vectors[:2000]
    space = space_of(before, distance)
    list(write_graph(tmp_path / "a", before, space))
    # A graph of all numbers would not fit the axes, and the other way round.
    with pytest.raises(ValueError, match="another length"):
        read_graph(tmp_path / "a", 2000, GraphSpace(LENGTH, distance))
    assert still_fit(space.axes, vectors, distance)
    rows = GraphRows(np.arange(2000), np.arange(2000, 3000), 0)
    list(extend_graph(tmp_path / "b", tmp_path / "a", rows, vectors, space))
    graph = read_graph(tmp_path / "b", 3000, space)
    through, exact = (NeighbourSearch(vectors, distance, graph=one) for one in (graph, None))
    hits = 0
    for query in flat(100, seed=9):
        found, distances = through.nearest(query, 10)
        expected, exact_distances = exact.nearest(query, 10)
        hits += len(set(found) & set(expected))
        if set(found) == set(expected):
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(distances, exact_distances)
    assert hits >= 990


def test_embeddings_stay_whole_where_axes_would_cost_neighbours() -> None:
    assert principal_axes(flat(FEWEST_CASES - 1), "l2") is None
    assert principal_axes(flat(FEWEST_CASES)[:, 1:], "l2") is None
    everywhere = np.random.default_rng(0).normal(size=(2000, LENGTH)).astype(np.float32)
    assert principal_axes(everywhere, "l2") is None
    assert still_fit(None, everywhere, "l2")
    assert not still_fit(None, flat(FEWEST_CASES), "l2")


def test_axes_do_not_fit_embeddings_that_lie_elsewhere() -> None:
    axes = principal_axes(flat(FEWEST_CASES), "l2")
    assert axes is not None
    assert still_fit(axes, flat(2000, seed=3), "l2")
    assert not still_fit(axes, flat(2000)[:, ::-1].copy() * 5, "l2")
    assert not still_fit(axes, flat(FEWEST_CASES - 1), "l2")


def test_equal_embeddings_have_axes_too() -> None:
    same = np.ones((FEWEST_CASES, LENGTH), np.float32)
    axes = principal_axes(same, "l2")
    assert axes is None or np.allclose(GraphSpace(LENGTH, "l2", axes).place(same), 0, atol=1e-4)


def test_what_is_no_axes_is_refused() -> None:
    sound = principal_axes(flat(FEWEST_CASES), "l2")
    assert sound is not None
    rows = sound.as_rows()
    np.testing.assert_array_equal(rows[0], sound.mean)
    for place, value in (((0, 0), np.nan), ((3, 5), np.inf), ((3, 5), 1.0), ((9, 0), 1e30)):
        forged = rows.copy()
        forged[place] = value
        with pytest.raises(ValueError, match="axes must be"):
            PrincipalAxes(forged[0], forged[1:])
