"""The one door to onnxruntime: a bundle's graphs, opened once and only run after.

    (1, C, S, S) image --fused.onnx--> probability, saliency, the CNN's and IG's embeddings
                        '-> embedder_<method>.onnx, opened when a method is first asked for

What leaves here was checked: the manifest's shapes, finite numbers, nothing else.
"""

import ctypes
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from inference.errors import BundleError, InferenceError
from inference.model_bundle import Bundle, MethodSpec
from inference.onnx_content import foreign_operators, has_external_data
from inference.preprocess import Box, resize

# Before it is loaded: onnxruntime 1.31 on Linux sends what it runs to its makers some seconds
# later, and its own function that disables this is too late for the first of it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

Provider = Literal["auto", "cpu", "cuda"]
SSIM_SIZE = 96
_IN_FUSED = ("ig", "cnn")

# TF32 would make embeddings on a GPU differ from those of a catalogue made without one.
_CUDA = ("CUDAExecutionProvider", {"use_tf32": "0"})
_CPU = "CPUExecutionProvider"


@dataclass(frozen=True, slots=True, eq=False)
class ModelOutput:
    """What a bundle says of one image. The arrays are read-only.

    Attributes:
        probabilities: (K,) float32 in [0, 1]; K is 1 for two classes.
        saliency: (size, size) float32 in [0, 1], over the model input.
        embeddings: (length,) float32, by method.
        feature_maps: (F, h, w) float32, by method; only those asked for.
    """

    probabilities: NDArray[np.float32] = field(repr=False)
    saliency: NDArray[np.float32] = field(repr=False)
    embeddings: dict[str, NDArray[np.float32]] = field(repr=False)
    feature_maps: dict[str, NDArray[np.float32]] = field(repr=False)

    def __post_init__(self) -> None:
        for array in (
            self.probabilities,
            self.saliency,
            *self.embeddings.values(),
            *self.feature_maps.values(),
        ):
            array.setflags(write=False)


