"""napari's reader: a DICOM radiograph becomes an image layer.

The layer has the file's values, not what a screen makes of them: its first window is the
contrast limits, and MONOCHROME1 is napari's reversed grey.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from inference.errors import UnreadableRadiographError
from inference.radiograph_file import kind_of_file
from inference.radiograph_io import read_radiograph
from inference.records import Radiograph, Window

LayerData = tuple[Any, dict[str, Any], str]


def napari_get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerData]] | None:
    """What reads a path, or None where it is no DICOM file.

    Args:
        path: A file; or several, each of which becomes a layer of its own.
    """
    return read_layers if all(_is_dicom(Path(one)) for one in _listed(path)) else None


def read_layers(path: str | list[str]) -> list[LayerData]:
    """Read radiographs as napari's image layers.

    Returns:
        (values, the layer's properties, "image") for each file. `scale` and `units` only where
        the file states a pixel spacing, whose source is in `metadata["spacing"]`.

    Raises:
        UnreadableRadiographError: A file is no radiograph, or damaged.
    """
    return [layer_of(read_radiograph(Path(one))) for one in _listed(path)]


def layer_of(radiograph: Radiograph) -> LayerData:
    """A radiograph as an image layer."""
    spacing, header = radiograph.spacing, radiograph.header
    properties: dict[str, Any] = {
        "name": radiograph.path.stem,
        "metadata": {
            "modality": header.modality,
            "view": header.view_position,
            "spacing": "unknown" if spacing is None else spacing.source,
            "notes": list(radiograph.notes),
        },
    }
    if spacing is not None:
        properties["scale"] = (spacing.row_mm, spacing.column_mm)
        properties["units"] = ("mm", "mm")
    values = radiograph.values
    if values.ndim == 3:
        return values.astype("uint8"), {**properties, "rgb": True}, "image"
    properties["colormap"] = "gray_r" if radiograph.is_inverted else "gray"
    if radiograph.voi_lut is None:  # a lookup table is no pair of limits
        properties["contrast_limits"] = contrast_limits(radiograph.windows[0])
    return values, properties, "image"


def contrast_limits(window: Window) -> tuple[float, float]:
    """The values that are black and white through a window.

    Source:
        DICOM PS3.3 C.11.2.1.2: LINEAR spans one less than its width, from half a value lower.
    """
    if window.function != "LINEAR":
        return window.centre - window.width / 2, window.centre + window.width / 2
    half = max(window.width - 1, 1.0) / 2
    return window.centre - 0.5 - half, window.centre - 0.5 + half


def _listed(path: str | list[str]) -> list[str]:
    return [path] if isinstance(path, str) else list(path)


def _is_dicom(path: Path) -> bool:
    try:
        return kind_of_file(path) == "DICOM"
    except UnreadableRadiographError:
        return False
