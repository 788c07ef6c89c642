"""Reads a data set in any layout we know, recognised by the files it consists of."""

from collections.abc import Callable
from pathlib import Path

from export_models.datasets.cases_table import read_cases_table
from export_models.datasets.chexpert import read_chexpert
from export_models.datasets.covidx import find_covidx_list, read_covidx
from export_models.datasets.isic2017 import read_isic2017
from export_models.datasets.mimic_cxr import find_mimic_table, read_mimic_cxr
from export_models.datasets.nih_chestxray14 import TABLE_PATTERN, read_nih_chestxray14
from export_models.datasets.paediatric import read_paediatric
from export_models.datasets.records import LabelledCase
from inference.errors import LabelsTableError
from inference.labels_table import TABLE_NAME

_LAYOUTS: tuple[tuple[Callable[[Path], bool], Callable[[Path], list[LabelledCase]]], ...] = (
    (
        lambda folder: (folder / TABLE_NAME).is_file(),
        lambda folder: read_cases_table(folder / TABLE_NAME),
    ),
    (lambda folder: find_mimic_table(folder, "metadata") is not None, read_mimic_cxr),
    (lambda folder: any(folder.glob(TABLE_PATTERN)), read_nih_chestxray14),
    (lambda folder: any(folder.glob("ISIC-2017_*_Part3_GroundTruth.csv")), read_isic2017),
    (
        lambda folder: any((folder / name).is_file() for name in ("train.csv", "valid.csv")),
        read_chexpert,
    ),
    (
        lambda folder: any(find_covidx_list(folder, name) for name in ("train", "test")),
        read_covidx,
    ),
    (lambda folder: (folder / "train" / "PNEUMONIA").is_dir(), read_paediatric),
)


def read_cases(path: Path) -> list[LabelledCase]:
    """Read a data set.

    Args:
        path: Our plain table, or a folder in one of the public layouts, or any of its tables.

    Raises:
        LabelsTableError: No layout is recognised, or the data set is not what it should be.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise LabelsTableError(path, f"there is no such file in {folder}")
    if path.is_file() and _is_plain_table(path):
        return _with_unique_ids(read_cases_table(path), path)
    for is_layout, read in _LAYOUTS:
        if is_layout(folder):
            return _with_unique_ids(read(folder), path)
    raise LabelsTableError(
        path,
        "neither it nor its folder is in a layout we know (cases.csv, CheXpert, MIMIC-CXR-JPG, "
        "NIH ChestX-ray14, COVIDx, ISIC 2017, paediatric folders)",
    )


def _is_plain_table(path: Path) -> bool:
    if path.suffix.casefold() not in (".csv", ".tsv", ".txt"):
        return False
    with path.open("rb") as stream:
        header = stream.readline(10_000).decode("utf-8", "replace").lstrip("\ufeff")
    names = {name.strip().strip('"').casefold() for mark in ",;\t" for name in header.split(mark)}
    return {"file", "findings"} <= names


def _with_unique_ids(cases: list[LabelledCase], path: Path) -> list[LabelledCase]:
    seen: set[str] = set()
    for case in cases:
        if case.case_id in seen:
            raise LabelsTableError(path, f"the case {case.case_id} is there twice")
        seen.add(case.case_id)
    return cases
