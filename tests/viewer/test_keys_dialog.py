"""The list of keys says what is bound at present."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from viewer.frame.bindings import BINDINGS, listed
from viewer.preferences.keys_dialog import KeysDialog


def test_it_lists_every_key_with_its_words(qtbot: QtBot) -> None:
    dialog = KeysDialog({})
    qtbot.addWidget(dialog)
    for heading, rows in listed({}):
        assert heading in dialog.text
        assert all(keys in dialog.text and words in dialog.text for keys, words in rows)


def test_it_shows_the_users_keys_and_leaves_out_what_has_none(qtbot: QtBot) -> None:
    dialog = KeysDialog({"invert": "Ctrl+I", "sigmoid": "", "flip": "H <b>"[:1]})
    qtbot.addWidget(dialog)
    assert "Ctrl+I" in dialog.text
    assert "smooth S" not in dialog.text
    words = {binding.name: binding.words for binding in BINDINGS}
    assert words["flip"] in dialog.text


def test_signs_of_html_are_keys_like_others(qtbot: QtBot) -> None:
    dialog = KeysDialog({"invert": "<", "sigmoid": "&"})
    qtbot.addWidget(dialog)
    lines = dialog.text.splitlines()
    assert "<" in lines
    assert "&" in lines


def test_escape_closes_it(qtbot: QtBot) -> None:
    dialog = KeysDialog({})
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_it_is_read_by_keys(qtbot: QtBot) -> None:
    dialog = KeysDialog({})
    qtbot.addWidget(dialog)
    dialog.resize(500, 300)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog._text.setFocus()
    before = dialog._text.verticalScrollBar().value()
    qtbot.keyClick(dialog._text, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: dialog._text.verticalScrollBar().value() > before)
