"""An indexed folder: its cases, their embeddings, and which of them are nearest.

    Catalogue.open(folder, bundle) -> nearest(embedding, method=..., k=...) -> Neighbours

Opened once and only read after. What it reads was published as a whole (`catalogue_store.py`)
and is checked against its checksums before use: the cases when it is opened, a method's
embeddings when that method is first asked for. Building is in `catalogue_build.py`.
"""

import contextlib
import hashlib
import io
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from inference.catalogue_manifest import (
    CatalogueManifest,
    StoredFile,
    StoredGraph,
    StoredMethod,
    read_manifest,
)
from inference.catalogue_store import checked_folder, find_store, is_sound, maker_of
from inference.errors import CatalogueError
from inference.graph_space import GraphSpace, PrincipalAxes
from inference.model_bundle import Bundle
from inference.neighbour_index import EXACT_LIMIT, HnswGraph, NeighbourSearch, read_graph
from inference.records import CaseRecord, Neighbour

_DAMAGED = "is damaged; index the folder again to repair it"
_COLUMNS = "case_id, path, content, labels"
_ROWS_AT_ONCE = 65_536
MOST_KEPT = 20_000
"""Cases whose records are kept in memory: some 60 MB with their reports."""


def has_catalogue(folder: Path, bundle: Bundle) -> bool:
    """Whether the folder was indexed with this bundle. Says nothing of damage."""
    try:
        return find_store(checked_folder(folder), bundle) is not None
    except CatalogueError:
        return False


