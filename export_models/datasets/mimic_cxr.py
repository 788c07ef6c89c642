"""MIMIC-CXR-JPG 2.0 and 2.1: three tables, joined, as .csv or .csv.gz.

    *-metadata    dicom_id, subject_id, study_id, ViewPosition, ...    one row per radiograph
    *-chexpert    subject_id, study_id, labels                         one row per study
    *-split       dicom_id, study_id, subject_id, split                train, validate, test
    *-test-set-labeled   study_id, labels      2.1 alone: radiologists' labels of test studies

    files/p10/p10000032/s50414267/<dicom_id>.jpg

A study without labels has none in any state. Version 2.1 still calls its first three tables
2.0.0, its fourth is not compressed, and calls "Lung Opacity" "Airspace Opacity".

Source: Johnson et al., MIMIC-CXR-JPG 2.0.0 and 2.1.0, PhysioNet.
"""

from pathlib import Path

from export_models.datasets.chexpert import FINDINGS
from export_models.datasets.records import NO_FINDING, LabelledCase, LabelState
from export_models.datasets.text_tables import chexpert_state, read_rows
from inference.errors import LabelsTableError

_SPLITS = {"train": "train", "validate": "valid", "test": "test"}
_RENAMED = {"No Finding": NO_FINDING, "Airspace Opacity": "Lung Opacity"}


def read_mimic_cxr(folder: Path) -> list[LabelledCase]:
    """Read the folder that holds the tables and `files/`.

    Raises:
        LabelsTableError: A table is missing or is not MIMIC-CXR-JPG's.
    """
    metadata = _table(folder, "metadata")
    rows = read_rows(metadata, ("dicom_id", "subject_id", "study_id", "ViewPosition"))
    labels = _labels_by_study(folder)
    split_table = _table(folder, "split")
    splits = {
        row["dicom_id"]: row["split"]
        for row in read_rows(split_table, ("dicom_id", "study_id", "subject_id", "split"))
    }
    cases = []
    for row in rows:
        subject, study, dicom = row["subject_id"], row["study_id"], row["dicom_id"]
        split = splits.get(dicom, "")
        if split and split not in _SPLITS:
            raise LabelsTableError(split_table, f"{split!r} is no split of MIMIC-CXR")
        inside = folder / "files" / f"p{subject[:2]}" / f"p{subject}" / f"s{study}"
        cases.append(
            LabelledCase(
                case_id=dicom,
                path=inside / f"{dicom}.jpg",
                patient_id=f"mimic-{subject}",
                split=_SPLITS.get(split, ""),
                view=row["ViewPosition"].upper() or "UNKNOWN",
                source="MIMIC-CXR-JPG",
                labels=labels.get((subject, study), {}),
            )
        )
    return cases


def find_mimic_table(folder: Path, name: str) -> Path | None:
    """The table of this name, of any version, compressed or not; None if there is none."""
    found = [
        path
        for ending in (".csv", ".csv.gz")
        for path in folder.glob(f"mimic-cxr-*-{name}{ending}")
    ]
    return max(found, key=lambda path: path.name) if found else None


def _table(folder: Path, name: str) -> Path:
    found = find_mimic_table(folder, name)
    if found is None:
        wanted = folder / f"mimic-cxr-2.0.0-{name}.csv.gz"
        raise LabelsTableError(wanted, f"there is no such file in {folder}")
    return found


def _labels_by_study(folder: Path) -> dict[tuple[str, str], dict[str, LabelState]]:
    table = _table(folder, "chexpert")
    labels = {
        (row["subject_id"], row["study_id"]): _labels(row, table)
        for row in read_rows(table, ("subject_id", "study_id", *FINDINGS))
    }
    read_by_hand = find_mimic_table(folder, "test-set-labeled")
    if read_by_hand is not None:
        by_study = {
            row["study_id"]: _labels(row, read_by_hand)
            for row in read_rows(read_by_hand, ("study_id",))
        }
        labels |= {key: by_study[key[1]] for key in labels if key[1] in by_study}
    return labels


def _labels(row: dict[str, str], table: Path) -> dict[str, LabelState]:
    return {
        _RENAMED.get(name, name): chexpert_state(row[name], table)
        for name in sorted({*FINDINGS, "Airspace Opacity"} & row.keys())
    }
