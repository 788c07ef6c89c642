"""NIH ChestX-ray14: `Data_Entry_2017*.csv`, `images*/`, and two lists of the official split.

    Image Index,Finding Labels,...,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],
    00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,PA,2894,2729,0.143,0.143,

The header's own commas make each bracketed name two columns, which happens to fit the rows;
the 2017 file ends every row with an empty column. The spacing is the original's, not that of
the 1024 x 1024 PNG, and is therefore not read.

Source: Wang et al. 2017; the data set's README. The labels were mined from reports.
"""

from pathlib import Path

from export_models.datasets.records import NO_FINDING, LabelledCase, LabelState
from export_models.datasets.text_tables import age_in_years, read_rows, read_text, sex_letter
from inference.errors import LabelsTableError

FINDINGS = (
    "Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia",
    "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening",
    "Hernia",
)  # fmt: skip

TABLE_PATTERN = "Data_Entry_2017*.csv"
_LISTS = {"train_val_list.txt": "train", "test_list.txt": "test"}


def read_nih_chestxray14(folder: Path) -> list[LabelledCase]:
    """Read the folder that holds the table.

    All fourteen findings were looked for in each report, so what is not named is negative.

    Raises:
        LabelsTableError: The table is missing, or names a finding that the data set has not.
    """
    table = max(folder.glob(TABLE_PATTERN), default=None)
    if table is None:
        raise LabelsTableError(folder / "Data_Entry_2017.csv", f"there is no such file in {folder}")
    splits = {
        name.strip(): split
        for list_name, split in _LISTS.items()
        if (folder / list_name).is_file()
        for name in read_text(folder / list_name).splitlines()
    }
    images = {path.name: path for path in folder.glob("images*/**/*.png")}
    needed = ("Image Index", "Finding Labels", "Patient ID")
    cases = []
    for row in read_rows(table, needed):
        name = row["Image Index"]
        number = row["Patient ID"]
        cases.append(
            LabelledCase(
                case_id=Path(name).stem,
                path=images.get(name, folder / "images" / name),
                patient_id=f"nih-{int(number):08d}" if number.isdecimal() else f"nih-{number}",
                split=splits.get(name, ""),
                view=row.get("View Position", "").upper(),
                sex=sex_letter(row.get("Patient Gender", row.get("Patient Sex", ""))),
                age=age_in_years(row.get("Patient Age", "")),
                source="NIH ChestX-ray14",
                labels=_labels(row["Finding Labels"], table),
            )
        )
    return cases


def _labels(written: str, table: Path) -> dict[str, LabelState]:
    named = {name.strip() for name in written.split("|")}
    unknown = named - {*FINDINGS, "No Finding"}
    if unknown:
        raise LabelsTableError(table, f"{min(unknown)!r} is no finding of ChestX-ray14")
    labels = {
        name: LabelState.POSITIVE if name in named else LabelState.NEGATIVE for name in FINDINGS
    }
    labels[NO_FINDING] = LabelState.POSITIVE if "No Finding" in named else LabelState.NEGATIVE
    return labels
