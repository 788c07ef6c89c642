"""Which kind of file it is, and whether it is one we are willing to open.

The name of a file is not asked: a JPEG called `.dcm` is a JPEG.
"""

import re
import stat
from pathlib import Path
from typing import Literal

from inference.errors import UnreadableRadiographError

FileKind = Literal["DICOM", "picture"]

MAX_PIXELS = 200_000_000
"""The largest radiograph that is opened; in colour each pixel counts three times. Anything
larger is refused before memory is taken for it. The largest detectors make some 25 million."""

MAX_FILE_BYTES = 1 << 30

_HEAD_BYTES = 4096
_PICTURE_STARTS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"MM\0*",
    b"II+\0\x08\0",
    b"MM\0+\0\x08",
)
_ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")  # the OID 1.2.840.113549.1.7.3
_OTHER_STARTS = (
    (b"PK\x03\x04", "it is a ZIP archive; unpack it and open the files inside"),
    (b"\x1f\x8b", "it is compressed with gzip; unpack it and open the file inside"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7-Zip archive; unpack it and open the files inside"),
    (b"%PDF", "it is a PDF document; export the radiograph as DICOM, PNG or JPEG"),
    (b"-----BEGIN", "it is encrypted; decrypt it where it came from and open the result"),
)
_VALUE_REPRESENTATIONS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OW PN SH SL SQ SS ST TM UI UL UN US UT".split()
)


def check_size(path: Path, rows: int, columns: int, samples: int = 1) -> None:
    """Refuse what is too large, before memory is taken for it.

    Raises:
        UnreadableRadiographError: No pixels, or more than `MAX_PIXELS`.
    """
    if rows < 1 or columns < 1:
        raise UnreadableRadiographError(
            path, f"it says that it measures {columns} × {rows} pixels; the file is damaged"
        )
    if rows * columns * samples > MAX_PIXELS:
        raise UnreadableRadiographError(
            path,
            f"with {columns} × {rows} pixels{' in colour' if samples > 1 else ''} it is larger "
            f"than the limit of {MAX_PIXELS // 1_000_000} million values; save it smaller",
        )


def kind_of_file(path: Path) -> FileKind:
    """Look at the first bytes of a file.

    Raises:
        UnreadableRadiographError: It cannot be opened, is too large, or is of no kind we read.
    """
    head = _read_head(path)
    if not head:
        raise UnreadableRadiographError(path, "the file is empty; copy it again from its source")
    kind = sniff(head)
    if kind is None:
        raise UnreadableRadiographError(path, _why_unknown(head))
    return kind


def sniff(head: bytes) -> FileKind | None:
    """Tell the kind of a file from its first bytes, or None where it is of no kind we read."""
    if head[128:132] == b"DICM":  # first: the 128 bytes before may be a TIFF's, on purpose
        return "DICOM"
    if head.startswith(_PICTURE_STARTS):
        return "picture"
    return "DICOM" if _starts_with_element(head) else None


def _read_head(path: Path) -> bytes:
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UnreadableRadiographError(path, "it is a folder; choose one radiograph in it")
        if not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
            raise UnreadableRadiographError(path, "it is not a regular file; choose another one")
        if found.st_size > MAX_FILE_BYTES:
            raise UnreadableRadiographError(
                path,
                f"the file is larger than {MAX_FILE_BYTES >> 30} GB, more than any radiograph; "
                "save the radiograph by itself",
            )
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except FileNotFoundError as error:
        raise UnreadableRadiographError(
            path, "there is no such file; it may have been moved or renamed"
        ) from error
    except PermissionError as error:
        raise UnreadableRadiographError(
            path, "you have no permission to read it; ask for it or copy the file elsewhere"
        ) from error
    except (OSError, ValueError) as error:  # a name the system cannot hold; a dead network share
        raise UnreadableRadiographError(path, _system_reason(error)) from error


def _system_reason(error: OSError | ValueError) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return f"the system says “{said}”; check the path and the drive"


def _starts_with_element(head: bytes) -> bool:
    """Whether a DICOM data set without preamble and prefix may start here.

    Such files begin with group 0002 (file meta), 0004 (directory) or 0008 (identification).
    """
    if len(head) < 16:
        return False
    little = head[1] == 0 and head[0] in (2, 4, 8)
    big = head[0] == 0 and head[1] in (2, 4, 8)
    if not (little or big):
        return False
    if head[4:6] in _VALUE_REPRESENTATIONS:
        return True
    # Implicit VR: a length follows, small and even for the short texts that come first.
    length = int.from_bytes(head[4:8], "little" if little else "big")
    element = int.from_bytes(head[2:4], "little" if little else "big")
    return length < 256 and length % 2 == 0 and element < 0x0100


def _why_unknown(head: bytes) -> str:
    for start, reason in _OTHER_STARTS:
        if head.startswith(start):
            return reason
    is_mime = re.search(rb"(?i)application/(x-)?pkcs7-mime", head) is not None
    if is_mime or (head[0] == 0x30 and _ENVELOPED_DATA in head[:64]):
        return "it is encrypted; decrypt it where it came from and open the result"
    return "it is not DICOM, JPEG, PNG or TIFF; choose a radiograph in one of these formats"
