"""Sending files to an archive: one after the other, again where that may help, and told at once.

    for step in send(config, files):
        ...                               # None: waiting; a place to stop
        if step is not None: ...          # a file has arrived, or was refused

A connection that breaks is made again after a pause, and what had arrived is not sent twice. An
answer that will not change, such as an unknown AE title, is not asked for again.
"""

import importlib.util
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.archive.archive_config import ArchiveConfig
from inference.dicom_results.errors import MISSING_EXTRA, SendError
from inference.dicom_results.outcome import Outcome, TransientSendError

_FIRST_PAUSE_S = 1.0
_LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class SendStep:
    """What became of one file.

    Attributes:
        file: Which.
        done: How many files are settled, this one among them.
        total: Of how many.
        problem: Why the archive does not keep it, in one sentence; "" where it does.
    """

    file: Path
    done: int
    total: int
    problem: str = ""


Attempt = Callable[[Sequence[Path]], Generator[Outcome | None, None, None]]
"""Sends files over one connection, and yields each one's outcome, and None while it waits."""


def send(
    config: ArchiveConfig, files: Sequence[Path], password: str = ""
) -> Generator[SendStep | None, None, None]:
    """Send DICOM files to an archive: by C-STORE where it has an AE title, by STOW-RS otherwise.

    Args:
        config: Of the archive.
        files: DICOM files, as they are.
        password: For STOW-RS, of the archive's user.

    Yields:
        A step for each file, and None while it waits. Closing it breaks the connection off.

    Raises:
        SendError: The archive cannot be reached, or refuses us; files without a step were not
            sent.
    """
    if config.ae_title:
        return store_scu(config, files)
    return stow(config, files, password)


def store_scu(
    config: ArchiveConfig, files: Sequence[Path]
) -> Generator[SendStep | None, None, None]:
    """Send by C-STORE, with TLS where the archive's settings say so.

    Raises:
        SendError: As `send`.
    """
    _check_package("pynetdicom", config)
    from inference.dicom_results.send_dimse import send_over_association

    return _with_attempts(config, files, lambda left: send_over_association(config, left))


def stow(
    config: ArchiveConfig, files: Sequence[Path], password: str = ""
) -> Generator[SendStep | None, None, None]:
    """Send by STOW-RS.

    Raises:
        SendError: As `send`.
    """
    _check_package("dicomweb_client", config)
    from inference.dicom_results.send_web import send_over_http

    return _with_attempts(config, files, lambda left: send_over_http(config, left, password))


def _with_attempts(
    config: ArchiveConfig, files: Sequence[Path], attempt: Attempt
) -> Generator[SendStep | None, None, None]:
    left = list(files)
    pause_s = _FIRST_PAUSE_S
    for number in range(config.retries + 1):
        try:
            for outcome in attempt(tuple(left)):
                if outcome is None:
                    yield None
                    continue
                left.remove(outcome.file)
                yield SendStep(outcome.file, len(files) - len(left), len(files), outcome.problem)
            return
        except TransientSendError:
            if number == config.retries:
                raise
        until = time.monotonic() + pause_s
        while time.monotonic() < until:
            yield None
            time.sleep(_LOOK_EVERY_S)
        pause_s *= 2


def _check_package(package: str, config: ArchiveConfig) -> None:
    if importlib.util.find_spec(package) is None:
        raise SendError(config.name, MISSING_EXTRA)
