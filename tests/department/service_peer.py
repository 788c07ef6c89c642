"""A running `kindred serve` for tests: its engine is tiny, its socket and HTTP are real."""

import http.client
import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.catalogue_build import build_catalogue
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.pipeline import Engine, open_engine
from inference.service.service_config import ServiceConfig

TOKEN = "a-token-for-tests-that-is-long-enough-0123456789"
DICOM = {"Content-Type": "application/dicom"}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def sentence(self) -> str:
        """Of an error, whose form is checked with it."""
        assert set(self.json) == {"error", "message"}, self.body
        assert self.headers["content-type"] == "application/json"
        return str(self.json["message"])


@dataclass(slots=True)
class Peer:
    """A service that runs.

    Attributes:
        port: Of the loopback.
        log: The lines it said.
        faults: Bugs it met.
        stop: Ends it, as SIGTERM does.
    """

    port: int
    log: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    stop: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, body: bytes | None = None, *, token: str | None = TOKEN,
        method: str = "", **headers: str,
    ) -> Answered:  # fmt: skip
        """Ask as any client would; a header's underscore becomes a dash, None leaves one out."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        if body is not None:
            given.setdefault("Content-Type", "application/dicom")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, body, given)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answered(answer.status, headers, answer.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """A connection with nothing sent yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)


def head(path: str, peer: Peer, **headers: str) -> bytes:
    """The first lines of a POST with a token, to be sent by hand."""
    given = {
        "Host": f"127.0.0.1:{peer.port}",
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": "application/dicom",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def answer_on(connection: socket.socket) -> bytes:
    """Everything that comes until the other side closes."""
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def indexed_engine(folder: Path, bundle: Path) -> Engine:
    """Index a folder, and open what came of it."""
    session = BundleSession(read_bundle(bundle), provider="cpu", threads=1)
    for _ in build_catalogue(folder, session):
        pass
    return open_engine(bundle, folder, "cpu")


@contextmanager
def serving(engine: Engine, **changes: Any) -> Iterator[Peer]:
    """Serve in a thread, with some values of its configuration."""
    peer = Peer(0)
    with tempfile.TemporaryDirectory() as kept:
        config = ServiceConfig(**{"token": TOKEN, "kept": Path(kept), **changes})
        yield from _serving(engine, config, peer)


def _serving(engine: Engine, config: ServiceConfig, peer: Peer) -> Iterator[Peer]:
    from inference.service.server import Service

    service = Service(
        engine, config, version="1.2.3", say=peer.log.append, report_fault=peer.faults.append
    )
    peer.port, peer.stop = service.port, service.stop
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield peer
    finally:
        service.stop()
        thread.join(60)
        assert not thread.is_alive()
        assert not peer.faults, peer.faults
