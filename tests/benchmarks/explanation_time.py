"""How long each explanation takes to its first map, run by hand on a quiet machine.

    python tests/benchmarks/explanation_time.py [--rounds 10] [--bundle chest-pneumonia]

For every method of a bundle, on two random images of the bundle's size (time does not depend
on what is on them): both embedded with their feature maps, then each explanation. Occlusion is
timed to its first whole coarse level, and to the end at a stride of 10 of 224 pixels, which is
where the viewer stops on a CPU. `densenet121` stands for the full network with random weights.
Interleaved round by round; medians in ms, and the slowest round.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from inference.bundle_store import find_bundle
from inference.model_bundle import Bundle, read_bundle
from inference.occlusion import Windows
from inference.onnx_session import BundleSession
from inference.preprocess import ModelInput, Placement
from inference.similarity_saliency import (
    available_explanations,
    explain,
    explain_place,
    prepare_explanation,
)
from tests.benchmarks.query_time import densenet121_bundle

FINEST_STEP = 2  # as the viewer has it on a CPU
COARSEST = 16


def images(size: int, channels: int) -> Iterator[ModelInput]:
    """Two random inputs."""
    generator = np.random.default_rng(0)
    for _ in range(2):
        tensor = generator.random((1, channels, size, size), dtype=np.float32)
        yield ModelInput(tensor, Placement(size, size, 0, 0, size, size))


def ways(bundle: Bundle, *, whole: bool) -> dict[str, Callable[[], object]]:
    """Everything that is timed, by name; with `whole`, occlusion to its end too."""
    session = BundleSession(bundle, provider="cpu")
    one, other = images(bundle.manifest.input.size, bundle.manifest.input.channels)
    boxes = len(Windows.of(bundle.manifest.input.size).level(COARSEST)) ** 2
    found: dict[str, Callable[[], object]] = {}

    def timed(method: str, kind: str) -> Callable[[], object]:
        def run() -> object:
            query = prepare_explanation(one, session, method)
            result = prepare_explanation(other, session, method)
            if kind == "point":
                return explain_place(query, (0.5, 0.5), result)
            if kind in ("activation", "attention"):
                return list(explain(query, result, session, kind))  # type: ignore[arg-type]
            for step in explain(query, result, session, "occlusion", finest_step=FINEST_STEP):
                if kind == "occlusion, first level" and step.done >= boxes:
                    break
            return None

        return run

    for method, spec in bundle.manifest.methods.items():
        if spec.distance == "ssim":
            continue
        reasons = available_explanations(session, method)
        kinds = [kind for kind in ("activation", "attention", "point") if not reasons[kind]]
        kinds += ["occlusion, first level", *["occlusion, stride 10"] * whole]
        for kind in kinds:
            found[f"{bundle.manifest.name}, {method}: {kind}"] = timed(method, kind)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--bundle", action="append", default=[])
    parser.add_argument("--whole", action="store_true", help="occlusion to its end too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        everything: dict[str, Callable[[], object]] = {}
        for name in options.bundle or ["chest-pneumonia"]:
            if name == "densenet121":
                bundle = densenet121_bundle(Path(folder) / "bundle")
            else:
                bundle = read_bundle(find_bundle(name))
            everything |= ways(bundle, whole=options.whole)
        times: dict[str, list[float]] = {name: [] for name in everything}
        for turn in range(options.rounds + 1):
            for name, run in everything.items():
                start = time.perf_counter()
                run()
                if turn >= 1:  # the first warms up
                    times[name].append((time.perf_counter() - start) * 1e3)
    for name, values in times.items():
        print(f"{name:60s} {statistics.median(values):9.1f} ms   slowest {max(values):9.1f}")


if __name__ == "__main__":
    main()
