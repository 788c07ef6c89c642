"""A folder -> the files in it that are, or should be, radiographs.

    list_folder(folder) -> Listing -> radiographs_in(folder, listing, known)

Listing asks each file's name, size and time and no more, so that a folder of 100,000 files in
which nothing changed costs little beside that. Then files are judged by their content, so that
DICOM without an extension is found and a text file named like a picture is refused with a reason
instead of being passed over. Nothing is decoded here, and files that an earlier run knows with
the same size and time are not even opened.
"""

import hashlib
import os
import struct
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from inference.collected_warnings import collected_warnings
from inference.radiograph_io import is_radiograph_file

STORE_NAME = ".kindred"
"""Where a catalogue keeps its own files; never searched for radiographs."""

RULES_VERSION = 1
"""To be raised whenever other files of the same folder would be found than before."""

RADIOGRAPH_SUFFIXES = frozenset(
    {".dcm", ".dicom", ".dic", ".ima", ".jpg", ".jpeg", ".png", ".tif", ".tiff"}
)
"""A file named so is listed even where its content is something else: its owner expects it."""

_REPORT_EVERY = 1000

_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    AttributeError,
    KeyError,
    TypeError,
    NotImplementedError,
    RecursionError,
    struct.error,
)
"""What pydicom raises over damaged files."""

_UNKNOWN: Mapping[str, tuple[int, int]] = {}

_Row = tuple[str, int, int]
"""A file's name, size in bytes, and time of its last change in nanoseconds."""


