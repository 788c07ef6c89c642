"""A request's radiograph as a file: private, for as long as the request lasts.

    CACHE/uploads/XXXX/    one for each running service, readable by its user alone
        writer.lock        held while it runs
        4f1c...            a radiograph

What a service that was killed left behind is removed by the next one.

It is written as it comes in, so that it is never in memory as a whole; how much of it and how
long it may take is the door's business.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import platformdirs
from starlette.requests import ClientDisconnect, Request

from inference.errors import CatalogueError
from inference.service.errors import ServiceError
from inference.service.refusal import Refusal
from inference.writer_lock import writer_lock

CONTENT_TYPES = (
    "application/dicom",
    "application/octet-stream",
    "image/jpeg",
    "image/png",
    "image/tiff",
)
"""What a radiograph may be called. What it is, its content decides, as everywhere."""


class Uploads:
    """A folder that only this user can read, with one file for each request."""

    def __init__(self, root: Path | None = None) -> None:
        """
        Args:
            root: Where the folders of all running services lie; None: the usual place.

        Raises:
            ServiceError: Nothing can be written there.
        """
        root = root or platformdirs.user_cache_path("kindred", appauthor=False) / "uploads"
        self._lock = ExitStack()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _remove_left_behind(root)
            self.folder = Path(tempfile.mkdtemp(dir=root))  # for its user alone
        except OSError as error:
            raise ServiceError(
                f"Cannot write to {root}: {error.strerror or error}. Make it writable."
            ) from error
        self._lock.enter_context(writer_lock(self.folder, self.folder))

    @asynccontextmanager
    async def file_of(self, request: Request) -> AsyncIterator[Path]:
        """Receive a radiograph; its file is there inside the `with`, and gone after it.

        Raises:
            Refusal: It is of no type we take, empty, incomplete, too large or too slow.
        """
        check_type(request)
        path = self.folder / os.urandom(12).hex()
        try:
            await _receive(request, path)
            yield path
        finally:
            with suppress(OSError):  # still open on Windows: it goes with the folder
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder and whatever is in it."""
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_left_behind(root: Path) -> None:
    for folder in root.iterdir():
        if not folder.is_dir() or folder.is_symlink():
            continue
        try:
            with writer_lock(folder, folder):
                pass
        except CatalogueError:
            continue  # its service runs
        shutil.rmtree(folder, ignore_errors=True)


def check_type(request: Request) -> None:
    """See that a request says that it brings a radiograph.

    Raises:
        Refusal: It says something else, or nothing.
    """
    stated = request.headers.get("content-type", "").split(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if stated not in CONTENT_TYPES or encoding != "identity":
        raise Refusal(
            415,
            f"Send the radiograph itself as the request's body, unpacked, with a Content-Type of "
            f"{', '.join(CONTENT_TYPES[:-1])} or {CONTENT_TYPES[-1]}.",
        )


async def _receive(request: Request, path: Path) -> None:
    size = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            async for chunk in request.stream():
                size += file.write(chunk)
    except ClientDisconnect as error:
        raise Refusal(400, "The connection ended before the radiograph was complete.") from error
    except OSError as error:
        raise Refusal(
            503, "The radiograph cannot be kept: free some disk space, and ask again.",
            {"Retry-After": "60"},
        ) from error  # fmt: skip
    if not size:
        raise Refusal(400, "The request has no body; send the radiograph as its body.")
