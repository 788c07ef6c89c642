"""How agreement with the query's label looks and reads: colour, line, shape and word."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt

from inference.method_comparison import LabelAgreement, MeasuredFigure
from viewer import theme
from viewer.translation import N_, tr

SAME = "#6fbf86"
OTHER = "#ef8a7f"


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a case.

    Attributes:
        colour: Of the frame and its words; at AA contrast on the panels.
        line: Solid, dashed or dotted, so that colour is not all there is.
        words: Shape and word beneath the picture.
        spoken: The frame, described.
    """

    colour: str
    line: Qt.PenStyle
    words: str
    spoken: str


FRAMES: dict[LabelAgreement, Frame] = {
    "same": Frame(SAME, Qt.PenStyle.SolidLine, N_("● same label"), N_("green, solid")),
    "other": Frame(OTHER, Qt.PenStyle.DashLine, N_("◇ other label"), N_("red, dashed")),
    "unknown": Frame(
        theme.QUIET,
        Qt.PenStyle.DotLine,
        N_("○ label undecided"),
        N_("grey, dotted"),
    ),
}


def figures_words(figures: Sequence[MeasuredFigure]) -> str:
    """Such as "top-4 of 10: 0.63, P@5: 0.64 (test)"; all are of one split."""
    if not figures:
        return tr("not measured")
    values = ", ".join(f"{one.name}: {one.value:.2f}" for one in figures)
    return f"{values} ({figures[0].split})"
