"""The main job: from a file on disk to everything the window shows.

    path -> Radiograph -> ModelInput -> ModelOutput -+-> probabilities, saliency map
                                                     '-> embedding -> neighbours

Read `analyse` first: the other modules of this package are its steps. Each yield hands over a
fuller result, and is where a cancelled run stops. The command line, the window and the tests
all come through here.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.archive.kept_outputs import recalled
from inference.bundle_store import find_bundle, list_bundles
from inference.case_filter import EVERY_CASE, CaseFilter
from inference.catalogue import Catalogue, has_catalogue
from inference.errors import CatalogueError, InferenceError
from inference.model_bundle import Bundle, BundleManifest, read_bundle, read_manifest
from inference.onnx_session import BundleSession, ModelOutput, Provider
from inference.preprocess import ModelInput, Placement, prepare
from inference.records import CaseRecord, Header, Neighbour, Radiograph
from inference.relevance_feedback import NO_MARKS, Marks, moved_query
from inference.safe_reading import Reader, read_safely, start_reading

__all__ = [
    "Analysis",
    "CaseView",
    "Engine",
    "analyse",
    "choose_bundle",
    "find_bundle",
    "list_bundles",
    "mismatches",
    "open_engine",
    "result_json",
    "view_case",
    "with_neighbours",
]

_LATERAL = ("LL", "RL", "LAT", "LATERAL")


@dataclass(frozen=True, slots=True)
class Engine:
    """What an analysis needs, loaded and checked against each other.

    Attributes:
        bundle: The models' files.
        session: The same, ready to run.
        catalogue: The cases to compare with, or None where none is open.
        read: Reads a radiograph: in a process that may die, or, as `read_radiograph` does, in
            this one.
    """

    bundle: Bundle
    session: BundleSession
    catalogue: Catalogue | None = None
    read: Reader = read_safely


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What is known of a query so far. None means not yet, or that there is no catalogue.

    Attributes:
        path: The query's file.
        method: The retrieval method that the embedding and the neighbours are of.
        radiograph: As read.
        model_input: What the networks saw, with its placement on the radiograph.
        probabilities: One per class; for two classes one alone, of the second.
        saliency: (size, size) float32 in [0, 1] over the model input;
            `model_input.placement.to_radiograph` puts it on the radiograph's grid.
        embedding: (length,) float32.
        neighbours: The most similar cases, the nearest first.
        excluded: How many cases were left out as the query itself or its patient's.
        same_case: The query's own record, where it is itself in the catalogue.
        warnings: Sentences for the user.
        timings_ms: Of "read", "prepare", "model", "search", and "total".
    """

    path: Path
    method: str
    radiograph: Radiograph | None = None
    model_input: ModelInput | None = None
    probabilities: tuple[float, ...] | None = None
    saliency: NDArray[np.float32] | None = field(default=None, repr=False)
    embedding: NDArray[np.float32] | None = field(default=None, repr=False)
    neighbours: tuple[Neighbour, ...] | None = None
    excluded: int = 0
    same_case: CaseRecord | None = None
    warnings: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class CaseView:
    """A neighbour with its pixels and its saliency map, ready to be drawn.

    Attributes:
        neighbour: Which case, and how near.
        radiograph: Its file, as read.
        saliency: (size, size) float32 in [0, 1], over the model input.
        placement: Where the model input lies on the radiograph.
        probabilities: As in `Analysis`.
        warnings: Such as that the file changed since it was indexed.
    """

    neighbour: Neighbour
    radiograph: Radiograph
    saliency: NDArray[np.float32] = field(repr=False)
    placement: Placement
    probabilities: tuple[float, ...]
    warnings: tuple[str, ...] = ()