class Catalogue:
    """The cases of one folder, embedded by one bundle. May be used from any thread.

    Attributes:
        folder: Absolute.
        bundle_sha256: Of the bundle.
        count: Cases.
        revision: Another one whenever anything in it changed.
        built: When, in ISO 8601, UTC.
        methods: Whose embeddings are there.
        refused: Files that are no cases, relative to the folder, each with the reason.
        notes: Sentences for the user on the labels table.
    """

    def __init__(self, folder: Path, store: Path, manifest: CatalogueManifest) -> None:
        """Use `Catalogue.open`."""
        self.folder = folder
        self.bundle_sha256 = manifest.bundle_sha256
        self.count = manifest.count
        self.revision = manifest.revision
        self.built = manifest.built
        self.methods = tuple(manifest.methods)
        self.notes = manifest.notes
        self._store = store
        self._manifest = manifest
        self._lock = threading.RLock()
        self._connection = _open_records(store, manifest.records, folder)
        # Opened now, though checked later: another process may publish, and remove, meanwhile.
        self._content = {
            name: _map_file(store, method.embeddings, folder)
            for name, method in manifest.methods.items()
        }
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._searches: dict[str, NeighbourSearch] = {}
        self._kept: tuple[CaseRecord, ...] | None = None
        (count,) = self._rows("SELECT count(*) FROM cases")[0]
        refused = self._rows("SELECT path, reason FROM refused ORDER BY path")
        if count != self.count:
            raise CatalogueError(folder, f"its list of cases {_DAMAGED}")
        self.refused: tuple[tuple[Path, str], ...] = tuple(
            (Path(path), reason) for path, reason in refused
        )

    @staticmethod
    def open(folder: Path, bundle: Bundle) -> "Catalogue":
        """Open what was last published for this folder and bundle.

        Raises:
            CatalogueError: The folder was not indexed with this bundle, or the catalogue is
                damaged or of a newer format.
        """
        folder = checked_folder(folder)
        store = find_store(folder, bundle)
        if store is None:
            raise CatalogueError(
                folder, f"it was not indexed with the bundle {bundle.manifest.name}; index it first"
            )
        for _ in range(5):  # a writer may publish between reading the list and opening the files
            manifest = read_manifest(store, folder)
            if manifest.maker != maker_of(bundle):
                raise CatalogueError(
                    folder,
                    f"it was made with another bundle ({manifest.bundle_name}) or by another "
                    "version of Kindred; index it again",
                )
            with contextlib.suppress(FileNotFoundError):
                return Catalogue(folder, store, manifest)
        raise CatalogueError(folder, f"one of its files is missing, so it {_DAMAGED}")

    def close(self) -> None:
        """Let go of the files; on Windows they cannot be replaced before."""
        with self._lock:
            self._connection.close()
            self._searches.clear()
            self._kept = None
            self._vectors.clear()
            self._content.clear()

    def cases(self) -> Sequence[CaseRecord]:
        """All cases, in the order of their ids; read from disk as they are asked for."""
        return _Cases(self)

    def kept_cases(self) -> Sequence[CaseRecord]:
        """As `cases`, kept in memory once read where they are not too many.

        For filters, which read every case for every change of the reader's mind.
        """
        if self.count > MOST_KEPT:
            return self.cases()
        with self._lock:
            if self._kept is None:
                self._kept = tuple(self.cases())
            return self._kept

    def findings(self) -> Mapping[tuple[str, ...], int]:
        """Each list of findings that cases have, and how many have it; () for unlabelled ones.

        Counted by SQLite, without making a record of every case.

        Raises:
            CatalogueError: The list of cases is damaged.
        """
        found = self._rows(
            "SELECT iif(labels = '', '[]', json_extract(labels, '$.findings')) AS listed, count(*) "
            "FROM cases GROUP BY listed"
        )
        counted: Counter[tuple[str, ...]] = Counter()
        try:
            for listed, count in found:
                counted[tuple(map(str, json.loads(listed or "[]")))] += count
        except (ValueError, TypeError, RecursionError) as error:
            raise CatalogueError(self.folder, f"its list of cases {_DAMAGED}") from error
        return counted

    def case(self, case_id: str) -> CaseRecord:
        """The case of that id.

        Raises:
            KeyError: There is none.
        """
        found = self._rows(f"SELECT {_COLUMNS} FROM cases WHERE case_id = ?", case_id)
        if not found:
            raise KeyError(case_id)
        return self._record(found[0])

    def embedding(self, case_id: str, method: str) -> NDArray[np.float32]:
        """A case's embedding: (length,) float32.

        Raises:
            KeyError: There is no such case or method.
            CatalogueError: The embeddings are damaged.
        """
        found = self._rows("SELECT row FROM cases WHERE case_id = ?", case_id)
        if not found:
            raise KeyError(case_id)
        return np.array(self.embeddings(method)[found[0][0]])

    def embeddings(self, method: str) -> NDArray[np.float32]:
        """All embeddings of a method, (count, length) float32, in the order of `cases`.

        Read-only, and on disk until touched. Raises as `embedding`.
        """
        self._search(method)
        return self._vectors[method]

    def nearest(
        self,
        embedding: NDArray[np.float32],
        *,
        method: str,
        k: int,
        exclude_case_ids: Collection[str] = (),
        exclude_patient_id: str = "",
        where: Callable[[CaseRecord], bool] | None = None,
        exact: bool = False,
    ) -> tuple[Neighbour, ...]:
        """The k most similar cases, the most similar first, ties by case id.

        Args:
            embedding: The query's, (length,) float32.
            method: Whose embedding it is.
            k: As many are returned wherever as many are left.
            exclude_case_ids: Cases that are left out.
            exclude_patient_id: A patient whose cases are left out; "" for none.
            where: Cases for which it is false are left out.
            exact: Compute every distance, however many there are.

        Raises:
            KeyError: There is no such method.
            CatalogueError: The embeddings are damaged.
            ValueError: The embedding has another length, or is not finite.
        """
        search = self._search(method)
        excluded = sorted(self._excluded_rows(exclude_case_ids, exclude_patient_id))
        allowed = None
        if where is not None:
            allowed = np.fromiter((where(case) for case in self.kept_cases()), np.bool_, self.count)
        rows, distances = search.nearest(
            embedding, k, excluded=excluded, allowed=allowed, exact=exact
        )
        typical = self.typical_distance(method)
        return tuple(
            Neighbour(rank, self._case_at(row), distance, 1.0 / (1.0 + distance / typical))
            for rank, (row, distance) in enumerate(
                zip(rows.tolist(), distances.tolist(), strict=True), start=1
            )
        )

    def excluded_count(
        self, exclude_case_ids: Collection[str] = (), exclude_patient_id: str = ""
    ) -> int:
        """How many cases `nearest` leaves out for these exclusions."""
        return len(self._excluded_rows(exclude_case_ids, exclude_patient_id))

    def find_query(self, path: Path, pixel_sha256: str) -> CaseRecord | None:
        """The case that a query is: the same file, else the first with the same pixels."""
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            relative = path.resolve().relative_to(self.folder).as_posix()
            found = self._rows(f"SELECT {_COLUMNS} FROM cases WHERE path = ?", relative)
            if found:
                return self._record(found[0])
        return next(iter(self.same_pixels(pixel_sha256)), None)

    def same_pixels(self, pixel_sha256: str) -> tuple[CaseRecord, ...]:
        """All cases with the same pixels, as a folder may hold one radiograph twice."""
        if not pixel_sha256:
            return ()
        query = f"SELECT {_COLUMNS} FROM cases WHERE pixel_sha256 = ? ORDER BY row"
        return tuple(self._record(row) for row in self._rows(query, pixel_sha256))

    def typical_distance(self, method: str) -> float:
        """Median distance between two random cases, above 0."""
        return self._manifest.methods[method].typical

    def nearest_quantiles(self, method: str) -> dict[str, float]:
        """Of the distances from cases to their nearest case of another patient, by quantile."""
        return dict(self._manifest.methods[method].nearest_quantiles)

    def _case_at(self, row: int) -> CaseRecord:
        found = self._rows(f"SELECT {_COLUMNS} FROM cases WHERE row = ?", row)
        if not found:
            raise CatalogueError(self.folder, f"its list of cases {_DAMAGED}")
        return self._record(found[0])

    def _iterate(self) -> Iterator[CaseRecord]:
        for start in range(0, self.count, 1000):
            query = f"SELECT {_COLUMNS} FROM cases WHERE row >= ? AND row < ? ORDER BY row"
            yield from map(self._record, self._rows(query, start, start + 1000))

    def _excluded_rows(self, case_ids: Collection[str], patient_id: str) -> set[int]:
        rows = set()
        for case_id in set(case_ids):
            rows |= {
                row for (row,) in self._rows("SELECT row FROM cases WHERE case_id = ?", case_id)
            }
        if patient_id.strip():
            query = "SELECT row FROM cases WHERE patient_id = ?"
            rows |= {row for (row,) in self._rows(query, patient_id.strip())}
        return rows

    def _rows(self, query: str, *values: str | int) -> list[Any]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.ProgrammingError:  # closed: a bug of ours
            raise
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise CatalogueError(self.folder, f"its list of cases {_DAMAGED}") from error

    def _record(self, row: tuple[str, str, str, str]) -> CaseRecord:
        case_id, path, content, labels = row
        try:
            return case_record(self.folder, case_id, path, content, labels)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise CatalogueError(self.folder, f"its list of cases {_DAMAGED}") from error

    def _search(self, method: str) -> NeighbourSearch:
        with self._lock:
            if method not in self._searches:
                self._searches[method] = self._load(method)
            return self._searches[method]

    def _load(self, method: str) -> NeighbourSearch:
        stored = self._manifest.methods[method]
        content = self._content[method]
        vectors = checked_vectors(content, stored.embeddings, self.count, stored.length)
        if vectors is None or not _are_finite(vectors):
            raise CatalogueError(self.folder, f"its embeddings of {method} {_DAMAGED}")
        self._vectors[method] = vectors
        graph = None
        # A damaged graph costs time, not truth: the embeddings alone give the same answer.
        if self.count > EXACT_LIMIT and stored.graph is not None:
            with contextlib.suppress(ValueError, OSError):
                graph = _read_graph(self._store, self.count, stored, stored.graph)
        return NeighbourSearch(vectors, stored.distance, graph=graph)


