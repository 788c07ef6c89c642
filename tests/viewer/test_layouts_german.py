"""The states of `test_layouts` in German, whose words are longer: nothing cut, nothing over."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.viewer import test_layouts
from tests.viewer.test_layouts import DIALOGS, STATES
from viewer.language import speak
from viewer.main_window import MainWindow

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
