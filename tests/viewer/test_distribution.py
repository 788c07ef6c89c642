"""The chart's numbers, and that it is drawn."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from inference.records import CaseRecord
from viewer.results.distribution import CatalogueSummary, ShareRow, share_groups, summarise
from viewer.results.distribution_view import DistributionDialog


def case(number: int, **changes: Any) -> CaseRecord:
    return CaseRecord(f"c{number}", Path(f"{number}.png"), **changes)


CASES = [
    *(case(n, findings=("Pneumonia",), severity={"severity_extent": float(n)}) for n in range(5)),
    *(case(n, findings=("No finding",)) for n in range(5, 9)),
    case(9),
]


def test_shares_are_of_the_cases_that_have_a_label() -> None:
    summary = summarise(CASES)
    assert summary.labelled == 9
    findings, severity = share_groups([*CASES[3:6], CASES[9]], summary)
    assert findings.title == "Findings of the 3 nearest with a label"
    assert findings.rows == (
        ShareRow("Pneumonia", pytest.approx(2 / 3), pytest.approx(5 / 9)),
        ShareRow("No finding", pytest.approx(1 / 3), pytest.approx(4 / 9)),
    )
    assert severity.title == "Severity extent of the 2 nearest with one"
    assert [row.name for row in severity.rows] == ["0–1", "1–2", "2–3", "3–4"]
    assert [row.near for row in severity.rows] == [0, 0, 0, 1]
    assert [row.base for row in severity.rows] == pytest.approx([0.2, 0.2, 0.2, 0.4])


def test_without_labels_there_is_nothing_to_draw() -> None:
    assert share_groups([case(1)], summarise(CASES)) == ()
    assert share_groups(CASES, CatalogueSummary()) == ()


def test_the_chart_is_drawn_and_can_be_heard(qtbot: QtBot) -> None:
    dialog = DistributionDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    empty = dialog.chart.grab().toImage()
    dialog.chart.show_groups(share_groups(CASES[:5], summarise(CASES)))
    assert dialog.chart.grab().toImage() != empty
    assert "Pneumonia: 100 % of the nearest, 56 % of all" in dialog.chart.accessibleDescription()
