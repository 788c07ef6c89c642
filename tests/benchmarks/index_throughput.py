"""Indexing against the slower of its two parts alone, run by hand on a quiet machine.

    python -m tests.benchmarks.index_throughput [--images 300] [--rounds 5] [--bundle NAME]

Phantom radiographs as DICOM, 1,024 rows. In each round, one after the other:

    whole      build_catalogue into an empty store, all methods, everything written
    decoding   the same decoding processes, whose answers are thrown away
    model      the same prepared inputs through the same graphs, one by one

What can be had of two cores is at most the two parts one after the other (decoding and model
share the cores), so the sum of both is told as well. Then memory: the peak of this process and
of its decoders after the whole and after twice the images.
"""

import argparse
import resource
import shutil
import tempfile
from collections.abc import Iterator
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


def peak_mb() -> tuple[float, float]:
    """Peak resident memory in MB: of this process, and of its largest child so far."""
    return tuple(  # type: ignore[return-value]
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def build(folder: Path, session: BundleSession) -> None:
    """A whole index from nothing."""
    shutil.rmtree(folder / STORE_NAME, ignore_errors=True)
    for _ in build_catalogue(folder, session, workers=2):
        pass


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bundle", default="chest-pneumonia")
    options = parser.parse_args()
    session = BundleSession(read_bundle(find_bundle(options.bundle)), provider="cpu")
    spec = session.bundle.manifest.input
    methods = tuple(session.bundle.manifest.methods)
    finder = session.find_lungs if spec.lung_finder_size is not None else None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "cases"
        for _ in write_phantom_cases(folder, options.images, 0, size=1024):
            pass
        files = sorted((folder / "images").iterdir())

        def decoded() -> Iterator[np.ndarray]:
            for one in decode_files(files, spec, finder, workers=2):
                assert one.tensor is not None, one.refusal
                yield one.tensor

        inputs = list(decoded())
        found = interleaved(
            {
                "whole": lambda: build(folder, session),
                "decoding": lambda: sum(1 for _ in decoded()),
                "model": lambda: [session.run(one, methods) for one in inputs],
            },
            options.rounds,
            warm_up=1,
        )
        slower = max(("decoding", "model"), key=lambda name: found[name].median)
        rows = [
            (name, timing.text(), f"{options.images / timing.median * 1e3:.1f}")
            for name, timing in found.items()
        ]
        print(table(("", "median [quartiles]", "images a second"), rows))
        share = ratio(found[slower], found["whole"])
        both = found["decoding"].median + found["model"].median
        print(f"\nwhole against {slower} alone, in images a second: {share:.2f}")
        print(f"whole against one after the other: {both / found['whole'].median:.2f}")
        own, child = peak_mb()
        for _ in write_phantom_cases(folder, 2 * options.images, 0, size=1024):
            pass
        build(folder, session)
        own2, child2 = peak_mb()
        print(f"peak memory, MB: {own:,.0f} here and {child:,.0f} in a decoder; with twice the "
              f"images {own2:,.0f} and {child2:,.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
