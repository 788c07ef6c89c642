"""The states of `test_layouts` in German, whose words are longer: nothing cut, nothing over."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.viewer import test_layouts
from tests.viewer.test_layouts import DIALOGS, STATES
from tests.viewer.test_translations import texts_in_the_code
from viewer.frame.main_window import MainWindow
from viewer.preferences.language import speak
from viewer.translation import tr

_NOT_TRANSLATED = {
    *("Pneumonia", "No finding", "Drawing synthetic radiographs", "Findings", "Severity"),
    *("Tags of the query's file", "auto"),
}
"""What the states themselves put in, and what is written into settings."""

window = test_layouts.window
"""The fixture."""


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    """Spoken before the window is made."""
    assert speak(qapp, "de") == "de"
    yield
    speak(qapp, "en")


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("state", STATES, ids=lambda one: one.__name__)
def test_each_layout_is_whole_in_german(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    state: Callable[[MainWindow], None],
) -> None:
    test_layouts.test_each_layout_is_whole(qtbot, window, tmp_path, state, 1280, 720)


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("make", DIALOGS, ids=lambda one: one.__name__)
def test_each_dialog_is_whole_in_german(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    make: Callable[[QWidget], QWidget],
) -> None:
    test_layouts.test_each_dialog_is_whole_and_named(qtbot, window, tmp_path, make)


def shown_texts(window: QWidget) -> set[str]:
    """Everything that can be read in a window, or be heard."""
    texts = {window.windowTitle()}
    for widget in (window, *window.findChildren(QWidget)):
        texts |= {widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()}
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            texts.add(widget.text())
        if isinstance(widget, QLineEdit):
            texts.add(widget.placeholderText())
        if isinstance(widget, QComboBox):
            texts |= {widget.itemText(one) for one in range(widget.count())}
        if isinstance(widget, QTabBar):
            texts |= {widget.tabText(one) for one in range(widget.count())}
    for action in window.findChildren(QAction):
        texts |= {action.text(), action.toolTip()}
    return texts


def english() -> set[str]:
    """Every text of the code whose translation is another one."""
    return {text for text in texts_in_the_code() if text and tr(text) != text}


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("make", [None, *DIALOGS], ids=lambda one: getattr(one, "__name__", ""))
def test_no_english_is_left(
    qtbot: QtBot, window: MainWindow, make: Callable[[QWidget], QWidget] | None
) -> None:
    """Of what is read off the finished widgets: also what a constant brought there."""
    shown = window
    if make is not None:
        shown = make(window)
        qtbot.addWidget(shown)
    left = shown_texts(shown) & english()
    assert left - _NOT_TRANSLATED == set()
