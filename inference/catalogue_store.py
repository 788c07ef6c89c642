"""Where a catalogue's files lie, what they are called, and how they are written.

    FOLDER/.kindred/<bundle>-<sha>/       or, where FOLDER is read-only, in the user's data folder
        catalogue.json                    what is published: the rest by name and checksum
        records-<sha>.sqlite              the cases, one row each; never changed once written
        embeddings-<method>-<sha>.npy     row i belongs to case i
        index-<method>-<sha>.hnsw         their graph
        axes-<method>-<sha>.npy           what it is of, if not of whole embeddings
        catalogue.sqlite                  the indexer's own record of truth
        writer.lock                       who is indexing

Readers open what `catalogue.json` names, and nothing else. Replacing that one file is how a
new state is published: a reader has the old state or the new one, whole.
"""

import contextlib
import errno
import hashlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inference.catalogue_manifest import (
    DERIVED_NAME,
    MANIFEST_NAME,
    CatalogueManifest,
    StoredFile,
)
from inference.catalogue_scan import STORE_NAME
from inference.errors import CatalogueError
from inference.model_bundle import Bundle

PIXELS_VERSION = 1
"""To be raised whenever a file would give another model input or pixel checksum than before:
what was embedded under another number is never compared with what is embedded now."""

DATABASE_NAME = "catalogue.sqlite"
DAMAGED_NAME = "catalogue.damaged"
"""Left by a check that found the database damaged where ordinary indexing may not look."""
_LONGEST_PATH = 400  # SQLite opens no path of more than 512 bytes
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def maker_of(bundle: Bundle) -> str:
    """What decides an embedding, in one word: the bundle, and how its input is prepared."""
    return f"{bundle.manifest.sha256}-{PIXELS_VERSION}"


def checked_folder(folder: Path) -> Path:
    """The folder, absolute.

    Raises:
        CatalogueError: There is no such folder.
    """
    try:
        resolved = folder.resolve()
        if resolved.is_dir():
            return resolved
    except (OSError, RuntimeError) as error:
        raise CatalogueError(folder, "the folder cannot be opened") from error
    raise CatalogueError(folder, "there is no such folder")


def store_candidates(folder: Path, bundle: Bundle) -> tuple[Path, Path]:
    """Both places a store may be: in the folder, and in the user's data folder."""
    from platformdirs import user_data_path

    name = re.sub(r"[^A-Za-z0-9_.-]", "_", bundle.manifest.name)[:60]
    leaf = f"{name}-{bundle.manifest.sha256[:12]}"
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", folder.name)[:40]
    elsewhere = user_data_path("kindred", appauthor=False) / "catalogues" / f"{plain}-{digest}"
    return folder / STORE_NAME / leaf, elsewhere / leaf


def find_store(folder: Path, bundle: Bundle) -> Path | None:
    """The store whose published state is newest, or None where nothing was published."""
    found = []
    for store in store_candidates(folder, bundle):
        with contextlib.suppress(OSError):
            found.append(((store / MANIFEST_NAME).stat().st_mtime_ns, store))
    return max(found)[1] if found else None


def writable_store(folder: Path, bundle: Bundle) -> Path:
    """Make the store, in the folder where it can be written and in the user's data otherwise.

    Raises:
        CatalogueError: Neither can be written.
    """
    inside, elsewhere = store_candidates(folder, bundle)
    for store in (inside, elsewhere):
        if store is inside and (
            len(os.fsencode(store)) > _LONGEST_PATH or _is_marked_read_only(folder)
        ):
            continue
        try:
            _make_private(store)
        except OSError as error:
            if store is inside and error.errno not in _FULL:
                continue
            raise CatalogueError(folder, storage_reason(error)) from error
        return store
    raise AssertionError("unreachable")


def _is_marked_read_only(folder: Path) -> bool:
    """Whether nobody has the permission to write; an administrator could all the same."""
    return not folder.stat().st_mode & 0o222


def _make_private(store: Path) -> None:
    for one in (store.parent, store):
        if not one.is_dir():
            one.mkdir(mode=0o700, parents=True)
    probe = store / f"probe-{os.getpid()}"
    os.close(os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600))  # nobody need wait for the disk
    probe.unlink()


def storage_reason(error: OSError) -> str:
    """Why something could not be stored, and what to do, as the end of a sentence."""
    if error.errno in _FULL:
        return "the disk is full; free some space and index again, what was done is kept"
    if error.errno in _FORBIDDEN:
        return "its files cannot be written here; look at the folder's permissions"
    return f"its files cannot be written ({error.strerror or error})"


@contextlib.contextmanager
def private_file(path: Path) -> Iterator[Any]:
    """A new binary file that only this user can read, on disk when the block ends."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def publish_file(partial: Path, kind: str, suffix: str) -> StoredFile:
    """Give a file that is written its final name, which holds its checksum."""
    with partial.open("rb+") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.seek(0, os.SEEK_END)
        os.fsync(stream.fileno())
    name = f"{kind}-{digest[:12]}{suffix}"
    partial.replace(partial.with_name(name))
    return StoredFile(name, size, digest)


def is_sound(store: Path, file: StoredFile) -> bool:
    """Whether a published file is there, byte for byte."""
    path = store / file.name
    try:
        if path.is_symlink() or path.stat().st_size != file.bytes:
            return False
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def write_manifest(store: Path, text: bytes) -> None:
    """Publish: from here on readers see the state that `manifest_text` was made of."""
    partial = store / f"{MANIFEST_NAME}.partial"
    with private_file(partial) as stream:
        stream.write(text)
    partial.replace(store / MANIFEST_NAME)
    _sync_folder(store)


def remove_unpublished(store: Path, manifest: CatalogueManifest) -> None:
    """Remove files of earlier states and of interrupted writes."""
    keep = {manifest.records.name}
    for method in manifest.methods.values():
        keep.update(file.name for file in method.files)
    for path in store.iterdir():
        is_old = DERIVED_NAME.fullmatch(path.name) and path.name not in keep
        if is_old or path.name.endswith((".partial", ".partial-journal")):
            with contextlib.suppress(OSError):  # on Windows a reader may still have it open
                path.unlink()


def _sync_folder(store: Path) -> None:
    if sys.platform == "win32":  # has no way to ask for it
        return
    descriptor = os.open(store, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
