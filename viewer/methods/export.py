"""The comparison of methods as a picture: one row per method, the query at the left.

    +---------+-------------------------------+
    |         | method, how well it measured  |
    |  query  |  1  |  2  |  3  |  4  |       |
    |         | method ...                    |
    +---------+-------------------------------+
    | what the frames mean, provenance, "Research use only"

As the comparison sheet (`comparison_export.py`) it is built from an allow-list: pixels,
findings, numbers, and what bundle and catalogue they come from.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from inference.method_comparison import TOP, MethodComparison, MethodRow, label_agreement
from inference.pipeline import Engine, mismatches
from inference.records import Neighbour
from viewer import theme
from viewer.case.case_jobs import Exported
from viewer.export.comparison_export import RESEARCH_USE, pseudonym, save_comparison
from viewer.export.sheet_brush import Overlay, SheetBrush
from viewer.methods.jobs import QUERY, CasePicture
from viewer.methods.words import FRAMES, figures_words
from viewer.preferences.settings import program_version
from viewer.translation import tr


@dataclass(frozen=True, slots=True)
class MethodsLayout:
    """Where things go on the sheet, in its pixels.

    Attributes:
        rows: Methods.
        pane: Side of a case's pane.
        text: Height of the letters.
        gap: Between panes, and around everything.
    """

    rows: int
    pane: int = 360
    text: int = 17
    gap: int = 16

    @property
    def line(self) -> float:
        """From one line of text to the next."""
        return self.text * 1.5

    @property
    def query_side(self) -> int:
        """Of the query's pane."""
        return round(1.6 * self.pane)

    @property
    def row_height(self) -> float:
        """Of a heading, panes and their two lines."""
        return self.pane + 3.2 * self.line + 1.5 * self.gap

    @property
    def body_height(self) -> float:
        """Of everything above the footer."""
        return max(self.rows * self.row_height, self.query_side + 6 * self.line) + self.gap

    @property
    def width(self) -> int:
        """Of the whole sheet."""
        return round(self.query_side + TOP * (self.pane + self.gap) + 3 * self.gap)

    @property
    def height(self) -> int:
        """Of the whole sheet."""
        return round(self.body_height + 4 * self.line + 2 * self.gap)

    def query_area(self) -> QRectF:
        """The query's pane."""
        return QRectF(self.gap, self.gap + 1.2 * self.line, self.query_side, self.query_side)

    def heading_area(self, row: int) -> QRectF:
        """The line above a method's panes."""
        left = 3 * self.gap + self.query_side
        top = self.gap + row * self.row_height
        return QRectF(left, top, self.width - left - self.gap, self.line)

    def case_area(self, row: int, column: int) -> QRectF:
        """A case's pane."""
        heading = self.heading_area(row)
        left = heading.left() + column * (self.pane + self.gap)
        return QRectF(left, heading.top() + 1.2 * self.line, self.pane, self.pane)


def render_methods(
    comparison: MethodComparison,
    pictures: Mapping[str, CasePicture],
    engine: Engine,
    *,
    today: date | None = None,
) -> QImage:
    """Draw the sheet. Needs a QGuiApplication, for its fonts.

    Args:
        comparison: With at least one row.
        pictures: By case id; `QUERY` is the query's.
        engine: The one it was made with.
        today: The date to print; None: today's.
    """
    layout = MethodsLayout(len(comparison.rows))
    image = QImage(layout.width, layout.height, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.GROUND))
    painter = QPainter(image)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    try:
        sheet = _Sheet(SheetBrush(painter, layout, Overlay(is_shown=False)), layout)
        sheet.draw_query(comparison, pictures.get(QUERY), engine)
        for index, row in enumerate(comparison.rows):
            sheet.draw_row(index, row, comparison, pictures, engine)
        sheet.draw_footer(comparison, engine, today or date.today())
    finally:
        painter.end()
    return image


def burned_in_warnings(pictures: Mapping[str, CasePicture]) -> tuple[str, ...]:
    """Sentences on which pixels may identify a patient, to be read before exporting."""
    admitting = [
        case_id
        for case_id, one in pictures.items()
        if one.radiograph is not None and one.radiograph.header.burned_in_annotation == "YES"
    ]
    words = tr(
        "The file of {name} says that text is burned into its pixels (BurnedInAnnotation is YES): "
        "it may identify the patient."
    )
    of_case = tr("case {name}")
    return tuple(
        words.format(name=tr("the query") if one == QUERY else of_case.format(name=pseudonym(one)))
        for one in admitting
    )


def export_job(
    comparison: MethodComparison, pictures: Mapping[str, CasePicture], engine: Engine, path: Path
) -> Generator[Exported, None, None]:
    """Draw the sheet and write it.

    Raises:
        ExportError: It cannot be written there.
    """
    save_comparison(render_methods(comparison, pictures, engine), path)
    yield Exported(path)


