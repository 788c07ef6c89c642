"""The comparison sheet as a Secondary Capture in the query's study."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from inference.dicom_results.content import ResultContent
from inference.dicom_results.errors import ReturnError
from inference.dicom_results.series import finished, image_comment, place, series_arguments
from inference.dicom_results.source import Source


def secondary_capture(source: Source, content: ResultContent) -> Dataset:
    """The sheet as DICOM: RGB, uncompressed, pixel for pixel.

    The sheet itself carries the research notice and its provenance in its pixels.

    Raises:
        ReturnError: No sheet was drawn.

    Source:
        DICOM PS3.3 A.8.1, Secondary Capture Image.
    """
    import highdicom as hd

    if content.sheet is None:
        raise ReturnError("the sheet as a Secondary Capture", "no sheet was drawn")
    of = source.dataset
    made = hd.sc.SCImage(
        pixel_array=np.ascontiguousarray(content.sheet),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        study_instance_uid=of.StudyInstanceUID,
        patient_id=of.PatientID,
        patient_name=of.PatientName,
        patient_birth_date=of.PatientBirthDate,
        patient_sex=of.PatientSex,
        accession_number=of.AccessionNumber,
        study_id=of.StudyID,
        study_date=of.StudyDate or None,
        study_time=of.StudyTime or None,
        referring_physician_name=of.ReferringPhysicianName,
        patient_orientation=("L", "F"),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **series_arguments("sc", "similar cases", content),
    )
    made.copy_patient_and_study_information(of)
    # A sheet of several radiographs has no one orientation; the element may be empty (type 2C).
    made.add_new("PatientOrientation", "CS", None)
    place(made, source)
    made.ConversionType = "WSD"
    made.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    made.DerivationDescription = content.derivation
    made.ImageComments = image_comment(content)
    if content.sheet_identifies:
        made.BurnedInAnnotation = content.sheet_identifies
    made.SourceImageSequence = [_reference(of)]
    if of.get("LossyImageCompression") == "01":
        made.LossyImageCompression = "01"  # once lossy, always lossy (C.7.6.1.1.5)
        for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod"):
            if keyword in of:
                made[keyword] = of[keyword]
    return finished(made)


def _reference(of: Dataset) -> Dataset:
    import highdicom as hd

    item = Dataset()
    item.ReferencedSOPClassUID = of.SOPClassUID
    item.ReferencedSOPInstanceUID = of.SOPInstanceUID
    item.PurposeOfReferenceCodeSequence = [
        hd.sr.CodedConcept("121322", "DCM", "Source image for image processing operation")
    ]
    return item
