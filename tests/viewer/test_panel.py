"""The comparison panel in somebody else's window, with a real bundle, index and files."""

import ast
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from inference.radiograph_io import read_radiograph
from viewer.frame.panel import ComparisonPanel
from viewer.preferences.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "resources" / "integration" / "example_host.py"


@pytest.fixture
def query(tmp_path: Path, make_picture: Callable[..., Any]) -> Path:
    """A radiograph that is not in the catalogue."""
    path = tmp_path / "4711.png"
    Image.fromarray(make_picture(99)).save(path)
    return path


class Host(QWidget):
    """A window with a field of its own and the panel."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.panel = ComparisonPanel(self, settings=settings)
        layout = QHBoxLayout(self)
        layout.addWidget(self.field)
        layout.addWidget(self.panel, 1)
        self.resize(1400, 800)


@pytest.fixture
def host(qtbot: QtBot, tiny_bundle: Path) -> Iterator[Host]:
    one = Host(Settings(bundle=str(tiny_bundle), provider="cpu"))
    qtbot.addWidget(one)
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    yield one
    one.panel.shut_down()


@pytest.fixture
def filled(qtbot: QtBot, host: Host, indexed: Path, query: Path) -> Host:
    """With a query and its similar cases."""
    done: list[Any] = []
    host.panel.analysis_finished.connect(done.append)
    host.panel.set_catalogue(indexed)
    host.panel.open(query)
    idle(qtbot, host.panel)
    assert done[-1].path == query
    assert len(done[-1].neighbours) >= 4
    return host


def idle(qtbot: QtBot, panel: ComparisonPanel) -> None:
    controller = panel.controller
    assert controller is not None
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)


def test_a_path_is_analysed_and_four_cases_are_shown(filled: Host) -> None:
    panel = filled.panel
    assert panel.query.view.radiograph is not None
    assert all(panel.neighbours.pane(rank).view.overlay is not None for rank in range(1, 5))
    assert panel.status.startswith("Research use only, not for diagnosis")


def test_a_radiograph_that_was_read_can_be_given(qtbot: QtBot, filled: Host, indexed: Path) -> None:
    filled.panel.open(read_radiograph(indexed / "dicom" / "image7.dcm"))
    idle(qtbot, filled.panel)
    shown = filled.panel.query.view.radiograph
    assert shown is not None
    assert shown.path.name == "image7.dcm"


def test_a_chosen_case_is_told(filled: Host) -> None:
    chosen: list[Any] = []
    filled.panel.case_chosen.connect(chosen.append)
    filled.panel.neighbours.select(2)
    assert [one.rank for one in chosen] == [2]
    assert chosen[0].case.path.is_file()


def test_a_problem_is_a_sentence_for_the_host_too(
    qtbot: QtBot, host: Host, indexed: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    host.panel.failed.connect(told.append)
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(b"not a radiograph")
    host.panel.set_catalogue(indexed)
    host.panel.open(str(broken))
    idle(qtbot, host.panel)
    assert told
    assert "broken.dcm" in told[-1]
    assert host.panel.message_bar.text == told[-1]


def test_keys_are_heard_only_while_the_focus_is_in_the_panel(qtbot: QtBot, filled: Host) -> None:
    filled.field.setFocus()
    qtbot.keyClick(filled.field, Qt.Key.Key_3)
    qtbot.keyClick(filled.field, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert filled.field.text() == "3"
    assert filled.panel.neighbours.selected_rank == 0
    assert QApplication.activeModalWidget() is None
    filled.panel.query.view.setFocus()
    qtbot.keyClick(filled.panel.query.view, Qt.Key.Key_3)
    assert filled.panel.neighbours.selected_rank == 3


def test_the_host_keeps_its_look_and_its_window(qtbot: QtBot, host: Host, query: Path) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    before = (application.styleSheet(), application.palette(), host.windowTitle(), host.palette())
    other = ComparisonPanel(host, settings=Settings())
    other.open(query)
    assert before[0] == application.styleSheet()
    assert before[1] == application.palette()
    assert before[2:] == (host.windowTitle(), host.palette())
    other.shut_down()


def test_in_a_bright_host_the_panel_is_dark_everywhere(filled: Host) -> None:
    filled.setStyleSheet("QWidget { background-color: white; color: black; }")
    picture, place = filled.grab().toImage(), filled.panel.geometry()
    assert picture.pixelColor(2, 2).lightness() > 200
    bright = [
        (x, y)
        for y in range(place.top() + 1, place.bottom(), 7)
        for x in (place.left() + 1, place.right() - 1)
        if picture.pixelColor(x, y).lightness() > 100
    ]
    assert not bright


def test_what_only_our_own_window_can_do_is_not_offered(host: Host) -> None:
    offered = {one.objectName() for one in host.panel.actions() if one.isVisible()}
    assert {"open", "open_folder", "overlay", "case_1", "explain", "methods"} <= offered
    assert not offered & {"quit", "full_screen", "next_screen", "settings", "archive", "about"}
    for action in host.findChildren(QAction):
        if action.shortcuts() and action.objectName() in offered:
            assert action.shortcutContext() is Qt.ShortcutContext.WidgetWithChildrenShortcut


@pytest.mark.parametrize("end", ["close", "delete"])
def test_its_threads_end_with_it(
    qtbot: QtBot, tiny_bundle: Path, indexed: Path, query: Path, end: str
) -> None:
    before = set(threading.enumerate())
    panel = ComparisonPanel(settings=Settings(bundle=str(tiny_bundle), provider="cpu"))
    panel.set_catalogue(indexed)
    panel.open(query)
    assert set(threading.enumerate()) - before
    if end == "close":
        qtbot.addWidget(panel)
        panel.close()
        panel.open(query)  # after the end, nothing begins again
    else:
        panel.deleteLater()
        with qtbot.waitSignal(panel.destroyed):
            pass
    left = {one for one in set(threading.enumerate()) - before if one.name.startswith("job")}
    assert not left


_RUN = """
import runpy, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QSplitter

def run(*_):
    host = next(one for one in app().topLevelWidgets() if isinstance(one, QMainWindow))
    inside = host.centralWidget()
    def look():
        if inside.widget(0).text() != "Analysing…":
            print(inside.widget(0).text(), inside.widget(1).neighbours.count)
            app().quit()
    clock = QTimer(host)
    clock.timeout.connect(look)
    clock.start(100)
    return real()

app, real = QApplication.instance, QApplication.exec
QApplication.exec = run
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_the_example_host_shows_a_probability(
    tmp_path: Path, tiny_bundle: Path, indexed: Path, query: Path
) -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 22
    assert ast.get_docstring(ast.parse(EXAMPLE.read_text(encoding="utf-8")))
    data = tmp_path / "data" / "kindred" / "bundles"
    shutil.copytree(tiny_bundle, data / "tiny")
    own = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(EXAMPLE), str(query), str(indexed)],
        cwd=ROOT,
        env={**os.environ, **own, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    mean = np.asarray(Image.open(query)).mean() / 255
    probability, count = done.stdout.split()[-2:]
    assert float(probability) == pytest.approx(1 / (1 + np.exp(-8 * (mean - 0.5))), abs=0.1)
    assert count == "4"