@dataclass(frozen=True, slots=True)
class _Sheet:
    brush: SheetBrush[MethodsLayout]
    layout: MethodsLayout

    def draw_query(
        self, comparison: MethodComparison, picture: CasePicture | None, engine: Engine
    ) -> None:
        area, line = self.layout.query_area(), self.layout.line
        query, manifest = comparison.query, engine.bundle.manifest
        width = area.width()
        self.brush.text(area.left(), self.layout.gap, width, tr("Query"), bold=True)
        self._pane(area, picture)
        y = area.bottom() + 0.5 * self.layout.gap
        label = ", ".join(comparison.query_label)
        words = tr("Label: {label}").format(label=label) if label else tr("Label: not known")
        self.brush.text(area.left(), y, width, words, bold=bool(label))
        source = query.same_case.findings_source if query.same_case else ""
        if source:
            self.brush.text(
                area.left(),
                y + line,
                width,
                tr("from: {source}").format(source=source),
                colour=theme.QUIET,
            )
        if query.radiograph is not None:
            cautions = mismatches(query.radiograph, manifest)
            if cautions:
                pieces = f"▲ {cautions[0]}".split()
                self.brush.wrapped(
                    area.left(), y + 2 * line, width, pieces, joint=" ", colour=theme.CAUTION
                )

    def draw_row(
        self,
        index: int,
        row: MethodRow,
        comparison: MethodComparison,
        pictures: Mapping[str, CasePicture],
        engine: Engine,
    ) -> None:
        heading = self.layout.heading_area(index)
        x, y, width = heading.left(), heading.top(), heading.width()
        self.brush.text(x, y, width, f"{row.title} ({row.method})", bold=True)
        right = Qt.AlignmentFlag.AlignRight
        self.brush.text(x, y, width, figures_words(row.figures), colour=theme.QUIET, align=right)
        for column, neighbour in enumerate(row.neighbours[:TOP]):
            agreement = label_agreement(
                comparison.query_label, neighbour.case, engine.bundle.manifest
            )
            area = self.layout.case_area(index, column)
            self._pane(area, pictures.get(neighbour.case.case_id))
            frame = FRAMES[agreement]
            self.brush.frame(area, frame.colour, frame.line)
            self._caption(area, neighbour, tr(frame.words), frame.colour)

    def _caption(self, area: QRectF, neighbour: Neighbour, words: str, colour: str) -> None:
        x, y, width = area.left(), area.bottom() + 0.5 * self.layout.gap, area.width()
        case, right = neighbour.case, Qt.AlignmentFlag.AlignRight
        self.brush.text(x, y, width, words, colour=colour, bold=True)
        nearness = tr("{rank} · similarity {similarity:.2f}").format(
            rank=neighbour.rank, similarity=neighbour.similarity
        )
        self.brush.text(x, y, width, nearness, align=right)
        name = pseudonym(case.case_id)
        lower, room = y + self.layout.line, width - self.brush.width(name) - self.layout.gap
        self.brush.text(x, lower, width, name, colour=theme.QUIET, align=right)
        self.brush.findings(x, lower, room, case.findings)

    def _pane(self, area: QRectF, picture: CasePicture | None) -> None:
        if picture is None or picture.radiograph is None:
            self.brush.empty_pane(area, tr("This case could not be read"))
            return
        self.brush.pane(area, picture.radiograph)

    def draw_footer(self, comparison: MethodComparison, engine: Engine, today: date) -> None:
        layout, manifest, catalogue = self.layout, engine.bundle.manifest, engine.catalogue
        left, width = layout.gap, layout.width - 2 * layout.gap
        self.brush.rule(layout.body_height)
        y = layout.body_height + 0.75 * layout.gap
        self.brush.text(left, y, width, tr(RESEARCH_USE), bold=True, colour=theme.CAUTION)
        keys = " · ".join(f"{tr(frame.words)} ({tr(frame.spoken)})" for frame in FRAMES.values())
        meaning = tr("Frames compare labels with the query's label: {keys}").format(keys=keys)
        self.brush.text(left, y + layout.line, width, meaning)
        excluded, filtered = comparison.query.excluded, comparison.only.count
        facts = [
            tr("bundle {name} {version} ({sha256})").format(
                name=manifest.name, version=manifest.version, sha256=manifest.sha256[:8]
            ),
            tr("catalogue of {count:,} cases").format(count=catalogue.count) if catalogue else "",
            tr("{excluded} of the query's patient left out").format(excluded=excluded)
            if excluded
            else "",
            tr("only cases that pass a filter of {filtered}").format(filtered=filtered)
            if filtered
            else "",
            f"{today:%Y-%m-%d}",
            f"Kindred {program_version()}",
        ]
        words = " · ".join(fact for fact in facts if fact)
        self.brush.text(left, y + 2 * layout.line, width, words, colour=theme.QUIET)
