"""The four kinds of result by name: built one after the other, and written to a folder.

for built in build_results(path, content, ("sr", "gsps")):
    if built.dataset is not None:
        write_result(built.dataset, folder)
"""

import importlib.util
import io
import os
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from inference.collected_warnings import collected_warnings
from inference.dicom_results.content import ResultContent
from inference.dicom_results.errors import MISSING_EXTRA, ReturnError
from inference.errors import ExportError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from inference.dicom_results.source import Source

# pydicom and highdicom are deferred: a window starts without them.

KINDS = {
    "sc": "Secondary Capture",
    "gsps": "Presentation State",
    "seg": "Segmentation",
    "sr": "Structured Report",
}


@dataclass(frozen=True, slots=True, eq=False)
class BuiltResult:
    """One result, or why there is none.

    Attributes:
        kind: A key of `KINDS`.
        dataset: Ready to be written or sent; None where it could not be made.
        problem: Why not; "" where it was made.
        notes: Sentences on what the source's file lacked.
    """

    kind: str
    dataset: "Dataset | None" = field(repr=False)
    problem: str = ""
    notes: tuple[str, ...] = ()


def check_results_possible() -> None:
    """Whether the packages for results are installed.

    Raises:
        ReturnError: They are not; with what to do.
    """
    if importlib.util.find_spec("highdicom") is None:
        raise ReturnError("results as DICOM", MISSING_EXTRA)


def build_results(
    path: Path, content: ResultContent, kinds: Sequence[str]
) -> Generator[BuiltResult, None, None]:
    """Make results for a radiograph's file.

    Args:
        path: The query's file.
        content: What is returned.
        kinds: Keys of `KINDS`.

    Yields:
        One for each kind: what cannot be made says why, and the others are made all the same.

    Raises:
        ReturnError: The file is no DICOM, lacks what every result needs, or highdicom is missing.
        UnreadableRadiographError: The file is gone or damaged.
    """
    check_results_possible()
    from inference.dicom_results.source import read_source

    source = read_source(path)
    radiograph = content.analysis.radiograph
    assert radiograph is not None
    if source.shape != radiograph.shape:
        raise ReturnError(
            f"results for {path.name}", "the file changed since it was analysed; open it again"
        )
    for kind in kinds:
        try:
            with collected_warnings():  # what highdicom and pydicom think of the source's file
                dataset = _build(kind, source, content)
        except ReturnError as error:
            yield BuiltResult(kind, None, str(error), source.notes)
        else:
            yield BuiltResult(kind, dataset, "", source.notes)


def file_name(dataset: "Dataset") -> str:
    """A name that says nothing of the patient: the modality and the instance's UID."""
    return f"{dataset.Modality}.{dataset.SOPInstanceUID}.dcm"


def result_bytes(dataset: "Dataset") -> bytes:
    """The file's content, with its preamble."""
    buffer = io.BytesIO()
    with collected_warnings():
        dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def write_result(dataset: "Dataset", folder: Path) -> Path:
    """Write one result, whole or not at all; the folder is made where there is none.

    Returns:
        Its path.

    Raises:
        ExportError: It cannot be written there.
    """
    path = folder / file_name(dataset)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(result_bytes(dataset))
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ExportError(path, f"{error.strerror or error}; choose another place") from error
    return path


def _build(kind: str, source: "Source", content: ResultContent) -> "Dataset":
    # Each brings highdicom along, which takes a second to import.
    from inference.dicom_results.presentation_state import presentation_state
    from inference.dicom_results.salient_region import salient_region
    from inference.dicom_results.secondary_capture import secondary_capture
    from inference.dicom_results.segmentation import segmentation
    from inference.dicom_results.structured_report import structured_report

    if kind == "sc":
        return secondary_capture(source, content)
    if kind == "sr":
        return structured_report(source, content)
    region = salient_region(content)
    if kind == "gsps":
        return presentation_state(source, content, region)
    if kind == "seg":
        return segmentation(source, content, region)
    raise ValueError(f"no such kind of result: {kind}")
