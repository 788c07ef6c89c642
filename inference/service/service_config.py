"""How to serve: where, for whom, and within which limits; checked before anything starts."""

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inference.archive.archive_config import ArchiveConfig, is_loopback
from inference.service.errors import MissingServeExtraError, ServiceError

MAX_NEIGHBOURS = 50
"""The most that a request may ask for, as on the command line."""

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """What one client can take of this computer, at most.

    Attributes:
        max_body_bytes: Of one request. More is refused as soon as it is known.
        head_s: To send a request's first lines, from the moment of connecting.
        body_s: To send its body.
        job_s: To wait for its turn and for the models.
        waiting: Requests that wait while one is analysed; beyond them the answer is 503.
        connections: Open at once.
        per_minute: Requests with a token, of all clients together.
    """

    max_body_bytes: int = 128 << 20
    head_s: float = 10.0
    body_s: float = 60.0
    job_s: float = 120.0
    waiting: int = 4
    connections: int = 64
    per_minute: int = 600

    def __post_init__(self) -> None:
        for key in ("max_body_bytes", "head_s", "body_s", "job_s", "connections", "per_minute"):
            if getattr(self, key) <= 0:
                raise ServiceError(f"{key} must be more than 0.")
        if self.waiting < 0:
            raise ServiceError("waiting cannot be less than 0.")

    @property
    def connection_s(self) -> float:
        """How long a connection may last: it is for one request."""
        return self.head_s + self.body_s + self.job_s + 30.0


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """How to serve.

    Attributes:
        token: What clients must show.
        host: An address of this computer, or "localhost".
        port: To listen on; 0 takes a free one.
        allow_remote: Whether an address that others can reach is meant.
        origins: Web pages that may ask, such as "https://ohif.example.org"; no others may.
        method: The retrieval method where a request names none.
        neighbours: How many cases where a request does not say.
        exclude_patient: Whether the query's patient is left out where a request does not say.
        archives: From which radiographs may be fetched, by name; none: no path for them.
        kept: Where what is received lies meanwhile; None: the user's own cache.
        limits: See there.

    Raises:
        ServiceError: A value is not allowed.
    """

    token: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 0
    allow_remote: bool = False
    origins: tuple[str, ...] = ()
    method: str = "ig"
    neighbours: int = 4
    exclude_patient: bool = True
    archives: Mapping[str, ArchiveConfig] = field(default_factory=dict)
    kept: Path | None = None
    limits: ServiceLimits = ServiceLimits()

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ServiceError(f"{self.port} is no port; give one from 1 to 65535.")
        if not self.is_local and not self.allow_remote:
            raise ServiceError(
                f"{self.host} can be reached from other computers, and nothing is encrypted; "
                "leave --host out, or add --allow-remote if that is what you want."
            )
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ServiceError(
                    f"{origin!r} is no origin; one looks like https://ohif.example.org, in small "
                    "letters and without a path."
                )

    @property
    def is_local(self) -> bool:
        """Whether only this computer can ask."""
        return is_loopback(self.host)


def check_extra() -> None:
    """See that what the service needs is installed.

    Raises:
        MissingServeExtraError: It is not.
    """
    if not all(importlib.util.find_spec(name) for name in ("fastapi", "uvicorn")):
        raise MissingServeExtraError
