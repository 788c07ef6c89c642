"""A finished comparison on a DICOM radiograph, whose results the tests return."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from inference.dicom_results.content import Annotation, ResultContent
from inference.dicom_results.results import build_results
from inference.pipeline import Analysis, Engine, analyse
from inference.records import CaseRecord, Neighbour
from tests.conftest import picture, write_dicom

SECRETS = ("SECRET-CASE", "SECRET-PATIENT", "Secret^Neighbour", "secret-folder", "Secret report")

MARKS = (
    Annotation("length", (30.0, 40.0), (((5.0, 6.0), (30.0, 40.0)),), words="12.3 mm"),
    Annotation("ellipse", (35.0, 30.0), ellipse=((15.0, 20.0), (35.0, 30.0)), words="mean 3.0"),
    Annotation("text", (20.0, 12.0), words="Größe 37° ▲"),
)


DEBIAN = "/usr/bin"
"""Where DCMTK's programs are: some of pynetdicom's, beside Python, have the same names."""


def dcmtk(program: str) -> str:
    """The path of one of DCMTK's programs; the test is skipped where it is missing."""
    found = shutil.which(program, path=DEBIAN)
    if found is None:
        pytest.skip(f"needs DCMTK's {program} (apt-get install dcmtk)")
    return found


def write_query(path: Path, **elements: Any) -> Path:
    """A radiograph of 96 rows and 80 columns, complete, with what is asked for altered."""
    usual: dict[str, Any] = {
        "StudyInstanceUID": "1.2.826.0.1.3680043.10.999.7.1",
        "SeriesInstanceUID": "1.2.826.0.1.3680043.10.999.7.2",
        "SOPInstanceUID": "1.2.826.0.1.3680043.10.999.7.3",
        "PatientName": "Synthetic^Person",
        "PatientID": "P-1",
        "PatientBirthDate": "19700131",
        "PatientSex": "F",
        "PatientOrientation": ["L", "F"],
        "StudyDate": "20240103",
        "StudyTime": "120000",
        "StudyID": "1",
        "AccessionNumber": "A-1",
        "SpecificCharacterSet": "ISO_IR 192",
    }
    pixels = picture(3, (96, 80)).astype(np.uint16) * 16
    return write_dicom(path, pixels, **{**usual, **elements})


def finished(path: Path, engine: Engine, neighbours: int = 2) -> Analysis:
    """The query analysed, with neighbours whose records are full of secrets."""
    *_, analysis = analyse(path, engine, method="ig")
    found = tuple(
        Neighbour(
            rank,
            CaseRecord(
                f"{SECRETS[0]}-{rank}",
                Path(f"/{SECRETS[3]}/{rank}.dcm"),
                findings=("Pleural effusion", "Größe"),
                findings_source="report",
                patient_id=SECRETS[1],
                report=SECRETS[4],
                extra={"name": SECRETS[2]},
            ),
            0.25 * rank,
            1 / (1 + 0.25 * rank),
        )
        for rank in range(1, neighbours + 1)
    )
    return replace(analysis, neighbours=found)


def content_of(path: Path, engine: Engine, **changes: Any) -> ResultContent:
    """The comparison of a file, with marks and a sheet of noise."""
    sheet = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    usual: dict[str, Any] = {"annotations": MARKS, "sheet": sheet, "sheet_identifies": "NO"}
    return ResultContent(finished(path, engine), engine, "0.1.0", **{**usual, **changes})


def built(path: Path, content: ResultContent, kind: str) -> Dataset:
    """One result, which must be possible."""
    (result,) = build_results(path, content, [kind])
    assert result.problem == ""
    assert result.dataset is not None
    return result.dataset


def reread(dataset: Dataset, path: Path) -> Dataset:
    """Written and read again, as another program would."""
    dataset.save_as(path, enforce_file_format=True)
    return pydicom.dcmread(path)


def validated(path: Path) -> list[str]:
    """What dciodvfy (dicom3tools) says of a file, the name of its kind left out."""
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    return [line for line in lines if " - " in line]
