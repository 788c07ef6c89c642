"""From a table of cases to arrays a network trains on, prepared exactly as the viewer will.

    table -> LabelledCase -> read_radiograph -> preprocess.prepare -> uint8 array, targets, masks

The arrays are kept in one file, so that a second run starts at once.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from export_models.config import TrainingConfig
from export_models.datasets.records import LabelledCase, LabelState, class_of_case
from inference.errors import UnreadableRadiographError
from inference.preprocess import LungFinder, Placement, prepare
from inference.radiograph_io import read_radiograph

log = logging.getLogger(__name__)

CACHE_FORMAT = 2


@dataclass(frozen=True, slots=True, eq=False)
class PreparedCases:
    """Cases as arrays; row i of each is case i.

    Attributes:
        case_ids, patients, splits, sources: (n,) str.
        images: (n, C, S, S) uint8, brightness 0 to 255.
        classes: (n,) int64, index into the configuration's classes; -1 where unknown.
        findings: (n, F) float32, 1 present, 0 absent, NaN unknown.
        severities: (n, V) float32 as shares of the column's largest value, NaN unknown.
        lungs: (n, S, S) bool, True inside the lung boxes; True everywhere where unknown.
        lesions: (n, S, S) bool, True inside the outlined lesions.
        has_lesions: (n,) bool, whether the case has an outline at all.
        is_support: (n,) bool, whether it comes from a support table.
    """

    case_ids: NDArray[np.str_]
    patients: NDArray[np.str_]
    splits: NDArray[np.str_]
    sources: NDArray[np.str_]
    images: NDArray[np.uint8] = field(repr=False)
    classes: NDArray[np.int64] = field(repr=False)
    findings: NDArray[np.float32] = field(repr=False)
    severities: NDArray[np.float32] = field(repr=False)
    lungs: NDArray[np.bool_] = field(repr=False)
    lesions: NDArray[np.bool_] = field(repr=False)
    has_lesions: NDArray[np.bool_] = field(repr=False)
    is_support: NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        return len(self.case_ids)

    def where(
        self, split: str, *, labelled: bool = False, support: bool = False
    ) -> NDArray[np.intp]:
        """Indices of a split's cases; `labelled` leaves out those of no class."""
        chosen = self.splits == split
        if labelled:
            chosen &= self.classes >= 0
        if not support:
            chosen &= ~self.is_support
        return np.flatnonzero(chosen)

    def rows(self, chosen: NDArray[np.intp]) -> "PreparedCases":
        """Only the chosen cases, in that order."""
        return PreparedCases(
            **{name: getattr(self, name)[chosen] for name in self.__dataclass_fields__}
        )


def is_of_source(sources: NDArray[np.str_], names: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) whether one of `names` is part of each source's name, in any case."""
    return np.array(
        [
            any(name.casefold() in source.casefold() for name in names)
            for source in sources.tolist()
        ],
        bool,
    )


def without_sources(cases: PreparedCases, names: Sequence[str]) -> PreparedCases:
    """All cases but the training and validation cases of some sources.

    Args:
        cases: Prepared.
        names: As the configuration's `left_out_sources`.
    """
    return cases.rows(
        np.flatnonzero((cases.splits == "test") | ~is_of_source(cases.sources, names))
    )