class _Cases(Sequence[CaseRecord]):
    """The cases by number, without holding them all in memory."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __len__(self) -> int:
        return self._catalogue.count

    @overload
    def __getitem__(self, index: int) -> CaseRecord: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CaseRecord]: ...
    def __getitem__(self, index: int | slice) -> CaseRecord | Sequence[CaseRecord]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return self._catalogue._case_at(range(len(self))[index])

    def __iter__(self) -> Iterator[CaseRecord]:
        return self._catalogue._iterate()


def case_record(folder: Path, case_id: str, path: str, content: str, labels: str) -> CaseRecord:
    """Join what the file says (`content`) with what the table says (`labels`), both JSON.

    The table wins: it is what somebody wrote on purpose for this collection.
    """
    of_file, of_table = json.loads(content), json.loads(labels or "{}")
    return CaseRecord(
        case_id=case_id,
        path=folder / path,
        findings=tuple(of_table.get("findings", ())),
        findings_source=of_table.get("findings_source", ""),
        patient_id=of_table.get("patient_id") or of_file.get("patient_id", ""),
        sex=of_table.get("sex") or of_file.get("sex", ""),
        age=of_table.get("age") if of_table.get("age") is not None else of_file.get("age"),
        view=of_table.get("view") or of_file.get("view", ""),
        source=of_table.get("source", ""),
        report=of_table.get("report", ""),
        severity=of_table.get("severity", {}),
        extra=of_table.get("extra", {}),
        probabilities=tuple(of_file.get("probabilities", ())),
        pixel_sha256=of_file.get("pixel_sha256", ""),
    )


def checked_vectors(
    content: NDArray[np.uint8], stored: StoredFile, count: int, length: int
) -> NDArray[np.float32] | None:
    """Embeddings out of an .npy file's bytes, or None where they are not what was stored."""
    if content.size != stored.bytes or hashlib.sha256(content.data).hexdigest() != stored.sha256:
        return None
    # Compared and not parsed: numpy's reader of the header evaluates it as Python.
    head = npy_header(count, length)
    if content.size != len(head) + 4 * count * length or content[: len(head)].tobytes() != head:
        return None
    return np.asarray(content)[len(head) :].view(np.float32).reshape(count, length)


