"""Whether explanations show what the network goes by, each beside its random control.

    query -> its nearest case of another patient -> maps on that case -> insertion, deletion
                                     the same with weights drawn anew -> the control

Maps of the network with random weights are scored with the trained network, as X-MIR does it,
and the two are compared pair by pair. The cascade draws ever more layers anew, from the
output down, and says how alike the maps stay. Deep Taylor maps are measured on the queries
themselves, with the probability of the class they explain as score.

Source: Hu, Vasu & Hoogs 2021, table 2; Adebayo et al. 2018.
"""

import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export_models.causal_metrics import (
    STEPS,
    Curves,
    causal_curves,
    rank_correlation,
    rectified_cosines,
)
from export_models.intervals import mean_interval, paired_difference
from export_models.measures import Truth
from export_models.pairwise import pairwise_distances
from export_models.random_weights import random_bundle
from export_models.retrieval_metrics import mean_of
from export_models.split_embeddings import (
    EvaluationProgress,
    SplitEmbeddings,
    all_classes,
    prepare_case,
)
from inference.embedding_runs import embed, saliency_maps
from inference.model_bundle import BundleManifest
from inference.onnx_session import BundleSession
from inference.preprocess import ModelInput
from inference.similarity_saliency import (
    KINDS,
    Kind,
    available_explanations,
    explain,
    prepare_explanation,
)

CASCADE = (0.25, 0.5, 0.75, 1.0)
OCCLUSION_STEP = 4  # a stride of 20 of 224: the finest takes minutes for each pair
_BATCH = 8

Maps = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Queries and their nearest cases, as row numbers."""

    queries: list[int]
    results: list[int]


@dataclass(slots=True)
class _Measured:
    """Curves of one kind of map, pair by pair, and its control's."""

    trained: list[Curves] = field(default_factory=list)
    random: list[Curves] = field(default_factory=list)


def measure_faithfulness(
    session: BundleSession,
    split: SplitEmbeddings,
    truth: Truth,
    methods: Sequence[str],
    pairs: int,
) -> Generator[EvaluationProgress, None, dict[str, Any]]:
    """Measure every explanation of every method; return the report's "faithfulness".

    Args:
        session: The bundle, as trained.
        split: Its embeddings of the cases.
        truth: Of the same cases.
        methods: To measure.
        pairs: How many queries, each with its nearest case; fewer where there are not so many.

    Raises:
        BundleError: The bundle has no weights that could be drawn anew.
    """
    inputs = _Inputs(session, split)
    result: dict[str, Any] = {
        "pairs": pairs,
        "steps": STEPS,
        "occlusion_stride_of_224": 5 * OCCLUSION_STEP,
        "methods": {},
        "unavailable": {},
        "cascade": {},
    }
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        randoms: dict[float, BundleSession] = {}
        for place, share in enumerate(CASCADE):
            yield EvaluationProgress("drawing weights anew", place, len(CASCADE))
            folder = Path(scratch) / f"random-{place}"
            bundle = random_bundle(session.bundle, folder, seed=truth.seed, share=share)
            provider = "cuda" if session.provider == "CUDA" else "cpu"
            randoms[share] = BundleSession(bundle, provider=provider)  # type: ignore[arg-type]
        for method in methods:
            chosen = _nearest_pairs(split, session.bundle.manifest, truth, method, pairs)
            reasons = available_explanations(session, method)
            if session.bundle.manifest.methods[method].distance == "ssim":
                reasons = dict.fromkeys(KINDS, "it has no network, so there is no random one")
            kinds = [kind for kind in KINDS if not reasons[kind]]
            result["unavailable"][method] = {kind: reasons[kind] for kind in KINDS if reasons[kind]}
            if not kinds or not chosen.queries:
                continue
            found = yield from _retrieval(
                session, randoms[1.0], inputs, chosen, method, kinds, truth.seed
            )
            patients = truth.patients[chosen.queries]
            result["methods"][method] = {
                kind: _scores(found[kind], patients, truth.seed) for kind in kinds
            }
            if "activation" in kinds:
                result["cascade"][method] = yield from _cascade(
                    _activation_maps(session, inputs, chosen, method),
                    {
                        share: _activation_maps(one, inputs, chosen, method)
                        for share, one in randoms.items()
                    },
                    f"{method} cascade",
                    patients,
                    truth.seed,
                )
        result["saliency"] = yield from _deep_taylor(session, randoms, inputs, split, truth, pairs)
    return result


