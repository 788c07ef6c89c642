"""The pinned cases side by side, in a window of their own."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from viewer.pane.case_pane import CasePane
from viewer.pane.view_state import ViewState
from viewer.results.neighbours_panel import best_columns, caption
from viewer.results.result_jobs import PinnedCase
from viewer.theme import RHYTHM
from viewer.translation import tr


class PinnedWindow(QDialog):
    """Panes that follow each other by relative position."""

    def __init__(self, cases: tuple[PinnedCase, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Pinned cases"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(120 * RHYTHM, 80 * RHYTHM)
        self.panes: list[CasePane] = []
        grid = QGridLayout(self)
        grid.setSpacing(RHYTHM // 2)
        columns = best_columns(len(cases), self.width(), self.height())
        for index, pinned in enumerate(cases):
            pane = CasePane(tr("Pinned case {number}").format(number=index + 1))
            pane.set_title(tr("pinned {number}").format(number=index + 1))
            pane.set_caption(caption(pinned.case, ""))
            pane.view.show_radiograph(pinned.radiograph, pinned.pixels)
            pane.view.state_changed.connect(self._follow)
            grid.addWidget(pane, index // columns, index % columns)
            self.panes.append(pane)

    def _follow(self, state: ViewState) -> None:
        for pane in self.panes:
            pane.view.set_state(state)
