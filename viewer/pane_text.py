"""What a pane writes over its radiograph: orientation letters, window and scale."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from inference.records import Spacing, VoiLut, Window
from viewer.theme import TEXT

_OPPOSITE = str.maketrans("LRAPHF", "RLPAFH")


def orientation_letters(orientation: tuple[str, str] | None) -> tuple[str, ...]:
    """Letters for the left, right and upper edge; none where the file does not say.

    Source:
        DICOM PS3.3 C.7.6.1.1.1: PatientOrientation names where the row and the column go to,
        that is, the right and the lower edge.
    """
    if orientation is None:
        return ()
    right, bottom = orientation
    return right.translate(_OPPOSITE), right, bottom.translate(_OPPOSITE)


def window_words(window: Window | VoiLut | None) -> str:
    """Such as "W 2048 L 1024"."""
    if window is None:
        return ""
    if isinstance(window, VoiLut):
        return window.name or "VOI LUT"
    digits = 0 if window.width >= 20 else 2
    words = f"W {window.width:.{digits}f} L {window.centre:.{digits}f}"
    return f"{words} · {window.name}" if window.name else words


def scale_words(length_mm: int, spacing: Spacing) -> str:
    """Such as "10 cm · PixelSpacing": never without its source."""
    length = f"{length_mm // 10} cm" if length_mm >= 10 else f"{length_mm} mm"
    source = spacing.source
    if spacing.is_at_detector and "detector" not in source:
        source = f"{source}, at detector"
    return f"{length} · {source}"


def elided(metrics: QFontMetrics, text: str, width: int) -> str:
    """Text that fits into `width` logical pixels."""
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def draw_outlined(painter: QPainter, area: QRect, place: Qt.AlignmentFlag, text: str) -> None:
    """Text that is readable on black and on white."""
    painter.setPen(QColor(0, 0, 0, 200))
    for across, down in ((-1, 0), (1, 0), (0, -1), (0, 1), (1, 1)):
        painter.drawText(area.translated(across, down), place, text)
    painter.setPen(QColor(TEXT))
    painter.drawText(area, place, text)
