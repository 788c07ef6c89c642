"""All of a file's elements, and none shown without being known to be harmless."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from inference.dicom_tags import read_tags
from inference.errors import UnreadableRadiographError


@pytest.fixture
def path(tmp_path: Path, dicom_writer: Callable[..., Path]) -> Path:
    item = Dataset()
    item.CodeMeaning = "Chest"
    item.PersonName = "Inner^Name"
    return dicom_writer(
        tmp_path / "a.dcm",
        np.zeros((8, 8), np.uint16),
        PatientBirthDate="19700101",
        InstitutionName="St Elsewhere",
        StudyDescription="CHEST of Erika",
        PatientAge="056Y",
        AnatomicRegionSequence=Sequence([item]),
    )


def test_every_element_is_listed_in_order_with_its_depth(path: Path) -> None:
    tags = read_tags(path)
    by_name = {tag.name: tag for tag in tags}
    assert by_name["Patient's Name"].value == "Synthetic^Person"
    assert by_name["Patient's Name"].tag == "(0010,0010)"
    assert by_name["Patient's Name"].kind == "PN"
    assert by_name["Rows"].value == "8"
    assert by_name["Pixel Spacing"].value == "0.2 \\ 0.2"
    assert by_name["Code Meaning"].depth == 1
    assert by_name["Transfer Syntax UID"].depth == 0
    own = [tag.tag for tag in tags if tag.depth == 0]
    assert own == sorted(own)
    assert "Pixel Data" not in by_name


def test_what_is_not_known_to_be_harmless_is_identifying(path: Path) -> None:
    hidden = {tag.name for tag in read_tags(path) if tag.is_identifying}
    assert hidden >= {
        "Patient's Name", "Patient ID", "Patient's Birth Date", "Institution Name",
        "Study Description", "Study Instance UID", "SOP Instance UID", "Person Name",
    }  # fmt: skip
    assert not hidden & {"Rows", "Modality", "View Position", "Patient's Age", "Code Meaning"}


def test_no_dicom_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRadiographError):
        read_tags(tmp_path / "absent.dcm")
