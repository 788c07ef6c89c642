"""Angle at the second of three points, as it is in the patient and not in the pixel grid."""

import math

from inference.records import Radiograph
from viewer.measuring.length import step
from viewer.measuring.mark import Kind, Mark, Point
from viewer.translation import tr


def angle(radiograph: Radiograph, points: tuple[Point, ...]) -> float:
    """Between the two arms, in degrees from 0 to 180; 0 where an arm has no length."""
    first = step(radiograph, points[1], points[0])
    second = step(radiograph, points[1], points[2])
    cross = first[0] * second[1] - first[1] * second[0]
    dot = first[0] * second[0] + first[1] * second[1]
    return math.degrees(math.atan2(abs(cross), dot))


def _words(mark: Mark, radiograph: Radiograph) -> tuple[str, ...]:
    value = f"{angle(radiograph, mark.points):.1f}°"
    spacing = radiograph.spacing
    if spacing is None:
        return value, tr("pixels taken as square: the file states no spacing")
    if math.isclose(spacing.row_mm, spacing.column_mm, rel_tol=1e-6):
        return (value,)  # square pixels: the angle owes nothing to how large they are
    return value, spacing.source


ANGLE = Kind("angle", 3, _words, lines=((0, 1), (1, 2)))
