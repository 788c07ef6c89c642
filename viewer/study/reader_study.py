"""A reader ranks small catalogues by similarity to a query, blind to every method's order.

    draw_study -> for each question not answered yet: read, drag into order, save -> the table

Nothing is shown but radiographs: no name, finding, report, probability or overlay. Each answer
is saved at once, so that closing the window loses nothing but the order at hand.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QCloseEvent, QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from inference.errors import InferenceError
from inference.rankings_table import add_order, ranked_queries, read_rankings_table
from inference.records import CaseRecord, Radiograph
from inference.safe_reading import read_safely
from inference.study_draw import Question
from viewer.frame.message_bar import MessageBar
from viewer.job_runner import JobRunner
from viewer.pane.case_pane import CasePane
from viewer.pane.display_pixels import DisplayPixels, display_pixels
from viewer.pane.thumbnail import thumbnail
from viewer.pane.view_state import ViewState
from viewer.study.ranking_strip import RankingStrip, Thumb
from viewer.theme import QUIET, RHYTHM
from viewer.translation import N_, tr

_THUMBNAIL = 256
_TASK = N_(
    "Drag the cases into order: the most similar to the query, in disease and in "
    "severity, on the left. With keys: ← → choose, Ctrl and ← → move."
)


@dataclass(frozen=True, slots=True, eq=False)
class ReadCase:
    """One case of a question, ready to be shown; without a radiograph it cannot be read."""

    case_id: str
    radiograph: Radiograph | None = field(default=None, repr=False)
    pixels: DisplayPixels | None = field(default=None, repr=False)
    picture: QImage | None = field(default=None, repr=False)


def read_cases(cases: Sequence[CaseRecord]) -> Generator[ReadCase, None, None]:
    """Read the radiographs of a question, one by one."""
    for case in cases:
        try:
            radiograph = read_safely(case.path)
        except InferenceError:
            yield ReadCase(case.case_id)
        else:
            picture = thumbnail(radiograph, _THUMBNAIL)
            yield ReadCase(case.case_id, radiograph, display_pixels(radiograph), picture)


def unanswered(questions: Sequence[Question], table: Path, rater: str) -> list[int]:
    """Which questions a rater has not answered yet, by number.

    Raises:
        LabelsTableError: The table is something else.
    """
    ranked = ranked_queries(read_rankings_table(table), rater)
    return [
        number
        for number, question in enumerate(questions)
        if ranked.get(question.query.case_id, frozenset())
        != frozenset(case.case_id for case in question.cases)
    ]


class ReaderStudy(QWidget):
    """One question at a time.

    Signals:
        answered: An order was saved. arg: the query's id
        finished: No question is left.
        fault_found: A job met a bug. arg: the exception
    """

    answered = Signal(str)
    finished = Signal()
    fault_found = Signal(object)

    def __init__(
        self,
        questions: Sequence[Question],
        table: Path,
        rater: str,
        parent: QWidget | None = None,
    ) -> None:
        """
        Args:
            questions: Of the study.
            table: Where orders are kept; need not exist.
            rater: Who ranks.
            parent: Its parent.

        Raises:
            LabelsTableError: The table is something else.
        """
        super().__init__(parent)
        self._questions = questions
        self._table = table
        self._rater = rater
        self._left = unanswered(questions, table, rater)
        self._read: dict[str, ReadCase] = {}
        self._runner = JobRunner(self)
        self.query = CasePane(tr("Query"))
        self.case = CasePane(tr("Chosen case"))
        self.strip = RankingStrip()
        self.message_bar = MessageBar()
        self._progress = QLabel()
        self._progress.setProperty("heading", True)
        self._task = QLabel(tr(_TASK))
        self._task.setStyleSheet(f"color: {QUIET}")
        self._task.setWordWrap(True)
        self.save_button = QPushButton(tr("Save this order"))
        self.save_button.setDefault(True)
        self._lay_out()
        self._connect()
        self.setWindowTitle(tr("Reader study — Kindred"))
        self.resize(160 * RHYTHM, 90 * RHYTHM)
        self._ask()

    @property
    def progress(self) -> str:
        """Such as "Query 3 of 10"."""
        return self._progress.text()

    @property
    def question(self) -> Question | None:
        """The one on the screen; None when all are answered."""
        return self._questions[self._left[0]] if self._left else None

    @property
    def is_ready(self) -> bool:
        """Whether all cases of the question are on the screen."""
        return self.save_button.isEnabled()

    @Slot()
    def save(self) -> None:
        """Keep the order and go on; where it cannot be written, say so and stay."""
        question = self.question
        if question is None or not self.is_ready:
            return
        try:
            add_order(self._table, self._rater, question.query.case_id, self.strip.order)
        except InferenceError as error:
            self.message_bar.show_message("problem", str(error))
            return
        self.message_bar.clear()
        self._left.pop(0)
        self.answered.emit(question.query.case_id)
        self._ask()

    def _ask(self) -> None:
        question = self.question
        self._read = {}
        self.save_button.setEnabled(False)
        self.strip.show_thumbs(())
        if question is None:
            self._progress.setText(tr("Done. Thank you."))
            self._task.setText(
                tr("All orders of {rater} are in {name}.").format(
                    rater=self._rater, name=self._table.name
                )
            )
            for pane in (self.query, self.case):
                pane.view.show_placeholder(tr("No query is left."))
            self.finished.emit()
            return
        place = len(self._questions) - len(self._left) + 1
        self._progress.setText(
            tr("Query {place} of {count}").format(place=place, count=len(self._questions))
        )
        for pane in (self.query, self.case):
            pane.view.set_state(ViewState())
            pane.view.show_placeholder(tr("Reading…"))
        cases = (question.query, *question.shown_to(self._rater))
        self._runner.start(lambda: read_cases(cases))

    @Slot(object)
    def _advanced(self, read: ReadCase) -> None:
        self._read[read.case_id] = read
        question = self.question
        assert question is not None  # it is its cases that are being read
        if read.case_id == question.query.case_id:
            self._show(self.query, read)

    @Slot()
    def _finished(self) -> None:
        question = self.question
        assert question is not None
        shown = [self._read[case.case_id] for case in question.shown_to(self._rater)]
        self.strip.show_thumbs([Thumb(one.case_id, one.picture) for one in shown])
        self._choose(self.strip.current)
        self.save_button.setEnabled(True)
        self.strip.setFocus()

    @Slot(str)
    def _choose(self, case_id: str) -> None:
        if case_id in self._read:
            self._show(self.case, self._read[case_id])

    def _show(self, pane: CasePane, read: ReadCase) -> None:
        if read.radiograph is None:
            pane.view.show_placeholder(tr("This radiograph cannot be read."), is_problem=True)
        else:
            pane.view.show_radiograph(read.radiograph, read.pixels)

    def _lay_out(self) -> None:
        self.query.set_title(tr("query"))
        self.case.set_title(tr("chosen case"))
        panes = QHBoxLayout()
        panes.setSpacing(RHYTHM // 2)
        panes.addWidget(self.query)
        panes.addWidget(self.case)
        below = QHBoxLayout()
        below.addWidget(self.message_bar, 1)
        below.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        for widget in (self._progress, self._task):
            layout.addWidget(widget)
        layout.addLayout(panes, 1)
        ends = QHBoxLayout()
        for words in (tr("most similar"), "", tr("least similar")):
            label = QLabel(words)
            label.setProperty("quiet", True)
            ends.addWidget(label, 0 if words else 1)
        layout.addLayout(ends)
        layout.addWidget(self.strip)
        layout.addLayout(below)

    def _connect(self) -> None:
        self.strip.chosen.connect(self._choose)
        self.save_button.clicked.connect(self.save)
        self.query.view.state_changed.connect(self.case.view.set_state)
        self.case.view.state_changed.connect(self.query.view.set_state)
        self._runner.advanced.connect(self._advanced)
        self._runner.finished.connect(self._finished)
        self._runner.failed.connect(self.fault_found)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._runner.shut_down()
        super().closeEvent(event)


class StudyFaults(QObject):
    """Shows faults of the program in the study's message bar, with the log's place."""

    def __init__(self, study: ReaderStudy) -> None:
        super().__init__(study)
        self._study = study
        study.fault_found.connect(self.report)

    @Slot(object)
    def report(self, error: BaseException) -> None:
        """Log a fault and say where."""
        from viewer.fault_log import write_fault

        self._study.message_bar.show_message(
            "fault",
            tr("This is a fault in the program."),
            tr("The log is in\n{path}").format(path=write_fault(error)),
        )
