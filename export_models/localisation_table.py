"""Which explanations lie on the disease, where somebody outlined it, split by split.

    cases with a mask -> each one's nearest case of another patient -> maps on the masked case
                      -> share inside, pointing game, AUROC of pixels, beside maps that know nothing

The Deep Taylor map needs no second case. Activation, attention and occlusion show what makes
the masked case resemble its nearest one, so a map outside the mask need not be wrong: the two
may resemble each other elsewhere. Controls: the lungs painted evenly, a Gaussian in the
middle, and the mask's own share of the radiograph.
"""

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export_models.datasets.read_cases import read_cases
from export_models.faithfulness import OCCLUSION_STEP
from export_models.intervals import mean_interval, paired_difference
from export_models.pairwise import pairwise_distances
from export_models.report_parts import between
from export_models.retrieval_metrics import mean_of, patient_numbers
from export_models.saliency_metrics import Localisation, controls, localise
from export_models.split_embeddings import (
    EvaluationProgress,
    SplitEmbeddings,
    embed_split,
    prepare_case,
    read_mask,
    usable_methods,
)
from inference.embedding_runs import saliency_maps
from inference.errors import ExportError, InferenceError
from inference.measured_faithfulness import SALIENCY, explanation_name
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession, Provider
from inference.preprocess import ModelInput
from inference.similarity_saliency import (
    KINDS,
    Kind,
    available_explanations,
    explain,
    prepare_explanation,
)

FIGURES = ("mass", "pointing", "pixel_auroc")
CONTROLS = ("uniform_lungs", "centred_gaussian", "uniform")
TABLE_JSON = "localisation.json"

Found = dict[str, list[Localisation]]


def localisation_table(
    bundle_folder: Path,
    cases_file: Path,
    out: Path,
    *,
    splits: Sequence[str] = ("train", "valid", "test"),
    methods: Sequence[str] = (),
    seed: int = 0,
    provider: Provider = "auto",
) -> Generator[EvaluationProgress, None, dict[str, Any]]:
    """Compare every explanation with the masks and write `localisation.json` into `out`.

    Args:
        bundle_folder: The bundle's.
        cases_file: Our plain table, with `lesion_mask`.
        out: Folder; made if need be.
        splits: Each is measured by itself, with neighbours of its own.
        methods: Whose similarity; empty for all of the bundle's that have a network.
        seed: Of the bootstraps over patients.
        provider: Where to run.

    Returns:
        By split: "cases", "patients" and, by map, each of `FIGURES` with its mean, interval
        and the comparison with the lungs painted evenly ("" where boxes are missing).

    Raises:
        InferenceError: Bundle or table cannot be used, no case of the splits has a mask, or
            the table cannot be written.
    """
    bundle = read_bundle(bundle_folder)
    wanted = [
        name
        for name in usable_methods(bundle, methods)
        if bundle.manifest.methods[name].distance != "ssim"
    ]
    cases = sorted(read_cases(cases_file), key=lambda case: case.case_id)
    session = BundleSession(bundle, provider=provider)
    result: dict[str, Any] = {}
    for name in splits:
        chosen = [case for case in cases if case.split == name]
        if not any(case.lesion_mask is not None for case in chosen):
            continue
        split = yield from embed_split(session, chosen, wanted, out / "cache")
        found, patients = yield from _split_maps(session, split, wanted, name)
        result[name] = _scores(found, patients, seed)
    if not result:
        raise InferenceError(
            f"No case of {cases_file.name} in the splits {', '.join(splits)} has a lesion_mask."
        )
    content = {"bundle": bundle.manifest.name, "bundle_sha256": bundle.manifest.sha256}
    text = json.dumps({**content, "splits": result}, indent=1, ensure_ascii=False) + "\n"
    try:
        (out / TABLE_JSON).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExportError(out, f"{error.strerror or error}; choose another folder") from error
    return result


