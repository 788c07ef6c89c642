"""Where a query's model time goes, and what other settings would give; run by hand.

    python -m tests.benchmarks.graph_choices [--rounds 11]

The fused graph of DenseNet-121 at 224 pixels (random weights) under onnxruntime: graph
optimisation, threads, spinning, execution mode and int8, interleaved round by round. Beside
each, how far its saliency map and its embedding are from those of the settings that ship: a
faster setting whose maps differ is no choice. Then the profile by kind of operation, without
onnxruntime's optimisation and with it.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from tests.benchmarks.measuring import interleaved, ratio, table
from tests.benchmarks.query_time import densenet121_bundle

OUTPUTS = ["probability", "saliency", "embedding_ig"]
LEVEL = onnxruntime.GraphOptimizationLevel
Answer = dict[str, NDArray[np.float32]]


def opened(
    content: bytes,
    *,
    level: Any = LEVEL.ORT_ENABLE_ALL,
    threads: int = 2,
    spinning: bool = False,
    parallel: bool = False,
    profile: str = "",
) -> onnxruntime.InferenceSession:
    """A session; the defaults are those that ship, on two cores."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = level
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    if parallel:
        options.execution_mode = onnxruntime.ExecutionMode.ORT_PARALLEL
        options.inter_op_num_threads = 2
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = profile
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def int8(content: bytes, folder: Path) -> bytes:
    """Weights in 8 bits, activations quantised as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    source, target = folder / "whole.onnx", folder / "int8.onnx"
    source.write_bytes(content)
    quantize_dynamic(source, target, weight_type=QuantType.QUInt8)
    return target.read_bytes()


def error(got: Answer, expected: Answer, name: str) -> float:
    """L1 distance relative to what is expected."""
    difference = np.abs(got[name].astype(np.float64) - expected[name]).sum()
    return float(difference / np.abs(expected[name]).sum())


def profile(content: bytes, folder: Path, level: Any, image: NDArray[np.float32]) -> Counter[str]:
    """ms by kind of operation, the mean of ten runs."""
    session = opened(content, level=level, profile=str(folder / "profile"))
    for _ in range(10):
        session.run(OUTPUTS, {"image": image})
    events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    kinds: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            kinds[event["args"]["op_name"]] += event["dur"] / 1e4
    return kinds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        content = densenet121_bundle(folder / "bundle").file("fused.onnx").read_bytes()
        image = np.random.default_rng(0).random((1, 1, 224, 224), dtype=np.float32)
        sessions = {
            "as shipped: all optimisations, 2 threads, no spinning": opened(content),
            "extended optimisations (no blocked layout)": opened(
                content, level=LEVEL.ORT_ENABLE_EXTENDED
            ),
            "basic optimisations": opened(content, level=LEVEL.ORT_ENABLE_BASIC),
            "no optimisation": opened(content, level=LEVEL.ORT_DISABLE_ALL),
            "1 thread": opened(content, threads=1),
            "threads that spin": opened(content, spinning=True),
            "branches in parallel": opened(content, parallel=True),
            "int8, dynamic": opened(int8(content, folder)),
        }

        def run(session: onnxruntime.InferenceSession) -> Answer:
            return dict(zip(OUTPUTS, session.run(OUTPUTS, {"image": image}), strict=True))

        def timed(session: onnxruntime.InferenceSession) -> Callable[[], object]:
            return lambda: run(session)

        answers = {name: run(session) for name, session in sessions.items()}
        found = interleaved(
            {name: timed(session) for name, session in sessions.items()}, options.rounds
        )
        shipped = next(iter(sessions))
        print(table(
            ("setting", "median [quartiles]", "× shipped", "map, L1", "embedding, L1"),
            [(name, one.text(), f"{ratio(one, found[shipped]):.2f}",
              f"{error(answers[name], answers[shipped], 'saliency'):.1e}",
              f"{error(answers[name], answers[shipped], 'embedding_ig'):.1e}")
             for name, one in found.items()],
        ))  # fmt: skip
        before = profile(content, folder, LEVEL.ORT_DISABLE_ALL, image)
        after = profile(content, folder, LEVEL.ORT_ENABLE_ALL, image)
        kinds = sorted(before | after, key=lambda kind: -max(before[kind], after[kind]))
        rows = [(kind, f"{before[kind]:.1f}", f"{after[kind]:.1f}") for kind in kinds[:14]]
        rows.append(("all", f"{before.total():.1f}", f"{after.total():.1f}"))
        print("\n" + table(("operation", "not optimised, ms", "as shipped, ms"), rows))


if __name__ == "__main__":
    main()
