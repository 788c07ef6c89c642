"""What is to be sent, kept in the user's data folder until the archive has it.

    outbox/<archive>/<modality>.<uid>.dcm

A file leaves the outbox when the archive confirmed it, or the user discards it, and not before: a
failed or broken-off sending, or a crash, loses nothing. The folder is the user's alone, since
names of patients are in the files.
"""

import re
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from inference.archive.archive_config import ArchiveConfig
from inference.bundle_store import user_data_folder
from inference.dicom_results.results import write_result
from inference.dicom_results.send import SendStep, send
from inference.errors import ExportError, InferenceError, UnreadableRadiographError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True)
class WaitingResult:
    """One file that waits.

    Attributes:
        archive: Its archive's name, which the settings may no longer have.
        file: Where it lies.
        modality: What it is, such as "SR".
        patient: The name of whose it is; "" where it cannot be read.
        written: When it was made, in local time.
    """

    archive: str
    file: Path
    modality: str
    patient: str
    written: datetime


class Outbox:
    """Files that wait for an archive.

    Attributes:
        folder: Of all archives.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """
        Args:
            folder: None: the usual one.
        """
        self.folder = folder or user_data_folder() / "outbox"

    def put(self, archive: str, datasets: "Sequence[Dataset]") -> tuple[Path, ...]:
        """Keep results for an archive.

        Raises:
            ExportError: They cannot be written.
        """
        folder = self._of(archive)
        try:
            for one in (self.folder, folder):
                one.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ExportError(folder, f"{error.strerror or error}; free some space") from error
        return tuple(write_result(dataset, folder) for dataset in datasets)

    def waiting(self, archive: str) -> tuple[Path, ...]:
        """What an archive has not got yet."""
        return tuple(sorted(self._of(archive).glob("*.dcm")))

    def archives(self) -> tuple[str, ...]:
        """Names of archives that something waits for."""
        if not self.folder.is_dir():
            return ()
        names = sorted(one.name for one in self.folder.iterdir() if one.is_dir())
        return tuple(name for name in names if self.waiting(name))

    def results(self) -> tuple[WaitingResult, ...]:
        """All that waits, by archive, the oldest first."""
        found = []
        for archive in self.archives():
            for file in self.waiting(archive):
                with suppress(FileNotFoundError):  # it has been sent just now
                    written = datetime.fromtimestamp(file.stat().st_mtime)
                    modality = file.name.partition(".")[0]
                    found.append(WaitingResult(archive, file, modality, _patient(file), written))
        return tuple(sorted(found, key=lambda one: (one.archive, one.written, one.file.name)))

    def discard(self, result: WaitingResult) -> None:
        """Delete a result that was not sent; one that is gone already is no problem.

        Raises:
            InferenceError: It cannot be deleted.
        """
        try:
            result.file.unlink(missing_ok=True)
        except OSError as error:
            raise InferenceError(
                f"Cannot discard {result.file.name}: {error.strerror or error}."
            ) from error

    def send(
        self, config: ArchiveConfig, password: str = ""
    ) -> Generator[SendStep | None, None, None]:
        """Send all that waits for an archive; what it keeps is removed from here.

        Raises:
            SendError: As `inference.dicom_results.send.send`; what was not kept still waits.
        """
        with closing(send(config, self.waiting(config.name), password)) as steps:
            for step in steps:
                if step is not None and not step.problem:
                    with suppress(OSError):  # sent again, it is a duplicate, which does no harm
                        step.file.unlink()
                yield step

    def _of(self, archive: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", archive):
            raise ValueError(f"not the name of an archive: {archive!r}")
        return self.folder / archive


def _patient(file: Path) -> str:
    from inference.browse_files import person_name
    from inference.dicom_file import open_dataset, translated

    try:
        with translated(file):
            dataset = open_dataset(file, pixels=False, keywords=["PatientName"])
            return person_name(str(dataset.get("PatientName") or ""))
    except UnreadableRadiographError:
        return ""
