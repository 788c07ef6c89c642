"""Every image of a split through a bundle's exported files, as the program runs them.

    case -> read_radiograph -> prepare -> session.run -> probabilities, embeddings
                                      '-> saliency map, where a mask says what it should show

Embeddings are kept on disk under the bundle's checksum and that of the prepared image: they
are found again for whatever split, and never for an image prepared in another way.
"""

import hashlib
import zipfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export_models.datasets.records import LabelledCase
from export_models.saliency_metrics import Localisation, controls, localise
from inference.errors import InferenceError, UnreadableRadiographError
from inference.model_bundle import Bundle, InputSpec
from inference.onnx_session import BundleSession
from inference.preprocess import ModelInput, prepare
from inference.radiograph_io import read_radiograph

BATCH = 8
_PROBABILITY = "probability"
_SAVE_EVERY = 40  # batches


@dataclass(frozen=True, slots=True)
class EvaluationProgress:
    """How far an evaluation is; `stage` is "embedding", "measuring" or "writing"."""

    stage: str
    done: int
    total: int
    current: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SplitEmbeddings:
    """What a bundle says of the cases of a split.

    Attributes:
        cases: Those that could be read, in order.
        probabilities: (n, K), K the number of classes, two for a binary bundle.
        embeddings: (n, length) by method.
        localisation: By control map or "saliency", for the cases with a mask.
        localised: Row numbers of the cases of `localisation`.
        unreadable: Sentences on the cases left out.
    """

    cases: list[LabelledCase]
    probabilities: NDArray[np.float32] = field(repr=False)
    embeddings: dict[str, NDArray[np.float32]] = field(repr=False)
    localisation: dict[str, list[Localisation]]
    localised: list[int]
    unreadable: list[str]


class EmbeddingCache:
    """Embeddings by checksum of the prepared image, one file per bundle and method."""

    def __init__(self, folder: Path, bundle_sha256: str, methods: Sequence[str]) -> None:
        """Load what `folder` has of this bundle; a damaged file counts as empty."""
        self._files = {
            name: folder / f"{bundle_sha256[:16]}-{name}.npz" for name in (_PROBABILITY, *methods)
        }
        self._known = {name: _load(path) for name, path in self._files.items()}

    def has(self, key: str) -> bool:
        """Whether everything about this image is known."""
        return all(key in known for known in self._known.values())

    def get(self, name: str, key: str) -> NDArray[np.float32]:
        """The embedding of a method, or "probability"."""
        return self._known[name][key]

    def put(self, name: str, key: str, value: NDArray[np.float32]) -> None:
        """Keep a value; on disk only after `save`."""
        self._known[name][key] = value

    def save(self) -> None:
        """Write every file, each whole or not at all."""
        for name, path in self._files.items():
            if not self._known[name]:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            with partial.open("wb") as stream:
                np.savez(
                    stream,
                    keys=np.array(list(self._known[name])),
                    values=np.stack(list(self._known[name].values())),
                )
            partial.replace(path)


def embed_split(
    session: BundleSession,
    cases: Sequence[LabelledCase],
    methods: Sequence[str],
    cache_folder: Path,
) -> Generator[EvaluationProgress, None, SplitEmbeddings]:
    """Run all cases; return what was found.

    Args:
        session: An opened bundle.
        cases: What to run.
        methods: Of the bundle's.
        cache_folder: Where embeddings are kept; made if need be.

    Raises:
        InferenceError: No case could be read, or a model's answer is unusable.
    """
    bundle = session.bundle
    cache = EmbeddingCache(cache_folder, bundle.manifest.sha256, methods)
    read: list[tuple[LabelledCase, str]] = []
    found: dict[str, list[Localisation]] = {}
    localised: list[int] = []
    unreadable: list[str] = []
    try:
        for start in range(0, len(cases), BATCH):
            chunk = cases[start : start + BATCH]
            if start // BATCH % _SAVE_EVERY == _SAVE_EVERY - 1:
                cache.save()
            yield EvaluationProgress("embedding", start, len(cases), chunk[0].path.name)
            prepared: list[tuple[LabelledCase, ModelInput, str]] = []
            for case in chunk:
                try:
                    one = prepare_case(case, bundle.manifest.input, session)
                except UnreadableRadiographError as error:
                    unreadable.append(f"{case.case_id}: {error}")
                    continue
                prepared.append((case, one, hashlib.sha256(one.tensor.tobytes()).hexdigest()))
            saliency = _run(session, prepared, methods, cache)
            for case, one, key in prepared:
                if case.lesion_mask is not None:
                    try:
                        shown = localise_case(case, one, saliency[case.case_id])
                    except UnreadableRadiographError as error:
                        unreadable.append(f"{case.case_id}: {error}")
                    else:
                        localised.append(len(read))
                        for name, result in shown.items():
                            found.setdefault(name, []).append(result)
                read.append((case, key))
    finally:
        cache.save()  # a cancelled evaluation goes on from here
    if not read:
        raise InferenceError(
            f"None of the {len(cases)} images can be read. Check the table's files."
        )
    return SplitEmbeddings(
        cases=[case for case, _ in read],
        probabilities=all_classes(np.stack([cache.get(_PROBABILITY, key) for _, key in read])),
        embeddings={
            method: np.stack([cache.get(method, key) for _, key in read]) for method in methods
        },
        localisation=found,
        localised=localised,
        unreadable=unreadable,
    )