def graph_space(store: Path, method: StoredMethod, graph: StoredGraph) -> GraphSpace:
    """What a published graph is of.

    Raises:
        ValueError: Its axes are not what was stored, or no axes.
        OSError: They cannot be read.
    """
    if graph.axes is None:
        return GraphSpace(method.length, method.distance)
    path = store / graph.axes.name
    if path.is_symlink() or path.stat().st_size != graph.axes.bytes:
        raise ValueError("its axes are damaged")
    content = np.fromfile(path, np.uint8)
    rows = checked_vectors(content, graph.axes, 1 + graph.kept, method.length)
    if rows is None:
        raise ValueError("its axes are damaged")
    return GraphSpace(method.length, method.distance, PrincipalAxes(rows[0], rows[1:]))


def _read_graph(store: Path, count: int, method: StoredMethod, graph: StoredGraph) -> HnswGraph:
    if not is_sound(store, graph.index):
        raise ValueError("its graph is damaged")
    space = graph_space(store, method, graph)
    return read_graph(store / graph.index.name, count, space, graph.rows)


def _are_finite(vectors: NDArray[np.float32]) -> bool:
    """Whether all numbers are finite, looked at in parts: there may be billions."""
    return all(
        np.isfinite(vectors[start : start + _ROWS_AT_ONCE]).all()
        for start in range(0, len(vectors), _ROWS_AT_ONCE)
    )


def npy_header(count: int, length: int) -> bytes:
    """What a file of embeddings begins with: (count, length) little-endian float32, in rows."""
    head = io.BytesIO()
    described = {"descr": "<f4", "fortran_order": False, "shape": (count, length)}
    np.lib.format.write_array_header_1_0(head, described)
    return head.getvalue()


def _map_file(store: Path, stored: StoredFile, folder: Path) -> NDArray[np.uint8]:
    path = store / stored.name
    try:
        if path.is_symlink() or path.stat().st_size == 0:
            raise CatalogueError(folder, f"{stored.name} {_DAMAGED}")
        return np.memmap(path, np.uint8, "r")
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise CatalogueError(folder, f"{stored.name} cannot be read") from error


def _open_records(store: Path, stored: StoredFile, folder: Path) -> sqlite3.Connection:
    path = store / stored.name
    if not path.exists():
        raise FileNotFoundError(path)
    is_whole = is_sound(store, stored)
    try:
        if is_whole:
            return open_records(path)
    except sqlite3.Error as error:
        if path.exists():
            raise CatalogueError(folder, f"its list of cases {_DAMAGED}") from error
    if not path.exists():  # a writer published, and removed it while it was looked at
        raise FileNotFoundError(path)
    raise CatalogueError(folder, f"its list of cases {_DAMAGED}")


def open_records(path: Path) -> sqlite3.Connection:
    """Open a published, checked list of cases: never changed, so never locked."""
    uri = f"{path.as_uri()}?mode=ro&immutable=1"
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection
