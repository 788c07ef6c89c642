"""A second start finds the first, over a socket that takes only what is well formed."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from viewer.integration.meeting_place import socket_name
from viewer.integration.single_instance import (
    MOST_BYTES,
    MOST_CALLERS,
    WindowServer,
    Wish,
    hand_over,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def name() -> Iterator[str]:
    one = socket_name()
    assert one
    yield one
    QLocalServer.removeServer(one)


@pytest.fixture
def server(qtbot: QtBot, name: str) -> Iterator[WindowServer]:
    one = WindowServer()
    one.listen(name)
    yield one
    one.close()


def ask(wish: Wish, qtbot: QtBot) -> str | None:
    """Hand over from a process of its own, as a second start does."""
    script = (
        "import json, sys\n"
        "from viewer.integration.single_instance import Wish, hand_over\n"
        "print(json.dumps(hand_over(Wish(*json.loads(sys.argv[1])))))\n"
    )
    given = json.dumps([wish.kind, wish.text, wish.catalogue])
    asking = subprocess.Popen(
        [sys.executable, "-c", script, given], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    qtbot.waitUntil(lambda: asking.poll() is not None, timeout=20_000)
    answer: str | None = json.loads(asking.communicate()[0])
    return answer


def send(raw: bytes, name: str, qtbot: QtBot) -> bytes:
    """Raw bytes to the window; what it answers until it hangs up."""
    socket = QLocalSocket()
    with qtbot.waitSignal(socket.connected, timeout=5000):
        socket.connectToServer(name)
    with qtbot.waitSignal(socket.disconnected, timeout=5000):
        socket.write(raw)
    return bytes(socket.readAll().data())


def test_a_wish_arrives_and_is_acknowledged(server: WindowServer, qtbot: QtBot) -> None:
    heard: list[Wish] = []
    server.wished.connect(heard.append)
    wishes = [
        Wish("show"),
        Wish("path", "/data/Röntgen א.dcm", "/data"),
        Wish("link", "kindred://open?file=/a"),
    ]
    for wish in wishes:
        assert ask(wish, qtbot) == ""
    assert heard == wishes


def test_a_refusal_comes_back_as_its_sentence(server: WindowServer, qtbot: QtBot) -> None:
    server.wished.connect(lambda _: server.refuse("This link is not opened: no."))
    assert ask(Wish("link", "kindred://x"), qtbot) == "This link is not opened: no."


def test_without_a_window_nobody_answers(name: str) -> None:
    assert hand_over(Wish("show"), name) is None


def test_where_nobody_answers_in_time_the_second_start_goes_on(name: str, qtbot: QtBot) -> None:
    deaf = QLocalServer()
    assert deaf.listen(name)  # accepts, and says nothing
    assert hand_over(Wish("show"), name) is None
    deaf.close()


def test_what_a_killed_window_left_is_taken_over(name: str, qtbot: QtBot) -> None:
    script = (
        "import os, sys\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from viewer.integration.single_instance import WindowServer\n"
        "app = QCoreApplication([])\n"
        "server = WindowServer()\n"
        "server.listen(sys.argv[1])\n"
        "assert server.is_listening\n"
        "os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, name], cwd=ROOT, check=False)
    assert done.returncode == 9
    if sys.platform != "win32":
        assert Path(name).is_socket()
    assert hand_over(Wish("show"), name) is None
    server = WindowServer()
    server.listen(name)
    assert server.is_listening
    assert ask(Wish("show"), qtbot) == ""
    server.close()


def test_a_second_window_leaves_the_first_its_socket(server: WindowServer, qtbot: QtBot) -> None:
    heard: list[Wish] = []
    server.wished.connect(heard.append)
    second = WindowServer()
    second.listen()
    assert not second.is_listening
    assert ask(Wish("show"), qtbot) == ""
    assert heard == [Wish("show")]


@pytest.mark.skipif(sys.platform == "win32", reason="modes as on POSIX")
def test_the_socket_is_the_users_alone(
    server: WindowServer, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in (Path(name), Path(name).parent):
        assert path.stat().st_uid == os.getuid()
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    # A folder that others can enter is not used, nor a link in its place.
    (tmp_path / "open" / "kindred").mkdir(parents=True)
    (tmp_path / "open" / "kindred").chmod(0o755)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "kindred").symlink_to(Path(name).parent)
    for folder in ("open", "linked"):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / folder))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
        assert str(tmp_path / folder) not in socket_name()
    # Too long a path for a socket: none is used, and every start has a window of its own.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ("c" * 100)))
    assert socket_name() == ""
    assert hand_over(Wish("show")) is None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"nonsense\n", id="no JSON"),
        pytest.param(b"\xff\xfe\n", id="no text"),
        pytest.param(b"[]\n", id="a list"),
        pytest.param(b"[" * 9000 + b"\n", id="nested"),
        pytest.param(b'{"kindred": 1}\n', id="nothing in it"),
        pytest.param(b'{"kindred": 1, "kind": "run", "text": "ls"}\n', id="another kind"),
        pytest.param(b'{"kindred": 1, "kind": "path", "text": "a.dcm"}\n', id="relative"),
        pytest.param(b'{"kindred": 1, "kind": "path", "text": "/a\\u0000"}\n', id="NUL"),
        pytest.param(b'{"kindred": 1, "kind": "path", "text": 3}\n', id="a number"),
        pytest.param(b'{"kindred": 1, "kind": "show", "text": "/a"}\n', id="show something"),
        pytest.param(b'{"kindred": 1, "kind": "show", "command": "ls"}\n', id="a key too many"),
        pytest.param(
            b'{"kindred": 1, "kind": "show", "text": "", "catalogue": "x"}\n', id="relative folder"
        ),
    ],
)
def test_nothing_else_is_heard(server: WindowServer, name: str, qtbot: QtBot, said: bytes) -> None:
    heard: list[Wish] = []
    server.wished.connect(heard.append)
    assert "did not understand" in json.loads(send(said, name, qtbot))["problem"]
    assert heard == []


def test_another_version_is_told_apart(server: WindowServer, name: str, qtbot: QtBot) -> None:
    answer = json.loads(send(b'{"kindred": 2, "kind": "show"}\n', name, qtbot))
    assert answer["kindred"] == 1
    assert "another version" in answer["problem"]


def test_a_flood_and_a_long_message_are_cut_off(
    server: WindowServer, name: str, qtbot: QtBot
) -> None:
    assert send(b"x" * (MOST_BYTES + 2), name, qtbot) == b""
    silent = [QLocalSocket() for _ in range(MOST_CALLERS)]
    for one in silent:
        with qtbot.waitSignal(one.connected, timeout=5000):
            one.connectToServer(name)
    late = QLocalSocket()
    with qtbot.waitSignal(late.disconnected, timeout=5000):
        late.connectToServer(name)
    # Those that say nothing are let go of, and then others are heard again.
    qtbot.waitUntil(
        lambda: all(one.state() == one.LocalSocketState.UnconnectedState for one in silent),
        timeout=10000,
    )
    assert ask(Wish("show"), qtbot) == ""


def test_a_line_in_two_parts_is_one_wish(server: WindowServer, name: str, qtbot: QtBot) -> None:
    socket = QLocalSocket()
    with qtbot.waitSignal(socket.connected, timeout=5000):
        socket.connectToServer(name)
    socket.write(b'{"kindred": 1, "kind"')
    socket.flush()
    qtbot.wait(50)
    with qtbot.waitSignal(socket.readyRead, timeout=5000):
        socket.write(b': "show"}\n')
    assert json.loads(bytes(socket.readAll().data())) == {"kindred": 1, "heard": ""}
    with qtbot.waitSignal(server.wished, timeout=5000):
        socket.write(b"go\n")


def test_a_window_that_was_only_busy_opens_nothing_afterwards(
    server: WindowServer, name: str, qtbot: QtBot
) -> None:
    """It reads the wish late, when whoever asked has a window of his own."""
    heard: list[Wish] = []
    server.wished.connect(heard.append)
    script = (
        "import sys\n"
        "from viewer.integration import single_instance\n"
        "single_instance.BUSY_MS = 500\n"
        "print(single_instance.hand_over(single_instance.Wish('show'), sys.argv[1]))\n"
    )
    # Our event loop stands still meanwhile, as a busy window's does.
    done = subprocess.run(
        [sys.executable, "-c", script, name], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "None\n"
    qtbot.wait(300)
    assert heard == []
    assert ask(Wish("show"), qtbot) == ""
    assert heard == [Wish("show")]