class BundleSession:
    """A bundle, ready to run. Runs may be made from several threads at once.

    Attributes:
        bundle: What runs.
        provider: Where it really runs: "CPU" or "CUDA".
        warnings: Sentences for the user, such as that the GPU could not be started.
    """

    def __init__(
        self, bundle: Bundle, *, provider: Provider = "auto", threads: int | None = None
    ) -> None:
        """Open the fused graph.

        Args:
            bundle: As `read_bundle` gives it, so that its checksums hold.
            provider: "auto" takes an NVIDIA GPU where there is one. "cuda" warns where
                there is none.
            threads: Of one run; None: as many as there are cores.

        Raises:
            BundleError: A graph cannot be run, or is not what the manifest promises.
        """
        self.bundle = bundle
        self.warnings: tuple[str, ...] = ()
        self._threads = threads
        self._lock = threading.Lock()
        self._sessions: dict[str, Any] = {}
        self._uses_cuda = False
        if provider != "cpu":
            self._uses_cuda = _has_nvidia_gpu()
            if provider == "cuda" and not self._uses_cuda:
                self.warnings = ("No NVIDIA GPU was found; running on the CPU.",)
        self._session("fused.onnx")

    @property
    def provider(self) -> Literal["CPU", "CUDA"]:
        """Where runs really happen, as onnxruntime says."""
        return "CUDA" if self._uses_cuda else "CPU"

    def run(
        self,
        tensor: NDArray[np.float32],
        methods: Sequence[str] = ("ig",),
        *,
        feature_maps: bool = False,
    ) -> ModelOutput:
        """Run one image through the bundle.

        Args:
            tensor: (1, channels, size, size) float32 in [0, 1].
            methods: Whose embeddings to compute, of the manifest's.
            feature_maps: Whether to return the methods' last feature maps too.

        Raises:
            InferenceError: The model answered with something that is not a number.
            BundleError: A graph cannot be run, or answers in another shape than promised.
        """
        return self.run_batch(tensor, methods, feature_maps=feature_maps)[0]

    def run_batch(
        self,
        tensor: NDArray[np.float32],
        methods: Sequence[str] = ("ig",),
        *,
        feature_maps: bool = False,
    ) -> list[ModelOutput]:
        """Run several images, (N, channels, size, size), at once; otherwise as `run`."""
        manifest = self.bundle.manifest
        size, count = manifest.input.size, len(tensor)
        if tensor.shape[1:] != (manifest.input.channels, size, size):
            raise ValueError(f"expected (N, {manifest.input.channels}, {size}, {size}) images")
        specs = [self._method(name) for name in methods]
        fused_outputs = ["probability", "saliency"]
        for spec in specs:
            if spec.name in _IN_FUSED and not spec.file:
                fused_outputs += _outputs(spec, f"_{spec.name}", feature_maps)
        fused = self._run("fused.onnx", {"image": tensor}, fused_outputs)
        classes = len(manifest.classes)
        self._check(
            "probability", fused["probability"], (count, 1 if classes == 2 else classes), unit=True
        )
        saliency = fused["saliency"]
        self._check("saliency", saliency, (count, 1, size, size), unit=True)

        embeddings: dict[str, NDArray[np.float32]] = {}
        maps: dict[str, NDArray[np.float32]] = {}
        for spec in specs:
            if spec.distance == "ssim":
                embedding = np.stack([ssim_embedding(one) for one in tensor])
            else:
                suffix = "" if spec.file else f"_{spec.name}"
                answer = fused
                if spec.file:
                    inputs = {
                        name: tensor if name == "image" else saliency
                        for name in spec.input.split("+")
                    }
                    answer = self._run(spec.file, inputs, _outputs(spec, "", feature_maps))
                embedding = answer[f"embedding{suffix}"]
                if feature_maps and spec.has_feature_map:
                    maps[spec.name] = answer[f"feature_map{suffix}"]
                    self._check(f"feature_map of {spec.name}", maps[spec.name], None)
            self._check(f"embedding of {spec.name}", embedding, (count, spec.length))
            embeddings[spec.name] = embedding
        return [
            ModelOutput(
                fused["probability"][i].clip(0.0, 1.0),
                saliency[i, 0].clip(0.0, 1.0),
                {name: values[i] for name, values in embeddings.items()},
                {name: values[i] for name, values in maps.items()},
            )
            for i in range(count)
        ]

    def find_lungs(self, tensor: NDArray[np.float32]) -> Box:
        """Where the lungs are on a whole radiograph.

        Args:
            tensor: (1, 1, size, size) float32, as `preprocess.lung_finder_input` makes it.

        Returns:
            The box in shares of the sides, its sides in order and inside the radiograph.

        Raises:
            InferenceError: As `run`.
        """
        boxes = self._run("lung_finder.onnx", {"image": tensor}, ["boxes"])["boxes"]
        self._check("boxes", boxes, (1, 4))
        left, top, right, bottom = (float(value) for value in boxes[0].clip(0.0, 1.0))
        return Box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))

    def run_graph(
        self, file: str, inputs: dict[str, NDArray[np.float32]], outputs: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        """Run one of the bundle's files as it is, unchecked: for export and its tests.

        Raises:
            BundleError: The file is missing, cannot be run, or has other inputs and outputs.
        """
        return self._run(file, inputs, list(outputs))

    def _method(self, name: str) -> MethodSpec:
        methods = self.bundle.manifest.methods
        if name not in methods:
            raise InferenceError(
                f"The bundle {self.bundle.manifest.name} has no method {name!r}; "
                f"it has {', '.join(methods)}."
            )
        return methods[name]

    def _check(
        self,
        what: str,
        values: NDArray[np.float32],
        shape: tuple[int, ...] | None,
        *,
        unit: bool = False,
    ) -> None:
        name = self.bundle.manifest.name
        if shape is not None and values.shape != shape:
            raise BundleError(
                name, f"its {what} has the shape {values.shape} where {shape} was promised"
            )
        if not np.isfinite(values).all():
            raise InferenceError(
                f"The model {name} gave no usable answer for this image "
                f"(its {what} is not a number). Try another image or another bundle."
            )
        if unit and (values.min() < -1e-4 or values.max() > 1 + 1e-4):
            raise BundleError(name, f"its {what} leaves the range from 0 to 1")

    def _run(
        self, file: str, inputs: dict[str, NDArray[np.float32]], outputs: list[str]
    ) -> dict[str, NDArray[np.float32]]:
        from onnxruntime.capi import onnxruntime_pybind11_state as state

        session = self._session(file)
        try:
            values = session.run(outputs, inputs)
        except (state.InvalidArgument, ValueError) as error:  # a name the graph does not have
            raise BundleError(
                self.bundle.manifest.name,
                f"{file} is not the graph it should be ({_first_line(error)})",
            ) from error
        except (state.Fail, state.RuntimeException, state.EPFail) as error:
            if not self._uses_cuda:
                raise BundleError(
                    self.bundle.manifest.name, f"{file} cannot be run ({_first_line(error)})"
                ) from error
            # Such as a GPU whose memory another program took: go on without it.
            self._leave_gpu(_first_line(error))
            return self._run(file, inputs, outputs)
        return {
            name: np.asarray(value, np.float32) for name, value in zip(outputs, values, strict=True)
        }

    def _leave_gpu(self, reason: str) -> None:
        with self._lock:
            self._uses_cuda = False
            self._sessions.clear()
            self.warnings = (*self.warnings, _gpu_sentence(reason))

    def _session(self, file: str) -> Any:
        with self._lock:
            if file not in self._sessions:
                self._sessions[file] = self._open(file)
            return self._sessions[file]

    def _open(self, file: str) -> Any:
        manifest = self.bundle.manifest
        if file not in manifest.files:
            raise BundleError(manifest.name, f"it has no {file}; install the bundle again")
        try:
            content = self.bundle.file(file).read_bytes()
            if has_external_data(content):
                raise BundleError(
                    manifest.name, f"{file} refers to other files, which is not allowed"
                )
            if foreign := sorted(foreign_operators(content)):
                raise BundleError(
                    manifest.name,
                    f"{file} needs operators beyond the standard's ({foreign[0][:80]}), which is "
                    "not allowed",
                )
        except (OSError, ValueError) as error:
            raise BundleError(manifest.name, f"{file} cannot be read ({error})") from error
        if self._uses_cuda:
            session, reason = _cuda_session(content, self._options())
            if session is not None:
                return session
            self._uses_cuda = False
            self._sessions.clear()  # one bundle runs in one place
            self.warnings = (*self.warnings, _gpu_sentence(reason))
        return self._cpu_session(content, file)

    def _cpu_session(self, content: bytes, file: str) -> Any:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as state

        try:
            return onnxruntime.InferenceSession(
                content, self._options(), providers=[_CPU], enable_fallback=0
            )
        except (
            state.Fail,
            state.InvalidGraph,
            state.InvalidProtobuf,
            state.NotImplemented,
            state.InvalidArgument,
            state.RuntimeException,
            ValueError,  # UnicodeDecodeError: its message quotes names of a damaged file
        ) as error:
            raise BundleError(
                self.bundle.manifest.name, f"{file} cannot be opened ({_first_line(error)})"
            ) from error

    def _options(self) -> Any:
        import onnxruntime

        onnxruntime.set_default_logger_severity(4)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 4
        # Between two steps of a graph its threads wait spinning, which saves a fifth of the time
        # of small layers; longer, and after a run, they would take the cores of whatever is next.
        options.add_session_config_entry("session.intra_op.spin_duration_us", "100")
        options.add_session_config_entry("session.force_spinning_stop", "1")
        if self._threads is not None:
            options.intra_op_num_threads = self._threads
        return options


def ssim_embedding(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the method "ssim" compares: the model input, grey and small.

    Args:
        image: (channels, size, size) in [0, 1].

    Returns:
        (96 * 96,) float32 in [0, 1].
    """
    return resize(image.mean(axis=0), SSIM_SIZE).ravel()


def _outputs(spec: MethodSpec, suffix: str, feature_maps: bool) -> list[str]:
    names = [f"embedding{suffix}"]
    if feature_maps and spec.has_feature_map:
        names.append(f"feature_map{suffix}")
    return names


def _cuda_session(content: bytes, options: Any) -> tuple[Any | None, str]:
    """A session on the GPU, or None and why not."""
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    if _CUDA[0] not in onnxruntime.get_available_providers():
        return None, "this onnxruntime was built without CUDA"
    try:
        session = onnxruntime.InferenceSession(
            content, options, providers=[_CUDA, _CPU], enable_fallback=0
        )
    except (state.Fail, state.EPFail, state.RuntimeException, RuntimeError, ValueError) as error:
        return None, _first_line(error)
    # onnxruntime goes on without CUDA where its libraries do not load, and says so only here.
    if _CUDA[0] not in session.get_providers():
        return None, "its CUDA libraries could not be loaded; install kindred-viewer[cuda]"
    return session, ""


def _gpu_sentence(reason: str) -> str:
    return f"The GPU could not be used ({reason}); running on the CPU."


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0][:200]


def _has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver is installed and sees a GPU.

    onnxruntime lists CUDA among its providers on every machine, so the driver itself is
    asked: without this, each machine without a GPU would warn that its GPU failed.

    Source:
        CUDA Driver API: cuInit and cuDeviceGetCount return 0 on success.
    """
    if sys.platform == "darwin":
        return False
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(name)
    except OSError:
        return False
    count = ctypes.c_int(0)
    return (
        driver.cuInit(0) == 0
        and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
        and count.value > 0
    )
