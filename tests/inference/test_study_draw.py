"""The draw of a reader study: the same for every reader, never one patient twice."""

from pathlib import Path

import pytest

from inference.records import CaseRecord
from inference.study_draw import StudyError, draw_study

CASES = [
    CaseRecord(f"c{number:03}", Path(f"{number}.png"), patient_id=f"P-{number // 2}")
    for number in range(60)
]


def test_the_draw_depends_on_the_seed_alone() -> None:
    first = draw_study(CASES, 5, seed=3)
    assert draw_study(list(reversed(CASES)), 5, seed=3) == first
    assert draw_study(CASES, 9, seed=3)[:5] == first
    assert draw_study(CASES, 5, seed=4) != first


def test_no_patient_is_in_a_question_twice() -> None:
    questions = draw_study(CASES, 20, seed=0)
    assert len({question.query.patient_id for question in questions}) == 20
    for question in questions:
        patients = {case.patient_id for case in (question.query, *question.cases)}
        assert len(patients) == 11


def test_readers_see_the_same_cases_in_orders_of_their_own() -> None:
    (question,) = draw_study(CASES, 1, seed=0)
    one, two = question.shown_to("Ada"), question.shown_to("Bo")
    assert one != two
    ids = sorted(case.case_id for case in question.cases)
    assert sorted(case.case_id for case in one) == sorted(case.case_id for case in two) == ids
    assert question.shown_to("Ada") == one


def test_a_small_catalogue_gives_smaller_questions_and_a_tiny_one_none() -> None:
    questions = draw_study(CASES[:8], 10, seed=0)
    assert [len(question.cases) for question in questions] == [3, 3, 3, 3]
    with pytest.raises(StudyError, match="at least three patients; this catalogue has 2"):
        draw_study(CASES[:4], 10, seed=0)


def test_cases_without_a_patient_are_patients_of_their_own() -> None:
    unknown = [CaseRecord(f"u{number}", Path(f"{number}.png")) for number in range(4)]
    assert [len(question.cases) for question in draw_study(unknown, 4, seed=0)] == [3] * 4
