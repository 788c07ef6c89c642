"""The comparison as a picture: query, similar cases, and where it all comes from.

    +-------------+------+------+
    |             |  1   |  2   |
    |    query    +------+------+
    |             |  3   |  4   |
    +-------------+------+------+
    | legend, provenance, "Research use only"

It leaves the hospital on slides and in messages, so it is built from an allow-list: pixels,
findings, numbers, and what bundle and catalogue they come from. No name, id, date of birth,
file name, path or report is drawn, and the file holds no text of its own. What is burned into
the pixels stays there unless it is masked: `identity_warnings` says where a file admits to it,
`identity_doubts` where it keeps silent.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from inference.errors import ExportError
from inference.pipeline import Analysis, CaseView, Engine, mismatches
from inference.pseudonym import pseudonym
from inference.records import Neighbour
from viewer import theme
from viewer.case.case_jobs import shown_overlay
from viewer.case.case_words import measured_words
from viewer.export.sheet_brush import Overlay, SheetBrush, broken
from viewer.export.sheet_files import pdf_bytes, png_bytes
from viewer.export.sheet_layout import SheetLayout
from viewer.pane.pane_picture import ShownOverlay
from viewer.preferences.settings import program_version
from viewer.translation import N_, tr

__all__ = [
    "Overlay",
    "ShownMaps",
    "identity_doubts",
    "identity_warnings",
    "pseudonym",
    "render_comparison",
    "save_comparison",
]

RESEARCH_USE = N_("Research use only, not for diagnosis")

SALIENCY_WORDS = N_(
    "Map: Deep Taylor saliency, what the model's answer rests on, in each radiograph by itself."
)

_BURNING_MODALITIES = ("US", "SC", "OT", "XC", "")  # "": a picture, which has no header at all


@dataclass(frozen=True, slots=True, eq=False)
class ShownMaps:
    """What lies over the radiographs.

    Attributes:
        words: Name of the maps, what exactly they show in both directions, and how faithful
            that was measured to be.
        overlays: By rank, 0 for the query; a radiograph without one has no map.
        scale: What the colours mean, beside their bar.
        place: The place of the query that all maps are about: row and column; None for none.
    """

    words: str
    overlays: Mapping[int, ShownOverlay] = field(repr=False)
    scale: str = N_("relevance, low to high")
    place: tuple[float, float] | None = None


def render_comparison(
    analysis: Analysis,
    case_views: Sequence[CaseView],
    engine: Engine,
    overlay: Overlay | None = None,
    *,
    maps: ShownMaps | None = None,
    notes: Sequence[str] = (),
    today: date | None = None,
) -> QImage:
    """Draw the comparison sheet. Needs a QGuiApplication, for its fonts.

    Args:
        analysis: A finished one.
        case_views: Of its neighbours; one that could not be read may be missing.
        engine: The one it was made with.
        overlay: How maps are shown.
        maps: Which; None: each radiograph's Deep Taylor saliency.
        notes: On how the search was narrowed or moved, printed with the provenance.
        today: The date to print; None: today's.

    Returns:
        An opaque picture whose small panes have as many pixels as the largest neighbour's
        longer side, kept between 560 and 1536.
    """
    if analysis.radiograph is None or analysis.probabilities is None:
        raise ValueError("the analysis is not finished")
    neighbours = analysis.neighbours or ()
    overlay, maps = overlay or Overlay(), maps or _saliency_maps(analysis, case_views)
    layout = SheetLayout.of(len(neighbours), [view.radiograph for view in case_views])
    if overlay.is_shown:
        room = layout.width - 2 * layout.gap
        layout = replace(layout, legend_lines=len(broken(tr(maps.words), room, layout.text)))
    image = QImage(layout.width, layout.height, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.GROUND))
    painter = QPainter(image)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing
        | QPainter.RenderHint.TextAntialiasing
        | QPainter.RenderHint.SmoothPixmapTransform
    )
    try:
        brush = SheetBrush(painter, layout, overlay)
        _draw_query(brush, analysis, engine, maps)
        views = {view.neighbour.rank: view for view in case_views}
        for index, neighbour in enumerate(neighbours):
            over = maps.overlays.get(neighbour.rank)
            _draw_neighbour(brush, index, neighbour, views.get(neighbour.rank), over)
        _draw_footer(brush, analysis, engine, maps, notes, today or date.today())
    finally:
        painter.end()
    return image


def save_comparison(image: QImage, path: Path) -> None:
    """Write the sheet without text in it, whole or not at all.

    Args:
        image: The sheet.
        path: A name that ends in .pdf becomes a page to print, any other a PNG.

    Raises:
        ExportError: It cannot be written there.
    """
    is_page = path.suffix.casefold() == ".pdf"
    content = pdf_bytes(image) if is_page else png_bytes(image)
    if not content:
        raise ExportError(path, tr("the picture could not be made into a PNG"))
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ExportError(
            path, tr("{reason}; choose another place").format(reason=error.strerror or error)
        ) from error


def identity_warnings(analysis: Analysis, case_views: Sequence[CaseView]) -> tuple[str, ...]:
    """Sentences on which pixels may identify a patient, to be read before exporting."""
    named = [(tr("the query"), analysis.radiograph)]
    named += [
        (tr("case {name}").format(name=view.neighbour.rank), view.radiograph) for view in case_views
    ]
    return tuple(
        tr(
            "The file of {name} says that text is burned into its pixels (BurnedInAnnotation "
            "is YES): it may identify the patient."
        ).format(name=name)
        for name, radiograph in named
        if radiograph is not None and radiograph.header.burned_in_annotation == "YES"
    )


def identity_doubts(analysis: Analysis, case_views: Sequence[CaseView]) -> tuple[str, ...]:
    """A sentence on the files that do not say whether there is text in their pixels.

    For radiographs silence is usual. Ultrasound, secondary captures, photographs and files
    without a header are where text is burned in: for them silence is no answer.
    """
    named = [(tr("the query"), analysis.radiograph)]
    named += [
        (tr("case {name}").format(name=view.neighbour.rank), view.radiograph) for view in case_views
    ]
    silent = [
        name
        for name, radiograph in named
        if radiograph is not None
        and not radiograph.header.burned_in_annotation
        and radiograph.header.modality in _BURNING_MODALITIES
    ]
    if not silent:
        return ()
    one = tr(
        "The file of {names} does not say whether text is burned into the pixels: look at it first."
    )
    many = tr(
        "The files of {names} do not say whether text is burned into the pixels: look at them "
        "first."
    )
    return ((one if len(silent) == 1 else many).format(names=", ".join(silent)),)


def _saliency_maps(analysis: Analysis, case_views: Sequence[CaseView]) -> ShownMaps:
    """Of every radiograph by itself: what is shown where nothing else was chosen."""
    overlays = {
        view.neighbour.rank: shown_overlay(view.saliency, view.placement) for view in case_views
    }
    if analysis.saliency is not None and analysis.model_input is not None:
        overlays[0] = shown_overlay(analysis.saliency, analysis.model_input.placement)
    return ShownMaps(SALIENCY_WORDS, overlays)


def _draw_query(
    draw: SheetBrush[SheetLayout], analysis: Analysis, engine: Engine, maps: ShownMaps
) -> None:
    layout, manifest, radiograph = draw.layout, engine.bundle.manifest, analysis.radiograph
    model_input = analysis.model_input
    probabilities = analysis.probabilities
    assert radiograph is not None
    assert model_input is not None
    assert probabilities is not None
    area = layout.query_area()
    draw.pane(area, radiograph, maps.overlays.get(0), maps.place)
    x, y = area.left(), area.bottom() + 0.5 * layout.gap
    header = radiograph.header
    kind = " · ".join(filter(None, (header.view_position, header.modality)))
    draw.text(x, y, area.width(), tr("Query") + (f" · {kind}" if kind else ""), bold=True)
    names = [one.name for one in manifest.classes]
    shown = list(zip(names, probabilities, strict=False))
    if len(probabilities) == 1:
        shown = [(manifest.condition, probabilities[0])]
    words = ", ".join(f"{name} {value:.2f}" for name, value in shown)
    measured = measured_words(manifest)
    draw.text(
        x,
        y + layout.line,
        area.width(),
        tr("Model output: {words} · {measured}").format(words=words, measured=measured),
    )
    if len(shown) == 1:
        length = 0.2 * area.width()
        draw.bar(area.right() - length, y + layout.line, length, shown[0][1])
    if analysis.same_case is not None:
        known = ", ".join(analysis.same_case.findings) or tr("no findings")
        to_the_right = Qt.AlignmentFlag.AlignRight
        draw.text(
            x,
            y,
            area.width(),
            tr("In the catalogue: {known}").format(known=known),
            align=to_the_right,
        )
    caution = mismatches(radiograph, manifest) + model_input.warnings
    if caution:
        more = tr(" (+{number} more)").format(number=len(caution) - 1) if len(caution) > 1 else ""
        pieces = f"▲ {caution[0]}{more}".split()
        lower = y + 2 * layout.line
        draw.wrapped(x, lower, area.width(), pieces, joint=" ", colour=theme.CAUTION)


def _draw_neighbour(
    draw: SheetBrush[SheetLayout],
    index: int,
    neighbour: Neighbour,
    view: CaseView | None,
    over: ShownOverlay | None,
) -> None:
    layout, case = draw.layout, neighbour.case
    area = layout.neighbour_area(index)
    if view is None:
        draw.empty_pane(area, tr("This case could not be read"))
    else:
        draw.pane(area, view.radiograph, over)
    x, y, width = area.left(), area.bottom() + 0.5 * layout.gap, area.width()
    quiet, to_the_right = theme.QUIET, Qt.AlignmentFlag.AlignRight
    rank = f"{neighbour.rank}"
    draw.text(x, y, width, rank, bold=True, colour=theme.ACCENT)
    beside = draw.width(rank, bold=True) + 0.5 * layout.gap
    draw.text(
        x + beside,
        y,
        width - beside,
        tr("case {name}").format(name=pseudonym(case.case_id)),
        colour=quiet,
    )
    distance = _three_digits(neighbour.distance)
    nearness = tr("similarity {similarity:.2f} · distance {distance}").format(
        similarity=neighbour.similarity, distance=distance
    )
    draw.text(x, y, width, nearness, align=to_the_right)
    source = (
        tr("Findings from: {findings_source}").format(findings_source=case.findings_source)
        if case.findings_source
        else ""
    )
    room = width - layout.gap
    # Findings and their source are never cut for severity's sake: it goes where it fits.
    lines = (
        room - draw.width(", ".join(case.findings), bold=True),
        room - draw.width(source),
    )
    numbers = [f"{_spoken(name)} {value:.1f}" for name, value in case.severity.items()]
    taken = [0.0, 0.0]
    for count, line in ((2, 0), (2, 1), (1, 0), (1, 1)):
        severity = " · ".join(numbers[:count])
        if severity and draw.width(severity) <= lines[line]:
            lower = y + (1 + line) * layout.line
            draw.text(x, lower, width, severity, colour=quiet, align=to_the_right)
            taken[line] = draw.width(severity) + layout.gap
            break
    draw.findings(x, y + layout.line, width - taken[0], case.findings)
    draw.text(x, y + 2 * layout.line, width - taken[1], source, colour=quiet)


def _draw_footer(
    draw: SheetBrush[SheetLayout],
    analysis: Analysis,
    engine: Engine,
    maps: ShownMaps,
    notes: Sequence[str],
    today: date,
) -> None:
    layout, manifest = draw.layout, engine.bundle.manifest
    left, width = layout.gap, layout.width - 2 * layout.gap
    top = layout.gap + layout.body_height
    draw.rule(top)
    y = top + 0.75 * layout.gap
    method = manifest.methods[analysis.method].title
    draw.text(left, y, width, tr(RESEARCH_USE), bold=True, colour=theme.CAUTION)
    catalogue = engine.catalogue
    facts = [
        tr("Similarity by {method}").format(method=method),
        *notes,
        tr("bundle {name} {version} ({sha256})").format(
            name=manifest.name, version=manifest.version, sha256=manifest.sha256[:8]
        ),
        tr("catalogue of {count:,} cases").format(count=catalogue.count)
        if catalogue
        else tr("no catalogue"),
        tr("{excluded} of the query's patient left out").format(excluded=analysis.excluded)
        if analysis.excluded
        else "",
        f"{today:%Y-%m-%d}",
        f"Kindred {program_version()}",
    ]
    pieces = [fact for fact in facts if fact]
    draw.wrapped(left, y + layout.line, width, pieces, joint=" · ", colour=theme.QUIET)
    if draw.overlay.is_shown:
        draw.legend(y, tr(maps.scale))
        draw.paragraph(left, y + 3 * layout.line, width, tr(maps.words), colour=theme.TEXT)


def _three_digits(value: float) -> str:
    """Three digits where the value has them, so that numbers of one sheet compare at a glance."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def _spoken(column: str) -> str:
    return column.removeprefix("severity_").replace("_", " ")
