"""The file that results refer to: checked, and reduced to what they take from it.

Files in archives break the standard, and a result that repeated their faults would be refused, or
filed under nobody. So nothing is copied blindly: patient and study come from an allow-list, each
value is checked, text is decoded and written anew as UTF-8, and what is no date is left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID

from inference.dicom_file import (
    DAMAGED,
    header_of,
    items,
    number,
    numbers,
    open_dataset,
    text,
    texts,
    translated,
)
from inference.dicom_results.errors import ReturnError
from inference.radiograph_file import kind_of_file

UTF8 = "ISO_IR 192"

_UIDS = {
    "SOPInstanceUID": "SOP Instance UID (0008,0018)",
    "SOPClassUID": "SOP Class UID (0008,0016)",
    "StudyInstanceUID": "Study Instance UID (0020,000D)",
    "SeriesInstanceUID": "Series Instance UID (0020,000E)",
}
# Type 2 of every result: there, though perhaps empty.
_REQUIRED = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex",
    "StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
_OPTIONAL = (
    "IssuerOfPatientID", "PatientAge", "PatientSize", "PatientWeight", "StudyDescription",
)  # fmt: skip
_IMAGE = (
    "Modality", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "RescaleSlope", "RescaleIntercept", "RescaleType",
    "WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction",
    "BodyPartExamined", "Laterality", "BurnedInAnnotation",
    "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
)  # fmt: skip
_TABLES = ("ModalityLUTSequence", "VOILUTSequence")
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")

_TIME = r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?"
_VALID: dict[str, Callable[[str], bool]] = {
    "PatientBirthDate": lambda value: _is_date(value),
    "StudyDate": lambda value: _is_date(value),
    "StudyTime": lambda value: re.fullmatch(_TIME, value) is not None,
    "PatientSex": lambda value: value in ("M", "F", "O"),
    "PatientAge": lambda value: re.fullmatch(r"\d{3}[DWMY]", value) is not None,
    "PatientSize": lambda value: _is_positive(value),
    "PatientWeight": lambda value: _is_positive(value),
}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The radiograph that results belong to.

    Attributes:
        path: Its file.
        dataset: What results take from it: patient, study, how its pixels are stored. No pixels.
        orientation: PatientOrientation, two directions; None where the file states none.
        pixel_size_mm: Height and width of a pixel as the file states it, in whichever element;
            None where it states none.
        notes: Sentences for the user on what was wrong with the file, and left out.
    """

    path: Path
    dataset: Dataset = field(repr=False)
    orientation: list[str] | None = None
    pixel_size_mm: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.dataset.Rows), int(self.dataset.Columns)

    @property
    def is_colour(self) -> bool:
        """Whether the radiograph is a colour picture."""
        return int(self.dataset.SamplesPerPixel) > 1


def read_source(path: Path) -> Source:
    """Read what results need of a radiograph's file.

    Raises:
        ReturnError: It is no DICOM file, or lacks what ties a result to it.
        UnreadableRadiographError: It is gone or damaged.
    """
    if kind_of_file(path) == "picture":
        raise ReturnError(
            "results as DICOM",
            f"{path.name} is not a DICOM file, so there is no study that they could belong to",
        )
    with translated(path):
        read = open_dataset(path, pixels=False)
        notes: list[str] = []
        dataset = Dataset()
        dataset.SpecificCharacterSet = UTF8
        _take_uids(read, dataset, path)
        _take_patient_and_study(read, dataset, notes)
        _take_image(read, dataset)
    stated = header_of(read).patient_orientation
    return Source(path, dataset, list(stated) if stated else None, _pixel_size(read), tuple(notes))


def _take_uids(read: Dataset, dataset: Dataset, path: Path) -> None:
    for keyword, named in _UIDS.items():
        value = text(read, keyword)
        if not value or not UID(value).is_valid:
            fault = f"its {named} {value!r} is not a UID" if value else f"it has no {named}"
            raise ReturnError(
                f"results for {path.name}", f"{fault}, so the archive could not file them"
            )
        setattr(dataset, keyword, value)
    frame = text(read, "FrameOfReferenceUID")
    if frame and UID(frame).is_valid:
        dataset.FrameOfReferenceUID = frame


def _take_patient_and_study(read: Dataset, dataset: Dataset, notes: list[str]) -> None:
    for keyword in (*_REQUIRED, *_OPTIONAL):
        value = _name(read, keyword) if keyword.endswith("Name") else text(read, keyword)
        is_valid = _VALID.get(keyword)
        if value and is_valid is not None and not is_valid(value):
            notes.append(f"The file's {keyword} is not valid and is left out of the results.")
            value = ""
        if value or keyword in _REQUIRED:
            setattr(dataset, keyword, value)
    if not text(read, "PatientID"):
        notes.append("The file has no patient id: an archive may not find the results by patient.")


def _name(read: Dataset, keyword: str) -> str:
    """A person's name in all its scripts; as a sequence of values it would be its first letter."""
    try:
        return str(read.get(keyword) or "").strip(" \0")
    except DAMAGED:
        return ""


def _take_image(read: Dataset, dataset: Dataset) -> None:
    for keyword in _IMAGE:
        if keyword in read and texts(read, keyword):
            dataset[keyword] = read[keyword]
    for keyword in _TABLES:
        if items(read, keyword):
            dataset[keyword] = read[keyword]
    dataset.SamplesPerPixel = int(number(read, "SamplesPerPixel") or 1)


def _pixel_size(read: Dataset) -> tuple[float, float] | None:
    for keyword in _SPACINGS:
        found = numbers(read, keyword)
        if len(found) == 2 and all(0 < value < 1e6 for value in found):
            return found[0], found[1]
    return None


def _is_date(value: str) -> bool:
    found = re.fullmatch(r"\d{4}(\d{2})(\d{2})", value)
    return found is not None and 1 <= int(found[1]) <= 12 and 1 <= int(found[2]) <= 31


def _is_positive(value: str) -> bool:
    try:
        return 0 < float(value) < 1e4
    except ValueError:
        return False
