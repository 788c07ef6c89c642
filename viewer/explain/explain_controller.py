"""Why these two: lays similarity saliency over query and cases, and ranks by a region.

    kind of map   saliency | activation | attention | occlusion, for query and chosen case
    Shift + click what resembles a place of the query, on every case
    Shift + drag  the cases again, ranked by a region of the query

What is laid over the panes follows from what is known and what was chosen: `_refresh` is called
whenever either changed, starts what is missing, and abandons what is not wanted any more.
"""

from collections.abc import Callable, Generator

from PySide6.QtCore import QObject, Qt, Signal, Slot

from inference.errors import InferenceError
from inference.measured_faithfulness import SALIENCY as SALIENCY_MEASURED
from inference.measured_faithfulness import explanation_name, measured_faithfulness
from inference.model_bundle import BundleManifest
from inference.pipeline import Analysis, CaseView, Engine
from inference.records import Neighbour
from inference.similarity_saliency import Kind, what_is_explained
from viewer.case.case_controller import CaseController
from viewer.case.case_jobs import shown_overlay
from viewer.explain.explain_controls import EXPLANATIONS, SALIENCY
from viewer.explain.explain_jobs import (
    QUERY,
    Desk,
    ExplainedMap,
    RankedByRegion,
    RegionProgress,
    explain_pairs,
    explain_places,
    find_available,
    rank_region,
)
from viewer.frame.workbench import Workbench
from viewer.inference_words import faithfulness_words
from viewer.job_runner import JobRunner
from viewer.pane.pane_picture import ShownOverlay
from viewer.pane.place_picker import PlaceMarks, PlacePicker, Rectangle
from viewer.pane.radiograph_view import RadiographView
from viewer.problem_words import problem_words
from viewer.results import neighbourhood
from viewer.translation import tr

_KINDS: dict[str, Kind] = {
    "activation": "activation",
    "attention": "attention",
    "occlusion": "occlusion",
}


