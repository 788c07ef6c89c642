"""The receiver: takes radiographs that other systems send (C-STORE), and answers C-ECHO.

Off unless started. It listens on this computer alone unless told otherwise, and then only to
the AE titles on its list. An AE title is a name and no proof: the list keeps out mistakes, a
firewall keeps out strangers. Whatever a sender does, memory, disk, threads and time are bounded.
"""

import contextlib
import importlib.util
import logging
import socket
import socketserver
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inference.archive.archive_errors import MissingExtraError, ReceiverError
from inference.archive.archive_matches import RADIOGRAPH_CLASSES
from inference.archive.bounded_socket import MAX_PDU_BYTES, BoundedSocket
from inference.archive.received_files import (
    NO_SUCH_CLASS,
    OUT_OF_RESOURCES,
    SUCCESS,
    Received,
    ReceivedFolder,
    Refusal,
)
from inference.archive.receiver_config import ReceiverConfig
from inference.collected_warnings import collected_warnings

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pynetdicom.events import Event

_log = logging.getLogger(__name__)

_TRANSFER_SYNTAXES = [
    "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.5",
]  # fmt: skip
"""All that can be decoded, uncompressed ones first."""

_PENDING = 8  # connections beyond the associations, such as those that are being refused


class Receiver:
    """Listens from `start` to `stop`."""

    def __init__(
        self,
        config: ReceiverConfig,
        on_received: Callable[[Received], None],
        on_refused: Callable[[str], None] = lambda reason: None,
    ) -> None:
        """
        Args:
            config: How to receive.
            on_received: Called for each radiograph, in a thread of the receiver. Must be quick.
            on_refused: Called likewise with the reason where something is refused.

        Raises:
            MissingExtraError: pynetdicom is not installed.
            ReceiverError: The folder cannot be written.
        """
        if importlib.util.find_spec("pynetdicom") is None:
            raise MissingExtraError("Receiving radiographs")
        self.config = config
        self._on_received = on_received
        self._on_refused = on_refused
        self._folder = ReceivedFolder(config.folder, quota_bytes=int(config.quota_gb * 2**30))
        self._rate = _Rate(config.objects_per_minute)
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on; 0 before it is started."""
        return int(self._server.server_address[1]) if self._server is not None else 0

    def start(self) -> None:
        """Begin to listen.

        Raises:
            ReceiverError: The port is taken, or not allowed.
        """
        config = self.config
        with collected_warnings():
            try:
                self._server = self._make_server()
            except (OSError, OverflowError) as error:
                raise ReceiverError(
                    f"Cannot listen on port {config.port} of {config.host}: "
                    f"{getattr(error, 'strerror', None) or error}. Choose another port."
                ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="receiver", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Let go of every sender, and listen no more."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        for association in server.active_associations:
            association.abort()
        if self._thread is not None:
            self._thread.join(5)

    def _make_server(self) -> Any:
        from pynetdicom import AE, evt
        from pynetdicom.presentation import build_context
        from pynetdicom.transport import AssociationServer

        # Its log would hold what is in the objects.
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
        config, refused = self.config, self._on_refused

        class Server(AssociationServer):
            """Each association has its threads; accepting one is quick and needs no other."""

            request_queue_size = 64

            def verify_request(self, request: Any, client_address: Any) -> bool:
                """Bounds the threads: a connection too many is closed before it has one."""
                is_room = len(self.active_associations) < config.max_associations + _PENDING
                if not is_room:
                    refused("too many connections at once")
                return is_room

            def get_request(self) -> tuple[socket.socket, Any]:
                accepted, address = super().get_request()
                bounded = BoundedSocket(
                    accepted,
                    max_message_bytes=config.max_object_mb << 20,
                    pdu_s=config.idle_s,
                    on_refusal=refused,
                )
                return bounded, address

            def shutdown(self) -> None:
                socketserver.BaseServer.shutdown(self)  # the AE does not know of this server
                self.server_close()

            def handle_error(self, request: Any, client_address: Any) -> None:
                _log.info("A connection failed")  # and not a traceback on the screen

        ae = AE(ae_title=config.ae_title)
        ae.maximum_associations = config.max_associations
        ae.maximum_pdu_size = MAX_PDU_BYTES // 8
        ae.acse_timeout = config.request_s
        ae.dimse_timeout = config.idle_s
        ae.network_timeout = config.idle_s
        ae.require_called_aet = True
        ae.require_calling_aet = list(config.allow)
        contexts = [build_context("1.2.840.10008.1.1", _TRANSFER_SYNTAXES[:2])]
        contexts += [build_context(uid, _TRANSFER_SYNTAXES) for uid in RADIOGRAPH_CLASSES]
        return ae.make_server(
            (config.host, config.port),
            contexts=contexts,
            server_class=Server,
            evt_handlers=[
                (evt.EVT_C_STORE, self._store),
                (evt.EVT_C_ECHO, lambda event: SUCCESS),
                (evt.EVT_DIMSE_RECV, _message_ended),
                (evt.EVT_REJECTED, lambda event: refused(_rejected_words(event))),
            ],
        )

    def _store(self, event: "Event") -> "int | Dataset":
        try:
            received = self._take(event)
        except Refusal as refusal:
            self._on_refused(refusal.comment)
            return _answer(refusal)
        self._on_received(received)
        return SUCCESS

    def _take(self, event: "Event") -> Received:
        if not self._rate.is_free():
            raise Refusal(OUT_OF_RESOURCES, "too many objects a minute; send again later")
        request: Any = event.request
        sop_class = str(request.AffectedSOPClassUID)
        if sop_class not in RADIOGRAPH_CLASSES:
            raise Refusal(NO_SUCH_CLASS, "only radiographs are taken")
        with collected_warnings():
            return self._folder.take(
                str(request.AffectedSOPInstanceUID),
                sop_class,
                event.encoded_dataset(),
                str(event.assoc.requestor.ae_title),
            )


class _Rate:
    """So many in any minute."""

    def __init__(self, per_minute: int) -> None:
        self._times: deque[float] = deque(maxlen=per_minute)
        self._lock = threading.Lock()

    def is_free(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if len(self._times) == self._times.maxlen and now - self._times[0] < 60:
                return False
            self._times.append(now)
            return True


def _message_ended(event: "Event") -> None:
    with contextlib.suppress(AttributeError):  # the connection has gone already
        event.assoc.dul.socket.socket.message_ended()  # type: ignore[union-attr]


def _answer(refusal: Refusal) -> "Dataset":
    from pydicom.dataset import Dataset

    answer = Dataset()
    answer.Status = refusal.status
    answer.ErrorComment = refusal.comment.encode("ascii", "replace").decode().replace("\\", "/")
    return answer


def _rejected_words(event: "Event") -> str:
    title = "".join(one for one in str(event.assoc.requestor.ae_title) if one.isprintable()).strip()
    return f"{title or 'somebody'} was not let in: wrong AE title, or too many at once"