def prepare_case(case: LabelledCase, spec: InputSpec, session: BundleSession) -> ModelInput:
    """Read and prepare one case as the viewer does.

    Raises:
        UnreadableRadiographError: Its file cannot be read.
    """
    find_lungs = session.find_lungs if spec.lung_finder_size is not None else None
    return prepare(read_radiograph(case.path), spec, find_lungs)


def localise_case(
    case: LabelledCase, model_input: ModelInput, saliency: NDArray[np.float32]
) -> dict[str, Localisation]:
    """Compare a case's saliency map, and the control maps, with its mask, on its own grid.

    Args:
        case: With a `lesion_mask`.
        model_input: Of the case.
        saliency: (size, size), over the model input.

    Raises:
        UnreadableRadiographError: The mask cannot be read, or does not fit the image.
    """
    placement = model_input.placement
    shape = (placement.rows, placement.columns)
    mask = read_mask(case, shape)
    maps = controls(shape, case.lung_boxes)
    maps["saliency"] = placement.to_radiograph(saliency).astype(np.float64)
    return {name: localise(one, mask) for name, one in maps.items()}


def read_mask(case: LabelledCase, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(rows, columns), True where the disease was outlined.

    Raises:
        UnreadableRadiographError: The mask cannot be read, does not fit, or outlines nothing.
    """
    path = case.lesion_mask
    if path is None:
        raise ValueError(f"{case.case_id} has no mask")
    try:
        with Image.open(path) as picture:
            if picture.size != (shape[1], shape[0]):
                raise UnreadableRadiographError(path, "the mask is not as large as its radiograph")
            mask = np.asarray(picture.convert("L")) > 127
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableRadiographError(path, "the mask cannot be read") from error
    if mask.all() or not mask.any():
        raise UnreadableRadiographError(path, "the mask outlines nothing, or everything")
    return mask


def all_classes(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, K) with the first class's share put before a binary bundle's only number."""
    if probabilities.shape[1] > 1:
        return probabilities
    return np.concatenate([1 - probabilities, probabilities], axis=1)


def _run(
    session: BundleSession,
    prepared: Sequence[tuple[LabelledCase, ModelInput, str]],
    methods: Sequence[str],
    cache: EmbeddingCache,
) -> dict[str, NDArray[np.float32]]:
    """Run what is not in the cache; return the saliency maps of the cases with a mask."""
    needed = [one for one in prepared if one[0].lesion_mask is not None or not cache.has(one[2])]
    if not needed:
        return {}
    tensor = np.concatenate([model_input.tensor for _, model_input, _ in needed])
    saliency = {}
    outputs = session.run_batch(tensor, methods)
    for (case, _, key), output in zip(needed, outputs, strict=True):
        saliency[case.case_id] = output.saliency
        cache.put(_PROBABILITY, key, output.probabilities)
        for method in methods:
            cache.put(method, key, output.embeddings[method])
    return saliency


def _load(path: Path) -> dict[str, NDArray[np.float32]]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as content:
            keys, values = content["keys"], content["values"].astype(np.float32)
        return {str(key): value for key, value in zip(keys, values, strict=True)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}


def usable_methods(bundle: Bundle, wanted: Sequence[str]) -> tuple[str, ...]:
    """The methods to measure: those wanted, or all of the bundle's.

    Raises:
        InferenceError: The bundle has no such method.
    """
    methods = bundle.manifest.methods
    for name in wanted:
        if name not in methods:
            raise InferenceError(
                f"The bundle {bundle.manifest.name} has no method {name!r}; "
                f"it has {', '.join(methods)}."
            )
    return tuple(dict.fromkeys(wanted)) or tuple(methods)
