"""How to receive: the section `[receiver]` of the settings, or the command line, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from inference.archive.archive_config import is_ae_title, is_loopback
from inference.archive.archive_errors import ArchiveSettingsError, ReceiverError
from inference.bundle_store import user_data_folder


@dataclass(frozen=True, slots=True)
class ReceiverConfig:
    """How to receive.

    Attributes:
        folder: Where radiographs are written.
        port: To listen on; 0 takes a free one.
        host: To listen at: this computer alone unless another one is given.
        ae_title: What senders must call.
        allow: The calling AE titles that are let in. Empty: any, where only this computer is
            listened to; not allowed elsewhere.
        index: Whether the folder is a catalogue that is brought up to date.
        max_object_mb: The largest object, in MB.
        quota_gb: The folder never holds more, in GB.
        max_associations: At once.
        objects_per_minute: Of all senders together.
        idle_s: A sender that is silent for so long, or takes so long for one PDU, is let go.
        request_s: How long a connection may take to ask for an association.

    Raises:
        ReceiverError: A value is not allowed.
    """

    folder: Path
    port: int = 11112
    host: str = "127.0.0.1"
    ae_title: str = "KINDRED"
    allow: tuple[str, ...] = ()
    index: bool = False
    max_object_mb: int = 128
    quota_gb: float = 20.0
    max_associations: int = 4
    objects_per_minute: int = 300
    idle_s: float = 30.0
    request_s: float = 5.0

    def __post_init__(self) -> None:
        for title in (self.ae_title, *self.allow):
            if not is_ae_title(title):
                raise ReceiverError(
                    f"{title!r} is no AE title: 1 to 16 printable characters without a backslash."
                )
        if not 0 <= self.port <= 65535:
            raise ReceiverError(f"{self.port} is no port; give one from 1 to 65535.")
        for key in (
            "max_object_mb", "quota_gb", "max_associations", "objects_per_minute", "idle_s",
            "request_s",
        ):  # fmt: skip
            if getattr(self, key) <= 0:
                raise ReceiverError(f"{key} must be more than 0.")
        if not self.is_local and not self.allow:
            raise ReceiverError(
                f"To listen at {self.host}, name the AE titles that may send; "
                "without them only this computer is listened to."
            )

    @property
    def is_local(self) -> bool:
        """Whether only this computer can send."""
        return is_loopback(self.host)


def receiver_from(section: object) -> ReceiverConfig:
    """The receiver of the settings.

    Args:
        section: What `[receiver]` holds; its folder is "" for the user's own data folder.

    Raises:
        ArchiveSettingsError: It has an unknown key or a bad value.
    """
    if not isinstance(section, Mapping):
        raise ArchiveSettingsError("receiver", "it must be a section")
    usual = ReceiverConfig(user_data_folder() / "received")
    known = {one.name: getattr(usual, one.name) for one in fields(ReceiverConfig)}
    values: dict[str, Any] = {}
    for key, value in section.items():
        if key not in known:
            raise ArchiveSettingsError(
                "receiver", f"there is no setting {key!r}; there are {', '.join(known)}"
            )
        values[key] = _checked(key, value, known[key])
    try:
        return replace(usual, **values)
    except ReceiverError as error:
        raise ArchiveSettingsError("receiver", str(error).rstrip(".")) from error


def _checked(key: str, value: object, usual: object) -> object:
    if isinstance(usual, tuple):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise ArchiveSettingsError("receiver", f'{key} must be a list of texts, such as ["PACS"]')
    if isinstance(usual, Path):
        if isinstance(value, str):
            return Path(value).expanduser() if value else usual
        raise ArchiveSettingsError("receiver", f"{key} must be a text")
    wanted = (int, float) if isinstance(usual, float) else type(usual)
    if not isinstance(value, wanted) or isinstance(value, bool) != isinstance(usual, bool):
        kinds = {str: "a text", bool: "true or false", int: "a whole number"}
        expected = kinds.get(type(usual), "a number")
        raise ArchiveSettingsError("receiver", f"{key} must be {expected}, not {value!r}")
    return value
