"""Classification figures and their uncertainty: bootstrap intervals over patients.

Patients are drawn with replacement, not radiographs: two radiographs of one patient are no
two pieces of evidence. Intervals hold the middle 95 %.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

ROUNDS = 2000
ROUNDS_OF_RANKS = 1000  # of figures that have to be worked out anew in each round

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """What was found of `a - b`, and what may be said of it.

    Attributes:
        mean: Mean difference.
        low, high: 95 % bootstrap interval, paired by query.
        words: "better", "worse" or "no difference shown".
    """

    mean: float
    low: float
    high: float
    words: str


def auroc(scores: NDArray[np.floating], is_positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve, ties counting half; NaN where a class is empty."""
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    if not positives or not negatives:
        return np.nan
    ranks = rankdata(scores)[is_positive].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def mean_auroc(probabilities: NDArray[np.floating], classes: NDArray[np.integer]) -> float:
    """AUROC of the second of two classes; of more, the mean of one against the rest.

    Args:
        probabilities: (n, K).
        classes: (n,) from 0 to K - 1. Classes of which no case is there do not count.
    """
    count = probabilities.shape[1]
    if count == 2:
        return auroc(probabilities[:, 1], classes == 1)
    areas = np.array([auroc(probabilities[:, one], classes == one) for one in range(count)])
    return float(areas[np.isfinite(areas)].mean()) if np.isfinite(areas).any() else np.nan


def f1_score(predicted: NDArray[np.integer], classes: NDArray[np.integer], count: int) -> float:
    """F1 of the second of two classes; of more, the mean over the classes that are there.

    0 where nothing was rightly called positive; NaN where no case is of the class.
    """
    scores = []
    for one in (1,) if count == 2 else range(count):
        hits = np.count_nonzero((predicted == one) & (classes == one))
        called, there = np.count_nonzero(predicted == one), np.count_nonzero(classes == one)
        if there:
            scores.append(2 * hits / (called + there))
    return float(np.mean(scores)) if scores else np.nan


def mean_interval(
    values: NDArray[np.floating], patients: NDArray[np.integer], *, seed: int = 0
) -> Interval:
    """Interval of a mean; NaN values do not count. (NaN, NaN) with fewer than two patients."""
    means = _resampled_means(values, patients, seed)
    return _middle(means)


def paired_difference(
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    patients: NDArray[np.integer],
    *,
    seed: int = 0,
) -> Difference:
    """Compare two methods on the same queries.

    Args:
        a, b: (n,) per query, higher is better; a query with a NaN on either side is left out.
        patients: (n,) of the queries.
    """
    differences = np.asarray(a, float) - np.asarray(b, float)
    known = differences[np.isfinite(differences)]
    if not len(known):
        return Difference(np.nan, np.nan, np.nan, "no difference shown")
    low, high = mean_interval(differences, patients, seed=seed)
    words = "better" if low > 0 else "worse" if high < 0 else "no difference shown"
    return Difference(float(known.mean()), low, high, words)


def resampled_interval(
    figure: Callable[[NDArray[np.intp]], float],
    patients: NDArray[np.integer],
    *,
    seed: int = 0,
) -> Interval:
    """Interval of a figure that is no mean, such as AUROC.

    Args:
        figure: From the row numbers of a resampled set of cases; NaN where it has none.
        patients: (n,) of the cases.
    """
    _, numbers = np.unique(patients, return_inverse=True)
    rows = [np.flatnonzero(numbers == one) for one in range(numbers.max(initial=-1) + 1)]
    if len(rows) < 2:
        return np.nan, np.nan
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(ROUNDS_OF_RANKS):
        drawn = generator.integers(0, len(rows), len(rows))
        values.append(figure(np.concatenate([rows[one] for one in drawn])))
    return _middle(np.array(values))


def _resampled_means(
    values: NDArray[np.floating], patients: NDArray[np.integer], seed: int
) -> NDArray[np.float64]:
    known = np.isfinite(values)
    _, numbers = np.unique(patients[known], return_inverse=True)
    count = numbers.max(initial=-1) + 1
    if count < 2:
        return np.empty(0)
    sums = np.bincount(numbers, np.asarray(values, float)[known], count)
    sizes = np.bincount(numbers, minlength=count)
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, count, (ROUNDS, count))
    return np.asarray(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), dtype=np.float64)


def _middle(values: NDArray[np.float64]) -> Interval:
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan
    low, high = np.percentile(known, (2.5, 97.5))
    return float(low), float(high)