def prepared_cases(
    config: TrainingConfig,
    cases: Sequence[LabelledCase],
    support: Sequence[LabelledCase],
    *,
    find_lungs: LungFinder | None,
    cache: Path,
) -> Iterator[PreparedCases | tuple[int, int]]:
    """Prepare all cases, or read them from the cache.

    Args:
        config: Decides input, classes and targets.
        cases: Of the bundle's own tables.
        support: Of the support tables: training split only.
        find_lungs: As `preprocess.prepare` needs it.
        cache: Folder for the prepared arrays.

    Yields:
        (done, total) while it works, and last the prepared cases.
    """
    rows = [(case, False) for case in cases]
    rows += [(case, True) for case in support if case.split == "train"]
    cache_path = cache / f"cases-{_fingerprint(config, rows)}.npz"
    if cache_path.is_file():
        with np.load(cache_path, allow_pickle=False) as stored:
            yield PreparedCases(**{name: stored[name] for name in stored.files})
        return
    columns: dict[str, list[object]] = {name: [] for name in PreparedCases.__dataclass_fields__}
    for done, (case, is_support) in enumerate(rows):
        try:
            row = _prepare_one(config, case, find_lungs)
        except UnreadableRadiographError as error:
            log.warning("left out: %s", error)
            continue
        finally:
            yield done + 1, len(rows)
        row["is_support"] = is_support
        for name, value in row.items():
            columns[name].append(value)
    arrays = {name: np.array(values) for name, values in columns.items()}
    cache.mkdir(parents=True, exist_ok=True)
    partial = cache_path.with_suffix(".partial.npz")
    np.savez(partial, **arrays)  # type: ignore[arg-type]
    partial.replace(cache_path)
    yield PreparedCases(**arrays)


def _prepare_one(
    config: TrainingConfig, case: LabelledCase, find_lungs: LungFinder | None
) -> dict[str, object]:
    size = config.input.size
    model_input = prepare(read_radiograph(case.path), config.input, find_lungs)
    target = class_of_case(config.classes, case)
    lesions = np.zeros((size, size), bool)
    if case.lesion_mask is not None:
        with Image.open(case.lesion_mask) as mask:
            whole = np.asarray(mask.convert("L"), np.float32)
        lesions = _on_input((whole / 255).astype(np.float32), model_input.placement, size)
    return {
        "case_ids": case.case_id,
        "patients": case.patient,
        "splits": case.split,
        "sources": case.source,
        "images": np.round(model_input.tensor[0] * 255).astype(np.uint8),
        "classes": -1 if target is None else target,
        "findings": np.array(
            [_state_value(case.labels.get(name)) for name in config.findings], np.float32
        ),
        "severities": np.array(
            [
                case.severity.get(name, np.nan) / largest
                for name, largest in config.severities.items()
            ],
            np.float32,
        ),
        "lungs": _lung_mask(case, model_input.placement, size),
        "lesions": lesions,
        "has_lesions": case.lesion_mask is not None,
    }


def _state_value(state: LabelState | None) -> float:
    if state is LabelState.POSITIVE:
        return 1.0
    return 0.0 if state is LabelState.NEGATIVE else float("nan")


def _lung_mask(case: LabelledCase, placement: Placement, size: int) -> NDArray[np.bool_]:
    if not case.lung_boxes:
        return np.ones((size, size), bool)
    whole = np.zeros((placement.rows, placement.columns), np.float32)
    for left, top, width, height in case.lung_boxes.values():
        whole[
            max(0, round(top)) : max(0, round(top + height)),
            max(0, round(left)) : max(0, round(left + width)),
        ] = 1.0
    return _on_input(whole, placement, size)


def _on_input(whole: NDArray[np.float32], placement: Placement, size: int) -> NDArray[np.bool_]:
    """A mask of the radiograph, where the model's input sees it."""
    cropped = whole[
        placement.top : placement.top + placement.height,
        placement.left : placement.left + placement.width,
    ]
    picture = Image.fromarray(np.ascontiguousarray(cropped))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR)) > 0.5


def _fingerprint(config: TrainingConfig, rows: Sequence[tuple[LabelledCase, bool]]) -> str:
    """Changes with everything the arrays depend on but the pixels themselves."""
    decisive = {
        "format": CACHE_FORMAT,
        "input": config.as_dict()["input"],
        "classes": config.as_dict()["classes"],
        "findings": config.findings,
        "severities": config.severities,
        "cases": [
            (case.case_id, str(case.path), case.split, case.findings, is_support)
            for case, is_support in rows
        ],
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
