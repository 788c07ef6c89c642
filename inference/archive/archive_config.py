"""Which archives there are: the sections `[archives.NAME]` of the settings, checked.

    [archives.hospital]
    url = "https://pacs.example.org/dicom-web"
    user = "reader"

A password is never among them (see `credentials`), and an unencrypted connection must be wished
for in so many words, except to this computer itself.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from inference.archive.archive_errors import ArchiveSettingsError

MAX_MATCHES = 500

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_AE_TITLE = re.compile(r"[\x21-\x5b\x5d-\x7e](?:[\x20-\x5b\x5d-\x7e]{0,14}[\x21-\x5b\x5d-\x7e])?")
_PREFIX = re.compile(r"[A-Za-z0-9_.~/-]+")


@dataclass(frozen=True, slots=True)
class ArchiveConfig:
    """One archive.

    Attributes:
        name: As the settings, the window and links call it.
        url: Of its DICOMweb service, without a slash at the end; "" for one that only takes
            C-STORE.
        qido, wado, stow: Path prefixes after the url, where the archive has different ones.
        user: For HTTP's basic authentication; "" for none. The password is in the keyring.
        ca_file: A PEM file of certificate authorities to trust instead of the usual ones.
        allow_plain_http: Whether http:// may be used to another computer.
        connect_s: To wait for a connection, in seconds.
        read_s: To wait for the next bytes, in seconds.
        total_s: For one request and its whole answer, in seconds.
        retries: How often a GET is sent again after it failed.
        max_matches: A search that finds more shows these, and says so.
        max_object_mb: The largest image that is taken, in MB.
        ae_title, ae_host, ae_port: Where C-STORE goes; "" for nowhere.
        ae_tls: Whether C-STORE goes through TLS; `ca_file` holds for it too.
        own_ae_title: What we call ourselves there.

    Raises:
        ArchiveSettingsError: A value is of the wrong type or not allowed.
    """

    name: str
    url: str = ""
    qido: str = ""
    wado: str = ""
    stow: str = ""
    user: str = ""
    ca_file: str = ""
    allow_plain_http: bool = False
    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 120.0
    retries: int = 2
    max_matches: int = MAX_MATCHES
    max_object_mb: int = 256
    ae_title: str = ""
    ae_host: str = ""
    ae_port: int = 104
    ae_tls: bool = False
    own_ae_title: str = "KINDRED"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ArchiveSettingsError(
                self._section, "its name may have letters, digits, dot, dash and underscore only"
            )
        for one in fields(self)[1:]:
            self._check_type(one.name, one.default)
        if self.url:
            self._check_url()
        elif not self.ae_title:
            raise ArchiveSettingsError(self._section, "it has neither url nor ae_title")
        for key in ("qido", "wado", "stow"):
            prefix = getattr(self, key)
            if prefix and (not _PREFIX.fullmatch(prefix) or ".." in prefix):
                raise ArchiveSettingsError(self._section, f"{key} = {prefix!r} is no path prefix")
        for key in ("ae_title", "own_ae_title"):
            title = getattr(self, key)
            if title and not is_ae_title(title):
                raise ArchiveSettingsError(self._section, f"{key} = {title!r} is no AE title")
        if self.ae_title and not self.ae_host:
            raise ArchiveSettingsError(self._section, "ae_title needs ae_host, a name or address")

    @property
    def _section(self) -> str:
        return f"archives.{self.name}"

    def _check_type(self, key: str, default: object) -> None:
        value: Any = getattr(self, key)
        wanted = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, wanted) or isinstance(value, bool) != isinstance(default, bool):
            kinds = {str: "a text", bool: "true or false", int: "a whole number"}
            expected = kinds.get(type(default), "a number")
            raise ArchiveSettingsError(self._section, f"{key} must be {expected}, not {value!r}")
        limits = _LIMITS.get(key)
        if limits is not None and not limits[0] <= float(getattr(self, key)) <= limits[1]:
            raise ArchiveSettingsError(
                self._section, f"{key} must be from {limits[0]:g} to {limits[1]:g}"
            )

    def _check_url(self) -> None:
        try:
            parts = urlsplit(self.url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise ArchiveSettingsError(self._section, f"{self.url!r} is no address") from error
        if parts.scheme not in ("http", "https") or not host:
            raise ArchiveSettingsError(
                self._section, f"{self.url!r} is no address; it begins with https://"
            )
        if parts.username is not None or parts.password is not None:
            raise ArchiveSettingsError(
                self._section, "the url holds a user or password; give user, and no password"
            )
        if parts.query or parts.fragment:
            raise ArchiveSettingsError(self._section, "the url may not have ? or #")
        if parts.scheme == "http" and not is_loopback(host) and not self.allow_plain_http:
            raise ArchiveSettingsError(
                self._section,
                "http:// would send names unencrypted; use https://, or allow_plain_http = true",
            )
        object.__setattr__(self, "url", self.url.rstrip("/"))


_LIMITS: dict[str, tuple[float, float]] = {
    "connect_s": (0.1, 120),
    "read_s": (0.1, 600),
    "total_s": (0.1, 3600),
    "retries": (0, 10),
    "max_matches": (1, 5000),
    "max_object_mb": (1, 2048),
    "ae_port": (1, 65535),
}


def archives_from(sections: object) -> dict[str, ArchiveConfig]:
    """The archives of the settings, by name.

    Args:
        sections: What `[archives.NAME]` sections hold, by name.

    Raises:
        ArchiveSettingsError: One of them has an unknown key or a bad value.
    """
    if not isinstance(sections, Mapping):
        raise ArchiveSettingsError("archives", "there must be sections such as [archives.hospital]")
    found = {}
    for name, section in sections.items():
        if not isinstance(section, Mapping):
            raise ArchiveSettingsError("archives", f"it must be a section, [archives.{name}]")
        known = [one.name for one in fields(ArchiveConfig)[1:]]
        for key in section:
            if "password" in key.casefold():
                raise ArchiveSettingsError(
                    f"archives.{name}",
                    "no password belongs there; it is asked for, and kept in the keyring",
                )
            if key not in known:
                raise ArchiveSettingsError(
                    f"archives.{name}", f"there is no setting {key!r}; there are {', '.join(known)}"
                )
        found[str(name)] = ArchiveConfig(str(name), **section)
    return found


def is_ae_title(title: str) -> bool:
    """Whether it is 1 to 16 printable characters without a backslash or outer blanks.

    Source:
        DICOM PS3.5 6.2, value representation AE.
    """
    return _AE_TITLE.fullmatch(title) is not None


def is_loopback(host: str) -> bool:
    """Whether a host is this computer, by its name or address alone: nothing is looked up."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
