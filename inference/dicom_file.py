"""Opens DICOM files, and reads single elements without trusting any of them.

Files in archives break the standard in every way: what pydicom raises is turned into one sentence
for the user, its warnings are kept off the screen, and an element that cannot be read counts as
absent.
"""

import logging
import math
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_file_meta_info
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from inference.collected_warnings import collected_warnings
from inference.errors import UnreadableRadiographError
from inference.radiograph_file import MAX_FILE_BYTES
from inference.records import Header

_log = logging.getLogger(__name__)

DAMAGED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BytesLengthException,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pydicom 3 and its decoders have been seen to raise for damaged files. A damaged element
surfaces wherever it is first used, so the types say little about the cause."""

_HEADER_KEYWORDS = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID",
    "Modality", "BodyPartExamined", "AnatomicRegionSequence", "ViewPosition", "ViewCodeSequence",
    "ImageLaterality", "Laterality", "PatientOrientation",
    "PatientID", "PatientSex", "PatientAge", "BurnedInAnnotation",
]  # fmt: skip
_VIEWS = {
    "postero-anterior": "PA", "antero-posterior": "AP", "left lateral": "LL",
    "right lateral": "RL", "lateral": "LATERAL",
}  # fmt: skip
_AXES = {"L": 0, "R": 0, "A": 1, "P": 1, "H": 2, "F": 2}
_PER_YEAR = {"": 1.0, "Y": 1.0, "M": 12.0, "W": 52.1775, "D": 365.2425}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what pydicom and its decoders raise into one sentence, and log their warnings.

    Raises:
        UnreadableRadiographError: In place of whatever they raised.
    """
    with collected_warnings() as texts:
        try:
            yield
        except RecursionError as error:
            raise UnreadableRadiographError(
                path, "its sequences are nested too deeply; the file is damaged or hostile"
            ) from error
        except MemoryError as error:
            raise UnreadableRadiographError(
                path, "there is not enough memory to open it; close other programs"
            ) from error
        except DAMAGED as error:
            raise UnreadableRadiographError(
                path,
                "the file is damaged or cut short "
                f"({_first_line(error)}); fetch it again from its source",
            ) from error
        finally:
            for text in texts:
                _log.info("%s: %s", path.name, text)


def open_dataset(path: Path, *, pixels: bool, keywords: Sequence[str] | None = None) -> Dataset:
    """Parse a DICOM file, with or without preamble; to be called inside `translated`.

    Args:
        path: The file.
        pixels: Whether to read the pixels too, and what follows them.
        keywords: Only these elements, which is faster.
    """
    _refuse_deflated_bomb(path)
    with path.open("rb") as file:
        return pydicom.dcmread(
            file,
            stop_before_pixels=not pixels,
            specific_tags=None if keywords is None else list(keywords),
            force=True,
        )


def transfer_syntax(dataset: Dataset) -> UID:
    """The transfer syntax the file states, else the plain one it was found to be written in."""
    meta = getattr(dataset, "file_meta", None)
    stated = text(meta, "TransferSyntaxUID") if meta is not None else ""
    if stated:
        return UID(stated)
    is_implicit, is_little = dataset.original_encoding
    if is_little is False:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian


def header_of(dataset: Dataset) -> Header:
    """What the file says of itself; elements that are absent or not valid are left empty."""
    sex = text(dataset, "PatientSex").upper()
    burned_in = text(dataset, "BurnedInAnnotation").upper()
    laterality = (text(dataset, "ImageLaterality") or text(dataset, "Laterality")).upper()
    view = _first_meaning(dataset, "ViewCodeSequence")
    return Header(
        modality=text(dataset, "Modality").upper(),
        body_part=(
            text(dataset, "BodyPartExamined") or _first_meaning(dataset, "AnatomicRegionSequence")
        ).upper(),
        view_position=(text(dataset, "ViewPosition") or _VIEWS.get(view.lower(), view)).upper(),
        laterality=laterality if laterality in ("L", "R", "B", "U") else "",
        patient_orientation=_orientation(texts(dataset, "PatientOrientation")),
        patient_id=text(dataset, "PatientID"),
        patient_sex=sex if sex in ("M", "F", "O") else "",
        patient_age=age_in_years(text(dataset, "PatientAge")),
        study_uid=text(dataset, "StudyInstanceUID"),
        series_uid=text(dataset, "SeriesInstanceUID"),
        instance_uid=text(dataset, "SOPInstanceUID"),
        burned_in_annotation=burned_in if burned_in in ("YES", "NO") else "",
        transfer_syntax=str(transfer_syntax(dataset)),
    )


