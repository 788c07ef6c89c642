"""Phantoms: their truth, their physics, and the DICOM files they become."""

import csv
import json
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image

from export_models.phantom import (
    PhantomSpec,
    draw_phantom,
    lung_boxes,
    phantom_specs,
    query_spec,
    random_spec,
    write_phantom_cases,
    write_phantom_dicom,
)
from inference.radiograph_io import display_brightness, read_radiograph

SIZE = 160
CLEAN = PhantomSpec(5, marker="")


def lower_zone(spec: PhantomSpec, side: str) -> float:
    """Mean brightness of the lowest third of one lung, in [0, 1]."""
    left, top, width, height = lung_boxes(spec, SIZE)[side]
    rows = slice(top + 2 * height // 3, top + height)
    return float(draw_phantom(spec, SIZE).pixels[rows, left : left + width].mean()) / 4095


def test_equal_specs_give_equal_pixels_and_another_seed_another_body() -> None:
    spec = random_spec(7)
    assert spec == random_spec(7)
    first, second = draw_phantom(spec, SIZE), draw_phantom(spec, SIZE)
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.lesion_mask, second.lesion_mask)
    other = draw_phantom(replace(spec, seed=8), SIZE)
    assert not np.array_equal(first.pixels, other.pixels)


def test_pixels_are_12_bit_and_use_the_range() -> None:
    pixels = draw_phantom(CLEAN, SIZE).pixels
    assert pixels.dtype == np.uint16
    assert pixels.max() <= 4095
    low, high = np.percentile(pixels, (2, 98))
    assert low < 600
    assert high > 3000


