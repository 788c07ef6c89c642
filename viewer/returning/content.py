"""From what is on the screen to what is returned as DICOM: sheet, marks, window and turns."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from inference.dicom_results.content import Annotation, Look, Point
from inference.records import Radiograph, VoiLut, Window
from viewer.measuring.kinds import KINDS
from viewer.measuring.mark import Mark
from viewer.pane.view_state import ViewState

_HEAD_SHARE = 0.02  # of the radiograph's longer side: there is no arrow among GSPS graphics
_HEAD_ANGLE = 0.45


def annotations_of(marks: Sequence[Mark], radiograph: Radiograph) -> tuple[Annotation, ...]:
    """The reader's marks with their words, as they are printed in the window."""
    found = []
    for mark in marks:
        kind = KINDS[mark.kind]
        lines: list[tuple[Point, ...]] = [
            (mark.points[start], mark.points[end]) for start, end in kind.lines
        ]
        if kind.has_head:
            lines.append(_head(mark.points[0], mark.points[1], max(radiograph.shape)))
        found.append(
            Annotation(
                kind.name,
                mark.points[-1],
                tuple(lines),
                (mark.points[0], mark.points[1]) if kind.is_ellipse else None,
                "\r\n".join(kind.words(mark, radiograph)),
            )
        )
    return tuple(found)


def look_of(state: ViewState, window: Window | VoiLut | None, radiograph: Radiograph) -> Look:
    """How a pane shows the query."""
    is_inverted = radiograph.is_inverted != state.is_inverted
    return Look(window, is_inverted, state.quarter_turns, state.is_flipped)


def pixels_of(image: QImage) -> NDArray[np.uint8]:
    """The pixels of a sheet: (rows, columns, 3)."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows, columns, stride = plain.height(), plain.width(), plain.bytesPerLine()
    values = np.frombuffer(plain.constBits(), np.uint8).reshape(rows, stride)
    return values[:, : columns * 3].reshape(rows, columns, 3).copy()


def _head(tail: Point, tip: Point, side: int) -> tuple[Point, ...]:
    back = math.atan2(tail[1] - tip[1], tail[0] - tip[0])
    length = _HEAD_SHARE * side
    ends = [
        (
            tip[0] + length * math.cos(back + angle),
            tip[1] + length * math.sin(back + angle),
        )
        for angle in (-_HEAD_ANGLE, _HEAD_ANGLE)
    ]
    return ends[0], tip, ends[1]
