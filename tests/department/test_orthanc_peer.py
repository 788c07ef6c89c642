"""The archive that the other tests use takes, finds and returns an instance."""

from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file

from tests.department.orthanc_peer import Orthanc


def test_what_is_stored_is_found_and_comes_back(orthanc: Orthanc, tmp_path: Path) -> None:
    source = Path(str(get_testdata_file("CT_small.dcm")))
    uid = pydicom.dcmread(source).SOPInstanceUID
    assert orthanc.find("Instance") == []
    instance = orthanc.store(source)
    assert orthanc.find("Instance", SOPInstanceUID=uid) == [instance]
    assert orthanc.dataset(uid).PixelData == pydicom.dcmread(source).PixelData
    (study,) = orthanc.json("/dicom-web/studies")
    assert study["0020000D"]["Value"] == [pydicom.dcmread(source).StudyInstanceUID]


def test_it_starts_empty(orthanc: Orthanc) -> None:
    assert orthanc.json("/studies") == []
