"""Reading a published CSV file, compressed or not, and the codings that several share."""

import csv
import gzip
import io
import re
import zlib
from pathlib import Path

from export_models.datasets.records import LabelState
from inference.errors import LabelsTableError

MAX_BYTES = 2_000_000_000

_STATES = {
    1.0: LabelState.POSITIVE,
    0.0: LabelState.NEGATIVE,
    -1.0: LabelState.UNCERTAIN,
}


def read_text(path: Path) -> str:
    """The text of a file, decompressed where its content is gzip, whatever its name.

    Raises:
        LabelsTableError: It cannot be read, or is not UTF-8.
    """
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(content)) as stream:
                content = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise LabelsTableError(path, "it cannot be read, or is not whole") from error
    if len(content) > MAX_BYTES:
        raise LabelsTableError(path, f"it is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelsTableError(path, "it is not UTF-8 text") from error


def read_rows(path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows by column name, values stripped; columns without a name are left out.

    Raises:
        LabelsTableError: As `read_text`, or a needed column is missing.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [name for name in needed if name not in header]
        if missing:
            raise LabelsTableError(path, f"it has no column named {missing[0]}")
        return [
            {name: value.strip() for name, value in zip(header, fields, strict=False) if name}
            for fields in reader
            if any(value.strip() for value in fields)
        ]
    except csv.Error as error:
        raise LabelsTableError(path, f"line {reader.line_num} is not CSV ({error})") from error


def chexpert_state(written: str, path: Path) -> LabelState:
    """A label as the CheXpert labeller writes it: 1.0, 0.0, -1.0 or nothing.

    Raises:
        LabelsTableError: It is something else.
    """
    if not written:
        return LabelState.UNMENTIONED
    try:
        return _STATES[float(written)]
    except (ValueError, KeyError) as error:
        raise LabelsTableError(path, f"{written!r} is no label; 1, 0, -1 or empty is") from error


def age_in_years(written: str) -> float | None:
    """An age such as 58, 058Y or 008M in years; None for none, 0 years or over 120.

    ChestX-ray14 has ages such as 414, which are mistakes in the file, and CheXpert writes 0
    for unknown.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([YMWD]?)", written)
    if match is None:
        return None
    years = float(match[1]) / {"Y": 1.0, "M": 12.0, "W": 52.1775, "D": 365.2425}[match[2] or "Y"]
    return years if 0 < years <= 120 else None


def sex_letter(written: str) -> str:
    """ "M", "F", or "" for anything else."""
    first = written[:1].upper()
    return first if first in ("M", "F") else ""
