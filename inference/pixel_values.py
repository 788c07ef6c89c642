"""What every reader does with decoded pixels, whatever the file was."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.records import Window

_COLOURED = 12.0  # of 255: JPEG's chroma noise stays below, skin and stains are far above
_COLOURED_SHARE = 0.02  # a coloured arrow or stamp on a grey picture leaves it grey
_BLOCK_ROWS = 64  # their copies stay in the cache


def full_range(
    values: NDArray[np.float32],
    *,
    padding: NDArray[np.bool_] | None = None,
    limits: tuple[float, float] | None = None,
) -> Window:
    """The window that shows everything, for files that bring none.

    Args:
        values: (rows, columns[, 3]); finite.
        padding: True where a value does not count.
        limits: The lowest and highest value the file could hold, used in place of those that
            occur: an 8-bit picture is shown as it is.
    """
    if limits is None:
        seen = values if padding is None else values[~padding]
        seen = seen if seen.size else values
        limits = float(seen.min()), float(seen.max())
    low, high = limits
    # LINEAR runs from centre - 0.5 - (width - 1) / 2 to centre - 0.5 + (width - 1) / 2.
    return Window((low + high) / 2.0 + 0.5, high - low + 1.0, "LINEAR", "full range")


def grey_if_colourless(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make a colour picture grey where its colour says nothing.

    Args:
        values: (rows, columns, 3) red, green, blue in [0, 255].

    Returns:
        (rows, columns) where the channels are nearly equal in nearly all pixels, as in a
        radiograph saved in colour; otherwise `values`.

    Source:
        ITU-R BT.601 luma, written so that equal channels give exactly their value.
    """
    red, green, blue = (values[..., channel] for channel in range(3))
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    if float(np.mean(spread > _COLOURED)) > _COLOURED_SHARE:
        return values
    grey: NDArray[np.float32] = green + np.float32(0.299) * (red - green)
    grey += np.float32(0.114) * (blue - green)
    return grey


def pixel_checksum(values: NDArray[Any]) -> str:
    """Hex SHA-256 over shape and values, the same on every machine and for every file format.

    Args:
        values: Of a radiograph, or the whole numbers they are, which is faster.

    Values are hashed in the shortest type that holds them all exactly, since hashing is half the
    time that reading an uncompressed radiograph takes.
    """
    shortest = _shortest_type(values)
    digest = hashlib.sha256(f"{shortest} {values.shape}".encode())
    for row in range(0, len(values), _BLOCK_ROWS):
        block = np.ascontiguousarray(values[row : row + _BLOCK_ROWS], shortest)
        if shortest == "<f4":
            block = block + np.float32(0.0)  # -0 becomes 0
        digest.update(block.data)
    return digest.hexdigest()


def _shortest_type(values: NDArray[Any]) -> str:
    lowest, highest = float(values.min()), float(values.max())
    if lowest < 0.0 or highest > 65535.0:
        return "<f4"
    if values.dtype.kind == "f":
        for row in range(0, len(values), _BLOCK_ROWS):
            block = values[row : row + _BLOCK_ROWS]
            if not np.array_equal(block, block.astype("<u2")):
                return "<f4"
    return "<u1" if highest <= 255.0 else "<u2"
