"""Each figure against scikit-learn or a slow version written from the definition."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, ndcg_score

from export_models.retrieval_metrics import (
    average_precision,
    class_draws,
    class_scores,
    ndcg_at,
    patient_numbers,
    precision_at,
    relevance_of_ranks,
    score_embeddings,
    severity_draws,
    severity_ndcg,
)

RANDOM = np.random.default_rng(5)


def plain_average_precision(in_order: tuple[bool, ...]) -> float:
    hits, total = 0, 0.0
    for place, is_hit in enumerate(in_order, start=1):
        if is_hit:
            hits += 1
            total += hits / place
    return total / hits


def orders_allowed(distances: NDArray[np.float64]) -> list[tuple[int, ...]]:
    """Every order of the cases in which distances never fall."""
    return [
        order
        for order in itertools.permutations(range(len(distances)))
        if all(distances[a] <= distances[b] for a, b in itertools.pairwise(order))
    ]


@pytest.mark.parametrize("p", [1, 3, 4, 7, 10, 25])
@pytest.mark.parametrize("levels", [3, 10_000], ids=["many ties", "no ties"])
def test_ndcg_is_scikit_learns(p: int, levels: int) -> None:
    for _ in range(20):
        distances = RANDOM.integers(0, levels, 10).astype(float)
        relevance = relevance_of_ranks(RANDOM.random(10))
        expected = ndcg_score([np.exp2(relevance) - 1], [-distances], k=p)
        assert ndcg_at(distances, relevance, p) == pytest.approx(expected, abs=1e-12)


def test_ndcg_of_a_worked_example() -> None:
    """Relevance 1, 3, 2 in the order retrieved: gains 1, 7, 3."""
    dcg = 1 / np.log2(2) + 7 / np.log2(3) + 3 / np.log2(4)
    ideal = 7 / np.log2(2) + 3 / np.log2(3) + 1 / np.log2(4)
    assert ndcg_at(np.array([0.1, 0.2, 0.3]), np.array([1.0, 3, 2]), 3) == pytest.approx(
        dcg / ideal
    )


def test_average_precision_without_ties_is_scikit_learns() -> None:
    for _ in range(50):
        distances, relevant = RANDOM.random(30), RANDOM.random(30) < 0.3
        relevant[0] = True
        expected = average_precision_score(relevant, -distances)
        assert average_precision(distances, relevant) == pytest.approx(expected, abs=1e-12)


def test_ties_give_the_mean_over_all_orders_they_allow() -> None:
    for _ in range(15):
        distances = RANDOM.integers(0, 3, 6).astype(float)
        relevant = RANDOM.random(6) < 0.5
        relevant[2] = True
        relevance = relevance_of_ranks(RANDOM.random(6))
        orders = orders_allowed(distances)
        flags = [tuple(bool(relevant[case]) for case in order) for order in orders]
        places = np.arange(6.0)
        expected_ndcg = np.mean([ndcg_at(places, relevance[list(order)], 4) for order in orders])
        assert average_precision(distances, relevant) == pytest.approx(
            np.mean([plain_average_precision(flag) for flag in flags])
        )
        assert precision_at(distances, relevant, 3) == pytest.approx(
            np.mean([np.mean(flag[:3]) for flag in flags])
        )
        assert ndcg_at(distances, relevance, 4) == pytest.approx(expected_ndcg)


def test_relevance_runs_from_five_and_a_half_to_one_and_ties_share() -> None:
    np.testing.assert_array_equal(relevance_of_ranks(np.arange(10.0)), np.arange(5.5, 0.9, -0.5))
    np.testing.assert_array_equal(
        relevance_of_ranks(np.array([2.0, 0, 2, 7])), [1.75, 2.5, 1.75, 1]
    )


def test_a_random_order_of_ten_has_ndcg_about_0_705() -> None:
    """0.705 where severities tie as radiologists' scores do, in steps of a third on 0 to 8."""
    severity = np.round(RANDOM.random(60) * 8 * 3) / 3
    severity[:6] = 0  # healthy lungs all score 0
    groups = patient_numbers([f"p{n}" for n in range(60)])
    draws = severity_draws(severity, groups)
    random = severity_ndcg(RANDOM.random((60, 60)), severity, draws)
    constant = severity_ndcg(np.zeros((60, 60)), severity, draws)
    assert len(random[10]) == 2000
    assert np.mean(random[10]) == pytest.approx(0.705, abs=0.01)
    assert np.mean(constant[10]) == pytest.approx(0.705, abs=0.006)


