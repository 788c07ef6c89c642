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
import json
import math
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from inference.catalogue_scan import STORE_NAME
from inference.errors import CatalogueError
from inference.model_bundle import Bundle
from inference.records import Distance

FORMAT = 3
"""Of `catalogue.json` and of what it names. An earlier one is read through `_STEPS`, and written
anew as this one by the next indexing; a later one is refused."""

PIXELS_VERSION = 1
"""To be raised whenever a file would give another model input or pixel checksum than before:
what was embedded under another number is never compared with what is embedded now."""

MANIFEST_NAME = "catalogue.json"
DATABASE_NAME = "catalogue.sqlite"
DAMAGED_NAME = "catalogue.damaged"
"""Left by a check that found the database damaged where ordinary indexing may not look."""
MAX_MANIFEST_BYTES = 16_000_000

_DERIVED = re.compile(r"(records|embeddings|index|axes)-.*\.(sqlite|npy|hnsw)")
_LONGEST_PATH = 400  # SQLite opens no path of more than 512 bytes
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class NewerCatalogueError(CatalogueError):
    """A catalogue that a later version of Kindred made: neither read nor replaced."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One published file: its plain name, size in bytes and hex SHA-256."""

    name: str
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        if not _DERIVED.fullmatch(self.name) or "/" in self.name or "\\" in self.name:
            raise ValueError(f"not the name of a catalogue's file: {self.name!r}")
        if not _is_count(self.bytes):
            raise ValueError("bytes are counted")


@dataclass(frozen=True, slots=True)
class StoredGraph:
    """The published graph of one method.

    Attributes:
        index: hnswlib's file.
        rows: Of the graph, those included that are no cases any more.
        axes: (1 + kept, length) float32, the `PrincipalAxes` that it is of; None where it
            holds the embeddings whole.
        kept: How many axes; 0 without any.
    """

    index: StoredFile
    rows: int
    axes: StoredFile | None = None
    kept: int = 0

    def __post_init__(self) -> None:
        if not _is_count(self.rows) or not _is_count(self.kept):
            raise ValueError("rows and axes are counted")
        if (self.axes is None) != (self.kept == 0):
            raise ValueError("axes have a file")


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """The published embeddings of one method.

    Attributes:
        embeddings: (cases, length) float32.
        graph: Of them, or None where the method has none.
        length: Numbers in an embedding.
        distance: How two are compared.
        typical: Median distance between two random cases; above 0.
        nearest_quantiles: Of the distances from cases to their nearest case of another
            patient, by quantile such as "0.95": how near is near here.
    """

    embeddings: StoredFile
    graph: StoredGraph | None
    length: int
    distance: Distance
    typical: float
    nearest_quantiles: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = (self.typical, *self.nearest_quantiles.values())
        if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
            raise ValueError("distances must be numbers")
        if self.typical <= 0 or self.distance not in get_args(Distance):
            raise ValueError("no such distance")
        if not _is_count(self.length) or self.length < 1:
            raise ValueError("lengths are counted")

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """All that there are."""
        of_graph = () if self.graph is None else (self.graph.index, self.graph.axes)
        return tuple(one for one in (self.embeddings, *of_graph) if one is not None)


@dataclass(frozen=True, slots=True)
class CatalogueManifest:
    """Everything `catalogue.json` says.

    Attributes:
        bundle_name: For the user.
        bundle_sha256: Of the bundle that made the embeddings.
        maker: `maker_of` that bundle, then.
        revision: Another one whenever what is published would be another.
        built: When, in ISO 8601, UTC.
        count: Cases.
        refused: Files that are no cases.
        records: The cases' file.
        methods: By name.
        notes: Sentences for the user on the labels table.
    """

    bundle_name: str
    bundle_sha256: str
    maker: str
    revision: str
    built: str
    count: int
    refused: int
    records: StoredFile
    methods: dict[str, StoredMethod]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = (self.bundle_name, self.bundle_sha256, self.maker, self.revision, *self.notes)
        if not all(isinstance(one, str) for one in texts):
            raise ValueError("names and notes are texts")
        if not _is_count(self.count) or not _is_count(self.refused):
            raise ValueError("cases are counted")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40


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
    with private_file(probe):
        pass
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


