"""ISIC 2017, part 3: a table of truth per split, beside the folder of its photographs.

    ISIC-2017_Training_Part3_GroundTruth.csv      image_id,melanoma,seborrheic_keratosis
    ISIC-2017_Training_Data/ISIC_0000000.jpg      and ISIC_0000000_superpixels.png, no photograph
    ISIC-2017_Training_Part1_GroundTruth/ISIC_0000000_segmentation.png

Both zero is a nevus. Patients are not known.

Source: Codella et al. 2018.
"""

from pathlib import Path

from export_models.datasets.records import LabelledCase, LabelState
from export_models.datasets.text_tables import age_in_years, read_rows, sex_letter
from inference.errors import LabelsTableError

CLASSES = ("nevus", "seborrheic_keratosis", "melanoma")
_PARTS = {"Training": "train", "Validation": "valid", "Test": "test", "Test_v2": "test"}


def read_isic2017(folder: Path) -> list[LabelledCase]:
    """Read every split whose table of truth is there.

    Raises:
        LabelsTableError: None is, or a row has two classes at once.
    """
    cases = []
    for part, split in _PARTS.items():
        table = folder / f"ISIC-2017_{part}_Part3_GroundTruth.csv"
        if table.is_file():
            cases += _cases(folder, part, split, table)
    if not cases:
        table = folder / "ISIC-2017_Training_Part3_GroundTruth.csv"
        raise LabelsTableError(table, f"there is no such file in {folder}")
    return cases


def _cases(folder: Path, part: str, split: str, table: Path) -> list[LabelledCase]:
    images = folder / f"ISIC-2017_{part}_Data"
    masks = folder / f"ISIC-2017_{part}_Part1_GroundTruth"
    about_table = images / f"ISIC-2017_{part}_Data_metadata.csv"
    about = (
        {row["image_id"]: row for row in read_rows(about_table, ("image_id",))}
        if about_table.is_file()
        else {}
    )
    cases = []
    for row in read_rows(table, ("image_id", "melanoma", "seborrheic_keratosis")):
        name = row["image_id"]
        mask = masks / f"{name}_segmentation.png"
        cases.append(
            LabelledCase(
                case_id=name,
                path=images / f"{name}.jpg",
                split=split,
                sex=sex_letter(about.get(name, {}).get("sex", "")),
                age=age_in_years(about.get(name, {}).get("age_approximate", "")),
                source="ISIC 2017",
                labels=_labels(row, table),
                lesion_mask=mask if mask.is_file() else None,
            )
        )
    return cases


def _labels(row: dict[str, str], table: Path) -> dict[str, LabelState]:
    try:
        positive = {name for name in CLASSES[1:] if {"0": 0, "1": 1}[row[name].split(".")[0]]}
    except KeyError as error:
        raise LabelsTableError(
            table, f"{row['image_id']} has a label that is not 0 or 1"
        ) from error
    if len(positive) > 1:
        raise LabelsTableError(table, f"{row['image_id']} has two classes at once")
    return {
        name: LabelState.POSITIVE if name in (positive or {"nevus"}) else LabelState.NEGATIVE
        for name in CLASSES
    }
