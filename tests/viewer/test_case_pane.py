"""A pane's frame and lines."""

from pytestqt.qtbot import QtBot

from viewer.pane.case_pane import CasePane


def test_selecting_moves_nothing(qtbot: QtBot) -> None:
    pane = CasePane("Similar case 1")
    qtbot.addWidget(pane)
    pane.resize(300, 300)
    pane.show()
    before = pane.view.geometry()
    pane.set_selected(is_selected=True)
    pane.set_title("1 · 0.91")
    pane.set_caption("Pneumonia · report")
    qtbot.wait(1)
    assert pane.is_selected
    assert pane.view.geometry() == before
    assert (pane.title, pane.caption) == ("1 · 0.91", "Pneumonia · report")
