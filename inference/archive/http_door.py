"""HTTP that is bounded: in time, in size, in how often it tries, and in where it goes.

An archive may answer slowly, wrongly, without end, or send us elsewhere. `HttpDoor` is the
session that `dicomweb_client` is given: whatever it asks for comes through `get`, which either
returns a whole answer of the expected kind or raises an `ArchiveError`. `abort`, from another
thread, cuts its connections, which ends a `get` that waits.
"""

import contextlib
import email.utils
import re
import time
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.auth import HTTPBasicAuth

from inference.archive.archive_config import ArchiveConfig
from inference.archive.archive_errors import ArchiveError, ArchiveLoginError
from inference.archive.watched_sockets import WatchedAdapter, WatchedSockets

MAX_JSON_BYTES = 32 << 20

_CHUNK_BYTES = 1 << 16
_MOST_REDIRECTS = 3
_FIRST_PAUSE_S = 0.5
_REDIRECTS = (301, 302, 303, 307, 308)
_TRY_AGAIN = (408, 429, 502, 503, 504)
_JSON_TYPES = ("application/dicom+json", "application/json")
_DICOM_TYPES = ("multipart/related", "application/dicom")


class _Transient(Exception):  # noqa: N818 - never leaves this module
    """A failure that may be over in a moment.

    Attributes:
        reason: For the user, should it not be.
        wait_s: How long the archive asks to wait; None where it does not say.
    """

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


