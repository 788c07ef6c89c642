"""Exporting the comparison: draws the sheet in the background, shows it, then lets it leave."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from inference.pipeline import Analysis, CaseView, Engine
from viewer.case.case_jobs import Exported
from viewer.export.comparison_export import (
    Overlay,
    ShownMaps,
    identity_doubts,
    identity_warnings,
    render_comparison,
    save_comparison,
)
from viewer.export.export_dialog import ALL, QUERY, SELECTED, ExportDialog
from viewer.frame.workbench import Workbench
from viewer.job_runner import JobRunner
from viewer.measuring.mark import Mark
from viewer.pane.place_picker import PlaceMarks
from viewer.pane.view_state import OverlayStyle
from viewer.translation import tr


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A sheet was drawn."""

    image: QImage = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is on the screen.

    Attributes:
        analysis: Of the query, with the neighbours that have a pane.
        views: Of those neighbours, as far as they could be read.
        engine: The one they were found with.
        style: How the overlay looks.
        selected: Rank of the selected case; 0 for none.
        marks: To draw over the radiographs, by `pixel_sha256`.
        notes: On how the search was narrowed or moved.
        maps: What lies over the radiographs; None: the Deep Taylor saliency of each.
    """

    analysis: Analysis
    views: tuple[CaseView, ...]
    engine: Engine
    style: OverlayStyle
    selected: int = 0
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    maps: ShownMaps | None = None

    def part(self, which: str) -> "Comparison":
        """All of it, or the query with the selected case, or the query alone."""
        if which == ALL:
            return self
        wanted = {self.selected} if which == SELECTED else set()
        neighbours = tuple(one for one in self.analysis.neighbours or () if one.rank in wanted)
        return replace(
            self,
            analysis=replace(self.analysis, neighbours=neighbours),
            views=tuple(view for view in self.views if view.neighbour.rank in wanted),
        )

    def warnings(self) -> tuple[str, ...]:
        """On what may identify a patient."""
        return (
            *identity_warnings(self.analysis, self.views),
            *identity_doubts(self.analysis, self.views),
        )


class ExportController(QObject):
    """Keeps nothing between two exports."""

    def __init__(self, window: Workbench, runner: JobRunner, parent: QObject) -> None:
        """
        Args:
            window: The dialog's parent.
            runner: For drawing and writing; its failures are reported by its owner.
            parent: Its parent.
        """
        super().__init__(parent)
        self._window = window
        self._runner = runner
        self._dialog: ExportDialog | None = None
        self._comparison: Comparison | None = None
        runner.advanced.connect(self._advanced)

    @property
    def dialog(self) -> ExportDialog | None:
        """The open dialog."""
        return self._dialog

    def export(self, comparison: Comparison) -> None:
        """Open the dialog."""
        if self._dialog is not None:
            return
        self._comparison = comparison
        cases = comparison.analysis.neighbours or ()
        dialog = self._dialog = ExportDialog(
            comparison.warnings(),
            has_cases=bool(cases),
            has_selection=len(cases) > 1 and comparison.selected > 0,
            parent=self._window,
        )
        dialog.sheet_wished.connect(self._draw)
        dialog.save_wished.connect(self._save)
        dialog.copied.connect(
            lambda: self._window.message_bar.show_message("note", tr("The sheet was copied."))
        )
        dialog.finished.connect(self._closed)
        dialog.open()
        self._draw(ALL if cases else QUERY)

    @Slot(str)
    def _draw(self, which: str) -> None:
        assert self._comparison is not None
        part = self._comparison.part(which)
        self._runner.start(lambda: _render(part))

    @Slot(object, object)
    def _save(self, image: QImage, path: Path) -> None:
        self._runner.start(lambda: _write(image, path))

    @Slot()
    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = self._comparison = None

    @Slot(object)
    def _advanced(self, value: object) -> None:
        if isinstance(value, Rendered) and self._dialog is not None:
            self._dialog.show_sheet(value.image)


def maps_on_screen(window: Workbench) -> ShownMaps | None:
    """The maps as they lie over the panes now, with their legend; None where none was chosen."""
    controls = window.explain_controls
    if not controls.legend:
        return None
    name = controls.shown_name
    words = tr("Map: {name}. {legend}").format(name=name, legend=controls.legend)
    if controls.is_busy:
        words += " " + tr("It was still being computed.")
    overlays = {
        rank: view.overlay
        for rank, view in enumerate(window.all_views())
        if view.overlay is not None
    }
    if any(rank not in overlays for rank, view in enumerate(window.all_views()) if view.radiograph):
        words += " " + tr("A radiograph without colours has no map.")
    scale = tr("{name}, low to high").format(name=name.lower())
    marks = window.query.view.findChild(PlaceMarks)
    return ShownMaps(words, overlays, scale, marks.place if marks is not None else None)


def _render(part: Comparison) -> Generator[Rendered, None, None]:
    style = part.style
    overlay = Overlay(style.is_on, style.opacity, style.colour_map, part.marks)
    yield Rendered(
        render_comparison(
            part.analysis, part.views, part.engine, overlay, maps=part.maps, notes=part.notes
        )
    )


def _write(image: QImage, path: Path) -> Generator[Exported, None, None]:
    save_comparison(image, path)
    yield Exported(path)
