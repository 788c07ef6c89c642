"""CheXpert-v1.0, small or full: `train.csv` and `valid.csv` beside `train/` and `valid/`.

    CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,...

Labels are 1.0, 0.0, -1.0 (uncertain) or empty (not mentioned).

Source: Irvin et al. 2019, and the files themselves. `Path` begins with the name of the
    archive, which need not be the name of the folder it was unpacked into.
"""

import re
from pathlib import Path

from export_models.datasets.records import NO_FINDING, LabelledCase
from export_models.datasets.text_tables import (
    age_in_years,
    chexpert_state,
    read_rows,
    sex_letter,
)
from inference.errors import LabelsTableError

FINDINGS = (
    "No Finding", "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion",
    "Edema", "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion",
    "Pleural Other", "Fracture", "Support Devices",
)  # fmt: skip

_INSIDE = re.compile(r"(?:^|/)((train|valid|test)/(patient\d+)/(study\d+)/[^/]+)$")


def read_chexpert(folder: Path) -> list[LabelledCase]:
    """Read every table that is there of `train.csv`, `valid.csv` and `test.csv`.

    Raises:
        LabelsTableError: None is, or one is not CheXpert's.
    """
    tables = [folder / f"{split}.csv" for split in ("train", "valid", "test")]
    present = [table for table in tables if table.is_file()]
    if not present:
        raise LabelsTableError(tables[0], f"there is no such file in {folder}")
    return [_case(row, table) for table in present for row in read_rows(table, ("Path", *FINDINGS))]


def _case(row: dict[str, str], table: Path) -> LabelledCase:
    match = _INSIDE.search(row["Path"].replace("\\", "/"))
    if match is None:
        raise LabelsTableError(table, f"{row['Path']} is not a path of CheXpert")
    relative, split, patient = match[1], match[2], match[3]
    return LabelledCase(
        case_id=relative.rsplit(".", 1)[0],
        path=table.parent / relative,
        patient_id=f"chexpert-{patient}",
        split=split,
        view=_view(row.get("Frontal/Lateral", ""), row.get("AP/PA", "")),
        sex=sex_letter(row.get("Sex", "").replace("Unknown", "")),
        age=age_in_years(row.get("Age", "")),
        source="CheXpert",
        labels={
            NO_FINDING if name == "No Finding" else name: chexpert_state(row.get(name, ""), table)
            for name in FINDINGS
        },
    )


def _view(plane: str, projection: str) -> str:
    # A few rows are "Frontal" with LL or RL: the projection is the more exact of the two.
    if projection:
        return projection.upper()
    return "LATERAL" if plane.casefold() == "lateral" else "UNKNOWN"