class _Inputs:
    """Model inputs by row, prepared once."""

    def __init__(self, session: BundleSession, split: SplitEmbeddings) -> None:
        self._session, self._split = session, split
        self._known: dict[int, ModelInput] = {}

    def __getitem__(self, row: int) -> ModelInput:
        if row not in self._known:
            spec = self._session.bundle.manifest.input
            self._known[row] = prepare_case(self._split.cases[row], spec, self._session)
        return self._known[row]


def _nearest_pairs(
    split: SplitEmbeddings, manifest: BundleManifest, truth: Truth, method: str, count: int
) -> _Pairs:
    """Random queries, the same for all methods, and each one's nearest of other patients."""
    distances = pairwise_distances(split.embeddings[method], manifest.methods[method].distance)
    order = np.random.default_rng(truth.seed).permutation(len(split.cases))
    pairs = _Pairs([], [])
    for query in map(int, order):
        others = np.flatnonzero(truth.patients != truth.patients[query])
        if len(others) and len(pairs.queries) < count:
            pairs.queries.append(query)
            pairs.results.append(int(others[distances[query, others].argmin()]))
    return pairs


def _retrieval(
    session: BundleSession,
    random: BundleSession,
    inputs: _Inputs,
    pairs: _Pairs,
    method: str,
    kinds: Sequence[Kind],
    seed: int,
) -> Generator[EvaluationProgress, None, dict[Kind, _Measured]]:
    measured: dict[Kind, _Measured] = {kind: _Measured() for kind in kinds}
    for done, (query_row, result_row) in enumerate(zip(pairs.queries, pairs.results, strict=True)):
        query_input, result_input = inputs[query_row], inputs[result_row]
        image = result_input.tensor[0]
        wanted = embed(session, query_input.tensor, method)[0][0]

        def score(images: Maps, wanted: NDArray[np.float32] = wanted) -> NDArray[np.float64]:
            return rectified_cosines(_embedded(session, images, method), wanted)

        for one, is_trained in ((session, True), (random, False)):
            query = prepare_explanation(query_input, one, method)
            result = prepare_explanation(result_input, one, method)
            for kind in kinds:
                yield EvaluationProgress(
                    "faithfulness", done, len(pairs.queries), f"{method}, {kind}"
                )
                *_, shown = explain(query, result, one, kind, finest_step=OCCLUSION_STEP)
                curves = causal_curves(image, shown.map, score, seed=seed)
                found = measured[kind]
                (found.trained if is_trained else found.random).append(curves)
    return measured


def _embedded(session: BundleSession, images: Maps, method: str) -> NDArray[np.float32]:
    parts = [
        embed(session, images[start : start + _BATCH], method)[0]
        for start in range(0, len(images), _BATCH)
    ]
    return np.concatenate(parts)


def _activation_maps(
    session: BundleSession, inputs: _Inputs, pairs: _Pairs, method: str
) -> Generator[NDArray[np.floating], None, None]:
    for query_row, result_row in zip(pairs.queries, pairs.results, strict=True):
        query = prepare_explanation(inputs[query_row], session, method)
        result = prepare_explanation(inputs[result_row], session, method)
        (shown,) = explain(query, result, session, "activation")
        assert shown.positions is not None
        yield shown.positions


def _cascade(
    original: Generator[NDArray[np.floating], None, None],
    by_share: dict[float, Generator[NDArray[np.floating], None, None]],
    name: str,
    patients: NDArray[np.intp],
    seed: int,
) -> Generator[EvaluationProgress, None, dict[str, Any]]:
    """Rank correlation of maps with those after the last layers were drawn anew."""
    correlations: dict[float, list[float]] = {share: [] for share in by_share}
    for done, values in enumerate(original):
        yield EvaluationProgress("faithfulness", done, len(patients), name)
        for share, maps in by_share.items():
            correlations[share].append(rank_correlation(values, next(maps)))
    return {
        f"{share:.0%}": {
            "correlation": mean_of(np.array(values)),
            "interval": mean_interval(np.array(values), patients, seed=seed),
        }
        for share, values in correlations.items()
    }


