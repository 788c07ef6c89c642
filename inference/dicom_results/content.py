"""What is returned: a finished comparison, and what the reader drew and how they looked at it.

Points are (column, row) of the radiograph, where the left edge of the first column is 0 and its
middle 0.5. That is also DICOM's own measure for annotations (PS3.3 C.10.5, units PIXEL), so they
go out as they are, however the picture is turned.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.pipeline import Analysis, Engine
from inference.records import VoiLut, Window

Point = tuple[float, float]
"""Column and row of a radiograph."""

RESEARCH_USE = "Research use only, not for diagnosis"
DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Annotation:
    """One measurement or note, ready to be drawn.

    Attributes:
        name: Its kind, such as "length".
        lines: Each a run of points joined by straight strokes.
        ellipse: Two opposite corners of the rectangle that an ellipse fills; None for none.
        words: Printed beside it; "" for none.
        anchor: The point that the words belong to.
    """

    name: str
    anchor: Point
    lines: tuple[tuple[Point, ...], ...] = ()
    ellipse: tuple[Point, Point] | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How the radiograph is shown.

    Attributes:
        window: None: as its file asks for.
        is_inverted: Whether low values are white, by the file's wish and the reader's together.
        quarter_turns: Clockwise, 0 to 3; made before the flip.
        is_flipped: Whether left and right of the turned picture are exchanged.
    """

    window: Window | VoiLut | None = None
    is_inverted: bool = False
    quarter_turns: int = 0
    is_flipped: bool = False

    def __post_init__(self) -> None:
        if self.quarter_turns not in range(4):
            raise ValueError(f"quarter_turns must be 0 to 3, got {self.quarter_turns}")


@dataclass(frozen=True, slots=True, eq=False)
class ResultContent:
    """Everything that the four kinds of result are made of.

    Attributes:
        analysis: A finished one.
        engine: The one it was made with.
        program: Version of this program.
        look: How the query is shown.
        threshold: Of the saliency map, above which the salient region lies; in (0, 1).
        annotations: The reader's, on the query.
        sheet: The comparison as a picture, (rows, columns, 3) uint8; None where none was drawn.
        sheet_identifies: What the sheet's pixels say of a patient: "NO", "YES", or "" where
            nobody knows.
        notes: On how the search was narrowed or moved.
    """

    analysis: Analysis
    engine: Engine
    program: str
    look: Look = Look()
    threshold: float = DEFAULT_THRESHOLD
    annotations: tuple[Annotation, ...] = ()
    sheet: NDArray[np.uint8] | None = field(default=None, repr=False)
    sheet_identifies: Literal["NO", "YES", ""] = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.analysis.probabilities is None or self.analysis.model_input is None:
            raise ValueError("the analysis is not finished")
        if not 0.0 < self.threshold < 1.0:
            raise ValueError(f"threshold must be between 0 and 1, got {self.threshold}")
        if self.sheet is not None and (self.sheet.ndim != 3 or self.sheet.shape[2] != 3):
            raise ValueError(f"sheet must be (rows, columns, 3), got {self.sheet.shape}")

    @property
    def method_title(self) -> str:
        """The retrieval method, as a user knows it."""
        return self.engine.bundle.manifest.methods[self.analysis.method].title

    @property
    def derivation(self) -> str:
        """How the result came about, in one sentence of at most 1,024 characters."""
        manifest, catalogue = self.engine.bundle.manifest, self.engine.catalogue
        cases = f"a catalogue of {catalogue.count} cases" if catalogue else "no catalogue"
        return (
            f"{RESEARCH_USE}. Similar cases by {self.method_title} in {cases}, with the model "
            f"{manifest.name} {manifest.version} (SHA-256 {manifest.sha256}), by Kindred "
            f"{self.program}"
        )[:1024]
