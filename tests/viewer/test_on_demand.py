"""Parts of the window come when they are first needed, as if they had always been there."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from viewer.frame import first_paint
from viewer.frame.first_paint import after_painting
from viewer.on_demand import OnDemand

ROOT = Path(__file__).parents[2]


class _Asker(QObject):
    asked = Signal(str)


class _Part(QObject):
    """As the window's controllers: it hears the signal itself from when it is made."""

    def __init__(self, asker: _Asker) -> None:
        super().__init__(asker)
        self.heard: list[str] = []
        asker.asked.connect(self.hear)

    def hear(self, word: str) -> None:
        self.heard.append(word)


def test_a_part_is_made_once_and_hears_everything_once(qtbot: QtBot) -> None:
    asker, made = _Asker(), []

    def make() -> _Part:
        made.append(_Part(asker))
        return made[-1]

    part = OnDemand(make)
    asker.asked.connect(part.first(lambda one, word: one.hear(word)))
    assert part.made is None
    for word in ("a", "b", "c"):
        asker.asked.emit(word)
    assert part() is part.made is made[0]
    assert len(made) == 1
    assert part().heard == ["a", "b", "c"]


def test_made_otherwise_it_is_left_to_hear_by_itself(qtbot: QtBot) -> None:
    asker = _Asker()
    part = OnDemand(lambda: _Part(asker))
    asker.asked.connect(part.first(lambda one, word: one.hear(word)))
    part()
    asker.asked.emit("a")
    assert part().heard == ["a"]


def test_an_action_that_makes_a_part_may_be_used_again(qtbot: QtBot) -> None:
    action, asker = QAction(), _Asker()
    part = OnDemand(lambda: _Part(asker))
    action.triggered.connect(lambda: part.first(lambda one: one.hear("first"))())
    action.trigger()
    action.trigger()
    assert part().heard == ["first"]  # the second time the part itself would be connected


def test_what_can_wait_is_done_once_after_painting(qtbot: QtBot) -> None:
    painted: list[str] = []

    class Painted(QWidget):
        def paintEvent(self, event: object) -> None:  # noqa: N802
            painted.append("paint")

    widget = Painted()
    qtbot.addWidget(widget)
    widget.show()
    after_painting(widget, lambda: painted.append("done"))
    qtbot.waitUntil(lambda: "done" in painted)
    assert painted[0] == "paint"
    widget.update()
    qtbot.waitUntil(lambda: painted[-1] == "paint")
    assert painted.count("done") == 1


@pytest.mark.parametrize("is_minimised", [False, True])
def test_nobody_waits_for_what_is_not_painted(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, is_minimised: bool
) -> None:
    monkeypatch.setattr(first_paint, "AT_THE_LATEST_MS", 50)
    widget, done = QWidget(), []
    qtbot.addWidget(widget)
    if is_minimised:
        widget.setWindowState(Qt.WindowState.WindowMinimized)
        widget.show()
    after_painting(widget, lambda: done.append(True))
    qtbot.waitUntil(lambda: done == [True])


def test_a_window_is_imported_without_what_it_does_not_need_at_once() -> None:
    """Each of these would be waited for at every start."""
    later = (
        *("typer", "pydicom", "onnxruntime", "hnswlib", "PIL", "sqlite3", "importlib.metadata"),
        *("PySide6.QtNetwork", "inference.pipeline", "inference.catalogue", "viewer.archive"),
        *("viewer.browser", "viewer.differential", "viewer.embedding_map", "viewer.export"),
        *("viewer.methods", "viewer.returning", "viewer.preferences.settings_dialog"),
    )
    code = "import sys, viewer.command_line, viewer.commands.open, viewer.app; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) & set(later) == set()
