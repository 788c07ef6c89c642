"""Proves that a catalogue is sound, or says what is wrong with it.

Nothing is mended here: indexing the folder again does that. A damaged database is marked for
it, because a folder that did not change is indexed without looking into every page.
"""

import contextlib
import sqlite3
from pathlib import Path

import numpy as np

from inference.catalogue import Catalogue, graph_space
from inference.catalogue_database import NewerDatabaseError, open_database
from inference.catalogue_manifest import StoredGraph, StoredMethod, read_manifest
from inference.catalogue_publish import is_own_manifest
from inference.catalogue_store import (
    DAMAGED_NAME,
    DATABASE_NAME,
    checked_folder,
    find_store,
    is_sound,
    maker_of,
)
from inference.errors import BundleError, CatalogueError, InferenceError
from inference.hnsw_file import graph_problem
from inference.neighbour_index import distances_between
from inference.onnx_session import BundleSession
from inference.preprocess import prepare
from inference.safe_reading import read_safely
from inference.writer_lock import writer_lock

SAMPLE = 5
TOLERANCE = 1e-3
"""Of the distance between an embedding and the same made again, over the typical distance:
other processors and thread counts round otherwise, and no neighbour moves by so little."""


def check_catalogue(folder: Path, session: BundleSession) -> list[str]:
    """Check everything that is stored for a folder, and embed a sample of it again.

    Args:
        folder: An indexed folder.
        session: The bundle it was indexed with, ready to run.

    Returns:
        What is wrong, in sentences; empty where all is sound.

    Raises:
        BundleError: The bundle cannot be run.
    """
    try:
        folder = checked_folder(folder)
        catalogue = Catalogue.open(folder, session.bundle)
    except CatalogueError as error:
        return [str(error)]
    try:
        problems = _file_problems(folder, catalogue, session)
        if not problems:
            problems = _case_problems(catalogue) + _embedding_problems(catalogue, session)
        return problems
    finally:
        catalogue.close()


def _graph_problem(store: Path, count: int, method: StoredMethod, graph: StoredGraph) -> str:
    try:
        space = graph_space(store, method, graph)
    except (ValueError, OSError) as error:
        return str(error)
    return graph_problem(store / graph.index.name, count, space.dimension, graph.rows)


def _file_problems(folder: Path, catalogue: Catalogue, session: BundleSession) -> list[str]:
    store = find_store(folder, session.bundle)
    if store is None:
        return ["The catalogue was removed while it was checked."]
    problems = []
    manifest = read_manifest(store, folder)
    for name, method in manifest.methods.items():
        for file in method.files:
            if not is_sound(store, file):
                problems.append(f"{file.name} is missing or damaged; index the folder again.")
        if method.graph is not None and not problems:
            problem = _graph_problem(store, catalogue.count, method, method.graph)
            if problem:
                problems.append(f"The neighbour index of {name} cannot be used: {problem}.")
    database = store / DATABASE_NAME
    if not database.is_file():
        return [*problems, "Its database is missing; index the folder again."]
    found: list[str] = []
    try:
        maker = maker_of(session.bundle)
        with writer_lock(store, folder), open_database(database, maker) as opened:
            found = [f"{problem}; index the folder again." for problem in opened.problems()]
            if not is_own_manifest(opened, store):
                problems.append("It was altered since it was indexed; index the folder again.")
    except NewerDatabaseError as error:
        return [*problems, str(CatalogueError(folder, str(error)))]
    except (sqlite3.Error, OSError) as error:
        found = [f"Its database cannot be used ({error}); index the folder again."]
    except CatalogueError as error:
        return [*problems, str(error)]  # somebody is indexing
    if found:
        with contextlib.suppress(OSError):
            (store / DAMAGED_NAME).touch(mode=0o600)
    return [*problems, *found]


def _case_problems(catalogue: Catalogue) -> list[str]:
    missing = [case for case in catalogue.cases() if not case.path.is_file()]
    if not missing:
        return []
    return [
        f"{len(missing)} of {catalogue.count} radiographs are not there any more, such as "
        f"{missing[0].path.name}; index the folder again."
    ]


def _embedding_problems(catalogue: Catalogue, session: BundleSession) -> list[str]:
    """Embed a few cases, spread over the catalogue, again."""
    problems = []
    spec = session.bundle.manifest.input
    find_lungs = session.find_lungs if spec.lung_finder_size is not None else None
    rows = np.unique(np.linspace(0, catalogue.count - 1, SAMPLE).astype(int))
    for case in (catalogue.cases()[row] for row in rows if catalogue.count):
        if not case.path.is_file():
            continue
        try:
            radiograph = read_safely(case.path)
            if radiograph.pixel_sha256 != case.pixel_sha256:
                problems.append(f"{case.path.name} was changed; index the folder again.")
                continue
            tensor = prepare(radiograph, spec, find_lungs).tensor
            output = session.run(tensor, catalogue.methods)
        except BundleError:
            raise
        except InferenceError as error:
            problems.append(str(error))
            continue
        for method, embedding in output.embeddings.items():
            stored = catalogue.embedding(case.case_id, method)
            distance = session.bundle.manifest.methods[method].distance
            (apart,) = distances_between(stored[None], embedding, distance)
            if apart > TOLERANCE * catalogue.typical_distance(method):
                problems.append(
                    f"The embedding of {case.path.name} by {method} is not what the bundle "
                    "gives now; index the folder again."
                )
    return problems
