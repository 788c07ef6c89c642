"""Comparing methods in the background: rows as they come, with small pictures of their cases.

    compare_job   path, engine -> MethodComparison, CasePicture ..., MethodComparison, ...

A plain generator that knows nothing of Qt. A case is read once, however many methods find it,
and kept small: seven methods may show twenty-eight radiographs.
"""

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from inference.case_filter import EVERY_CASE, CaseFilter
from inference.errors import InferenceError
from inference.method_comparison import MethodComparison, compare_methods
from inference.pipeline import Engine
from inference.radiograph_io import display_brightness
from inference.records import Radiograph, Window
from inference.safe_reading import read_aside

PICTURE_SIDE = 512
"""Longest side of a small picture, in pixels."""

QUERY = ""
"""The query's place among the pictures, which are kept by case id."""


@dataclass(frozen=True, slots=True, eq=False)
class CasePicture:
    """A small picture of one case.

    Attributes:
        case_id: Whose; `QUERY` for the query.
        radiograph: Reduced to `PICTURE_SIDE`; None where the file cannot be read.
        problem: Why not, for the user; else "".
    """

    case_id: str
    radiograph: Radiograph | None = field(repr=False)
    problem: str = ""


def compare_job(
    path: Path, engine: Engine, *, exclude_patient: bool, only: CaseFilter = EVERY_CASE
) -> Generator[MethodComparison | CasePicture, None, None]:
    """Each method's row, and after it the pictures that it adds.

    Raises:
        InferenceError: As `compare_methods`.
    """
    known: set[str] = set()
    for comparison in compare_methods(path, engine, exclude_patient=exclude_patient, only=only):
        yield comparison
        if not known:
            assert comparison.query.radiograph is not None
            yield CasePicture(QUERY, reduced(comparison.query.radiograph))
            known.add(QUERY)
        for neighbour in comparison.rows[-1].neighbours:
            case = neighbour.case
            if case.case_id in known:
                continue
            known.add(case.case_id)
            try:
                yield CasePicture(case.case_id, reduced(read_aside(case.path)))
            except InferenceError as error:
                yield CasePicture(case.case_id, None, str(error))


def reduced(radiograph: Radiograph, longest: int = PICTURE_SIDE) -> Radiograph:
    """A small copy as it looks through its own window; what its file says of itself stays.

    Args:
        radiograph: Any.
        longest: Pixels of the longer side; a smaller radiograph keeps its size.
    """
    brightness = display_brightness(radiograph)
    rows, columns = radiograph.shape
    scale = min(1.0, longest / max(rows, columns))
    height, width = max(1, round(rows * scale)), max(1, round(columns * scale))
    channels = brightness[..., None] if brightness.ndim == 2 else brightness
    planes = [
        Image.fromarray(np.ascontiguousarray(channels[..., one], np.float32)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for one in range(channels.shape[2])
    ]
    small = np.stack([np.asarray(plane, np.float32) for plane in planes], axis=-1).clip(0, 1)
    spacing = radiograph.spacing
    if spacing is not None:
        spacing = replace(
            spacing,
            row_mm=spacing.row_mm * rows / height,
            column_mm=spacing.column_mm * columns / width,
        )
    return replace(
        radiograph,
        values=small * 255 if radiograph.is_colour else small[..., 0],
        is_inverted=False,
        windows=(Window(0.5, 1.0, "LINEAR_EXACT"),),
        voi_lut=None,
        padding=None,
        spacing=spacing,
    )