def open_engine(
    bundle: str | Path,
    catalogue_folder: Path | None = None,
    provider: Provider = "auto",
    *,
    read: Reader = read_safely,
) -> Engine:
    """Load a bundle and, where one is given, the catalogue that was made with it.

    Args:
        bundle: A bundle's name or folder.
        catalogue_folder: The folder that was indexed.
        provider: Where to run; see `BundleSession`.
        read: How radiographs are read. `read_safely` starts its process at once; a program that
            trusts its files may give `read_radiograph`, which needs none.

    Raises:
        BundleError: The bundle is missing, altered, or too new.
        CatalogueError: The folder has no index for this bundle, or a damaged one.
    """
    checked = read_bundle(find_bundle(bundle))
    if read is read_safely:
        start_reading()  # it gets ready while the models are loaded
    session = BundleSession(checked, provider=provider)
    catalogue = None
    if catalogue_folder is not None:
        catalogue = Catalogue.open(catalogue_folder, checked)
    return Engine(checked, session, catalogue, read)


def choose_bundle(preferred: str, catalogue_folder: Path | None) -> str | Path:
    """The bundle to use where the user named none.

    Args:
        preferred: The one from the settings.
        catalogue_folder: The catalogue to be opened, or None.

    Returns:
        `preferred`, unless the catalogue was made with another installed bundle only.
    """
    folders = list_bundles()
    if catalogue_folder is not None:
        folders.sort(key=lambda folder: folder.name != preferred)
        for folder in folders:
            try:
                bundle = Bundle(folder, read_manifest(folder))
            except InferenceError:
                continue  # an unusable bundle is reported when it is asked for
            if has_catalogue(catalogue_folder, bundle):
                return folder
    return preferred


def analyse(
    path: Path,
    engine: Engine,
    *,
    method: str = "ig",
    k: int = 4,
    exclude_patient: bool = True,
    only: CaseFilter = EVERY_CASE,
    marks: Marks = NO_MARKS,
) -> Generator[Analysis, None, None]:
    """Read a radiograph, run the models on it, and find the most similar cases.

    Args:
        path: A DICOM, JPEG, PNG or TIFF file.
        engine: From `open_engine`.
        method: One of the bundle's retrieval methods.
        k: How many neighbours.
        exclude_patient: Whether the query itself and all images of its patient are left
            out of the neighbours.
        only: What the neighbours must have.
        marks: The reader's feedback on earlier neighbours, which moves the query.

    Yields:
        The analysis with the radiograph; then with probabilities and saliency map too; and,
        where a catalogue is open, with the neighbours too.

    Raises:
        InferenceError: Any of the expected problems.
    """
    manifest = engine.bundle.manifest
    clock = _Clock()
    with clock.measures("read"):
        radiograph = engine.read(path)
    warnings = (
        *engine.session.warnings,
        *mismatches(radiograph, manifest),
        *radiograph.notes,
    )
    analysis = Analysis(path, method, radiograph, warnings=warnings, timings_ms=clock.timings_ms())
    yield analysis

    with clock.measures("prepare"):
        model_input = prepare(radiograph, manifest.input, engine.session.find_lungs)
    with clock.measures("model"):
        output = recalled(model_input.tensor, manifest.sha256, method) or engine.session.run(
            model_input.tensor, (method,)
        )
    late = tuple(one for one in engine.session.warnings if one not in warnings)
    analysis = replace(
        analysis,
        model_input=model_input,
        probabilities=_probabilities(output),
        saliency=output.saliency,
        embedding=output.embeddings[method],
        warnings=(*warnings, *model_input.warnings, *late),
        timings_ms=clock.timings_ms(),
    )
    yield analysis

    if engine.catalogue is not None:
        with clock.measures("search"):
            analysis = with_neighbours(
                analysis, engine.catalogue, k, exclude_patient, only=only, marks=marks
            )
        yield replace(analysis, timings_ms=clock.timings_ms())


def view_case(neighbour: Neighbour, engine: Engine) -> CaseView:
    """Read a neighbour's file and compute its saliency map.

    Raises:
        UnreadableRadiographError: The file is gone or damaged.
        InferenceError: As `BundleSession.run`.
    """
    case = neighbour.case
    radiograph = engine.read(case.path)
    model_input = prepare(radiograph, engine.bundle.manifest.input, engine.session.find_lungs)
    output = engine.session.run(model_input.tensor, ())
    warnings: tuple[str, ...] = ()
    if case.pixel_sha256 and case.pixel_sha256 != radiograph.pixel_sha256:
        warnings = (f"The file of case {case.case_id} changed since it was indexed; index again.",)
    return CaseView(
        neighbour,
        radiograph,
        output.saliency,
        model_input.placement,
        _probabilities(output),
        warnings,
    )


