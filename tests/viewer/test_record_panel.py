"""The record of one case."""

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from inference.records import Neighbour
from viewer.case.record_panel import RecordPanel


def test_the_record_has_everything_but_the_patients_id(
    qtbot: QtBot, make_neighbours: Callable[[int], tuple[Neighbour, ...]]
) -> None:
    panel = RecordPanel()
    qtbot.addWidget(panel)
    panel.show_neighbour(make_neighbours(1)[0], ("Pneumonia",))
    for words in (
        "Case 1 · case1",
        "0.91 (distance 0.5)",
        "report",
        "female, 60 years",
        "St Elsewhere",
        "severity extent",
        "0.80",
        "7B",
        "case1.dcm",
    ):
        assert words in panel.text
    assert "P-1" not in panel.text


def test_a_report_is_text_and_never_markup(
    qtbot: QtBot, make_neighbours: Callable[[int], tuple[Neighbour, ...]]
) -> None:
    panel = RecordPanel()
    qtbot.addWidget(panel)
    panel.show_neighbour(make_neighbours(1)[0], ("Pneumonia",))
    assert "Report 1: <b>opacity</b> on the left." in panel.text


def test_without_a_case_it_says_how_to_get_one(qtbot: QtBot) -> None:
    panel = RecordPanel()
    qtbot.addWidget(panel)
    assert "Point at a similar case" in panel.text
