"""What is said of the nearest cases."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inference.model_bundle import BundleClass, BundleManifest, read_manifest
from inference.records import CaseRecord, Neighbour
from viewer.results import neighbourhood
from viewer.results.neighbourhood import BaseRates

MakeNeighbours = Callable[[int], tuple[Neighbour, ...]]


@pytest.fixture
def manifest(tiny_bundle: Path) -> BundleManifest:
    return replace(
        read_manifest(tiny_bundle),
        classes=(BundleClass("No finding", ("No finding",)), BundleClass("Pneumonia", ("*",))),
    )


def test_counts_base_rate_and_severity(
    manifest: BundleManifest, make_neighbours: MakeNeighbours
) -> None:
    words = neighbourhood.summary(make_neighbours(20), 1, manifest, BaseRates((69, 31)))
    assert words == ("of the 20 nearest: 10 pneumonia (base rate 31 %), severity extent 1–19")


def test_only_the_nearest_twenty_count(
    manifest: BundleManifest, make_neighbours: MakeNeighbours
) -> None:
    assert neighbourhood.summary(make_neighbours(50), 1, manifest, BaseRates((1, 1))).startswith(
        "of the 20 nearest: 10 "
    )


def test_cases_without_label_are_said_and_not_counted(
    manifest: BundleManifest, make_neighbours: MakeNeighbours
) -> None:
    first, *rest = make_neighbours(4)
    unlabelled = replace(first, case=replace(first.case, findings=()))
    words = neighbourhood.summary((unlabelled, *rest), 1, manifest, BaseRates((1, 3)))
    assert words.startswith("of the 4 nearest: 1 pneumonia (base rate 75 %), 1 without a label")
    nothing = tuple(replace(one, case=replace(one.case, findings=())) for one in (first, *rest))
    assert neighbourhood.summary(nothing, 1, manifest, BaseRates(())) == (
        "None of the 4 nearest has a label."
    )


def test_base_rates_leave_out_what_has_no_label(
    manifest: BundleManifest, make_neighbours: MakeNeighbours
) -> None:
    findings = Counter(one.case.findings for one in make_neighbours(5))
    findings[()] = 1
    rates = neighbourhood.base_rates(findings, manifest)
    assert rates == BaseRates((2, 3))
    assert rates.share(1) == pytest.approx(0.6)
    assert BaseRates((0, 0)).share(1) is None


def test_two_classes_are_decided_by_the_threshold(manifest: BundleManifest) -> None:
    strict = replace(manifest, threshold=0.7)
    assert neighbourhood.predicted_class((0.6,), strict) == 0
    assert neighbourhood.predicted_class((0.7,), strict) == 1
    assert neighbourhood.predicted_class((0.2, 0.5, 0.3), strict) == 1


def test_agreement_needs_a_label(manifest: BundleManifest, make_neighbours: MakeNeighbours) -> None:
    ill, well = (one.case for one in make_neighbours(2))
    assert neighbourhood.agreement(ill, 1, manifest) == "agrees"
    assert neighbourhood.agreement(well, 1, manifest) == "differs"
    assert neighbourhood.agreement(CaseRecord("x", Path("x")), 1, manifest) == ""


def test_nothing_similar_is_beyond_the_catalogues_own_nearest_distances() -> None:
    quantiles = {"0.5": 1.0, "0.95": 2.0, "0.99": 3.0}
    assert not neighbourhood.is_nothing_similar(2.9, quantiles)
    assert neighbourhood.is_nothing_similar(3.1, quantiles)
    assert not neighbourhood.is_nothing_similar(1e9, {})


def test_the_whole_images_severity_goes_before_a_parts() -> None:
    case = CaseRecord("x", Path("x"), severity={"effusion_severity": 1.0, "severity_extent": 2.0})
    assert neighbourhood.severity_range([case]) == "severity extent 2"
    assert neighbourhood.severity_range([]) == ""
