"""Everything that is measured of a bundle on one split, as the plain values of `report.json`.

SplitEmbeddings -+-> per method: class consistency, mAP, nDCG, classification
                 +-> between methods: paired differences, in words
                 +-> the classifier: AUROC, F1, by source
                 '-> saliency against outlined disease, beside its controls
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export_models.datasets.records import LabelledCase, class_of_case
from export_models.intervals import (
    Difference,
    auroc,
    f1_score,
    mean_auroc,
    mean_interval,
    paired_difference,
    resampled_interval,
)
from export_models.pairwise import pairwise_distances
from export_models.rankings import Rankings, ranked_ndcg, rater_ndcg
from export_models.retrieval_metrics import (
    PRECISION_SETTINGS,
    Draws,
    class_draws,
    class_scores,
    draw_precision,
    expected_in_order,
    mean_of,
    patient_numbers,
    severity_draws,
    severity_ndcg,
)
from export_models.split_embeddings import EvaluationProgress, SplitEmbeddings
from inference.errors import InferenceError
from inference.model_bundle import BundleManifest

NEIGHBOURS = 10  # that vote where a method has no classifier of its own
_FEWEST_OF_A_SOURCE = 5  # cases of each class, below which a source's AUROC says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is known of the cases, as arrays in their order.

    Attributes:
        classes: (n,) class of the bundle; -1 where unknown.
        patients: (n,) numbers.
        severity: (n,) the chosen score, NaN where unknown; None where none was chosen.
        rankings: Raters' orders, or None.
        seed: Of draws and bootstraps.
    """

    classes: NDArray[np.intp] = field(repr=False)
    patients: NDArray[np.intp] = field(repr=False)
    severity: NDArray[np.float64] | None = field(repr=False)
    rankings: Rankings | None
    seed: int


def truth_of(
    manifest: BundleManifest,
    cases: list[LabelledCase],
    *,
    severity: str = "",
    rankings: Rankings | None = None,
    seed: int = 0,
) -> Truth:
    """Collect the truth about cases.

    Raises:
        InferenceError: No case has the severity asked for.
    """
    classes = [class_of_case(manifest.classes, case) for case in cases]
    scores = None
    if severity:
        scores = np.array([case.severity.get(severity, np.nan) for case in cases])
        if not np.isfinite(scores).any():
            raise InferenceError(
                f"No case of the split has a number in the column {severity!r}. "
                "Choose a severity column of the table."
            )
    return Truth(
        np.array([-1 if one is None else one for one in classes], np.intp),
        patient_numbers([case.patient for case in cases]),
        scores,
        rankings,
        seed,
    )


def measure(
    split: SplitEmbeddings, manifest: BundleManifest, truth: Truth
) -> Generator[EvaluationProgress, None, dict[str, Any]]:
    """Measure every method; return "methods", "comparisons" and what stands beside them."""
    names = list(split.embeddings)
    precision_draws = {
        (top, size): class_draws(truth.classes, truth.patients, top, size, seed=truth.seed)
        for top, size in PRECISION_SETTINGS
    }
    ndcg_draws = (
        severity_draws(truth.severity, truth.patients, seed=truth.seed)
        if truth.severity is not None
        else None
    )
    methods: dict[str, dict[str, Any]] = {}
    per_query: dict[str, dict[str, NDArray[np.float64]]] = {}
    for place, name in enumerate(names):
        yield EvaluationProgress("measuring", place, len(names), name)
        distances = pairwise_distances(split.embeddings[name], manifest.methods[name].distance)
        scores, queries = _retrieval(distances, truth, precision_draws, len(manifest.classes))
        order, order_queries = _order(distances, truth, ndcg_draws, split.cases)
        methods[name] = {
            "title": manifest.methods[name].title,
            **_classification(name, split, distances, manifest, truth),
            **scores,
            **order,
        }
        per_query[name] = queries | order_queries
    yield EvaluationProgress("measuring", len(names), len(names))
    result: dict[str, Any] = {
        "methods": methods,
        "comparisons": _comparisons(per_query, truth),
        "classifier": _classifier(split, manifest, truth),
        "localisation": _localisation(split, truth),
    }
    if truth.rankings is not None:
        result["raters"] = _raters(truth.rankings, split.cases)
    return result


def neighbour_vote(
    distances: NDArray[np.floating], truth: Truth, count: int
) -> NDArray[np.float64]:
    """(n, count) shares of the classes among each case's ten nearest of other patients."""
    votes = np.full((len(truth.classes), count), np.nan)
    for query in range(len(votes)):
        others = np.flatnonzero((truth.classes >= 0) & (truth.patients != truth.patients[query]))
        if len(others):
            for one in range(count):
                is_one = truth.classes[others] == one
                votes[query, one] = expected_in_order(distances[query, others], is_one)[
                    :NEIGHBOURS
                ].mean()
    return votes


