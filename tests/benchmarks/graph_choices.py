"""Where a query's model time goes, and what other settings would give; run by hand.

    python -m tests.benchmarks.graph_choices [--rounds 11] [--bundle chest-pneumonia]

The fused graph of DenseNet-121 at 224 pixels (random weights) and of a shipped bundle under
onnxruntime: graph optimisation, threads, spinning, execution mode, a graph optimised beforehand,
int8 and float16, interleaved round by round. Beside each, how far its saliency map and its
embedding are from those of the settings that ship: a faster setting whose maps differ is no choice.
Then the profile by kind of operation, without onnxruntime's optimisation and with it.
"""

import argparse
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from inference.bundle_store import find_bundle
from inference.model_bundle import read_bundle
from tests.benchmarks.measuring import interleaved, ratio, table
from tests.benchmarks.query_time import densenet121_bundle

_LARGE = 10_000_000  # bytes; changing DenseNet-121 to 8 or 16 bits took 16 GB here
OUTPUTS = ["probability", "saliency", "embedding_ig"]
LEVEL = onnxruntime.GraphOptimizationLevel
SHIPPED = "as shipped: all optimisations, 2 threads, 100 µs of spinning"
Answer = dict[str, NDArray[np.float32]]


def opened(
    content: bytes,
    *,
    level: Any = LEVEL.ORT_ENABLE_ALL,
    threads: int = 2,
    spins_us: int | None = 100,
    parallel: bool = False,
    single: bool = False,
    **paths: str,
) -> onnxruntime.InferenceSession:
    """A session; the defaults are those that ship, on two cores.

    Args:
        content: The graph.
        level, threads: Of onnxruntime.
        spins_us: How long threads spin before they sleep; None: for ever.
        parallel: Whether branches of the graph run side by side.
        single: Whether the batch is fixed at one image.
        paths: "profile" or "optimised", where to write them.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = level
    options.intra_op_num_threads = threads
    if spins_us is None:
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
    elif spins_us == 0:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    else:
        options.add_session_config_entry("session.intra_op.spin_duration_us", str(spins_us))
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if parallel:
        options.execution_mode = onnxruntime.ExecutionMode.ORT_PARALLEL
        options.inter_op_num_threads = 2
    if single:
        options.add_free_dimension_override_by_name("n", 1)
    if "profile" in paths:
        options.enable_profiling = True
        options.profile_file_prefix = paths["profile"]
    if "optimised" in paths:
        options.optimized_model_filepath = paths["optimised"]
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def optimised(content: bytes, folder: Path) -> bytes:
    """The graph as onnxruntime leaves it, so that opening it has nothing left to do."""
    target = folder / "optimised.onnx"
    opened(content, optimised=str(target))
    return target.read_bytes()


def with_weights(content: bytes, folder: Path) -> Path:
    """The graph with its constants computed: quantisers find weights only where they are stored."""
    target = folder / "basic.onnx"
    opened(content, level=LEVEL.ORT_ENABLE_BASIC, optimised=str(target))
    return target


def int8(content: bytes, folder: Path) -> bytes:
    """Weights in 8 bits, activations quantised as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target = folder / "int8.onnx"
    quantize_dynamic(with_weights(content, folder), target, weight_type=QuantType.QUInt8)
    return target.read_bytes()


