"""Registers the scheme with the desktops of Linux and the BSDs, in the user's own folders.

Two files: `kindred-links.desktop`, which says how to open a link, and a line of `mimeapps.list`,
which says that it is the one to open links with. What was there before is kept beside Kindred's
own data, so that removing gives it back byte for byte, unless somebody has changed it since:
then our line alone is taken out.

Source:
    Desktop Entry Specification 1.5 (Exec and its quoting); Association between MIME types and
    applications 1.0.1 (mimeapps.list); x-scheme-handler of the Shared MIME-info specification.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from viewer.integration.errors import IntegrationError

DESKTOP_ID = "kindred-links.desktop"
_SECTION = "[Default Applications]"
_SCHEME = "x-scheme-handler/kindred"


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are written.

    Attributes:
        desktop: Our .desktop file.
        associations: The user's mimeapps.list.
        record: What was there before.
    """

    desktop: Path
    associations: Path
    record: Path

    @classmethod
    def of_this_user(cls) -> "Places":
        """As the XDG base directories say."""
        data = platformdirs.user_data_path(appauthor=False)
        config = platformdirs.user_config_path(appauthor=False)
        return cls(
            data / "applications" / DESKTOP_ID,
            config / "mimeapps.list",
            data / "kindred" / "integration.json",
        )


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before links were registered.

    Attributes:
        before: The text of mimeapps.list; None where there was none.
        after: What was written in its place.
        folders: Folders that were made, the outer before the inner.
    """

    before: str | None
    after: str
    folders: tuple[str, ...]


def integrate(places: Places, command: Sequence[str]) -> Iterator[str]:
    """Register; again after the program was moved.

    Args:
        places: Where.
        command: The program and its arguments, before the link.

    Yields:
        A line for each thing that was changed.

    Raises:
        IntegrationError: Something cannot be written.
    """
    entry = desktop_entry(command)
    before = _read(places.associations)
    after = with_default(before or "")
    if _read(places.desktop) == entry and before == after:
        yield "Links open with Kindred already; nothing was changed."
        return
    if not places.record.exists():
        targets = (places.desktop, places.associations, places.record)
        made = tuple(str(one) for one in _missing_folders(targets))
        _write(places.record, json.dumps(asdict(Before(before, after, made))))
    _write(places.desktop, entry)
    yield f"Wrote {places.desktop}"
    if before != after:
        _write(places.associations, after)
        yield f"Changed {places.associations}: {_SCHEME} opens with {DESKTOP_ID}"
    yield "kindred:// links open with Kindred now. `kindred integrate --remove` undoes this."


def remove(places: Places) -> Iterator[str]:
    """Undo it.

    Yields:
        A line for each thing that was changed.

    Raises:
        IntegrationError: Something cannot be written or deleted.
    """
    record = _recorded(places.record)
    now = _read(places.associations)
    if not places.desktop.exists() and (now is None or now == without_default(now)):
        yield "Links are not registered; nothing was changed."
    if places.desktop.exists():
        _delete(places.desktop)
        yield f"Deleted {places.desktop}"
    if now is not None:
        before: str | None = without_default(now)
        if record is not None and now == record.after:
            before = record.before
        if before is None:
            _delete(places.associations)
            yield f"Deleted {places.associations}, which held nothing else"
        elif before != now:
            _write(places.associations, before)
            yield f"Changed {places.associations}: as it was before"
    if record is not None:
        _delete(places.record)
        for folder in reversed(record.folders):
            _delete_empty(Path(folder))


def desktop_entry(command: Sequence[str]) -> str:
    """The .desktop file's text."""
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Name=Kindred\n"
        "Comment=Opens kindred:// links: similar radiographs, side by side. Research use only.\n"
        f"Exec={' '.join(_quoted(one) for one in command)} %u\n"
        "Terminal=false\n"
        "NoDisplay=true\n"
        f"MimeType={_SCHEME};\n"
    )


def with_default(text: str) -> str:
    """A mimeapps.list in which links open with Kindred, and with what they did before second."""
    lines = without_default(text).splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    start, end = _section(lines)
    if start is None:
        gap = ["\n"] if lines and lines[-1].strip() else []
        return "".join([*lines, *gap, f"{_SECTION}\n", f"{_SCHEME}={DESKTOP_ID};\n"])
    for place in range(start + 1, end):
        key, equals, value = lines[place].partition("=")
        if equals and key.strip() == _SCHEME:
            lines[place] = f"{_SCHEME}={DESKTOP_ID};{value.strip()}\n"
            return "".join(lines)
    lines.insert(start + 1, f"{_SCHEME}={DESKTOP_ID};\n")
    return "".join(lines)


def without_default(text: str) -> str:
    """A mimeapps.list in which links do not open with Kindred; all else as it is."""
    kept = []
    for line in text.splitlines(keepends=True):
        key, equals, value = line.partition("=")
        ids = [one for one in value.strip().split(";") if one]
        if equals and key.strip() == _SCHEME and DESKTOP_ID in ids:
            others = [one for one in ids if one != DESKTOP_ID]
            if others:
                kept.append(f"{_SCHEME}={';'.join(others)};\n")
            continue
        kept.append(line)
    return "".join(kept)


def _section(lines: Sequence[str]) -> tuple[int | None, int]:
    """Where the default applications begin and where the next section does."""
    start = None
    for place, line in enumerate(lines):
        if line.strip() == _SECTION and start is None:
            start = place
        elif line.lstrip().startswith("[") and start is not None:
            return start, place
    return start, len(lines)


def _quoted(argument: str) -> str:
    """An argument of Exec: quoted, then escaped as any text of a .desktop file, and no field."""
    inner = "".join(f"\\{one}" if one in '"`$\\' else one for one in argument)
    return '"' + inner.replace("\\", "\\\\").replace("%", "%%") + '"'


def _read(path: Path) -> str | None:
    """The text, byte for byte; None where there is no such file."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IntegrationError(f"{path} cannot be read ({error.strerror})") from error


def _write(path: Path, text: str) -> None:
    """In one step: half a mimeapps.list would lose every other default of the user."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        real = Path(os.path.realpath(path))  # many keep such files elsewhere, behind a link
        handle, name = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        mode = real.stat().st_mode & 0o777 if real.exists() else 0o644
        os.chmod(name, mode)  # noqa: PTH101 - the name is a text already
        os.replace(name, real)  # noqa: PTH105
    except OSError as error:
        raise IntegrationError(f"{path} cannot be written ({error.strerror})") from error


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise IntegrationError(f"{path} cannot be deleted ({error.strerror})") from error


def _delete_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # something of others is in it, or it is gone
        return


def _missing_folders(paths: Sequence[Path]) -> list[Path]:
    """Folders that have to be made for some files, the outer before the inner."""
    missing: list[Path] = []
    for path in paths:
        parents = [one for one in reversed(path.parents) if not one.exists()]
        missing.extend(one for one in parents if one not in missing)
    return missing


def _recorded(path: Path) -> Before | None:
    """What was there before; None where nothing, or nothing sensible, was kept."""
    try:
        kept = json.loads(_read(path) or "")
        found = Before(kept["before"], kept["after"], tuple(kept["folders"]))
    except (ValueError, KeyError, TypeError):
        return None
    texts = (found.after, *found.folders, found.before or "")
    return found if all(isinstance(one, str) for one in texts) else None
