"""Who may come in, how much they may bring and how long they may take; what is logged of it.

Around the whole application, so that no path can be without it:

    Host        an address or this computer's name: a page whose own name was made to point here
                (DNS rebinding) is turned away
    Origin      of a page that was configured, or none
    token       on every path but the three that say nothing of anybody
    body        a largest size and a longest time
    log         method, path as it is written in the description, status, milliseconds

Answers are never kept by a browser or a proxy.
"""

import asyncio
import hmac
import ipaddress
import platform
import re
import time
from collections import deque
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inference.archive.archive_config import is_loopback
from inference.service.refusal import SENTENCES, Refusal, error_body
from inference.service.service_config import ServiceConfig

OPEN_PATHS = ("/", "/health", "/openapi.json")
"""What needs no token."""

_DISCARD_S = 2.0
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_ALWAYS = {
    "cache-control": "no-store",
    "connection": "close",  # one request each: its time is its connection's
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Door:
    """An ASGI application around another one."""

    def __init__(
        self,
        app: ASGIApp,
        config: ServiceConfig,
        *,
        port: int,
        say: Callable[[str], None],
        report_fault: Callable[[BaseException], object],
    ) -> None:
        """
        Args:
            app: What is behind it.
            config: Of the service.
            port: That it really listens on.
            say: A line for the log.
            report_fault: Keeps what is known of a bug.
        """
        self._app = app
        self._config = config
        self._port = port
        self._say = say
        self._report_fault = report_fault
        self._recent: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or turn it away."""
        exchange = _Exchange(self._config, scope, receive, send)
        began = time.perf_counter()
        try:
            preflight = self._check(exchange)
            if preflight is not None:
                await exchange.answer(204, b"", preflight)
            else:
                await self._app(scope, exchange.receive, exchange.send)
        except Refusal as refusal:
            body = error_body(refusal.status_code, refusal.detail)
            await exchange.answer(refusal.status_code, body, dict(refusal.headers or {}))
        except Exception as error:  # noqa: BLE001 - a bug: kept, and told without its text
            self._report_fault(error)
            if not exchange.status:
                await exchange.answer(500, error_body(500, SENTENCES[500]), {})
        finally:
            took_ms = (time.perf_counter() - began) * 1000
            self._say(f"{_logged_path(scope)} {exchange.status or '-'}, {took_ms:.0f} ms")

    def _check(self, exchange: "_Exchange") -> dict[str, str] | None:
        """The answer's headers where a browser only asks whether it may ask; else None."""
        scope = exchange.scope
        self._check_host(exchange.values("host"))
        origins = exchange.values("origin")
        if origins:
            if len(origins) > 1 or origins[0] not in self._config.origins:
                raise Refusal(403, "This web page is not among those that may ask.")
            exchange.more = {"access-control-allow-origin": origins[0], "vary": "Origin"}
            if scope["method"] == "OPTIONS" and exchange.values("access-control-request-method"):
                return _preflight(exchange)
        if scope["path"] not in OPEN_PATHS:
            self._check_token(exchange.values("authorization"))
            self._check_rate()
        self._check_length(exchange.values("content-length"))
        return None

    def _check_host(self, stated: list[str]) -> None:
        found = _HOST.fullmatch(stated[0]) if len(stated) == 1 else None
        if found is None:
            raise Refusal(400, "The request needs one Host header, with this computer's address.")
        name, port = found[1].strip("[]").lower(), found[2]
        if not is_own_name(name, is_local=self._config.is_local) or int(port or 80) != self._port:
            raise Refusal(421, "The Host header does not name this service; use its own address.")

    def _check_token(self, stated: list[str]) -> None:
        scheme, _, shown = (stated[0] if len(stated) == 1 else "").partition(" ")
        # Both always compared, in a time that does not depend on where they differ.
        is_same = hmac.compare_digest(shown.strip().encode(), self._config.token.encode())
        if scheme.lower() != "bearer" or not is_same:
            raise Refusal(
                401,
                "Show the token of the service's token file: Authorization: Bearer TOKEN.",
                {"www-authenticate": "Bearer"},
            )

    def _check_rate(self) -> None:
        now = time.monotonic()
        while self._recent and now - self._recent[0] >= 60:
            self._recent.popleft()
        if len(self._recent) >= self._config.limits.per_minute:
            wait_s = 60 - (now - self._recent[0])
            raise Refusal(
                429, "Too many requests in a minute; ask again later.",
                {"retry-after": str(max(1, round(wait_s)))},
            )  # fmt: skip
        self._recent.append(now)

    def _check_length(self, stated: list[str]) -> None:
        limit = self._config.limits.max_body_bytes
        if stated and stated[0].isdecimal() and int(stated[0]) > limit:
            raise _too_large(limit)


class _Exchange:
    """One request and its answer, within the limits.

    Attributes:
        status: Of the answer; 0 before there is one.
        more: Headers that its answer gets too.
    """

    def __init__(self, config: ServiceConfig, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.status = 0
        self.more: dict[str, str] = {}
        self._limits = config.limits
        self._receive = receive
        self._send = send
        self._until = time.monotonic() + config.limits.body_s
        self._size = 0
        self._is_complete = False

    def values(self, name: str) -> list[str]:
        """All values of a header."""
        wanted = name.encode()
        return [value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted]

    async def receive(self) -> Message:
        """The next part of the body.

        Raises:
            Refusal: It is too large, or comes too slowly.
        """
        if self._is_complete:
            return await self._receive()  # waits until the client goes
        try:
            message = await asyncio.wait_for(self._receive(), self._until - time.monotonic())
        except TimeoutError as error:
            raise Refusal(408, "The request came too slowly; send it again.") from error
        self._note(message)
        if self._size > self._limits.max_body_bytes:
            raise _too_large(self._limits.max_body_bytes)
        return message

    async def send(self, message: Message) -> None:
        """Hand on a part of the answer."""
        if message["type"] == "http.response.start":
            if message["status"] >= 400:
                await self._discard()
            self.status = message["status"]
            added = _ALWAYS | self.more
            names = {name.encode() for name in added}
            headers = [(key, value) for key, value in message["headers"] if key not in names]
            headers += [(key.encode(), value.encode()) for key, value in added.items()]
            message = {**message, "headers": headers}
        await self._send(message)

    async def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Give a whole answer."""
        given = {"content-type": "application/json", **headers} if body else headers
        raw = [(key.lower().encode(), value.encode()) for key, value in given.items()]
        if status != 204:
            raw.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body})

    async def _discard(self) -> None:
        """Let a client finish sending, for a moment: many read no answer before.

        To close the connection at once would cost them the sentence that says what was wrong.
        """
        until = time.monotonic() + _DISCARD_S
        if self.values("expect"):  # it waits for our word before it sends anything
            return
        while not self._is_complete:
            left_s = until - time.monotonic()
            try:
                self._note(await asyncio.wait_for(self._receive(), left_s))
            except TimeoutError:
                return

    def _note(self, message: Message) -> None:
        self._size += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The request is larger than {limit / (1 << 20):g} MB; send less.")


def _preflight(exchange: _Exchange) -> dict[str, str]:
    """What a browser wants to know before it lets a page ask (Fetch standard, 3.2)."""
    headers = {
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
    }
    if exchange.values("access-control-request-private-network"):
        headers["access-control-allow-private-network"] = "true"
    return headers


def is_own_name(name: str, *, is_local: bool) -> bool:
    """Whether a Host header names this computer. An address never comes from rebinding."""
    if is_loopback(name):
        return True
    if is_local:
        return False
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return name == platform.node().lower()


def _logged_path(scope: Scope) -> str:
    """Nothing that a client wrote: what it asked for may hold a name."""
    method = scope["method"] if scope["method"] in _METHODS else "?"
    path = getattr(scope.get("route"), "path", "")
    return f"{method} {path or '-'}"
