"""The folder that received radiographs are written to: whole, checked, and each once."""

import contextlib
import os
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path

from inference.archive.archive_errors import ReceiverError
from inference.archive.archive_matches import RADIOGRAPH_MODALITIES, is_uid
from inference.errors import UnreadableRadiographError
from inference.safe_reading import read_aside

# DICOM PS3.4 B.2.3 and PS3.7 C: what a C-STORE is answered with.
SUCCESS = 0x0000
NO_SUCH_CLASS = 0x0122
OUT_OF_RESOURCES = 0xA700
NOT_ITS_CLASS = 0xA900
NOT_UNDERSTOOD = 0xC000
OTHER_OF_ITS_UID = 0xC111  # of PS3.4's Cxxx; PS3.7's 0111 is not for C-STORE


class Refusal(Exception):  # noqa: N818 - an answer to the sender, not an error of ours
    """An object is not taken.

    Attributes:
        status: For the answer.
        comment: Why, in up to 64 characters.
    """

    def __init__(self, status: int, comment: str) -> None:
        super().__init__(comment)
        self.status = status
        self.comment = comment[:64]


@dataclass(frozen=True, slots=True)
class Received:
    """One radiograph that was taken.

    Attributes:
        path: Its file.
        is_new: False where it was there already, the same.
        sender: The calling AE title.
    """

    path: Path
    is_new: bool
    sender: str = ""


class ReceivedFolder:
    """Writes received objects. May be used by several threads."""

    def __init__(self, folder: Path, *, quota_bytes: int) -> None:
        """
        Args:
            folder: Made where it is not there.
            quota_bytes: More than this is never in it.

        Raises:
            ReceiverError: It cannot be written.
        """
        self.path = folder
        self._quota = quota_bytes
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in folder.glob("*.partial"):
                left.unlink(missing_ok=True)
            self._used = sum(one.stat().st_size for one in folder.glob("*.dcm"))
            if not os.access(folder, os.W_OK):
                raise PermissionError(None, "no permission to write")
        except OSError as error:
            raise ReceiverError(
                f"Cannot receive into {folder}: {error.strerror or error}. Name another folder."
            ) from error

    def take(self, instance_uid: str, sop_class: str, content: bytes, sender: str) -> Received:
        """Write one object, whole or not at all.

        Args:
            instance_uid, sop_class: As the sender states them beside the object.
            content: A DICOM file.
            sender: The calling AE title.

        Raises:
            Refusal: It is not taken.
        """
        if not is_uid(instance_uid):
            raise Refusal(NOT_UNDERSTOOD, "the SOP Instance UID is no UID")
        path = self.path / f"{instance_uid}.dcm"
        with self._lock:
            if path.is_file() and path.read_bytes() == content:
                return Received(path, False, sender)
            if self._used + len(content) > self._quota:
                raise Refusal(OUT_OF_RESOURCES, "the receiver's quota is used up")
            partial = self.path / f"{uuid.uuid4().hex}.partial"
            try:
                _write(partial, content)
                digest = _check(partial, instance_uid, sop_class)
                if path.is_file():
                    if _pixels(path) == digest:  # sent again in another encoding
                        return Received(path, False, sender)
                    raise Refusal(OTHER_OF_ITS_UID, "another image has this UID; the first is kept")
                partial.replace(path)
                self._used += len(content)
            except OSError as error:
                raise Refusal(OUT_OF_RESOURCES, "the receiver's disk cannot be written") from error
            finally:
                with contextlib.suppress(OSError):
                    partial.unlink(missing_ok=True)
        return Received(path, True, sender)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _check(path: Path, instance_uid: str, sop_class: str) -> str:
    """The checksum of the pixels of what may stay."""
    from inference.dicom_file import open_dataset, text, translated

    try:
        with translated(path):
            stated = open_dataset(path, pixels=False, keywords=["SOPClassUID", "SOPInstanceUID"])
        radiograph = read_aside(path)
    except UnreadableRadiographError as error:
        raise Refusal(NOT_UNDERSTOOD, f"no radiograph: {error.reason}") from error
    if text(stated, "SOPInstanceUID") != instance_uid or text(stated, "SOPClassUID") != sop_class:
        raise Refusal(NOT_ITS_CLASS, "the object is not the one that its command announces")
    modality = radiograph.header.modality
    if modality and modality not in RADIOGRAPH_MODALITIES:
        raise Refusal(NOT_UNDERSTOOD, f"no radiograph: its modality is {modality}")
    return radiograph.pixel_sha256


def _pixels(path: Path) -> str:
    try:
        return read_aside(path).pixel_sha256
    except UnreadableRadiographError:
        return ""