class ExplainController(QObject):
    """Keeps what is explained, and how.

    Signals:
        fault_found: A job met a bug. arg: the exception
    """

    fault_found = Signal(object)

    def __init__(self, window: Workbench, cases: CaseController) -> None:
        super().__init__(window)
        self._window = window
        self._cases = cases
        self._controls = window.explain_controls
        self._kind = SALIENCY
        self._place: tuple[float, float] | None = None
        self._region: Rectangle | None = None
        self._ranked: RankedByRegion | None = None
        self._reasons: dict[str, str] | None = None
        self._asked: tuple[object, str] | None = None
        self._analysis: Analysis | None = None
        self._desk = Desk()
        self._maps: dict[int, ShownOverlay] = {}
        self._notes: dict[int, str] = {}
        self._wanted: tuple[object, ...] = ()
        self._marks: dict[RadiographView, PlaceMarks] = {}
        self._explainer = JobRunner(self)
        self._ranker = JobRunner(self)
        self._prober = JobRunner(self)
        self._query_marks = self._marks_of(window.query.view)
        self._picker = PlacePicker(window.query.view, self._query_marks)
        self._connect()
        self._case_changed()  # it may be made when something is open already

    @property
    def is_busy(self) -> bool:
        """Whether anything runs in the background."""
        return any(one.is_busy for one in (self._explainer, self._ranker, self._prober))

    @property
    def kind(self) -> str:
        """Which map was chosen."""
        return self._kind

    def shut_down(self) -> None:
        """Stop everything and wait for it; called when the window closes."""
        for runner in (self._explainer, self._ranker, self._prober):
            runner.shut_down()

    # Wishes

    @Slot(str)
    def choose(self, kind: str) -> None:
        """Lay another kind of map over the panes."""
        self._kind, self._place = kind, None
        self._refresh()

    @Slot()
    def choose_next(self) -> None:
        """The next kind of map that can be had."""
        names = [one for one in EXPLANATIONS if self._controls.button(one).isEnabled()]
        here = names.index(self._kind) if self._kind in names else -1
        self.choose(names[(here + 1) % len(names)])

    @Slot()
    def toggle_place_by_keys(self) -> None:
        """Choose a place or a region by arrows, or leave that."""
        self._picker.toggle_keys()

    @Slot(float, float)
    def choose_place(self, row: float, column: float) -> None:
        """Show what resembles a place of the query, given in its pixels."""
        if self._can("point"):
            self._place = (row, column)
            self._refresh()

    @Slot(object)
    def choose_region(self, region: Rectangle) -> None:
        """Rank the cases again by a region of the query."""
        engine, analysis = self._cases.engines.engine, self._cases.analysis
        if engine is None or engine.catalogue is None or analysis is None:
            return
        if analysis.neighbours is None or not self._can("region"):
            return
        self._region, self._analysis = region, analysis
        desk, count = self._desk, self._window.neighbours.count
        exclude, results = self._cases.excludes_patient, self._cases.results
        only, marks = results.only, results.marks
        self._ranker.start(
            lambda: rank_region(
                analysis, region, engine, count, desk,
                exclude_patient=exclude, only=only, marks=marks,
            )
        )  # fmt: skip
        self._controls.show_progress(0, 1)
        self._refresh()

    @Slot()
    def go_back(self) -> None:
        """Leave the place, and then the region."""
        if self._place is not None:
            self._place = None
        elif self._region is not None:
            had_panes = self._ranked is not None
            self._leave_region()
            if had_panes:
                self._cases.take_panes_back()
        self._refresh()

    @Slot()
    def stop(self) -> None:
        """Stop computing; what is there stays."""
        self._explainer.cancel()
        if self._ranker.is_busy:
            self._ranker.cancel()
            if self._ranked is None:
                self._leave_region()
        self._controls.show_progress(0, 0)
        self._refresh()

    # What follows from it

    @Slot()
    def _case_changed(self) -> None:
        analysis, before = self._cases.analysis, self._analysis
        is_same_query = analysis is not None and before is not None and (
            analysis.model_input is before.model_input and analysis.method == before.method
        )  # fmt: skip
        if not is_same_query:
            self._desk, self._place, self._maps = Desk(), None, {}
            self._wanted = ()
        is_same_search = is_same_query and (
            before is not None and analysis is not None
            and analysis.neighbours is before.neighbours
        )  # fmt: skip
        if not is_same_search and self._region is not None:
            self._leave_region()  # the panes hold another ranking already
        self._analysis = analysis
        self._ask_what_is_available()
        self._refresh()

    def _leave_region(self) -> None:
        self._ranker.cancel()
        self._region = self._ranked = None
        for marks in self._marks.values():
            marks.show_region(None)
        self._controls.show_progress(0, 0)

    def _ask_what_is_available(self) -> None:
        engine, analysis = self._cases.engines.engine, self._analysis
        if engine is None or analysis is None or analysis.model_input is None:
            return
        asked = engine.session, analysis.method
        if self._asked != asked:
            self._asked, self._reasons = asked, None
            session, method = asked
            self._prober.start(lambda: find_available(session, method))

    def _can(self, what: str) -> bool:
        """Whether a place or a region can be explained; if not, it is said why."""
        reason = tr("no radiograph was analysed yet")
        if self._reasons is not None:
            reason = self._reasons.get(what, "")
        if reason:
            self._window.message_bar.show_message(
                "note", tr("Not with this method: {reason}.").format(reason=problem_words(reason))
            )
        return not reason

    def _results(self) -> dict[int, CaseView]:
        if self._ranked is not None:
            return dict(self._ranked.views)
        return dict(sorted(self._cases.views.items()))

    @Slot()
    def _refresh(self) -> None:
        """Bring panes and row up to what was chosen."""
        engine, analysis = self._cases.engines.engine, self._cases.analysis
        self._controls.set_available(self._reasons)
        if self._kind != SALIENCY and self._reasons is not None and self._reasons.get(self._kind):
            self._kind = SALIENCY
        self._query_marks.show_place(self._place)
        self._query_marks.show_region(self._region)
        self._controls.show_kind("" if self._place is not None else self._kind)
        ways = {True: tr("Back to the method's ranking"), False: ""}
        back = tr("Leave the place") if self._place else ways[self._region is not None]
        self._controls.show_way_back(back, is_region=self._region is not None)
        if engine is None or analysis is None or analysis.model_input is None:
            self._explainer.cancel()
            self._controls.show_legend("")
            return
        wanted = self._wanted_now(analysis)
        if wanted != self._wanted:
            is_other = wanted[:3] != self._wanted[:3]
            self._wanted = wanted
            self._explainer.cancel()
            self._notes = {}
            if is_other:
                self._maps = {}
            job = self._job(engine, analysis)
            if job is not None:
                self._explainer.start(job)
        self._lay_over(analysis)
        self._show_legend(engine, analysis)

    def _chosen_rank(self) -> int:
        """The case that the query's own map is about: the selected one, else the first."""
        results = self._results()
        selected = self._window.neighbours.selected_rank
        return selected if selected in results else min(results, default=0)

    def _wanted_now(self, analysis: Analysis) -> tuple[object, ...]:
        """What the maps depend on; other maps are needed where it differs."""
        chosen, results = self._chosen_rank(), self._results()
        ids = {rank: view.neighbour.case.case_id for rank, view in results.items()}
        if self._kind == "occlusion" and self._place is None:
            ids = {rank: one for rank, one in ids.items() if rank == chosen}
        about = chosen if self._place is None else 0
        kind = self._kind if self._place is None else "point"
        cases = tuple(sorted(ids.items()))
        return kind, analysis.method, self._place, id(self._desk), about, cases

    def _job(
        self, engine: Engine, analysis: Analysis
    ) -> Callable[[], Generator[object, None, None]] | None:
        query, results, desk = analysis.model_input, self._results(), self._desk
        assert query is not None
        session, method, place = engine.session, analysis.method, self._place
        if place is not None:
            return lambda: explain_places(query, place, results, session, method, desk)
        chosen = self._chosen_rank()
        if self._kind == SALIENCY or not chosen:
            return None
        kind = _KINDS[self._kind]
        return lambda: explain_pairs(query, results, chosen, session, method, kind, desk)

    def _lay_over(self, analysis: Analysis) -> None:
        """Each pane's own map; none where there is none yet, never one of another kind."""
        maps = self._maps
        if self._place is None and self._kind == SALIENCY:
            maps = {
                rank: shown_overlay(view.saliency, view.placement)
                for rank, view in self._results().items()
            }
            if analysis.saliency is not None and analysis.model_input is not None:
                maps[QUERY] = shown_overlay(analysis.saliency, analysis.model_input.placement)
        for rank, view in enumerate(self._window.all_views()):
            if view.radiograph is not None:
                view.show_overlay(maps.get(rank))

    def _show_legend(self, engine: Engine, analysis: Analysis) -> None:
        manifest, method = engine.bundle.manifest, analysis.method
        if self._place is not None:
            words = tr(what_is_explained(engine.session, method, "point"))
            one_scale = tr("All panes on one scale.")
            words = f"{self._empty_words()} {words} {one_scale}".strip()
            self._controls.show_legend(words, tr("Faithfulness not measured."))
            return
        if self._kind == SALIENCY:
            words = tr("Deep Taylor saliency: what the model's answer rests on, each by itself.")
            name = SALIENCY_MEASURED
        else:
            chosen = self._chosen_rank()
            words = tr(what_is_explained(engine.session, method, _KINDS[self._kind]))
            one = tr("On the query: for case {n}. On case {n}: for the query.")
            each = tr("On the query: for case {n}. On each case: for the query.")
            directions = (one if self._kind == "occlusion" else each).format(n=chosen)
            own_highest = tr("Each map to its own highest.")
            words = f"{words} {directions} {own_highest}"
            name = explanation_name(method, self._kind)
        measured, is_doubtful = _faithfulness(manifest, name)
        # First, as the end of a long line is cut off.
        words = f"{self._empty_words()} {words}".strip()
        self._controls.show_legend(words, measured, is_doubtful=is_doubtful)

    def _empty_words(self) -> str:
        """Whose map is empty, and why; each reason once."""
        panes: dict[str, list[str]] = {}
        for rank, note in sorted(self._notes.items()):
            if note:
                whose = tr("case {n}").format(n=rank) if rank else tr("query")
                panes.setdefault(problem_words(note), []).append(whose)
        words = [f"{', '.join(whose)}: {note}" for note, whose in panes.items()]
        return " ".join(one[:1].upper() + one[1:] for one in words)

    # What the jobs say

    @Slot(object)
    def _explained(self, value: object) -> None:
        assert isinstance(value, ExplainedMap)
        self._maps[value.rank] = value.overlay
        views = self._window.all_views()
        if value.rank < len(views) and views[value.rank].radiograph is not None:
            views[value.rank].show_overlay(value.overlay)
        if value.total > 1 and self._kind == "occlusion" and self._place is None:
            self._controls.show_progress(value.done, value.total)
        if value.note != self._notes.get(value.rank, ""):
            self._notes[value.rank] = value.note
            engine, analysis = self._cases.engines.engine, self._cases.analysis
            if engine is not None and analysis is not None:
                self._show_legend(engine, analysis)

    @Slot(object)
    def _ranked_so_far(self, value: object) -> None:
        if isinstance(value, RegionProgress):
            self._controls.show_progress(value.done, value.total)
        elif isinstance(value, RankedByRegion):
            if self._ranked is None:
                self._cases.lend_panes()
            self._ranked = value
            self._show_ranking(value)
            self._refresh()

    def _show_ranking(self, ranked: RankedByRegion) -> None:
        engine, analysis = self._cases.engines.engine, self._cases.analysis
        assert engine is not None
        assert engine.catalogue is not None
        assert analysis is not None
        assert analysis.probabilities is not None
        manifest, panel = engine.bundle.manifest, self._window.neighbours
        typical = engine.catalogue.typical_distance(analysis.method)
        predicted = neighbourhood.predicted_class(analysis.probabilities, manifest)
        neighbours = tuple(
            Neighbour(one.rank, one.neighbour.case, one.distance, 1 / (1 + one.distance / typical))
            for one in ranked.matches
        )
        agreements = {
            one.case.case_id: neighbourhood.agreement(one.case, predicted, manifest)
            for one in neighbours
        }
        panel.show_neighbours(neighbours, agreements)
        for match in ranked.matches:
            pane, view = panel.pane(match.rank), ranked.views.get(match.rank)
            whole = tr("as a whole {rank}").format(rank=match.neighbour.rank)
            pane.set_title(
                tr("{rank} · region's distance {distance:.3g} · {whole}").format(
                    rank=match.rank, distance=match.distance, whole=whole
                )
            )
            if view is None:
                continue
            overlay = shown_overlay(view.saliency, view.placement)
            panel.show_case(match.rank, view.radiograph, ranked.pixels[match.rank], overlay)
            self._marks_of(pane.view).show_region(Rectangle(*match.place))

    @Slot(object)
    def _found_out(self, value: object) -> None:
        assert isinstance(value, tuple)
        self._reasons = value[1]
        self._refresh()

    @Slot()
    def _explainer_ended(self) -> None:
        if not self._ranker.is_busy:
            self._controls.show_progress(0, 0)

    @Slot()
    def _ranker_ended(self) -> None:
        self._controls.show_progress(0, 0)

    @Slot(object)
    def _explainer_failed(self, error: Exception) -> None:
        self._place = None
        self._kind = SALIENCY
        self._report(error)

    @Slot(object)
    def _ranker_failed(self, error: Exception) -> None:
        self._leave_region()
        self._report(error)

    def _report(self, error: Exception) -> None:
        if isinstance(error, InferenceError):
            self._window.message_bar.show_message("problem", str(error))
        else:
            self.fault_found.emit(error)
        self._refresh()

    def _marks_of(self, view: RadiographView) -> PlaceMarks:
        if view not in self._marks:
            marks = self._marks[view] = PlaceMarks(view)
            view.destroyed.connect(lambda: self._marks.pop(view, None))
            marks.show()
        return self._marks[view]

    def _connect(self) -> None:
        controls, window = self._controls, self._window
        controls.chosen.connect(self.choose)
        controls.stop_wished.connect(self.stop)
        controls.back_wished.connect(self.go_back)
        window.stop_wished.connect(self.stop)
        window.closed.connect(self.shut_down)
        # After the pane has chosen, whose own slots come first.
        window.neighbours.selected.connect(self._refresh, Qt.ConnectionType.QueuedConnection)
        self._picker.place_chosen.connect(self.choose_place)
        self._picker.region_chosen.connect(self.choose_region)
        self._cases.changed.connect(self._case_changed)
        self._explainer.advanced.connect(self._explained)
        self._explainer.finished.connect(self._explainer_ended)
        self._explainer.failed.connect(self._explainer_failed)
        self._ranker.advanced.connect(self._ranked_so_far)
        self._ranker.finished.connect(self._ranker_ended)
        self._ranker.failed.connect(self._ranker_failed)
        self._prober.advanced.connect(self._found_out)
        self._prober.failed.connect(self._report)
        self._picker.noted.connect(lambda words: window.message_bar.show_message("note", words))
        window.bound.attach({"explain": self.choose_next, "place": self.toggle_place_by_keys})


def _faithfulness(manifest: BundleManifest, name: str) -> tuple[str, bool]:
    """What was measured, and whether it is no better than chance."""
    measured = measured_faithfulness(manifest, name)
    if measured is None:
        return tr("Faithfulness not measured."), False
    return faithfulness_words(measured), measured.is_doubtful
