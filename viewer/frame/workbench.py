"""The workbench: where everything is, its menus and keys. It decides nothing.

tool row
query      | similar cases, or a card that says why there are none | record
findings   |
message                                            overlay, legend, link
status: research use only, bundle, catalogue, provider and time

It is a widget like any other: our own window fills itself with one, and so may another
program's, through `viewer.frame.panel`.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

from viewer.case.findings_panel import FindingsPanel
from viewer.case.recent_files import RecentFiles
from viewer.case.record_panel import RecordPanel
from viewer.explain.explain_controls import ExplainControls
from viewer.frame.elided_label import ElidedLabel
from viewer.frame.layout_chooser import Layout, LayoutChooser
from viewer.frame.message_bar import MessageBar
from viewer.frame.screens import move_to_next_screen
from viewer.frame.second_window import QUERY, RESULTS, SecondWindow
from viewer.frame.start_page import StartPage
from viewer.frame.state_card import StateCard
from viewer.frame.tool_row import ToolRow
from viewer.frame.window_actions import WindowActions
from viewer.measuring.desk import MeasuringDesk
from viewer.pane.case_pane import CasePane
from viewer.pane.looking import Looking
from viewer.pane.magnifier import MagnifierKey
from viewer.pane.overlay_controls import OverlayControls
from viewer.pane.radiograph_view import RadiographView
from viewer.pane.view_state import OverlayStyle, ViewState
from viewer.results.neighbours_panel import NeighboursPanel
from viewer.results.results_area import ResultsArea
from viewer.theme import QUIET, RHYTHM
from viewer.translation import N_, tr

RESEARCH_ONLY = N_("Research use only, not for diagnosis")
_WIDER = 5 * RHYTHM  # pixels that a part becomes wider by one press of its key


class Workbench(QWidget):
    """Holds the panels; the controller fills them and hears their wishes.

    Signals:
        radiograph_wished: arg: the file's Path
        folder_wished: A folder of past cases. arg: its Path
        browse_wished: Look through a folder or a DICOMDIR. arg: its Path; None: choose one
        demo_wished: The demo.
        index_wished: Build or refresh the index of the open folder.
        stop_wished: Stop what is running.
        export_wished: Export the comparison.
        titled: Another radiograph is open. arg: what it is called
        closed: The window was closed, or the host is done.
    """

    radiograph_wished = Signal(object)
    folder_wished = Signal(object)
    browse_wished = Signal(object)
    demo_wished = Signal()
    index_wished = Signal()
    stop_wished = Signal()
    export_wished = Signal()
    titled = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None, frame: QWidget | None = None) -> None:
        """
        Args:
            parent: Its parent.
            frame: A window that is all the workbench's: its keys work wherever the focus is, and
                it may be moved and fill a screen. None: the window is somebody else's, and keys
                are heard only while the focus is in here.
        """
        super().__init__(parent)
        self._frame = frame
        self.setAcceptDrops(True)
        self._beside: CasePane | None = None
        self._hint = ""  # how the tool in use is used
        self._enlarged: int | None = None  # None: nothing; 0: the query; else the case's rank
        self.last_folder = ""  # that a file was chosen from
        self.bound = WindowActions(frame or self, is_whole_window=frame is not None)
        self.recent = RecentFiles(self)
        self.tools = ToolRow(self._menu_actions())
        self.start_page = StartPage()
        self.query = CasePane(tr("Query radiograph"))
        self.findings = FindingsPanel()
        self.neighbours = NeighboursPanel()
        self.card = StateCard()
        self.record = RecordPanel()
        self.message_bar = MessageBar()
        self.overlay_controls = OverlayControls()
        self.explain_controls = ExplainControls()
        self.looking = Looking(self.bound, self.active_view, self._follow, self)
        self.layouts = LayoutChooser(self.bound, lambda: self.neighbours.count, self)
        self.magnifier = MagnifierKey(self, self.bound)
        self.measuring = MeasuringDesk(self.bound, self.active_view, self)
        self.measuring.set_views([self.query.view])
        self._status = ElidedLabel(tr(RESEARCH_ONLY))
        self._busy_text = QLabel()
        self._busy_text.setStyleSheet(f"color: {QUIET}")
        self.stop_button = QPushButton(tr("Stop"))
        self.status_bar = QStatusBar()
        self._lay_out()
        self._connect()
        self._add_shortcuts()
        self._add_menus()
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(True)  # else Enter presses buttons in dialogs alone
        self.show_busy("")
        self.query.view.show_placeholder(tr("Drop a radiograph here, or open one with Ctrl+O."))
        self.query.set_title(tr("query"))

    # What the controller says

    @property
    def status(self) -> str:
        """The line at the bottom."""
        return self._status.text()

    @property
    def busy_text(self) -> str:
        """What is being done; "" for nothing."""
        return self._busy_text.text()

    @property
    def enlarged(self) -> int | None:
        """What is shown alone: 0 the query, else a case's rank; None for nothing."""
        return self._enlarged

    def show_start(self) -> None:
        """The first start: nothing is open."""
        self._pages.setCurrentWidget(self.start_page)
        if self._frame is not None:
            self.start_page.demo_button.setFocus()
        self.overlay_controls.setEnabled(False)
        self.explain_controls.setEnabled(False)
        self._show_parts()

    def show_workbench(self) -> None:
        """Something is open, or about to be."""
        if self._frame is not None and self.is_start_shown:
            self.query.view.setFocus()
        self._pages.setCurrentWidget(self._workbench)
        self.overlay_controls.setEnabled(True)
        self.explain_controls.setEnabled(True)
        self._show_parts()

    def set_case_title(self, text: str) -> None:
        """Say which radiograph is open."""
        self.tools.set_title(text)
        self.titled.emit(text)

    def show_neighbour_grid(self) -> None:
        """The similar cases, in place of a card."""
        self._results.setCurrentWidget(self.neighbours)

    def show_card(self) -> None:
        """The card, in place of the similar cases."""
        if self._enlarged:
            self.enlarge(None)
        self._results.setCurrentWidget(self.card)

    @property
    def is_card_shown(self) -> bool:
        """Whether the card is in place of the similar cases."""
        return self._results.currentWidget() is self.card

    @property
    def is_start_shown(self) -> bool:
        """Whether the start page is shown."""
        return self._pages.currentWidget() is self.start_page

    def show_status(self, parts: tuple[str, ...]) -> None:
        """Replace the line at the bottom, which always begins with the research notice."""
        self._status.setText(" · ".join((tr(RESEARCH_ONLY), *(part for part in parts if part))))

    def show_busy(self, text: str) -> None:
        """Say what is being done, with a button that stops it; "" for nothing."""
        self._busy_text.setText(text)
        self._busy_text.setVisible(bool(text))
        self.stop_button.setVisible(bool(text))

    def all_views(self) -> list[RadiographView]:
        """The query's view, that of what is shown beside it, and those of the similar cases."""
        beside = [self._beside.view] if self._beside is not None else []
        return [self.query.view, *beside, *self.neighbours.views()]

    def show_beside(self, pane: CasePane | None) -> None:
        """Show one more radiograph, which is no case, beside the query; None takes it away."""
        if self._beside is not None:
            self._beside.hide()
            self._beside.deleteLater()
        self._beside = pane
        if pane is not None:
            self._workbench.insertWidget(1, pane)
            self._workbench.setStretchFactor(1, 8)
            pane.view.state_changed.connect(self._looked_around)
            if self.overlay_controls.is_linked:
                pane.view.set_state(self.query.view.state)
            total = sum(self._workbench.sizes())
            self._workbench.setSizes([total * share // 12 for share in (4, 4, 3, 1)])
        self.measuring.set_views(self.all_views())
        self._show_parts()

    def enlarge(self, which: int | None) -> None:
        """Show one pane alone, without chrome: 0 the query, else a case's rank; None for all."""
        if which and self.neighbours.neighbour(which) is None:
            return
        self._enlarged = which
        self._show_parts()

    @Slot()
    def _show_parts(self) -> None:
        """What the layout has, or the enlarged pane alone; a part that is apart stays there."""
        which, layout, apart = self._enlarged, self.layouts.layout, self.elsewhere.part
        had_focus = self.window().focusWidget()
        # Enlarged in the second window, a pane leaves the main one as it is.
        is_apart = apart == (QUERY if which == 0 else RESULTS)
        is_alone = which is not None and not is_apart
        for widget in (self.tools, self._bottom_row):
            widget.setVisible(not is_alone)
        # Nothing is open on the start page: there is nothing to explain and nothing to lay over.
        for widget in (self.explain_controls, self.overlay_controls):
            widget.setVisible(not is_alone and not self.is_start_shown)
        self.findings.setVisible(which != 0)
        self.record.setVisible(not is_alone and layout is not Layout.QUERY)
        has_query = which == 0 or (not is_alone and layout is not Layout.TWO)
        self._left.setVisible(has_query or apart == QUERY)
        if self._beside is not None:
            self._beside.setVisible(not is_alone)
        has_results = bool(which) or (not is_alone and layout is not Layout.QUERY)
        self.results_area.setVisible(has_results or apart == RESULTS)
        self.results_area.set_alone(is_alone=bool(which))
        self.neighbours.show_only((which,) if which else self.layouts.shown_ranks)
        focus = self.window().focusWidget()
        if had_focus is not None and had_focus is not focus and not had_focus.isVisible():
            self.active_view().setFocus()  # Qt gives it to the next control, where keys mean less

    def set_count(self, count: int) -> None:
        """Have this many panes for similar cases, looking as the query's does."""
        if self._enlarged:
            self.enlarge(None)
        self.neighbours.set_count(count)
        self.layouts.note_count(count)
        self._show_parts()
        self.measuring.set_views(self.all_views())
        for view in self.neighbours.views():
            view.set_overlay_style(self.overlay_controls.style_shown)
            if self.overlay_controls.is_linked:
                view.set_state(self.query.view.state)

    def reset_views(self) -> None:
        """Look at everything as at first."""
        for view in self.all_views():
            view.set_state(ViewState())

    # Building

    def _menu_actions(self) -> list[QAction | None]:
        def action(text: str, slot: Signal | object) -> QAction:
            made = QAction(text, self)
            made.triggered.connect(slot)
            return made

        return [
            self.bound["open"],
            self.bound["open_folder"],
            self.bound["browse"],
            self.bound["archive"],
            self.bound["priors"],
            self.bound["received"],
            self.recent.menu.menuAction(),
            self.bound["tags"],
            self.bound["return_dicom"],
            action(tr("Demo"), self.demo_wished),
            None,
            action(tr("Index this folder again"), self.index_wished),
            self.bound["reload"],
            None,
            self.bound["settings"],
            self.bound["about"],
            self.bound["quit"],
        ]

    def _lay_out(self) -> None:
        self._left = QWidget()
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(RHYTHM // 2)
        left.addWidget(self.query, 1)
        left.addWidget(self.findings)
        self._results = QStackedWidget()
        self._results.addWidget(self.neighbours)
        self._results.addWidget(self.card)
        self.results_area = ResultsArea(self._results)
        self._workbench = QSplitter(Qt.Orientation.Horizontal)
        self._workbench.setHandleWidth(RHYTHM // 2)
        for widget, stretch in ((self._left, 8), (self.results_area, 10), (self.record, 4)):
            self._workbench.addWidget(widget)
            self._workbench.setStretchFactor(self._workbench.count() - 1, stretch)
        self._workbench.setSizes([450, 570, 240])
        self._workbench.setChildrenCollapsible(False)
        parts = {QUERY: self._left, RESULTS: self.results_area}
        self.elsewhere = SecondWindow(
            self._workbench, parts, tr(RESEARCH_ONLY), self._frame or self
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(self._workbench)
        self._bottom_row = QWidget()
        bottom = QHBoxLayout(self._bottom_row)
        bottom.setContentsMargins(0, RHYTHM // 2, 0, RHYTHM // 2)
        bottom.addWidget(self.message_bar, 1)
        bottom.addWidget(self.overlay_controls)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tools)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.explain_controls)
        layout.addWidget(self._bottom_row)
        layout.addWidget(self.status_bar)
        self._status.setAccessibleName(tr("Status"))
        self._status.setStyleSheet(f"color: {QUIET}; padding-left: {RHYTHM // 2}px")
        bar = self.status_bar
        bar.setSizeGripEnabled(False)
        bar.addWidget(self._status, 1)
        bar.addPermanentWidget(self._busy_text)
        bar.addPermanentWidget(self.stop_button)
        bar.setMinimumHeight(self.stop_button.sizeHint().height() + RHYTHM // 2)

    def _connect(self) -> None:
        self.start_page.demo_wished.connect(self.demo_wished)
        self.start_page.folder_wished.connect(self.choose_folder)
        self.start_page.radiograph_wished.connect(self.choose_radiograph)
        self.start_page.browse_wished.connect(self.browse_wished)
        self.recent.chosen.connect(self.radiograph_wished)
        self.card.wished.connect(self._card_wished)
        self.tools.export_wished.connect(self.export_wished)
        self.tools.keys_wished.connect(self.show_keys)
        self.stop_button.clicked.connect(self.stop_wished)
        self.overlay_controls.style_changed.connect(self._overlay_changed)
        self.overlay_controls.link_changed.connect(self._link_changed)
        self.query.view.state_changed.connect(self._looked_around)
        self.query.view.enlarge_asked.connect(lambda: self._toggle_enlarged(0))
        self.neighbours.state_changed.connect(self._looked_around)
        self.neighbours.enlarge_asked.connect(self._toggle_enlarged)
        self.neighbours.selected.connect(self.layouts.note_selected)
        self.layouts.changed.connect(lambda: self.enlarge(None))
        self.results_area.bar.filter_toggled.connect(self._go_to_filter)
        self.elsewhere.changed.connect(self._show_parts)
        self.elsewhere.changed.connect(lambda: self.active_view().setFocus())
        self.measuring.hinted.connect(self._show_hint)
        self.measuring.noted.connect(
            lambda sentence: self.message_bar.show_message("note", sentence)
        )
        self.measuring.problem_found.connect(
            lambda sentence: self.message_bar.show_message("problem", sentence)
        )
        self.layouts.count_wished.connect(self.tools.choose_count)

    def _add_shortcuts(self) -> None:
        slots: dict[str, Callable[[], object]] = {
            "open": self.choose_radiograph,
            "open_folder": self.choose_folder,
            "browse": lambda: self.browse_wished.emit(None),
            "methods": self.tools.methods_wished.emit,
            "export": self.export_wished.emit,
            "overlay": self.overlay_controls.toggle_overlay,
            "link": self.overlay_controls.toggle_link,
            "reset": self.reset_views,
            "query_wider": lambda: self._widen(self._left, _WIDER),
            "query_narrower": lambda: self._widen(self._left, -_WIDER),
            "record_wider": lambda: self._widen(self.record, _WIDER),
            "record_narrower": lambda: self._widen(self.record, -_WIDER),
            "query_apart": lambda: self.elsewhere.toggle(QUERY),
            "results_apart": lambda: self.elsewhere.toggle(RESULTS),
            "keys": self.show_keys,
            "escape": self._escape,
        }
        if self._frame is not None:
            slots["full_screen"] = self.toggle_full_screen
            slots["next_screen"] = self._move_to_next_screen
            slots["quit"] = self._frame.close
        for rank in range(1, 10):
            slots[f"case_{rank}"] = partial(self.neighbours.select, rank)
        self.bound.attach(slots)
        bar, (overlay, link) = self.results_area.bar, self.overlay_controls.switches
        self.bound.hint(
            {"overlay": overlay, "link": link, "filter": bar.filter, "undo_feedback": bar.undo}
            | {"query_back": bar.back, "query_forward": bar.forward}
            | {"pin": bar.pin, "chart": bar.distribution, "keys": self.tools.keys_button}
            | {"export": self.tools.export_button, "methods": self.tools.methods_button}
        )

    def _add_menus(self) -> None:
        view = self.bound.menu(
            tr("View"), ("Looking", "Window and level", "Layout", "The catalogue")
        )
        windows = QMenu(tr("The file's windows"), self)
        view.insertMenu(self.bound["window_full"], windows)
        windows.aboutToShow.connect(lambda: self.looking.fill_windows_menu(windows))
        view.aboutToShow.connect(self._tick_menu)
        self.tools.add_menu(view, tr("How the radiographs are looked at"))
        measure = self.bound.menu(tr("Measure"), ("Measuring",))
        measure.aboutToShow.connect(self._tick_menu)
        self.tools.add_menu(measure, tr("Measure and mark; a tool chosen again is put away"))

    @Slot()
    def _tick_menu(self) -> None:
        controls = self.overlay_controls
        shown = {"overlay": controls.style_shown.is_on, "link": controls.is_linked}
        is_full = self._frame is not None and self._frame.isFullScreen()
        shown |= {"full_screen": is_full, "magnifier": self.magnifier.is_on}
        apart = self.elsewhere.part
        shown |= {"query_apart": apart == QUERY, "results_apart": apart == RESULTS}
        states = (self.looking.states(), self.layouts.states(), self.measuring.states())
        for one in (shown, *states):
            self.bound.set_checked(one)

    # Wishes

    @Slot()
    def choose_radiograph(self) -> None:
        """Ask for a file."""
        name, _ = QFileDialog.getOpenFileName(self, tr("Open a radiograph"), self.last_folder)
        if name:
            self.last_folder = str(Path(name).parent)
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Open what a path leads to: a folder of past cases, a DICOMDIR, or a radiograph."""
        if path.is_dir():
            self.folder_wished.emit(path)
        elif path.name.casefold() == "dicomdir":
            self.browse_wished.emit(path)
        else:
            self.radiograph_wished.emit(path)

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder of past cases."""
        words = tr("Open a folder of past cases")
        name = QFileDialog.getExistingDirectory(self, words, self.last_folder)
        if name:
            self.last_folder = name
            self.folder_wished.emit(Path(name))

    def choose_export_file(self, warnings: tuple[str, ...]) -> Path | None:
        """Ask where to export to, after showing what may identify a patient."""
        if warnings:
            answer = QMessageBox.warning(
                self,
                tr("Export the comparison"),
                tr("The picture may identify a patient.") + "\n\n" + "\n".join(warnings),
                QMessageBox.StandardButton.Save | QMessageBox.StandardButton.Cancel,
                QMessageBox.StandardButton.Cancel,
            )
            if answer != QMessageBox.StandardButton.Save:
                return None
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Export the comparison"), "comparison.png", tr("PNG picture (*.png)")
        )
        if not name:
            return None
        path = Path(name)
        return path if path.suffix.casefold() == ".png" else path.with_name(f"{path.name}.png")

    @Slot()
    def show_keys(self) -> None:
        """Open the list of keys."""
        from viewer.preferences.keys_dialog import KeysDialog

        dialog = KeysDialog(self.bound.keys, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot()
    def toggle_full_screen(self) -> None:
        """Fill the screen with the window in use, or leave that again."""
        window = self._window_in_use()
        if window is not None:
            window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _window_in_use(self) -> QWidget | None:
        """Of those that are ours."""
        holder = self.elsewhere.holder
        return holder if holder is not None and holder.isActiveWindow() else self._frame

    def _widen(self, part: QWidget, pixels: int) -> None:
        """As dragging the line between a part and the similar cases does."""
        splitter, sizes = self._workbench, self._workbench.sizes()
        one, other = splitter.indexOf(part), splitter.indexOf(self.results_area)
        if one < 0 or other < 0 or not (sizes[one] and sizes[other]):
            return  # one of them is hidden, or in another window
        sizes[one] = max(sizes[one] + pixels, 1)
        sizes[other] = max(sizes[other] - pixels, 1)
        splitter.setSizes(sizes)

    def _move_to_next_screen(self) -> None:
        window = self._window_in_use()
        if window is not None and not move_to_next_screen(window):
            self.message_bar.show_message("note", tr("There is no other screen."))

    def active_view(self) -> RadiographView:
        """The pane with the focus; without one, the query's, or the first that is shown."""
        views = self.all_views()
        focused = [view for view in views if view.hasFocus()]
        shown = [view for view in views if view.isVisible() and view.radiograph is not None]
        return next(iter([*focused, *shown]), self.query.view)

    @Slot(bool)
    def _go_to_filter(self, is_open: bool) -> None:
        # Left at a radiograph, the letters of a finding would be taken for keys.
        field = self.results_area.filter.finding if is_open else self.active_view()
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(str)
    def _show_hint(self, hint: str) -> None:
        if hint:
            self.message_bar.show_message("note", hint)
        elif self._hint and self.message_bar.text == self._hint:
            self.message_bar.clear()
        self._hint = hint

    @Slot(object)
    def _looked_around(self, state: ViewState) -> None:
        if self.overlay_controls.is_linked:
            for view in self.all_views():
                view.set_state(state)

    def _follow(self, leader: RadiographView) -> None:
        self._looked_around(leader.state)

    @Slot(object)
    def _overlay_changed(self, style: OverlayStyle) -> None:
        for view in self.all_views():
            view.set_overlay_style(style)

    @Slot(bool)
    def _link_changed(self, is_linked: bool) -> None:
        if is_linked:
            self._follow(self.active_view())

    @Slot(int)
    def _toggle_enlarged(self, which: int) -> None:
        self.enlarge(None if self._enlarged is not None else which)

    @Slot()
    def _escape(self) -> None:
        if self.measuring.escape():
            return
        window = self._window_in_use()
        if self._enlarged is not None:
            self.enlarge(None)
        elif window is not None and window.isFullScreen() and not self.busy_text:
            self.toggle_full_screen()
        else:
            self.stop_wished.emit()

    @Slot(str)
    def _card_wished(self, wish: str) -> None:
        if wish == "choose folder":
            self.choose_folder()
        elif wish == "demo":
            self.demo_wished.emit()
        elif wish == "index":
            self.index_wished.emit()
        elif wish == "reopen":
            self.bound["reload"].trigger()
        elif wish == "stop":
            self.stop_wished.emit()
        elif wish == "clear filter":
            self.results_area.filter.clear()
        elif wish == "show anyway":
            self.show_neighbour_grid()
        else:
            raise ValueError(f"no such wish: {wish}")

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_path(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped_path(event)
        if path is None:
            return
        event.acceptProposedAction()
        self.open_path(path)


def _dropped_path(event: QDropEvent) -> Path | None:
    """The first local file or folder of a drop."""
    for url in event.mimeData().urls():
        if url.isLocalFile():
            return Path(url.toLocalFile())
    return None
