"""The salient region as a Segmentation: a mask over the radiograph's own pixels."""

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from inference.dicom_results.content import ResultContent
from inference.dicom_results.errors import ReturnError
from inference.dicom_results.salient_region import SalientRegion
from inference.dicom_results.series import finished, series_arguments
from inference.dicom_results.source import Source

_WHAT = "a segmentation"


def segmentation(source: Source, content: ResultContent, region: SalientRegion) -> Dataset:
    """The region as one binary segment, of the size of the radiograph.

    Raises:
        ReturnError: Nothing lies above the threshold, or the radiograph is a colour picture.

    Source:
        DICOM PS3.3 A.51, C.8.20.2.
    """
    import highdicom as hd

    if source.is_colour:
        raise ReturnError(_WHAT, "the radiograph is in colour, and masks are kept of grey ones")
    if region.is_empty:
        raise ReturnError(
            _WHAT, f"nowhere on the radiograph is the saliency {region.threshold:g} or more"
        )
    if region.mask.shape != source.shape:
        raise ReturnError(_WHAT, "the file changed since it was analysed; open it again")
    manifest = content.engine.bundle.manifest
    segment = hd.seg.SegmentDescription(
        segment_number=1,
        segment_label="Salient region",
        segmented_property_category=hd.sr.CodedConcept(
            "309825002", "SCT", "Spatial and Relational Concept"
        ),
        segmented_property_type=hd.sr.CodedConcept("111099", "DCM", "Selected region"),
        algorithm_type="AUTOMATIC",
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=manifest.name,
            version=manifest.version,
            family=hd.sr.CodedConcept("123110", "DCM", "Artificial Intelligence"),
            source="Kindred",
            parameters={"threshold": f"{region.threshold:g}", "sha256": manifest.sha256},
        ),
        tracking_uid=generate_uid(),
        tracking_id="Kindred salient region",
        display_color=hd.color.CIELabColor.from_rgb(255, 176, 0),
    )
    segment.SegmentDescription = f"{region.words}. Research use only"
    made = hd.seg.Segmentation(
        source_images=[source.dataset],
        pixel_array=region.mask.astype("uint8"),
        segmentation_type="BINARY",
        segment_descriptions=[segment],
        content_label="KINDRED",
        content_description=f"Saliency at least {region.threshold:g}; research use only",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **series_arguments("seg", "salient region", content),
    )
    made.PatientOrientation = source.orientation  # type 2C without a frame of reference
    made.DerivationDescription = content.derivation
    return finished(made)
