"""Which cases pass, and what there is to choose from."""

from pathlib import Path
from typing import Any

import pytest

from inference.case_filter import MOST_OFFERED, CaseFilter, FilterChoices, filter_choices
from inference.records import CaseRecord


def case(**changes: Any) -> CaseRecord:
    content: dict[str, Any] = {
        "case_id": "a",
        "path": Path("a.png"),
        "findings": ("Pneumonia", "Effusion"),
        "sex": "F",
        "age": 60.5,
        "view": "PA",
        "source": "St Elsewhere",
    }
    return CaseRecord(**{**content, **changes})


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        ({}, True),
        ({"finding": "effusion"}, True),
        ({"finding": "Effus"}, False),
        ({"sex": "M"}, False),
        ({"view": "pa", "source": "st elsewhere", "sex": "F"}, True),
        ({"view": "pa", "source": "st elsewhere", "sex": "M"}, False),
        ({"youngest": 60, "oldest": 60}, True),
        ({"youngest": 61}, False),
        ({"oldest": 59}, False),
    ],
)
def test_a_case_needs_all_that_is_asked_for(asked: dict[str, Any], passes: bool) -> None:
    assert CaseFilter(**asked).accepts(case()) is passes


def test_what_is_unknown_does_not_pass_where_it_is_asked_for() -> None:
    unknown = case(age=None, sex="", view="", source="", findings=())
    assert CaseFilter().accepts(unknown)
    for asked in ({"youngest": 1.0}, {"oldest": 99.0}, {"sex": "F"}, {"finding": "Effusion"}):
        assert not CaseFilter(**asked).accepts(unknown)


def test_a_filter_says_what_it_asks_for() -> None:
    assert CaseFilter().count == 0
    one = CaseFilter("Pneumonia", "F", 40, 60, "PA")
    assert one.count == 4
    assert one.words() == "Pneumonia, female, 40–60 years, PA"
    assert CaseFilter(youngest=18).words() == "from 18 years"


def test_the_most_frequent_values_are_offered_first() -> None:
    cases = [case(), case(findings=("Effusion",), age=20.0, sex=""), case(age=None, view="AP")]
    assert filter_choices(cases) == FilterChoices(
        ("Effusion", "Pneumonia"), ("F",), ("PA", "AP"), ("St Elsewhere",), 20.0, 60.5
    )
    assert filter_choices([]) == FilterChoices()


def test_ten_thousand_findings_are_a_list_that_can_be_read() -> None:
    many = [case(findings=(f"Finding {number}",)) for number in range(10_000)]
    many.append(case(findings=("Finding 9999",)))
    offered = filter_choices(many).findings
    assert len(offered) == MOST_OFFERED
    assert offered[0] == "Finding 9999"
