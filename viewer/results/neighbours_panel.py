"""The most similar cases, side by side."""

from collections.abc import Iterator, Mapping
from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy, QWidget

from inference.records import CaseRecord, Neighbour, Radiograph
from viewer.pane.case_pane import CasePane
from viewer.pane.display_pixels import DisplayPixels
from viewer.pane.pane_picture import ShownOverlay
from viewer.pane.radiograph_view import RadiographView
from viewer.theme import RHYTHM
from viewer.translation import N_, tr

Agreement = Literal["agrees", "differs", ""]

_AGREEMENT_WORDS: dict[Agreement, str] = {
    "agrees": N_("● agrees"),
    "differs": N_("◇ differs"),
    "": "",
}
_CHROME_HEIGHT = 48  # of a pane's two lines


class NeighboursPanel(QScrollArea):
    """A grid of panes that are there before the results are, so that nothing moves.

    Signals:
        selected: A case was chosen. arg: its rank, from 1
        pointed_at: The mouse is over a case. arg: its rank; 0 for none
        state_changed: The user looked around in a pane. arg: the new ViewState
        enlarge_asked: Double click on a pane. arg: its rank
        pane_made: There is one pane more. arg: its rank
    """

    selected = Signal(int)
    pointed_at = Signal(int)
    state_changed = Signal(object)
    enlarge_asked = Signal(int)
    pane_made = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("Similar cases"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._inner = QWidget()
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(RHYTHM // 2)
        self.setWidget(self._inner)
        self._panes: list[CasePane] = []
        self._neighbours: tuple[Neighbour, ...] = ()
        self._selected = 0
        self._only: tuple[int, ...] = ()
        self._waiting = ""

    @property
    def count(self) -> int:
        """How many panes there are."""
        return len(self._panes)

    @property
    def selected_rank(self) -> int:
        """The chosen case, from 1; 0 for none."""
        return self._selected

    def pane(self, rank: int) -> CasePane:
        """The pane of one rank, from 1."""
        return self._panes[rank - 1]

    def views(self) -> Iterator[RadiographView]:
        """All radiograph views, shown or empty."""
        return (pane.view for pane in self._panes)

    def neighbour(self, rank: int) -> Neighbour | None:
        """The case of one rank, or None where there is none yet."""
        return self._neighbours[rank - 1] if 0 < rank <= len(self._neighbours) else None

    def set_count(self, count: int) -> None:
        """Have this many panes; those that stay keep what they show."""
        while len(self._panes) < count:
            self._panes.append(self._new_pane(len(self._panes) + 1))
            self.pane_made.emit(len(self._panes))
        while len(self._panes) > count:
            pane = self._panes.pop()
            pane.setParent(None)  # gone at once; deletion waits for the event loop
            pane.deleteLater()
        self._neighbours = self._neighbours[:count]
        if self._selected > count:
            self.select(0)
        self._arrange()

    def show_waiting(self, text: str) -> None:
        """Empty all panes; each says `text`."""
        self._neighbours = ()
        self._waiting = text
        self.select(0)
        for pane in self._panes:
            pane.set_title(" ")
            pane.set_caption(" ")
            pane.view.show_placeholder(text)

    def show_neighbours(
        self, neighbours: tuple[Neighbour, ...], agreements: Mapping[str, Agreement]
    ) -> None:
        """Name the cases; their radiographs follow, one by one.

        Args:
            neighbours: The nearest first; those beyond `count` are left out.
            agreements: By case id, whether its label agrees with what is shown of the query.
        """
        before = self._neighbours
        self._neighbours = neighbours[: len(self._panes)]
        for index, pane in enumerate(self._panes):
            if index >= len(self._neighbours):
                pane.set_title(" ")
                pane.set_caption(" ")
                pane.view.show_placeholder(tr("No further case"))
                continue
            neighbour = self._neighbours[index]
            pane.set_title(title(neighbour))
            pane.set_caption(caption(neighbour.case, agreements.get(neighbour.case.case_id, "")))
            is_there = index < len(before) and before[index].case == neighbour.case
            if not is_there or pane.view.radiograph is None:
                pane.view.show_placeholder(tr("Reading…"))
        if [one.case for one in before] != [one.case for one in self._neighbours]:
            self.pointed_at.emit(0)  # what a rank stood for before, it may not any more

    def show_case(
        self, rank: int, radiograph: Radiograph, pixels: DisplayPixels, overlay: ShownOverlay
    ) -> None:
        """Show the radiograph of one case."""
        if rank <= len(self._panes):
            view = self.pane(rank).view
            view.show_radiograph(radiograph, pixels)
            view.show_overlay(overlay)

    def show_problem(self, rank: int, sentence: str) -> None:
        """Say why the radiograph of one case cannot be shown."""
        if rank <= len(self._panes):
            self.pane(rank).view.show_placeholder(sentence, is_problem=True)

    @Slot(int)
    def select(self, rank: int) -> None:
        """Choose a case as a click does; 0, or a rank that holds no case, chooses none."""
        rank = rank if self.neighbour(rank) else 0
        if rank == self._selected:
            return
        self._selected = rank
        for index, pane in enumerate(self._panes, start=1):
            pane.set_selected(is_selected=index == rank)
        if rank:
            self.ensureWidgetVisible(self.pane(rank))
        self.selected.emit(rank)

    def show_only(self, ranks: tuple[int, ...]) -> None:
        """Show these panes alone; none named shows all."""
        self._only = ranks
        self._arrange()

    def _new_pane(self, rank: int) -> CasePane:
        pane = CasePane(tr("Similar case {rank}").format(rank=rank), self._inner)
        view = pane.view
        view.show_placeholder(self._waiting)
        view.clicked.connect(lambda: self.select(rank))
        view.enlarge_asked.connect(lambda: self.enlarge_asked.emit(rank))
        view.pointed_at.connect(lambda is_over: self.pointed_at.emit(rank if is_over else 0))
        view.state_changed.connect(self.state_changed)
        return pane

    def _arrange(self) -> None:
        for pane in self._panes:
            self._grid.removeWidget(pane)
        for index in range(max(self._grid.columnCount(), self._grid.rowCount())):
            self._grid.setColumnStretch(index, 0)
            self._grid.setRowStretch(index, 0)
        shown = [pane for rank, pane in enumerate(self._panes, 1) if rank in self._only]
        shown = shown or self._panes
        for pane in self._panes:
            pane.setVisible(pane in shown)
        columns = best_columns(len(shown), self.width(), self.height())
        for index, pane in enumerate(shown):
            self._place(pane, index // columns, index % columns)

    def _place(self, pane: CasePane, row: int, column: int) -> None:
        self._grid.addWidget(pane, row, column)
        self._grid.setColumnStretch(column, 1)
        self._grid.setRowStretch(row, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()


def best_columns(count: int, width: int, height: int) -> int:
    """Columns of the grid in which square radiographs become largest."""
    if count < 1:
        return 1

    def side(columns: int) -> float:
        rows = -(-count // columns)
        return min(width / columns, height / rows - _CHROME_HEIGHT)

    return max(range(1, count + 1), key=side)


def title(neighbour: Neighbour) -> str:
    """Such as "1 · 0.91 · distance 3.2": rank, similarity and the method's own distance."""
    return tr("{rank} · {similarity:.2f} · distance {distance:.3g}").format(
        rank=neighbour.rank, similarity=neighbour.similarity, distance=neighbour.distance
    )


def caption(case: CaseRecord, agreement: Agreement) -> str:
    """Such as "Pneumonia · report · ● agrees": findings, where they come from, agreement."""
    findings = ", ".join(case.findings) or tr("no label")
    parts = (findings, case.findings_source, tr(_AGREEMENT_WORDS[agreement]))
    return " · ".join(part for part in parts if part)
