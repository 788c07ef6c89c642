"""The brush of a comparison sheet: text that fits, radiographs with overlay and scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QTransform

from inference.radiograph_io import display_brightness
from inference.records import Radiograph
from viewer import theme
from viewer.export.sheet_layout import SheetMeasures
from viewer.measuring.mark import Mark
from viewer.measuring.painter import paint_marks
from viewer.pane.colour_maps import colourise
from viewer.pane.pane_picture import ShownOverlay
from viewer.translation import tr

Measures = TypeVar("Measures", bound=SheetMeasures)

_SCALE_BARS_MM = (200, 100, 50, 20, 10, 5, 2, 1)


@dataclass(frozen=True, slots=True)
class Overlay:
    """How relevance is laid over the radiographs.

    Attributes:
        is_shown: Whether it is.
        opacity: Where relevance is high, in [0, 1].
        colour_map: One of `COLOUR_MAPS`.
        marks: What the user measured and marked, by the radiographs' `pixel_sha256`.
    """

    is_shown: bool = True
    opacity: float = 0.4
    colour_map: str = "inferno"
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)


class SheetBrush(Generic[Measures]):
    """Draws on one sheet.

    Attributes:
        layout: The sheet's measures.
        overlay: How relevance is shown.
    """

    def __init__(self, painter: QPainter, layout: Measures, overlay: Overlay) -> None:
        self.layout = layout
        self.overlay = overlay
        self._painter = painter

    def pane(
        self,
        area: QRectF,
        radiograph: Radiograph,
        over: ShownOverlay | None = None,
        place: tuple[float, float] | None = None,
    ) -> None:
        """A radiograph in its true shape, with its overlay and a scale where it has one.

        Args:
            area: Of the pane.
            radiograph: To draw.
            over: Its map, or None.
            place: Row and column to mark with a cross where maps are shown, or None.
        """
        self._painter.fillRect(area, QColor("black"))
        inside = fitted(area, radiograph)
        self._painter.drawImage(inside, brightness_image(radiograph))
        rows, columns = radiograph.shape
        across, down = inside.width() / columns, inside.height() / rows
        if self.overlay.is_shown and over is not None:
            part = QRectF(
                inside.left() + over.left * across,
                inside.top() + over.top * down,
                over.width * across,
                over.height * down,
            )
            coloured = colourise(_enlarged(over.saliency, part), self.overlay.colour_map)
            self._painter.setOpacity(self.overlay.opacity)
            self._painter.drawImage(part, _rgba_image(coloured))
            self._painter.setOpacity(1)
        if self.overlay.is_shown and place is not None:
            self._cross(inside.left() + place[1] * across, inside.top() + place[0] * down)
        self._scale_bar(area.intersected(inside), inside, radiograph)
        marks = self.overlay.marks.get(radiograph.pixel_sha256, ())
        if marks:
            onto_sheet = QTransform.fromTranslate(inside.left(), inside.top())
            onto_sheet.scale(across, down)
            self._painter.setFont(self._font(bold=False))
            paint_marks(self._painter, marks, radiograph, onto_sheet, area)

    def _cross(self, x: float, y: float) -> None:
        half = 0.6 * self.layout.text
        for colour, width in (("black", 0.3 * half), (theme.ACCENT, 0.15 * half)):
            self._painter.setPen(QPen(QColor(colour), width))
            self._painter.drawLine(QPointF(x - half, y), QPointF(x + half, y))
            self._painter.drawLine(QPointF(x, y - half), QPointF(x, y + half))

    def legend(self, y: float, words: str) -> None:
        """What the overlay's colours mean, at the sheet's right edge."""
        layout = self.layout
        bar = QRectF(0, y + 0.2 * layout.line, 6 * layout.line, 0.6 * layout.line)
        text_width = self.width(words)
        bar.moveLeft(layout.width - layout.gap - bar.width())
        ramp = np.linspace(0, 1, 256, dtype=np.float32)[None]
        # On mid grey, with the panes' own opacity: what is seen here is what is seen there.
        self._painter.fillRect(bar, QColor(96, 96, 96))
        self._painter.setOpacity(self.overlay.opacity)
        self._painter.drawImage(bar, _rgba_image(colourise(ramp, self.overlay.colour_map)))
        self._painter.setOpacity(1)
        self.text(
            bar.left() - text_width - layout.gap / 2, y, text_width + 2, words, colour=theme.TEXT
        )

    def bar(self, x: float, y: float, width: float, share: float) -> None:
        """A bar that is filled up to a share of its width."""
        height = 0.45 * self.layout.text
        whole = QRectF(x, y + (self.layout.line - height) / 2, width, height)
        self._painter.fillRect(whole, QColor(theme.RAISED))
        whole.setWidth(width * share)
        self._painter.fillRect(whole, QColor(theme.ACCENT))

    def findings(self, x: float, y: float, width: float, findings: Sequence[str]) -> None:
        """As many whole names as fit, and how many more there are."""
        words = tr("No findings known")
        for shown in range(len(findings), 0, -1):
            rest = len(findings) - shown
            words = ", ".join(findings[:shown]) + (f" +{rest} more" if rest else "")
            if self.width(words, bold=True) <= width:
                break
        self.text(x, y, width, words, bold=bool(findings))

    def rule(self, y: float) -> None:
        """A thin line across the sheet."""
        layout = self.layout
        line = QRectF(layout.gap, y, layout.width - 2 * layout.gap, max(1, layout.pane / 500))
        self._painter.fillRect(line, QColor(theme.LINE))

    def frame(self, area: QRectF, colour: str, style: Qt.PenStyle) -> None:
        """A frame on the edge of an area, as wide as the gap allows."""
        width = max(2.0, self.layout.gap / 3)
        pen = QPen(QColor(colour), width, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin)
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawRect(area.adjusted(-width / 2, -width / 2, width / 2, width / 2))

    def empty_pane(self, area: QRectF, words: str) -> None:
        """A pane with nothing to show but the reason."""
        self._painter.fillRect(area, QColor(theme.PANEL))
        middle = Qt.AlignmentFlag.AlignHCenter
        self.text(
            area.left(), area.center().y(), area.width(), words, colour=theme.QUIET, align=middle
        )

    def _scale_bar(self, area: QRectF, inside: QRectF, radiograph: Radiograph) -> None:
        if radiograph.spacing is None:
            return
        layout, spacing = self.layout, radiograph.spacing
        pixels_per_mm = inside.width() / (radiograph.shape[1] * spacing.column_mm)
        fitting = [mm for mm in _SCALE_BARS_MM if mm * pixels_per_mm < 0.4 * area.width()]
        if not fitting:
            return
        length = fitting[0] * pixels_per_mm
        label = f"{fitting[0] // 10} cm" if fitting[0] >= 10 else f"{fitting[0]} mm"
        label += tr(" at detector") if spacing.is_at_detector else ""
        right, bottom = area.right() - layout.gap, area.bottom() - layout.gap
        bar = QRectF(right - length, bottom - layout.text / 6, length, layout.text / 6)
        self._painter.fillRect(bar.adjusted(-2, -2, 2, 2), QColor(0, 0, 0, 160))
        self._painter.fillRect(bar, QColor(theme.TEXT))
        self.text(
            area.left(), bottom - layout.line - layout.text / 6, area.width() - layout.gap, label,
            align=Qt.AlignmentFlag.AlignRight, shadow=True,
        )  # fmt: skip

    def _font(self, *, bold: bool = False) -> QFont:
        return _sheet_font(self.layout.text, bold=bold)

    def wrapped(
        self, x: float, y: float, width: float, pieces: Sequence[str], *, joint: str, colour: str
    ) -> None:
        """Pieces of text on two lines at most, broken between pieces where need be."""
        first = list(pieces)
        while len(first) > 1 and self.width(joint.join(first)) > width:
            first.pop()
        self.text(x, y, width, joint.join(first), colour=colour)
        rest = joint.join(pieces[len(first) :])
        self.text(x, y + self.layout.line, width, rest, colour=colour)

    def paragraph(self, x: float, y: float, width: float, words: str, *, colour: str) -> None:
        """Words on as many lines as `broken` gives."""
        for number, line in enumerate(broken(words, width, self.layout.text)):
            self.text(x, y + number * self.layout.line, width, line, colour=colour)

    def width(self, words: str, *, bold: bool = False) -> float:
        """Of a line of text, in pixels."""
        return QFontMetricsF(self._font(bold=bold)).horizontalAdvance(words)

    def text(
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        *,
        colour: str = theme.TEXT,
        bold: bool = False,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        shadow: bool = False,
    ) -> None:
        """One line, elided with an ellipsis where it does not fit."""
        font = self._font(bold=bold)
        self._painter.setFont(font)
        words = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, width)
        box = QRectF(x, y, width, self.layout.line)
        flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        if shadow:
            self._painter.setPen(QColor("black"))
            offset = QPointF(self.layout.text / 12, self.layout.text / 12)
            self._painter.drawText(box.translated(offset), flags, words)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(box, flags, words)


def broken(words: str, width: float, text: int) -> list[str]:
    """Words broken into lines.

    Args:
        words: Any; none gives no line.
        width: Of a line, in pixels of the sheet.
        text: Height of the letters.
    """
    metrics, lines = QFontMetricsF(_sheet_font(text)), list[str]()
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _sheet_font(text: int, *, bold: bool = False) -> QFont:
    font = QFont()
    font.setPixelSize(text)
    font.setBold(bold)
    return font


def fitted(area: QRectF, radiograph: Radiograph) -> QRectF:
    """The largest rectangle of the radiograph's true shape in the middle of an area."""
    rows, columns = radiograph.shape
    height, width = float(rows), float(columns)
    if radiograph.spacing is not None:  # rows and columns may lie differently far apart
        height *= radiograph.spacing.row_mm
        width *= radiograph.spacing.column_mm
    scale = min(area.width() / width, area.height() / height)
    fitted = QRectF(0, 0, width * scale, height * scale)
    fitted.moveCenter(area.center())
    return fitted


def brightness_image(radiograph: Radiograph) -> QImage:
    """A radiograph through its own window, at its own resolution."""
    levels = np.ascontiguousarray(np.rint(display_brightness(radiograph) * 255).astype(np.uint8))
    rows, columns = levels.shape[:2]
    if levels.ndim == 3:
        return QImage(
            levels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888
        ).copy()
    return QImage(levels.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8).copy()


def _enlarged(saliency: NDArray[np.float32], part: QRectF) -> NDArray[np.float32]:
    """The map at the pane's resolution: relevance is interpolated, not colours."""
    size = (max(1, round(part.width())), max(1, round(part.height())))
    picture = Image.fromarray(np.ascontiguousarray(saliency, np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR))


def _rgba_image(colours: NDArray[np.uint8]) -> QImage:
    rows, columns = colours.shape[:2]
    content = np.ascontiguousarray(colours).tobytes()
    return QImage(content, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()
