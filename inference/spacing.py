"""The size of a pixel, and where it is known from.

A projection enlarges: what lies off the detector throws a shadow larger than itself. So a length
is worth only as much as the element it rests on, which is always named.
"""

import math

from pydicom.dataset import Dataset

from inference.dicom_file import number, numbers, text
from inference.records import Spacing


def spacing_of(dataset: Dataset) -> Spacing | None:
    """Find the pixel spacing, from the element that can be trusted most.

    Returns:
        PixelSpacing; else ImagerPixelSpacing, divided by the magnification where the file tells
        it; else NominalScannedPixelSpacing; else None. Values that are not two positive numbers
        count as absent.

    Source:
        DICOM PS3.3 10.7.1.3 (calibration), C.8.7.5, C.8.11.7 (magnification).
    """
    imager = _pair(dataset, "ImagerPixelSpacing")
    calibrated = _pair(dataset, "PixelSpacing")
    calibration = text(dataset, "PixelSpacingCalibrationType").upper()
    if calibrated is not None:
        if calibration:
            return Spacing(*calibrated, source=f"PixelSpacing, calibrated by {calibration}")
        # 10.7.1.3: equal to the spacing on the detector, it was not corrected for magnification.
        if calibrated == imager:
            return Spacing(*calibrated, source="PixelSpacing, at detector", is_at_detector=True)
        return Spacing(*calibrated, source="PixelSpacing")
    if imager is not None:
        factor, named = _magnification(dataset)
        if factor is None:
            return Spacing(*imager, source="ImagerPixelSpacing, at detector", is_at_detector=True)
        row, column = imager[0] / factor, imager[1] / factor
        return Spacing(row, column, source=f"ImagerPixelSpacing / {factor:.4g} ({named})")
    nominal = _pair(dataset, "NominalScannedPixelSpacing")
    return None if nominal is None else Spacing(*nominal, source="NominalScannedPixelSpacing")


def _magnification(dataset: Dataset) -> tuple[float | None, str]:
    """The factor by which the patient's shadow is larger than the patient, and its source."""
    stated = number(dataset, "EstimatedRadiographicMagnificationFactor")
    if stated is not None and math.isfinite(stated) and stated >= 1.0:
        return stated, "EstimatedRadiographicMagnificationFactor"
    to_detector = number(dataset, "DistanceSourceToDetector")
    to_patient = number(dataset, "DistanceSourceToPatient")
    if to_detector and to_patient and to_patient > 0 and math.isfinite(to_detector):
        factor = to_detector / to_patient
        if factor >= 1.0:  # the patient cannot stand behind the detector
            return factor, "DistanceSourceToDetector / DistanceSourceToPatient"
    return None, ""


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    found = numbers(dataset, keyword)
    if len(found) != 2 or not all(math.isfinite(value) and value > 0 for value in found):
        return None
    return found[0], found[1]