def with_neighbours(
    analysis: Analysis,
    catalogue: Catalogue,
    k: int,
    exclude_patient: bool,
    *,
    only: CaseFilter = EVERY_CASE,
    marks: Marks = NO_MARKS,
) -> Analysis:
    """The last step of `analyse` by itself: find the cases most like an embedded query.

    Args:
        analysis: With a radiograph, and the embedding of `analysis.method`.
        catalogue: To search.
        k: How many neighbours.
        exclude_patient: As in `analyse`.
        only: As in `analyse`.
        marks: As in `analyse`. Their cases must be in the catalogue.

    Raises:
        CatalogueError: It was indexed without that method, or is damaged.
    """
    radiograph, embedding = analysis.radiograph, analysis.embedding
    assert radiograph is not None
    assert embedding is not None
    if analysis.method not in catalogue.methods:
        raise CatalogueError(
            catalogue.folder, f"it was indexed without the method {analysis.method}; index it again"
        )
    same_case = catalogue.find_query(analysis.path, radiograph.pixel_sha256)
    case_ids: set[str] = set()
    patient_id = ""
    if exclude_patient:
        same = catalogue.same_pixels(radiograph.pixel_sha256)
        case_ids, patient_id = _left_out(radiograph, same_case, same, catalogue)
    excluded = catalogue.excluded_count(case_ids, patient_id)
    neighbours = catalogue.nearest(
        _moved(embedding, marks, catalogue, analysis.method),
        method=analysis.method,
        k=k,
        exclude_case_ids=case_ids,
        exclude_patient_id=patient_id,
        where=only.accepts if only.count else None,
    )
    warnings = analysis.warnings
    if not neighbours:
        reason = "all of its cases are of this patient" if excluded else "it holds no usable case"
        if only.count:
            reason = f"none of its other cases passes the filter ({only.words()})"
        warnings = (*warnings, f"The catalogue has nothing to compare with: {reason}.")
    return replace(
        analysis,
        neighbours=neighbours,
        excluded=excluded,
        same_case=same_case,
        warnings=warnings,
    )


def result_json(analysis: Analysis, engine: Engine) -> dict[str, Any]:
    """A finished analysis as the JSON of `kindred query`.

    Args:
        analysis: The last that `analyse` yielded.
        engine: The one it was made with.

    Returns:
        A value that `json.dumps` takes. `probability` is of the condition for two classes,
        and of the most probable class otherwise; `probabilities` has all classes.
    """
    if analysis.probabilities is None:
        raise ValueError("the analysis is not finished")
    manifest, catalogue = engine.bundle.manifest, engine.catalogue
    return {
        "image": str(analysis.path.absolute()),
        "condition": manifest.condition,
        "probability": max(analysis.probabilities),
        "probabilities": _by_class(analysis.probabilities, manifest),
        "method": analysis.method,
        "bundle": {
            "name": manifest.name,
            "version": manifest.version,
            "sha256": manifest.sha256,
        },
        "catalogue": None
        if catalogue is None
        else {"path": str(catalogue.folder.absolute()), "cases": catalogue.count},
        "query_case": analysis.same_case.case_id if analysis.same_case else None,
        "excluded": analysis.excluded,
        "neighbours": [
            {
                "rank": neighbour.rank,
                "case_id": neighbour.case.case_id,
                "path": str(neighbour.case.path),
                "distance": neighbour.distance,
                "similarity": neighbour.similarity,
                "probability": max(neighbour.case.probabilities, default=None),
                "findings": list(neighbour.case.findings),
                "findings_source": neighbour.case.findings_source,
                "patient_id": neighbour.case.patient_id,
            }
            for neighbour in analysis.neighbours or ()
        ],
        "warnings": list(analysis.warnings),
        "timings_ms": analysis.timings_ms,
    }


