"""Indexing against the slower of its two parts alone, run by hand on a quiet machine.

    python -m tests.benchmarks.index_throughput [--images 300] [--rounds 11] [--bundle NAME]

Phantom radiographs as DICOM, 1,024 rows, most of them hard links. In each round, one after the
other:

    whole       build_catalogue into an empty store, all methods, everything written and published
    decoding    the same decoding processes, whose answers are thrown away
    model       the prepared inputs through the same graphs, one by one, as a query runs
    model, two  the same from as many threads as there are decoders, as indexing runs

Decoding and model share the cores, so the most that can be had is both after the other, each at
its best; that is told as well. Then memory, each in a process of its own: the peak with the images
and with four times as many.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from export_models.phantom import write_phantom_cases
from inference.bundle_store import find_bundle
from inference.catalogue_build import build_catalogue
from inference.catalogue_scan import STORE_NAME
from inference.decode_pool import decode_files
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from tests.benchmarks.measuring import interleaved, ratio, table

_PHANTOMS = 60


def make_images(folder: Path, count: int) -> list[Path]:
    """So many phantom radiographs: some written, the others hard links to them."""
    if not folder.is_dir():
        for _ in write_phantom_cases(folder, min(count, _PHANTOMS), 0, size=1024):
            pass
        (folder / "cases.csv").unlink()
        shutil.rmtree(folder / "masks", ignore_errors=True)
    originals = sorted((folder / "images").iterdir())
    for number in range(len(originals), count):
        path = folder / "images" / f"z{number:06d}.dcm"
        path.hardlink_to(originals[number % len(originals)])
    return sorted((folder / "images").iterdir())


def build(folder: Path, session: BundleSession, workers: int) -> None:
    """A whole index from nothing."""
    shutil.rmtree(folder / STORE_NAME, ignore_errors=True)
    for _ in build_catalogue(folder, session, workers=workers):
        pass


def peak_mb(folder: Path, bundle: str, workers: int) -> tuple[float, float]:
    """Peak resident memory of indexing, in MB: of the indexer, and of its largest decoder."""
    options = ["--bundle", bundle, "--workers", str(workers), "--peak-of", os.fspath(folder)]
    command = [sys.executable, "-m", "tests.benchmarks.index_throughput", *options]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    own, child = said.split()
    return float(own), float(child)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--bundle", default="chest-pneumonia")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds after each round")
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    session = BundleSession(read_bundle(find_bundle(options.bundle)), provider="cpu")
    if options.peak_of:
        build(options.peak_of, session, options.workers)
        peaks = (
            resource.getrusage(who).ru_maxrss / 1024
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(*peaks)
        return
    spec = session.bundle.manifest.input
    methods = tuple(session.bundle.manifest.methods)
    finder = session.find_lungs if spec.lung_finder_size is not None else None
    workers = options.workers
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(workers) as callers:
        folder = Path(scratch) / "cases"
        files = make_images(folder, options.images)

        def decoded() -> Iterator[np.ndarray]:
            for one in decode_files(files, spec, finder, workers=workers):
                assert one.tensor is not None, one.refusal
                yield one.tensor

        inputs = list(decoded())
        many = f"model, {workers} at once"
        found = interleaved(
            {
                "whole": lambda: build(folder, session, workers),
                "decoding": lambda: sum(1 for _ in decoded()),
                "model, one by one": lambda: [session.run(one, methods) for one in inputs],
                many: lambda: list(callers.map(lambda one: session.run(one, methods), inputs)),
            },
            options.rounds,
            warm_up=1,
            pause_s=options.pause,
        )
        print(f"{options.images} images, bundle {options.bundle}, {len(methods)} methods\n")
        rows = [
            (name, timing.text(), f"{options.images / timing.median * 1e3:.1f}")
            for name, timing in found.items()
        ]
        print(table(("", "median [quartiles]", "images a second"), rows))
        whole, decoding = found["whole"], found["decoding"]
        print("\nwhole, in images a second, against the slower of both alone, the model")
        for name in ("model, one by one", many):
            slower = max((decoding, found[name]), key=lambda one: one.median)
            both = decoding.median + found[name].median
            print(
                f"    {name.removeprefix('model, ')}: {ratio(slower, whole):.2f}; "
                f"against one after the other: {both / whole.median:.2f}"
            )
        print("\npeak memory, MB, of the indexer and of a decoder:")
        for count in (options.images, 4 * options.images):
            make_images(folder, count)
            own, child = peak_mb(folder, options.bundle, workers)
            print(f"    {count} images: {own:,.0f} and {child:,.0f}", flush=True)


if __name__ == "__main__":
    main()
