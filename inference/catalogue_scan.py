"""A folder -> the files in it that are, or should be, radiographs.

Files are judged by their content, so that DICOM without an extension is found and a text file
named like a picture is refused with a reason instead of being passed over. Nothing is decoded
here, and files that an earlier run knows with the same size and time are not even opened.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inference.collected_warnings import collected_warnings
from inference.radiograph_io import is_radiograph_file

STORE_NAME = ".kindred"
"""Where a catalogue keeps its own files; never searched for radiographs."""

RADIOGRAPH_SUFFIXES = frozenset(
    {".dcm", ".dicom", ".dic", ".ima", ".jpg", ".jpeg", ".png", ".tif", ".tiff"}
)
"""A file named so is listed even where its content is something else: its owner expects it."""

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


@dataclass(frozen=True, slots=True)
class ScannedFile:
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


def scan_folder(
    folder: Path, known: Mapping[str, tuple[int, int]] = _UNKNOWN
) -> Iterator[ScannedFile]:
    """Find the radiographs of a folder and its sub-folders.

    Args:
        folder: Where to look. Links to folders elsewhere are followed once; loops are not.
        known: Size and time of files that are known to be radiographs, by relative path.

    Yields:
        Every file that is a radiograph by its content or should be one by its name, and
        every problem: an unreadable sub-folder, a name that is not text, a file that a
        DICOMDIR names and that is not there. The order is that of the names.
    """
    directories: list[tuple[str, Path]] = []
    seen: set[str] = set()
    for file in _walk(folder, "", {_real(folder)}):
        if file.problem:
            yield file
            continue
        seen.add(file.relative.casefold())
        # Paths are strings here: of 100,000 known files, making Path objects was half the time.
        parent, _, name = file.relative.rpartition("/")
        if name.casefold() == "dicomdir":
            directories.append((parent, folder / file.relative))
            continue
        is_known = known.get(file.relative) == (file.size, file.mtime_ns)
        if is_known or _is_candidate(folder / file.relative):
            yield file
    for parent, path in directories:
        yield from _missing_from(path, parent, seen)


def _is_candidate(path: Path) -> bool:
    if path.name.startswith("._"):  # macOS keeps attributes beside files on foreign disks
        return False
    return path.suffix.casefold() in RADIOGRAPH_SUFFIXES or is_radiograph_file(path)


def _walk(folder: Path, prefix: str, visited: set[str]) -> Iterator[ScannedFile]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        reason = f"the folder cannot be listed ({error.strerror})"
        yield ScannedFile(prefix.rstrip("/") or ".", problem=reason, is_folder=True)
        return
    for entry in entries:
        relative = prefix + entry.name
        if entry.name == STORE_NAME:
            continue
        if not _is_text(entry.name):
            shown = relative.encode("utf-8", "backslashreplace").decode()
            yield ScannedFile(shown, problem="its name is not valid text; rename it")
            continue
        try:
            if entry.is_dir():
                if _is_worth_following(entry, visited):
                    yield from _walk(Path(entry.path), relative + "/", visited)
            elif entry.is_file():
                stat = entry.stat()
                yield ScannedFile(relative, stat.st_size, stat.st_mtime_ns)
        except OSError as error:
            yield ScannedFile(relative, problem=f"it cannot be looked at ({error.strerror})")


def _is_worth_following(entry: os.DirEntry[str], visited: set[str]) -> bool:
    # Only links can make a loop, so the resolving, which is slow, is done for them alone.
    if not entry.is_symlink():
        return True
    real = _real(Path(entry.path))
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
