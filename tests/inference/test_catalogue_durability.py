"""A catalogue survives being killed, a full disk and damage, and ends up the same.

The ordinary run tries a few moments of each. KINDRED_TEST_ROUNDS=50 tries so many of each; the
seed of every round is in its message.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference.catalogue import Catalogue
from inference.catalogue_build import build_catalogue, check_catalogue
from inference.catalogue_store import find_store
from inference.errors import CatalogueError
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession

ROUNDS = int(os.environ.get("KINDRED_TEST_ROUNDS", "6"))
DAMAGES = int(os.environ.get("KINDRED_TEST_ROUNDS", "12"))
ROOT = Path(__file__).parents[2]
CASES = 48

INDEXER = """
import sys
from pathlib import Path
from inference import catalogue_build
from inference.errors import CatalogueError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession

folder, bundle, limit = sys.argv[1:]
catalogue_build.COMMIT_EVERY_S = 0.02  # more moments to be killed in
session = BundleSession(read_bundle(Path(bundle)), provider="cpu", threads=1)
if int(limit):
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
print("started", flush=True)
try:
    for step in catalogue_build.build_catalogue(Path(folder), session, workers=1):
        pass
except CatalogueError as error:
    print(error, flush=True)
    sys.exit(3)
"""


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    return read_bundle(tiny_bundle)


@pytest.fixture(scope="module")
def session(bundle: Bundle) -> BundleSession:
    return BundleSession(bundle, provider="cpu", threads=1)


@pytest.fixture(scope="module")
def folder(
    tmp_path_factory: pytest.TempPathFactory,
    session: BundleSession,
    make_picture: Callable[..., NDArray[np.uint8]],
) -> Path:
    """Radiographs, of which the first few are indexed already."""
    folder = tmp_path_factory.mktemp("durability") / "folder"
    folder.mkdir()
    for number in range(CASES):
        if number == 5:
            build(folder, session)
        Image.fromarray(make_picture(number)).save(folder / f"{number:03d}.png")
    (folder / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def build(folder: Path, session: BundleSession) -> None:
    for _ in build_catalogue(folder, session, workers=1):
        pass


def state(folder: Path, bundle: Bundle) -> dict[str, object]:
    """Everything a reader can see, comparable between copies of a folder."""
    catalogue = Catalogue.open(folder, bundle)
    try:
        vectors = {method: np.array(catalogue.embeddings(method)) for method in catalogue.methods}
        return {
            "cases": [
                (case.case_id, case.path.name, case.probabilities, case.pixel_sha256)
                for case in catalogue.cases()
            ],
            "refused": catalogue.refused,
            "embeddings": {method: values.tobytes() for method, values in vectors.items()},
            "neighbours": {
                method: [
                    [
                        (neighbour.case.case_id, neighbour.distance, neighbour.similarity)
                        for neighbour in catalogue.nearest(vector, method=method, k=5)
                    ]
                    for vector in values[:5]
                ]
                for method, values in vectors.items()
            },
        }
    finally:
        catalogue.close()


@pytest.fixture(scope="module")
def states(
    folder: Path, bundle: Bundle, session: BundleSession, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, object], dict[str, object]]:
    """What a reader sees before, and after an undisturbed build."""
    copy = shutil.copytree(folder, tmp_path_factory.mktemp("undisturbed") / "folder")
    before = state(copy, bundle)
    build(copy, session)
    return before, state(copy, bundle)


def indexer(folder: Path, bundle: Bundle, limit: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", INDEXER, str(folder), str(bundle.folder), str(limit)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Iterator[Path]:
    yield shutil.copytree(folder, tmp_path / "folder")
    shutil.rmtree(tmp_path / "folder")


@pytest.mark.timeout(1200 + 30 * ROUNDS)
def test_killed_at_any_moment_it_answers_and_completes(
    copy: Path, bundle: Bundle, session: BundleSession, states: tuple[object, object]
) -> None:
    pristine = copy / ".kindred"
    kept = shutil.copytree(pristine, copy.parent / "kept")
    started = time.monotonic()
    process = indexer(copy, bundle)
    assert process.stdout is not None
    process.stdout.readline()
    ready = time.monotonic()
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    duration = time.monotonic() - ready
    assert ready > started
    assert state(copy, bundle) == states[1]
    killed = 0
    for number in range(ROUNDS):
        shutil.rmtree(pristine)
        shutil.copytree(kept, pristine)
        generator = random.Random(number)
        for _ in range(2):  # killed, and its successor killed too
            process = indexer(copy, bundle)
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(generator.uniform(0, duration))
            killed += process.poll() is None
            process.kill()
            process.communicate()
            assert state(copy, bundle) in states, f"seed {number}"
        build(copy, session)
        assert state(copy, bundle) == states[1], f"seed {number}"
        assert check_catalogue(copy, session) == [], f"seed {number}"
    assert killed >= ROUNDS  # or the test has killed nothing worth the name


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on file size stands for the disk")
def test_a_full_disk_is_a_sentence_and_loses_nothing(
    copy: Path, bundle: Bundle, session: BundleSession, states: tuple[object, object]
) -> None:
    """Every file may grow to a limit only: the same errors as from a disk that is full."""
    pristine = copy / ".kindred"
    kept = shutil.copytree(pristine, copy.parent / "kept")
    build(copy, session)
    store = find_store(copy, bundle)
    assert store is not None
    largest = max(path.stat().st_size for path in store.iterdir())
    refused = 0
    for number, limit in enumerate(np.geomspace(100, 1.2 * largest, max(ROUNDS, 6)).astype(int)):
        shutil.rmtree(pristine)
        shutil.copytree(kept, pristine)
        process = indexer(copy, bundle, int(limit))
        output, errors = process.communicate()
        if process.returncode:
            assert process.returncode == 3, errors
            assert "disk is full" in output.splitlines()[-1], (limit, output)
            refused += 1
        assert state(copy, bundle) in states, f"limit {limit}, round {number}"
        build(copy, session)
        assert state(copy, bundle) == states[1], f"limit {limit}, round {number}"
    assert refused >= 3


def damage(path: Path, generator: random.Random, others: list[Path]) -> str:
    content = bytearray(path.read_bytes())
    kind = generator.choice(["flip", "flip", "overwrite", "cut", "swap", "zero", "remove"])
    if kind == "remove" or not content:
        path.unlink()
    elif kind == "flip":
        for _ in range(generator.randint(1, 8)):
            content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        path.write_bytes(content)
    elif kind == "overwrite":
        start = generator.randrange(len(content))
        content[start : start + 200] = generator.randbytes(min(200, len(content) - start))
        path.write_bytes(content)
    elif kind == "cut":
        path.write_bytes(content[: generator.randrange(len(content))])
    elif kind == "swap":
        shutil.copy(generator.choice(others), path) if others else path.unlink()
    else:
        path.write_bytes(bytes(len(content)))
    return f"{kind} of {path.name}"


@pytest.mark.timeout(600 + 10 * DAMAGES)
def test_damage_gives_a_sentence_or_the_truth_and_is_mended(
    copy: Path, bundle: Bundle, session: BundleSession, states: tuple[object, object]
) -> None:
    build(copy, session)
    sound = shutil.copytree(copy / ".kindred", copy.parent / "sound")
    for number in range(DAMAGES):
        shutil.rmtree(copy / ".kindred")
        shutil.copytree(sound, copy / ".kindred")
        store = find_store(copy, bundle)
        assert store is not None
        generator = random.Random(number)
        files = sorted(path for path in store.iterdir() if path.name != "writer.lock")
        chosen = generator.choice([*files, store / "catalogue.sqlite", store / "catalogue.json"])
        what = damage(chosen, generator, [path for path in files if path != chosen])
        with contextlib.suppress(CatalogueError):
            assert state(copy, bundle) == states[1], f"seed {number}: {what}"
        if not any("update Kindred" in problem for problem in check_catalogue(copy, session)):
            build(copy, session)
            assert state(copy, bundle) == states[1], f"seed {number}: {what}"
            assert check_catalogue(copy, session) == [], f"seed {number}: {what}"


def test_a_database_that_is_lost_is_filled_from_what_was_published(
    copy: Path, bundle: Bundle, session: BundleSession, states: tuple[object, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    build(copy, session)
    store = find_store(copy, bundle)
    assert store is not None
    (store / "catalogue.sqlite").write_bytes(b"\x80" * 5000)

    def no_run(*_: object, **__: object) -> None:
        raise AssertionError("embedded again")

    monkeypatch.setattr(BundleSession, "run", no_run)
    build(copy, session)
    assert state(copy, bundle) == states[1]
