"""One window per user and display: a second start hands over what it was asked to open.

    second start                                 running window
    {"kindred": 1, "kind": "path", ...} \\n  ->   checks it as if it came from a stranger
                                            <-   {"kindred": 1, "heard": ""} \\n
    go \\n                                   ->   does it
                                            <-   {"kindred": 1, "problem": ""} \\n

A local socket, never a network: in a folder that only the user can enter, and for the user
alone. What comes in is one short line, of a path or a link, and can only be opened or refused.
Where nobody is there, or does not hear in some seconds, the second start opens a window of its
own. It has not said "go" then, so that a window that was only busy does not open it once more.
"""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from viewer.integration.meeting_place import socket_name
from viewer.translation import tr

PROTOCOL = 1
TIMEOUT_MS = 1000
BUSY_MS = 5000
"""A window that runs may be busy for so long before it hears."""
DOING_MS = 30_000
MOST_BYTES = 16_384
MOST_CALLERS = 8

WishKind = Literal["show", "path", "browse", "link"]
_GO = b"go\n"
_KINDS = ("show", "path", "browse", "link")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a second start was asked to open.

    Attributes:
        kind: "show": only bring the window to the front. "path": a file or folder that the
            user named. "browse": one to be looked through. "link": a link, which somebody
            else may have written.
        text: The absolute path or the link; "" to show.
        catalogue: The absolute path of a folder of past cases to use, or "".

    Raises:
        ValueError: It is no such thing.
    """

    kind: WishKind
    text: str = ""
    catalogue: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _KINDS or not isinstance(self.text, str):
            raise ValueError(f"no such wish: {self.kind!r}")
        if not isinstance(self.catalogue, str) or "\0" in self.text + self.catalogue:
            raise ValueError("a wish holds text without NUL")
        if (self.kind == "show") != (not self.text):
            raise ValueError("a path or a link, and nothing else, has a text")
        paths = [self.catalogue] + ([self.text] if self.kind in ("path", "browse") else [])
        if not all(Path(one).is_absolute() for one in paths if one):
            raise ValueError("a path must be absolute")


def hand_over(wish: Wish, name: str | None = None) -> str | None:
    """Give a wish to the window that runs.

    Args:
        wish: What to open.
        name: Of its socket; None: the usual one.

    Returns:
        "" when it was done; the sentence that says why it was not; or None where no window of
        this protocol has heard, or it ended: then it was not done, and will not be.
    """
    name = socket_name() if name is None else name
    if not name:
        return None
    line = _line({"kind": wish.kind, "text": wish.text, "catalogue": wish.catalogue})
    if len(line) > MOST_BYTES:
        return None
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(TIMEOUT_MS):
        return None
    socket.write(line)
    said = _answered(socket, BUSY_MS)
    if said is not None and "heard" in said:
        socket.write(_GO)
        said = _answered(socket, DOING_MS)
        if said is None and socket.state() == QLocalSocket.LocalSocketState.ConnectedState:
            return tr("The window that runs does not answer any more; end it and try again.")
    return None if said is None else str(said.get("problem", ""))


def _answered(socket: QLocalSocket, most_ms: int) -> dict[str, object] | None:
    """The next line from the window; None where none of this protocol came."""
    answer = b""
    while b"\n" not in answer and len(answer) <= MOST_BYTES:
        if not socket.waitForReadyRead(most_ms):
            return None
        answer += bytes(socket.readAll().data())
    with contextlib.suppress(ValueError):
        said = json.loads(answer)
        if isinstance(said, dict) and said.get("kindred") == PROTOCOL:
            return said
    return None


class WindowServer(QObject):
    """The running window's ear.

    Signals:
        wished: arg: a `Wish` that is well formed, and no more than that
    """

    wished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        self._callers: dict[QLocalSocket, bytes] = {}
        self._agreed: dict[QLocalSocket, Wish] = {}  # heard, and not to be done before "go"
        self._problem = ""

    @property
    def is_listening(self) -> bool:
        """Whether a second start would find this window."""
        return self._server.isListening()

    def listen(self, name: str | None = None) -> None:
        """Take wishes from now on, unless another window does; to be called once.

        Args:
            name: Of the socket; None: the usual one.
        """
        name = socket_name() if name is None else name
        if not name:
            return
        # Asked first, because listening as one user alone (Qt 6.11) takes a name from whoever
        # has it: from a window that was killed, as it should, and from one that runs too.
        probe = QLocalSocket()
        probe.connectToServer(name)
        if probe.waitForConnected(TIMEOUT_MS):
            probe.abort()
            return
        QLocalServer.removeServer(name)
        self._server.listen(name)

    def refuse(self, sentence: str) -> None:
        """Called while `wished` is heard: the one who asked is told why it is not done."""
        self._problem = sentence

    @Slot()
    def close(self) -> None:
        """Take no more."""
        self._server.close()
        for caller in list(self._callers):
            caller.abort()

    @Slot()
    def _greet(self) -> None:
        while (caller := self._server.nextPendingConnection()) is not None:
            if len(self._callers) >= MOST_CALLERS:
                caller.abort()
                caller.deleteLater()
                continue
            self._callers[caller] = b""
            caller.readyRead.connect(lambda one=caller: self._read(one))
            caller.disconnected.connect(lambda one=caller: self._forget(one))
            # One that says nothing is not waited for. `caller` as context: not after its end.
            QTimer.singleShot(BUSY_MS, caller, caller.abort)
            if caller.bytesAvailable():
                self._read(caller)

    def _read(self, caller: QLocalSocket) -> None:
        if caller not in self._callers:
            return
        self._callers[caller] += bytes(caller.read(MOST_BYTES + 1).data())
        heard = self._callers[caller]
        if len(heard) > MOST_BYTES:
            caller.abort()
        elif heard.endswith(b"\n"):
            self._callers[caller] = b""
            if caller not in self._agreed:
                self._hear(caller, heard)
            elif heard == _GO:
                self._end(caller, self._do(self._agreed[caller]))
            else:
                caller.abort()

    def _forget(self, caller: QLocalSocket) -> None:
        self._agreed.pop(caller, None)
        if self._callers.pop(caller, None) is not None:
            caller.deleteLater()

    def _hear(self, caller: QLocalSocket, line: bytes) -> None:
        other = tr("The window that runs is of another version of Kindred; close it first.")
        unclear = tr("The window that runs did not understand what it should open.")
        try:
            said = json.loads(line)
            if said.pop("kindred") != PROTOCOL:
                self._end(caller, other)
                return
            self._agreed[caller] = Wish(**said)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self._end(caller, unclear)
        else:
            caller.write(_line({"heard": ""}))

    def _end(self, caller: QLocalSocket, problem: str) -> None:
        caller.write(_line({"problem": problem}))
        caller.disconnectFromServer()

    def _do(self, wish: Wish) -> str:
        self._problem = ""
        self.wished.emit(wish)
        return self._problem


def _line(values: dict[str, str]) -> bytes:
    return json.dumps({"kindred": PROTOCOL, **values}).encode() + b"\n"
