"""The modality and VOI steps of a DICOM file: rescales, tables and windows.

Everything is read from the data set itself or, in enhanced files of one frame, from its
functional groups.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from inference.dicom_file import items, number, numbers, text, texts
from inference.errors import UnreadableRadiographError
from inference.records import VoiLut, Window, WindowFunction

_BLOCK_ROWS = 64


def value_sources(dataset: Dataset) -> list[Dataset]:
    """The data sets in which rescale, tables and windows may stand, the first to believe first."""
    sources = [dataset]
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for group in items(dataset, groups)[:1]:
            for inner in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
                sources += items(group, inner)[:1]
    return sources


def modality_step(
    path: Path, sources: Sequence[Dataset], stored: NDArray[Any]
) -> tuple[NDArray[np.float32], bool]:
    """Turn stored values into the values that windows speak of.

    Returns:
        (rows, columns) float32, and whether they are the stored values unchanged.

    Raises:
        UnreadableRadiographError: The rescale or table makes no sense. Leaving it out would show
            the picture through a window meant for other values, or inverted.

    Source:
        DICOM PS3.3 C.11.1: a Modality LUT Sequence, or Rescale Slope and Intercept.
    """
    for source in sources:
        for item in items(source, "ModalityLUTSequence")[:1]:
            table = _table(item, is_signed=stored.dtype.kind == "i")
            if table is None:
                raise UnreadableRadiographError(
                    path, "its modality look-up table is damaged; fetch it again from its source"
                )
            first, entries, _ = table
            index = (stored.astype(np.int64) - first).clip(0, len(entries) - 1)
            return entries[index].astype(np.float32), False
    slope, intercept = _rescale(path, sources)
    if (slope, intercept) == (1.0, 0.0):
        return stored.astype(np.float32), True
    values = np.empty(stored.shape, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for row in range(0, len(stored), _BLOCK_ROWS):  # in float64: exact before it is rounded
            block = slice(row, row + _BLOCK_ROWS)
            values[block] = stored[block].astype(np.float64) * slope + intercept
    if not np.isfinite(values).all():
        raise _bad_rescale(path, slope, intercept)
    return values, False


def windows_of(sources: Sequence[Dataset], notes: list[str]) -> tuple[Window, ...]:
    """The file's windows; one that makes no sense is left out, with a note.

    Source:
        DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3.
    """
    for source in sources:
        centres, widths = numbers(source, "WindowCenter"), numbers(source, "WindowWidth")
        if not centres and not widths:
            continue
        names = texts(source, "WindowCenterWidthExplanation")
        names += [""] * (len(centres) - len(names))
        function = _window_function(text(source, "VOILUTFunction"), notes)
        windows = [
            _window(centre, width, function, name)
            for centre, width, name in zip(centres, widths, names, strict=False)
        ]
        if len(centres) != len(widths) or None in windows:
            notes.append("A window in the file makes no sense and is left out.")
        found = tuple(window for window in windows if window is not None)
        if found:
            return found
    return ()


def voi_lut_of(
    sources: Sequence[Dataset], values: NDArray[np.float32], notes: list[str]
) -> VoiLut | None:
    """The file's first VOI LUT that can be used; a damaged one is left out, with a note.

    Source:
        DICOM PS3.3 C.11.2.1.1.
    """
    for source in sources:
        for item in items(source, "VOILUTSequence"):
            table = _table(item, is_signed=float(values.min(initial=0.0)) < 0.0)
            if table is None:
                notes.append("A VOI look-up table in the file is damaged and is left out.")
                continue
            first, entries, bits = table
            highest = int(entries.max())
            # Some files declare 16 bits for entries of 12, and would be shown nearly black;
            # others declare fewer bits than the entries take.
            if highest.bit_length() > bits or 0 < highest < 1 << max(bits - 2, 0):
                bits = highest.bit_length()
            brightness = (entries / (2.0**bits - 1.0)).astype(np.float32)
            return VoiLut(float(first), brightness, text(item, "LUTExplanation"))
    return None


def _rescale(path: Path, sources: Sequence[Dataset]) -> tuple[float, float]:
    for source in sources:
        slope, intercept = number(source, "RescaleSlope"), number(source, "RescaleIntercept")
        stated = text(source, "RescaleSlope"), text(source, "RescaleIntercept")
        if (slope is None and stated[0]) or (intercept is None and stated[1]):
            raise _bad_rescale(path, *stated)
        if slope is None and intercept is None:
            continue
        slope = 1.0 if slope is None else slope
        intercept = 0.0 if intercept is None else intercept
        if slope == 0.0 or not math.isfinite(slope) or not math.isfinite(intercept):
            raise _bad_rescale(path, slope, intercept)
        return slope, intercept
    return 1.0, 0.0


def _bad_rescale(path: Path, slope: object, intercept: object) -> UnreadableRadiographError:
    return UnreadableRadiographError(
        path,
        f"its rescale (slope {slope}, intercept {intercept}) gives no usable values; "
        "the file is damaged",
    )


def _window_function(stated: str, notes: list[str]) -> WindowFunction:
    function = stated.upper() or "LINEAR"
    if function not in get_args(WindowFunction):
        notes.append(f"The file's window function {stated} is unknown: LINEAR is used.")
        return "LINEAR"
    return cast(WindowFunction, function)


def _window(centre: float, width: float, function: WindowFunction, name: str) -> Window | None:
    if not (math.isfinite(centre) and math.isfinite(width)) or width <= 0.0:
        return None
    if function == "LINEAR" and width < 1.0:  # not allowed, but its meaning is plain
        function = "LINEAR_EXACT"
    try:
        return Window(centre, width, function, name)
    except ValueError:  # narrower than float32 can tell apart
        return None


def _table(item: Dataset, *, is_signed: bool) -> tuple[int, NDArray[np.int64], int] | None:
    """Read a look-up table: the first value it maps, its entries, the bits they are said to have.

    Source:
        DICOM PS3.3 C.11.1.1.1: 0 entries mean 65536; the first value is signed where the values
        that go in are.
    """
    descriptor = numbers(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    count, first, bits = (int(part) for part in descriptor)
    count = count & 0xFFFF or 0x10000
    if is_signed and first > 0x7FFF:
        first -= 0x10000
    entries = _entries(item, count)
    if entries is None or not 1 <= bits <= 16:
        return None
    return first, entries, bits


def _entries(item: Dataset, count: int) -> NDArray[np.int64] | None:
    data = item.get("LUTData")
    if isinstance(data, bytes):
        is_bytes = len(data) in (count, count + 1) and count > 1
        order = "<" if item.is_little_endian is not False else ">"
        data = np.frombuffer(data[: len(data) // 2 * 2], "u1" if is_bytes else f"{order}u2")
    entries = np.atleast_1d(np.asarray(data if data is not None else [], np.int64)) & 0xFFFF
    return entries[:count] if len(entries) >= count else None
