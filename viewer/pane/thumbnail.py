"""A radiograph as a small picture."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtGui import QImage

from inference.radiograph_io import display_brightness
from inference.records import Radiograph


def thumbnail(radiograph: Radiograph, side: int) -> QImage:
    """Draw a radiograph as its file asks to be shown.

    Args:
        radiograph: To draw.
        side: Of the square it just fits into, in pixels.

    Returns:
        A picture in the radiograph's shape; pixels that are not square are made so.
    """
    rows, columns = radiograph.shape
    high, wide = float(rows), float(columns)
    if radiograph.spacing is not None:
        high *= radiograph.spacing.row_mm
        wide *= radiograph.spacing.column_mm
    scale = side / max(high, wide)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    padding = radiograph.padding
    small = replace(
        radiograph,
        values=_shrunk(radiograph.values, size),
        padding=None if padding is None else _shrunk(padding.astype(np.float32), size) > 0.5,
    )
    levels = np.rint(display_brightness(small) * 255).astype(np.uint8)
    kind = QImage.Format.Format_RGB888 if levels.ndim == 3 else QImage.Format.Format_Grayscale8
    return QImage(levels.tobytes(), size[0], size[1], levels.size // size[1], kind).copy()


def _shrunk(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """The mean over the pixels that become one, so that nothing aliases."""
    planes = values[..., None] if values.ndim == 2 else values
    shrunk = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(planes[..., one])).resize(
                size, Image.Resampling.BOX
            ),
            np.float32,
        )
        for one in range(planes.shape[2])
    ]
    return shrunk[0].copy() if values.ndim == 2 else np.stack(shrunk, axis=-1)