def _retrieval(
    distances: NDArray[np.floating],
    truth: Truth,
    draws: Mapping[tuple[int, int], list[Draws]],
    class_count: int,
) -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
    scores = class_scores(distances, truth.classes, truth.patients)
    per_query: dict[str, NDArray[np.float64]] = {
        name: scores.pop(f"{name}_per_query") for name in ("map", "p_at_1", "p_at_5", "p_at_10")
    }
    for name, values in per_query.items():
        scores[name] = mean_of(values)
        scores[f"{name}_interval"] = mean_interval(values, truth.patients, seed=truth.seed)
    scores["map_by_class"] = [
        mean_of(per_query["map"][truth.classes == one]) for one in range(class_count)
    ]
    scores["precision"], scores["precision_one_query"] = {}, {}
    for (top, size), drawn in draws.items():
        name = f"{top}/{size}"
        values_of_draws = [draw_precision(distances, truth.classes, draw, top) for draw in drawn]
        scores["precision"][name] = _range([mean_of(values) for values in values_of_draws])
        scores["precision_one_query"][name] = _range(
            [float(values[0]) if len(values) else np.nan for values in values_of_draws]
        )
        per_query[f"precision {name}"] = _mean_by_query(
            np.concatenate([draw.queries for draw in drawn]),
            np.concatenate(values_of_draws),
            len(truth.classes),
        )
    return scores, per_query


def _order(
    distances: NDArray[np.floating],
    truth: Truth,
    draws: Draws | None,
    cases: list[LabelledCase],
) -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
    """nDCG, by severity or by the raters' orders; nothing where there is neither."""
    if truth.rankings is not None:
        rows = {case.case_id: row for row, case in enumerate(cases)}
        names, ndcg = ranked_ndcg(truth.rankings, distances, rows)
        queries = np.array([rows[name] for name in names], np.intp)
    elif truth.severity is not None and draws is not None:
        ndcg, queries = severity_ndcg(distances, truth.severity, draws), draws.queries
    else:
        return {}, {}
    order = {
        "ndcg": {str(p): values for p, values in ndcg.items()},
        "ndcg_mean": {str(p): mean_of(values) for p, values in ndcg.items()},
    }
    per_query = {
        f"ndcg@{p}": _mean_by_query(queries, np.array(ndcg[p]), len(cases)) for p in (3, 10)
    }
    order["ndcg_interval"] = {
        str(p): mean_interval(per_query[f"ndcg@{p}"], truth.patients, seed=truth.seed)
        for p in (3, 10)
    }
    return order, per_query


def _classification(
    name: str,
    split: SplitEmbeddings,
    distances: NDArray[np.floating],
    manifest: BundleManifest,
    truth: Truth,
) -> dict[str, Any]:
    """F1 and AUROC of a method: of its own network where there is one, else by neighbours."""
    count = len(manifest.classes)
    head = manifest.training.get("heads", {}).get(name)
    threshold = 0.5
    if name == "cnn":
        probabilities, by = split.probabilities.astype(np.float64), "network"
        threshold = manifest.threshold
    elif head is not None:
        probabilities, by = head_probabilities(split.embeddings[name], head), "network"
        threshold = float(head.get("threshold", 0.5))
    else:
        probabilities, by = neighbour_vote(distances, truth, count), "neighbours"
    scores = _scored_probabilities(probabilities, truth, threshold)
    return {**scores, "classified_by": by}


def head_probabilities(
    embeddings: NDArray[np.floating], head: Mapping[str, Any]
) -> NDArray[np.float64]:
    """Probabilities of a network whose last layer stands in the manifest.

    Args:
        embeddings: (n, length), the layer before the last.
        head: "weight" (K, length) and "bias" (K,); K is 1 for two classes.

    Returns:
        (n, classes), each row adding up to 1.
    """
    weight, bias = np.asarray(head["weight"], float), np.asarray(head["bias"], float)
    logits = np.asarray(embeddings, float) @ weight.T + bias
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    logits -= logits.max(axis=1, keepdims=True)
    exponentials = np.exp(logits)
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), dtype=np.float64)


def _scored_probabilities(
    probabilities: NDArray[np.floating], truth: Truth, threshold: float
) -> dict[str, Any]:
    usable = (truth.classes >= 0) & np.isfinite(probabilities).all(axis=1)
    values, classes = probabilities[usable], truth.classes[usable]
    count = probabilities.shape[1]
    predicted = values.argmax(axis=1)
    if count == 2:
        predicted = (values[:, 1] >= threshold).astype(np.intp)

    def area(rows: NDArray[np.intp]) -> float:
        return mean_auroc(values[rows], classes[rows])

    def f1(rows: NDArray[np.intp]) -> float:
        return f1_score(predicted[rows], classes[rows], count)

    everything, patients = np.arange(len(classes)), truth.patients[usable]
    return {
        "f1": f1(everything),
        "f1_interval": resampled_interval(f1, patients, seed=truth.seed),
        "auroc": area(everything),
        "auroc_interval": resampled_interval(area, patients, seed=truth.seed),
    }


