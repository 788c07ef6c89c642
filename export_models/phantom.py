"""Synthetic chest radiographs with known disease, so that demo and tests need nobody's image.

phantom_spec        what decides one phantom
phantom_projection  spec -> pixels: phantom_anatomy, _skeleton, _vessels, _lesions and
                    _devices say what the rays meet
phantom_dicom       pixels -> DICOM file
this module         a labelled collection: DICOM files, lesion masks and `cases.csv`
"""

import csv
import io
import json
import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from export_models.phantom_dicom import phantom_uid, write_phantom_dicom, write_whole
from export_models.phantom_projection import Phantom, draw_phantom, lung_boxes
from export_models.phantom_spec import PhantomSpec, random_spec

__all__ = [
    "Phantom",
    "PhantomSpec",
    "draw_phantom",
    "lung_boxes",
    "phantom_specs",
    "query_spec",
    "random_spec",
    "write_phantom_cases",
    "write_phantom_dicom",
]

COLUMNS = (
    "case_id", "file", "source", "source_file", "patient_id", "split", "view", "sex", "age",
    "findings", "severity_extent", "severity_opacity", "effusion_severity", "lung_boxes",
    "lesion_mask", "report", "licence",
)  # fmt: skip
_SPLITS = ("train", "train", "test", "train", "train", "valid", "train", "test", "train", "train")
SECOND_IMAGE = 4
"""One patient in this many has two images."""


def phantom_specs(count: int, seed: int) -> list[PhantomSpec]:
    """The specs of a collection: patients one after another, some with two images."""
    specs: list[PhantomSpec] = []
    patient = 0
    while len(specs) < count:
        images = 2 if patient % SECOND_IMAGE == SECOND_IMAGE - 1 else 1
        for image in range(min(images, count - len(specs))):
            body = int(np.random.SeedSequence([seed, patient]).generate_state(1)[0])
            specs.append(random_spec(body, patient_number=patient, image_number=image))
        patient += 1
    return specs


def query_spec(seed: int) -> PhantomSpec:
    """A diseased patient whom no collection of fewer than 9000 patients holds."""
    body = int(np.random.SeedSequence([seed, 9000]).generate_state(1)[0])
    return random_spec(body, patient_number=9000, is_diseased=True)


def split_of(patient_number: int) -> str:
    """Of ten patients seven train, one validates, two test; all images of one together."""
    return _SPLITS[patient_number % len(_SPLITS)]


def write_phantom_cases(
    folder: Path, count: int, seed: int, *, size: int = 512, workers: int | None = None
) -> Generator[int]:
    """Write `count` phantoms into `folder`, yielding after each how many are there.

    Files that an earlier, interrupted run of the same arguments wrote are kept. The table
    comes last, so that a folder with a table is complete.

    Args:
        folder: Is made. Gets `images/`, `masks/` and `cases.csv`.
        count: At least 1.
        seed: Of the collection.
        size: Rows of each image.
        workers: Threads; None for one per core.

    Raises:
        OSError: The folder is full or read-only.
    """
    specs = phantom_specs(count, seed)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as executor:
        jobs = [executor.submit(_write_case, folder, spec, size) for spec in specs]
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                job.result()
                yield done
        finally:  # abandoned or failed: what has not begun never will
            executor.shutdown(wait=True, cancel_futures=True)
    write_whole(folder / "cases.csv", _table(specs, size).encode("utf-8"))


def case_id(spec: PhantomSpec) -> str:
    """Unique in a collection."""
    return f"p{spec.patient_number:04d}-{spec.image_number}"


def _write_case(folder: Path, spec: PhantomSpec, size: int) -> None:
    path = folder / "images" / f"{case_id(spec)}.dcm"
    if _is_written(path, spec, size):
        return
    phantom = draw_phantom(spec, size)
    if spec.findings != ("No finding",):
        buffer = io.BytesIO()
        Image.fromarray(phantom.lesion_mask).save(buffer, "PNG")
        write_whole(folder / _mask_name(spec), buffer.getvalue())
    write_phantom_dicom(phantom, path)  # last: where it is, the mask is too


def _is_written(path: Path, spec: PhantomSpec, size: int) -> bool:
    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["SOPInstanceUID"])
    except (OSError, InvalidDicomError):
        return False
    return bool(header.get("SOPInstanceUID") == phantom_uid(spec, size, "instance"))


def _mask_name(spec: PhantomSpec) -> str:
    return f"masks/{case_id(spec)}.png"


def _table(specs: list[PhantomSpec], size: int) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for spec in specs:
        writer.writerow(_row(spec, size))
    return text.getvalue()


def _row(spec: PhantomSpec, size: int) -> dict[str, str | int | float]:
    is_clear = spec.findings == ("No finding",)
    return {
        "case_id": case_id(spec),
        "file": f"images/{case_id(spec)}.dcm",
        "source": "Kindred phantom",
        "source_file": f"seed {spec.seed}",
        "patient_id": spec.patient_id,
        "split": split_of(spec.patient_number),
        "view": spec.view,
        "sex": spec.sex,
        "age": spec.age,
        "findings": ";".join(spec.findings),
        **spec.severity,
        "lung_boxes": json.dumps(lung_boxes(spec, size)),
        "lesion_mask": "" if is_clear else _mask_name(spec),
        "report": report(spec),
        "licence": "MIT",
    }


def report(spec: PhantomSpec) -> str:
    """The truth as a short text that says it is synthetic."""
    sides = ("right", "left")
    sentences = []
    for side, volume in zip(sides, spec.effusions, strict=True):
        if volume:
            size = "Small" if volume < 0.2 else "Moderate" if volume < 0.5 else "Large"
            sentences.append(f"{size} {side} pleural effusion.")
    for side, extent in zip(sides, spec.consolidations, strict=True):
        if extent:
            share = round(20 * extent) * 5 or 5
            sentences.append(f"Patchy consolidation of about {share} % of the {side} lung.")
    devices = {"ecg": "ECG leads", "central line": "central venous line"}
    present = [devices.get(device, device) for device in spec.devices]
    if not sentences:
        sentences.append("No effusion, no consolidation.")
    if present:
        sentences.append(f"In place: {', '.join(present)}.")
    return "Synthetic phantom. " + " ".join(sentences)
