"""C-STORE as a sender (SCU): one association for all files, each answer told in words."""

import logging
import ssl
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_file_meta_info

from inference.archive.archive_config import ArchiveConfig
from inference.archive.background_call import background_call
from inference.collected_warnings import collected_warnings
from inference.dicom_file import DAMAGED
from inference.dicom_results.errors import SendError
from inference.dicom_results.outcome import Outcome, TransientSendError

_SUCCESS, _DUPLICATE = 0x0000, 0x0111
_MOST_CONTEXTS = 128

# DICOM PS3.8 9.3.4: source and reason of a rejection.
_REJECTIONS = {
    (1, 3): "it does not accept our AE title {own}; ask for it to be entered there",
    (1, 7): "it is not called {called}; correct the AE title",
    (3, 1): "it is too busy just now; try again later",
    (3, 2): "it has too many connections just now; try again later",
}


def send_over_association(
    config: ArchiveConfig, files: Sequence[Path]
) -> Generator[Outcome | None, None, None]:
    """Send files over one association, which is released at the end and aborted when closed early.

    Raises:
        TransientSendError: The connection failed, or broke off.
        SendError: The archive does not want to talk to us.
    """
    from pynetdicom import AE, build_context, evt

    # Its log would hold what is in the objects.
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
    ae = AE(ae_title=config.own_ae_title)
    ae.connection_timeout = config.connect_s
    ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = config.read_s
    kinds, readable = {}, []
    for file in files:
        kind = _kind_of(file)
        if kind is None:
            yield Outcome(file, f"{file.name} is missing or no DICOM file.")
            continue
        readable.append(file)
        kinds[kind] = build_context(*kind)
    if not readable:
        return
    connections: list[Any] = []
    options: dict[str, Any] = {
        "contexts": list(kinds.values())[:_MOST_CONTEXTS],
        "evt_handlers": [(evt.EVT_CONN_OPEN, partial(_note, connections))],
    }
    if config.ae_tls:
        options["tls_args"] = (_tls(config), config.ae_host)
    association = yield from background_call(
        partial(_associate, ae, config, options),
        abort=partial(_cut, connections),
        limit_s=config.connect_s + config.read_s,
        too_late=lambda: TransientSendError(config.name, "it does not answer; try again later"),
    )
    try:
        _check_established(config, association)
        for file in readable:
            status = yield from background_call(
                partial(_store, association, file),
                abort=association.abort,
                limit_s=config.total_s,
                too_late=lambda: TransientSendError(
                    config.name, f"it did not answer within {config.total_s:g} s"
                ),
            )
            yield Outcome(file, _problem(config, association, file, status))
    finally:
        if association.is_established:
            association.release()


def _associate(ae: Any, config: ArchiveConfig, options: dict[str, Any]) -> Any:
    # pynetdicom 3.0.4 warns that it forgets to close the socket of a refused connection.
    with collected_warnings():
        return ae.associate(config.ae_host, config.ae_port, ae_title=config.ae_title, **options)


def _note(connections: list[Any], event: Any) -> None:
    connections.append(event.assoc.dul.socket.socket)


def _cut(connections: Sequence[Any]) -> None:
    """End an association that is not established yet: nothing else closes its connection."""
    for connection in connections:  # pynetdicom's own `close` forgets to close what it shut down
        connection.close()


def _kind_of(file: Path) -> tuple[str, str] | None:
    """SOP class and transfer syntax, or None for what is no DICOM file."""
    with collected_warnings():
        try:
            meta = read_file_meta_info(file)
            return str(meta.MediaStorageSOPClassUID), str(meta.TransferSyntaxUID)
        except (InvalidDicomError, *DAMAGED):
            return None


def _tls(config: ArchiveConfig) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=config.ca_file or None)
    except OSError as error:
        raise SendError(config.name, f"its ca_file cannot be read ({error.strerror})") from error


def _check_established(config: ArchiveConfig, association: Any) -> None:
    if association.is_established:
        return
    if association.is_rejected:
        answer = association.acceptor.primitive
        key = (answer.result_source, answer.diagnostic)
        words = _REJECTIONS.get(key, "it refuses the association; ask its administrator why")
        reason = words.format(own=config.own_ae_title, called=config.ae_title)
        raise (TransientSendError if key[0] == 3 else SendError)(config.name, reason)
    encrypted = " and its certificate" if config.ae_tls else ""
    raise TransientSendError(
        config.name,
        f"nothing speaks DICOM at {config.ae_host}, port {config.ae_port}; check the address"
        f"{encrypted}, or try again later",
    )


def _store(association: Any, file: Path) -> int | None:
    """The status; None where the connection broke; -1 where the kind was not agreed on."""
    with collected_warnings():
        try:
            answer = association.send_c_store(file)
        except ValueError:  # no presentation context for it
            return -1
        except RuntimeError:  # the association ended
            return None
    return int(answer.Status) if "Status" in answer else None


def _problem(config: ArchiveConfig, association: Any, file: Path, status: int | None) -> str:
    """What an answer means for one file; "" where the archive keeps it.

    Raises:
        TransientSendError: The connection broke, or the archive has no room just now.

    Source:
        DICOM PS3.4 B.2.3, PS3.7 C.
    """
    if status is None:
        if association.is_established:
            association.abort()
        raise TransientSendError(config.name, "the connection broke off")
    if status == -1:
        return f"{config.name} does not take objects of this kind ({file.name})."
    if status in (_SUCCESS, _DUPLICATE) or status >> 12 == 0xB:  # warnings: kept, with changes
        return ""
    if status >> 8 == 0xA7:
        raise TransientSendError(config.name, "it has no room left just now (status A7xx)")
    return f"{config.name} refused {file.name} (status {status:04X}); its log says why."
