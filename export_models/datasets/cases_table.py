"""Our own plain table, `cases.csv`: one row per radiograph, findings as names with `;`.

The columns are those of `inference.labels_table`, and these besides:

    split           train, valid, test
    subtype         of a pneumonia: bacteria or virus
    lung_boxes      JSON {"Right Lung": [left, top, width, height], ...} in pixels
    lesion_mask     file
"""

import json
from pathlib import Path

from export_models.datasets.nih_chestxray14 import FINDINGS as NIH_FINDINGS
from export_models.datasets.records import NO_FINDING, LabelledCase, LabelState
from inference.errors import LabelsTableError
from inference.labels_table import LabelRow, read_labels

# Written by annotators who had not labelled the case (yet).
_NO_LABEL = frozenset({"", "todo", "unknown"})
# Sources that looked for all of these in every case.
_COMPLETE_SOURCES = {
    "chestx-ray14": NIH_FINDINGS,
    "kindred phantom": ("Effusion", "Consolidation"),
}
_SUBTYPES = {"bacteria": "Bacterial pneumonia", "virus": "Viral pneumonia"}
_SPLITS = {"": "", "train": "train", "valid": "valid", "validate": "valid", "val": "valid"} | {
    "validation": "valid",
    "test": "test",
}


def read_cases_table(path: Path) -> list[LabelledCase]:
    """Read `cases.csv`.

    Raises:
        LabelsTableError: It is not such a table, or a value in it cannot be understood.
    """
    return [_case(row, path) for row in read_labels(path).rows.values()]


def _case(row: LabelRow, path: Path) -> LabelledCase:
    split = row.extra.get("split", "").casefold()
    if split not in _SPLITS:
        raise LabelsTableError(path, f"{row.file} is in a split {split!r}; train, valid, test are")
    mask = row.extra.get("lesion_mask")
    return LabelledCase(
        case_id=row.case_id or row.file,
        path=path.parent / row.file,
        patient_id=row.patient_id,
        split=_SPLITS[split],
        view=row.view.upper(),
        sex=row.sex,
        age=row.age,
        source=row.source,
        labels=_labels(row),
        severity=row.severity,
        lung_boxes=_boxes(row, path),
        lesion_mask=path.parent / mask if mask else None,
        report=row.report,
    )


def _labels(row: LabelRow) -> dict[str, LabelState]:
    named = [name for name in row.findings if name.casefold() not in _NO_LABEL]
    if not named:
        return {}
    # Two spellings in one table would otherwise be two findings.
    found = [NO_FINDING if name.casefold() == "no finding" else name for name in named]
    labels = dict.fromkeys(found, LabelState.POSITIVE)
    for source, looked_for in _COMPLETE_SOURCES.items():
        if source in row.source.casefold():  # what is not named was not found
            for name in (*looked_for, NO_FINDING):
                labels.setdefault(name, LabelState.NEGATIVE)
    subtype = row.extra.get("subtype", "").casefold()
    if subtype in _SUBTYPES:
        for kind, name in _SUBTYPES.items():
            labels[name] = LabelState.POSITIVE if kind == subtype else LabelState.NEGATIVE
    return labels


def _boxes(row: LabelRow, path: Path) -> dict[str, tuple[float, float, float, float]]:
    written = row.extra.get("lung_boxes", "")
    if not written:
        return {}
    try:
        boxes = {
            str(lung): (float(left), float(top), float(width), float(height))
            for lung, (left, top, width, height) in json.loads(written).items()
        }
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LabelsTableError(path, f"the lung_boxes of {row.file} are no boxes") from error
    if any(box[2] <= 0 or box[3] <= 0 for box in boxes.values()):
        raise LabelsTableError(path, f"the lung_boxes of {row.file} have no area")
    return boxes
