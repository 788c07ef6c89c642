"""Against scikit-learn, and against what intervals promise."""

import numpy as np
import pytest
from sklearn.metrics import f1_score as sklearn_f1
from sklearn.metrics import roc_auc_score

from export_models.intervals import (
    auroc,
    f1_score,
    mean_auroc,
    mean_interval,
    paired_difference,
    resampled_interval,
)

RANDOM = np.random.default_rng(11)


def test_auroc_is_scikit_learns_with_and_without_ties() -> None:
    for levels in (4, 10_000):
        scores, truth = RANDOM.integers(0, levels, 80) / levels, RANDOM.random(80) < 0.4
        assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))
    assert auroc(np.zeros(10), np.arange(10) < 5) == 0.5


def test_three_classes_are_one_against_the_rest() -> None:
    probabilities = RANDOM.dirichlet((1, 1, 1), 90)
    classes = RANDOM.integers(0, 3, 90)
    expected = roc_auc_score(classes, probabilities, multi_class="ovr", average="macro")
    assert mean_auroc(probabilities, classes) == pytest.approx(expected)
    predicted = probabilities.argmax(axis=1)
    assert f1_score(predicted, classes, 3) == pytest.approx(
        sklearn_f1(classes, predicted, average="macro")
    )


def test_two_classes_are_the_second() -> None:
    classes, predicted = RANDOM.integers(0, 2, 60), RANDOM.integers(0, 2, 60)
    assert f1_score(predicted, classes, 2) == pytest.approx(sklearn_f1(classes, predicted))
    scores = RANDOM.random(60)
    both = np.stack([1 - scores, scores], axis=1)
    assert mean_auroc(both, classes) == pytest.approx(roc_auc_score(classes, scores))


def test_empty_classes_are_defined() -> None:
    assert np.isnan(auroc(np.ones(3), np.ones(3, bool)))
    assert np.isnan(mean_auroc(np.ones((3, 2)), np.zeros(3, int)))
    assert np.isnan(f1_score(np.zeros(3, int), np.zeros(3, int), 2))
    assert f1_score(np.zeros(3, int), np.ones(3, int), 2) == 0


def test_intervals_hold_the_truth_about_95_times_in_100() -> None:
    held = 0
    for trial in range(200):
        values = RANDOM.normal(0.3, 1, 60)
        low, high = mean_interval(values, np.arange(60), seed=trial)
        held += low < 0.3 < high
    assert 175 <= held <= 200


def test_repeated_images_of_a_patient_are_no_further_evidence() -> None:
    values = RANDOM.normal(size=40)
    alone = mean_interval(values, np.arange(40))
    repeated = mean_interval(np.repeat(values, 10), np.repeat(np.arange(40), 10))
    assert repeated == pytest.approx(alone)
    as_if_apart = mean_interval(np.repeat(values, 10), np.arange(400))
    assert as_if_apart[1] - as_if_apart[0] < 0.5 * (alone[1] - alone[0])


def test_differences_are_put_into_words() -> None:
    base, patients = RANDOM.random(100), np.arange(100)
    assert paired_difference(base + 0.1, base, patients).words == "better"
    assert paired_difference(base, base + 0.1, patients).words == "worse"
    noise = RANDOM.normal(size=100)
    noise -= noise.mean()
    assert paired_difference(base + noise, base, patients).words == "no difference shown"
    assert paired_difference(base, base, patients).words == "no difference shown"


def test_pairing_is_by_query_and_missing_queries_are_left_out() -> None:
    a, b = np.array([1.0, 0.5, np.nan, 0.9]), np.array([0.9, 0.4, 0.2, np.nan])
    difference = paired_difference(a, b, np.arange(4))
    assert difference.mean == pytest.approx(0.1)
    nothing = paired_difference(np.full(4, np.nan), b, np.arange(4))
    assert np.isnan(nothing.mean)
    assert nothing.words == "no difference shown"
    alone = paired_difference(a, a - 1, np.zeros(4, int))
    assert (np.isnan(alone.low), alone.words) == (True, "no difference shown")


def test_the_interval_of_a_figure_resamples_whole_patients() -> None:
    patients = np.repeat(np.arange(10), 3)

    def figure(rows: np.ndarray) -> float:  # type: ignore[type-arg]
        counts = np.bincount(patients[rows], minlength=10)
        assert (counts % 3 == 0).all()
        return float(rows.mean())

    low, high = resampled_interval(figure, patients)
    assert low < 14.5 < high
    assert all(np.isnan(resampled_interval(figure, np.zeros(5, int))))
