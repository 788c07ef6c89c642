"""The size that a compressed picture itself states, whatever the file around it says."""

import struct


def codestream_size(stream: bytes) -> tuple[int, int] | None:
    """Find the rows and columns in a JPEG, JPEG-LS or JPEG 2000 stream; None if not found.

    Source:
        ITU-T T.81 B.2.2 (frame header), T.87 C.2.2 (the same for JPEG-LS), T.800 A.5.1 (SIZ).
    """
    start = stream.find(b"\xff\x4f\xff\x51", 0, 4096)  # JPEG 2000: SOC, SIZ
    if start >= 0 and not stream.startswith(b"\xff\xd8"):
        return _jpeg2000_size(stream[start + 8 : start + 24])
    return _jpeg_size(stream)


def _jpeg2000_size(siz: bytes) -> tuple[int, int] | None:
    if len(siz) < 16:
        return None
    right, bottom, left, top = struct.unpack(">4I", siz)
    return bottom - top, right - left


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        is_frame = 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
        if is_frame or marker == 0xF7:
            rows, columns = struct.unpack(">2H", stream[at + 5 : at + 9])
            return (rows, columns) if rows else None  # 0: told after the first scan
        at += 2 + int.from_bytes(stream[at + 2 : at + 4])
    return None
