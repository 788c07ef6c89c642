"""A measurement or note on a radiograph, and what a kind of them is.

All of them work on points (column, row) of the radiograph, where the left edge of the first
column is 0 and its middle 0.5, so that a mark stays where it is however the picture is turned,
and its figure does not depend on the zoom.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from inference.records import Radiograph

Point = tuple[float, float]
"""Column and row of a radiograph."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One measurement or note on a radiograph.

    Attributes:
        kind: The name of a `Kind`.
        points: As many as the kind has.
        text: What the user wrote; "" where the kind has no text.
    """

    kind: str
    points: tuple[Point, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to measure or mark.

    Attributes:
        name: Used in files.
        count: How many points it has.
        words: Lines to print beside a mark: its figure first, where that comes from last.
        lines: Which points are joined, as pairs of their indices.
        is_ellipse: Whether it is drawn as the ellipse in the rectangle of its two points.
        has_head: Whether its line ends in an arrow.
        has_text: Whether the user writes something.
    """

    name: str
    count: int
    words: Callable[[Mark, Radiograph], tuple[str, ...]] = field(repr=False)
    lines: tuple[tuple[int, int], ...] = ()
    is_ellipse: bool = False
    has_head: bool = False
    has_text: bool = False
