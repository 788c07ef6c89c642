"""The indexer's record of truth: what is known of each file, and its embeddings, in SQLite.

Only the one writer opens it; readers see what was published from it. It can always be made
again from the radiographs, so a damaged one is given up as a whole, and single rows that are
not what their checksum says are forgotten: their files count as new.
"""

import contextlib
import hashlib
import os
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SCHEMA = 1
"""Of the tables. A database of an earlier one is given up and filled from what was published."""

_TABLES = """
    CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS files (
        path TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        methods TEXT NOT NULL,
        content TEXT NOT NULL,
        labels TEXT NOT NULL,
        checksum TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS embeddings (
        path TEXT NOT NULL,
        method TEXT NOT NULL,
        vector BLOB NOT NULL,
        checksum TEXT NOT NULL,
        PRIMARY KEY (path, method)
    );
"""
_ENVIRONMENT = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
)
_SHORT_READ = 522  # SQLITE_IOERR_SHORT_READ: the file ends where a page should be


class NewerDatabaseError(Exception):
    """A later version of Kindred made it: neither read nor replaced. Ends a sentence."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What is known of one file.

    Attributes:
        relative: Its path from the folder.
        size: In bytes, when it was read.
        mtime_ns: When it was last changed then.
        methods: Whose embeddings are stored.
        content: What the file itself says, as JSON; see `catalogue.case_record`.
        labels: What the labels table says of it, as JSON, or "".
    """

    relative: str
    size: int
    mtime_ns: int
    methods: frozenset[str] = frozenset()
    content: str = "{}"
    labels: str = ""

    def row(self) -> tuple[str | int, ...]:
        """The table's columns, the checksum of the others last."""
        columns = (
            self.relative,
            self.size,
            self.mtime_ns,
            " ".join(sorted(self.methods)),
            self.content,
            self.labels,
        )
        return (*columns, _row_checksum(columns))


def _row_checksum(columns: tuple[str | int, ...]) -> str:
    return hashlib.sha256(repr(columns).encode("utf-8", "surrogatepass")).hexdigest()


class WorkDatabase:
    """The open database. Changes are kept from one `commit` to the next."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `open_database`."""
        self._connection = connection
        self._is_changed = False

    @property
    def revision(self) -> str:
        """Another one after every commit that changed something; "" when new."""
        return self.setting("revision")

    def setting(self, key: str) -> str:
        """A remembered text, or ""."""
        found = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(found[0]) if found else ""

    def remember(self, key: str, value: str) -> None:
        """Remember a text; this alone is no new revision, and the same one again is no work."""
        if value == self.setting(key):
            return
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def files(self) -> dict[str, KnownFile]:
        """Every file whose row is sound, by relative path."""
        known = {}
        sets: dict[str, frozenset[str]] = {}  # mostly all the same one
        for row in self._connection.execute("SELECT * FROM files"):
            *columns, checksum = row
            if _row_checksum(tuple(columns)) == checksum:
                path, size, mtime_ns, methods, content, labels = columns
                done = sets.get(methods)
                if done is None:
                    done = sets[methods] = frozenset(methods.split())
                known[path] = KnownFile(path, size, mtime_ns, done, content, labels)
        return known

    def put(self, file: KnownFile, embeddings: Mapping[str, NDArray[np.float32]]) -> KnownFile:
        """Store a file and add embeddings to those it has; returns it with their methods."""
        file = replace(file, methods=file.methods | set(embeddings))
        self._connection.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", file.row()
        )
        pixels = file.content
        self._connection.executemany(
            "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?, ?)",
            [
                (file.relative, method, blob, _checksum(file.relative, method, pixels, blob))
                for method, vector in embeddings.items()
                for blob in [vector.astype("<f4").tobytes()]
            ],
        )
        self._is_changed = True
        return file

    def remove(self, relative: str) -> None:
        """Forget a file."""
        self.forget_embeddings(relative)
        self._connection.execute("DELETE FROM files WHERE path = ?", (relative,))

    def forget_embeddings(self, relative: str) -> None:
        """Forget a file's embeddings, but not yet the file."""
        self._connection.execute("DELETE FROM embeddings WHERE path = ?", (relative,))
        self._is_changed = True

    def embedding(self, file: KnownFile, method: str, length: int) -> NDArray[np.float32] | None:
        """(length,) float32 as it was stored, or None where it is missing or damaged."""
        found = self._connection.execute(
            "SELECT vector, checksum FROM embeddings WHERE path = ? AND method = ?",
            (file.relative, method),
        ).fetchone()
        if found is None or not isinstance(found[0], bytes) or len(found[0]) != 4 * length:
            return None
        if found[1] != _checksum(file.relative, method, file.content, found[0]):
            return None
        return np.frombuffer(found[0], "<f4").astype(np.float32)

    def commit(self) -> None:
        """Keep all changes, or, when the process dies here, none of them."""
        if self._is_changed:
            self.remember("revision", uuid.uuid4().hex)
            self._is_changed = False
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")

    def problems(self) -> list[str]:
        """What SQLite itself finds wrong, and how many rows are not what they were."""
        found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(5)")]
        problems = [] if found == ["ok"] else [f"its database is damaged ({found[0]})"]
        (count,) = self._connection.execute("SELECT count(*) FROM files").fetchone()
        lost = count - len(self.files())
        return [*problems, f"{lost} rows of its database are damaged"] if lost else problems