def test_every_size_shows_the_same_anatomy() -> None:
    spec = replace(CLEAN, effusion_right=0.4, exposure=50.0)
    small = draw_phantom(spec, 128).pixels.astype(np.float64)
    large = draw_phantom(spec, 512).pixels.astype(np.float64)
    reduced = large[:, : large.shape[1] // 4 * 4].reshape(128, 4, -1, 4).mean(axis=(1, 3))
    columns = min(reduced.shape[1], small.shape[1])
    difference = np.abs(reduced[:, :columns] - small[:, :columns])
    assert difference.mean() < 0.02 * 4095
    assert np.corrcoef(reduced[:, :columns].ravel(), small[:, :columns].ravel())[0, 1] > 0.99


@pytest.mark.parametrize(
    ("finding", "side"),
    [("effusion_right", "Right Lung"), ("effusion_left", "Left Lung")],
)
def test_more_effusion_is_whiter_below_and_the_mask_only_grows(finding: str, side: str) -> None:
    other = "Left Lung" if side == "Right Lung" else "Right Lung"
    volumes = (0.0, 0.05, 0.1, 0.2, 0.35, 0.45)  # above, the heart is pushed aside
    specs = [replace(CLEAN, **{finding: volume}) for volume in volumes]
    whiteness = [lower_zone(spec, side) for spec in specs]
    assert all(after > before + 0.003 for before, after in pairwise(whiteness))
    untouched = [lower_zone(spec, other) for spec in specs]
    assert max(untouched) - min(untouched) < 0.02
    masks = [draw_phantom(spec, SIZE).lesion_mask for spec in specs]
    assert not masks[0].any()
    for before, after in pairwise(masks):
        assert after.sum() > before.sum()
        assert not (before & ~after).any()


def test_more_consolidation_is_whiter_and_the_mask_only_grows() -> None:
    extents = (0.0, 0.1, 0.25, 0.5)
    phantoms = [draw_phantom(replace(CLEAN, consolidation_left=e), SIZE) for e in extents]
    means = [float(phantom.pixels.mean()) for phantom in phantoms]
    assert means == sorted(means)
    assert means[-1] > means[0] + 40
    for before, after in pairwise(phantoms):
        assert after.lesion_mask.sum() > before.lesion_mask.sum()
        assert not (before.lesion_mask & ~after.lesion_mask).any()


def test_an_effusion_has_a_meniscus_that_is_highest_at_the_chest_wall() -> None:
    phantom = draw_phantom(replace(CLEAN, effusion_right=0.35), 256)
    left, _, width, _ = phantom.lung_boxes["Right Lung"]
    columns = phantom.lesion_mask[:, left : left + width]
    tops = np.where(columns.any(axis=0), columns.argmax(axis=0), 10_000)
    lateral = tops[width // 12 : width // 5].min()
    assert lateral < tops[width // 2] - 8  # rows count downwards
    assert tops[width // 2] < 10_000


def test_the_patients_right_is_on_the_images_left() -> None:
    phantom = draw_phantom(replace(CLEAN, effusion_right=0.4), SIZE)
    columns = np.flatnonzero(phantom.lesion_mask.any(axis=0))
    assert columns.max() < 0.55 * phantom.pixels.shape[1]
    # The heart lies more to the patient's left.
    clean = draw_phantom(CLEAN, SIZE)
    boxes = clean.lung_boxes
    bottom = boxes["Right Lung"][1] + int(0.75 * boxes["Right Lung"][3])
    row = clean.pixels[bottom - 3 : bottom + 3].mean(axis=0)
    middle = clean.pixels.shape[1] // 2
    reach = clean.pixels.shape[1] // 4
    assert row[middle : middle + reach].mean() > row[middle - reach : middle].mean() + 100


def test_the_right_dome_stands_higher() -> None:
    boxes = lung_boxes(CLEAN, SIZE)
    assert boxes["Right Lung"][3] < boxes["Left Lung"][3]


def test_the_mask_lies_within_the_lungs_boxes() -> None:
    for seed in range(6):
        diseased = random_spec(seed, is_diseased=True)
        spec = replace(diseased, effusion_left=0.7, consolidation_right=0.4, tilt_deg=0.0)
        phantom = draw_phantom(spec, SIZE)
        inside = np.zeros_like(phantom.lesion_mask)
        for left, top, width, height in phantom.lung_boxes.values():
            sill = round(22 / phantom.pixel_mm)  # the lung reaches lower behind the diaphragm
            side = round(14 / phantom.pixel_mm)  # and before the spine
            inside[top : top + height + sill, left - side : left + width + side] = True
        outside = phantom.lesion_mask & ~inside
        assert phantom.lesion_mask.any()
        assert not outside.any()


NUISANCES: list[dict[str, Any]] = [
    {"habitus": 0.9},
    {"rotation_deg": 6.0},
    {"tilt_deg": 3.0},
    {"inspiration": 0.1},
    {"kvp": 85.0},
    {"exposure": 0.3},
    {"view": "AP"},
    {"devices": ("ecg", "pacemaker", "central line", "tracheal tube")},
    {"marker": "R", "lettering": "AP ERECT"},
    {"is_monochrome1": True},
]


@pytest.mark.parametrize("nuisance", NUISANCES, ids=lambda nuisance: next(iter(nuisance)))
def test_what_must_not_matter_moves_the_pixels_but_not_the_truth(nuisance: dict[str, Any]) -> None:
    spec = replace(CLEAN, effusion_left=0.3, consolidation_right=0.2)
    changed = replace(spec, **nuisance)
    assert changed.severity == spec.severity
    assert changed.findings == spec.findings == ("Effusion", "Consolidation")
    before, after = draw_phantom(spec, SIZE), draw_phantom(changed, SIZE)
    shares = [phantom.lesion_mask.mean() for phantom in (before, after)]
    assert 0.6 < shares[1] / shares[0] < 1.6
    if "is_monochrome1" not in nuisance:
        assert not np.array_equal(before.pixels, after.pixels)


def test_severity_adds_up_over_both_sides() -> None:
    spec = replace(CLEAN, effusion_right=0.5, effusion_left=0.25, consolidation_left=0.9)
    assert spec.severity["effusion_severity"] == 3.0
    assert spec.severity["severity_extent"] == 2.0 + 4.0  # a side is never more than whole
    assert CLEAN.severity == dict.fromkeys(spec.severity, 0.0)


def test_random_findings_have_the_shares_they_promise() -> None:
    specs = [random_spec(seed) for seed in range(2000)]
    effusion = np.mean([max(spec.effusions) > 0 for spec in specs])
    consolidation = np.mean([max(spec.consolidations) > 0 for spec in specs])
    clear = np.mean([spec.findings == ("No finding",) for spec in specs])
    assert effusion == pytest.approx(0.40, abs=0.04)
    assert consolidation == pytest.approx(0.26, abs=0.04)
    assert clear == pytest.approx(0.40, abs=0.04)
    assert {True, False} == {spec.is_monochrome1 for spec in specs}


def test_another_image_of_a_patient_has_the_same_body() -> None:
    first, second = random_spec(3), random_spec(3, image_number=1)
    assert (first.seed, first.sex, first.age, first.habitus) == (
        second.seed, second.sex, second.age, second.habitus,
    )  # fmt: skip
    assert first != second


@pytest.mark.parametrize(
    "wrong",
    [{"effusion_left": 1.2}, {"consolidation_density": 0.0}, {"kvp": 40.0}, {"devices": ("ring",)}],
)
def test_an_impossible_spec_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        PhantomSpec(1, **wrong)


def test_a_tiny_phantom_is_refused() -> None:
    with pytest.raises(ValueError, match="64 rows"):
        draw_phantom(CLEAN, 20)


def shown(spec: PhantomSpec, path: Path) -> NDArray[np.float32]:
    write_phantom_dicom(draw_phantom(spec, SIZE), path)
    return display_brightness(read_radiograph(path))


def test_both_photometric_interpretations_read_back_identically(tmp_path: Path) -> None:
    spec = replace(CLEAN, effusion_right=0.3)
    plain = shown(spec, tmp_path / "two.dcm")
    inverted = shown(replace(spec, is_monochrome1=True), tmp_path / "one.dcm")
    assert np.allclose(plain, inverted, atol=1e-6)
    # Monochrome 2 at the file's own window is the drawing itself.
    drawn = draw_phantom(spec, SIZE).pixels / 4095
    assert np.abs(plain - drawn).max() < 1e-3


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="needs dciodvfy (apt-get install dicom3tools)"
)
@pytest.mark.parametrize("seed", [4, 5])  # without and with a spacing in the patient
def test_dciodvfy_finds_nothing_wrong(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "phantom.dcm"
    write_phantom_dicom(draw_phantom(random_spec(seed, patient_number=12), SIZE), path)
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr).split() == ["DXImageForPresentation"]


def test_the_file_is_a_valid_digital_radiograph(tmp_path: Path) -> None:
    path = tmp_path / "phantom.dcm"
    spec = replace(random_spec(4, patient_number=12), lettering="", is_monochrome1=True)
    phantom = draw_phantom(spec, SIZE)
    write_phantom_dicom(phantom, path)
    dataset = pydicom.dcmread(path)
    assert dataset.SOPClassUID.name == "Digital X-Ray Image Storage - For Presentation"
    required = (  # types 1 and 2 of PS3.3 A.26
        "PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyDate StudyTime "
        "ReferringPhysicianName StudyID AccessionNumber Modality SeriesInstanceUID SeriesNumber "
        "PresentationIntentType Manufacturer InstanceNumber PatientOrientation ImageType "
        "SamplesPerPixel PhotometricInterpretation BitsAllocated BitsStored HighBit "
        "PixelRepresentation PixelIntensityRelationship PixelIntensityRelationshipSign "
        "RescaleIntercept RescaleSlope RescaleType PresentationLUTShape LossyImageCompression "
        "BurnedInAnnotation DetectorType PositionerType ImagerPixelSpacing ImageLaterality "
        "BodyPartExamined ViewPosition AnatomicRegionSequence AcquisitionContextSequence "
        "SOPInstanceUID WindowCenter WindowWidth"
    )
    assert [word for word in required.split() if word not in dataset] == []
    uids = [dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID]
    assert all(uid.is_valid for uid in uids)
    assert len(set(uids)) == 3
    assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
    assert str(dataset.PatientName) == "Phantom^Synthetic 0012"
    assert dataset.PatientID == "PHANTOM-0012"
    assert dataset.PatientOrientation == ["L", "F"]
    assert (dataset.BitsStored, dataset.PhotometricInterpretation) == (12, "MONOCHROME1")
    assert np.array_equal(4095 - dataset.pixel_array, phantom.pixels)
    assert dataset.BurnedInAnnotation == "NO"
    header = read_radiograph(path).header
    assert (header.modality, header.body_part, header.view_position) == ("DX", "CHEST", spec.view)
    assert header.patient_age == spec.age


def test_lettering_is_declared_and_seen(tmp_path: Path) -> None:
    lettered = draw_phantom(replace(CLEAN, lettering="PHANTOM 0000"), 256)
    write_phantom_dicom(lettered, tmp_path / "lettered.dcm")
    assert pydicom.dcmread(tmp_path / "lettered.dcm").BurnedInAnnotation == "YES"
    plain = draw_phantom(CLEAN, 256)
    changed = np.argwhere(lettered.pixels != plain.pixels)
    assert changed[:, 0].min() > 0.9 * 256


def test_the_same_phantom_is_the_same_file(tmp_path: Path) -> None:
    phantom = draw_phantom(CLEAN, SIZE)
    write_phantom_dicom(phantom, tmp_path / "a.dcm")
    write_phantom_dicom(phantom, tmp_path / "b.dcm")
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.dcm", "b.dcm"]


def read_table(folder: Path) -> list[dict[str, str]]:
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_collection_has_its_files_and_its_truth_in_the_table(tmp_path: Path) -> None:
    progress = list(write_phantom_cases(tmp_path, 9, 1, size=96))
    assert progress == list(range(1, 10))
    rows = read_table(tmp_path)
    assert len({row["case_id"] for row in rows}) == 9
    for row in rows:
        radiograph = read_radiograph(tmp_path / row["file"])
        assert radiograph.header.patient_id == row["patient_id"]
        assert radiograph.header.view_position == row["view"]
        boxes = json.loads(row["lung_boxes"])
        assert set(boxes) == {"Right Lung", "Left Lung"}
        assert "Synthetic" in row["report"]
        if row["findings"] == "No finding":
            assert (row["lesion_mask"], float(row["severity_extent"])) == ("", 0.0)
        else:
            mask = np.asarray(Image.open(tmp_path / row["lesion_mask"]))
            assert mask.dtype == bool
            assert mask.shape == radiograph.shape
            assert 0 < float(row["severity_extent"]) <= 8
    assert not list(tmp_path.rglob("*.partial"))


def test_patients_never_cross_splits() -> None:
    specs = phantom_specs(300, 2)
    assert len(specs) == 300
    patients = [spec.patient_number for spec in specs]
    assert 200 < len(set(patients)) < 300  # some have two images
    bodies: dict[int, set[int]] = {}
    for spec in specs:
        bodies.setdefault(spec.patient_number, set()).add(spec.seed)
    assert all(len(seeds) == 1 for seeds in bodies.values())


def test_the_table_keeps_each_patient_in_one_split(tmp_path: Path) -> None:
    list(write_phantom_cases(tmp_path, 40, 3, size=64))
    splits: dict[str, set[str]] = {}
    for row in read_table(tmp_path):
        splits.setdefault(row["patient_id"], set()).add(row["split"])
    assert all(len(names) == 1 for names in splits.values())
    assert set().union(*splits.values()) == {"train", "valid", "test"}


def test_an_interrupted_collection_is_resumed(tmp_path: Path) -> None:
    writing = write_phantom_cases(tmp_path, 6, 1, size=96, workers=1)
    next(writing)
    next(writing)
    writing.close()
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "images").glob("*.dcm")}
    assert 2 <= len(written) < 6
    assert not (tmp_path / "cases.csv").exists()
    list(write_phantom_cases(tmp_path, 6, 1, size=96))
    assert len(read_table(tmp_path)) == 6
    assert all(path.stat().st_mtime_ns == then for path, then in written.items())


def test_files_of_another_seed_or_size_are_not_kept(tmp_path: Path) -> None:
    list(write_phantom_cases(tmp_path, 2, 1, size=96))
    first = (tmp_path / "images" / "p0000-0.dcm").read_bytes()
    list(write_phantom_cases(tmp_path, 2, 2, size=96))
    assert (tmp_path / "images" / "p0000-0.dcm").read_bytes() != first


def test_the_query_is_a_diseased_patient_of_no_collection() -> None:
    query = query_spec(1)
    assert query.findings != ("No finding",)
    assert query.patient_id not in {spec.patient_id for spec in phantom_specs(300, 1)}
