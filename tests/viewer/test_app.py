"""Faults reach the log and the window, and the log has no names."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from viewer.app import FaultReporter, run
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    return one


@pytest.fixture
def reporter(window: MainWindow, tmp_path: Path) -> Iterator[FaultReporter]:
    one = FaultReporter(window, tmp_path / "faults.log")
    one.install()
    yield one
    one.uninstall()


def test_an_uncaught_exception_is_logged_without_names_and_shown(
    qtbot: QtBot, window: MainWindow, reporter: FaultReporter, tmp_path: Path
) -> None:
    try:
        raise KeyError("/data/Müller^Erika/4711.dcm")
    except KeyError as error:
        sys.excepthook(KeyError, error, error.__traceback__)
    qtbot.waitUntil(lambda: window.message_bar.text != "")
    assert window.message_bar.text.startswith("This is a fault in the program")
    assert str(tmp_path / "faults.log") in window.message_bar.details
    log = (tmp_path / "faults.log").read_text(encoding="utf-8")
    assert "KeyError" in log
    assert "Müller" not in log + window.message_bar.details


def test_an_exception_in_a_thread_is_shown_too(
    qtbot: QtBot, window: MainWindow, reporter: FaultReporter
) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "ZeroDivisionError" in window.message_bar.details)


def test_the_window_opens_and_closing_it_ends_the_run(
    qtbot: QtBot, tiny_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "settings.toml"
    monkeypatch.setattr("viewer.preferences.kept_state.user_settings_file", lambda: own)

    without_meaning: list[set[str]] = []

    def close() -> None:
        windows = [one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)]
        if windows and windows[-1].isVisible():
            without_meaning.append(windows[-1].bound.unattached())
            windows[-1].close()
        else:
            QTimer.singleShot(50, close)

    QTimer.singleShot(0, close)
    settings = Settings(bundle=str(tiny_bundle), provider="cpu")
    assert run(None, None, None, settings) == 0
    assert without_meaning == [set()]  # every key does something
    assert "geometry" in (tmp_path / "window.ini").read_text(encoding="utf-8")
