"""Looking through a folder or a DICOMDIR: its files, read one after the other.

    folder    every file in it and below that is a radiograph, or should be one
    DICOMDIR  the files that it names, from its own folder alone

Nothing of it is trusted: links that lead round are followed once, what a DICOMDIR names outside
its folder is not opened, and a file that is gone when its turn comes is an entry that says so.
"""

import os
import stat
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Literal

from inference.browse_files import BrowsedFile, browsed_file
from inference.catalogue_scan import RADIOGRAPH_SUFFIXES, STORE_NAME, dicomdir_files
from inference.errors import InferenceError

MOST_FILES = 100_000
MOST_DIRECTORY_BYTES = 1 << 28
_EVERY_S = 0.1


class BrowseError(InferenceError):
    """A folder or a DICOMDIR cannot be looked through."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(f"Cannot look through {place.name or place}: {reason}.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class BrowseStep:
    """How far it is.

    Attributes:
        stage: "looking" for files, then "reading" their headers.
        done: Files found, or read.
        total: Files to be read; 0 while they are looked for.
        files: Entries that are new since the last step.
        note: A sentence on all of it, or "".
    """

    stage: Literal["looking", "reading"]
    done: int
    total: int = 0
    files: tuple[BrowsedFile, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    path: Path
    relative: str
    is_expected: bool = False
    problem: str = ""


def browse(place: Path) -> Generator[BrowseStep, None, None]:
    """Look through a folder or a DICOMDIR.

    Args:
        place: Of a folder, everything below it too.

    Yields:
        About ten steps a second; closing the generator between two of them stops it.

    Raises:
        BrowseError: It cannot be listed at all, or has disappeared. What was yielded stays good.
    """
    candidates: list[_Candidate] = []
    note = ""
    try:
        mode = place.stat().st_mode
    except (OSError, ValueError) as error:
        raise BrowseError(place, "it is not there; it may have been moved or unplugged") from error
    folder = place if stat.S_ISDIR(mode) else place.parent
    if not stat.S_ISDIR(mode):
        if not stat.S_ISREG(mode):
            raise BrowseError(place, "it is neither a folder nor a DICOMDIR")
        yield BrowseStep("looking", 0)
        candidates = _named_by(place)
        if not candidates:
            note = "The DICOMDIR is damaged or names no files; its folder was searched instead."
    if not candidates:
        _listable(folder)
        for found in _walk(folder):
            yield BrowseStep("looking", len(found))
            candidates = found
    if len(candidates) > MOST_FILES:
        candidates = candidates[:MOST_FILES]
        note = f"There are more than {MOST_FILES:,} files; the others were left out."
    yield from _read(folder, candidates, note)


def _read(
    folder: Path, candidates: list[_Candidate], note: str
) -> Generator[BrowseStep, None, None]:
    total, files, last = len(candidates), [], 0.0
    for done, one in enumerate(candidates, start=1):
        if one.problem:
            entry: BrowsedFile | None = BrowsedFile(one.path, one.relative, one.problem)
        else:
            entry = browsed_file(one.path, one.relative, is_expected=one.is_expected)
        if entry is not None:
            files.append(entry)
            # One look at the folder for a file that is gone, not a failure for each of thousands.
            if entry.problem and not one.problem and not folder.exists():
                yield BrowseStep("reading", done, total, tuple(files[:-1]))
                raise BrowseError(folder, "it has disappeared; what was read before is shown")
        if time.monotonic() - last > _EVERY_S:
            yield BrowseStep("reading", done, total, tuple(files))
            files, last = [], time.monotonic()
    yield BrowseStep("reading", total, total, tuple(files), note)


def _listable(folder: Path) -> None:
    try:
        with os.scandir(folder):
            return
    except OSError as error:
        raise BrowseError(folder, f"it cannot be listed ({error.strerror})") from error


def _walk(folder: Path) -> Generator[list[_Candidate], None, None]:
    """All files below, the same list again and again, longer each time."""
    found: list[_Candidate] = []
    visited: set[tuple[int, int]] = set()
    waiting, last = [(folder, "")], time.monotonic()
    while waiting and len(found) <= MOST_FILES:
        current, prefix = waiting.pop()
        try:
            identity = current.stat()
            # By what it is and not by its name: links and mounts that lead round end here.
            if (identity.st_dev, identity.st_ino) in visited and identity.st_ino:
                continue
            visited.add((identity.st_dev, identity.st_ino))
            with os.scandir(current) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            reason = f"the folder cannot be listed ({error.strerror})"
            found.append(_Candidate(current, _relative(prefix, ""), problem=reason))
            continue
        below = []
        for entry in entries:
            relative = _relative(prefix, entry.name)
            try:
                if entry.is_dir():
                    if entry.name != STORE_NAME:
                        below.append((Path(entry.path), relative))
                elif entry.is_file() and not entry.name.startswith("._"):
                    suffix = os.path.splitext(entry.name)[1].casefold()  # noqa: PTH122 - fast
                    is_expected = suffix in RADIOGRAPH_SUFFIXES
                    found.append(_Candidate(Path(entry.path), relative, is_expected))
            except OSError as error:
                reason = f"it cannot be looked at ({error.strerror})"
                found.append(_Candidate(Path(entry.path), relative, problem=reason))
            if time.monotonic() - last > _EVERY_S:
                last = time.monotonic()
                yield found
        waiting.extend(reversed(below))
    yield found


def _named_by(directory: Path) -> list[_Candidate]:
    """What a DICOMDIR names, each file once; none where it cannot be read."""
    if directory.stat().st_size > MOST_DIRECTORY_BYTES:
        return []
    folder, real = directory.parent, directory.parent.resolve()
    names = _Names()
    candidates = []
    for name in dict.fromkeys(dicomdir_files(directory)):
        parts = PurePosixPath(name).parts
        if ".." in parts or name.startswith("/") or PureWindowsPath(name).drive:
            candidates.append(_outside(folder, name))
            continue
        path = names.find(folder, parts)
        if path is None:
            problem = "the DICOMDIR names it, and it is not there"
            candidates.append(_Candidate(folder / name, _relative("", name), problem=problem))
        elif not path.resolve().is_relative_to(real):
            candidates.append(_outside(folder, name))
        else:
            candidates.append(_Candidate(path, _relative("", name), is_expected=True))
    return candidates


def _outside(folder: Path, name: str) -> _Candidate:
    problem = "the DICOMDIR points out of its own folder"
    return _Candidate(folder / "DICOMDIR", _relative("", name), problem=problem)


class _Names:
    """Finds files whose names are in other letters than the DICOMDIR's, as on many discs."""

    def __init__(self) -> None:
        self._listed: dict[Path, dict[str, str]] = {}

    def find(self, folder: Path, parts: tuple[str, ...]) -> Path | None:
        for part in parts:
            if not (folder / part).exists():
                if folder not in self._listed:
                    self._listed[folder] = _by_letters(folder)
                part = self._listed[folder].get(part.casefold(), "")
                if not part:
                    return None
            folder = folder / part
        return folder


def _by_letters(folder: Path) -> dict[str, str]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names alone
    except OSError:
        return {}
    # ISO 9660 gives every file a version, and some systems show it.
    return {name.casefold().removesuffix(";1").removesuffix("."): name for name in names}


def _relative(prefix: str, name: str) -> str:
    """With forward slashes, and shown as text even where it is none."""
    joined = f"{prefix}/{name}" if prefix and name else prefix or name
    return joined.encode("utf-8", "backslashreplace").decode()
