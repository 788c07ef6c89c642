"""What the browser says of patients, studies, series and files."""

import re

from inference.browse_files import BrowsedFile
from viewer.translation import tr

# A name in a script that runs from right to left must not turn what stands beside it.
_ISOLATE, _END = "\u2068", "\u2069"

SortKey = tuple[str | int, ...]
Level = tuple[tuple[str, ...], SortKey, str]
"""A step on the way to a file: what it is told by, how it is sorted, and its title."""


def levels(file: BrowsedFile) -> tuple[Level, ...]:
    """The steps to a file: patient, study and series; or its folder, where it names none."""
    if not file.has_patient:
        title = _apart(file.folder) if file.folder else tr("This folder")
        return (((("folder", file.folder)), (1, _by_number(file.folder)), title),)
    # By the id where there is one: names are spelled differently from visit to visit.
    patient = ("patient", file.patient_id or "name " + file.patient_name)
    study = (*patient, file.study_uid or "date " + file.study_date)
    series = (*study, file.series_uid or f"number {file.series_number}")
    return (
        (
            patient,
            (0, _by_number(file.patient_name), _by_number(file.patient_id)),
            patient_title(file),
        ),
        # The newest study first.
        (study, (_backwards(file.study_date), file.study_uid), study_title(file)),
        (series, (_number(file.series_number), file.series_uid), series_title(file)),
    )


def patient_title(file: BrowsedFile) -> str:
    """Such as "Cohen, Sara · 4711 · F · 1950-03-01"."""
    name = file.patient_name or tr("No name")
    return _listed(name, file.patient_id, file.sex, date_text(file.birth_date))


def study_title(file: BrowsedFile) -> str:
    """Such as "2024-03-01 · Thorax"."""
    return _listed(date_text(file.study_date) or tr("No date"), file.study_description)


def series_title(file: BrowsedFile) -> str:
    """Such as "2 · DX · Thorax PA"."""
    number = "" if file.series_number is None else str(file.series_number)
    words = file.series_description
    view = "" if file.view and file.view in words.split() else file.view
    return _listed(number, file.modality, words, view) or tr("Series")


def file_title(file: BrowsedFile) -> str:
    """Under its thumbnail."""
    if file.has_patient:
        number = "" if file.instance_number is None else f"{file.instance_number}"
        return _listed(number, file.modality, file.view) or _apart(file.name)
    return _apart(file.name)


def file_description(file: BrowsedFile) -> str:
    """All of it in a few lines, for the tool tip and for screen readers."""
    lines = [_apart(file.relative)]
    if file.has_patient:
        lines = [patient_title(file), study_title(file), series_title(file), *lines]
    if file.problem:
        lines.append(problem_text(file))
    return "\n".join(lines)


def problem_text(file: BrowsedFile) -> str:
    """Why it cannot be opened, as a sentence."""
    return tr("Cannot open {name}: {reason}.").format(name=_apart(file.name), reason=file.problem)


def date_text(stated: str) -> str:
    """YYYYMMDD with hyphens; anything else as it is stated."""
    if len(stated) == 8 and stated.isascii() and stated.isdigit():
        return f"{stated[:4]}-{stated[4:6]}-{stated[6:]}"
    return stated


def order(file: BrowsedFile) -> tuple[SortKey, ...]:
    """How files are sorted: as the tree, then by number and name."""
    own: SortKey = (_number(file.instance_number), _by_number(file.relative))
    return (*(key for _, key, _ in levels(file)), own)


def summary(files: int, patients: int, folders: int, problems: int) -> str:
    """What was found, in a line."""
    parts = [_counted(files, tr("{count} file"), tr("{count} files"))]
    if patients:
        parts.append(_counted(patients, tr("{count} patient"), tr("{count} patients")))
    if folders:
        one, many = tr("{count} folder without patients"), tr("{count} folders without patients")
        parts.append(_counted(folders, one, many))
    if problems:
        parts.append(tr("{count} cannot be opened").format(count=f"{problems:,}"))
    return " · ".join(parts)


def _counted(count: int, one: str, many: str) -> str:
    return (one if count == 1 else many).format(count=f"{count:,}")


def _listed(*parts: str) -> str:
    return " · ".join(_apart(part) for part in parts if part)


def _apart(text: str) -> str:
    return text if text.isascii() else f"{_ISOLATE}{text}{_END}"


def _by_number(name: str) -> str:
    """So that 10 comes after 9."""
    return re.sub(r"\d+", lambda found: found[0].zfill(12), name.casefold())


def _backwards(date: str) -> int:
    return -int(date) if date.isascii() and date.isdigit() else 0


def _number(number: int | None) -> int:
    return number if number is not None else 1 << 40
