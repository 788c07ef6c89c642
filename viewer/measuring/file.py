"""Marks on disk: one small file for each radiograph, in the user's data folder.

A file is named by the checksum of the radiograph's pixels, so that marks are found again
wherever the radiograph lies, nothing is written beside anybody's images, and the file itself
says nothing of the patient (but for what a user writes into a text).
"""

import json
import math
import re
from contextlib import suppress
from pathlib import Path

from inference.bundle_store import user_data_folder
from inference.errors import InferenceError
from viewer.measuring.kinds import KINDS
from viewer.measuring.mark import Mark
from viewer.translation import tr

_VERSION = 1
_MOST_BYTES = 4_000_000


class MarksError(InferenceError):
    """The marks of a radiograph cannot be read or written."""


class MarksFolder:
    """Reads and writes marks by checksum.

    Attributes:
        path: The folder; made when something is written.
    """

    def __init__(self, path: Path | None = None) -> None:
        """
        Args:
            path: None: the usual one.
        """
        self.path = path or user_data_folder() / "marks"

    def read(self, pixel_sha256: str) -> tuple[Mark, ...]:
        """The marks of a radiograph; none where nothing was ever marked.

        Raises:
            MarksError: There are some, but they cannot be read. They are set aside.
        """
        path = self._file(pixel_sha256)
        if path is None or not path.is_file():
            return ()
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError("too large")
            content = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(content, dict) or content.get("version") != _VERSION:
                raise ValueError("another version")
            return tuple(_mark(one) for one in content["marks"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            aside = path.with_suffix(".damaged")
            with suppress(OSError):
                path.replace(aside)
            raise MarksError(
                tr(
                    "The marks kept for this radiograph cannot be read; they were set aside as "
                    "{name} in {path}."
                ).format(name=aside.name, path=self.path)
            ) from error

    def write(self, pixel_sha256: str, marks: tuple[Mark, ...]) -> None:
        """Keep the marks of a radiograph, whole or not at all; none removes the file.

        Raises:
            MarksError: They cannot be written.
        """
        path = self._file(pixel_sha256)
        if path is None:
            return
        content = {
            "version": _VERSION,
            "marks": [{"kind": one.kind, "points": one.points, "text": one.text} for one in marks],
        }
        partial = path.with_suffix(".partial")
        try:
            if not marks:
                path.unlink(missing_ok=True)
                return
            self.path.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise MarksError(
                tr("The marks cannot be kept in {path}: {reason}.").format(
                    path=self.path, reason=reason
                )
            ) from error

    def _file(self, pixel_sha256: str) -> Path | None:
        """None for what is no checksum, so that nothing else can become a file name."""
        is_checksum = re.fullmatch(r"[0-9a-f]{64}", pixel_sha256) is not None
        return self.path / f"{pixel_sha256}.json" if is_checksum else None


def _mark(content: dict[str, object]) -> Mark:
    kind = KINDS[str(content["kind"])]
    points = content["points"]
    if not isinstance(points, list) or len(points) != kind.count:
        raise ValueError("wrong number of points")
    pairs = tuple((float(x), float(y)) for x, y in points)
    if not all(math.isfinite(value) for pair in pairs for value in pair):
        raise ValueError("a point that is nowhere")
    return Mark(kind.name, pairs, str(content["text"]))
