"""A decoder that crashes, hangs or wants all memory: the window says so and goes on."""

import multiprocessing
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from inference import decoder_process
from inference.records import CaseRecord
from inference.safe_reading import stop_reading
from tests import native_faults
from tests.native_faults import picture
from viewer.case.case_controller import CaseController
from viewer.embedding_map.jobs import thumbnail_job
from viewer.frame.main_window import MainWindow
from viewer.job_runner import JobRunner
from viewer.preferences.settings import Settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="faults as on POSIX")


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.show()
    return one


@pytest.fixture
def controller(
    qtbot: QtBot,
    window: MainWindow,
    tiny_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[CaseController]:
    folder = tmp_path / "faults"
    folder.mkdir()
    native_faults.arm(folder, monkeypatch)
    stop_reading()  # that of the tests before has no faults
    one = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    one.start(picture(tmp_path / "first.png", 60), None, None)
    qtbot.waitUntil(lambda: not one.is_busy, timeout=60_000)
    assert window.query.view.radiograph is not None
    yield one
    one.shut_down()
    assert decoders() == []


def decoders() -> list[int]:
    return [
        one.pid
        for one in multiprocessing.active_children()
        if one.name == "decode" and one.pid is not None
    ]


def opens(qtbot: QtBot, controller: CaseController, window: MainWindow, path: Path) -> None:
    controller.open_radiograph(path)
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)
    assert window.query.view.radiograph is not None
    assert window.query.view.radiograph.path == path
    assert window.query.view.overlay is not None


@pytest.mark.parametrize(
    ("width", "sentence"),
    [
        (native_faults.CRASHES, "bad.png: it crashed its decoder."),
        (native_faults.HANGS, "bad.png: its decoder did not finish in 3 seconds."),
        pytest.param(
            native_faults.IS_GREEDY,
            "bad.png: there is not enough memory to open it",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits memory"),
        ),
    ],
)
def test_the_window_says_so_and_opens_the_next(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    sentence: str,
) -> None:
    monkeypatch.setattr(decoder_process, "TIME_LIMIT_S", 3.0)
    controller.open_radiograph(picture(tmp_path / "bad.png", width))
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)
    monkeypatch.setattr(decoder_process, "TIME_LIMIT_S", 60.0)
    assert sentence in window.message_bar.text
    assert window.query.view.radiograph is None
    opens(qtbot, controller, window, picture(tmp_path / "next.png", 70))


def test_another_radiograph_opens_while_one_hangs(
    qtbot: QtBot, window: MainWindow, controller: CaseController, tmp_path: Path
) -> None:
    controller.open_radiograph(picture(tmp_path / "bad.png", native_faults.HANGS))
    qtbot.wait(200)
    assert controller.is_busy
    started = time.monotonic()
    opens(qtbot, controller, window, picture(tmp_path / "next.png", 70))
    assert time.monotonic() - started < 40  # of the 120 s that a file may take
    assert window.message_bar.text == ""


def test_a_small_picture_that_hangs_holds_up_no_radiograph(
    qtbot: QtBot, window: MainWindow, controller: CaseController, tmp_path: Path
) -> None:
    case = CaseRecord("case1", picture(tmp_path / "bad.png", native_faults.HANGS))
    thumbnails = JobRunner()
    thumbnails.start(lambda: thumbnail_job(0, case))
    qtbot.waitUntil(lambda: len(decoders()) == 2, timeout=60_000)
    for number in (1, 2):
        opens(qtbot, controller, window, picture(tmp_path / f"next{number}.png", 70 + number))
    assert thumbnails.is_busy  # it hangs to this moment
    thumbnails.shut_down()


def test_closing_does_not_wait_for_one_that_hangs(
    qtbot: QtBot, controller: CaseController, tmp_path: Path
) -> None:
    controller.open_radiograph(picture(tmp_path / "bad.png", native_faults.HANGS))
    qtbot.wait(200)
    started = time.monotonic()
    controller.shut_down()
    assert time.monotonic() - started < 20
    assert decoders() == []
