"""A table of labels beside the radiographs: `cases.csv`, or the file the user names.

    file                  the radiograph, from the catalogue's folder (the one needed column)
    case_id, patient_id, view, sex, age, source, report
    findings              names separated by ";"
    findings_source       who says so; where absent it follows from `source`
    severity..., ..._severity   numbers, such as a radiologist's score of extent
    ..._mask              files that belong to a case and are no case themselves

Every other column is kept as text. What the table says about the folder may be wrong without
being damaged (a file that is gone): that is a note. What makes it ambiguous or unsafe (one id
for two files, a path out of the folder) is an error, so that no case gets another's label.
"""

import csv
import hashlib
import io
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from inference.errors import LabelsTableError

TABLE_NAME = "cases.csv"
MAX_BYTES = 512_000_000
MAX_FIELD_CHARACTERS = 10_000_000

_KNOWN = frozenset(
    {
        "file",
        "case_id",
        "patient_id",
        "view",
        "sex",
        "age",
        "source",
        "report",
        "findings",
        "findings_source",
    }
)
_SEXES = {"m": "M", "male": "M", "f": "F", "female": "F"}


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What the table says of one file; the fields are those of `CaseRecord`."""

    file: str
    case_id: str = ""
    findings: tuple[str, ...] = ()
    findings_source: str = ""
    patient_id: str = ""
    sex: str = ""
    age: float | None = None
    view: str = ""
    source: str = ""
    report: str = ""
    severity: dict[str, float] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelsTable:
    """The whole table.

    Attributes:
        path: Where it was read from.
        sha256: Hex SHA-256 of its bytes.
        rows: By the file's relative path as the table writes it, cleaned.
        masks: Relative paths of files that are masks of cases, not cases.
        notes: Sentences for the user.
    """

    path: Path
    sha256: str
    rows: dict[str, LabelRow]
    masks: frozenset[str]
    notes: tuple[str, ...]


def read_labels(path: Path) -> LabelsTable:
    """Read a table of labels.

    Raises:
        LabelsTableError: It is missing or no such table, names one case or one file twice,
            or names a file outside its folder.
    """
    content = _read_bytes(path)
    text, notes = _decode(content, path)
    lines = _lines(text, path)
    first = next(lines, None)
    if first is None:
        raise LabelsTableError(path, "it is empty")
    header = first[1]
    columns = _columns(header, path)
    rows: dict[str, LabelRow] = {}
    lines_of_ids: dict[str, int] = {}
    masks: set[str] = set()
    short = 0
    for number, fields in lines:
        if len(fields) > len(header) and any(fields[len(header) :]):
            raise LabelsTableError(
                path,
                f"line {number} has {len(fields)} fields and the header has {len(header)}; "
                "put quotes around a text that contains a comma",
            )
        short += len(fields) < len(header)
        values = dict(zip(columns, (value.strip() for value in fields), strict=False))
        if not values.get("file"):
            notes.append(f"Line {number} of {path.name} names no file and was left out.")
            continue
        masks |= {
            _inside(value, path, number)
            for name, value in values.items()
            if name.endswith("_mask") and value
        }
        row = _row(values, path, number, notes)
        if row.file in rows:
            if rows[row.file] != row:
                raise LabelsTableError(path, f"line {number} names {row.file} a second time")
            notes.append(f"Line {number} of {path.name} repeats an earlier one.")
            continue
        if row.case_id and row.case_id in lines_of_ids:
            raise LabelsTableError(
                path,
                f"line {number} has the case_id {row.case_id}, which line "
                f"{lines_of_ids[row.case_id]} already has; each case needs its own",
            )
        lines_of_ids[row.case_id] = number
        rows[row.file] = row
    if short:
        notes.append(f"{short} lines of {path.name} end early; what is missing was left empty.")
    digest = hashlib.sha256(content).hexdigest()
    return LabelsTable(path, digest, rows, frozenset(masks), tuple(notes))


def matching_key(relative: str) -> str:
    """A form of a relative path in which two spellings of one file are equal.

    Case and Unicode composition differ between the systems a table travels through.
    """
    return unicodedata.normalize("NFC", relative).casefold()


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise LabelsTableError(path, f"there is no such file in {path.parent}")
        if path.stat().st_size > MAX_BYTES:
            raise LabelsTableError(path, f"it is larger than {MAX_BYTES // 1_000_000} MB")
        return path.read_bytes()
    except OSError as error:
        raise LabelsTableError(path, f"it cannot be read ({error.strerror})") from error


def _decode(content: bytes, path: Path) -> tuple[str, list[str]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text" of spreadsheets
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding != "cp1252":
            return text, []
        return text, [f"{path.name} is not UTF-8; it was read as Windows-1252."]
    raise LabelsTableError(path, "it is not text in UTF-8; save it again as CSV UTF-8")


def _lines(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every line that is not blank."""
    first = text.split("\n", 1)[0]
    delimiter = next(
        (mark for mark in ",\t;" if _has_file_column(first.split(mark))),
        ",",  # no delimiter gives a column "file": the error is the header's
    )
    previous = csv.field_size_limit(MAX_FIELD_CHARACTERS)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for fields in reader:
            if any(value.strip() for value in fields):
                yield reader.line_num, fields
    except csv.Error as error:
        raise LabelsTableError(
            path, f"line {reader.line_num} is not CSV ({error}); check its quotes"
        ) from error
    finally:
        csv.field_size_limit(previous)


