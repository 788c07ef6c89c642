"""Indexing again where nothing changed, or where it was interrupted: 100,000 files, run by hand.

    python -m tests.benchmarks.reindex [--files 100000] [--rounds 11] [--keep FOLDER]

The files are hard links to a few small pictures, which a catalogue cannot tell from files of
their own. Half of them are indexed with the tests' tiny bundle (a minute), until that is
interrupted; then the other half; then nothing changes any more. Each is held against what nobody
can do without: listing the folder and asking each file's size and time.
"""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from inference.catalogue_build import build_catalogue
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from tests.benchmarks.measuring import interleaved, ratio, table
from tests.conftest import build_bundle

_PICTURES = 50
_PER_FOLDER = 1000


def listed(folder: Path) -> int:
    """The barest listing: every file's name, size and time."""
    count = 0
    waiting = [os.fspath(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
                    count += 1
    return count


def make_files(folder: Path, count: int) -> None:
    """Small pictures in folders of a thousand, most of them hard links."""
    generator = np.random.default_rng(0)
    originals = []
    for number in range(count):
        if number % _PER_FOLDER == 0:
            inside = folder / f"{number // _PER_FOLDER:04d}"
            inside.mkdir(parents=True)
        path = inside / f"{number:07d}.png"
        if number < _PICTURES:
            Image.fromarray(generator.integers(0, 255, (64, 64), np.uint8)).save(path)
            originals.append(path)
        else:
            path.hardlink_to(originals[number % _PICTURES])


def seconds(work: Callable[[], object]) -> float:
    """How long it takes by the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--method", default="cnn")
    parser.add_argument("--keep", type=Path, help="where files and catalogue stay between runs")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        scratch = options.keep
        if scratch is None:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = scratch / "cases"
        if not (scratch / "tiny").is_dir():
            build_bundle(scratch / "tiny")
        if not folder.is_dir():
            make_files(folder, options.files)
        session = BundleSession(read_bundle(scratch / "tiny"), provider="cpu")

        left = 0

        def indexed(until: int | None = None) -> None:
            nonlocal left
            steps = build_catalogue(folder, session, methods=(options.method,), workers=2)
            for step in steps:
                if step.stage == "reading":
                    left = step.total
                    if step.done == until:
                        steps.close()

        def against_listing(name: str, work: Callable[[], None]) -> None:
            found = interleaved(
                {name: work, "bare listing": lambda: listed(folder)}, options.rounds, warm_up=1
            )
            rows = [(one, timing.text()) for one, timing in found.items()]
            print(table(("", "median [quartiles]"), rows))
            print(f"\nratio: {ratio(found[name], found['bare listing']):.2f}\n", flush=True)

        if not (folder / ".kindred").is_dir():
            half = options.files // 2
            print(f"{half:,} files: {seconds(lambda: indexed(half)):,.1f} s; then interrupted\n")
            against_listing("resumed, until it reads on", lambda: indexed(0))
            rest = seconds(indexed)
            print(f"resumed and finished: {left:,} files read, published: {rest:,.1f} s\n")
        against_listing("indexed again", indexed)


if __name__ == "__main__":
    main()
