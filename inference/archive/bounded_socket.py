"""A DICOM connection whose peer can neither fill the memory nor stay for ever.

pynetdicom reads whatever length a PDU claims, up to 4 GB, and waits as long as a byte comes now
and then. This socket reads the PDU headers along with it and breaks the connection off first.

Source:
    DICOM PS3.8 9.3: a PDU is its type, a reserved byte, and its length in four bytes.
"""

import contextlib
import socket
import struct
import time
from collections.abc import Callable
from typing import NoReturn

MAX_PDU_BYTES = 1 << 20

_P_DATA = 0x04


class BoundedSocket(socket.socket):
    """Takes the place of an accepted socket."""

    def __init__(
        self,
        accepted: socket.socket,
        *,
        max_message_bytes: int,
        pdu_s: float,
        on_refusal: Callable[[str], None],
    ) -> None:
        """
        Args:
            accepted: Taken over; not to be used any more.
            max_message_bytes: Of the data between two calls of `message_ended`.
            pdu_s: How long one PDU may take to come, in seconds.
            on_refusal: Hears why a connection is broken off.
        """
        timeout = accepted.gettimeout()
        super().__init__(accepted.family, accepted.type, accepted.proto, accepted.detach())
        self.settimeout(timeout)
        self._max_message_bytes = max_message_bytes
        self._pdu_s = pdu_s
        self._on_refusal = on_refusal
        self._header = bytearray()
        self._left = 0
        self._until = 0.0
        self._message_bytes = 0

    def message_ended(self) -> None:
        """A whole DIMSE message has come; the next one may be as large."""
        self._message_bytes = 0

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """As `socket.recv`.

        Raises:
            ConnectionAbortedError: The PDU takes too long, or it or its message is too large.
            TimeoutError: Nothing comes.
        """
        now = time.monotonic()
        if not self._header and not self._left:
            self._until = now + self._pdu_s
        elif now > self._until:
            self._break_off(f"a PDU took longer than {self._pdu_s:g} s")
        self.settimeout(max(self._until - now, 0.05))
        read = super().recv(bufsize, flags)
        self._account(read)
        return read

    def _account(self, read: bytes) -> None:
        while read:
            if self._left:
                taken = min(self._left, len(read))
                self._left -= taken
                read = read[taken:]
                continue
            missing = 6 - len(self._header)
            self._header += read[:missing]
            read = read[missing:]
            if len(self._header) == 6:
                kind, _, self._left = struct.unpack(">BBL", self._header)
                self._header.clear()
                self._check(kind)

    def _check(self, kind: int) -> None:
        if self._left > MAX_PDU_BYTES:
            self._break_off(f"a PDU claimed {self._left:,} bytes")
        if kind == _P_DATA:
            self._message_bytes += self._left
            if self._message_bytes > self._max_message_bytes:
                self._break_off(f"an object has more than {self._max_message_bytes >> 20} MB")

    def _break_off(self, reason: str) -> NoReturn:
        self._on_refusal(reason)
        with contextlib.suppress(OSError):
            # pynetdicom takes the error for a connection that the peer has closed.
            self.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError(reason)
