"""The fused graph on an NVIDIA GPU beside the CPU; needs one, and `.[cuda]`. Run by hand.

    python -m tests.benchmarks.gpu_time [--rounds 50] [--bundle chest-pneumonia]

DenseNet-121 at 224 pixels (random weights) and a shipped bundle, each

    cpu                    as it ships
    cuda                   as it ships: float32 without TF32
    cuda, bound            inputs and outputs stay on the GPU
    cuda graph, bound      the whole run replayed as one launch
    cuda, TF32, bound      faster products of 10 bits
    cuda, float16, bound   weights and arithmetic halved

interleaved round by round. A setting may only be chosen while its maps are those of the CPU:
so each one's L1 error of map and embedding, relative to the CPU's, stands beside it (the graph
itself is held against autograd and zennit in the tests).
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference.bundle_store import find_bundle
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import _has_nvidia_gpu
from tests.benchmarks.graph_choices import float16
from tests.benchmarks.measuring import interleaved, ratio, table
from tests.benchmarks.query_time import densenet121_bundle

OUTPUTS = ["probability", "saliency", "embedding_ig"]
Answer = dict[str, NDArray[np.floating]]


class Bound:
    """A session whose input and outputs lie in GPU memory and stay there."""

    def __init__(
        self,
        content: bytes,
        image: NDArray[np.floating],
        shapes: dict[str, tuple[int, ...]],
        **cuda: str,
    ) -> None:
        """Open on CUDA with these provider options, and bind outputs of these shapes."""
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            content, options, providers=[("CUDAExecutionProvider", cuda), "CPUExecutionProvider"]
        )
        if "CUDAExecutionProvider" not in self._session.get_providers():
            raise RuntimeError("CUDA could not be started")
        values = onnxruntime.OrtValue
        self._binding = self._session.io_binding()
        self._binding.bind_ortvalue_input("image", values.ortvalue_from_numpy(image, "cuda", 0))
        # A CUDA graph replays addresses: outputs need a place of their own before the first run.
        for name, shape in shapes.items():
            place = values.ortvalue_from_shape_and_type(shape, image.dtype, "cuda", 0)
            self._binding.bind_ortvalue_output(name, place)

    def run(self) -> None:
        """One run, finished."""
        self._session.run_with_iobinding(self._binding)
        self._binding.synchronize_outputs()

    def answer(self) -> Answer:
        """What the last run gave."""
        return dict(zip(OUTPUTS, self._binding.copy_outputs_to_cpu(), strict=True))


def plain(content: bytes, providers: list[Any], image: NDArray[np.float32]) -> Callable[[], Answer]:
    """Runs as the viewer does: arrays in, arrays out."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(content, options, providers=providers)
    return lambda: dict(zip(OUTPUTS, session.run(OUTPUTS, {"image": image}), strict=True))


def measure(bundle: Bundle, rounds: int) -> list[tuple[str, ...]]:
    """The table's rows of one bundle."""
    spec = bundle.manifest.input
    generator = np.random.default_rng(0)
    image = generator.random((1, spec.channels, spec.size, spec.size), dtype=np.float32)
    content = bundle.file("fused.onnx").read_bytes()
    cuda = ("CUDAExecutionProvider", {"use_tf32": "0"})
    on_cpu = plain(content, ["CPUExecutionProvider"], image)
    on_gpu = plain(content, [cuda, "CPUExecutionProvider"], image)
    shapes = {name: values.shape for name, values in on_cpu().items()}
    half, halved = image.astype(np.float16), float16(content, keep_io_types=False)
    bound = {
        "cuda, bound": Bound(content, image, shapes, use_tf32="0"),
        "cuda graph, bound": Bound(content, image, shapes, use_tf32="0", enable_cuda_graph="1"),
        "cuda, TF32, bound": Bound(content, image, shapes, use_tf32="1"),
        "cuda, float16, bound": Bound(halved, half, shapes, use_tf32="0"),
    }
    ways: dict[str, Callable[[], object]] = {"cpu": on_cpu, "cuda": on_gpu}
    ways |= {name: one.run for name, one in bound.items()}
    found = interleaved(ways, rounds, warm_up=5)
    expected = on_cpu()
    answers = {"cpu": expected, "cuda": on_gpu(), **{n: one.answer() for n, one in bound.items()}}
    return [
        (f"{bundle.manifest.name}, {spec.size} px", name, timing.text(),
         f"{ratio(found['cpu'], timing):.1f}",
         f"{_error(answers[name], expected, 'saliency'):.1e}",
         f"{_error(answers[name], expected, 'embedding_ig'):.1e}")
        for name, timing in found.items()
    ]  # fmt: skip


def _error(got: Answer, expected: Answer, name: str) -> float:
    difference = np.abs(got[name].astype(np.float64) - expected[name]).sum()
    return float(difference / np.abs(expected[name].astype(np.float64)).sum())


def main() -> None:
    """Measure and print; exit code 3 without a GPU."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--bundle", default="chest-pneumonia")
    options = parser.parse_args()
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        sys.exit("This onnxruntime was built without CUDA: install onnxruntime-gpu.")
    if not _has_nvidia_gpu():  # before the networks are exported, which takes a minute
        print("No measurement on a GPU: this machine has no NVIDIA GPU.", file=sys.stderr)
        sys.exit(3)
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = measure(densenet121_bundle(Path(folder) / "bundle"), options.rounds)
            rows += measure(read_bundle(find_bundle(options.bundle)), options.rounds)
    except RuntimeError as error:
        print(f"No measurement on a GPU: {error}.", file=sys.stderr)
        sys.exit(3)
    print(table(
        ("network", "what", "median [quartiles]", "× faster than CPU", "map, L1", "embedding, L1"),
        rows,
    ))  # fmt: skip


if __name__ == "__main__":
    main()
