"""The comparison as a picture: query, similar cases, and where it all comes from.

    +-------------+------+------+
    |             |  1   |  2   |
    |    query    +------+------+
    |             |  3   |  4   |
    +-------------+------+------+
    | legend, provenance, "Research use only"

It leaves the hospital on slides and in messages, so it is built from an allow-list: pixels,
findings, numbers, and what bundle and catalogue they come from. No name, id, date of birth,
file name, path or report is drawn, and the PNG holds no text of its own. What is burned into
the pixels stays there: `identity_warnings` says where a file admits to that.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QImageWriter, QPainter

from inference.errors import ExportError
from inference.pipeline import Analysis, CaseView, Engine, mismatches
from inference.preprocess import Placement
from inference.radiograph_io import display_brightness
from inference.records import Neighbour, Radiograph
from viewer import theme
from viewer.colour_maps import colourise
from viewer.settings import program_version

RESEARCH_USE = "Research use only, not for diagnosis"

_SMALLEST_PANE, _LARGEST_PANE = 560, 1536
_SCALE_BARS_MM = (200, 100, 50, 20, 10, 5, 2, 1)


@dataclass(frozen=True, slots=True)
class Overlay:
    """How relevance is laid over the radiographs.

    Attributes:
        is_shown: Whether it is.
        opacity: Where relevance is high, in [0, 1].
        colour_map: One of `COLOUR_MAPS`.
    """

    is_shown: bool = True
    opacity: float = 0.4
    colour_map: str = "inferno"


def render_comparison(
    analysis: Analysis,
    case_views: Sequence[CaseView],
    engine: Engine,
    overlay: Overlay | None = None,
    *,
    today: date | None = None,
) -> QImage:
    """Draw the comparison sheet. Needs a QGuiApplication, for its fonts.

    Args:
        analysis: A finished one.
        case_views: Of its neighbours; one that could not be read may be missing.
        engine: The one it was made with.
        overlay: How relevance is shown.
        today: The date to print; None: today's.

    Returns:
        An opaque picture whose small panes have as many pixels as the largest neighbour's
        longer side, kept between 560 and 1536.
    """
    if analysis.radiograph is None or analysis.probabilities is None:
        raise ValueError("the analysis is not finished")
    neighbours = analysis.neighbours or ()
    layout = _Layout.of(len(neighbours), [view.radiograph for view in case_views])
    image = QImage(layout.width, layout.height, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.GROUND))
    painter = QPainter(image)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    try:
        sheet = _Sheet(painter, layout, overlay or Overlay())
        sheet.draw_query(analysis, engine)
        views = {view.neighbour.rank: view for view in case_views}
        for index, neighbour in enumerate(neighbours):
            sheet.draw_neighbour(index, neighbour, views.get(neighbour.rank))
        sheet.draw_footer(analysis, engine, today or date.today())
    finally:
        painter.end()
    return image


def save_comparison(image: QImage, path: Path) -> None:
    """Write the sheet as a PNG without text in it, whole or not at all.

    Raises:
        ExportError: It cannot be written there.
    """
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not QImageWriter(buffer, b"PNG").write(image):
        raise ExportError(path, "the picture could not be made into a PNG")
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content.data())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ExportError(path, f"{error.strerror or error}; choose another place") from error


def identity_warnings(analysis: Analysis, case_views: Sequence[CaseView]) -> tuple[str, ...]:
    """Sentences on which pixels may identify a patient, to be read before exporting."""
    named = [("the query", analysis.radiograph)]
    named += [(f"case {view.neighbour.rank}", view.radiograph) for view in case_views]
    return tuple(
        f"The file of {name} says that text is burned into its pixels (BurnedInAnnotation is "
        "YES): it may identify the patient."
        for name, radiograph in named
        if radiograph is not None and radiograph.header.burned_in_annotation == "YES"
    )


def pseudonym(case_id: str) -> str:
    """A short name for a case that says nothing of its id, the same in every export."""
    return hashlib.sha256(case_id.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things go, in pixels of the sheet."""

    pane: int
    rows: int
    columns: int
    text: int
    gap: int

    @classmethod
    def of(cls, count: int, radiographs: Sequence[Radiograph]) -> "_Layout":
        longest = max((max(one.shape) for one in radiographs), default=_SMALLEST_PANE)
        pane = min(max(longest, _SMALLEST_PANE), _LARGEST_PANE)
        rows = 1 if count <= 1 else 2 if count <= 8 else 3
        if rows == 3:
            pane = min(pane, 1024)
        return cls(pane, rows, -(-count // rows), round(pane / 28), round(pane / 42))

    @property
    def line(self) -> float:
        return self.text * 1.5

    @property
    def caption(self) -> float:
        """Height of the three lines below a pane, with the space around them."""
        return 3 * self.line + 1.5 * self.gap

    @property
    def cell(self) -> float:
        return self.pane + self.caption

    @property
    def query_width(self) -> int:
        return round(self.rows * self.pane + (self.rows - 1) * self.gap)

    @property
    def body_height(self) -> float:
        return self.rows * self.cell

    @property
    def width(self) -> int:
        return round(self.query_width + self.columns * (self.pane + self.gap) + 2 * self.gap)

    @property
    def height(self) -> int:
        return round(self.body_height + 3 * self.line + 2.5 * self.gap)

    def query_area(self) -> QRectF:
        height = self.body_height - 4 * self.line - 1.5 * self.gap
        return QRectF(self.gap, self.gap, self.query_width, height)

    def neighbour_area(self, index: int) -> QRectF:
        row, column = divmod(index, self.columns)
        left = 2 * self.gap + self.query_width + column * (self.pane + self.gap)
        return QRectF(left, self.gap + row * self.cell, self.pane, self.pane)


class _Sheet:
    """Draws the parts of one sheet."""

    def __init__(self, painter: QPainter, layout: _Layout, overlay: Overlay) -> None:
        self._painter = painter
        self._layout = layout
        self._overlay = overlay

    def draw_query(self, analysis: Analysis, engine: Engine) -> None:
        layout, manifest = self._layout, engine.bundle.manifest
        radiograph, model_input = analysis.radiograph, analysis.model_input
        probabilities = analysis.probabilities
        assert radiograph is not None
        assert model_input is not None
        assert probabilities is not None
        area = layout.query_area()
        self._draw_pane(area, radiograph, analysis.saliency, model_input.placement)
        x, y = area.left(), area.bottom() + 0.5 * layout.gap
        header = radiograph.header
        kind = " · ".join(filter(None, (header.view_position, header.modality)))
        self._text(x, y, area.width(), "Query" + (f" · {kind}" if kind else ""), bold=True)
        names = [one.name for one in manifest.classes]
        shown = list(zip(names, probabilities, strict=False))
        if len(probabilities) == 1:
            shown = [(manifest.condition, probabilities[0])]
        words = ", ".join(f"{name} {value:.2f}" for name, value in shown)
        self._text(x, y + layout.line, area.width(), f"Model output: {words}")
        if len(shown) == 1:
            self._bar(
                area.right() - 0.3 * area.width(), y + layout.line, 0.3 * area.width(), shown[0][1]
            )
        auroc = manifest.metrics.get("test", {}).get("auroc")
        measured = f"Measured AUROC {auroc:.2f} (test data)" if isinstance(auroc, float) else ""
        self._text(x, y + 2 * layout.line, area.width(), measured, colour=theme.QUIET)
        if analysis.same_case is not None:
            self._text(
                x,
                y,
                area.width(),
                f"In the catalogue: {', '.join(analysis.same_case.findings) or 'no findings'}",
                align=Qt.AlignmentFlag.AlignRight,
            )
        caution = mismatches(radiograph, manifest) + model_input.warnings
        if caution:
            more = f" (+{len(caution) - 1} more)" if len(caution) > 1 else ""
            self._text(
                x, y + 3 * layout.line, area.width(), f"▲ {caution[0]}{more}", colour=theme.CAUTION
            )

    def draw_neighbour(self, index: int, neighbour: Neighbour, view: CaseView | None) -> None:
        layout, case = self._layout, neighbour.case
        area = layout.neighbour_area(index)
        if view is None:
            self._painter.fillRect(area, QColor(theme.PANEL))
            self._text(
                area.left(), area.center().y(), area.width(), "This case could not be read",
                colour=theme.QUIET, align=Qt.AlignmentFlag.AlignHCenter,
            )  # fmt: skip
        else:
            self._draw_pane(area, view.radiograph, view.saliency, view.placement)
        x, y, width = area.left(), area.bottom() + 0.5 * layout.gap, area.width()
        quiet, to_the_right = theme.QUIET, Qt.AlignmentFlag.AlignRight
        rank = f"{neighbour.rank}"
        self._text(x, y, width, rank, bold=True, colour=theme.ACCENT)
        beside = self._width(rank, bold=True) + 0.5 * layout.gap
        self._text(x + beside, y, width - beside, f"case {pseudonym(case.case_id)}", colour=quiet)
        distance = _three_digits(neighbour.distance)
        nearness = f"similarity {neighbour.similarity:.2f} · distance {distance}"
        self._text(x, y, width, nearness, align=to_the_right)
        source = f"Findings from: {case.findings_source}" if case.findings_source else ""
        room = width - layout.gap
        # Findings and their source are never cut for severity's sake: it goes where it fits.
        lines = (
            room - self._width(", ".join(case.findings), bold=True),
            room - self._width(source),
        )
        numbers = [f"{_spoken(name)} {value:.1f}" for name, value in case.severity.items()]
        taken = [0.0, 0.0]
        for count, line in ((2, 0), (2, 1), (1, 0), (1, 1)):
            severity = " · ".join(numbers[:count])
            if severity and self._width(severity) <= lines[line]:
                lower = y + (1 + line) * layout.line
                self._text(x, lower, width, severity, colour=quiet, align=to_the_right)
                taken[line] = self._width(severity) + layout.gap
                break
        self._findings(x, y + layout.line, width - taken[0], case.findings)
        self._text(x, y + 2 * layout.line, width - taken[1], source, colour=quiet)

    def draw_footer(self, analysis: Analysis, engine: Engine, today: date) -> None:
        layout, manifest = self._layout, engine.bundle.manifest
        left, width = layout.gap, layout.width - 2 * layout.gap
        top = layout.gap + layout.body_height
        self._painter.fillRect(
            QRectF(left, top, width, max(1, layout.pane / 500)), QColor(theme.LINE)
        )
        y = top + 0.75 * layout.gap
        method = manifest.methods[analysis.method].title
        self._text(left, y, width, RESEARCH_USE, bold=True, colour=theme.CAUTION)
        catalogue = engine.catalogue
        facts = [
            f"Similarity by {method}",
            f"bundle {manifest.name} {manifest.version} ({manifest.sha256[:8]})",
            f"catalogue of {catalogue.count:,} cases" if catalogue else "no catalogue",
            f"{analysis.excluded} of the query's patient left out" if analysis.excluded else "",
            f"{today:%Y-%m-%d}",
            f"Kindred {program_version()}",
        ]
        self._text(
            left, y + layout.line, width, " · ".join(filter(None, facts)), colour=theme.QUIET
        )
        if self._overlay.is_shown:
            self._legend(y)

    def _legend(self, y: float) -> None:
        layout = self._layout
        words = "relevance, low to high"
        bar = QRectF(0, y + 0.2 * layout.line, 6 * layout.line, 0.6 * layout.line)
        text_width = self._width(words)
        bar.moveLeft(layout.width - layout.gap - bar.width())
        ramp = np.linspace(0, 1, 256, dtype=np.float32)[None]
        # On mid grey, with the panes' own opacity: what is seen here is what is seen there.
        self._painter.fillRect(bar, QColor(96, 96, 96))
        self._painter.setOpacity(self._overlay.opacity)
        self._painter.drawImage(bar, _rgba_image(colourise(ramp, self._overlay.colour_map)))
        self._painter.setOpacity(1)
        self._text(
            bar.left() - text_width - layout.gap / 2, y, text_width + 2, words, colour=theme.TEXT
        )

    def _draw_pane(
        self,
        area: QRectF,
        radiograph: Radiograph,
        saliency: NDArray[np.float32] | None,
        placement: Placement,
    ) -> None:
        self._painter.fillRect(area, QColor("black"))
        inside = _fitted(area, radiograph)
        self._painter.drawImage(inside, _brightness_image(radiograph))
        across, down = inside.width() / placement.columns, inside.height() / placement.rows
        if self._overlay.is_shown and saliency is not None:
            part = QRectF(
                inside.left() + placement.left * across,
                inside.top() + placement.top * down,
                placement.width * across,
                placement.height * down,
            )
            self._painter.setOpacity(self._overlay.opacity)
            self._painter.drawImage(
                part, _rgba_image(colourise(_enlarged(saliency, part), self._overlay.colour_map))
            )
            self._painter.setOpacity(1)
        self._scale_bar(area.intersected(inside), inside, radiograph)

    def _scale_bar(self, area: QRectF, inside: QRectF, radiograph: Radiograph) -> None:
        if radiograph.spacing is None:
            return
        layout, spacing = self._layout, radiograph.spacing
        pixels_per_mm = inside.width() / (radiograph.shape[1] * spacing.column_mm)
        fitting = [mm for mm in _SCALE_BARS_MM if mm * pixels_per_mm < 0.4 * area.width()]
        if not fitting:
            return
        length = fitting[0] * pixels_per_mm
        label = f"{fitting[0] // 10} cm" if fitting[0] >= 10 else f"{fitting[0]} mm"
        label += " at detector" if spacing.is_at_detector else ""
        right, bottom = area.right() - layout.gap, area.bottom() - layout.gap
        bar = QRectF(right - length, bottom - layout.text / 6, length, layout.text / 6)
        self._painter.fillRect(bar.adjusted(-2, -2, 2, 2), QColor(0, 0, 0, 160))
        self._painter.fillRect(bar, QColor(theme.TEXT))
        self._text(
            area.left(), bottom - layout.line - layout.text / 6, area.width() - layout.gap, label,
            align=Qt.AlignmentFlag.AlignRight, shadow=True,
        )  # fmt: skip

    def _bar(self, x: float, y: float, width: float, share: float) -> None:
        height = 0.45 * self._layout.text
        whole = QRectF(x, y + (self._layout.line - height) / 2, width, height)
        self._painter.fillRect(whole, QColor(theme.RAISED))
        whole.setWidth(width * share)
        self._painter.fillRect(whole, QColor(theme.ACCENT))

    def _findings(self, x: float, y: float, width: float, findings: Sequence[str]) -> None:
        """As many whole names as fit, and how many more there are."""
        words = "No findings known"
        for shown in range(len(findings), 0, -1):
            rest = len(findings) - shown
            words = ", ".join(findings[:shown]) + (f" +{rest} more" if rest else "")
            if self._width(words, bold=True) <= width:
                break
        self._text(x, y, width, words, bold=bool(findings))

    def _font(self, *, bold: bool = False) -> QFont:
        font = QFont(self._painter.font())
        font.setPixelSize(self._layout.text)
        font.setBold(bold)
        return font

    def _width(self, words: str, *, bold: bool = False) -> float:
        return QFontMetricsF(self._font(bold=bold)).horizontalAdvance(words)

    def _text(
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
        box = QRectF(x, y, width, self._layout.line)
        flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        if shadow:
            self._painter.setPen(QColor("black"))
            offset = QPointF(self._layout.text / 12, self._layout.text / 12)
            self._painter.drawText(box.translated(offset), flags, words)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(box, flags, words)


def _fitted(area: QRectF, radiograph: Radiograph) -> QRectF:
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


def _brightness_image(radiograph: Radiograph) -> QImage:
    levels = np.ascontiguousarray(np.rint(display_brightness(radiograph) * 255).astype(np.uint8))
    rows, columns = levels.shape[:2]
    if levels.ndim == 3:
        return QImage(
            levels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888
        ).copy()
    return QImage(levels.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8).copy()


def _enlarged(saliency: NDArray[np.float32], part: QRectF) -> NDArray[np.float32]:
    """The map at the pane's resolution: relevance is interpolated, not colours."""
    from PIL import Image

    size = (max(1, round(part.width())), max(1, round(part.height())))
    picture = Image.fromarray(np.ascontiguousarray(saliency, np.float32))
    return np.asarray(picture.resize(size, Image.Resampling.BILINEAR))


def _rgba_image(colours: NDArray[np.uint8]) -> QImage:
    rows, columns = colours.shape[:2]
    content = np.ascontiguousarray(colours).tobytes()
    return QImage(content, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()


def _three_digits(value: float) -> str:
    """Three digits where the value has them, so that numbers of one sheet compare at a glance."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _spoken(column: str) -> str:
    return column.removeprefix("severity_").replace("_", " ")