def mismatches(radiograph: Radiograph, manifest: BundleManifest) -> tuple[str, ...]:
    """Sentences for the user on where an image is not what the model was made for."""
    header = radiograph.header
    sentences = []
    view = _mismatched_view(header, manifest)
    if view:
        sentences.append(view)
    if header.body_part and manifest.body_parts and header.body_part not in manifest.body_parts:
        sentences.append(_not_made_for("body part", header.body_part, manifest.body_parts))
    if header.modality and manifest.modalities and header.modality not in manifest.modalities:
        sentences.append(_not_made_for("modality", header.modality, manifest.modalities))
    if radiograph.is_colour and manifest.input.channels == 1:
        sentences.append("The image is in colour, and the model was made for grey radiographs.")
    if not radiograph.is_colour and manifest.input.channels == 3:
        sentences.append("The image is grey, and the model was made for colour.")
    if header.burned_in_annotation == "YES":
        sentences.append(
            "The file says that its pixels hold text that may identify the patient "
            "(BurnedInAnnotation)."
        )
    return tuple(sentences)


def _moved(
    embedding: NDArray[np.float32], marks: Marks, catalogue: Catalogue, method: str
) -> NDArray[np.float32]:
    def of(case_ids: tuple[str, ...]) -> NDArray[np.float32]:
        found = [catalogue.embedding(case_id, method) for case_id in case_ids]
        return np.array(found, np.float32).reshape(len(found), len(embedding))

    return moved_query(embedding, of(marks.relevant), of(marks.not_relevant))


def _left_out(
    radiograph: Radiograph,
    same_case: CaseRecord | None,
    same_pixels: tuple[CaseRecord, ...],
    catalogue: Catalogue,
) -> tuple[set[str], str]:
    """Ids of the cases, and the patient, that a query is not to be compared with.

    The table may know the patient by another id than the file does: then the cases of the
    further ids are listed one by one.
    """
    same = [*same_pixels, *([same_case] if same_case else [])]
    patients = {radiograph.header.patient_id, *(case.patient_id for case in same)} - {""}
    first, *others = sorted(patients) or [""]
    case_ids = {case.case_id for case in same}
    if others:
        case_ids |= {case.case_id for case in catalogue.cases() if case.patient_id in others}
    return case_ids, first


def _mismatched_view(header: Header, manifest: BundleManifest) -> str:
    words = header.view_position.split()
    if not words or not manifest.views or words[0] in manifest.views:
        return ""
    if words[0] in _LATERAL:
        made_for = " or ".join(manifest.views)
        return (
            f"This is a lateral view ({header.view_position}), and the model was made for "
            f"{made_for}: its answer means little."
        )
    return _not_made_for("view", header.view_position, manifest.views)


def _not_made_for(what: str, found: str, expected: tuple[str, ...]) -> str:
    return (
        f"The file gives the {what} as {found}, and the model was made for "
        f"{' or '.join(expected)}: its answer means little."
    )


def _probabilities(output: ModelOutput) -> tuple[float, ...]:
    return tuple(float(value) for value in output.probabilities)


def _by_class(probabilities: tuple[float, ...], manifest: BundleManifest) -> dict[str, float]:
    if len(probabilities) == 1:
        probabilities = (1 - probabilities[0], probabilities[0])
    return {one.name: value for one, value in zip(manifest.classes, probabilities, strict=True)}


class _Clock:
    """Times steps; "total" is their sum, so that what a consumer does between is not in it."""

    def __init__(self) -> None:
        self._steps = dict.fromkeys(("read", "prepare", "model", "search"), 0.0)

    @contextmanager
    def measures(self, step: str) -> Generator[None, None, None]:
        start = time.perf_counter()
        yield
        self._steps[step] = 1000 * (time.perf_counter() - start)

    def timings_ms(self) -> dict[str, float]:
        rounded = {step: round(value, 2) for step, value in self._steps.items()}
        return {**rounded, "total": round(sum(self._steps.values()), 2)}
