"""Rocchio's formula, and what a reader's marks do."""

import numpy as np
import pytest

from inference.relevance_feedback import Marks, moved_query

NONE = np.empty((0, 3), np.float32)


def rocchio(query: list[float], good: list[list[float]], bad: list[list[float]]) -> list[float]:
    """Manning et al. 9.1.1, equation 9.3, one number at a time; then divided by the weights."""
    moved = []
    for place, value in enumerate(query):
        total, weights = 1.0 * value, 1.0
        if good:
            total += 0.75 * sum(one[place] for one in good) / len(good)
            weights += 0.75
        if bad:
            total -= 0.15 * sum(one[place] for one in bad) / len(bad)
            weights -= 0.15
        moved.append(total / weights)
    return moved


@pytest.mark.parametrize(("good", "bad"), [(1, 0), (0, 1), (3, 2), (2, 5)])
def test_the_query_moves_as_rocchio_says(good: int, bad: int) -> None:
    generator = np.random.default_rng(good * 10 + bad)
    query = generator.normal(size=3).astype(np.float32)
    relevant = generator.normal(size=(good, 3)).astype(np.float32)
    rest = generator.normal(size=(bad, 3)).astype(np.float32)
    moved = moved_query(query, relevant, rest)
    assert moved.dtype == np.float32
    expected = rocchio(query.tolist(), relevant.tolist(), rest.tolist())
    np.testing.assert_allclose(moved, expected, rtol=1e-5)


def test_without_marks_nothing_moves() -> None:
    query = np.array([1, 2, 3], np.float32)
    np.testing.assert_array_equal(moved_query(query, NONE, NONE), query)


def test_marking_the_query_itself_leaves_it_where_it_is() -> None:
    query = np.array([[1, 2, 3]], np.float32)
    np.testing.assert_allclose(moved_query(query[0], query, query), query[0], rtol=1e-6)


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        moved_query(np.zeros(4, np.float32), NONE, NONE)


def test_a_mark_replaces_the_one_before_and_can_be_taken_away() -> None:
    marks = Marks().marked("a", True).marked("b", False).marked("a", False)
    assert marks == Marks((), ("b", "a"))
    assert marks.of("a") is False
    assert marks.of("c") is None
    assert not marks.marked("a", None).marked("b", None)
    with pytest.raises(ValueError, match="relevant"):
        Marks(("a",), ("a",))
