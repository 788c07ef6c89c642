"""Every element of a DICOM file as text, and which of them may say who the patient is.

What may be shown is an allow-list, as for exports: everything else counts as identifying, so
that an element nobody thought of stays hidden until it is asked for.

Source: DICOM PS3.15 E.1, the Basic Application Level Confidentiality Profile, read in reverse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from inference.dicom_file import DAMAGED, open_dataset, translated
from inference.radiograph_file import kind_of_file

MOST = 20_000
_LONGEST_VALUE = 200
_DEEPEST = 8
_HARMLESS_VRS = frozenset(("US", "SS", "UL", "SL", "FL", "FD", "DS", "IS", "AT", "OB", "OW", "OF"))
_HARMLESS_KEYWORDS = frozenset(
    {
        "SpecificCharacterSet", "ImageType", "SOPClassUID", "MediaStorageSOPClassUID",
        "TransferSyntaxUID", "ImplementationClassUID", "ImplementationVersionName", "Modality",
        "ConversionType", "Manufacturer", "ManufacturerModelName", "PresentationIntentType",
        "BodyPartExamined", "ViewPosition", "PatientOrientation", "ImageLaterality",
        "Laterality", "PatientPosition", "PatientSex", "PatientAge",
        "PhotometricInterpretation", "VOILUTFunction", "PresentationLUTShape", "RescaleType",
        "LossyImageCompression", "LossyImageCompressionMethod", "BurnedInAnnotation",
        "RecognizableVisualFeatures", "DetectorType", "DetectorConfiguration",
        "ScanningSequence", "PixelSpacingCalibrationType", "PixelIntensityRelationship",
        "WindowCenterWidthExplanation", "PatientIdentityRemoved", "CodeValue",
        "CodingSchemeDesignator", "CodeMeaning", "FieldOfViewShape", "Grid", "FocalSpots",
        "ExposureControlMode", "FilterType",
    }
)  # fmt: skip
_HIDDEN_NUMBERS = frozenset(("InstanceNumber", "SeriesNumber", "AcquisitionNumber"))


@dataclass(frozen=True, slots=True)
class DicomTag:
    """One element.

    Attributes:
        tag: Such as "(0010,0010)".
        name: Such as "Patient's Name".
        kind: Its value representation, such as "PN".
        value: As text, shortened where it is long; for sequences how many items, for pixels
            how many bytes.
        depth: 0 for the file's own elements, 1 for those of a sequence's items, and so on.
        is_identifying: Whether its value may say who the patient is, where, or when.
    """

    tag: str
    name: str
    kind: str
    value: str
    depth: int
    is_identifying: bool


def read_tags(path: Path) -> tuple[DicomTag, ...]:
    """All elements of a file, in order, up to `MOST`; none of a JPEG, PNG or TIFF.

    Pixels are not read.

    Raises:
        UnreadableRadiographError: It is damaged, or no DICOM at all.
    """
    if kind_of_file(path) == "picture":
        return ()
    with translated(path):
        dataset = open_dataset(path, pixels=False)
        tags: list[DicomTag] = []
        for part in (getattr(dataset, "file_meta", Dataset()), dataset):
            for tag in _tags(part, 0):
                if len(tags) >= MOST:
                    return tuple(tags)
                tags.append(tag)
        return tuple(tags)


def _tags(dataset: Dataset, depth: int) -> Iterator[DicomTag]:
    for number in sorted(dataset.keys()):
        try:
            element = dataset[number]
        except DAMAGED:
            shown = f"({number.group:04X},{number.element:04X})"
            yield DicomTag(shown, "", "", "cannot be read", depth, is_identifying=False)
            continue
        yield _tag(element, depth)
        if element.VR == "SQ" and depth < _DEEPEST:
            for item in element.value:
                yield from _tags(item, depth + 1)


def _tag(element: DataElement, depth: int) -> DicomTag:
    number = element.tag
    return DicomTag(
        f"({number.group:04X},{number.element:04X})",
        element.name,
        str(element.VR),
        _value(element),
        depth,
        is_identifying=_is_identifying(element),
    )


def _value(element: DataElement) -> str:
    value = element.value
    if element.VR == "SQ":
        return f"{len(value)} item{'' if len(value) == 1 else 's'}"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    several = value if isinstance(value, MultiValue) else [value]
    words = " \\ ".join("" if one is None else str(one) for one in several)
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE]}…"


def _is_identifying(element: DataElement) -> bool:
    if element.VR == "SQ":
        return False  # its items are listed, each judged by itself
    if element.tag.is_private or element.tag.group == 0x0010:
        return element.keyword not in _HARMLESS_KEYWORDS
    if element.keyword in _HIDDEN_NUMBERS:
        return True
    return element.VR not in _HARMLESS_VRS and element.keyword not in _HARMLESS_KEYWORDS
