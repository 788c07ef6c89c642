"""Searching tags; names are not there until they are asked for."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from inference.dicom_tags import DicomTag
from viewer.pane.tag_browser import TagBrowser

TAGS = (
    DicomTag("(0008,0060)", "Modality", "CS", "DX", 0, is_identifying=False),
    DicomTag("(0010,0010)", "Patient's Name", "PN", "Mustermann^Erika", 0, is_identifying=True),
    DicomTag("(0010,0020)", "Patient ID", "LO", "", 0, is_identifying=True),
)


@pytest.fixture
def browser(qtbot: QtBot) -> TagBrowser:
    one = TagBrowser("Tags", TAGS)
    qtbot.addWidget(one)
    one.show()
    return one


def test_names_are_hidden_until_asked_for(qtbot: QtBot, browser: TagBrowser) -> None:
    assert browser.shown() == [("Modality", "DX"), ("Patient's Name", "••••"), ("Patient ID", "")]
    browser.reveal.click()
    assert ("Patient's Name", "Mustermann^Erika") in browser.shown()
    browser.reveal.click()
    assert "Mustermann" not in str(browser.shown())


@pytest.mark.parametrize(
    ("typed", "found"),
    [("modal", ["Modality"]), ("0010,0020", ["Patient ID"]), ("dx", ["Modality"]), ("Erika", [])],
)
def test_any_column_is_searched_but_not_what_is_hidden(
    qtbot: QtBot, browser: TagBrowser, typed: str, found: list[str]
) -> None:
    qtbot.keyClicks(browser.search, typed)
    assert [name for name, _ in browser.shown()] == found
    qtbot.keyClick(browser.search, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(browser.search, Qt.Key.Key_Delete)
    assert len(browser.shown()) == 3