def manifest_text(manifest: CatalogueManifest) -> bytes:
    """What `catalogue.json` holds for a state."""
    content = asdict(manifest)
    whole = {"format": FORMAT, "checksum": _checksum(content), **content}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode()


def write_manifest(store: Path, text: bytes) -> None:
    """Publish: from here on readers see the state that `manifest_text` was made of."""
    partial = store / f"{MANIFEST_NAME}.partial"
    with private_file(partial) as stream:
        stream.write(text)
    partial.replace(store / MANIFEST_NAME)
    _sync_folder(store)


def manifest_sha256(store: Path) -> str:
    """Hex SHA-256 of what is published as it lies there; "" where nothing can be read."""
    try:
        return hashlib.sha256((store / MANIFEST_NAME).read_bytes()).hexdigest()
    except OSError:
        return ""


def remove_unpublished(store: Path, manifest: CatalogueManifest) -> None:
    """Remove files of earlier states and of interrupted writes."""
    keep = {manifest.records.name}
    for method in manifest.methods.values():
        keep.update(file.name for file in method.files)
    for path in store.iterdir():
        is_old = _DERIVED.fullmatch(path.name) and path.name not in keep
        if is_old or path.name.endswith((".partial", ".partial-journal")):
            with contextlib.suppress(OSError):  # on Windows a reader may still have it open
                path.unlink()


def read_manifest(store: Path, folder: Path) -> CatalogueManifest:
    """Read what is published.

    Raises:
        CatalogueError: Nothing is, or it is damaged or of a newer format.
    """
    path = store / MANIFEST_NAME
    damaged = f"its {MANIFEST_NAME} is damaged; index the folder again to repair it"
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise CatalogueError(folder, damaged)
        content = json.loads(path.read_bytes())
        format_number = content.pop("format")
        if not isinstance(format_number, int) or isinstance(format_number, bool):
            raise CatalogueError(folder, damaged)
        if format_number > FORMAT:
            raise NewerCatalogueError(
                folder,
                f"it has format {format_number}, and this version reads up to {FORMAT}; "
                "update Kindred",
            )
        if content.pop("checksum") != _checksum(content):
            raise CatalogueError(folder, damaged)
        for number in range(format_number, FORMAT):
            _STEPS[number](content)
        return _manifest_from(content)
    except FileNotFoundError as error:
        raise CatalogueError(folder, "it was not indexed yet; index it first") from error
    except OSError as error:
        raise CatalogueError(folder, f"{MANIFEST_NAME} cannot be read") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CatalogueError(folder, damaged) from error


def manifest_format(store: Path) -> int:
    """The format of a manifest that was read, as it lies there."""
    return int(json.loads((store / MANIFEST_NAME).read_bytes())["format"])


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _manifest_from(content: dict[str, Any]) -> CatalogueManifest:
    methods = {}
    for name, method in content["methods"].items():
        graph = method["graph"]
        if graph is not None:
            axes = graph["axes"]
            graph = StoredGraph(
                **{
                    **graph,
                    "index": StoredFile(**graph["index"]),
                    "axes": None if axes is None else StoredFile(**axes),
                }
            )
        embeddings = StoredFile(**method["embeddings"])
        methods[name] = StoredMethod(**{**method, "embeddings": embeddings, "graph": graph})
    return CatalogueManifest(
        **{
            **content,
            "records": StoredFile(**content["records"]),
            "methods": methods,
            "notes": tuple(content["notes"]),
        }
    )


def _graphs_hold_every_case_once(content: dict[str, Any]) -> None:
    """From format 1, whose graphs were always built whole, to 2, where they are extended."""
    for method in content["methods"].values():
        method["rows"] = 0 if method["index"] is None else content["count"]


def _graphs_are_of_other_settings(content: dict[str, Any]) -> None:
    """From format 2 to 3, whose graphs have more links and may be of principal axes.

    Those of before are not read: every distance is computed until the folder is indexed again.
    """
    for method in content["methods"].values():
        del method["index"], method["rows"]
        method["graph"] = None


_STEPS: dict[int, Callable[[dict[str, Any]], None]] = {
    1: _graphs_hold_every_case_once,
    2: _graphs_are_of_other_settings,
}
"""What a manifest of each earlier format lacks, changed in place, one format at a time."""


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _sync_folder(store: Path) -> None:
    if sys.platform == "win32":  # has no way to ask for it
        return
    descriptor = os.open(store, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