class HttpDoor(requests.Session):
    """A session with one archive. After `abort` it is of no use any more."""

    def __init__(self, config: ArchiveConfig, password: str) -> None:
        """
        Args:
            config: Of the archive.
            password: Of its user; unused where it has none.
        """
        super().__init__()
        self._config = config
        self._sockets = WatchedSockets()
        self.trust_env = False  # no password of a .netrc, no proxy that the user did not choose
        self.verify = config.ca_file or True
        self.headers.update({"User-Agent": "Kindred", "Accept-Encoding": "identity"})
        if config.user:
            # As UTF-8 (RFC 7617); a text would be sent as Latin-1, if at all.
            self.auth = HTTPBasicAuth(config.user.encode(), password.encode())
        adapter = WatchedAdapter(self._sockets)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def abort(self) -> None:
        """Cut every connection, from any thread; a `get` that waits fails at once."""
        self._sockets.abort()

    def close(self) -> None:
        super().close()
        self._sockets.close()

    def get(  # type: ignore[override]  # its one caller gives no other options
        self, url: str | bytes, **options: Any
    ) -> requests.Response:
        """GET one resource, whole.

        Args:
            url: On the archive's own host.
            options: `headers`, of which Accept says what is expected. Others are not heeded.

        Returns:
            The response with all of its content.

        Raises:
            ArchiveError: There is no such answer; the sentence says why.
        """
        headers = {
            name: value
            for name, value in (options.get("headers") or {}).items()
            if name.casefold() != "host"  # dicomweb_client leaves the port out
        }
        # An asterisk need not be encoded (RFC 3986 3.4), and Orthanc takes it for a wildcard only
        # where it is not.
        place, mark, asked = str(url).partition("?")
        address = place + mark + asked.replace("%2A", "*")
        until = time.monotonic() + self._config.total_s
        attempt = 0
        while True:
            try:
                return self._follow(address, headers, until)
            except _Transient as failure:
                pause = _FIRST_PAUSE_S * 2**attempt if failure.wait_s is None else failure.wait_s
                attempt += 1
                left = until - time.monotonic()
                if attempt > self._config.retries or pause >= left or self._sockets.is_aborted:
                    raise self._error(failure.reason) from failure
                self._sockets.wait(pause)

    def _follow(self, url: str, headers: dict[str, str], until: float) -> requests.Response:
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._once(url, headers, until)
            if response.status_code not in _REDIRECTS:
                return response
            target = urljoin(url, response.headers.get("Location", ""))
            if _origin(target) != _origin(url):
                host = re.sub(r"[^A-Za-z0-9.:_-]", "?", urlsplit(target).netloc)[:80]
                raise self._error(
                    f"sends us on to {host or 'nowhere'}, which is not followed; "
                    "put the address of the archive itself into its settings"
                )
            url = target
        raise self._error("sends us in circles; check its url in the settings")

    def _once(self, url: str, headers: dict[str, str], until: float) -> requests.Response:
        """One request and its whole answer, or a redirect."""
        config = self._config
        if _origin(url) != _origin(config.url):
            raise ValueError("only the archive's own host is asked")
        try:
            response = self.request(
                "GET",
                url,
                headers=headers,
                stream=True,
                timeout=(config.connect_s, config.read_s),
                allow_redirects=False,
            )
            with contextlib.closing(response):
                self._check_status(response)
                if response.status_code not in _REDIRECTS:
                    wants_json = "json" in headers.get("Accept", "")
                    self._read(response, until, wants_json=wants_json)
                    self._check_content(response, wants_json=wants_json)
                return response
        except requests.exceptions.SSLError as error:
            raise self._error(
                "is not trusted: its certificate cannot be verified; "
                "ask for its certificate authority and name it as ca_file in the settings"
            ) from error
        except (requests.exceptions.ConnectTimeout, requests.exceptions.ConnectionError) as error:
            raise _Transient(_connection_reason(error, config)) from error
        except requests.exceptions.Timeout as error:
            raise _Transient(_too_slow(config.read_s)) from error
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError) as error:
            raise _Transient("broke off in the middle of its answer; try again") from error
        except requests.exceptions.RequestException as error:
            raise self._error(f"answers in a way that is no HTTP ({type(error).__name__})") from (
                error
            )
        except OSError as error:  # a ca_file that is not there, among others
            raise self._error(f"cannot be asked: {str(error).rstrip('.')}") from error

    def _check_status(self, response: requests.Response) -> None:
        status = response.status_code
        if status in (401, 403):
            raise ArchiveLoginError(
                self._config.name,
                "does not let us in; check the user and password"
                if self._config.user
                else "wants a user; give one in its settings",
            )
        if status in _TRY_AGAIN:
            raise _Transient(
                f"is busy (HTTP {status}); try again later",
                _retry_after(response.headers.get("Retry-After", "")),
            )
        if status == 404:
            raise self._error("has no such thing, or no DICOMweb at this url (HTTP 404)")
        if status >= 400:
            raise self._error(f"refuses or has a fault of its own (HTTP {status}); see its log")
        if response.headers.get("Content-Encoding", "identity").casefold() != "identity":
            raise self._error("compresses its answers without being asked to, which is not read")

    def _read(self, response: requests.Response, until: float, *, wants_json: bool) -> None:
        most = MAX_JSON_BYTES if wants_json else self._config.max_object_mb << 20
        content = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) > most:
                raise self._error(
                    f"answers with more than {most >> 20} MB; "
                    + ("narrow the search" if wants_json else "max_object_mb is the limit")
                )
            if time.monotonic() > until:
                raise self._error(_too_slow(self._config.total_s))
        response._content = bytes(content)  # as `requests` keeps a body that it read itself
        response._content_consumed = True

    def _check_content(self, response: requests.Response, *, wants_json: bool) -> None:
        stated = response.headers.get("Content-Type", "")
        kind = stated.split(";")[0].strip().casefold()
        if response.status_code == 204 or (wants_json and not response.content):
            return
        expected = _JSON_TYPES if wants_json else _DICOM_TYPES
        if kind not in expected:
            shown = re.sub(r"[^a-z0-9/+.-]", "", kind)[:40] or "something unnamed"
            what = "a DICOM search" if wants_json else "a DICOM image"
            raise self._error(
                f"answers with {shown}, which is not {what}; check its url in the settings"
            )
        boundary = re.search(r'boundary="?([^";]+)', stated)
        if kind == "multipart/related" and boundary:
            end = b"--" + boundary[1].encode("latin-1", "replace") + b"--"
            if end not in response.content[-len(end) - 64 :]:
                raise self._error("sent half a file; try again")

    def _error(self, reason: str) -> ArchiveError:
        return ArchiveError(self._config.name, reason)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").casefold(), usual if port is None else port


def _retry_after(stated: str) -> float | None:
    """What the header asks for, in seconds from now; None where it says nothing usable.

    Source:
        RFC 9110 10.2.3: a number of seconds, or a date.
    """
    if re.fullmatch(r"\s*\d{1,6}\s*", stated):
        return float(stated)
    try:
        at = email.utils.parsedate_to_datetime(stated)
    except (TypeError, ValueError):
        return None
    return max(at.timestamp() - time.time(), 0.0)


def _connection_reason(error: Exception, config: ArchiveConfig) -> str:
    said = str(error)
    if "NameResolution" in said or "getaddrinfo" in said:
        return "cannot be found: its name leads nowhere; check the url and the network"
    if isinstance(error, requests.exceptions.ConnectTimeout) or "timed out" in said:
        slow = isinstance(error, requests.exceptions.ConnectTimeout)
        return _too_slow(config.connect_s if slow else config.read_s)
    if "refused" in said:
        return "is offline: nothing answers at its address; try again later"
    return "cannot be reached, or broke the connection off; check the network and try again"


def _too_slow(seconds: float) -> str:
    return f"did not answer within {seconds:g} s; try again, or ask whether it is overloaded"
