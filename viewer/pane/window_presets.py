"""Windows to begin from: the file's own by name, and some made from the radiograph's values.

A radiograph has no scale like that of Hounsfield units, so "lungs" and "bones" are not fixed
numbers: they are the darker and the brighter part of what this picture holds, as shares of its
pixels. A preset therefore means the same on any radiograph, and can be handed from pane to pane.
"""

import numpy as np

from inference.records import Radiograph, Window
from viewer.pane.display_pixels import PADDING, DisplayPixels
from viewer.translation import N_, tr

FULL, AUTO, LUNGS, BONES = (
    N_("full range"),
    N_("auto"),
    N_("lungs"),
    N_("bones"),
)

MADE_PRESETS = (FULL, AUTO, LUNGS, BONES)
"""Presets that every radiograph has."""

_SHARES = {AUTO: (1.0, 99.0), LUNGS: (2.0, 60.0), BONES: (50.0, 99.8)}
"""From which to which percentile of the pixels, the darkest on the screen first."""

_ENOUGH_PIXELS = 20_000


def preset_names(radiograph: Radiograph) -> tuple[str, ...]:
    """The presets a radiograph offers: those of its file first.

    A file's windows without a name are called "window 1", "window 2" and so on.
    """
    own = tuple(_own_name(radiograph, index) for index in range(len(radiograph.windows)))
    if radiograph.voi_lut is not None:
        own = (radiograph.voi_lut.name or "VOI LUT", *own)
    return (*dict.fromkeys(one for one in own if one not in MADE_PRESETS), *MADE_PRESETS)


def preset_window(radiograph: Radiograph, pixels: DisplayPixels, preset: str) -> Window | None:
    """The window of a preset.

    Args:
        radiograph: Whose window is wanted.
        pixels: Made from it.
        preset: A name; "" stands for what the file asks for.

    Returns:
        None where the file's own default is meant: for "", for its VOI LUT, and for the name of
        a window that this file does not have.
    """
    if preset == FULL:
        return _between(pixels.low, pixels.high if not pixels.is_colour else 255.0, FULL)
    if preset in _SHARES:
        return _between(*_percentiles(radiograph, pixels, _SHARES[preset]), preset)
    for index, window in enumerate(radiograph.windows):
        if preset and _own_name(radiograph, index) == preset:
            return window
    return None


def _own_name(radiograph: Radiograph, index: int) -> str:
    return radiograph.windows[index].name or tr("window {number}").format(number=index + 1)


def _between(low: float, high: float, name: str) -> Window:
    width = max(high - low, 1e-6)
    return Window((low + high) / 2, width, "LINEAR_EXACT", name)


def _percentiles(
    radiograph: Radiograph, pixels: DisplayPixels, shares: tuple[float, float]
) -> tuple[float, float]:
    """Values at two percentiles of brightness, told from a level that is large enough."""
    level = next(
        (one for one in reversed(pixels.levels) if one.shape[0] * one.shape[1] >= _ENOUGH_PIXELS),
        pixels.levels[0],
    )
    numbers = level if pixels.is_colour else level[level != PADDING]
    if not numbers.size:
        return pixels.low, pixels.high
    if radiograph.is_inverted:  # the darkest on the screen are the highest values
        shares = (100 - shares[1], 100 - shares[0])
    low, high = (float(one) for one in np.percentile(numbers, shares))
    if pixels.is_colour:
        return low, high
    return pixels.low + (low - 1) * pixels.step, pixels.low + (high - 1) * pixels.step
