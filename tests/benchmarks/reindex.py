"""Indexing again where nothing changed: 100,000 files, run by hand.

    python -m tests.benchmarks.reindex [--files 100000] [--rounds 5]

The files are hard links to a few small pictures, which a catalogue cannot tell from files of
their own. They are indexed once with the tests' tiny bundle (minutes), then again and again, beside
what nobody can do without: listing the folder and asking each file's size and time.
"""

import argparse
import os
import tempfile
import time
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--method", default="cnn")
    options = parser.parse_args()
    generator = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as scratch:
        session = BundleSession(read_bundle(build_bundle(Path(scratch) / "tiny")), provider="cpu")
        folder = Path(scratch) / "cases"
        originals = []
        for number in range(_PICTURES):
            path = Path(scratch) / f"{number}.png"
            Image.fromarray(generator.integers(0, 255, (64, 64), np.uint8)).save(path)
            originals.append(path)
        for number in range(options.files):
            if number % _PER_FOLDER == 0:
                inside = folder / f"{number // _PER_FOLDER:04d}"
                inside.mkdir(parents=True)
            (inside / f"{number:07d}.png").hardlink_to(originals[number % _PICTURES])

        def indexed() -> None:
            for _ in build_catalogue(folder, session, methods=(options.method,), workers=2):
                pass

        start = time.perf_counter()
        indexed()
        first = time.perf_counter() - start
        found = interleaved(
            {"again": indexed, "listing": lambda: listed(folder)}, options.rounds, warm_up=1
        )
    print(f"first time: {first:,.0f} s for {options.files:,} files")
    print(table(("", "median [quartiles]"), [(name, one.text()) for name, one in found.items()]))
    print(f"\nagain / bare listing: {ratio(found['again'], found['listing']):.2f}")


if __name__ == "__main__":
    main()
