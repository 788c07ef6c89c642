"""Findings are marked in a report, and nothing in it becomes markup."""

import pytest
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from viewer.case.report_text import report_html


def marked(html: str) -> list[str]:
    return [part.split("</span>")[0].split(">")[-1] for part in html.split("<span ")[1:]]


@pytest.mark.parametrize(
    ("report", "found"),
    [
        ("Pneumonia on the left.", ["Pneumonia"]),
        ("No PNEUMONIA.", ["PNEUMONIA"]),
        ("Bronchopneumonia", []),
        ("pleural\neffusion, pleural_effusions", ["pleural<br", "pleural_effusions"]),
        ("", []),
    ],
)
def test_whole_names_are_marked_in_any_case(report: str, found: list[str]) -> None:
    html = report_html(report, ["Pneumonia", "Pleural Effusion", ""])
    assert len(marked(html)) == len(found)
    for one in found:
        assert one in html


def test_markup_in_a_report_or_a_finding_stays_text(qapp: QApplication) -> None:
    report = "<script>x</script> & <b>a.b</b> axb <img src=x>"
    html = report_html(report, ["a.b", "<b>", "script"])
    document = QTextDocument()
    document.setHtml(html)
    assert document.toPlainText() == report
    assert "<script" not in html
    assert "<img" not in html
    assert "axb</span>" not in html
    assert marked(report_html(report, ["a.b"])) == ["a.b"]


def test_short_names_are_not_looked_for() -> None:
    assert report_html("AP view", ["AP"]) == "AP view"