def static_int8(content: bytes, folder: Path, image: NDArray[np.float32]) -> bytes:
    """Weights and activations of convolutions in 8 bits, their ranges taken from an image."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static

    class One(CalibrationDataReader):
        def __init__(self) -> None:
            self.left = [{"image": image}]

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return self.left.pop() if self.left else None

    source, target = with_weights(content, folder), folder / "static.onnx"
    quantize_static(
        source, target, One(), quant_format=QuantFormat.QDQ, op_types_to_quantize=["Conv"]
    )
    return target.read_bytes()


def float16(content: bytes, *, keep_io_types: bool = True) -> bytes:
    """Weights and arithmetic in 16 bits, but for sums of relevance, which CPUs have in 32 only."""
    from onnxruntime.transformers import float16 as halving

    changed: bytes = halving.convert_float_to_float16(
        onnx.load_model_from_string(content),
        keep_io_types=keep_io_types,
        op_block_list=[*halving.DEFAULT_OP_BLOCK_LIST, "ScatterElements"],
    ).SerializeToString()
    return changed


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


def settings(
    content: bytes, folder: Path, image: NDArray[np.float32]
) -> dict[str, Callable[[], onnxruntime.InferenceSession]]:
    """Every setting but the shipped one, to be opened when its turn comes."""
    extended, basic = LEVEL.ORT_ENABLE_EXTENDED, LEVEL.ORT_ENABLE_BASIC
    none = LEVEL.ORT_DISABLE_ALL
    made = {
        "threads that sleep at once": lambda: opened(content, spins_us=0),
        "threads that spin for ever": lambda: opened(content, spins_us=None),
        "1 thread": lambda: opened(content, threads=1),
        "branches in parallel": lambda: opened(content, parallel=True),
        "batch fixed at one image": lambda: opened(content, single=True),
        "optimised beforehand": lambda: opened(optimised(content, folder), level=none),
        "extended optimisations (no blocked layout)": lambda: opened(content, level=extended),
        "basic optimisations": lambda: opened(content, level=basic),
        "no optimisation": lambda: opened(content, level=none),
        "int8, dynamic": lambda: opened(int8(content, folder)),
        "int8, static, convolutions": lambda: opened(static_int8(content, folder, image)),
        "float16": lambda: opened(float16(content)),
    }
    if len(content) > _LARGE:
        for name in ("int8, dynamic", "int8, static, convolutions", "float16"):
            del made[name]
    return made


def compared(
    content: bytes, folder: Path, image: NDArray[np.float32], rounds: int
) -> list[tuple[str, ...]]:
    """A row for each setting; three at a time, as a session of DenseNet-121 takes 0.7 GB."""

    def run(session: onnxruntime.InferenceSession) -> Answer:
        return dict(zip(OUTPUTS, session.run(OUTPUTS, {"image": image}), strict=True))

    shipped = opened(content)
    expected = run(shipped)
    rows = []
    for group in batched(settings(content, folder, image).items(), 3):
        sessions = {SHIPPED: shipped} | {name: start() for name, start in group}
        found = interleaved(
            {name: lambda one=one: run(one) for name, one in sessions.items()},  # type: ignore[misc]
            rounds,
        )
        for name, one in found.items():
            if name == SHIPPED and rows:
                continue
            answer = run(sessions[name])
            rows.append((
                name, one.text(), f"{ratio(one, found[SHIPPED]):.2f}",
                f"{error(answer, expected, 'saliency'):.1e}",
                f"{error(answer, expected, 'embedding_ig'):.1e}",
            ))  # fmt: skip
    return rows


def batched(items: Iterable[Any], count: int) -> Iterator[tuple[Any, ...]]:
    """Groups of so many; `itertools.batched` of Python 3.12."""
    left = iter(items)
    while group := tuple(islice(left, count)):
        yield group


def measure(name: str, content: bytes, size: int, rounds: int) -> None:
    """Print one graph's tables."""
    image = np.random.default_rng(0).random((1, 1, size, size), dtype=np.float32)
    with tempfile.TemporaryDirectory() as scratch:
        header = (f"{name}: setting", "median [quartiles]", "× shipped", "map, L1", "embedding, L1")
        print(table(header, compared(content, Path(scratch), image, rounds)))
        before = profile(content, Path(scratch), LEVEL.ORT_DISABLE_ALL, image)
        after = profile(content, Path(scratch), LEVEL.ORT_ENABLE_ALL, image)
    kinds = sorted(before | after, key=lambda kind: -max(before[kind], after[kind]))
    rows = [(kind, f"{before[kind]:.1f}", f"{after[kind]:.1f}") for kind in kinds[:14]]
    rows.append(("all", f"{before.total():.1f}", f"{after.total():.1f}"))
    columns = (f"{name}: operation", "not optimised, ms", "as shipped, ms")
    print("\n" + table(columns, rows) + "\n", flush=True)


def main() -> None:
    """Measure and print."""
    logging.disable(logging.WARNING)  # onnxruntime's quantiser speaks of every node
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--bundle", default="chest-pneumonia")
    options = parser.parse_args()
    shipped = read_bundle(find_bundle(options.bundle))
    with tempfile.TemporaryDirectory() as folder:
        for bundle in (densenet121_bundle(Path(folder) / "bundle"), shipped):
            spec = bundle.manifest.input
            content = bundle.file("fused.onnx").read_bytes()
            measure(f"{bundle.manifest.name}, {spec.size} px", content, spec.size, options.rounds)


if __name__ == "__main__":
    main()