def test_a_random_order_without_ties_has_the_closed_form() -> None:
    """Every place then holds the mean gain of relevance 1 to 5.5."""
    gains = np.exp2(np.arange(5.5, 0.9, -0.5)) - 1
    discounts = 1 / np.log2(np.arange(2, 12))
    expected = gains.mean() * discounts.sum() / (gains @ discounts)
    relevance = relevance_of_ranks(RANDOM.permutation(10).astype(float))
    assert ndcg_at(np.zeros(10), relevance, 10) == pytest.approx(expected)
    assert expected == pytest.approx(0.698, abs=0.001)


def test_ordering_by_true_severity_is_perfect() -> None:
    severity = np.round(RANDOM.random(40) * 16) / 2
    groups = patient_numbers([f"p{n // 2}" for n in range(40)])
    exact = np.abs(severity - severity[:, None])
    draws = severity_draws(severity, groups, draws=200)
    for per_draw in severity_ndcg(exact, severity, draws).values():
        np.testing.assert_allclose(per_draw, 1.0)


@pytest.mark.parametrize("levels", [4, 10_000], ids=["many ties", "no ties"])
def test_all_draws_at_once_are_each_draws_ndcg(levels: int) -> None:
    severity, groups = RANDOM.integers(0, 9, 30).astype(float), np.arange(30)
    distances = RANDOM.integers(0, levels, (30, 30)).astype(float)
    draws = severity_draws(severity, groups, draws=40)
    found = severity_ndcg(distances, severity, draws)
    for row, (query, chosen) in enumerate(zip(draws.queries, draws.catalogues, strict=True)):
        relevance = relevance_of_ranks(np.abs(severity[chosen] - severity[query]))
        for p in (3, 4, 7, 10):
            expected = ndcg_at(distances[query, chosen], relevance, p)
            assert found[p][row] == pytest.approx(expected)


def test_a_query_never_meets_its_own_patient() -> None:
    classes = np.array([0, 0, 1, 1] * 15)
    severity = RANDOM.random(60)
    groups = np.repeat(np.arange(20), 3)
    drawn = [severity_draws(severity, groups), *class_draws(classes, groups, 4, 10)]
    for draws in drawn:
        assert len(draws.queries)
        assert not (groups[draws.catalogues] == groups[draws.queries][:, None]).any()
    # The same patient's image is nearest but of no use: only the wrong class is left near.
    distances = np.array([[0.0, 0, 5, 1], [0, 0, 5, 1], [5, 5, 0, 5], [1, 1, 5, 0]])
    scores = class_scores(distances, np.array([0, 0, 0, 1]), np.array([7, 7, 8, 9]))
    assert scores["p_at_1_per_query"][0] == 0.0
    assert scores["map_per_query"][0] == 0.5


def test_a_catalogue_holds_just_so_many_of_the_querys_class() -> None:
    classes = RANDOM.integers(0, 3, 90)
    classes[:5] = -1
    groups = np.arange(90)
    draws = class_draws(classes, groups, 7, 20, seed=3)
    assert len(draws) == 5
    for draw in draws:
        assert sorted(draw.queries) == list(range(5, 90))
        same = classes[draw.catalogues] == classes[draw.queries][:, None]
        np.testing.assert_array_equal(same.sum(axis=1), 7)
        assert (classes[draw.catalogues] >= 0).all()
        assert all(len(set(row)) == 20 for row in draw.catalogues)
    again = class_draws(classes, groups, 7, 20, seed=3)
    np.testing.assert_array_equal(draws[4].catalogues, again[4].catalogues)
    assert (draws[0].catalogues != class_draws(classes, groups, 7, 20)[0].catalogues).any()


