"""A radiograph of a configured archive, fetched for a request: by its UIDs, and nothing else."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from inference.archive.archive_client import ArchiveClient, Waiting
from inference.archive.archive_config import ArchiveConfig
from inference.archive.credentials import Passwords
from inference.archive.retrieved_files import RetrievedFiles
from inference.service.refusal import Refusal
from inference.service.turns import Turns

T = TypeVar("T")
Uid = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+$", max_length=64)]


class ArchivedRadiograph(BaseModel):
    """Which radiograph: of a study that has one, or of its UIDs."""

    model_config = ConfigDict(extra="forbid")

    archive: str = Field(max_length=64, description="Its name in Kindred's settings.")
    study: Uid
    series: Uid | None = None
    instance: Uid | None = None


class ArchiveDesk:
    """Fetches from archives, in a thread of its own: a slow archive holds up no other request.

    Attributes:
        turns: For `fetch`.
    """

    def __init__(
        self,
        archives: Mapping[str, ArchiveConfig],
        passwords: Passwords,
        *,
        turns: Turns,
        files: RetrievedFiles,
    ) -> None:
        self.turns = turns
        self._archives = archives
        self._passwords = passwords
        self._files = files

    def fetch(self, wanted: ArchivedRadiograph, stop: threading.Event) -> Path:
        """The radiograph's file, private, and gone when the service ends.

        Args:
            wanted: Which.
            stop: Set where nobody waits any more.

        Raises:
            Refusal: There is no such archive, or several radiographs are meant.
            InferenceError: The archive does not give it.
        """
        config = self._archives.get(wanted.archive)
        if config is None:
            raise Refusal(404, "No archive of that name is in Kindred's settings.")
        client = ArchiveClient(config, self._passwords)
        images = _waited(client.find_images(wanted.study, wanted.series, wanted.instance), stop)
        if len(images) > 1:
            raise Refusal(
                422, f"The study holds {len(images)} radiographs; name one by its instance."
            )
        return _waited(client.retrieve(images[0], self._files), stop)

    def close(self) -> None:
        """Remove what was fetched."""
        self.turns.close()
        self._files.close()


def _waited(steps: Waiting[T], stop: threading.Event) -> T:
    """What a generator of the archive's client returns."""
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            value: T = ended.value
            return value
        if stop.is_set():
            steps.close()
            raise Refusal(503, "The archive did not answer in time; ask again.")
