"""Broken DICOM files, each from a number: the same number always makes the same file."""

import random
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from tests.inference.radiograph_files import compress, lut_item, ramp, write_dicom

DEEPEST = 10_000
_META = 132
_LONG = (b"OB", b"OW", b"OF", b"OD", b"OL", b"SQ", b"UC", b"UN", b"UR", b"UT")
_REPRESENTATIONS = (
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN "
    b"UR US UT UV ?? \0\0 zz"
).split(b" ")
_LENGTHS = (0, 1, 2, 3, 7, 255, 0xFFFE, 0xFFFF, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_NUMBERS = (0, 1, 2, 3, 7, 8, 12, 15, 16, 17, 32, 64, 255, 32767, 32768, 65535)
_WORDS = (
    b"1e999",
    b"nan",
    b"-1",
    b"0",
    b"\\",
    b"\xff\xfe\xfd",
    b"99999999999999999999",
    b"1\\2\\3",
)
_SYNTAXES = [
    uid.encode()
    for uid in (
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.1.99", JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLosslessSV1,
        JPEGLSLossless, JPEG2000Lossless, JPEG2000, RLELossless, HTJ2KLossless,
    )
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Element:
    """Where one element of explicit, little-endian DICOM lies in a file.

    Attributes:
        at: Of its tag.
        is_long: Whether its length has four bytes.
        value: Of its value.
        end: Behind its value; the file's end where the length is undefined.
    """

    at: int
    is_long: bool
    value: int
    end: int


def elements(content: bytes) -> list[Element]:
    """The elements on the highest level, as far as they can be followed."""
    found, at = [], _META
    while at + 8 <= len(content):
        is_long = content[at + 4 : at + 6] in _LONG
        if is_long and at + 12 > len(content):
            break
        if is_long:
            (length,) = struct.unpack_from("<I", content, at + 8)
            value = at + 12
        else:
            (length,) = struct.unpack_from("<H", content, at + 6)
            value = at + 8
        end = value + length
        if length == 0xFFFFFFFF or end > len(content):
            found.append(Element(at, is_long, value, len(content)))
            break
        found.append(Element(at, is_long, value, end))
        at = end
    return found


def originals(folder: Path, others: Sequence[Path] = ()) -> list[bytes]:
    """Whole files to start from: synthetic ones in every compression, and others."""
    wide, narrow = ramp(40, 52), ramp(40, 52, bits=8).astype(np.uint8)
    colour = np.stack([narrow, narrow[::-1], narrow[:, ::-1]], axis=-1)
    uids = dict.fromkeys(("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"), "1.2.826.7")
    paths = [
        write_dicom(folder / "plain.dcm", wide, BitsStored=12, **uids),
        write_dicom(folder / "signed.dcm", wide.astype(np.int16), RescaleSlope=2, **uids),
        write_dicom(folder / "colour.dcm", colour, **uids),
        write_dicom(
            folder / "tables.dcm",
            wide,
            **uids,
            BitsStored=12,
            VOILUTSequence=[lut_item(0, ramp(1, 4096)[0], 12)],
            ModalityLUTSequence=[lut_item(0, ramp(1, 4096)[0], 12)],
            WindowCenter=[1, 2],
            WindowWidth=[3, 4],
            PixelPaddingValue=0,
        ),
    ]
    for syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless, JPEGLosslessSV1, HTJ2KLossless):
        paths.append(compress(folder / f"{syntax}-wide.dcm", wide, syntax, BitsStored=12, **uids))
    for syntax in (JPEGBaseline8Bit, JPEGLSNearLossless, JPEG2000, HTJ2K):
        paths.append(compress(folder / f"{syntax}-narrow.dcm", narrow, syntax, **uids))
    paths.append(compress(folder / "twelve.dcm", wide, JPEGExtended12Bit, BitsStored=12, **uids))
    return [path.read_bytes() for path in (*paths, *others)]


def broken(number: int, whole: Sequence[bytes]) -> tuple[bytes, str]:
    """The broken file of a number, and what was done to it."""
    generator = random.Random(number)
    content = bytearray(generator.choice(whole))
    done = []
    for _ in range(generator.choice([1, 1, 1, 2, 3])):
        mutation = generator.choice(_MUTATIONS)
        mutation(content, generator)
        done.append(mutation.__name__.strip("_"))
    if generator.random() < 0.03:
        other = generator.choice(whole)
        cut = generator.randrange(len(content) + 1)
        content[cut:] = other[generator.randrange(len(other)) :]
        done.append("spliced")
    return bytes(content), ", ".join(done)


def _chosen(content: bytearray, generator: random.Random) -> Element | None:
    found = elements(bytes(content))
    return generator.choice(found) if found else None


def _bytes(content: bytearray, generator: random.Random) -> None:
    for _ in range(generator.randint(1, 16) if content else 0):
        content[generator.randrange(len(content))] = generator.randrange(256)


def _tag(content: bytearray, generator: random.Random) -> None:
    element = _chosen(content, generator)
    if element is not None:
        other = _chosen(content, generator)
        assert other is not None
        tag = content[other.at : other.at + 4]
        if generator.random() < 0.5:
            tag = bytearray(generator.randbytes(4))
        content[element.at : element.at + 4] = tag


def _length(content: bytearray, generator: random.Random) -> None:
    element = _chosen(content, generator)
    if element is not None:
        near = max(0, element.end - element.value + generator.randint(-3, 3))
        length = generator.choice([*_LENGTHS, near])
        if element.is_long:
            struct.pack_into("<I", content, element.at + 8, length & 0xFFFFFFFF)
        else:
            struct.pack_into("<H", content, element.at + 6, length & 0xFFFF)


def _representation(content: bytearray, generator: random.Random) -> None:
    element = _chosen(content, generator)
    if element is not None:
        content[element.at + 4 : element.at + 6] = generator.choice(_REPRESENTATIONS).ljust(2)[:2]


def _value(content: bytearray, generator: random.Random) -> None:
    element = _chosen(content, generator)
    if element is None:
        return
    room = min(element.end - element.value, 64)
    new = generator.choice(
        [
            struct.pack("<H", generator.choice(_NUMBERS)),
            struct.pack("<I", generator.choice(_LENGTHS)),
            generator.choice(_WORDS),
            generator.randbytes(8),
        ]
    )
    content[element.value : element.value + room] = new.ljust(room)[:room]


def _syntax(content: bytearray, generator: random.Random) -> None:
    _syntax_to(content, generator.choice(_SYNTAXES))


def _fragments(content: bytearray, generator: random.Random) -> None:
    """Lengths, items and delimiters of the encapsulated pixels."""
    at = content.rfind(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff")
    if at < 0:
        return
    places, position = [], at + 12
    while position + 8 <= len(content) and content[position : position + 3] == b"\xfe\xff\0":
        places.append(position)
        (length,) = struct.unpack_from("<I", content, position + 4)
        position += 8 + length
    if not places:
        return
    place = generator.choice(places)
    kind = generator.choice(["length", "drop", "repeat", "empty", "end", "table", "nested"])
    if kind == "length":
        struct.pack_into("<I", content, place + 4, generator.choice(_LENGTHS))
    elif kind == "drop":
        del content[place : place + 8 + generator.choice([0, 1, 100])]
    elif kind == "repeat":
        content[place:place] = content[place : place + 4096] * generator.choice([1, 50])
    elif kind == "empty":
        content[place:place] = b"\xfe\xff\0\xe0\0\0\0\0" * generator.choice([1, 1000])
    elif kind == "end":
        content[place:place] = b"\xfe\xff\xdd\xe0\0\0\0\0"
    elif kind == "table":
        count = generator.choice([1, 3, 2000])
        struct.pack_into("<I", content, places[0] + 4, 4 * count)
        content[places[0] + 8 : places[0] + 8] = generator.randbytes(4 * count)
    else:
        content[place:place] = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"


def _nested(content: bytearray, generator: random.Random) -> None:
    """Sequences in sequences, some closed, with and without lengths."""
    found = [one for one in elements(bytes(content)) if one.at > 400] or elements(bytes(content))
    if not found:
        return
    at = generator.choice(found).at
    depth = generator.choice([2, 20, 900, DEEPEST, DEEPEST])
    tag = generator.choice(
        [b"\x08\0\x40\x11", b"\x28\0\x10\x30", b"\x28\0\0\x30", b"\x40\0\x75\x02"]
    )
    is_closed = generator.random() < 0.5
    inner = b""
    if generator.random() < 0.3:  # with lengths, which hold what is inside
        for _ in range(min(depth, 900)):
            item = b"\xfe\xff\0\xe0" + struct.pack("<I", len(inner)) + inner
            inner = tag + b"SQ\0\0" + struct.pack("<I", len(item)) + item
    else:
        inner = (tag + b"SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff") * depth
        if is_closed:
            inner += b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0" * depth
    content[at:at] = inner


def _cut(content: bytearray, generator: random.Random) -> None:
    del content[generator.randrange(len(content) + 1) :]


def _moved(content: bytearray, generator: random.Random) -> None:
    """A piece is repeated, removed or filled."""
    if not content:
        return
    start = generator.randrange(len(content))
    size = generator.choice([1, 8, 100, 5000])
    piece = content[start : start + size]
    kind = generator.choice(["remove", "repeat", "nought", "ones"])
    if kind == "remove":
        del content[start : start + size]
    elif kind == "repeat":
        content[start:start] = piece * generator.choice([1, 2, 40])
    else:
        content[start : start + size] = (b"\0" if kind == "nought" else b"\xff") * len(piece)


def _codestream(content: bytearray, generator: random.Random) -> None:
    """The compressed picture's own header, where decoders take their sizes from."""
    for start in (b"\xff\x4f\xff\x51", b"\xff\xd8\xff"):
        at = content.find(start)
        if at >= 0:
            for _ in range(generator.randint(1, 6)):
                place = at + 2 + generator.randrange(120)
                if place < len(content):
                    content[place] = generator.choice([0, 1, 0x7F, 0xFF, generator.randrange(256)])
            return
    at = content.rfind(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff")
    if 0 <= at < len(content) - 100:  # run-length coding: its table of segments
        struct.pack_into(
            "<I", content, at + 28 + 4 * generator.randrange(16), generator.choice(_LENGTHS)
        )


def _deflated(content: bytearray, generator: random.Random) -> None:
    """What follows the file's header becomes deflated, and perhaps damaged."""
    found = [one for one in elements(bytes(content)) if content[one.at : one.at + 2] != b"\x02\0"]
    if not found:
        return
    _syntax_to(content, b"1.2.840.10008.1.2.1.99")
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = bytearray(packer.compress(bytes(content[found[0].at :])) + packer.flush())
    if generator.random() < 0.7:
        _bytes(packed, generator)
    content[found[0].at :] = packed


def _syntax_to(content: bytearray, uid: bytes) -> None:
    for element in elements(bytes(content)):
        if content[element.at : element.at + 4] == b"\x02\0\x10\0":
            room = element.end - element.value
            content[element.value : element.end] = uid.ljust(room, b"\0")[:room]
            return


_MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _bytes, _tag, _length, _representation, _value, _value, _syntax, _fragments, _fragments,
    _nested, _cut, _moved, _codestream, _codestream, _deflated,
)  # fmt: skip