def test_perfect_and_constant_embeddings_score_one_and_chance() -> None:
    labels = [0] * 40 + [1] * 40
    patients = [f"p{n}" for n in range(80)]
    perfect = score_embeddings(np.eye(2)[labels], labels, patients, seed=1)
    assert [perfect[name] for name in ("map", "p_at_1", "p_at_5", "p_at_10")] == [1.0] * 4
    assert perfect["precision"] == {name: [1, 1, 1] for name in ("4/10", "7/20", "11/30")}
    for distance in ("l2", "cosine"):
        flat = score_embeddings(np.full((80, 3), 0.3), labels, patients, distance)  # type: ignore[arg-type]
        assert flat["p_at_5"] == pytest.approx(39 / 79)
        assert flat["map"] == pytest.approx(flat["chance_map"])
        assert flat["precision"]["7/20"] == pytest.approx([0.35] * 3)


def test_the_row_order_of_the_table_does_not_matter() -> None:
    labels, patients = RANDOM.integers(0, 2, 50), np.array([f"p{n // 2}" for n in range(50)])
    embeddings = RANDOM.integers(0, 3, (50, 2)).astype(float)  # full of ties
    shuffled = RANDOM.permutation(50)
    one = score_embeddings(embeddings, labels, list(patients))
    other = score_embeddings(embeddings[shuffled], labels[shuffled], list(patients[shuffled]))
    for name in ("map", "p_at_1", "p_at_5", "p_at_10"):
        assert one[name] == pytest.approx(other[name])


def test_missing_labels_and_severities_are_left_out() -> None:
    embeddings = RANDOM.random((30, 4))
    labels = np.array([0, 1] * 15)
    severity = RANDOM.random(30)
    hidden = np.r_[np.arange(10)]
    labels[hidden], severity[hidden] = -1, np.nan
    patients = [f"p{n}" for n in range(30)]
    with_them = score_embeddings(embeddings, labels, patients, severity=severity)
    without = score_embeddings(embeddings[10:], labels[10:], patients[10:], severity=severity[10:])
    assert with_them["map"] == pytest.approx(without["map"])
    assert with_them["queries"] == 20
    assert len(with_them["ndcg"]["10"]) == 2000


def test_too_few_cases_are_defined() -> None:
    assert precision_at(np.array([0.1, 0.2]), np.array([True, False]), 5) == 0.5
    assert np.isnan(precision_at(np.empty(0), np.empty(0, bool), 5))
    assert ndcg_at(np.array([0.2, 0.1]), np.array([1.0, 2]), 10) == 1.0
    lonely = score_embeddings(np.eye(3), [0, 1, 2], ["a", "b", "c"], severity=[1, 2, np.nan])
    assert np.isnan(lonely["map"])
    assert np.isnan(lonely["precision"]["4/10"]).all()
    assert lonely["queries"] == 0
    assert lonely["ndcg"]["10"] == []
    few = score_embeddings(np.eye(5), [0] * 5, list("abcde"), severity=[1, 2, 3, 4, 5])
    assert len(few["ndcg"]["10"]) == 2000
    empty = score_embeddings(np.empty((0, 4)), [], [])
    assert np.isnan(empty["map"])


def test_a_case_without_a_patient_is_a_patient_of_its_own() -> None:
    assert len(set(patient_numbers(["", "", "a", "a"]))) == 3


def test_wrong_depths_are_refused() -> None:
    with pytest.raises(ValueError, match="p must be"):
        ndcg_at(np.zeros(2), np.ones(2), 0)
    with pytest.raises(ValueError, match="k must be"):
        precision_at(np.zeros(2), np.ones(2, bool), 0)
