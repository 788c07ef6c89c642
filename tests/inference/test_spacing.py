import warnings

import pytest
from pydicom.dataset import Dataset

from inference.records import Spacing
from inference.spacing import spacing_of

IMAGER = {"ImagerPixelSpacing": [0.2, 0.1]}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, None),
        ({"PixelSpacing": [0.14, 0.15]}, Spacing(0.14, 0.15, "PixelSpacing")),
        (
            {"PixelSpacing": [0.14, 0.15], "PixelSpacingCalibrationType": "FIDUCIAL"},
            Spacing(0.14, 0.15, "PixelSpacing, calibrated by FIDUCIAL"),
        ),
        (
            {"PixelSpacing": [0.18, 0.09], **IMAGER, "NominalScannedPixelSpacing": [1, 1]},
            Spacing(0.18, 0.09, "PixelSpacing"),
        ),
        (
            {"PixelSpacing": [0.2, 0.1], **IMAGER},
            Spacing(0.2, 0.1, "PixelSpacing, at detector", is_at_detector=True),
        ),
        (IMAGER, Spacing(0.2, 0.1, "ImagerPixelSpacing, at detector", is_at_detector=True)),
        (
            {**IMAGER, "EstimatedRadiographicMagnificationFactor": 1.25},
            Spacing(
                0.16, 0.08, "ImagerPixelSpacing / 1.25 (EstimatedRadiographicMagnificationFactor)"
            ),
        ),
        (
            {**IMAGER, "DistanceSourceToDetector": 1800, "DistanceSourceToPatient": 1440},
            Spacing(
                0.16,
                0.08,
                "ImagerPixelSpacing / 1.25 (DistanceSourceToDetector / DistanceSourceToPatient)",
            ),
        ),
        (
            {
                **IMAGER,
                "EstimatedRadiographicMagnificationFactor": 1.25,
                "DistanceSourceToDetector": 2000,
                "DistanceSourceToPatient": 1000,
            },
            Spacing(
                0.16, 0.08, "ImagerPixelSpacing / 1.25 (EstimatedRadiographicMagnificationFactor)"
            ),
        ),
        (
            {**IMAGER, "NominalScannedPixelSpacing": [1, 1]},
            Spacing(0.2, 0.1, "ImagerPixelSpacing, at detector", is_at_detector=True),
        ),
        (
            {"NominalScannedPixelSpacing": [0.3, 0.4]},
            Spacing(0.3, 0.4, "NominalScannedPixelSpacing"),
        ),
    ],
)
def test_the_spacing_comes_from_the_best_element_and_names_it(elements, expected):
    found = spacing_of(dataset(elements))
    if expected is None:
        assert found is None
        return
    assert (found.source, found.is_at_detector) == (expected.source, expected.is_at_detector)
    assert (found.row_mm, found.column_mm) == pytest.approx((expected.row_mm, expected.column_mm))


@pytest.mark.parametrize(
    "bad", [[0, 0], [0.1, 0], [-0.1, 0.1], ["NaN", 0.1], ["inf", 0.1], [0.1], [0.1, 0.1, 0.1]]
)
def test_a_spacing_that_cannot_be_counts_as_absent(bad):
    assert spacing_of(dataset({"PixelSpacing": bad})) is None
    fallback = spacing_of(dataset({"PixelSpacing": bad, "NominalScannedPixelSpacing": [0.3, 0.4]}))
    assert fallback.source == "NominalScannedPixelSpacing"


@pytest.mark.parametrize(
    "factor",
    [
        {"EstimatedRadiographicMagnificationFactor": 0},
        {"EstimatedRadiographicMagnificationFactor": 0.5},
        {"EstimatedRadiographicMagnificationFactor": "NaN"},
        {"DistanceSourceToDetector": 1800},
        {"DistanceSourceToDetector": 1800, "DistanceSourceToPatient": 0},
        {"DistanceSourceToDetector": 1000, "DistanceSourceToPatient": 1800},
        {"DistanceSourceToDetector": "inf", "DistanceSourceToPatient": 1800},
    ],
)
def test_an_impossible_magnification_leaves_the_spacing_at_the_detector(factor):
    found = spacing_of(dataset({**IMAGER, **factor}))
    assert (found.row_mm, found.column_mm, found.is_at_detector) == (0.2, 0.1, True)


def dataset(elements):
    made = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of values that are not numbers
        for keyword, value in elements.items():
            setattr(made, keyword, value)
    return made
