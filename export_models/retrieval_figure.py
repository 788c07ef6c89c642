"""Queries and their nearest cases under a similarity map: X-MIR's figures 4 and 5.

    bundle + cases -> for each class a query whose three nearest agree with it, and one whose
                      three nearest do not -> maps on the nearest cases -> one picture

Which queries are shown is drawn by chance among those that qualify, so that the picture is no
best of; a class without any is left out and said to be.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from export_models.datasets.read_cases import read_cases
from export_models.faithfulness import OCCLUSION_STEP
from export_models.measures import Truth, truth_of
from export_models.pairwise import pairwise_distances
from export_models.split_embeddings import (
    EvaluationProgress,
    SplitEmbeddings,
    embed_split,
    prepare_case,
    usable_methods,
)
from inference.errors import ExportError, InferenceError
from inference.model_bundle import BundleManifest, read_bundle
from inference.onnx_session import BundleSession, Provider
from inference.preprocess import ModelInput
from inference.similarity_saliency import (
    Kind,
    available_explanations,
    explain,
    prepare_explanation,
    what_is_explained,
)

NEAREST = 3
_AGREES, _DISAGREES = "#5aa9e6", "#e6855a"


@dataclass(frozen=True, slots=True)
class ShownQuery:
    """A row of the picture, as row numbers of the split.

    Attributes:
        query: The case asked about.
        nearest: The nearest cases of other patients, the nearest first.
        is_right: Whether all of them are of the query's class; else none is.
    """

    query: int
    nearest: tuple[int, ...]
    is_right: bool


def retrieval_figure(
    bundle_folder: Path,
    cases_file: Path,
    out: Path,
    *,
    method: str = "ig",
    kind: Kind = "activation",
    split: str = "test",
    seed: int = 0,
    provider: Provider = "auto",
) -> Generator[EvaluationProgress, None, list[ShownQuery]]:
    """Draw the picture into the file `out` (PNG). It shows the cases' own images.

    Args:
        bundle_folder: The bundle's.
        cases_file: Our plain table, or a data set in a public layout.
        out: The file; its folder is made if need be.
        method: Whose neighbours and similarity.
        kind: Which map.
        split: "train", "valid", "test", or "" for every case.
        seed: Of the draw.
        provider: Where to run.

    Returns:
        What is shown.

    Raises:
        InferenceError: Bundle or table cannot be used, the method cannot give this map, no
            query qualifies, or the file cannot be written.
    """
    bundle = read_bundle(bundle_folder)
    usable_methods(bundle, (method,))
    session = BundleSession(bundle, provider=provider)
    reason = available_explanations(session, method)[kind]
    if reason:
        raise InferenceError(f"No {kind} map for {method}: {reason}.")
    cases = sorted(read_cases(cases_file), key=lambda case: case.case_id)
    chosen = [case for case in cases if case.split == split or not split]
    if not chosen:
        raise InferenceError(f"No case of {cases_file.name} is in the split {split!r}.")
    found = yield from embed_split(session, chosen, (method,), out.parent / "cache")
    truth = truth_of(bundle.manifest, found.cases, seed=seed)
    shown = shown_queries(found, bundle.manifest, truth, method)
    if not shown:
        raise InferenceError(
            f"No query of {cases_file.name} has its {NEAREST} nearest all of its own class, or "
            "all of others. Choose another split."
        )
    inputs: dict[int, ModelInput] = {}
    plot = Figure(figsize=(2.3 * (NEAREST + 1), 2.45 * len(shown) + 0.6), layout="constrained")
    grid = plot.subplots(len(shown), NEAREST + 1, squeeze=False)
    for done, row in enumerate(shown):
        yield EvaluationProgress("explaining", done, len(shown), kind)
        for case in (row.query, *row.nearest):
            if case not in inputs:
                inputs[case] = prepare_case(found.cases[case], bundle.manifest.input, session)
        query = prepare_explanation(inputs[row.query], session, method)
        _draw(grid[done, 0], _brightness(inputs[row.query]), bundle.manifest, truth, row.query)
        for axes, case in zip(grid[done, 1:], row.nearest, strict=True):
            result = prepare_explanation(inputs[case], session, method)
            *_, one = explain(query, result, session, kind, finest_step=OCCLUSION_STEP)
            picture = under_map(_brightness(inputs[case]), one.map)
            agrees = bool(truth.classes[case] == truth.classes[row.query])
            _draw(axes, picture, bundle.manifest, truth, case, agrees=agrees)
    title = f"{bundle.manifest.name}, {bundle.manifest.methods[method].title}, {kind}"
    plot.suptitle(f"{title}\n{what_is_explained(session, method, kind)}", fontsize=9)
    partial = out.with_name(f"{out.name}.partial")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        plot.savefig(partial, dpi=110, format="png")
        partial.replace(out)
    except OSError as error:
        raise ExportError(out, f"{error.strerror or error}; choose another folder") from error
    return shown


def shown_queries(
    split: SplitEmbeddings, manifest: BundleManifest, truth: Truth, method: str
) -> list[ShownQuery]:
    """One right and one wrong query of each class where there are such, the right ones first."""
    distances = pairwise_distances(split.embeddings[method], manifest.methods[method].distance)
    order = np.random.default_rng(truth.seed).permutation(len(split.cases))
    found: dict[tuple[bool, int], ShownQuery] = {}
    for query in map(int, order):
        own = int(truth.classes[query])
        others = np.flatnonzero((truth.classes >= 0) & (truth.patients != truth.patients[query]))
        if own < 0 or len(others) < NEAREST:
            continue
        nearest = others[np.argsort(distances[query, others], kind="stable")][:NEAREST]
        agree = int((truth.classes[nearest] == own).sum())
        if agree in (0, NEAREST):
            is_right = agree == NEAREST
            key = (not is_right, own)
            found.setdefault(key, ShownQuery(query, tuple(map(int, nearest)), is_right))
    return [found[key] for key in sorted(found)]


def under_map(
    brightness: NDArray[np.floating], values: NDArray[np.floating]
) -> NDArray[np.floating]:
    """A grey picture under a map in colour.

    Args:
        brightness: (rows, columns, 3) in [0, 1]; its own colours are taken out, for a red
            lesion under red relevance could not be read.
        values: (rows, columns). Drawn from their smallest, which is clear, to their 99th
            percentile: activation maps are far from 0 everywhere, and only their relief says
            where the similarity lies. A flat map has none, and leaves the picture clear.

    Returns:
        (rows, columns, 3) in [0, 1].
    """
    low, high = float(values.min()), float(np.percentile(values, 99))
    strength = ((values - low) / (high - low)).clip(0, 1) if high > low else np.zeros_like(values)
    grey = brightness.mean(axis=2, keepdims=True)
    colours = colormaps["inferno"](strength)[..., :3]
    cover = 0.75 * strength[..., None]
    return np.asarray(((1 - cover) * grey + cover * colours).clip(0, 1))


def _brightness(model_input: ModelInput) -> NDArray[np.float32]:
    planes = model_input.tensor[0]
    whole = np.repeat(planes, 3, axis=0) if len(planes) == 1 else planes
    return np.ascontiguousarray(whole.transpose(1, 2, 0))


def _draw(
    axes: Axes,
    picture: NDArray[np.floating],
    manifest: BundleManifest,
    truth: Truth,
    case: int,
    *,
    agrees: bool | None = None,
) -> None:
    axes.imshow(picture)
    axes.set_xticks([])
    axes.set_yticks([])
    name = manifest.classes[truth.classes[case]].name
    marks = {None: "query: ", True: "= ", False: "≠ "}  # a shape beside the colour
    axes.set_title(f"{marks[agrees]}{name}", fontsize=9)
    colour = "white" if agrees is None else _AGREES if agrees else _DISAGREES
    for side in axes.spines.values():
        side.set_color(colour)
        side.set_linewidth(3)


def parse_kind(text: str, known: Sequence[Kind]) -> Kind:
    """The kind of that name.

    Raises:
        InferenceError: There is none.
    """
    for kind in known:
        if kind == text:
            return kind
    raise InferenceError(f"There is no map {text!r}; there are {', '.join(known)}.")
