"""How good an order of cases is: nDCG, class consistency, average precision.

    embeddings -> pairwise distances -+-> labels:   mAP, P@k, precision of the papers' draws
                                      '-> severity: nDCG over random queries and catalogues

Start at `score_embeddings`, which gives everything for plain arrays.

What is defined once, for all of them:
- Images of the query's own patient are never neighbours.
- Equal distances are in no order: every figure is its expectation over the orders that the
  ties allow, so that a constant embedding scores what a random order scores, and the row
  order of a table never matters (McSherry & Najork, ECIR 2008).
- A case without a label (-1) is neither query nor neighbour where labels count, and one
  without a severity (NaN) where severity counts.
- A query for which no other patient's case is of its class has no right answer and is left
  out. With fewer than k cases, all of them are the top k. A figure over no query at all is NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from export_models.pairwise import pairwise_distances
from inference.records import Distance

NDCG_DEPTHS = (3, 4, 7, 10)
PRECISION_SETTINGS = ((4, 10), (7, 20), (11, 30))
CATALOGUE_SIZE = 10


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Random queries, each with its own small catalogue.

    Attributes:
        queries: (n,) case numbers.
        catalogues: (n, size) case numbers, of other patients than the query.
    """

    queries: NDArray[np.intp] = field(repr=False)
    catalogues: NDArray[np.intp] = field(repr=False)