def read_dicom_header(path: Path) -> Header:
    """Read what a DICOM file says of itself, without its pixels.

    Raises:
        UnreadableRadiographError: It is damaged, or no DICOM at all.
    """
    with translated(path):
        dataset = open_dataset(path, pixels=False, keywords=_HEADER_KEYWORDS)
        if len(dataset) == 0:
            raise UnreadableRadiographError(
                path, "nothing in it can be read as DICOM; fetch it again from its source"
            )
        return header_of(dataset)


def is_dicom_directory(path: Path) -> bool:
    """Whether it is a DICOMDIR, which lists radiographs and holds none."""
    with translated(path):
        try:
            meta = read_file_meta_info(path)
        except InvalidDicomError:  # no preamble: never a directory, which the standard defines with
            return False
        return text(meta, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage


def age_in_years(age: str) -> float | None:
    """Read a DICOM Age String such as "045Y" or "006M", or plain years; None for anything else.

    Source:
        DICOM PS3.5 6.2, value representation AS.
    """
    found = re.fullmatch(r"\s*(\d{1,3})\s*([YMWD]?)\s*", age.upper())
    return None if found is None else int(found[1]) / _PER_YEAR[found[2]]


def text(dataset: Dataset, keyword: str) -> str:
    """The element's first value as text without outer blanks; "" where absent or unreadable."""
    found = texts(dataset, keyword)
    return found[0] if found else ""


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """All values of an element as text; empty where it is absent or unreadable."""
    return [str(value).strip(" \0") for value in _values(dataset, keyword)]


def number(dataset: Dataset, keyword: str) -> float | None:
    """The element's first value; None where absent, unreadable or empty. May be infinite."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """All values of an element, as long as each is a number; else none. May be infinite."""
    try:
        return [float(value) for value in _values(dataset, keyword)]
    except DAMAGED:
        return []


def integer(dataset: Dataset, keyword: str) -> int | None:
    """The element's first value as a whole number; None where it is not one."""
    found = number(dataset, keyword)
    return int(found) if found is not None and math.isfinite(found) else None


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; empty where it is absent or unreadable."""
    return [value for value in _values(dataset, keyword) if isinstance(value, Dataset)]


def _values(dataset: Dataset, keyword: str) -> list[Any]:
    try:
        value = dataset.get(keyword)
    except RecursionError:
        raise
    except DAMAGED:
        return []
    if value is None or (isinstance(value, str | bytes) and not value):
        return []
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def _first_meaning(dataset: Dataset, keyword: str) -> str:
    found = items(dataset, keyword)
    return text(found[0], "CodeMeaning") if found else ""


def _orientation(stated: list[str]) -> tuple[str, str] | None:
    """The two directions, or None unless they are letters of different axes of the body.

    Source:
        DICOM PS3.3 C.7.6.1.1.1.
    """
    if len(stated) != 2 or not all(stated):
        return None
    for direction in stated:
        axes = [_AXES.get(letter) for letter in direction]
        if None in axes or len(set(axes)) != len(axes):
            return None
    if _AXES[stated[0][0]] == _AXES[stated[1][0]]:
        return None
    return stated[0], stated[1]


def _refuse_deflated_bomb(path: Path) -> None:
    """Unpack a deflated file piece by piece, so that a small one cannot fill the memory."""
    with path.open("rb") as file:
        head = file.read(4096)
        if DeflatedExplicitVRLittleEndian.encode() not in head:
            return
        meta = 132 if head[128:132] == b"DICM" else 0
        if head[meta : meta + 4] != b"\x02\0\0\0":  # no group length: pydicom finds the end
            raise UnreadableRadiographError(
                path, "its file header is damaged; fetch it again from its source"
            )
        file.seek(meta + 12 + int.from_bytes(head[meta + 8 : meta + 12], "little"))
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        size, packed = 0, file.read(1 << 20)
        while packed and not stream.eof:
            size += len(stream.decompress(packed, 1 << 24))
            packed = stream.unconsumed_tail or file.read(1 << 20)
            if size > MAX_FILE_BYTES:
                raise UnreadableRadiographError(
                    path, f"unpacked it is larger than {MAX_FILE_BYTES >> 30} GB; save it smaller"
                )


def _first_line(error: BaseException) -> str:
    said = shorten(str(error), 160, placeholder="…").rstrip(".")
    return said or type(error).__name__
