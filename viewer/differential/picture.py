"""Two classes side by side as one picture, for the screen and for export.

    +-----+-----+-----------+
    |  A  |  B  |           |   mean radiographs
    +-----+-----+   A - B   |
    |  A  |  B  |           |   mean maps, on one scale
    +-----+-----+-----------+

The difference is blue to orange, which are told apart with any kind of colour vision, and clear
at zero; it lies over the mean radiograph of both.

Source: Hu, Vasu & Hoogs 2021, figure 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from inference.class_saliency import ClassMeans, difference
from inference.pipeline import Engine
from viewer.export.comparison_export import RESEARCH_USE
from viewer.pane.colour_maps import colourise
from viewer.preferences.settings import program_version
from viewer.theme import CAUTION, GROUND, PANEL, QUIET, TEXT
from viewer.translation import tr
from viewer.whole_catalogue.canvas import Canvas

MORE, LESS = (245, 150, 40), (70, 150, 255)
"""Red, green, blue of what is above and below zero."""

_CLEAR_UNTIL, _FULL_FROM = 0.05, 0.6
_OPACITY = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Differential:
    """What is drawn.

    Attributes:
        one, other: The classes; None while none of its cases was read.
        names: Of both.
        map_name: Such as "mean self-similarity".
        is_sure: Whether differences within two standard errors are left out.
    """

    one: ClassMeans | None = field(repr=False)
    other: ClassMeans | None = field(repr=False)
    names: tuple[str, str]
    map_name: str
    is_sure: bool = False

    def values(self) -> tuple[NDArray[np.float64], float] | None:
        """The difference in [-1, 1] of its largest, and that; None where a class is missing."""
        if self.one is None or self.other is None:
            return None
        values = difference(self.one, self.other)
        if self.is_sure:
            error = np.sqrt(self.one.spread**2 + self.other.spread**2)
            values = np.where(np.abs(values) >= 2 * error, values, 0)
        reach = float(np.abs(values).max())
        return values / (reach or 1.0), reach


def diverging(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Colour values from -1 to 1: (rows, columns, 4) uint8, clear at zero."""
    colours = np.empty((*values.shape, 4), np.uint8)
    colours[..., :3] = np.where((values > 0)[..., None], MORE, LESS)
    strength = (np.abs(values) - _CLEAR_UNTIL) / (_FULL_FROM - _CLEAR_UNTIL)
    colours[..., 3] = np.rint(255 * _OPACITY * strength.clip(0, 1))
    return colours


class DifferentialPicture(Canvas):
    """The picture on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(480, 300)
        self.setAccessibleName(tr("Two classes compared"))
        self._shown: Differential | None = None

    @property
    def shown(self) -> Differential | None:
        """What is drawn; None where a sentence is."""
        return self._shown

    def show_differential(self, shown: Differential) -> None:
        """Draw this."""
        self._shown, self._message = shown, ""
        self.setAccessibleDescription(" − ".join(shown.names))
        self.update()

    def show_message(self, words: str, *, is_problem: bool = False) -> None:
        """A sentence in place of a picture."""
        self._shown = None
        super().show_message(words, is_problem=is_problem)

    def sizeHint(self) -> QSize:
        return QSize(960, 560)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.paint_ground(painter)
        if self._shown is not None:
            paint_differential(painter, QRectF(self.rect()), self._shown)
        painter.end()


def paint_differential(painter: QPainter, area: QRectF, shown: Differential) -> None:
    """Draw into an area, with the painter's own font."""
    line = 1.5 * QFontMetricsF(painter.font()).height()
    gap = line / 3
    side = min((area.width() - 5 * gap) / 4, (area.height() - 4.2 * line - 4 * gap) / 2)
    left = area.left() + (area.width() - 4 * side - 3 * gap) / 2
    top = area.top() + gap
    maps = [one.saliency for one in (shown.one, shown.other) if one is not None]
    highest = max((float(one.max()) for one in maps), default=0) or 1.0
    for column, (means, name) in enumerate(zip((shown.one, shown.other), shown.names, strict=True)):
        x = left + column * (side + gap)
        count = tr("{n} cases").format(n=means.count) if means is not None else "…"
        letter = "AB"[column]
        _text(painter, QRectF(x, top, side, line), f"{letter}: {name}", TEXT)
        _text(painter, QRectF(x, top + 0.8 * line, side, line), count, QUIET)
        for row, words in enumerate((tr("mean radiograph"), shown.map_name)):
            y = top + 1.8 * line + row * (side + line)
            box = QRectF(x, y, side, side)
            painter.fillRect(box, QColor(PANEL))
            if means is not None:
                painter.drawImage(box, _grey(means.radiograph))
                if row:
                    coloured = colourise((means.saliency / highest).astype(np.float32), "inferno")
                    painter.setOpacity(0.65)
                    painter.drawImage(box, _rgba(coloured))
                    painter.setOpacity(1)
            if row and means is not None:  # both on one scale
                words += " · " + tr("0 to {n}").format(n=f"{highest:.1f}")
            _text(painter, QRectF(x, y + side, side, line), words, QUIET)
    x, y, large = left + 2 * (side + gap), top + 1.8 * line, 2 * side + line
    large = min(large, 2 * side + gap)
    box = QRectF(x, y, large, large)
    _text(painter, QRectF(x, top, large, line), tr("A − B: differential saliency"), TEXT)
    words = shown.map_name
    if shown.is_sure:
        words += " · " + tr("only beyond two standard errors")
    _text(painter, QRectF(x, top + 0.8 * line, large, line), words, QUIET)
    painter.fillRect(box, QColor(PANEL))
    found = shown.values()
    if found is None or shown.one is None or shown.other is None:
        return
    values, reach = found
    painter.drawImage(box, _grey((shown.one.radiograph + shown.other.radiograph) / 2))
    painter.drawImage(box, _rgba(diverging(values)))
    _legend(painter, QRectF(x, box.bottom() + gap / 2, large, line), reach)