def score_embeddings(
    embeddings: NDArray[np.floating],
    labels: Sequence[int] | NDArray[np.integer],
    patients: Sequence[str],
    distance: Distance = "l2",
    severity: Sequence[float] | NDArray[np.floating] | None = None,
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Score one method on plain arrays.

    Args:
        embeddings: (n, length).
        labels: (n,) class numbers; -1 where unknown.
        patients: (n,) names; "" counts as a patient of its own.
        distance: As in `pairwise_distances`.
        severity: (n,) scores; NaN where unknown.
        seed: Of the random draws; equal seeds draw the same for every method.

    Returns:
        "map", "p_at_1", "p_at_5", "p_at_10", "precision" {"4/10": [mean, min, max], ...},
        "chance_map" (of a random order), "queries" (how many); and with
        `severity` "ndcg" {"3": [...], ...} and "ndcg_mean" {"3": ...}.
    """
    distances = pairwise_distances(embeddings, distance)
    classes = np.asarray(labels, int)
    groups = patient_numbers(patients)
    scores: dict[str, Any] = class_scores(distances, classes, groups)
    for name in ("map", "p_at_1", "p_at_5", "p_at_10"):
        scores[name] = mean_of(scores.pop(f"{name}_per_query"))
    scores["precision"] = {
        f"{top}/{size}": precision_range(
            distances, classes, class_draws(classes, groups, top, size, seed=seed), top
        )
        for top, size in PRECISION_SETTINGS
    }
    if severity is not None:
        values = np.asarray(severity, float)
        ndcg = severity_ndcg(distances, values, severity_draws(values, groups, seed=seed))
        scores["ndcg"] = {str(p): per_draw for p, per_draw in ndcg.items()}
        scores["ndcg_mean"] = {str(p): mean_of(per_draw) for p, per_draw in ndcg.items()}
    return scores


def patient_numbers(patients: Sequence[str]) -> NDArray[np.intp]:
    """(n,) one number per patient; a case whose patient is "" is a patient of its own."""
    names = [name or f"\0{row}" for row, name in enumerate(patients)]
    return np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)[1]


# --- one ranked list -----------------------------------------------------------------


def expected_in_order(
    distances: NDArray[np.floating], values: NDArray[np.floating | np.bool_]
) -> NDArray[np.float64]:
    """`values` from nearest to farthest, averaged over each group of equal distances."""
    order = np.argsort(distances, kind="stable")
    ordered, sorted_values = distances[order], np.asarray(values, float)[order]
    group = np.concatenate(([0], np.cumsum(ordered[1:] != ordered[:-1])))
    return np.asarray(
        (np.bincount(group, sorted_values) / np.bincount(group))[group], dtype=np.float64
    )


def precision_at(distances: NDArray[np.floating], is_relevant: NDArray[np.bool_], k: int) -> float:
    """Share of relevant cases among the k nearest (all, if there are fewer); NaN of none."""
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    return mean_of(expected_in_order(distances, is_relevant)[:k]) if len(distances) else np.nan


def average_precision(distances: NDArray[np.floating], is_relevant: NDArray[np.bool_]) -> float:
    """Mean over the relevant cases of the precision down to each; NaN if none is relevant.

    Source:
        McSherry & Najork 2008, section 2.5. At place i of a group of n tied cases, r of
        them relevant, after t cases, R of them relevant, a relevant case is expected with
        probability r/n, and before it R + (i-1)(r-1)/(n-1) relevant ones.
    """
    total = int(np.count_nonzero(is_relevant))
    if total == 0:
        return np.nan
    order = np.argsort(distances, kind="stable")
    ordered, relevant = distances[order], is_relevant[order].astype(float)
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    sizes = np.diff(np.append(starts, len(ordered)))
    inside = np.add.reduceat(relevant, starts)
    before = np.cumsum(inside) - inside
    group = np.repeat(np.arange(len(starts)), sizes)
    place = np.arange(len(ordered)) - starts[group]  # i - 1
    others = (inside[group] - 1) / np.maximum(sizes[group] - 1, 1)
    precision = (before[group] + 1 + place * others) / np.arange(1, len(ordered) + 1)
    return float((inside / sizes)[group] @ precision / total)


def ndcg_at(distances: NDArray[np.floating], relevance: NDArray[np.floating], p: int) -> float:
    """Normalised discounted cumulative gain of the p nearest, gain 2^relevance - 1.

    Args:
        distances: (m,) small is similar.
        relevance: (m,) at least 0; the papers use 1 to 5.5.
        p: Depth; all m where m is smaller.

    Returns:
        In (0, 1], 1 for the best order; NaN where no case has any gain.

    Source: Silva et al. 2022, equations 6 and 7.
    """
    if p < 1:
        raise ValueError(f"p must be at least 1, got {p}")
    gains = np.exp2(np.asarray(relevance, float)) - 1
    if (gains < 0).any():
        raise ValueError("relevance must not be negative")
    discounts = 1 / np.log2(np.arange(2, min(p, len(gains)) + 2))
    ideal = float(np.sort(gains)[::-1][: len(discounts)] @ discounts)
    if ideal == 0:
        return np.nan
    return float(expected_in_order(distances, gains)[: len(discounts)] @ discounts) / ideal


def relevance_of_ranks(dissimilarity: NDArray[np.floating]) -> NDArray[np.float64]:
    """The papers' relevance: 1 for the least similar, 0.5 more for each more similar.

    Args:
        dissimilarity: (..., m) such as a rater's ranks, or differences in severity; small
            is similar. Ties share the mean of their places.

    Returns:
        (..., m); 1 to 5.5 for ten cases.
    """
    places = rankdata(dissimilarity, axis=-1)
    return np.asarray(1 + 0.5 * (dissimilarity.shape[-1] - places), dtype=np.float64)


# --- a whole split -------------------------------------------------------------------


def class_scores(
    distances: NDArray[np.floating],
    classes: NDArray[np.integer],
    patients: NDArray[np.integer],
) -> dict[str, Any]:
    """Average precision and P@1, P@5, P@10 with every labelled case as query.

    Args:
        distances: (n, n).
        classes: (n,); -1 where unknown.
        patients: (n,) numbers.

    Returns:
        "map_per_query", "p_at_1_per_query", ... (n,) each, NaN where the case is no query;
        "chance_map": mAP of a random order; "queries": how many there were.
    """
    count = len(classes)
    names = ("map", "p_at_1", "p_at_5", "p_at_10")
    rows = {f"{name}_per_query": np.full(count, np.nan) for name in names}
    chance = np.full(count, np.nan)
    for query in np.flatnonzero(classes >= 0):
        others = np.flatnonzero((classes >= 0) & (patients != patients[query]))
        is_relevant = classes[others] == classes[query]
        if not is_relevant.any():
            continue
        row = distances[query, others]
        rows["map_per_query"][query] = average_precision(row, is_relevant)
        chance[query] = average_precision(np.zeros(len(others)), is_relevant)
        in_order = expected_in_order(row, is_relevant)
        for k in (1, 5, 10):
            rows[f"p_at_{k}_per_query"][query] = in_order[:k].mean()
    queries = int(np.isfinite(chance).sum())
    return {**rows, "chance_map": mean_of(chance), "queries": queries}


def class_draws(
    classes: NDArray[np.integer],
    patients: NDArray[np.integer],
    top: int,
    size: int,
    *,
    draws: int = 5,
    seed: int = 0,
) -> list[Draws]:
    """The papers' catalogues: `size` cases, just `top` of them of the query's class.

    Each draw gives every labelled case a catalogue of its own, because one query per draw,
    as in the papers, leaves a figure to the luck of five radiographs. Queries are in random
    order, so the first of a draw is the papers' single query. A case for which the split has
    not enough cases of other patients is no query.
    """
    drawn = []
    for number in range(draws):
        generator = np.random.default_rng((seed, size, number))
        queries, catalogues = [], []
        for query in generator.permutation(np.flatnonzero(classes >= 0)):
            others = (classes >= 0) & (patients != patients[query])
            same = np.flatnonzero(others & (classes == classes[query]))
            different = np.flatnonzero(others & (classes != classes[query]))
            if len(same) < top or len(different) < size - top:
                continue
            chosen = (
                generator.choice(same, top, replace=False),
                generator.choice(different, size - top, replace=False),
            )
            queries.append(query)
            catalogues.append(np.concatenate(chosen))
        drawn.append(
            Draws(np.array(queries, np.intp), np.array(catalogues, np.intp).reshape(-1, size))
        )
    return drawn


def draw_precision(
    distances: NDArray[np.floating], classes: NDArray[np.integer], draw: Draws, top: int
) -> NDArray[np.float64]:
    """(queries,) precision of the `top` nearest in each query's catalogue."""
    return np.array(
        [
            precision_at(distances[query, chosen], classes[chosen] == classes[query], top)
            for query, chosen in zip(draw.queries, draw.catalogues, strict=True)
        ]
    )


def precision_range(
    distances: NDArray[np.floating],
    classes: NDArray[np.integer],
    draws: Sequence[Draws],
    top: int,
) -> list[float]:
    """[mean, min, max] over the draws of the mean precision over a draw's queries."""
    means = [mean_of(draw_precision(distances, classes, draw, top)) for draw in draws]
    return [mean_of(np.array(means)), float(np.min(means)), float(np.max(means))]


def severity_draws(
    severity: NDArray[np.floating],
    patients: NDArray[np.integer],
    *,
    draws: int = 2000,
    seed: int = 0,
) -> Draws:
    """Random queries, each with ten cases of other patients, all with a known severity.

    Where other patients have fewer than ten cases, catalogues are as large as the query
    with the fewest allows; with fewer than two there is no draw.
    """
    known = np.flatnonzero(np.isfinite(severity))
    others = {query: known[patients[known] != patients[query]] for query in known}
    size = min([CATALOGUE_SIZE, *map(len, others.values())]) if others else 0
    if size < 2:
        return Draws(np.empty(0, np.intp), np.empty((0, CATALOGUE_SIZE), np.intp))
    generator = np.random.default_rng((seed, CATALOGUE_SIZE))
    queries = generator.choice(known, draws)
    catalogues = [generator.choice(others[query], size, replace=False) for query in queries]
    return Draws(queries, np.array(catalogues, np.intp))


def severity_ndcg(
    distances: NDArray[np.floating], severity: NDArray[np.floating], draws: Draws
) -> dict[int, list[float]]:
    """nDCG of each draw, the rater ordering each catalogue by difference in severity.

    Returns:
        By depth 3, 4, 7, 10: one number per draw. A random order gives 0.705 at 10.
    """
    if not len(draws.queries):
        return {p: [] for p in NDCG_DEPTHS}
    differences = np.abs(severity[draws.catalogues] - severity[draws.queries][:, None])
    gains = np.exp2(relevance_of_ranks(differences)) - 1
    near = distances[draws.queries[:, None], draws.catalogues]
    order = np.argsort(near, axis=1, kind="stable")
    in_order = np.take_along_axis(gains, order, axis=1)
    ordered = np.take_along_axis(near, order, axis=1)
    for row in np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1)):
        in_order[row] = expected_in_order(near[row], gains[row])
    ideal = -np.sort(-gains, axis=1)
    discounts = 1 / np.log2(np.arange(2, gains.shape[1] + 2))
    return {
        p: ((in_order[:, :p] @ discounts[:p]) / (ideal[:, :p] @ discounts[:p])).tolist()
        for p in NDCG_DEPTHS
    }


def mean_of(values: Sequence[float] | NDArray[np.floating]) -> float:
    """Mean of what is not NaN; NaN where nothing is left."""
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else np.nan
