"""Text that is never cut."""

from pytestqt.qtbot import QtBot

from viewer.frame.elided_label import ElidedLabel


def test_long_text_is_elided_and_whole_in_the_tool_tip(qtbot: QtBot) -> None:
    label = ElidedLabel("Pneumonia, pleural effusion and consolidation of the left lower lobe")
    qtbot.addWidget(label)
    label.resize(120, 20)
    label.show()
    assert label.elided_text().endswith("…")
    assert label.toolTip() == label.text()
    assert label.fontMetrics().horizontalAdvance(label.elided_text()) <= 120


def test_short_text_has_no_tool_tip(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.resize(400, 20)
    label.show()
    label.setText("PA")
    assert label.elided_text() == "PA"
    assert label.toolTip() == ""


def test_several_lines_become_one(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("one\n  two")
    assert label.text() == "one two"
