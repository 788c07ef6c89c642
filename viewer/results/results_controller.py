"""What the reader does with the results: filter, feedback, history, tray, chart.

Decides how the next search is made and asks for it; the case's controller makes it. What was
filtered stays for the next query, and is said in the bar; what was marked belongs to its query
and comes back with it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from inference.case_filter import EVERY_CASE, CaseFilter
from inference.errors import InferenceError
from inference.records import CaseRecord, Neighbour
from inference.relevance_feedback import NO_MARKS, Marks
from viewer.frame.workbench import Workbench
from viewer.inference_words import filter_words
from viewer.job_runner import JobRunner
from viewer.on_demand import OnDemand
from viewer.results import neighbourhood, neighbours_panel
from viewer.results.query_history import QueryHistory
from viewer.results.result_gestures import ResultGestures
from viewer.translation import tr

if TYPE_CHECKING:
    from inference.catalogue import Catalogue
    from inference.pipeline import Analysis
    from viewer.results.distribution import CatalogueSummary
    from viewer.results.distribution_view import DistributionDialog
    from viewer.results.pinned_window import PinnedWindow
    from viewer.results.result_jobs import PinnedCases

_THUMBNAIL = 72


class ResultsController(QObject):
    """Joins the results' area with the search.

    Signals:
        search_wished: The filter or the marks changed.
        exclusion_changed: Whether the query's patient is left out. arg: bool
        radiograph_wished: Another query. arg: its Path
        failed: A job failed. arg: the exception
    """

    search_wished = Signal()
    exclusion_changed = Signal(bool)
    radiograph_wished = Signal(object)
    failed = Signal(object)

    def __init__(
        self, window: Workbench, *, excludes_patient: bool, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._area = window.results_area
        self._history = QueryHistory()
        self._only = EVERY_CASE
        self._excludes_patient = excludes_patient
        self._summary: CatalogueSummary | None = None
        self._analysis: Analysis | None = None
        self._chart = OnDemand(self._new_chart)
        self._pinned: PinnedWindow | None = None
        self._gestures = ResultGestures(self)
        self._summariser = JobRunner(self)
        self._reader = JobRunner(self)
        self._area.filter.set_excludes_patient(is_excluded=excludes_patient)
        self._connect()

    @property
    def only(self) -> CaseFilter:
        """Which cases may be found."""
        return self._only

    @property
    def marks(self) -> Marks:
        """What the reader said of the cases found for this query."""
        current = self._history.current
        return current.marks[-1] if current is not None else NO_MARKS

    def provenance(self) -> tuple[str, ...]:
        """How the search was narrowed and moved, for an exported sheet; no names of sources."""
        only, marks = self._only, self.marks
        marked = len(marks.relevant) + len(marks.not_relevant)
        facts = (
            tr("only cases that pass a filter of {count}").format(count=only.count)
            if only.count
            else "",
            tr("re-ranked by {marked} of the reader's marks").format(marked=marked)
            if marked
            else "",
        )
        return tuple(fact for fact in facts if fact)

    @property
    def chart(self) -> "DistributionDialog":
        """The window with the distributions."""
        return self._chart()

    @property
    def pinned_window(self) -> "PinnedWindow | None":
        """The window with the pinned cases, once it was asked for."""
        return self._pinned

    def shut_down(self) -> None:
        """Stop, and wait."""
        self._summariser.shut_down()
        self._reader.shut_down()

    # What the case's controller says

    def opened(self, path: Path) -> None:
        """A query was opened."""
        self._history = self._history.opened(path)
        self._analysis = None
        self._area.bar.distribution.setEnabled(False)
        self._show_bar()

    def catalogue_closed(self) -> None:
        """What was found, marked and pinned in it means nothing in another one."""
        self._summariser.cancel()
        self._reader.cancel()
        self._analysis = None
        self._summary = None
        self._history = self._history.unmarked()
        self._area.tray.clear()
        self._show_bar()

    def catalogue_opened(self, catalogue: "Catalogue") -> None:
        """Find out what there is to filter by, and the base rates."""
        from viewer.results.result_jobs import sum_up

        self._summariser.start(lambda: sum_up(catalogue))

    def show(self, analysis: "Analysis", shown: tuple[Neighbour, ...]) -> None:
        """Cases were found.

        Args:
            analysis: With neighbours.
            shown: Those that have a pane.
        """
        self._analysis = analysis
        marks = self.marks
        for neighbour in shown:
            mark = {True: tr("+ relevant · "), False: tr("− not relevant · "), None: ""}[
                marks.of(neighbour.case.case_id)
            ]
            pane = self._window.neighbours.pane(neighbour.rank)
            pane.set_title(mark + neighbours_panel.title(neighbour))
        self._area.bar.distribution.setEnabled(bool(analysis.neighbours))
        self._show_bar()
        if self._is_chart_shown():
            self._fill_chart()

    # What the reader does

    @Slot(object)
    def choose_filter(self, only: CaseFilter) -> None:
        """Search among other cases."""
        self._only = only
        self._show_bar()
        self.search_wished.emit()

    @Slot(bool)
    def choose_exclusion(self, is_excluded: bool) -> None:
        """Leave the query's own patient out, or not."""
        self._excludes_patient = is_excluded
        self._show_bar()
        self.exclusion_changed.emit(is_excluded)

    @Slot(int, object)
    def mark(self, rank: int, is_relevant: bool | None) -> None:
        """Say of a case that it is relevant or not; saying it again takes it back."""
        neighbour = self._window.neighbours.neighbour(rank)
        if neighbour is None:
            return
        case_id, before = neighbour.case.case_id, self.marks
        if before.of(case_id) == is_relevant:
            is_relevant = None
        self._change_history(self._history.marked(before.marked(case_id, is_relevant)))

    @Slot()
    def undo(self) -> None:
        """Take the last mark back."""
        self._change_history(self._history.undone())

    @Slot()
    def go_back(self) -> None:
        """Open the query before."""
        self._go(-1)

    @Slot()
    def go_forward(self) -> None:
        """Open the query after."""
        self._go(1)

    @Slot(int)
    def open_as_query(self, rank: int) -> None:
        """Ask what resembles this case."""
        neighbour = self._window.neighbours.neighbour(rank)
        if neighbour is not None:
            self.radiograph_wished.emit(neighbour.case.path)

    @Slot(int)
    def pin(self, rank: int) -> None:
        """Keep a case in the tray."""
        neighbour = self._window.neighbours.neighbour(rank)
        if neighbour is None:
            return
        from viewer.pane.thumbnail import thumbnail

        radiograph = self._window.neighbours.pane(rank).view.radiograph
        if radiograph is None:
            words = tr("This case has no picture to pin yet.")
        elif self._area.tray.pin(neighbour.case, thumbnail(radiograph, _THUMBNAIL)):
            return
        else:
            words = tr("This case is pinned already, or the tray is full.")
        self._window.message_bar.show_message("note", words)

    @Slot()
    def show_chart(self) -> None:
        """Open the distributions, or close them."""
        if self._is_chart_shown():
            self._chart().close()
        elif self._analysis is not None and self._analysis.neighbours:
            self._fill_chart()
            self._chart().show()

    @Slot()
    def compare_pinned(self) -> None:
        """Open the pinned cases side by side."""
        from viewer.results.result_jobs import read_pinned

        cases = self._area.tray.cases
        self._reader.start(lambda: read_pinned(cases))

    def _go(self, steps: int) -> None:
        moved = self._history.moved(steps)
        if moved is self._history or moved.current is None:
            return
        self._history = moved
        self.radiograph_wished.emit(moved.current.path)

    def _change_history(self, history: QueryHistory) -> None:
        if history is self._history:
            return
        self._history = history
        self._show_bar()
        self.search_wished.emit()

    def _new_chart(self) -> "DistributionDialog":
        from viewer.results.distribution_view import DistributionDialog

        return DistributionDialog(self._window)

    def _is_chart_shown(self) -> bool:
        return self._chart.made is not None and self._chart.made.isVisible()

    def _fill_chart(self) -> None:
        from viewer.results.distribution import CatalogueSummary, share_groups

        assert self._analysis is not None
        nearest = (self._analysis.neighbours or ())[: neighbourhood.SIZE]
        self._chart().chart.show_groups(
            share_groups(
                [neighbour.case for neighbour in nearest], self._summary or CatalogueSummary()
            )
        )

    def _show_bar(self) -> None:
        bar, marks = self._area.bar, self.marks
        current = self._history.current
        bar.set_history(has_back=self._history.has_back, has_forward=self._history.has_forward)
        bar.set_undo(is_possible=current is not None and len(current.marks) > 1)
        bar.set_filter_count(self._only.count)
        parts = [
            tr("only {what}").format(what=filter_words(self._only)) if self._only.count else ""
        ]
        if marks:
            parts.append(
                tr("re-ranked +{count} −{against}").format(
                    count=len(marks.relevant), against=len(marks.not_relevant)
                )
            )
        parts.append(
            tr("own patient left out") if self._excludes_patient else tr("own patient included")
        )
        bar.set_words(" · ".join(part for part in parts if part))
        self._select(self._window.neighbours.selected_rank)

    @Slot(int)
    def _select(self, rank: int) -> None:
        self._area.bar.set_selected(is_selected=bool(rank))

    @Slot(int)
    def _focus(self, rank: int) -> None:
        """A case chosen by its digit can be marked and opened by the next key."""
        if rank and not self._window.neighbours.pane(rank).view.hasFocus():
            self._window.neighbours.pane(rank).view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(object)
    def _summed_up(self, summary: "CatalogueSummary") -> None:
        self._summary = summary
        self._area.filter.set_choices(summary.choices)

    @Slot(object)
    def _pinned_read(self, read: "PinnedCases") -> None:
        if read.problems:
            self._window.message_bar.show_message(
                "problem", read.problems[0], "\n".join(read.problems)
            )
        if read.cases:
            from viewer.results.pinned_window import PinnedWindow

            self._pinned = PinnedWindow(read.cases, self._window)
            self._pinned.show()

    @Slot(object)
    def _job_failed(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._window.message_bar.show_message("problem", str(error))
        else:
            self.failed.emit(error)

    def _connect(self) -> None:
        bar, panel, tray = self._area.bar, self._area.filter, self._area.tray
        neighbours = self._window.neighbours

        def selected() -> int:
            return neighbours.selected_rank

        def open_case(case: CaseRecord) -> None:
            self.radiograph_wished.emit(case.path)

        bar.back_wished.connect(self.go_back)
        bar.forward_wished.connect(self.go_forward)
        bar.undo_wished.connect(self.undo)
        bar.mark_wished.connect(lambda is_relevant: self.mark(selected(), is_relevant))
        bar.pin_wished.connect(lambda: self.pin(selected()))
        bar.distribution_wished.connect(self.show_chart)
        self._window.bound.attach(
            {
                "filter": bar.filter.toggle,
                "chart": self.show_chart,
                "undo_feedback": self.undo,
                "pin": lambda: self.pin(selected()),
                "query_back": self.go_back,
                "query_forward": self.go_forward,
            }
        )
        panel.filter_changed.connect(self.choose_filter)
        panel.exclusion_changed.connect(self.choose_exclusion)
        tray.chosen.connect(self._window.record.show_case)
        tray.open_wished.connect(open_case)
        tray.compare_wished.connect(self.compare_pinned)
        neighbours.selected.connect(self._select)
        neighbours.selected.connect(self._focus)
        neighbours.pane_made.connect(
            lambda rank: self._gestures.watch(neighbours.pane(rank).view, rank)
        )
        for rank in range(1, neighbours.count + 1):
            self._gestures.watch(neighbours.pane(rank).view, rank)
        self._gestures.marked.connect(self.mark)
        self._gestures.open_wished.connect(self.open_as_query)
        self._gestures.pin_wished.connect(self.pin)
        self._summariser.advanced.connect(self._summed_up)
        self._summariser.failed.connect(self._job_failed)
        self._reader.advanced.connect(self._pinned_read)
        self._reader.failed.connect(self._job_failed)
