"""The chart of findings: what is drawn is what is said."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from viewer.results.distribution import ShareGroup, ShareRow
from viewer.results.distribution_view import DistributionChart, DistributionDialog
from viewer.theme import ACCENT

GROUPS = (
    ShareGroup("Findings", (ShareRow("Pneumonia", 0.8, 0.31), ShareRow("No finding", 0.2, 0.69))),
)


@pytest.fixture
def chart(qtbot: QtBot) -> DistributionChart:
    one = DistributionChart()
    qtbot.addWidget(one)
    one.resize(600, 200)
    one.show_groups(GROUPS)
    one.show()
    return one


def accent_widths(chart: DistributionChart) -> list[int]:
    """The longest run of the accent's colour in each line of pixels that has any."""
    picture = chart.grab().toImage()
    found = []
    for y in range(picture.height()):
        count = sum(picture.pixelColor(x, y) == QColor(ACCENT) for x in range(picture.width()))
        if count > 5:
            found.append(count)
    return found


def test_a_bar_is_as_long_as_its_share(chart: DistributionChart) -> None:
    widths = accent_widths(chart)
    assert max(widths) == pytest.approx(4 * min(widths), rel=0.05)


def test_a_screen_reader_hears_the_numbers(chart: DistributionChart) -> None:
    assert chart.accessibleDescription() == (
        "Pneumonia: 80 % of the nearest, 31 % of all; No finding: 20 % of the nearest, 69 % of all"
    )


def test_nothing_to_show_is_an_empty_chart(chart: DistributionChart) -> None:
    chart.show_groups(())
    assert chart.groups == ()
    assert accent_widths(chart) == []


def test_the_dialog_scrolls_a_long_chart_and_closes(qtbot: QtBot) -> None:
    dialog = DistributionDialog()
    qtbot.addWidget(dialog)
    rows = tuple(ShareRow(f"Finding {number}", 0.5, 0.5) for number in range(60))
    dialog.chart.show_groups((ShareGroup("Many", rows),))
    dialog.show()
    assert dialog.chart.minimumHeight() > dialog.height()
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
