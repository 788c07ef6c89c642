"""A socket of this computer, uvicorn on it, and limits on connections that are not yet requests.

uvicorn itself waits for ever for the first lines of a request. So every connection gets a time
for them, a time for all of its life, and there is a most that may be open at once.
"""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from inference.archive.credentials import Passwords
from inference.archive.retrieved_files import RetrievedFiles
from inference.errors import InferenceError
from inference.pipeline import Engine
from inference.service.application import make_application
from inference.service.archive_desk import ArchiveDesk
from inference.service.door import Door
from inference.service.errors import ServiceError
from inference.service.refusal import NAMES, error_body
from inference.service.service_config import ServiceConfig, ServiceLimits
from inference.service.turns import Turns
from inference.service.uploads import Uploads

_MAX_HEAD_BYTES = 16 << 10
_GRACE_S = 15


class Service:
    """Listens from its making on; answers while `run` runs.

    Attributes:
        port: That it listens on.
    """

    def __init__(
        self,
        engine: Engine,
        config: ServiceConfig,
        *,
        version: str,
        say: Callable[[str], None],
        report_fault: Callable[[BaseException], object],
    ) -> None:
        """
        Args:
            engine: With a catalogue.
            config: How to serve.
            version: Of the program.
            say: A line for the log.
            report_fault: Keeps what is known of a bug.

        Raises:
            ServiceError: The address or port cannot be listened at, or nothing can be kept.
        """
        self._socket = _listening(config)
        self.port = int(self._socket.getsockname()[1])
        try:
            self._uploads = Uploads(config.kept)
        except InferenceError:
            self._socket.close()
            raise
        limits = config.limits
        self._turns = Turns(limits.waiting, limits.job_s)
        self._archives = _archive_desk(config)
        app = make_application(
            engine,
            config,
            turns=self._turns,
            uploads=self._uploads,
            archives=self._archives,
            version=version,
        )
        door = Door(app, config, port=self.port, say=say, report_fault=report_fault)
        # Its log would hold what clients wrote; ours is the door's.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
        self._server = uvicorn.Server(
            uvicorn.Config(
                door,
                http=_bounded_protocol(limits),
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )

    def run(self) -> None:
        """Answer until `stop`, SIGTERM or Ctrl+C; requests that run are finished.

        Raises:
            KeyboardInterrupt: Ctrl+C was pressed.
        """
        try:
            with _quiet_sigterm():
                self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()
            self._turns.close()
            if self._archives is not None:
                self._archives.close()
            self._uploads.close()

    def stop(self) -> None:
        """End `run`, which another thread is in."""
        self._server.should_exit = True


def _archive_desk(config: ServiceConfig) -> ArchiveDesk | None:
    if not config.archives:
        return None
    return ArchiveDesk(
        config.archives,
        Passwords(),
        turns=Turns(config.limits.waiting, config.limits.job_s),
        files=RetrievedFiles(config.kept and config.kept / "retrieved"),
    )


def _listening(config: ServiceConfig) -> socket.socket:
    host = "127.0.0.1" if config.host.casefold() == "localhost" else config.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if hasattr(signal, "SIGTERM") and hasattr(socket, "AF_UNIX"):  # Windows means another thing
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, config.port))
        listener.listen(config.limits.connections)
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"Cannot listen at {config.host}, port {config.port}: {error.strerror or error}. "
            "Name another --port, or leave it out for a free one."
        ) from error
    return listener


@contextmanager
def _quiet_sigterm() -> Iterator[None]:
    """uvicorn ends on SIGTERM and then sends it on, which would end us before we tidied up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _bounded_protocol(limits: ServiceLimits) -> type[H11Protocol]:
    """uvicorn's HTTP, within limits, and with our form of errors."""

    class BoundedProtocol(H11Protocol):
        _timers: tuple[asyncio.TimerHandle, ...] = ()

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > limits.connections:
                self._end(503, "Too many connections are open; ask again in a moment.")
                return
            self._timers = (
                self.loop.call_later(limits.head_s, self._head_is_late),
                self.loop.call_later(limits.connection_s, transport.abort),
            )

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in self._timers:
                timer.cancel()
            super().connection_lost(exc)

        def send_400_response(self, msg: str) -> None:
            if not self._has_request():
                self._end(400, "This is not HTTP as this service speaks it.")
                return
            # In the middle of a body: whoever reads it is told that there is no more.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.close()

        def _has_request(self) -> bool:
            return bool(self.cycle)  # None until then

        def _head_is_late(self) -> None:
            if not self._has_request():
                self._end(408, "The request came too slowly; send it again.")

        def _end(self, status: int, sentence: str) -> None:
            self.transport.write(_raw_answer(status, sentence))
            self.transport.close()

    return BoundedProtocol


def _raw_answer(status: int, sentence: str) -> bytes:
    body = error_body(status, sentence)
    lines = [
        f"HTTP/1.1 {status} {NAMES[status]}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if status == 503:
        lines.append("Retry-After: 2")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
