"""A phantom as a DICOM file: Digital X-Ray Image for Presentation, as a real room sends it."""

import io
import os
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    generate_uid,
)

from export_models.phantom_projection import WHITE, Phantom
from export_models.phantom_spec import PhantomSpec


def phantom_uid(spec: PhantomSpec, size: int, part: str) -> UID:
    """A valid UID that depends on nothing but its arguments.

    Args:
        spec: The phantom's.
        size: Rows.
        part: "study", "series" or "instance".
    """
    return generate_uid(entropy_srcs=["kindred phantom 1", repr(spec), str(size), part])


def write_phantom_dicom(phantom: Phantom, path: Path) -> None:
    """Write one phantom. The file appears whole or not at all; equal phantoms, equal bytes.

    Raises:
        OSError: The folder is missing, full or read-only.
    """
    buffer = io.BytesIO()
    dataset = _dataset(phantom)
    dataset.save_as(buffer, enforce_file_format=True)
    write_whole(path, buffer.getvalue())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then move it there."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _dataset(phantom: Phantom) -> Dataset:
    spec, (rows, columns) = phantom.spec, phantom.pixels.shape
    size = rows
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = phantom_uid(spec, size, "instance")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset = Dataset()
    dataset.file_meta = meta
    _identify(dataset, spec, size)
    _describe_acquisition(dataset, phantom)
    stored = WHITE - phantom.pixels if spec.is_monochrome1 else phantom.pixels
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if spec.is_monochrome1 else "MONOCHROME2"
    dataset.PresentationLUTShape = "INVERSE" if spec.is_monochrome1 else "IDENTITY"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.WindowCenter, dataset.WindowWidth = "2048", "4096"
    dataset.WindowCenterWidthExplanation = "CHEST"
    dataset.BurnedInAnnotation = "YES" if spec.lettering else "NO"
    dataset.LossyImageCompression = "00"
    dataset.PixelData = np.ascontiguousarray(stored, "<u2").tobytes()
    return dataset


def _identify(dataset: Dataset, spec: PhantomSpec, size: int) -> None:
    """Invented people, and marked so wherever a viewer may show it."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = phantom_uid(spec, size, "instance")
    dataset.StudyInstanceUID = phantom_uid(spec, size, "study")
    dataset.SeriesInstanceUID = phantom_uid(spec, size, "series")
    dataset.PatientName = f"Phantom^Synthetic {spec.patient_number:04d}"
    dataset.PatientID = spec.patient_id
    dataset.PatientSex = spec.sex
    dataset.PatientAge = f"{spec.age:03d}Y"
    dataset.PatientBirthDate = ""
    dataset.PatientComments = "Synthetic phantom: no person was imaged."
    day = f"20240{1 + spec.image_number % 9}{1 + spec.patient_number % 28:02d}"
    dataset.StudyDate = dataset.AcquisitionDate = dataset.ContentDate = day
    dataset.StudyTime = dataset.AcquisitionTime = dataset.ContentTime = "120000"
    dataset.StudyID = "1"
    dataset.AccessionNumber = f"PH{spec.patient_number:04d}{spec.image_number:02d}"
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "Synthetic chest radiograph"
    dataset.SeriesNumber, dataset.InstanceNumber = "1", str(spec.image_number + 1)
    dataset.Manufacturer = "Kindred"
    dataset.ManufacturerModelName = "Phantom"


def _describe_acquisition(dataset: Dataset, phantom: Phantom) -> None:
    spec = phantom.spec
    dataset.Modality = "DX"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = spec.view
    dataset.ImageLaterality = "U"
    dataset.PatientOrientation = ["L", "F"]
    dataset.KVP = f"{spec.kvp:g}"
    spacing = f"{phantom.pixel_mm:.6f}"
    dataset.ImagerPixelSpacing = [spacing, spacing]
    if spec.seed % 2:  # some rooms state the spacing in the patient too, others do not
        dataset.PixelSpacing = [spacing, spacing]
        dataset.PixelSpacingCalibrationType = "GEOMETRY"
        dataset.PixelSpacingCalibrationDescription = "drawn at this spacing"
    distance = 1800 if spec.view == "PA" else 1200
    dataset.DistanceSourceToDetector = str(distance)
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = 1 if spec.is_monochrome1 else -1
    dataset.DetectorType = "SCINTILLATOR"
    dataset.PositionerType = ""
    dataset.FieldOfViewShape = "RECTANGLE"
    dataset.AnatomicRegionSequence = Sequence([_code("51185008", "SCT", "Chest")])
    view = ("399348003", "PA projection") if spec.view == "PA" else ("399321005", "AP projection")
    item = _code(view[0], "SCT", view[1])
    item.ViewModifierCodeSequence = Sequence()
    dataset.ViewCodeSequence = Sequence([item])
    dataset.AcquisitionContextSequence = Sequence()


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
