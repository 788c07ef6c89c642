"""Ellipse: mean and standard deviation of the values within, and its area."""

import math
from dataclasses import dataclass

import numpy as np

from inference.records import Radiograph
from viewer.measuring.length import source_line
from viewer.measuring.mark import Kind, Mark, Point
from viewer.translation import tr


@dataclass(frozen=True, slots=True)
class EllipseFigures:
    """What is known of an ellipse.

    Attributes:
        mean, sd: Of the values within, in the file's own units; SD over all of them (divided
            by n). None where no pixel lies within, or for a colour picture.
        count: Pixels whose middle lies within and that are no padding.
        area: Of the ellipse itself, in mm², or in pixels where the file has no spacing.
    """

    mean: float | None
    sd: float | None
    count: int
    area: float


def ellipse_figures(radiograph: Radiograph, points: tuple[Point, ...]) -> EllipseFigures:
    """Of the ellipse in the rectangle of two corners."""
    (x1, y1), (x2, y2) = points
    middle = ((x1 + x2) / 2, (y1 + y2) / 2)
    across, down = abs(x2 - x1) / 2, abs(y2 - y1) / 2
    spacing = radiograph.spacing
    pixel = spacing.row_mm * spacing.column_mm if spacing else 1.0
    area = math.pi * across * down * pixel
    rows, columns = radiograph.shape
    top, bottom = max(0, math.floor(min(y1, y2))), min(rows, math.ceil(max(y1, y2)))
    left, right = max(0, math.floor(min(x1, x2))), min(columns, math.ceil(max(x1, x2)))
    if radiograph.is_colour or not across or not down or top >= bottom or left >= right:
        return EllipseFigures(None, None, 0, area)
    row = (np.arange(top, bottom) + 0.5 - middle[1])[:, None] / down
    column = (np.arange(left, right) + 0.5 - middle[0])[None] / across
    is_within = row**2 + column**2 <= 1
    if radiograph.padding is not None:
        is_within &= ~radiograph.padding[top:bottom, left:right]
    values = radiograph.values[top:bottom, left:right][is_within].astype(np.float64)
    if not values.size:
        return EllipseFigures(None, None, 0, area)
    return EllipseFigures(float(values.mean()), float(values.std()), values.size, area)


def _words(mark: Mark, radiograph: Radiograph) -> tuple[str, ...]:
    figures = ellipse_figures(radiograph, mark.points)
    area = f"{figures.area:.0f} px" if radiograph.spacing is None else _area_words(figures.area)
    lines = []
    if figures.mean is not None and figures.sd is not None:
        lines.append(
            tr("mean {mean:.1f}, SD {sd:.1f} of {count:,} pixels").format(
                mean=figures.mean, sd=figures.sd, count=figures.count
            )
        )
    return *lines, tr("area {area}").format(area=area), source_line(radiograph)


def _area_words(area: float) -> str:
    return f"{area / 100:.2f} cm²" if area >= 100 else f"{area:.1f} mm²"


ELLIPSE = Kind("ellipse", 2, _words, is_ellipse=True)
