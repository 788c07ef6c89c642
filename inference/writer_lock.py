"""One writer of a catalogue at a time, whoever else is told who that is."""

import contextlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from inference.catalogue_manifest import now
from inference.catalogue_store import storage_reason
from inference.errors import CatalogueError

LOCK_NAME = "writer.lock"


@contextlib.contextmanager
def writer_lock(store: Path, folder: Path) -> Iterator[None]:
    """Be the one writer of a store while the block runs.

    The lock is the operating system's, which ends with the process however it ends, so that
    no stale lock can be left; what the file says is for the message alone.

    Raises:
        CatalogueError: Another process holds it, and which.
    """
    path = store / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CatalogueError(folder, storage_reason(error)) from error
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:
        try:
            _lock(stream.fileno())
        except OSError as error:
            raise CatalogueError(
                folder,
                f"it is being indexed by {_holder(path)}; wait until that is done, or stop it",
            ) from error
        holder = {"pid": os.getpid(), "host": platform.node(), "since": now()}
        with contextlib.suppress(OSError):  # a full disk keeps the name, not the lock
            stream.truncate(0)
            stream.write(json.dumps(holder).encode())
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                stream.truncate(0)
            _unlock(stream.fileno())


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_bytes()[:4096])
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


# The locked byte lies far behind the text, because Windows lets nobody read a locked byte.
_LOCKED_BYTE = 1 << 30

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