def markdown_table(result: dict[str, Any]) -> str:
    """The splits as tables, each figure with its interval, and how it stands to the lungs'."""
    lines = []
    for split, found in result.items():
        lines += [
            f"{split}: {found['cases']} masks of {found['patients']} patients",
            "",
            "| map | share inside | pointing game | AUROC of pixels | against even lungs |",
            "|---|---|---|---|---|",
        ]
        for name, row in found["maps"].items():
            cells = [between(row[key]["mean"], row[key]["interval"], 3) for key in FIGURES]
            words = "; ".join(row[key]["words"] for key in FIGURES if row[key]["words"])
            lines.append(f"| {' | '.join([name, *cells, words])} |")
        lines.append("")
    return "\n".join(lines)


def _split_maps(
    session: BundleSession, split: SplitEmbeddings, methods: Sequence[str], name: str
) -> Generator[EvaluationProgress, None, tuple[Found, NDArray[np.intp]]]:
    patients = patient_numbers([case.patient for case in split.cases])
    nearest = {
        method: _nearest(
            split.embeddings[method],
            session.bundle.manifest.methods[method].distance,
            patients,
            split.localised,
        )
        for method in methods
    }
    found: Found = {}
    for done, row in enumerate(split.localised):
        case = split.cases[row]
        model_input = prepare_case(case, session.bundle.manifest.input, session)
        placement = model_input.placement
        shape = (placement.rows, placement.columns)
        mask = read_mask(case, shape)
        maps: dict[str, NDArray[np.floating]] = {**controls(shape, case.lung_boxes)}
        maps[SALIENCY] = placement.to_radiograph(saliency_maps(session, model_input.tensor)[0, 0])
        for method in methods:
            yield EvaluationProgress(name, done, len(split.localised), method)
            if row not in nearest[method]:
                continue
            other = prepare_case(
                split.cases[nearest[method][row]], session.bundle.manifest.input, session
            )
            for kind, values in _similarity_maps(session, method, other, model_input):
                maps[explanation_name(method, kind)] = values
        for map_name, drawn in maps.items():
            found.setdefault(map_name, []).append(localise(np.maximum(drawn, 0), mask))
    whole = {key: rows for key, rows in found.items() if len(rows) == len(split.localised)}
    return whole, patients[split.localised]


def _nearest(
    embeddings: NDArray[np.float32],
    distance: Any,
    patients: NDArray[np.intp],
    rows: Sequence[int],
) -> dict[int, int]:
    distances = pairwise_distances(embeddings, distance)
    nearest = {}
    for row in rows:
        others = np.flatnonzero(patients != patients[row])
        if len(others):
            nearest[row] = int(others[distances[row, others].argmin()])
    return nearest


def _similarity_maps(
    session: BundleSession, method: str, query: ModelInput, result: ModelInput
) -> list[tuple[Kind, NDArray[np.float32]]]:
    reasons = available_explanations(session, method)
    one = prepare_explanation(query, session, method)
    other = prepare_explanation(result, session, method)
    maps = []
    for kind in KINDS:
        if not reasons[kind]:
            *_, shown = explain(one, other, session, kind, finest_step=OCCLUSION_STEP)
            maps.append((kind, shown.on_radiograph()))
    return maps


def _scores(found: Found, patients: NDArray[np.intp], seed: int) -> dict[str, Any]:
    values = {
        name: {key: np.array([getattr(one, key) for one in rows]) for key in FIGURES}
        for name, rows in found.items()
    }
    lungs = values.get("uniform_lungs")
    order = [name for name in values if name not in CONTROLS]
    order += [name for name in CONTROLS if name in values]
    maps: dict[str, Any] = {}
    for name in order:
        maps[name] = {}
        for key, scores in values[name].items():
            words = ""
            if lungs is not None and name not in CONTROLS:
                words = paired_difference(scores, lungs[key], patients, seed=seed).words
            maps[name][key] = {
                "mean": mean_of(scores),
                "interval": mean_interval(scores, patients, seed=seed),
                "words": words,
            }
    return {"cases": len(patients), "patients": len(set(patients.tolist())), "maps": maps}
