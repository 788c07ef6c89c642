"""What an indexing run has to do, from what lies in the folder and what is known of it.

listing, labels table, database -> Plan: files to read, files that are known, refusals, notes
"""

import hashlib
import json
import logging
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from inference.catalogue_database import KnownFile, WorkDatabase
from inference.catalogue_scan import Listing, list_folder, radiographs_in
from inference.errors import CatalogueError
from inference.labels_table import TABLE_NAME, LabelsTable, matching_key, read_labels

Stage = Literal["listing", "reading", "indexing"]

_log = logging.getLogger(__name__)

_REPORT_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class BuildProgress:
    """How far indexing is.

    Attributes:
        stage: "listing": the folder is searched. "reading": radiographs are decoded and
            embedded. "indexing": what was found is written for readers.
        done: Files or steps of this stage that are done.
        total: Of how many; 0 while listing, when it is not known.
        current: The file's path from the folder, or "".
        refused: Files refused so far.
    """

    stage: Stage
    done: int
    total: int
    current: str = ""
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: everything that the listing and the table decided.

    Attributes:
        to_read: To be decoded and embedded.
        known: Everything that is or will be a case, by relative path; runs change it.
        refused: Why files are no cases, by relative path; runs add to it.
        notes: Sentences for the user on the labels table.
        table_sha256: Of the labels table that was read, or "".
    """

    to_read: tuple[KnownFile, ...]
    known: dict[str, KnownFile]
    refused: dict[str, str]
    notes: tuple[str, ...]
    table_sha256: str


def listed(folder: Path) -> Generator[BuildProgress, None, Listing]:
    """List a folder, saying several times a second how far that is."""
    yield BuildProgress("listing", 0, 0)
    reported = time.monotonic()
    steps = list_folder(folder)
    while True:
        try:
            count = next(steps)
        except StopIteration as end:
            listing: Listing = end.value
            return listing
        if time.monotonic() - reported > _REPORT_EVERY_S:
            reported = time.monotonic()
            yield BuildProgress("listing", count, 0)


def table_path(folder: Path, database: WorkDatabase, given: Path | None) -> Path | None:
    """Where the labels are: as given, else in the folder, else where they were the last time."""
    own = folder / TABLE_NAME
    if given is not None:
        return given
    if own.is_file():
        return own
    remembered = database.setting("labels")
    return Path(remembered) if remembered else None


def table_sha256(path: Path | None) -> str:
    """Hex SHA-256 of a labels table as it lies there; "" where there is none to be read."""
    try:
        if path is None or not path.is_file():
            return ""
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def make_plan(
    folder: Path,
    database: WorkDatabase,
    listing: Listing,
    labels: Path | None,
    methods: Sequence[str],
) -> Generator[BuildProgress, None, Plan]:
    """Compare a folder with what is known of it, and forget what is gone.

    Args:
        folder: Absolute.
        database: Open; what changed without being embedded again is stored and committed.
        listing: What lies in the folder.
        labels: The labels table that was given, if any.
        methods: That every case must have.

    Raises:
        CatalogueError: There are no radiographs.
        LabelsTableError: The table cannot be used.
    """
    known = database.files()
    unchanged = {path: (file.size, file.mtime_ns) for path, file in known.items()}
    found: dict[str, tuple[int, int]] = {}
    refused: dict[str, str] = {}
    closed: list[str] = []
    reported = time.monotonic()
    for file in radiographs_in(folder, listing, unchanged):
        if file.problem:
            refused[file.relative] = file.problem
            if file.is_folder:
                closed.append("" if file.relative == "." else f"{file.relative}/")
        else:
            found[file.relative] = (file.size, file.mtime_ns)
        if time.monotonic() - reported > _REPORT_EVERY_S:
            reported = time.monotonic()
            yield BuildProgress("listing", len(found), 0, file.relative, len(refused))
    for path in known.keys() - found.keys():
        # A sub-folder that cannot be listed today may come back: its cases stay.
        if not path.startswith(tuple(closed)):
            database.remove(path)
            del known[path]
    if not found and not known and not refused:
        raise CatalogueError(folder, "there are no radiographs in it")
    table, notes = _table(folder, database, labels)
    masks = {matching_key(mask) for mask in table.masks} if table else set()
    rows, row_notes = _matched_rows(table, found)
    to_read = []
    wanted = frozenset(methods)
    for path, (size, mtime_ns) in found.items():
        if masks and matching_key(path) in masks:
            if path in known:
                database.remove(path)
                del known[path]
            continue
        before = known.get(path)
        label = rows.get(path, "") if table else (before.labels if before else "")
        if before is not None and unchanged[path] == (size, mtime_ns):
            if before.labels != label:
                before = known[path] = replace(before, labels=label)
                database.put(before, {})
            if not before.methods >= wanted:
                to_read.append(before)
        else:
            to_read.append(KnownFile(path, size, mtime_ns, labels=label))
    if masks:
        # As the table says: nothing the user need know.
        _log.info("%d files that the table calls masks are no cases", len(masks))
    database.commit()
    digest = table.sha256 if table else ""
    return Plan(tuple(to_read), known, refused, (*notes, *row_notes), digest)


def _table(
    folder: Path, database: WorkDatabase, labels: Path | None
) -> tuple[LabelsTable | None, tuple[str, ...]]:
    own = folder / TABLE_NAME
    path = table_path(folder, database, labels)
    if path is None:
        return LabelsTable(own, "", {}, frozenset(), ()), ()
    if labels is None and path != own and not path.is_file():
        return None, (f"{path.name} is not there any more; the labels it gave were kept.",)
    database.remember("labels", "" if path == own else str(path.absolute()))
    table = read_labels(path)
    return table, table.notes


def _matched_rows(
    table: LabelsTable | None, listed: Iterable[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The table's rows as JSON, by the files that are really there, and what did not match."""
    if table is None or not table.rows:
        return {}, ()
    listed = set(listed)
    by_key = {matching_key(path): path for path in listed}
    rows: dict[str, str] = {}
    unknown = []
    for name, row in table.rows.items():
        path = name if name in listed else by_key.get(matching_key(name))
        if path is None or path in rows:
            unknown.append(name)
            continue
        fields = asdict(row)
        del fields["file"]
        rows[path] = json.dumps(fields, sort_keys=True)
    notes = []
    if unknown:
        notes.append(
            f"{_counted(len(unknown), 'row')} of {table.path.name} name files that are not in "
            f"the folder, such as {unknown[0]}."
        )
    masks = {matching_key(mask) for mask in table.masks}
    without = sum(path not in rows and matching_key(path) not in masks for path in listed)
    if without:
        notes.append(f"{_counted(without, 'radiograph')} without a row in {table.path.name}.")
    return rows, tuple(notes)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