def _classifier(split: SplitEmbeddings, manifest: BundleManifest, truth: Truth) -> dict[str, Any]:
    scores = _scored_probabilities(split.probabilities, truth, manifest.threshold)
    by_source = {}
    sources = np.array([case.source for case in split.cases], dtype=object)
    for source in sorted({case.source for case in split.cases} - {""}):
        rows = np.flatnonzero((sources == source) & (truth.classes >= 0))
        counts = np.bincount(truth.classes[rows], minlength=len(manifest.classes))
        if counts.min() >= _FEWEST_OF_A_SOURCE:
            by_source[source] = {
                "cases": len(rows),
                "auroc": mean_auroc(split.probabilities[rows], truth.classes[rows]),
            }
    counts = np.bincount(truth.classes[truth.classes >= 0], minlength=len(manifest.classes))
    return {
        **scores,
        "threshold": manifest.threshold,
        "f1_if_all_positive": f1_score(
            np.ones(int(counts.sum()), np.intp), truth.classes[truth.classes >= 0], 2
        )
        if len(counts) == 2
        else None,
        "cases_by_class": {
            one.name: int(number) for one, number in zip(manifest.classes, counts, strict=True)
        },
        "by_source": by_source,
        "auroc_by_class": {
            one.name: auroc(
                split.probabilities[truth.classes >= 0, number],
                truth.classes[truth.classes >= 0] == number,
            )
            for number, one in enumerate(manifest.classes)
        },
    }


def _comparisons(
    per_query: Mapping[str, Mapping[str, NDArray[np.float64]]], truth: Truth
) -> list[dict[str, Any]]:
    comparisons = []
    for a, b in combinations(per_query, 2):
        for measured in per_query[a]:
            difference = paired_difference(
                per_query[a][measured], per_query[b][measured], truth.patients, seed=truth.seed
            )
            comparisons.append({"measure": measured, "a": a, "b": b, **_as_dict(difference)})
    return comparisons


def _localisation(split: SplitEmbeddings, truth: Truth) -> dict[str, Any] | None:
    if not split.localised:
        return None
    patients = truth.patients[split.localised]
    result: dict[str, Any] = {"cases": len(split.localised), "maps": {}}
    has_all_lungs = len(split.localisation.get("uniform_lungs", ())) == len(split.localised)
    names = ["saliency", "centred_gaussian", "uniform", *["uniform_lungs"] * has_all_lungs]
    values = {
        name: {
            figure: np.array([getattr(one, figure) for one in split.localisation[name]])
            for figure in ("mass", "pointing", "pixel_auroc")
        }
        for name in names
    }
    for name in names:
        result["maps"][name] = {
            figure: {
                "mean": mean_of(scores),
                "interval": mean_interval(scores, patients, seed=truth.seed),
            }
            for figure, scores in values[name].items()
        }
    result["comparisons"] = [
        {
            "measure": figure,
            "a": "saliency",
            "b": name,
            **_as_dict(
                paired_difference(
                    values["saliency"][figure], values[name][figure], patients, seed=truth.seed
                )
            ),
        }
        for name in names[1:]
        for figure in values[name]
    ]
    return result


def _raters(rankings: Rankings, cases: list[LabelledCase]) -> dict[str, Any]:
    scores = rater_ndcg(rankings, {case.case_id for case in cases})
    means = {
        rater: {str(p): mean_of(values) for p, values in by_depth.items()}
        for rater, by_depth in scores.items()
    }
    depths = next(iter(means.values()), {})
    return {
        "reference": rankings.raters[0],
        "ndcg": {
            rater: {str(p): values for p, values in by_depth.items()}
            for rater, by_depth in scores.items()
        },
        "ndcg_mean": means,
        "band": {p: _range([one[p] for one in means.values()])[1:] for p in depths},
    }


def _mean_by_query(
    queries: NDArray[np.intp], values: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """(count,) mean of each query's values; NaN where it has none."""
    known = np.isfinite(values)
    sums = np.bincount(queries[known], values[known], count)
    sizes = np.bincount(queries[known], minlength=count)
    means = np.full(count, np.nan)
    means[sizes > 0] = sums[sizes > 0] / sizes[sizes > 0]
    return means


def _range(values: list[float]) -> list[float]:
    return [mean_of(values), float(np.min(values)), float(np.max(values))]


def _as_dict(difference: Difference) -> dict[str, Any]:
    return {
        "difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
        "words": difference.words,
    }
