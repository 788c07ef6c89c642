"""Index a folder: only what changed since the last time, in steps that survive being killed.

    list -> what is new or changed -> decode (processes) -> model -> database -> publish

The database is committed every few seconds, so an interrupted run goes on where it was. Readers
see nothing of it before the last step publishes everything at once. What a run left behind is
remembered by checksum: where the folder, the labels and everything published are as they were
left, the next run ends after listing, without reading what is known of each file.
"""

import hashlib
import json
import os
import re
import sqlite3
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.catalogue import checked_vectors, open_records
from inference.catalogue_check import check_catalogue
from inference.catalogue_database import (
    KnownFile,
    NewerDatabaseError,
    WorkDatabase,
    is_damage,
    open_database,
    remove_database,
    storage_failure,
)
from inference.catalogue_manifest import (
    FORMAT,
    CatalogueManifest,
    NewerCatalogueError,
    manifest_format,
    manifest_sha256,
    read_manifest,
)
from inference.catalogue_plan import (
    BuildProgress,
    Plan,
    Stage,
    listed,
    make_plan,
    table_path,
    table_sha256,
)
from inference.catalogue_publish import (
    DamagedEmbeddingsError,
    is_own_manifest,
    publish,
    published_cases,
)
from inference.catalogue_scan import RULES_VERSION, Listing
from inference.catalogue_store import (
    DAMAGED_NAME,
    DATABASE_NAME,
    checked_folder,
    is_sound,
    maker_of,
    storage_reason,
    writable_store,
)
from inference.decode_pool import DecodedFile, decode_files
from inference.errors import BundleError, CatalogueError, InferenceError
from inference.model_bundle import Bundle
from inference.onnx_session import BundleSession
from inference.writer_lock import writer_lock

__all__ = ["BuildProgress", "Stage", "build_catalogue", "check_catalogue"]

COMMIT_EVERY_S = 2.0
_LEFT = "left"
"""The setting with what the last whole run left behind."""
_MOST_WORKERS = 8
_AHEAD = 4
"""Files that wait for each worker's model: what is stored meanwhile may wait for the disk."""


@dataclass(frozen=True, slots=True, eq=False)
class _Embedded:
    """What became of one file: why it was refused, or its new embeddings, by method."""

    file: KnownFile
    refusal: str = ""
    embeddings: Mapping[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)


def build_catalogue(
    folder: Path,
    session: BundleSession,
    *,
    labels: Path | None = None,
    methods: Sequence[str] | None = None,
    workers: int | None = None,
) -> Generator[BuildProgress, None, None]:
    """Index a folder, or bring its index up to date.

    A file counts as unchanged while its size and time are. New labels change the cases without
    embedding them again; methods that are already there stay.

    Args:
        folder: Searched with its sub-folders.
        session: The bundle, ready to run.
        labels: A table of labels; None: `cases.csv` in the folder, else the one given last.
        methods: To be indexed; None: all of the bundle's.
        workers: Decoding processes, and files embedded at once; None: one per core, up to eight.

    Yields:
        Progress, several times a second. Closing the generator cancels; what was done is kept.

    Raises:
        CatalogueError: The folder cannot be indexed: it is missing, empty, being indexed by
            another process, or there is no space.
        LabelsTableError: The table cannot be used.
        BundleError: The bundle cannot be run.
    """
    folder = checked_folder(folder)
    wanted = _checked_methods(session.bundle, methods)
    store = writable_store(folder, session.bundle)
    with writer_lock(store, folder):
        for attempt in (1, 2):
            try:
                if (store / DAMAGED_NAME).exists():
                    remove_database(store / DATABASE_NAME)
                    (store / DAMAGED_NAME).unlink()
                with open_database(store / DATABASE_NAME, maker_of(session.bundle)) as database:
                    job = _Build(folder, store, session, database, wanted, labels, workers)
                    yield from job.run()
                return
            except NewerDatabaseError as error:
                raise NewerCatalogueError(folder, str(error)) from error
            except sqlite3.Error as error:
                if not is_damage(error):
                    raise CatalogueError(folder, storage_failure(error)) from error
                if attempt == 2:
                    raise
                remove_database(store / DATABASE_NAME)
            except OSError as error:
                raise CatalogueError(folder, storage_reason(error)) from error


def _checked_methods(bundle: Bundle, methods: Sequence[str] | None) -> tuple[str, ...]:
    offered = bundle.manifest.methods
    for name in methods or ():
        if name not in offered:
            raise InferenceError(
                f"The bundle {bundle.manifest.name} has no method {name}; "
                f"it has {', '.join(offered)}."
            )
    for name in offered:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,50}", name):
            raise BundleError(bundle.manifest.name, f"{name!r} is no name for a method")
    return tuple(offered if methods is None else methods)


