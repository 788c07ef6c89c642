"""What a pane writes over its radiograph: orientation letters, window and scale."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from inference.records import Radiograph, Spacing, VoiLut, Window
from viewer.pane.view_state import ViewState
from viewer.theme import RHYTHM, TEXT
from viewer.translation import tr

_OPPOSITE = str.maketrans("LRAPHF", "RLPAFH")
_BAR_LENGTHS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_SHORTEST_BAR = 8  # pixels


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of known length.

    Attributes:
        pixels: Its length on the screen, in logical pixels.
        words: Its length in words, such as "10 cm".
        source: Where the millimetres come from; never left out.
    """

    pixels: float
    words: str
    source: str


def scale_bar(radiograph: Radiograph, shown_width: float, longest: float) -> ScaleBar | None:
    """The longest round bar that fits.

    Args:
        radiograph: Whose spacing counts.
        shown_width: Width of the whole radiograph on the screen, in logical pixels.
        longest: That the bar may have, in logical pixels.

    Returns:
        The bar; None where the file has no spacing, or no round length fits.
    """
    if radiograph.spacing is None:
        return None
    per_mm = shown_width / radiograph.shape[1] / radiograph.spacing.column_mm
    fitting = [one for one in _BAR_LENGTHS_MM if one * per_mm <= longest]
    if not fitting or fitting[-1] * per_mm < _SHORTEST_BAR:
        return None
    length = fitting[-1]
    words = f"{length // 10} cm" if length >= 10 else f"{length} mm"
    return ScaleBar(length * per_mm, words, source_words(radiograph.spacing))


def orientation_letters(
    orientation: tuple[str, str] | None, state: ViewState | None = None
) -> tuple[str, ...]:
    """Letters for the left, right and upper edge; none where the file does not say.

    Args:
        orientation: PatientOrientation.
        state: How the picture is turned and flipped on the screen; None: not at all.

    Source:
        DICOM PS3.3 C.7.6.1.1.1: PatientOrientation names where the row and the column go to,
        that is, the right and the lower edge.
    """
    if orientation is None:
        return ()
    state = state or ViewState()
    right, bottom = orientation
    edges = [right, bottom, right.translate(_OPPOSITE), bottom.translate(_OPPOSITE)]
    turns = state.quarter_turns % 4
    # Clockwise from the right: after a quarter turn, what was above is on the right.
    right, bottom, left, top = edges[4 - turns :] + edges[: 4 - turns]
    if state.is_flipped:
        left, right = right, left
    return left, right, top


def window_words(window: Window | VoiLut | None) -> str:
    """Such as "W 2048 L 1024"."""
    if window is None:
        return ""
    if isinstance(window, VoiLut):
        return window.name or "VOI LUT"
    digits = 0 if window.width >= 20 else 2
    words = f"W {window.width:.{digits}f} L {window.centre:.{digits}f}"
    if window.function == "SIGMOID":
        words += tr(" sigmoid")
    return f"{words} · {tr(window.name)}" if window.name else words


def source_words(spacing: Spacing) -> str:
    """Where the millimetres come from."""
    if not spacing.is_at_detector:
        return spacing.source
    source = spacing.source.removesuffix(", at detector")
    return tr("{source}, at detector").format(source=source)


def paint_words(
    painter: QPainter, pane: QRect, letters: tuple[str, ...], window: str, bar: ScaleBar | None
) -> None:
    """Write over a pane.

    Args:
        painter: In logical pixels.
        pane: Its rectangle.
        letters: From `orientation_letters`.
        window: From `window_words`.
        bar: From `scale_bar`.
    """
    area = pane.adjusted(RHYTHM, RHYTHM // 2, -RHYTHM, -RHYTHM // 2)
    align = Qt.AlignmentFlag
    places = (
        align.AlignLeft | align.AlignVCenter,
        align.AlignRight | align.AlignVCenter,
        align.AlignTop | align.AlignHCenter,
    )
    for letter, place in zip(letters, places, strict=False):
        _draw_plated(painter, area, place, letter)
    bottom_left = align.AlignLeft | align.AlignBottom
    bottom_right = align.AlignRight | align.AlignBottom
    metrics = painter.fontMetrics()
    if bar is None:
        _draw_plated(painter, area, bottom_left, elided(metrics, window, area.width()))
        return
    # Narrow panes have the source alone in the lowest line, and the window above it.
    line = metrics.height() + 2
    upper = area.adjusted(0, 0, 0, -line)
    is_wide = metrics.horizontalAdvance(window + bar.source) + 3 * RHYTHM <= area.width()
    room = area.width() - 2 * RHYTHM
    if not is_wide:
        room -= max(metrics.horizontalAdvance(bar.words), round(bar.pixels))
    _draw_plated(painter, area, bottom_right, elided(metrics, bar.source, area.width()))
    _draw_plated(painter, upper, bottom_right, bar.words)
    _draw_plated(painter, area if is_wide else upper, bottom_left, elided(metrics, window, room))
    _draw_bar(painter, area.right(), upper.bottom() - line - 2, bar.pixels)


def elided(metrics: QFontMetrics, text: str, width: int) -> str:
    """Text that fits into `width` logical pixels."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def _draw_bar(painter: QPainter, right: float, y: float, length: float) -> None:
    left = right - length
    for width, colour in ((4, "#000000"), (2, TEXT)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        for end in (left, right):
            painter.drawLine(QPointF(end, y - 3), QPointF(end, y + 3))


def _draw_plated(painter: QPainter, area: QRect, place: Qt.AlignmentFlag, text: str) -> None:
    """Text on a dark plate of its own, readable on black, on white and on the overlay."""
    if not text:
        return
    plate = painter.boundingRect(area, place, text)
    painter.fillRect(plate.adjusted(-2, 0, 2, 0), QColor(0, 0, 0, 160))
    painter.setPen(QColor(TEXT))
    painter.drawText(area, place, text)
