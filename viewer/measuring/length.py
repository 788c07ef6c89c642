"""Length: millimetres where the file says how large a pixel is, else pixels."""

import math

from inference.records import Radiograph
from viewer.measuring.mark import Kind, Mark, Point
from viewer.pane.pane_text import source_words
from viewer.translation import N_, tr

NO_SPACING = N_("the file states no pixel spacing")


def step(radiograph: Radiograph, start: Point, end: Point) -> tuple[float, float]:
    """From one point to another: across and down, in mm, or in pixels without a spacing."""
    across, down = end[0] - start[0], end[1] - start[1]
    spacing = radiograph.spacing
    if spacing is None:
        return across, down
    return across * spacing.column_mm, down * spacing.row_mm


def distance(radiograph: Radiograph, start: Point, end: Point) -> float:
    """Between two points, in mm, or in pixels where the file has no spacing."""
    return math.hypot(*step(radiograph, start, end))


def unit(radiograph: Radiograph) -> str:
    """Of `distance`: "mm" or "px"."""
    return "px" if radiograph.spacing is None else "mm"


def source_line(radiograph: Radiograph) -> str:
    """Where millimetres come from, or why there are none; never left out beside a figure."""
    return tr(NO_SPACING) if radiograph.spacing is None else source_words(radiograph.spacing)


def _words(mark: Mark, radiograph: Radiograph) -> tuple[str, ...]:
    value = distance(radiograph, *mark.points)
    return f"{value:.1f} {unit(radiograph)}", source_line(radiograph)


LENGTH = Kind("length", 2, _words, lines=((0, 1),))
