"""Where retrieved radiographs lie while the program runs, and that they go.

    CACHE/retrieved/XXXX/          one for each running program, readable by its user alone
        writer.lock                held while it runs
        CR-2026-03-01-1f0c....dcm  whole and checked; until then it has another name

What a program that was killed left behind is removed by the next one.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from inference.archive.archive_errors import ArchiveError
from inference.archive.archive_matches import RemoteImage
from inference.errors import CatalogueError
from inference.writer_lock import writer_lock

MAX_BYTES = 2 << 30


class RetrievedFiles:
    """A folder of retrieved files, made when the first one comes."""

    def __init__(self, root: Path | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        """
        Args:
            root: Where the folders of all running programs lie; None: the usual place.
            max_bytes: Beyond this the oldest files are removed.
        """
        self._root = root or platformdirs.user_cache_path("kindred", appauthor=False) / "retrieved"
        self._max_bytes = max_bytes
        self._folder: Path | None = None
        self._lock = contextlib.ExitStack()
        self._known: dict[tuple[str, str], Path] = {}

    def known(self, archive: str, image: RemoteImage) -> Path | None:
        """Where an image lies that was retrieved before, or None."""
        path = self._known.get((archive, image.instance_uid))
        if path is None or not path.is_file():
            return None
        path.touch()  # it counts as new
        return path

    def keep(self, archive: str, image: RemoteImage, write: Callable[[Path], None]) -> Path:
        """Keep one file: whole and checked, or not at all.

        Args:
            archive: Its name.
            image: Which image of it.
            write: Writes the file and checks it; whatever it raises, nothing is kept.

        Returns:
            Where it is.

        Raises:
            ArchiveError: It cannot be stored.
        """
        try:
            folder = self._opened()
            digest = hashlib.sha256(f"{archive} {image.instance_uid}".encode()).hexdigest()[:10]
            date = image.date.isoformat() if image.date else "undated"
            path = folder / f"{image.modality or 'image'}-{date}-{digest}.dcm"
            partial = path.with_suffix(".partial")
            try:
                write(partial)
                partial.chmod(0o600)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
            self._known[archive, image.instance_uid] = path
            self._make_room(path)
        except OSError as error:
            raise ArchiveError(
                archive,
                f"sent an image that cannot be kept ({error.strerror or error}); "
                "free some space and try again",
            ) from error
        return path

    def holds(self, path: Path) -> bool:
        """Whether a file is one of these, which will not stay."""
        return self._folder is not None and path.parent == self._folder

    def close(self) -> None:
        """Remove everything."""
        folder, self._folder = self._folder, None
        self._known.clear()
        self._lock.close()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _opened(self) -> Path:
        if self._folder is None:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._remove_left_behind()
            folder = Path(tempfile.mkdtemp(dir=self._root))  # for its user alone
            self._lock.enter_context(writer_lock(folder, folder))
            self._folder = folder
        return self._folder

    def _remove_left_behind(self) -> None:
        for folder in self._root.iterdir():
            if not folder.is_dir() or folder.is_symlink():
                continue
            try:
                with writer_lock(folder, folder):
                    pass
            except CatalogueError:
                continue  # its program runs
            shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self, newest: Path) -> None:
        files = [(one.stat().st_mtime_ns, one.stat().st_size, one) for one in self._dicom_files()]
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._max_bytes:
                return
            if path != newest:
                path.unlink(missing_ok=True)
                total -= size

    def _dicom_files(self) -> list[Path]:
        assert self._folder is not None
        return [Path(one) for one in os.scandir(self._folder) if one.name.endswith(".dcm")]
