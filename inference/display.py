"""From the values of a radiograph to brightness on a screen.

    values --(VOI LUT or window)--> [0, 1] --(inverted once, where the file says so)--> brightness

This is the only place where a window is applied and the only place where a picture is inverted,
so that what the eye sees and what the networks see cannot differ in either.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.records import Radiograph, VoiLut, Window

_BLOCK_VALUES = 1 << 17  # 1 MB of float64: the steps of a block stay in the cache
_NARROWEST, _WIDEST = 1e-3, 1e9  # ramps, in which float32 loses nothing


def display_brightness(
    radiograph: Radiograph, window: Window | VoiLut | None = None
) -> NDArray[np.float32]:
    """Show a radiograph as its file asks for it, or through another window.

    Args:
        radiograph: As read.
        window: Used in place of the file's own. Without it the VOI LUT is used where the file
            has one, and the first of its windows otherwise.

    Returns:
        (rows, columns), or (rows, columns, 3) for a colour picture, in [0, 1]. Higher is
        whiter. Padding is black, whether or not the picture is inverted.

    Source:
        DICOM PS3.3 C.7.6.3.1.2: the inversion of MONOCHROME1 comes after the VOI step.
        C.11.6: Presentation LUT Shape INVERSE, which DX demands together with MONOCHROME1, names
        that same inversion and is not a second one.
    """
    shown = window or radiograph.voi_lut or radiograph.windows[0]
    if isinstance(shown, VoiLut):
        brightness = apply_voi_lut(radiograph.values, shown)
    else:
        brightness = apply_window(radiograph.values, shown)
    if radiograph.is_inverted:
        np.subtract(np.float32(1.0), brightness, out=brightness)
    if radiograph.padding is not None:
        brightness[radiograph.padding] = 0.0
    return brightness


def apply_window(values: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
    """Turn values into brightness through a window.

    Args:
        values: Any shape, after the modality step; finite.
        window: In the units of `values`.

    Returns:
        The same shape, in [0, 1]: dark below the window, bright above it. Not inverted.

    Source:
        DICOM PS3.3 C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID) and C.11.2.1.3.2
        (LINEAR_EXACT). The half and the one of LINEAR are the standard's: a window of width w
        spans w whole values, so w - 1 steps.
    """
    centre, width = np.float64(window.centre), np.float64(window.width)
    middle, steps = (centre - 0.5, width - 1.0) if window.function == "LINEAR" else (centre, width)
    brightness = np.empty(values.shape, np.float32)
    # float64 inside: near float32's limits the ramp would overflow or lose its steps. Where
    # float32 holds its middle, it is right to 1e-7 and takes a third of the time.
    is_plain = float(np.float32(middle)) == middle and _NARROWEST <= steps <= _WIDEST
    kind = np.float32 if is_plain and window.function != "SIGMOID" else np.float64
    with np.errstate(over="ignore", under="ignore"):
        for block, target in _blocks(values, brightness, kind):
            block -= kind(middle)
            if window.function == "SIGMOID":
                target[...] = 1.0 / (1.0 + np.exp(-4.0 * block / steps))
                continue
            if steps < np.finfo(np.float32).tiny:  # no length left for a ramp: a threshold
                target[...] = block > 0.0
                continue
            block /= kind(steps)
            block += kind(0.5)
            np.clip(block, 0.0, 1.0, out=target)
    return brightness


def apply_voi_lut(values: NDArray[np.float32], lut: VoiLut) -> NDArray[np.float32]:
    """Turn values into brightness through the file's own table.

    Args:
        values: Any shape, after the modality step; finite. Those between two whole numbers take
            the entry of the nearest.
        lut: Values before its first entry take that entry, those after its last the last.

    Returns:
        The same shape, in [0, 1]. Not inverted.

    Source:
        DICOM PS3.3 C.11.2.1.1.
    """
    brightness = np.empty(values.shape, np.float32)
    last = len(lut.entries) - 1
    for block, target in _blocks(values, brightness, np.float64):
        block -= lut.first_value
        np.rint(block, out=block)
        target[...] = lut.entries[block.clip(0, last, out=block).astype(np.intp)]
    return brightness


def _blocks(
    values: NDArray[np.float32], results: NDArray[np.float32], kind: type[np.floating]
) -> Iterator[tuple[NDArray[Any], NDArray[np.float32]]]:
    """Parts of the values in another type, to be worked on, and where their results go.

    In float32 the one is the other.
    """
    flat, target = np.ascontiguousarray(values).reshape(-1), results.reshape(-1)
    for start in range(0, flat.size, _BLOCK_VALUES):
        part = slice(start, start + _BLOCK_VALUES)
        block = target[part] if kind is np.float32 else np.empty(len(target[part]), kind)
        block[...] = flat[part]
        yield block, target[part]