class _Build:
    """One run, with the database open and the lock held."""

    def __init__(
        self,
        folder: Path,
        store: Path,
        session: BundleSession,
        database: WorkDatabase,
        methods: Sequence[str],
        labels: Path | None,
        workers: int | None,
    ) -> None:
        self._folder = folder
        self._store = store
        self._session = session
        self._database = database
        self._labels = labels
        self._workers = workers or min(_available_cores(), _MOST_WORKERS)
        self._previous = self._published()
        earlier = self._previous.methods if self._previous is not None else {}
        offered = session.bundle.manifest.methods
        self._methods = tuple(name for name in offered if name in methods or name in earlier)
        self._is_published_whole = False
        self._unread: dict[str, str] = {}

    def run(self) -> Iterator[BuildProgress]:
        """All stages."""
        if not self._database.revision and self._previous is not None:
            self._salvage(self._previous)
        with ThreadPoolExecutor(1) as aside:  # reads what the listing does not touch
            is_whole = aside.submit(self._is_whole)
            listing = yield from listed(self._folder)
            self._is_published_whole = is_whole.result()
        if (yield from self._is_as_left(listing)):
            return
        plan = yield from make_plan(
            self._folder, self._database, listing, self._labels, self._methods
        )
        yield from self._read(plan, plan.to_read)
        for _ in range(3):
            try:
                yield from self._publish(plan, listing)
                return
            except DamagedEmbeddingsError as error:
                again = [replace(file, methods=frozenset()) for file in error.files]
                for file in again:
                    self._database.forget_embeddings(file.relative)
                yield from self._read(plan, again)
        raise CatalogueError(self._folder, "its database loses what is written; look at the disk")

    def _published(self) -> CatalogueManifest | None:
        try:
            manifest = read_manifest(self._store, self._folder)
        except NewerCatalogueError:
            raise
        except CatalogueError:
            return None  # missing or damaged: it is made again
        if self._database.revision and not is_own_manifest(self._database, self._store):
            return None  # somebody else's, whatever its checksum says
        return manifest if manifest.maker == maker_of(self._session.bundle) else None

    def _is_as_left(self, listing: Listing) -> Generator[BuildProgress, None, bool]:
        """Whether nothing is to be done; files that could not be read are tried again for it."""
        previous = self._previous
        left = self._database.setting(_LEFT)
        if previous is None or not left or not self._is_published_whole:
            return False
        digest, unread = json.loads(left)
        table = table_path(self._folder, self._database, self._labels)
        if digest != self._state(listing, table, table_sha256(table)):
            return False
        files = [KnownFile(relative, 0, 0) for relative in unread]
        with closing(self._embedded(files)) as embedded:
            for done, one in enumerate(embedded, start=1):
                if one.refusal != unread[one.file.relative]:
                    return False
                path = one.file.relative
                yield BuildProgress("reading", done, len(files), path, previous.refused)
        yield BuildProgress("indexing", previous.count, previous.count, "", previous.refused)
        return True

    def _state(self, listing: Listing, table: Path | None, table_sha256: str) -> str:
        """A checksum over all that decides what a run does, and what it leaves."""
        state = [
            (RULES_VERSION, FORMAT, self._methods, self._database.revision),
            (listing.sha256, str(table.absolute()) if table else "", table_sha256),
            manifest_sha256(self._store),
        ]
        return hashlib.sha256(json.dumps(state).encode()).hexdigest()

    def _leave(self, plan: Plan, listing: Listing) -> None:
        table = table_path(self._folder, self._database, self._labels)
        state = self._state(listing, table, plan.table_sha256)
        self._database.remember(_LEFT, json.dumps([state, self._unread]))
        self._database.commit()

    def _read(self, plan: Plan, files: Sequence[KnownFile]) -> Iterator[BuildProgress]:
        if not files:
            return
        yield BuildProgress("reading", 0, len(files), files[0].relative, len(plan.refused))
        committed = time.monotonic()
        with closing(self._embedded(files)) as embedded:
            for done, one in enumerate(embedded, start=1):
                self._store_one(plan, one)
                if time.monotonic() - committed > COMMIT_EVERY_S:
                    self._database.commit()
                    committed = time.monotonic()
                path = one.file.relative
                try:
                    yield BuildProgress("reading", done, len(files), path, len(plan.refused))
                except GeneratorExit:
                    self._database.commit()
                    raise
        self._database.commit()

    def _embedded(self, files: Sequence[KnownFile]) -> Generator[_Embedded, None, None]:
        """Decode and embed files, in their order; only a few are ever held.

        The model runs for as many files at once as there are decoders, because a small network
        gains next to nothing from a second core by itself.
        """
        if not files:
            return
        spec = self._session.bundle.manifest.input
        find_lungs = self._session.find_lungs if spec.lung_finder_size is not None else None
        paths = (self._folder / file.relative for file in files)
        callers = min(self._workers, len(files))
        ahead = _AHEAD * callers if callers > 1 else 0
        pending: deque[Future[_Embedded]] = deque()
        with (
            ThreadPoolExecutor(callers, thread_name_prefix="embed") as executor,
            closing(decode_files(paths, spec, find_lungs, workers=callers)) as decoded,
        ):
            try:
                for file, result in zip(files, decoded, strict=True):
                    pending.append(executor.submit(self._embed, file, result))
                    if len(pending) > ahead:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()
            finally:
                for future in pending:
                    future.cancel()

    def _embed(self, file: KnownFile, result: DecodedFile) -> _Embedded:
        """Embed one decoded file. Touches nothing, since several threads are here at once."""
        if result.tensor is None:
            return _Embedded(file, result.refusal)
        old = json.loads(file.content)
        if old.get("pixel_sha256") != result.facts["pixel_sha256"]:
            file = replace(file, methods=frozenset(), content="{}")
        missing = [name for name in self._methods if name not in file.methods]
        try:
            output = self._session.run(result.tensor, missing)
        except BundleError:
            raise
        except InferenceError as error:
            return _Embedded(file, str(error).rstrip("."))
        if not file.methods:  # embeddings that are kept are tied to the content they came with
            facts = {**result.facts, "probabilities": output.probabilities.tolist()}
            file = replace(file, content=json.dumps(facts, sort_keys=True))
        return _Embedded(file, embeddings=output.embeddings)

    def _store_one(self, plan: Plan, one: _Embedded) -> None:
        file = one.file
        if one.refusal:
            plan.refused[file.relative] = self._unread[file.relative] = one.refusal
            if plan.known.pop(file.relative, None) is not None:
                self._database.remove(file.relative)
            return
        if not file.methods:
            self._database.forget_embeddings(file.relative)
        plan.known[file.relative] = self._database.put(file, one.embeddings)

    def _publish(self, plan: Plan, listing: Listing) -> Iterator[BuildProgress]:
        usable, refused = [], dict(plan.refused)
        for file in plan.known.values():
            if file.methods.issuperset(self._methods):
                usable.append(file)
            else:
                refused[file.relative] = "its folder cannot be listed now"
        state = [self._database.revision, self._methods, sorted(refused.items()), plan.notes]
        revision = hashlib.sha256(json.dumps(state).encode()).hexdigest()
        previous = self._previous
        is_current = (
            previous is not None
            and previous.revision == revision
            and manifest_format(self._store) == FORMAT
            and self._is_published_whole
        )
        if not is_current:
            steps = publish(
                self._store,
                self._database,
                self._session.bundle,
                published_cases(usable),
                methods=self._methods,
                refused=refused,
                notes=plan.notes,
                revision=revision,
                previous=previous,
            )
            for done, total in steps:
                if done < total:
                    yield BuildProgress("indexing", done, total, "", len(refused))
        self._leave(plan, listing)
        yield BuildProgress("indexing", len(usable), len(usable), "", len(refused))

    def _is_whole(self) -> bool:
        """Whether everything published is there, byte for byte."""
        manifest = self._previous
        if manifest is None:
            return False
        files = [manifest.records]
        for method in manifest.methods.values():
            files += method.files
        return all(is_sound(self._store, file) for file in files)

    def _salvage(self, published: CatalogueManifest) -> None:
        """Fill a database that was lost from what was published, where that is sound."""
        if not is_sound(self._store, published.records):
            return
        vectors = {}
        for name, method in published.methods.items():
            if published.count and is_sound(self._store, method.embeddings):
                content = np.memmap(self._store / method.embeddings.name, np.uint8, "r")
                found = checked_vectors(content, method.embeddings, published.count, method.length)
                if found is not None:
                    vectors[name] = found
        query = "SELECT row, path, size, mtime_ns, content, labels FROM cases"
        with closing(open_records(self._store / published.records.name)) as records:
            try:
                rows = records.execute(query).fetchall()
            except (sqlite3.Error, UnicodeDecodeError):
                return  # its checksum was right, but not what it holds
        for row, path, size, mtime_ns, content, labels in rows:
            is_sound_row = isinstance(path, str) and row in range(published.count)
            if is_sound_row and _is_object(content) and _is_object(labels or "{}"):
                file = KnownFile(path, size, mtime_ns, content=content, labels=labels)
                self._database.put(file, {name: found[row] for name, found in vectors.items()})
        self._database.commit()


def _is_object(text: object) -> bool:
    """Whether it is the text of a JSON object."""
    try:
        return isinstance(text, str) and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _available_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
