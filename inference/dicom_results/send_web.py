"""STOW-RS: one request for each file, through the same bounded door as searches."""

import contextlib
import logging
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pydicom
import requests
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from inference.archive.archive_config import ArchiveConfig
from inference.archive.background_call import background_call
from inference.archive.http_door import HttpDoor
from inference.collected_warnings import collected_warnings
from inference.dicom_file import DAMAGED
from inference.dicom_results.errors import SendError, SendLoginError
from inference.dicom_results.outcome import Outcome, TransientSendError

_TRY_AGAIN = (408, 429, 500, 502, 503, 504)
_DUPLICATE = 0x0111
_MOST_ANSWER_BYTES = 1 << 20


def send_over_http(
    config: ArchiveConfig, files: Sequence[Path], password: str
) -> Generator[Outcome | None, None, None]:
    """Send files, one request each.

    Raises:
        TransientSendError: The archive cannot be reached, or is busy.
        SendError: It does not let us in, or is no DICOMweb archive.
    """
    with contextlib.closing(_StoreDoor(config, password)) as door:
        for file in files:
            problem = yield from background_call(
                partial(_store, config, door, file),
                abort=door.abort,
                limit_s=config.total_s,
                too_late=lambda: TransientSendError(
                    config.name, f"it did not answer within {config.total_s:g} s"
                ),
            )
            yield Outcome(file, problem)


class _StoreDoor(HttpDoor):
    """The door, with a way in."""

    def __init__(self, config: ArchiveConfig, password: str) -> None:
        super().__init__(config, password)
        self._archive = config

    def post(self, url: str | bytes, *more: Any, **options: Any) -> requests.Response:
        """POST to the archive; no redirect is followed, and an answer is read up to 1 MB.

        Raises:
            SendError: As `send_over_http`.
        """
        config = self._archive
        headers = {
            name: value
            for name, value in (options.get("headers") or {}).items()
            if name.casefold() not in ("host", "transfer-encoding", "connection")
        }
        try:
            response = self.request(
                "POST",
                url,
                data=options.get("data"),
                headers={**headers, "Accept": "application/dicom+json"},
                timeout=(config.connect_s, config.read_s),
                allow_redirects=False,
                stream=True,
            )
            with contextlib.closing(response):
                _check_status(config, response.status_code)
                content = response.raw.read(_MOST_ANSWER_BYTES + 1)
        except requests.exceptions.SSLError as error:
            raise SendError(
                config.name, "its certificate cannot be verified; name its authority as ca_file"
            ) from error
        except (requests.exceptions.RequestException, OSError) as error:
            raise TransientSendError(
                config.name, "it cannot be reached, or broke the connection off; try again later"
            ) from error
        if len(content) > _MOST_ANSWER_BYTES:
            raise SendError(config.name, "its answer is no answer to STOW-RS; check its url")
        response._content, response._content_consumed = content, True
        return response


def _check_status(config: ArchiveConfig, status: int) -> None:
    if status in (401, 403):
        raise SendLoginError(config.name, "it does not let us in; check the user and password")
    if status in _TRY_AGAIN:
        raise TransientSendError(config.name, f"it is busy or has a fault (HTTP {status})")
    # 409: all instances failed, which the answer's content explains.
    if status not in (200, 202, 204, 409):
        raise SendError(config.name, f"it takes nothing at this url (HTTP {status}); check it")


def _store(config: ArchiveConfig, door: _StoreDoor, file: Path) -> str:
    """In another thread: send one file; why it is not kept, or ""."""
    from dicomweb_client.web import DICOMwebClient

    # Its log would hold the patient's study.
    logging.getLogger("dicomweb_client").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    with collected_warnings():
        try:
            dataset = pydicom.dcmread(file)
        except (InvalidDicomError, *DAMAGED):
            return f"{file.name} is missing or no DICOM file."
        web = DICOMwebClient(config.url, session=door, stow_url_prefix=config.stow or None)
        web.set_http_retry_params(retry=False)
        try:
            answer = web.store_instances([dataset])
        except (requests.exceptions.RequestException, *DAMAGED) as error:
            raise SendError(
                config.name, "its answer is no answer to STOW-RS; check its url"
            ) from error
    return _problem(config, file, dataset, answer)


def _problem(config: ArchiveConfig, file: Path, dataset: Dataset, answer: Dataset) -> str:
    """Source: DICOM PS3.18 10.5.3.2, Store Instances Response."""
    for failed in answer.get("FailedSOPSequence") or ():
        reason = int(failed.get("FailureReason") or 0)
        if reason != _DUPLICATE:
            return f"{config.name} refused {file.name} (reason {reason:04X}); its log says why."
    kept = [one.get("ReferencedSOPInstanceUID") for one in answer.get("ReferencedSOPSequence", [])]
    if dataset.SOPInstanceUID not in kept and not answer.get("FailedSOPSequence"):
        return f"{config.name} does not say that it keeps {file.name}; look whether it does."
    return ""
