"""The indexer's records -> the files that readers open, and the moment they become visible.

Everything here is derived: it can be made again from the database, and is when it is missing
or damaged. Files are named by their content, so that a state is never half of one and half of
another, and a graph whose embeddings did not change is kept.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.catalogue import checked_vectors, graph_space, npy_header
from inference.catalogue_database import KnownFile, WorkDatabase
from inference.catalogue_manifest import (
    CatalogueManifest,
    StoredFile,
    StoredGraph,
    StoredMethod,
    manifest_sha256,
    manifest_text,
    now,
)
from inference.catalogue_statistics import nearest_quantiles, typical_distance
from inference.catalogue_store import (
    is_sound,
    maker_of,
    private_file,
    publish_file,
    remove_unpublished,
    write_manifest,
)
from inference.graph_space import GraphSpace, principal_axes, still_fit
from inference.hnsw_file import graph_rows
from inference.model_bundle import Bundle, MethodSpec
from inference.neighbour_index import GraphRows, extend_graph, write_graph

PUBLISHED = "published"
"""The setting with the SHA-256 of the last two manifests that were published from a database."""

MOST_DEAD = 0.2
"""A graph of which more than this share are rows that are no cases any more is built anew."""

_RECORDS = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE cases (
        row INTEGER PRIMARY KEY,
        case_id TEXT NOT NULL UNIQUE,
        path TEXT NOT NULL UNIQUE,
        patient_id TEXT NOT NULL,
        pixel_sha256 TEXT NOT NULL,
        content TEXT NOT NULL,
        labels TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL
    );
    CREATE TABLE refused (path TEXT PRIMARY KEY, reason TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class PublishedCase:
    """One row to be published.

    Attributes:
        case_id: Unique.
        patient_id: As in `CaseRecord`.
        file: What the database knows of it.
    """

    case_id: str
    patient_id: str
    file: KnownFile


class DamagedEmbeddingsError(Exception):
    """Embeddings of these files are missing or damaged in the database; embed them again.

    For the indexer alone: it never reaches a user.
    """

    def __init__(self, files: Sequence[KnownFile]) -> None:
        super().__init__(f"{len(files)} embeddings to make again")
        self.files = tuple(files)


def published_cases(files: Sequence[KnownFile]) -> tuple[PublishedCase, ...]:
    """The usable files as cases, in the order of their ids.

    The id is the table's, else the relative path; where a table gives one file's path to
    another as its id, the path gets a "./" before it.
    """
    labels = [json.loads(file.labels or "{}") for file in files]
    given = {row.get("case_id", "") for row in labels}
    cases = []
    for file, row in zip(files, labels, strict=True):
        case_id = row.get("case_id", "")
        if not case_id:
            case_id = file.relative if file.relative not in given else f"./{file.relative}"
        patient_id = row.get("patient_id") or json.loads(file.content).get("patient_id", "")
        cases.append(PublishedCase(case_id, patient_id, file))
    return tuple(sorted(cases, key=lambda case: case.case_id))


def publish(
    store: Path,
    database: WorkDatabase,
    bundle: Bundle,
    cases: Sequence[PublishedCase],
    *,
    methods: Sequence[str],
    refused: Mapping[str, str],
    notes: tuple[str, ...],
    revision: str,
    previous: CatalogueManifest | None,
) -> Iterator[tuple[int, int]]:
    """Write all files and publish them.

    Yields:
        Steps done and steps in all.

    Raises:
        DamagedEmbeddingsError: Nothing was published: some embeddings must be made again.
        OSError, sqlite3.Error: Something could not be written; the last state stays.
    """
    steps = len(methods) * (len(cases) + 1)
    stored: dict[str, StoredMethod] = {}
    patients = np.array([case.patient_id for case in cases], np.str_)
    for number, name in enumerate(methods):
        spec = bundle.manifest.methods[name]
        start = number * (len(cases) + 1)
        yield start, steps
        embeddings = _write_embeddings(store, database, cases, spec)
        vectors = _open(store / embeddings.name, len(cases), spec.length)
        old = previous.methods.get(name) if previous else None
        graph = None if old is None or old.embeddings != embeddings else _sound_graph(store, old)
        if graph is None and spec.distance != "ssim":
            earlier = _earlier_graph(store, old, previous.count if previous else 0, vectors)
            space = earlier.space if earlier else _space_for(vectors, spec)
            partial = store / f"index-{name}.partial"
            for done in _write_graph(partial, earlier, vectors, space):
                yield start + done, steps
            graph = _publish_graph(store, name, partial, space)
        yield start + len(cases), steps
        stored[name] = StoredMethod(
            embeddings=embeddings,
            length=spec.length,
            distance=spec.distance,
            typical=typical_distance(vectors, spec.distance),
            nearest_quantiles=nearest_quantiles(vectors, spec.distance, patients),
            graph=graph,
        )
    records = _write_records(store, cases, refused)
    manifest = CatalogueManifest(
        bundle_name=bundle.manifest.name,
        bundle_sha256=bundle.manifest.sha256,
        maker=maker_of(bundle),
        revision=revision,
        built=now(),
        count=len(cases),
        refused=len(refused),
        records=records,
        methods=stored,
        notes=notes,
    )
    text = manifest_text(manifest)
    # Both are remembered before the change: whenever the process dies, one of them is there.
    digests = [manifest_sha256(store), hashlib.sha256(text).hexdigest()]
    database.remember(PUBLISHED, " ".join(digests))
    database.commit()
    write_manifest(store, text)
    remove_unpublished(store, manifest)
    yield steps, steps


def is_own_manifest(database: WorkDatabase, store: Path) -> bool:
    """Whether what is published came from this database, as far as the database knows.

    Anybody can write a manifest whose own checksum is right.
    """
    digests = database.setting(PUBLISHED).split()
    return not digests or manifest_sha256(store) in digests


@dataclass(frozen=True, slots=True)
class _EarlierGraph:
    """A graph that is gone on with: its file, what becomes of its rows, and what it is of."""

    path: Path
    rows: GraphRows
    space: GraphSpace


def _earlier_graph(
    store: Path, old: StoredMethod | None, count: int, vectors: NDArray[np.float32]
) -> _EarlierGraph | None:
    """A graph that has most of some embeddings already, and which of them; None without one.

    Embeddings that are the same to the last bit are the same to a graph, whosever they are.

    Args:
        store: Where it lies.
        old: What was published of the method before.
        count: Cases then.
        vectors: (n, d) float32.
    """
    if old is None or count == 0 or old.length != vectors.shape[1]:
        return None
    graph = _sound_graph(store, old)
    if graph is None or not is_sound(store, old.embeddings):
        return None
    content = np.memmap(store / old.embeddings.name, np.uint8, "r")
    before = checked_vectors(content, old.embeddings, count, old.length)
    if before is None:
        return None
    free: dict[bytes, list[int]] = {}
    for row in range(len(vectors) - 1, -1, -1):  # so that equal ones are taken in order
        free.setdefault(_digest(vectors[row]), []).append(row)
    kept = np.array(
        [places.pop() if (places := free.get(_digest(one))) else -1 for one in before], np.int64
    )
    added = np.setdiff1d(np.arange(len(vectors)), kept)
    rows = GraphRows(kept, added, graph.rows - count)
    try:
        space = graph_space(store, old, graph)
    except (ValueError, OSError):
        return None
    if rows.dead_share > MOST_DEAD or not still_fit(space.axes, vectors, old.distance):
        return None
    return _EarlierGraph(store / graph.index.name, rows, space)


def _digest(vector: NDArray[np.float32]) -> bytes:
    return hashlib.blake2b(vector.tobytes(), digest_size=16).digest()


def _sound_graph(store: Path, method: StoredMethod) -> StoredGraph | None:
    """Its graph, if all of it is there, byte for byte."""
    is_whole = all(is_sound(store, file) for file in method.files if file != method.embeddings)
    return method.graph if is_whole else None


def _space_for(vectors: NDArray[np.float32], spec: MethodSpec) -> GraphSpace:
    return GraphSpace(spec.length, spec.distance, principal_axes(vectors, spec.distance))


def _write_graph(
    partial: Path,
    earlier: _EarlierGraph | None,
    vectors: NDArray[np.float32],
    space: GraphSpace,
) -> Iterator[int]:
    with private_file(partial):
        pass  # so that hnswlib writes into a file that others cannot read
    if earlier is not None:
        with contextlib.suppress(ValueError):  # its checksum was right, but not what it holds
            yield from extend_graph(partial, earlier.path, earlier.rows, vectors, space)
            return
    yield from write_graph(partial, vectors, space)


def _publish_graph(store: Path, name: str, partial: Path, space: GraphSpace) -> StoredGraph:
    rows = graph_rows(partial)
    index = publish_file(partial, f"index-{name}", ".hnsw")
    if space.axes is None:
        return StoredGraph(index, rows)
    content = space.axes.as_rows().astype("<f4")
    with private_file(store / f"axes-{name}.partial") as stream:
        stream.write(npy_header(*content.shape) + content.tobytes())
    axes = publish_file(store / f"axes-{name}.partial", f"axes-{name}", ".npy")
    return StoredGraph(index, rows, axes, space.dimension)


def _write_embeddings(
    store: Path, database: WorkDatabase, cases: Sequence[PublishedCase], spec: MethodSpec
) -> StoredFile:
    partial = store / f"embeddings-{spec.name}.partial"
    damaged = []
    with private_file(partial) as stream:
        stream.write(npy_header(len(cases), spec.length))
        for case in cases:
            vector = database.embedding(case.file, spec.name, spec.length)
            if vector is None:
                damaged.append(case.file)
            elif not damaged:
                stream.write(vector.astype("<f4").tobytes())
    if damaged:
        partial.unlink()
        raise DamagedEmbeddingsError(damaged)
    return publish_file(partial, f"embeddings-{spec.name}", ".npy")


def _open(path: Path, count: int, length: int) -> NDArray[np.float32]:
    if count == 0:  # nothing can be mapped
        return np.empty((0, length), np.float32)
    vectors: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return vectors


def _write_records(
    store: Path, cases: Sequence[PublishedCase], refused: Mapping[str, str]
) -> StoredFile:
    partial = store / "records.partial"
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(partial, isolation_level=None)
    try:
        connection.executescript(_RECORDS)
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    row,
                    case.case_id,
                    case.file.relative,
                    case.patient_id,
                    json.loads(case.file.content).get("pixel_sha256", ""),
                    case.file.content,
                    case.file.labels,
                    case.file.size,
                    case.file.mtime_ns,
                )
                for row, case in enumerate(cases)
            ),
        )
        connection.executemany("INSERT INTO refused VALUES (?, ?)", sorted(refused.items()))
        connection.execute("CREATE INDEX patients ON cases (patient_id)")
        connection.execute("CREATE INDEX pixels ON cases (pixel_sha256)")
        connection.execute("COMMIT")
    finally:
        connection.close()
    return publish_file(partial, "records", ".sqlite")
