"""Cards in place of similar cases."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar
from pytestqt.qtbot import QtBot

from viewer.frame.state_card import CardContent, Choice, StateCard


@pytest.fixture
def card(qtbot: QtBot) -> StateCard:
    one = StateCard()
    qtbot.addWidget(one)
    one.resize(500, 400)
    one.show()
    return one


def test_a_button_wishes_and_earlier_buttons_are_gone(qtbot: QtBot, card: StateCard) -> None:
    card.show_content(CardContent("▢", "A", "One.", (Choice("old", "Old"),)))
    card.show_content(CardContent("▢", "B", "Two.", (Choice("index", "Build"), Choice("x", "X"))))
    assert (card.heading, card.text) == ("B", "Two.")
    with qtbot.waitSignal(card.wished) as wished:
        qtbot.mouseClick(card.button("index"), Qt.MouseButton.LeftButton)
    assert wished.args == ["index"]
    with pytest.raises(KeyError):
        card.button("old")


def test_progress_is_shown_only_where_there_is_some(card: StateCard) -> None:
    card.show_content(CardContent("▤", "Indexing", "", has_progress=True))
    card.show_progress(3, 12, "3 of 12   a.dcm")
    bar = card.findChild(QProgressBar)
    assert bar.isVisible()
    assert (bar.value(), bar.maximum()) == (3, 12)
    assert card.progress_words == "3 of 12 a.dcm"
    card.show_content(CardContent("▢", "A", "One."))
    assert not bar.isVisible()
    assert card.progress_words == ""
