"""A study by mouse and keys: orders are saved as dragged, and it goes on where it stopped."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from inference.catalogue import Catalogue
from inference.errors import LabelsTableError
from inference.model_bundle import read_bundle
from inference.rankings_table import read_rankings_table
from inference.study_draw import Question, draw_study
from viewer.study.reader_study import ReaderStudy


@pytest.fixture
def questions(indexed: Path, tiny_bundle: Path) -> tuple[Question, ...]:
    catalogue = Catalogue.open(indexed, read_bundle(tiny_bundle))
    drawn = draw_study(catalogue.cases(), 2, seed=1)
    catalogue.close()
    return drawn


def opened(
    qtbot: QtBot, questions: tuple[Question, ...], table: Path, rater: str = "Ada"
) -> ReaderStudy:
    study = ReaderStudy(questions, table, rater)
    qtbot.addWidget(study)
    study.show()
    qtbot.waitUntil(lambda: study.is_ready or study.question is None, timeout=30_000)
    return study


def drag(qtbot: QtBot, study: ReaderStudy, start: int, end: int) -> None:
    strip = study.strip

    def middle(place: int) -> QPoint:
        return strip.slot(place).center().toPoint()

    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=middle(start))
    for step in (0.3, 0.7, 1.0):
        between = middle(start) + (middle(end) - middle(start)) * step
        qtbot.mouseMove(strip, between)
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=middle(end))


def test_a_dragged_order_is_saved_and_the_next_query_asked(
    qtbot: QtBot, questions: tuple[Question, ...], tmp_path: Path
) -> None:
    table = tmp_path / "rankings.csv"
    study = opened(qtbot, questions, table)
    assert study.progress == "Query 1 of 2"
    before = study.strip.order
    assert before == tuple(case.case_id for case in questions[0].shown_to("Ada"))
    drag(qtbot, study, 3, 0)
    expected = (before[3], *before[:3], *before[4:])
    assert study.strip.order == expected
    qtbot.keyClick(study.strip, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    expected = (expected[1], expected[0], *expected[2:])
    assert study.strip.order == expected
    with qtbot.waitSignal(study.answered):
        qtbot.mouseClick(study.save_button, Qt.MouseButton.LeftButton)
    rows = read_rankings_table(table)
    assert tuple(row.case_id for row in rows) == expected
    assert {(row.query_id, row.rater) for row in rows} == {(questions[0].query.case_id, "Ada")}
    qtbot.waitUntil(lambda: study.is_ready, timeout=30_000)
    assert study.progress == "Query 2 of 2"
    study.close()


def test_it_goes_on_where_it_stopped_and_ends(
    qtbot: QtBot, questions: tuple[Question, ...], tmp_path: Path
) -> None:
    table = tmp_path / "rankings.csv"
    first = opened(qtbot, questions, table)
    first.save()
    first.close()
    again = opened(qtbot, questions, table)
    assert again.question == questions[1]
    with qtbot.waitSignal(again.finished):
        again.save()
    assert again.progress == "Done. Thank you."
    assert not again.save_button.isEnabled()
    again.close()
    other = opened(qtbot, questions, table, "Bo")
    assert other.question == questions[0]
    other.close()


def test_nothing_shown_says_what_a_case_is(
    qtbot: QtBot, questions: tuple[Question, ...], tmp_path: Path
) -> None:
    from PySide6.QtWidgets import QLabel, QWidget

    study = opened(qtbot, questions, tmp_path / "rankings.csv")
    shown = [label.text() for label in study.findChildren(QLabel)]
    for widget in (study, *study.findChildren(QWidget)):
        shown += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
    shown.append(study.windowTitle())
    text = "\n".join(shown)
    for question in questions:
        for case in (question.query, *question.cases):
            assert case.case_id not in text
            assert case.path.name not in text
            for finding in case.findings:
                assert finding not in text
    study.close()


def test_pressing_a_case_shows_it_large_and_an_unreadable_one_says_so(
    qtbot: QtBot, questions: tuple[Question, ...], tmp_path: Path
) -> None:
    gone = questions[0].shown_to("Ada")[2]
    gone.path.unlink()
    study = opened(qtbot, questions, tmp_path / "rankings.csv")
    centre = study.strip.slot(1).center().toPoint()
    qtbot.mouseClick(study.strip, Qt.MouseButton.LeftButton, pos=centre)
    shown = study.case.view.radiograph
    assert shown is not None
    assert shown.path == questions[0].shown_to("Ada")[1].path
    qtbot.keyClick(study.strip, Qt.Key.Key_Right)
    assert study.case.view.placeholder == "This radiograph cannot be read."
    study.close()


def test_a_table_of_something_else_is_refused(
    qtbot: QtBot, questions: tuple[Question, ...], indexed: Path
) -> None:
    with pytest.raises(LabelsTableError, match="no table of rankings"):
        ReaderStudy(questions, indexed / "cases.csv", "Ada")
