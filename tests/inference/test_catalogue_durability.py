"""A catalogue survives being killed and a full disk, and ends up the same.

The ordinary run tries a few moments of each. The campaign, 80 kills and 30 full disks:

    KINDRED_TEST_ROUNDS=40 pytest -s tests/inference/test_catalogue_durability.py

Every moment is drawn from a seed, which is in the message of a failure.
"""

import contextlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference import catalogue as catalogue_module
from inference.catalogue_build import check_catalogue
from inference.catalogue_store import find_store
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession
from tests.inference.announcing_indexer import STAGES
from tests.inference.catalogue_states import (
    State,
    before_and_after,
    build,
    half_indexed,
    state,
    use_axes,
)

ROUNDS = int(os.environ.get("KINDRED_TEST_ROUNDS", "4"))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def small_graphs() -> Iterator[None]:
    """Graphs are of principal axes, as in large catalogues, and are what is searched."""
    with pytest.MonkeyPatch.context() as patch:
        use_axes(patch.setattr)
        patch.setattr(catalogue_module, "EXACT_LIMIT", 1)
        yield


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
    return half_indexed(tmp_path_factory.mktemp("durability") / "folder", session, make_picture)


@pytest.fixture(scope="module")
def states(
    folder: Path, bundle: Bundle, session: BundleSession, tmp_path_factory: pytest.TempPathFactory
) -> tuple[State, State]:
    return before_and_after(folder, bundle, session, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Iterator[Path]:
    yield shutil.copytree(folder, tmp_path / "folder")
    shutil.rmtree(tmp_path / "folder")


def indexer(folder: Path, bundle: Bundle, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.inference.announcing_indexer"),
            *(str(folder), str(bundle.folder), *options),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def restore(folder: Path, kept: Path) -> None:
    shutil.rmtree(folder / ".kindred")
    shutil.copytree(kept, folder / ".kindred")


def undisturbed(folder: Path, bundle: Bundle) -> dict[str, list[float]]:
    """How long each stage lasts, each time it comes: seconds, by stage."""
    process = indexer(folder, bundle)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    lines = [line.split(" ", 1) for line in output.splitlines()]
    durations = defaultdict(list)
    for (begun, stage), (ended, _) in itertools.pairwise(lines):
        durations[stage].append(float(ended) - float(begun))
    return durations


def killed_in(folder: Path, bundle: Bundle, stage: str, times: int, delay: float) -> str:
    """Kill an indexer so many seconds after a stage's so many-th beginning.

    Returns:
        The stage it died in; "" where it was done before.
    """
    process = indexer(
        folder, bundle, "--kill", stage, "--after", str(times), "--delay", f"{delay:.9f}"
    )
    output, errors = process.communicate()
    if process.returncode == 0:
        return ""
    assert process.returncode == -signal.SIGKILL or sys.platform == "win32", errors
    # A line that was cut short is of a stage that had not begun.
    return output[: output.rindex("\n")].splitlines()[-1].split(" ", 1)[1]


@pytest.mark.timeout(600 + 60 * ROUNDS)
def test_killed_at_any_moment_it_answers_and_completes(
    copy: Path, bundle: Bundle, session: BundleSession, states: tuple[State, State]
) -> None:
    kept = shutil.copytree(copy / ".kindred", copy.parent / "kept")
    durations = undisturbed(copy, bundle)
    assert set(STAGES) <= set(durations)
    assert state(copy, bundle) == states[1]
    killed: Counter[str] = Counter()
    for seed in range(ROUNDS):
        restore(copy, kept)
        generator = random.Random(seed)
        for turn in range(2):  # killed, and its successor killed too
            stage = STAGES[(2 * seed + turn) % len(STAGES)]
            # The first one may have left its successor little to do.
            number = generator.randrange(len(durations[stage]) // (3 * turn + 1) or 1)
            delay = generator.uniform(0, durations[stage][number])
            died = killed_in(copy, bundle, stage, number + 1, delay)
            killed[died] += 1
            assert state(copy, bundle) in states, f"seed {seed}: killed in {died}"
        build(copy, session)
        assert state(copy, bundle) == states[1], f"seed {seed}"
        assert check_catalogue(copy, session) == [], f"seed {seed}"
    done = killed.pop("", 0)
    total = sum(killed.values())
    spread = ", ".join(f"{stage} {killed[stage]}" for stage in (*STAGES, "starting"))
    print(f"\n{total} indexers killed, {done} done before, seeds 0 to {ROUNDS - 1}: {spread}")
    assert total >= ROUNDS  # or the test has killed nothing worth the name
    if ROUNDS >= 30:
        assert total >= 50
        assert set(killed) >= set(STAGES)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on file size stands for the disk")
@pytest.mark.timeout(300 + 30 * ROUNDS)
def test_where_no_file_may_grow_it_is_a_sentence_and_nothing_is_lost(
    copy: Path, bundle: Bundle, session: BundleSession, states: tuple[State, State]
) -> None:
    """Every file may grow to a limit only: the same errors as from a disk that is full."""
    kept = shutil.copytree(copy / ".kindred", copy.parent / "kept")
    build(copy, session)
    store = find_store(copy, bundle)
    assert store is not None
    largest = max(path.stat().st_size for path in store.iterdir())
    refused = 0
    rounds = max(ROUNDS // 2, 5)
    for limit in np.geomspace(100, 1.2 * largest, rounds).astype(int):
        restore(copy, kept)
        process = indexer(copy, bundle, "--limit", str(limit))
        refused += is_refused(process, f"limit {limit}")
        assert state(copy, bundle) in states, f"limit {limit}"
        build(copy, session)
        assert state(copy, bundle) == states[1], f"limit {limit}"
    print(
        f"\n{refused} of {rounds} limits on the size of a file stopped an indexer, none harmed it"
    )
    assert refused >= 3


@pytest.mark.timeout(300 + 30 * ROUNDS)
def test_a_disk_that_is_full_is_a_sentence_and_nothing_is_lost(
    copy: Path, bundle: Bundle, session: BundleSession, states: tuple[State, State]
) -> None:
    """A small file system of its own, which the indexer fills at a random moment."""
    kept = shutil.copytree(copy / ".kindred", copy.parent / "kept")
    build(copy, session)
    before, after = size_of(kept), size_of(copy / ".kindred")
    shutil.rmtree(copy / ".kindred")
    refused = 0
    rounds = max(ROUNDS // 2, 3)
    for seed in range(rounds):
        size = random.Random(seed).randint(before + 8192, before + (after - before) // 2)
        with small_disk(copy / ".kindred", size) as grow:
            shutil.copytree(kept, copy / ".kindred", dirs_exist_ok=True)
            refused += is_refused(indexer(copy, bundle), f"seed {seed}, {size} bytes")
            assert state(copy, bundle) in states, f"seed {seed}, {size} bytes"
            grow()
            build(copy, session)
            assert state(copy, bundle) == states[1], f"seed {seed}, {size} bytes"
            assert check_catalogue(copy, session) == [], f"seed {seed}, {size} bytes"
    print(f"\n{refused} of {rounds} small disks were filled, seeds 0 to {rounds - 1}")
    assert refused >= rounds // 2


def size_of(folder: Path) -> int:
    """Bytes in a folder, as whole pages."""
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*"))


@contextlib.contextmanager
def small_disk(place: Path, size: int) -> Iterator[Callable[[], None]]:
    """Mount a file system of so many bytes, which the function that is given makes large."""
    place.mkdir()
    options = f"size={size},mode=0700"
    try:
        mount = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "kindred-test", str(place)],
            capture_output=True,
            check=False,
        )
    except OSError:
        pytest.skip("there is no mount here")
    if mount.returncode:
        place.rmdir()
        pytest.skip("only an administrator of Linux may mount a small disk")
    try:
        yield (
            lambda: (
                subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True) and None
            )
        )
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()


def is_refused(process: subprocess.Popen[str], when: str) -> bool:
    """Whether an indexer ended with the sentence for a full disk; anything else is a fault."""
    output, errors = process.communicate()
    if process.returncode == 0:
        return False
    assert process.returncode == 3, f"{when}: {errors}"
    assert "disk is full" in output.splitlines()[-1], f"{when}: {output}"
    return True
