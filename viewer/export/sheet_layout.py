"""Where things go on a comparison sheet, in its pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QRectF

from inference.records import Radiograph

_SMALLEST_PANE, _LARGEST_PANE = 560, 1536
_LARGEST_OF_MANY = 1024


class SheetMeasures(Protocol):
    """What the brush needs to know of a sheet, in pixels.

    Attributes:
        pane: Side of a small pane.
        text: Height of the letters.
        gap: Between panes, and around everything.
        line: From one line of text to the next.
        width: Of the whole sheet.
    """

    @property
    def pane(self) -> int: ...
    @property
    def text(self) -> int: ...
    @property
    def gap(self) -> int: ...
    @property
    def line(self) -> float: ...
    @property
    def width(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """The measures of one sheet.

    Attributes:
        pane: Side of a neighbour's pane.
        rows, columns: Of the grid of neighbours.
        text: Height of the letters.
        gap: Between panes, and around everything.
        legend_lines: In the footer, on what the maps show.
    """

    pane: int
    rows: int
    columns: int
    text: int
    gap: int
    legend_lines: int = 0

    @classmethod
    def of(cls, count: int, radiographs: Sequence[Radiograph]) -> "SheetLayout":
        """The layout for so many neighbours, with panes as fine as their radiographs."""
        longest = max((max(one.shape) for one in radiographs), default=_SMALLEST_PANE)
        pane = min(max(longest, _SMALLEST_PANE), _LARGEST_PANE)
        rows = 2 if count <= 8 else 3
        if rows == 3:
            pane = min(pane, _LARGEST_OF_MANY)
        return cls(pane, rows, -(-count // rows), round(pane / 28), round(pane / 42))

    @property
    def line(self) -> float:
        """From one line of text to the next."""
        return self.text * 1.5

    @property
    def caption(self) -> float:
        """Height of the three lines below a pane, with the space around them."""
        return 3 * self.line + 1.5 * self.gap

    @property
    def cell(self) -> float:
        """Height of a pane and its caption."""
        return self.pane + self.caption

    @property
    def query_width(self) -> int:
        """Of the query's pane, as high as all rows together."""
        return round(self.rows * self.pane + (self.rows - 1) * self.gap)

    @property
    def body_height(self) -> float:
        """Of everything above the footer."""
        return self.rows * self.cell

    @property
    def width(self) -> int:
        """Of the whole sheet."""
        return round(self.query_width + self.columns * (self.pane + self.gap) + 2 * self.gap)

    @property
    def height(self) -> int:
        """Of the whole sheet."""
        return round(self.body_height + (3 + self.legend_lines) * self.line + 2.5 * self.gap)

    def query_area(self) -> QRectF:
        """The query's pane; four lines of text fit below it."""
        height = self.body_height - 4 * self.line - 1.5 * self.gap
        return QRectF(self.gap, self.gap, self.query_width, height)

    def neighbour_area(self, index: int) -> QRectF:
        """A neighbour's pane, by its place in the list."""
        row, column = divmod(index, self.columns)
        left = 2 * self.gap + self.query_width + column * (self.pane + self.gap)
        return QRectF(left, self.gap + row * self.cell, self.pane, self.pane)
