"""COVIDx: `train*.txt` and `test*.txt` beside `train/` and `test/`, without a header.

    patientid filename label [source]

Fields are separated by blanks, and patient ids may hold blanks themselves, so lines are read
from the right. Later versions have positive and negative for COVID-19 in place of three labels.

Source: Wang, Lin & Wong 2020, and the lists of COVIDx 3 to 9.
"""

from pathlib import Path

from export_models.datasets.records import NO_FINDING, LabelledCase, LabelState
from export_models.datasets.text_tables import read_text
from inference.errors import LabelsTableError

_YES, _NO, _UNSAID = LabelState.POSITIVE, LabelState.NEGATIVE, LabelState.UNMENTIONED
# COVID-19 mostly shows as pneumonia, but the lists do not say so of each case.
_LABELS = {
    "normal": {NO_FINDING: _YES, "Pneumonia": _NO, "COVID-19": _NO},
    "pneumonia": {NO_FINDING: _NO, "Pneumonia": _YES, "COVID-19": _NO},
    "covid-19": {NO_FINDING: _NO, "Pneumonia": _UNSAID, "COVID-19": _YES},
    "positive": {NO_FINDING: _NO, "Pneumonia": _UNSAID, "COVID-19": _YES},
    "negative": {NO_FINDING: _UNSAID, "Pneumonia": _UNSAID, "COVID-19": _NO},
}


def read_covidx(folder: Path) -> list[LabelledCase]:
    """Read the lists of a COVIDx folder; of several versions of one list, the last by name.

    Raises:
        LabelsTableError: There is none, or a line cannot be understood.
    """
    cases = []
    for split, folder_name in (("train", "train"), ("valid", "val"), ("test", "test")):
        table = find_covidx_list(folder, folder_name)
        if table is None:
            continue
        for number, line in enumerate(read_text(table).splitlines(), start=1):
            if line.strip():
                cases.append(_case(line, table, number, split, folder / folder_name))
    if not cases:
        raise LabelsTableError(folder / "train.txt", f"there is no such list in {folder}")
    return cases


def find_covidx_list(folder: Path, name: str) -> Path | None:
    """The list of one split, such as `test.txt` or `test_COVIDx9A.txt`; None if there is none."""
    found = [
        path
        for path in folder.glob(f"{name}*.txt")
        if path.stem == name or path.stem.casefold().startswith(f"{name}_covidx")
    ]
    return max(found, key=lambda path: path.name) if found else None


def _case(line: str, table: Path, number: int, split: str, images: Path) -> LabelledCase:
    fields = line.split()
    has_source = len(fields) >= 4 and fields[-2].casefold() in _LABELS
    source = fields.pop() if has_source else ""
    if len(fields) < 3 or fields[-1].casefold() not in _LABELS:
        raise LabelsTableError(
            table, f"line {number} is not 'patient file label [source]' with a known label"
        )
    label, name = fields[-1].casefold(), fields[-2]
    patient = " ".join(fields[:-2])
    return LabelledCase(
        case_id=f"{split}/{name}",
        path=images / name,
        # Collections number their patients apart: 1 of one is not 1 of another.
        patient_id=f"covidx-{source}-{patient}" if source else f"covidx-{patient}",
        split=split,
        source=source,
        labels=dict(_LABELS[label]),
    )