def _deep_taylor(
    session: BundleSession,
    randoms: dict[float, BundleSession],
    inputs: _Inputs,
    split: SplitEmbeddings,
    truth: Truth,
    count: int,
) -> Generator[EvaluationProgress, None, dict[str, Any]]:
    """Deep Taylor maps, scored by the probability of the class they explain."""
    manifest = session.bundle.manifest
    relevance = manifest.training.get("export_check", {}).get("relevance", {})
    explains_positive = (
        len(manifest.classes) == 2 and relevance.get("output", "predicted") != "predicted"
    )
    order = np.random.default_rng(truth.seed).permutation(len(split.cases))
    predicted = split.probabilities.argmax(axis=1)
    # A map of the evidence for a class is only put to the test where the class was found.
    rows = [int(row) for row in order if not explains_positive or predicted[row] == 1][:count]
    measured = _Measured()
    for done, row in enumerate(rows):
        yield EvaluationProgress("faithfulness", done, len(rows), "saliency map")
        tensor = inputs[row].tensor
        score = _class_score(session, int(predicted[row]))
        for one, curves in ((session, measured.trained), (randoms[1.0], measured.random)):
            saliency = saliency_maps(one, tensor)[0, 0]
            curves.append(causal_curves(tensor[0], saliency, score, seed=truth.seed))
    patients = truth.patients[rows]
    if not rows:
        return {}

    def maps(one: BundleSession) -> Generator[NDArray[np.floating], None, None]:
        for row in rows:
            yield saliency_maps(one, inputs[row].tensor)[0, 0]

    cascade = yield from _cascade(
        maps(session),
        {share: maps(one) for share, one in randoms.items()},
        "saliency map cascade",
        patients,
        truth.seed,
    )
    return {
        "cases": len(rows),
        **_scores(measured, patients, truth.seed),
        "cascade": cascade,
    }


def _class_score(session: BundleSession, predicted: int) -> Callable[[Maps], NDArray[np.float64]]:
    files = session.bundle.manifest.files
    file = "classifier.onnx" if "classifier.onnx" in files else "fused.onnx"

    def score(images: Maps) -> NDArray[np.float64]:
        parts = [
            session.run_graph(file, {"image": images[start : start + _BATCH]}, ["probability"])[
                "probability"
            ]
            for start in range(0, len(images), _BATCH)
        ]
        return all_classes(np.concatenate(parts))[:, predicted].astype(np.float64)

    return score


def _scores(measured: _Measured, patients: NDArray[np.intp], seed: int) -> dict[str, Any]:
    """Areas with intervals, the control's, the paired differences and what they say."""
    areas = {
        name: np.array([getattr(one, f"{figure}_area") for one in curves])
        for figure in ("insertion", "deletion")
        for name, curves in (
            (figure, measured.trained),
            (f"control_{figure}", measured.random),
        )
    }
    result: dict[str, Any] = {
        name: {"mean": mean_of(values), "interval": mean_interval(values, patients, seed=seed)}
        for name, values in areas.items()
    }
    better = []
    for figure, sign in (("insertion", 1), ("deletion", -1)):  # a small deletion area is good
        difference = paired_difference(
            sign * areas[figure], sign * areas[f"control_{figure}"], patients, seed=seed
        )
        result[f"{figure}_gain"] = {
            "difference": difference.mean,
            "low": difference.low,
            "high": difference.high,
            "words": difference.words,
        }
        better += [figure] if difference.words == "better" else []
    result["verdict"] = verdict(better)
    result["curves"] = {
        figure: [
            np.mean([getattr(one, figure) for one in curves], axis=0).tolist()
            for curves in (measured.trained, measured.random)
        ]
        for figure in ("insertion", "deletion")
    }
    return result


def verdict(better: Sequence[str]) -> str:
    """What may be said where `better` of insertion and deletion beat the control."""
    if len(better) == 2:
        return "beats random weights"
    if better:
        return f"beats random weights in {better[0]} only"
    return "does not beat random weights"
