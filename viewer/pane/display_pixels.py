"""A radiograph made ready for the screen: whole numbers, at every halving of its size.

    values -> numbers -+-> level 0, 1, 2, ... -> the part in view, at screen resolution
                       '                                   |
    window -> brightness_table ----------------------------+-> grey levels

Dragging a window over 9 million pixels is fast because the window is applied to a table of
65,536 values, and the table to the million pixels in view. Zoomed out, those come from the
level nearest in size, so that nothing aliases.

The window itself is applied by `inference.display`, as it is for the models.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inference.display import apply_voi_lut, apply_window
from inference.records import Radiograph, VoiLut, Window

PADDING = 0
"""The number that stands for padding in a grey level: always black."""

Numbers = NDArray[np.uint16] | NDArray[np.uint8]
"""The pixels of a level, or of a part of one."""

_HIGHEST = 65535
_SMALLEST_SIDE = 64


@dataclass(frozen=True, slots=True, eq=False)
class DisplayPixels:
    """The pixels of one radiograph as the pane draws them.

    Attributes:
        levels: (rows, columns) uint16 for grey, (rows, columns, 3) uint8 for colour; each half
            the size of the one before, sides rounded up. Grey number n > 0 stands for the
            value `low + (n - 1) * step`, and 0 for padding; colour number n for the value n.
        low, step: In the units of `Radiograph.values`.
    """

    levels: tuple[Numbers, ...] = field(repr=False)
    low: float
    step: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the radiograph."""
        return self.levels[0].shape[0], self.levels[0].shape[1]

    @property
    def is_colour(self) -> bool:
        """Whether the levels have three channels."""
        return self.levels[0].ndim == 3

    @property
    def high(self) -> float:
        """The highest value that occurs."""
        return self.low + self.step * (_HIGHEST - 1) if not self.is_colour else 255.0


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a radiograph and the pixels of the screen that it fills.

    Attributes:
        left, top, right, bottom: The part, in pixels of the radiograph.
        width, height: On the screen, in device pixels; at least 1.
    """

    left: float
    top: float
    right: float
    bottom: float
    width: int
    height: int


def display_pixels(radiograph: Radiograph) -> DisplayPixels:
    """Prepare a radiograph for drawing. Takes some 100 ms for 9 million pixels."""
    values = radiograph.values
    if radiograph.is_colour:
        low, step = 0.0, 1.0
        first: Numbers = np.rint(values).astype(np.uint8)
    else:
        anatomy = values if radiograph.padding is None else values[~radiograph.padding]
        low = float(anatomy.min()) if anatomy.size else 0.0
        high = float(anatomy.max()) if anatomy.size else 1.0
        step = max((high - low) / (_HIGHEST - 1), 1e-30)
        numbers = values - np.float32(low)
        numbers /= np.float32(step)
        numbers += np.float32(1.5)  # half a number, so that casting rounds
        first = numbers.clip(1, _HIGHEST, out=numbers).astype(np.uint16)
        if radiograph.padding is not None:
            first[radiograph.padding] = PADDING
    levels = [first]
    while min(levels[-1].shape[:2]) >= 2 * _SMALLEST_SIDE:
        levels.append(_halved(levels[-1], has_padding=radiograph.padding is not None))
    for level in levels:
        level.setflags(write=False)
    return DisplayPixels(tuple(levels), low, step)


def brightness_table(
    pixels: DisplayPixels, window: Window | VoiLut, *, is_inverted: bool
) -> NDArray[np.uint8]:
    """Brightness of every number of a level through a window.

    Args:
        pixels: Whose numbers are meant.
        window: In the units of `Radiograph.values`.
        is_inverted: Whether to invert after the window.

    Returns:
        (65536,) uint8, or (256,) for colour; 255 is white.
    """
    if pixels.is_colour:
        values = np.arange(256, dtype=np.float32)
    else:
        numbers = np.arange(-1.0, _HIGHEST)
        values = (pixels.low + numbers * pixels.step).astype(np.float32)
    if isinstance(window, VoiLut):
        brightness = apply_voi_lut(values, window)
    else:
        brightness = apply_window(values, window)
    if is_inverted:
        brightness = 1.0 - brightness
    table: NDArray[np.uint8] = np.rint(brightness * 255).astype(np.uint8)
    if not pixels.is_colour:
        table[PADDING] = 0
    return table


def sample(pixels: DisplayPixels, region: Region, *, smooth: bool) -> Numbers:
    """The numbers of a region at screen resolution.

    Args:
        pixels: To take them from.
        region: Which part, and how large it becomes.
        smooth: Interpolate (some 5 ms a million pixels), or take the nearest (below 1 ms),
            which is good enough while something moves.

    Returns:
        (region.height, region.width) uint16, or (..., 3) uint8 for colour.
    """
    shrinking = min(
        (region.right - region.left) / region.width, (region.bottom - region.top) / region.height
    )
    index = int(np.clip(np.floor(np.log2(max(shrinking, 1.0))), 0, len(pixels.levels) - 1))
    level, factor = pixels.levels[index], 2.0**index
    rows, columns = level.shape[:2]
    left, right = region.left / factor, min(region.right / factor, columns)
    top, bottom = region.top / factor, min(region.bottom / factor, rows)
    if smooth:
        return _interpolated(level, (left, top, right, bottom), (region.width, region.height))
    across = left + (np.arange(region.width) + 0.5) * ((right - left) / region.width)
    down = top + (np.arange(region.height) + 0.5) * ((bottom - top) / region.height)
    nearest: Numbers = level.take(down.astype(np.intp).clip(0, rows - 1), axis=0).take(
        across.astype(np.intp).clip(0, columns - 1), axis=1
    )
    return nearest


def _interpolated(
    level: Numbers,
    box: tuple[float, float, float, float],
    size: tuple[int, int],
) -> Numbers:
    # Pillow converts the whole picture: hand over only the part in view and a margin.
    left, top = max(0, int(box[0]) - 2), max(0, int(box[1]) - 2)
    part = level[top : int(box[3]) + 3, left : int(box[2]) + 3]
    inner = (box[0] - left, box[1] - top, box[2] - left, box[3] - top)
    if level.ndim == 3:
        from PIL import Image

        picture = Image.fromarray(np.ascontiguousarray(part))
        return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box=inner))
    numbers = _resized(part.astype(np.float32), size, inner)
    if part.all():
        return (numbers + np.float32(0.5)).astype(np.uint16)
    # Padding is 0, so the mean over the anatomy alone is what came, by the anatomy's share.
    share = _resized((part != PADDING).astype(np.float32), size, inner)
    numbers /= np.maximum(share, np.float32(1e-6))
    sampled: NDArray[np.uint16] = (numbers + np.float32(0.5)).clip(0, _HIGHEST).astype(np.uint16)
    sampled[share < 0.5] = PADDING
    return sampled


def _resized(
    values: NDArray[np.float32], size: tuple[int, int], box: tuple[float, float, float, float]
) -> NDArray[np.float32]:
    from PIL import Image  # not before there is something to show

    picture = Image.fromarray(values).resize(size, Image.Resampling.BILINEAR, box=box)
    return np.array(picture, np.float32)


def _halved(level: Numbers, *, has_padding: bool) -> Numbers:
    rows, columns = level.shape[:2]
    if rows % 2 or columns % 2:  # repeat the last row or column rather than lose it
        down = np.arange(rows + rows % 2).clip(max=rows - 1)
        across = np.arange(columns + columns % 2).clip(max=columns - 1)
        level = level.take(down, axis=0).take(across, axis=1)
    corners = [level[row::2, column::2] for row in (0, 1) for column in (0, 1)]
    total = corners[0].astype(np.uint32)
    for corner in corners[1:]:
        total += corner
    total += 2  # rounds to the nearest
    total >>= 2
    half: Numbers = total.astype(np.uint16) if level.ndim == 2 else total.astype(np.uint8)
    if has_padding:
        is_anatomy = np.logical_and.reduce([corner != PADDING for corner in corners])
        half[~is_anatomy] = PADDING
    return half