def _has_file_column(header: list[str]) -> bool:
    return any(name.strip().strip('"').casefold() == "file" for name in header)


def _columns(header: list[str], path: Path) -> list[str]:
    columns = []
    for name in (name.strip() for name in header):
        lowered = name.casefold()
        columns.append(lowered if lowered in _KNOWN else name)
    if "file" not in columns:
        raise LabelsTableError(
            path, "its first line has no column named file, which says which radiograph is meant"
        )
    named = [name for name in columns if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise LabelsTableError(path, f"its column {twice[0]} appears twice")
    return columns


def _row(values: dict[str, str], path: Path, number: int, notes: list[str]) -> LabelRow:
    severity: dict[str, float] = {}
    extra: dict[str, str] = {}
    for name, value in values.items():
        if name in _KNOWN or not name or not value:
            continue
        score = _number(value) if _is_severity(name) else None
        if score is None:
            extra[name] = value
        else:
            severity[name] = score
    age = _age(values.get("age", ""))
    if values.get("age") and age is None:
        notes.append(f"Line {number} of {path.name} has an age that is no number of years.")
    sex = _SEXES.get(values.get("sex", "").casefold(), "")
    parts = (finding.strip() for finding in values.get("findings", "").split(";"))
    findings = tuple(dict.fromkeys(finding for finding in parts if finding))
    source = values.get("source", "")
    given = values.get("findings_source", "")
    return LabelRow(
        file=_inside(values["file"], path, number),
        case_id=values.get("case_id", ""),
        findings=findings,
        findings_source=given or _findings_source(source, findings, severity),
        patient_id=values.get("patient_id", ""),
        sex=sex,
        age=age,
        view=values.get("view", ""),
        source=source,
        report=values.get("report", ""),
        severity=severity,
        extra=extra,
    )


def _inside(written: str, path: Path, number: int) -> str:
    name = written.replace("\\", "/")
    pure = PurePosixPath(name)
    if pure.is_absolute() or re.match(r"[A-Za-z]:", name) or ".." in pure.parts:
        raise LabelsTableError(
            path,
            f"line {number} names {written}, which is not inside the folder; "
            "write paths from the folder, without ..",
        )
    return str(pure)


def _is_severity(name: str) -> bool:
    lowered = name.casefold()
    return lowered.startswith("severity") or lowered.endswith("_severity")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _age(text: str) -> float | None:
    # DICOM's age string (PS3.5, 6.2, AS) is met in tables too: 045Y, 018M, 003W, 010D.
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([YMWDymwd]?)", text)
    if match is None:
        return None
    per_year = {"Y": 1.0, "M": 12.0, "W": 52.1775, "D": 365.2425}[match[2].upper() or "Y"]
    years = float(match[1]) / per_year
    return years if years <= 150 else None


def _findings_source(source: str, findings: tuple[str, ...], severity: dict[str, float]) -> str:
    lowered = source.casefold()
    if "phantom" in lowered:
        return "phantom truth"
    if "chestx-ray14" in lowered or "nih chestx" in lowered:
        origin = "text-mined"
    elif "covid-chestxray" in lowered:
        origin = "report"
    else:
        origin = "table"
    parts = [origin] if findings else []
    if severity:
        parts.append("severity by radiologist")
    return "; ".join(parts)