def _checksum(relative: str, method: str, content: str, blob: bytes) -> str:
    # The file's content is in it, with the pixels' own checksum: an embedding that belongs
    # to another file, or to an earlier version of this one, does not pass.
    head = repr((relative, method, content)).encode()
    return hashlib.sha256(head + b"\0" + blob).hexdigest()


@contextlib.contextmanager
def open_database(path: Path, maker: str) -> Iterator[WorkDatabase]:
    """Open the database, made if it is not there, for the one writer there may be.

    Args:
        path: Its file.
        maker: Of the embeddings (`catalogue_store.maker_of`); what another left is emptied out.

    Raises:
        NewerDatabaseError: It is of a later format.
        sqlite3.Error: It cannot be opened, is damaged, or of an earlier format; see `is_damage`.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite alone would let others read
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
        database = WorkDatabase(connection)
        if database.setting("maker") != maker:
            for table in ("files", "embeddings", "meta"):
                connection.execute(f"DELETE FROM {table}")
            database.remember("maker", maker)
        yield database
        database.commit()
    finally:
        # Whatever was not committed is rolled back, which is right after an error or a cancel.
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    """Settings, tables, and a transaction that is begun."""
    try:
        # With exclusive locking, WAL needs no shared memory, which network folders do not have.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA trusted_schema = OFF")
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        if schema > SCHEMA:  # before anything is changed
            raise NewerDatabaseError(
                f"its database has format {schema}, and this version writes {SCHEMA}; "
                "update Kindred"
            )
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if schema < 0:
            raise sqlite3.DatabaseError(f"schema {schema} is not known")
        connection.executescript(_TABLES)
        if schema != SCHEMA:
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("BEGIN IMMEDIATE")
    except UnicodeDecodeError as error:  # sqlite3 quotes what it cannot read of the tables
        raise sqlite3.DatabaseError("its tables are damaged") from error


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the database itself is to blame, and not the disk or a permission."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None or code == _SHORT_READ:
        return True
    return code & 0xFF not in _ENVIRONMENT


def storage_failure(error: sqlite3.Error) -> str:
    """Why SQLite could not store something, and what to do, as the end of a sentence."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return "the disk is full or fails; free some space and index again, what was done is kept"
    return f"its database cannot be written ({error}); look at the folder's permissions"


def remove_database(path: Path) -> None:
    """Remove a damaged database with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
