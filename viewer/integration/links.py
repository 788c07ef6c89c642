"""`kindred://open?...` links: what they may say. They may come from anybody, so little is.

    kindred://open?file=/data/study%204711/1.dcm
    kindred://open?archive=main&study=1.2.3[&series=1.2.3.4[&instance=1.2.3.4.5]]

A link can only open: there is no other action, nothing of it becomes a command, and a file has
to lie in a folder that the user allowed. A path from outside is refused before the disk is
touched, so that no link can ask what exists there, or wake a drive that does not answer.
"""

import os
import re
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from inference.errors import InferenceError
from viewer.translation import tr

LONGEST = 2048
"""Characters in a link; what browsers and desktops pass on reliably."""

_LINK = re.compile(r"kindred://open/?\?([!-~]+)", re.IGNORECASE | re.ASCII)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})", re.ASCII)
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+", re.ASCII)
_ARCHIVE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_ARCHIVE_KEYS = ("archive", "study", "series", "instance")


class LinkError(InferenceError):
    """A link cannot be followed."""

    def __init__(self, reason: str) -> None:
        super().__init__(tr("This link is not opened: {reason}.").format(reason=reason))
        self.reason = reason


def is_link(text: str) -> bool:
    """Whether it is meant to be a link, a good one or not, and not a file."""
    return text[:8].casefold() == "kindred:"


def is_uid(text: str) -> bool:
    """Whether it is a DICOM UID.

    Source:
        DICOM PS3.5 9.1: numbers without leading zeros parted by dots, 64 characters at most.
    """
    return len(text) <= 64 and _UID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file or a folder. Whether it may be opened says `allowed_path`.

    Attributes:
        path: Absolute, on this computer, without "..".

    Raises:
        LinkError: It is not such a path.
    """

    path: PurePath

    def __post_init__(self) -> None:
        _check_path(self.path)


@dataclass(frozen=True, slots=True)
class ArchiveLink:
    """A study, a series or an instance of an archive that the user configured.

    Attributes:
        archive: Its name in the user's settings.
        study: Study Instance UID.
        series: Series Instance UID; "" for the whole study.
        instance: SOP Instance UID; "" for the whole series.

    Raises:
        LinkError: A name or a UID is none.
    """

    archive: str
    study: str
    series: str = ""
    instance: str = ""

    def __post_init__(self) -> None:
        if _ARCHIVE.fullmatch(self.archive) is None:
            raise LinkError(tr("an archive's name has letters, digits, dots, - and _ only"))
        if not self.study:
            raise LinkError(tr("it names an archive and no study in it"))
        if self.instance and not self.series:
            raise LinkError(tr("it names an instance and not the series it is in"))
        for key in ("study", "series", "instance"):
            uid = getattr(self, key)
            if uid and not is_uid(uid):
                raise LinkError(tr("what it gives as {key} is not a DICOM UID").format(key=key))


OpenLink = FileLink | ArchiveLink


def parse_link(text: str, *, is_windows: bool = sys.platform == "win32") -> OpenLink:
    """Read a link. Nothing is looked up and nothing is opened.

    Args:
        text: The link, percent-encoded once, as UTF-8.
        is_windows: Whether a path in it is one of Windows.

    Raises:
        LinkError: It is anything but what this module's first lines show.
    """
    if len(text) > LONGEST:
        raise LinkError(tr("it is longer than {most} characters").format(most=LONGEST))
    found = _LINK.fullmatch(text)
    if found is None or "#" in text:
        raise LinkError(tr("it does not begin with kindred://open? or has characters to encode"))
    values = _values(found[1])
    if "file" in values:
        if len(values) > 1:
            raise LinkError(tr("it names a file and something else"))
        flavour = PureWindowsPath if is_windows else PurePosixPath
        return FileLink(flavour(values["file"]))
    return ArchiveLink(**{"archive": "", "study": "", **values})


def allowed_path(link: FileLink, roots: Sequence[Path]) -> Path:
    """The file or folder a link leads to, where it lies in one of the allowed folders.

    Args:
        link: As parsed.
        roots: Folders from which links may open.

    Returns:
        Its real path, symbolic links resolved.

    Raises:
        LinkError: It lies elsewhere, is missing, or is neither file nor folder.
    """
    real_roots = [Path(os.path.realpath(root)) for root in roots]
    path = Path(link.path)
    # First by its name alone: outside, the same sentence whether or not there is such a file.
    if not any(path.is_relative_to(root) for root in (*roots, *real_roots)):
        raise LinkError(_outside(roots))
    try:
        real = path.resolve(strict=True)
        mode = real.stat().st_mode
    except FileNotFoundError as error:
        raise LinkError(tr("there is no such file; it may have been moved")) from error
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle
        raise LinkError(tr("its file cannot be looked at; check the drive")) from error
    if not any(real.is_relative_to(root) for root in real_roots):
        raise LinkError(_outside(roots))
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise LinkError(tr("it leads to neither a file nor a folder"))
    return real


def _values(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in query.split("&"):
        key, equals, value = part.partition("=")
        if not equals or key not in ("file", *_ARCHIVE_KEYS):
            known = ", ".join(("file", *_ARCHIVE_KEYS))
            raise LinkError(tr("it holds something other than {known}").format(known=known))
        if key in values or not value:
            raise LinkError(tr("{key} is empty or given twice").format(key=key))
        values[key] = _decoded(value)
    return values


def _decoded(value: str) -> str:
    """Decoded exactly once: what is still encoded then is taken as it is written."""
    if "%" in _ESCAPE.sub("", value):
        raise LinkError(tr("its percent-encoding is damaged"))
    raw = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value).encode("latin-1")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:  # also overlong forms, such as %C0%AF for a slash
        raise LinkError(tr("its percent-encoding is not UTF-8")) from error
    if any(ord(one) < 32 or 127 <= ord(one) < 160 for one in text):
        raise LinkError(tr("it holds control characters"))
    return text


def _check_path(path: PurePath) -> None:
    text = str(path)
    if "\0" in text:
        raise LinkError(tr("it holds control characters"))
    if ".." in path.parts:
        raise LinkError(tr("its path goes back with “..”"))
    is_network = text.startswith(("//", "\\\\"))
    if isinstance(path, PureWindowsPath):
        # Of drives only C: and the like: \\server\share, \\?\ and \\.\ are drives to pathlib too.
        is_network = is_network or (bool(path.drive) and len(path.drive) != 2)
        if any(":" in part for part in path.parts[1:]):
            raise LinkError(tr("its path holds a colon, which names a hidden stream"))
    if is_network:
        raise LinkError(tr("it leads to another computer"))
    if not path.is_absolute():
        raise LinkError(tr("its path is not a whole one, from the top"))


def _outside(roots: Sequence[Path]) -> str:
    if not roots:
        return tr(
            "links may open files only from the open catalogue's folder and from the folders "
            "listed as roots in the section [links] of your settings; there are none yet"
        )
    return tr(
        "it leads out of the folders that links may open from; list its folder as one of the "
        "roots in the section [links] of your settings if you trust it"
    )
