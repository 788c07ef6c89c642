"""HTTP connections that another thread can cut, whatever they wait for."""

import contextlib
import socket
import threading
from typing import Any

import requests.adapters
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


class WatchedSockets:
    """The connections that are open, so that another thread can cut them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._aborted = threading.Event()

    @property
    def is_aborted(self) -> bool:
        """Whether `abort` was called; whatever is opened since is cut too."""
        return self._aborted.is_set()

    def note(self, connection: socket.socket) -> None:
        """A connection was opened."""
        # A duplicate, because TLS takes the socket itself away; shutting it down ends both.
        duplicate = connection.dup()
        with self._lock:
            self._open.append(duplicate)
        if self.is_aborted:
            self.abort()

    def wait(self, seconds: float) -> None:
        """Pause, unless `abort` is called meanwhile."""
        self._aborted.wait(seconds)

    def abort(self) -> None:
        """Cut all of them, from any thread."""
        self._aborted.set()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):  # it has ended by itself
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of all of them."""
        with self._lock:
            for one in self._open:
                one.close()
            self._open.clear()


class WatchedAdapter(requests.adapters.HTTPAdapter):
    """Makes connections that are noted in `WatchedSockets`."""

    def __init__(self, sockets: WatchedSockets) -> None:
        self._sockets = sockets
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        sockets = self._sockets

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                made = super()._new_conn()
                sockets.note(made)
                return made

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                made = super()._new_conn()
                sockets.note(made)
                return made

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