class ScannedFile(NamedTuple):
    """One file of the folder.

    Attributes:
        relative: Its path from the folder, with forward slashes on every system.
        size: In bytes.
        mtime_ns: Time of its last change, in nanoseconds.
        problem: Why it cannot be a case, or "".
        is_folder: Whether it is a sub-folder that could not be listed.
    """

    relative: str
    size: int = 0
    mtime_ns: int = 0
    problem: str = ""
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that lies in a folder and its sub-folders, whatever it is.

    Attributes:
        folders: Each folder's path from the whole, ending in "/" or empty, and its files by name.
        problems: What could not be looked at: unreadable sub-folders, names that are not text.
        sha256: Hex SHA-256 over all of it: where it is the same, nothing changed.
    """

    folders: tuple[tuple[str, tuple[_Row, ...]], ...]
    problems: tuple[ScannedFile, ...]
    sha256: str


def list_folder(folder: Path) -> Generator[int, None, Listing]:
    """List a folder and its sub-folders.

    Args:
        folder: Where to look. Links to folders elsewhere are followed once; loops are not.

    Yields:
        How many files were listed so far, now and then.

    Returns:
        The listing.
    """
    folders: list[tuple[str, tuple[_Row, ...]]] = []
    problems: list[ScannedFile] = []
    digest = hashlib.sha256()
    visited = {_real(folder)}
    waiting: list[tuple[str, os.DirEntry[str] | None]] = [("", None)]
    count = 0
    while waiting:
        prefix, link = waiting.pop()
        if link is not None and not _is_worth_following(link, visited):
            continue
        rows: list[_Row] = []
        inner: list[os.DirEntry[str]] = []
        faults: list[ScannedFile] = []
        try:
            with os.scandir(folder / prefix) as entries:
                for entry in entries:  # nothing here may cost much
                    name = entry.name
                    if name == STORE_NAME:
                        continue
                    if not name.isascii() and not _is_text(name):
                        shown = f"{prefix}{name}".encode("utf-8", "backslashreplace").decode()
                        reason = "its name is not valid text; rename it"
                        faults.append(ScannedFile(shown, problem=reason))
                        continue
                    try:
                        if entry.is_file():
                            stat = entry.stat()
                            rows.append((name, stat.st_size, stat.st_mtime_ns))
                            if len(rows) % _REPORT_EVERY == 0:
                                yield count + len(rows)
                        elif entry.is_dir():
                            inner.append(entry)
                    except OSError as error:
                        reason = f"it cannot be looked at ({error.strerror})"
                        faults.append(ScannedFile(prefix + name, problem=reason))
        except OSError as error:
            reason = f"the folder cannot be listed ({error.strerror})"
            faults = [ScannedFile(prefix.rstrip("/") or ".", problem=reason, is_folder=True)]
            rows, inner = [], []
        rows.sort()
        faults.sort(key=lambda fault: fault.relative)
        inner.sort(key=lambda entry: entry.name, reverse=True)  # the first is taken first
        waiting += [
            (f"{prefix}{entry.name}/", entry if entry.is_symlink() else None) for entry in inner
        ]
        text = "\0".join([f"{name}\0{size}\0{time}" for name, size, time in rows])
        digest.update(f"{prefix}\0{len(rows)}\0{text}\0{faults}\0".encode())
        folders.append((prefix, tuple(rows)))
        problems += faults
        count += len(rows)
        yield count
    return Listing(tuple(folders), tuple(problems), digest.hexdigest())


def radiographs_in(
    folder: Path, listing: Listing, known: Mapping[str, tuple[int, int]] = _UNKNOWN
) -> Iterator[ScannedFile]:
    """Find the radiographs of a folder that was listed.

    Args:
        folder: As it was listed.
        listing: What lies in it.
        known: Size and time of files that are known to be radiographs, by relative path.

    Yields:
        Every file that is a radiograph by its content or should be one by its name, and
        every problem: those of the listing, and files that a DICOMDIR names and that are not
        there.
    """
    yield from listing.problems
    directories: list[str] = []
    for prefix, rows in listing.folders:
        for name, size, mtime_ns in rows:
            relative = prefix + name
            if known.get(relative) == (size, mtime_ns):
                yield ScannedFile(relative, size, mtime_ns)
            elif name.casefold() == "dicomdir":
                directories.append(relative)
            elif _is_candidate(folder, relative, name):
                yield ScannedFile(relative, size, mtime_ns)
    if directories:
        seen = {(prefix + row[0]).casefold() for prefix, rows in listing.folders for row in rows}
        for relative in directories:
            yield from _missing_from(folder / relative, relative.rpartition("/")[0], seen)


def _is_candidate(folder: Path, relative: str, name: str) -> bool:
    if name.startswith("._"):  # macOS keeps attributes beside files on foreign disks
        return False
    # Without making a path for most files, which takes as long as asking its size does.
    suffix = os.path.splitext(name)[1]  # noqa: PTH122
    return suffix.casefold() in RADIOGRAPH_SUFFIXES or is_radiograph_file(folder / relative)


def _is_worth_following(link: os.DirEntry[str], visited: set[str]) -> bool:
    # Only links can make a loop, so the resolving, which is slow, is done for them alone.
    real = _real(Path(link.path))
    if any(_is_within(real, other) or _is_within(other, real) for other in visited):
        return False
    visited.add(real)
    return True


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _real(path: Path) -> str:
    return os.path.realpath(path)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _missing_from(dicomdir: Path, parent: str, seen: set[str]) -> Iterator[ScannedFile]:
    for name in dicomdir_files(dicomdir):
        relative = f"{parent}/{name}" if parent else name
        if ".." in PurePosixPath(name).parts:
            yield ScannedFile(relative, problem="the DICOMDIR points out of its own folder")
        elif relative.casefold() not in seen:
            yield ScannedFile(relative, problem="the DICOMDIR names it, and it is not there")


def dicomdir_files(path: Path) -> tuple[str, ...]:
    """The files that a DICOMDIR names, with forward slashes; none where it cannot be read.

    A DICOMDIR that is damaged loses nothing: the files are found by walking all the same.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    names: list[str] = []
    with collected_warnings():
        try:
            dataset = pydicom.dcmread(path, specific_tags=["DirectoryRecordSequence"])
            for record in dataset.get("DirectoryRecordSequence") or ():
                parts = record.get("ReferencedFileID")
                if parts:
                    names.append(parts if isinstance(parts, str) else "/".join(map(str, parts)))
        except (InvalidDicomError, *_UNREADABLE):
            return ()
    return tuple(names)
