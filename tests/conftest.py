"""A tiny bundle, a tiny catalogue folder and a way to write DICOM files, shared by all tests.

The bundles are real: ONNX graphs that onnxruntime runs, a manifest, checksums. They are small
enough to be worked out by hand. With x the prepared image:

    probability   sigmoid(8 (mean x - 0.5)), or for colour softmax(8 mean of each channel)
    saliency      |x - mean x|, channels averaged, divided by its maximum
    embedding     the means of the 4 x 4 patches of x ("cnn") or of the saliency map ("ig")
    feature_map   (16, 4, 4), whose mean over positions is the embedding
"""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from inference.model_bundle import (
    BundleClass,
    BundleManifest,
    InputSpec,
    MethodSpec,
    describe_files,
    write_manifest,
)

# The window speaks the system's language: that of the tests is English, wherever they run.
os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}

SIZE = 32
PATCHES = 4
LENGTH = PATCHES * PATCHES


class _Graph:
    """An ONNX graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: Any, dtype: type = np.float32) -> str:
        self.constants[name] = np.asarray(value, dtype)
        return name

    def mean(self, x: str, output: str, axes: list[int]) -> str:
        axes_name = self.constant(f"{output}_axes", axes, np.int64)
        return self.add("ReduceMean", [x, axes_name], output, keepdims=1)

    def probability(self, channels: int) -> None:
        scale = self.constant("scale", 8.0)
        if channels == 3:
            axes = self.constant("plane_axes", [2, 3], np.int64)
            self.add("ReduceMean", ["image", axes], "means", keepdims=0)
            self.add("Mul", ["means", scale], "logits")
            self.add("Softmax", ["logits"], "probability", axis=1)
            return
        axes = self.constant("all_axes", [2, 3], np.int64)
        self.add("ReduceMean", ["image", axes], "means", keepdims=0)
        self.add("Sub", ["means", self.constant("half", 0.5)], "centred")
        self.add("Mul", ["centred", scale], "logits")
        self.add("Sigmoid", ["logits"], "probability")

    def saliency(self) -> None:
        self.mean("image", "image_mean", [2, 3])
        self.add("Sub", ["image", "image_mean"], "difference")
        self.add("Abs", ["difference"], "unscaled_channels")
        self.mean("unscaled_channels", "unscaled", [1])
        axes = self.constant("map_axes", [1, 2, 3], np.int64)
        self.add("ReduceMax", ["unscaled", axes], "largest", keepdims=1)
        self.add("Max", ["largest", self.constant("smallest", 1e-6)], "divisor")
        self.add("Div", ["unscaled", "divisor"], "saliency")

    def embedding(self, x: str, suffix: str = "", *, unit_length: bool = False) -> None:
        """Patch means, spread over a feature map that holds each at its own position."""
        tag = f"{x}_{suffix}"
        self.mean(x, f"grey_{tag}", [1])
        side = SIZE // PATCHES
        self.add(
            "AveragePool", [f"grey_{tag}"], f"patches_{tag}",
            kernel_shape=[side, side], strides=[side, side],
        )  # fmt: skip
        places = np.eye(LENGTH).reshape(1, LENGTH, PATCHES, PATCHES) * LENGTH
        self.add(
            "Mul", [f"patches_{tag}", self.constant(f"places_{tag}", places)],
            f"feature_map{suffix}",
        )  # fmt: skip
        axes = self.constant(f"pool_axes_{tag}", [2, 3], np.int64)
        pooled = f"pooled_{tag}" if unit_length else f"embedding{suffix}"
        self.add("ReduceMean", [f"feature_map{suffix}", axes], pooled, keepdims=0)
        if unit_length:
            one = self.constant(f"last_axis_{tag}", [1], np.int64)
            self.add("ReduceL2", [pooled, one], f"norm_{tag}", keepdims=1)
            self.add("Max", [f"norm_{tag}", self.constant(f"least_{tag}", 1e-9)], f"safe_{tag}")
            self.add("Div", [pooled, f"safe_{tag}"], f"embedding{suffix}")

    def save(self, path: Path, inputs: dict[str, int], outputs: list[str]) -> None:
        """Write the graph; `inputs` gives each input's number of channels."""
        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, SIZE, SIZE])
                for name, channels in inputs.items()
            ],
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *"abc"[: rank - 1]])
                for name in outputs
                for rank in [4 if name.startswith(("saliency", "feature")) else 2]
            ],
            [numpy_helper.from_array(value, name) for name, value in self.constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def build_bundle(
    folder: Path, *, name: str = "tiny", channels: int = 1, with_lung_finder: bool = False
) -> Path:
    """Write a tiny bundle into `folder`, which is made, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    fused = _Graph()
    fused.probability(channels)
    fused.saliency()
    fused.embedding("image", "_cnn")
    fused.embedding("saliency", "_ig")
    parts = ["probability", "saliency"]
    parts += [
        f"{kind}_{method}" for kind in ("embedding", "feature_map") for method in ("cnn", "ig")
    ]
    fused.save(folder / "fused.onnx", {"image": channels}, parts)

    classifier = _Graph()
    classifier.probability(channels)
    classifier.embedding("image")
    outputs = ["probability", "embedding", "feature_map"]
    classifier.save(folder / "classifier.onnx", {"image": channels}, outputs)

    saliency = _Graph()
    saliency.probability(channels)
    saliency.saliency()
    saliency.save(folder / "saliency.onnx", {"image": channels}, ["probability", "saliency"])

    embedder = _Graph()
    embedder.embedding("saliency")
    embedder.save(folder / "embedder_ig.onnx", {"saliency": 1}, ["embedding", "feature_map"])

    metric = _Graph()
    metric.embedding("image", unit_length=True)
    metric.save(folder / "embedder_metric.onnx", {"image": channels}, ["embedding", "feature_map"])

    both = _Graph()
    both.mean("image", "grey", [1])
    both.add("Mul", ["grey", "saliency"], "product")
    both.embedding("product")
    both.save(
        folder / "embedder_severity.onnx",
        {"image": channels, "saliency": 1},
        ["embedding", "feature_map"],
    )
    if with_lung_finder:  # always the middle half, whatever the image
        finder = _Graph()
        axes = finder.constant("axes", [1, 2, 3], np.int64)
        finder.add("ReduceMean", ["image", axes], "brightness", keepdims=0)
        zero = finder.constant("zero", 0.0)
        finder.add("Mul", ["brightness", zero], "nothing")
        finder.add("Unsqueeze", ["nothing", finder.constant("one", [1], np.int64)], "column")
        box = finder.constant("box", [[0.25, 0.25, 0.75, 0.75]])
        finder.add("Add", ["column", box], "boxes")
        finder.save(folder / "lung_finder.onnx", {"image": 1}, ["boxes"])
    write_manifest(folder, _manifest(folder, name, channels, with_lung_finder))
    (folder / "card.md").write_text(f"# {name}\n\nA bundle for tests.\n", encoding="utf-8")
    return folder


def _manifest(folder: Path, name: str, channels: int, with_lung_finder: bool) -> BundleManifest:
    classes: tuple[BundleClass, ...] = (
        BundleClass("No finding", ("No finding",)),
        BundleClass("Pneumonia", ("Pneumonia", "*")),
    )
    if channels == 3:
        names = ("Nevus", "Seborrheic keratosis", "Melanoma")
        classes = tuple(BundleClass(one, (one.replace(" ", "_"),)) for one in names)
    methods = [
        MethodSpec("ig", "IG", "saliency", "l2", LENGTH),
        MethodSpec("cnn", "CNN", "image", "l2", LENGTH),
        MethodSpec("metric", "Metric", "image", "cosine", LENGTH, "embedder_metric.onnx"),
        MethodSpec(
            "ig-severity", "Severity", "image+saliency", "l2", LENGTH, "embedder_severity.onnx"
        ),
        MethodSpec("ssim", "SSIM", "image", "ssim", 96 * 96, has_feature_map=False),
    ]
    is_chest = channels == 1
    return BundleManifest(
        name=name,
        version="1.0",
        condition="Pneumonia" if is_chest else "Skin lesion",
        classes=classes,
        input=InputSpec(
            SIZE, channels, "window", lung_finder_size=SIZE if with_lung_finder else None
        ),
        methods={method.name: method for method in methods},
        files=describe_files(folder),
        modalities=("CR", "DX") if is_chest else (),
        body_parts=("CHEST",) if is_chest else (),
        views=("AP", "PA") if is_chest else (),
        metrics={"test": {"auroc": 0.75}},
        intended_use="Tests.",
    )


def picture(seed: int, size: tuple[int, int] = (48, 40)) -> NDArray[np.uint8]:
    """A smooth grey picture that differs by seed: (rows, columns) uint8."""
    generator = np.random.default_rng(seed)
    coarse = Image.fromarray(generator.integers(0, 256, (5, 5), np.uint8))
    return np.asarray(coarse.resize((size[1], size[0]), Image.Resampling.BICUBIC))


def write_dicom(path: Path, pixels: NDArray[np.uint16], **elements: Any) -> Path:
    """Write a 12-bit DX radiograph; `elements` are added by keyword, or replace the default."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    number = sum(path.name.encode())
    defaults: dict[str, Any] = {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "SOPInstanceUID": f"1.2.826.0.1.3680043.10.999.{number}.{int(pixels.sum())}",
        "StudyInstanceUID": f"1.2.826.0.1.3680043.10.999.{number}.1",
        "SeriesInstanceUID": f"1.2.826.0.1.3680043.10.999.{number}.2",
        "PatientID": "P-1",
        "PatientName": "Synthetic^Person",
        "Modality": "DX",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "SamplesPerPixel": 1,
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "WindowCenter": 2048,
        "WindowWidth": 4096,
        "PixelSpacing": [0.2, 0.2],
    }
    for keyword, value in {**defaults, **elements}.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PixelData = pixels.astype("<u2").tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return path


def fill_catalogue_folder(folder: Path) -> Path:
    """Eight cases of seven patients, two of them DICOM in a sub-folder, and a labels table."""
    (folder / "dicom").mkdir(parents=True, exist_ok=True)
    rows = ["case_id,file,patient_id,sex,age,view,findings,severity_extent,report"]
    for number in range(1, 7):
        Image.fromarray(picture(number)).save(folder / f"image{number}.png")
        patient = "P-6" if number == 5 else f"P-{number}"
        findings = "No finding" if number % 2 else "Pneumonia;Effusion"
        severity = "" if number % 2 else f"{number / 2:.1f}"
        rows.append(
            f"case{number},image{number}.png,{patient},F,{40 + number},PA,{findings},{severity},"
            f'"Report of case {number}, in words."'
        )
    for number in (7, 8):
        pixels = picture(number).astype(np.uint16) * 16
        write_dicom(folder / "dicom" / f"image{number}.dcm", pixels, PatientID=f"P-{number}")
        rows.append(f"case{number},dicom/image{number}.dcm,P-{number},M,,PA,Pneumonia,4.0,")
    (folder / "cases.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_works() -> None:
    """What a shell starts in the background ignores Ctrl+C, and so does all it starts itself."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _own_running_window() -> Iterator[None]:
    """Tests find each other's windows and never one that the user has open."""
    with tempfile.TemporaryDirectory(prefix="kin") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        yield


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grey, binary bundle of 32 x 32 pixels. Shared: copy it before altering it."""
    return build_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture(scope="session")
def tiny_colour_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A colour bundle of three classes, 32 x 32 pixels. Shared: copy it before altering it."""
    return build_bundle(
        tmp_path_factory.mktemp("bundles") / "tiny-colour", name="tiny-colour", channels=3
    )


@pytest.fixture(scope="session")
def tiny_lung_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `tiny_bundle`, cropped by a lung finder that always says "the middle half"."""
    folder = tmp_path_factory.mktemp("bundles") / "tiny-lungs"
    return build_bundle(folder, name="tiny-lungs", with_lung_finder=True)


@pytest.fixture
def tiny_catalogue_folder(tmp_path: Path) -> Path:
    """A folder of eight cases with a labels table, not yet indexed. Each test has its own."""
    return fill_catalogue_folder(tmp_path / "catalogue")


@pytest.fixture(scope="session")
def dicom_writer() -> Callable[..., Path]:
    """`write_dicom`, for tests in other folders."""
    return write_dicom


@pytest.fixture(scope="session")
def make_picture() -> Callable[..., NDArray[np.uint8]]:
    """`picture`, for tests in other folders."""
    return picture


@pytest.fixture(scope="session")
def make_bundle() -> Callable[..., Path]:
    """`build_bundle`, for tests that alter a bundle of their own."""
    return build_bundle


@pytest.fixture(scope="session")
def make_catalogue_folder() -> Callable[[Path], Path]:
    """`fill_catalogue_folder`, for fixtures that are shared by a module."""
    return fill_catalogue_folder
