"""Paediatric radiographs (Kermany et al. 2018): folders are the labels, names the patients.

    train/NORMAL/IM-0115-0001.jpeg             patient IM-0115; NORMAL2-IM-... is another's
    train/PNEUMONIA/person1_virus_6.jpeg       patient person1, viral
    val/..., test/...

One number can stand with bacteria and with virus, and can return in another split. Nothing
says whether that is the same child, so it counts as the same: where that makes patients cross
splits, `splits.assign_splits` makes clean ones.
"""

import re
from pathlib import Path

from export_models.datasets.records import NO_FINDING, LabelledCase, LabelState
from inference.errors import LabelsTableError

_SPLITS = {"train": "train", "val": "valid", "test": "test"}
_SUFFIXES = (".jpeg", ".jpg", ".png")
_ILL = re.compile(r"(person\d+)_(bacteria|virus)_\d+", re.IGNORECASE)
_WELL = re.compile(r"((?:NORMAL2-)?IM-\d+)-\d+(?:-\d+)?", re.IGNORECASE)


def read_paediatric(folder: Path) -> list[LabelledCase]:
    """Read the folder that holds `train/`, `val/` and `test/`.

    Raises:
        LabelsTableError: No radiograph is there, or a name is not of this data set.
    """
    cases = [
        _case(path, split)
        for name, split in _SPLITS.items()
        for label in ("NORMAL", "PNEUMONIA")
        for path in sorted((folder / name / label).glob("*"))
        # Copies made on a Mac hold .DS_Store and ._ files besides.
        if path.suffix.casefold() in _SUFFIXES and not path.name.startswith(".")
    ]
    if not cases:
        raise LabelsTableError(folder / "train", "it holds no NORMAL and PNEUMONIA radiographs")
    return cases


def _case(path: Path, split: str) -> LabelledCase:
    is_ill = path.parent.name == "PNEUMONIA"
    match = (_ILL if is_ill else _WELL).fullmatch(path.stem)
    if match is None:
        raise LabelsTableError(path, "its name does not tell the patient, as this data set's do")
    kind = match[2].casefold() if is_ill else ""

    def state(is_so: bool) -> LabelState:
        return LabelState.POSITIVE if is_so else LabelState.NEGATIVE

    return LabelledCase(
        case_id=f"{split}/{path.stem}",
        path=path,
        patient_id=f"ped-{match[1]}",
        split=split,
        source="Kermany 2018",
        labels={
            NO_FINDING: state(not is_ill),
            "Pneumonia": state(is_ill),
            "Bacterial pneumonia": state(kind == "bacteria"),
            "Viral pneumonia": state(kind == "virus"),
        },
    )