def render_differential(
    shown: Differential, engine: Engine, words: Sequence[str], *, today: date | None = None
) -> QImage:
    """The picture with what was explained and where it comes from, for export.

    Args:
        shown: With both classes.
        engine: Bundle and catalogue.
        words: Sentences on what is shown.
        today: The date to print; None: today's.
    """
    width, body = 1800, 1010
    manifest, catalogue = engine.bundle.manifest, engine.catalogue
    facts = [
        tr("bundle {name} {version} ({sha256})").format(
            name=manifest.name, version=manifest.version, sha256=manifest.sha256[:8]
        ),
        tr("catalogue of {count:,} cases").format(count=catalogue.count) if catalogue else "",
        f"{today or date.today():%Y-%m-%d}",
        f"Kindred {program_version()}",
    ]
    image = QImage(width, body + 190, QImage.Format.Format_RGB32)
    image.fill(QColor(GROUND))
    painter = QPainter(image)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    font = painter.font()
    font.setPixelSize(22)
    painter.setFont(font)
    paint_differential(painter, QRectF(0, 0, width, body), shown)
    below = QRectF(24, body, width - 48, 30)
    _text(painter, below, tr(RESEARCH_USE), CAUTION)
    lines = QRectF(24, body + 34, width - 48, 110)
    painter.setPen(QColor(TEXT))
    painter.drawText(lines, int(Qt.TextFlag.TextWordWrap), " ".join(words))
    _text(painter, QRectF(24, body + 150, width - 48, 30), " · ".join(filter(None, facts)), QUIET)
    painter.end()
    return image


def _legend(painter: QPainter, area: QRectF, reach: float) -> None:
    bar = QRectF(0, area.top() + area.height() / 4, area.width() / 3, area.height() / 2)
    bar.moveLeft(area.center().x() - bar.width() / 2)
    painter.fillRect(bar, QColor(96, 96, 96))
    painter.drawImage(bar, _rgba(diverging(np.linspace(-1, 1, 255)[None])))
    side = (area.width() - bar.width()) / 2 - 6
    right, words = Qt.AlignmentFlag.AlignRight, tr("more in B, {n}").format(n=f"−{reach:.2f}")
    _text(painter, QRectF(area.left(), area.top(), side, area.height()), words, TEXT, right)
    words = tr("{n}, more in A").format(n=f"+{reach:.2f}")
    _text(painter, QRectF(bar.right() + 6, area.top(), side, area.height()), words, TEXT)


def _text(
    painter: QPainter,
    box: QRectF,
    words: str,
    colour: str,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    painter.setPen(QColor(colour))
    metrics = QFontMetricsF(painter.font())
    words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter, words)


def _grey(values: NDArray[np.floating]) -> QImage:
    levels = np.ascontiguousarray(np.rint(values.clip(0, 1) * 255).astype(np.uint8))
    rows, columns = levels.shape
    return QImage(levels.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8).copy()


def _rgba(colours: NDArray[np.uint8]) -> QImage:
    rows, columns = colours.shape[:2]
    content = np.ascontiguousarray(colours).tobytes()
    return QImage(content, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()
