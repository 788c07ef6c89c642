"""What every result says of where it comes from: one series each, of this program."""

import uuid
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid

from inference.dicom_results.content import RESEARCH_USE, ResultContent
from inference.dicom_results.source import UTF8, Source

MANUFACTURER = "Kindred"
SCHEME = "99KINDRED"
SCHEME_NAME = "Kindred, similar cases for research"
SERIES_NUMBERS = {"sc": 9901, "gsps": 9902, "seg": 9903, "sr": 9904}
"""Far above those of a modality: in a list of series the results stand last."""


def series_arguments(kind: str, title: str, content: ResultContent) -> dict[str, Any]:
    """The arguments that highdicom's constructors share.

    Args:
        kind: A key of `SERIES_NUMBERS`.
        title: What the series is, in at most 40 characters.
        content: For the program's version.
    """
    return {
        "series_instance_uid": generate_uid(),
        "series_number": SERIES_NUMBERS[kind],
        "sop_instance_uid": generate_uid(),
        "instance_number": 1,
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": "Kindred",
        "software_versions": content.program,
        "device_serial_number": device_uid(content.program).rsplit(".", 1)[-1],
        "series_description": f"Kindred {title}, research use only"[:64],
        "content_qualification": "RESEARCH",
        "specific_character_set": UTF8,
    }


def device_uid(program: str) -> UID:
    """The program as a device: the same for one version, whoever runs it."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'kindred {program}').int}")


def place(dataset: Dataset, source: Source) -> None:
    """The body part and side of the source's series; a side is empty where nothing is known."""
    for keyword in ("BodyPartExamined", "Laterality"):
        if keyword in source.dataset:
            dataset[keyword] = source.dataset[keyword]
    if "BodyPartExamined" not in dataset and "Laterality" not in dataset:
        dataset.Laterality = None


def finished(dataset: Dataset) -> Dataset:
    """With this program named as who wrote the file, in place of the library."""
    dataset.file_meta.ImplementationVersionName = "KINDRED"
    return dataset


def image_comment(content: ResultContent) -> str:
    """A line that viewers show beside a picture."""
    return f"{RESEARCH_USE}. Model {content.engine.bundle.manifest.name}"
