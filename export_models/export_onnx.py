"""Trained networks -> a bundle folder that the viewer runs, compared with torch before it counts.

    ExportJob --> ONNX files in a temporary folder beside the target
              --> the same radiographs through torch and onnxruntime, errors recorded
              --> bundle.json, card.md --> renamed into place, whole or not at all

The fused graph is exported once, and the classifier, the saliency map and the IG embedder are
cut out of it, so they agree to rounding. Weights are stored as float16 where that changes the
results by no more than `STORAGE_LIMITS`.
"""

import copy
import importlib.metadata
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import onnx
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray
from torch import Tensor, nn

from export_models.deep_taylor import Rules, saliency_map
from export_models.densenet import DenseNet, Transition
from export_models.lung_finder import LUNG_FINDER_SIZE, LungFinder
from export_models.model_card import card
from export_models.onnx_graph import compacted, part_of, rounded_to_half, to_onnx
from inference.errors import ExportError
from inference.model_bundle import (
    MANIFEST_NAME,
    Bundle,
    BundleClass,
    BundleManifest,
    EmbedderInput,
    InputSpec,
    MethodSpec,
    describe_files,
    read_bundle,
    write_manifest,
)
from inference.onnx_session import SSIM_SIZE, BundleSession
from inference.records import Distance

Arrays = dict[str, NDArray[np.float32]]
Errors = dict[str, dict[str, float]]

# Between torch and onnxruntime with the same weights, worst radiograph. A max pool whose
# winner flips by rounding shows as 1e-4 in the map.
GRAPH_LIMITS = {
    "probability": 1e-4,
    "saliency": 2e-3,
    "embedding": 1e-3,
    "feature_map": 2e-3,
    "boxes": 1e-4,
}
# Between the trained weights and the stored ones, mean over radiographs.
STORAGE_LIMITS = {
    "probability": 2e-3,
    "saliency": 1e-2,
    "embedding": 1e-2,
    "feature_map": 1e-2,
    "boxes": 1e-3,
}
_BATCH = 4  # a saliency graph of DenseNet-121 takes 1.3 GB for eight radiographs


class Traced(Protocol):
    """What a network's `forward_traced` returns, as far as embedders need it."""

    @property
    def features(self) -> Tensor:
        """(N, F)."""

    @property
    def feature_map(self) -> Tensor:
        """(N, C, h, w)."""


class FeatureEmbedder(nn.Module):
    """The penultimate layer of a network that has `forward_traced`, as an embedder."""

    def __init__(
        self,
        network: nn.Module,
        *,
        projection: nn.Module | None = None,
        unit_length: bool = False,
    ) -> None:
        """Wrap a network.

        Args:
            network: A `DenseNet` or an `AttentionNet`.
            projection: A further layer over the features, as metric learning may have.
            unit_length: Whether embeddings are divided by their length, as for cosines.
        """
        super().__init__()
        self.network = network
        self.projection = projection
        self.unit_length = unit_length

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) in [0, 1] -> embedding (N, length), feature map (N, F, h, w)."""
        trace: Traced = self.network.forward_traced(values)  # type: ignore[operator]
        embedding = trace.features
        if self.projection is not None:
            embedding = self.projection(embedding)
        if self.unit_length:
            embedding = F.normalize(embedding, dim=1, eps=1e-6)
        return embedding, trace.feature_map


@dataclass(frozen=True, slots=True, eq=False)
class Embedder:
    """A further retrieval method.

    Attributes:
        name, title, input, distance: As in `MethodSpec`.
        module: Takes what `input` names, in that order; returns embedding (N, length) and
            feature map (N, F, h, w).
    """

    name: str
    title: str
    input: EmbedderInput
    distance: Distance
    module: nn.Module


@dataclass(frozen=True, slots=True, eq=False)
class ExportJob:
    """Everything that becomes a bundle; what is not explained is as in `BundleManifest`.

    Attributes:
        cnn: The classifier.
        ig: Takes saliency maps, returns embedding and feature map: see `FeatureEmbedder`.
        rules: Of the relevance.
        embedders: Methods beyond "ig", "cnn", "cnn-ig" and "ssim", which are always there.
        lung_finder: Needed where `input` crops.
        weights: "auto" stores float16 where the results stay within `STORAGE_LIMITS`.
    """

    name: str
    version: str
    condition: str
    classes: tuple[BundleClass, ...]
    input: InputSpec
    cnn: DenseNet
    ig: nn.Module
    rules: Rules = field(default_factory=Rules)
    embedders: tuple[Embedder, ...] = ()
    lung_finder: LungFinder | None = None
    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    threshold: float = 0.5
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    intended_use: str = ""
    licence: str = "MIT"
    weights: Literal["auto", "float16", "float32"] = "auto"

    def __post_init__(self) -> None:
        expected = 1 if len(self.classes) == 2 else len(self.classes)
        if self.cnn.config.classes != expected:
            raise ValueError(
                f"{len(self.classes)} classes need {expected} logits, not {self.cnn.config.classes}"
            )
        if (self.lung_finder is not None) != (self.input.lung_finder_size is not None):
            raise ValueError("a lung finder goes with an input that is cropped, and only then")
        if self.input.lung_finder_size not in (None, LUNG_FINDER_SIZE):
            raise ValueError(f"the lung finder takes {LUNG_FINDER_SIZE} pixels")
        names = ["ig", "cnn", "cnn-ig", "ssim", *(one.name for one in self.embedders)]
        if len(set(names)) < len(names):
            raise ValueError(f"two methods have the same name among {names}")


def export_bundle(
    job: ExportJob, folder: Path, images: Tensor, lung_images: Tensor | None = None
) -> Bundle:
    """Write a bundle, compare it with torch and put it in place.

    Args:
        job: What to export. Its networks are left as they are.
        folder: The bundle's folder; another bundle there is replaced.
        images: (N, channels, size, size) float32 in [0, 1], real model inputs, at least two.
        lung_images: (N, 1, 128, 128) float32 in [0, 1], for the lung finder.

    Raises:
        ExportError: torch and onnxruntime disagree, or the folder holds something else.
    """
    if len(images) < 2 or (job.lung_finder is not None and lung_images is None):
        raise ValueError("the comparison needs two radiographs, and the lung finder's input")
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST_NAME).is_file():
        raise ExportError(folder, "the folder is not empty and holds no bundle; choose another")
    examples = {"image": images}
    if lung_images is not None:
        examples["whole"] = lung_images
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.partial")
    storages = {"auto": ("float16", "float32")}.get(job.weights, (job.weights,))
    for storage in storages:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            is_last = storage == storages[-1]
            done = _write(job, partial, examples, storage, is_last=is_last)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        if done:
            break
    _put_in_place(partial, folder)
    return read_bundle(folder)


def _write(
    job: ExportJob, folder: Path, examples: Mapping[str, Tensor], storage: str, *, is_last: bool
) -> bool:
    """Write one whole bundle; False where float16 changes the results too much."""
    trained = _graphs(job)
    stored_job = copy.deepcopy(job)
    stored = _graphs(stored_job)
    for graph in stored:
        for module in graph.module.modules():
            if isinstance(module, Transition):
                module.pools_first = True
        if storage == "float16":
            rounded_to_half(graph.module)
    _write_files(stored, folder, examples)
    manifest = _manifest(job, folder, examples["image"][:1])
    write_manifest(folder, manifest)
    session = BundleSession(read_bundle(folder), provider="cpu")

    errors = _errors_apart(stored, session, examples)
    beyond = _beyond(errors, GRAPH_LIMITS, worst=True)
    if beyond:
        raise ExportError(folder, f"onnxruntime and torch disagree: {beyond}")
    in_chain = _errors_in_chain(trained, session, examples)
    if storage == "float16" and _beyond(in_chain, STORAGE_LIMITS, worst=False) and not is_last:
        return False
    session.run(examples["image"][:1].numpy(), tuple(manifest.methods), feature_maps=True)
    check = {
        "radiographs": len(examples["image"]),
        "weights stored as": storage,
        "relevance": asdict(job.rules),
        "torch": torch.__version__,
        "onnxruntime": _onnxruntime_version(),
        "errors": _error_table(errors, in_chain),
        "fused against the three apart": _fused_against_apart(session, examples["image"]),
    }
    manifest = replace(manifest, training={**job.training, "export_check": check})
    write_manifest(folder, manifest)
    (folder / "card.md").write_text(card(manifest), encoding="utf-8")
    return True


# What the files compute -------------------------------------------------------------------


class _Fused(nn.Module):
    """Everything the main job needs in one run, the classifier's forward pass shared."""

    def __init__(self, cnn: DenseNet, rules: Rules, ig: nn.Module) -> None:
        super().__init__()
        self.cnn, self.rules, self.ig = cnn, rules, ig

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        trace = self.cnn.forward_traced(image)
        saliency = saliency_map(self.cnn, trace, self.rules)
        embedding, feature_map = self.ig(saliency)
        return (
            probability(trace.logits),
            saliency,
            trace.features,
            embedding,
            trace.feature_map,
            feature_map,
        )


class _Classifier(nn.Module):
    def __init__(self, cnn: DenseNet) -> None:
        super().__init__()
        self.cnn = cnn

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        trace = self.cnn.forward_traced(image)
        return probability(trace.logits), trace.features, trace.feature_map


class _Saliency(nn.Module):
    def __init__(self, cnn: DenseNet, rules: Rules) -> None:
        super().__init__()
        self.cnn, self.rules = cnn, rules

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        trace = self.cnn.forward_traced(image)
        return probability(trace.logits), saliency_map(self.cnn, trace, self.rules)


def probability(logits: Tensor) -> Tensor:
    """(N, 1): of the second class; (N, K): of each of K classes."""
    return logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(1)


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """One ONNX file.

    Attributes:
        file: Its name.
        module: What it computes.
        inputs, outputs: Their names.
        from_fused: For each input and output the fused graph's name of it, where the file
            can be cut out of that.
    """

    file: str
    module: nn.Module
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    from_fused: tuple[dict[str, str], dict[str, str]] | None = None


def _graphs(job: ExportJob) -> list[_Graph]:
    """The bundle's files, the fused one first."""
    cnn, rules = job.cnn, job.rules
    cnn_outputs = {"embedding_cnn": "embedding", "feature_map_cnn": "feature_map"}
    fused = _Graph(
        "fused.onnx",
        _Fused(cnn, rules, job.ig),
        ("image",),
        (
            "probability",
            "saliency",
            "embedding_cnn",
            "embedding_ig",
            "feature_map_cnn",
            "feature_map_ig",
        ),
    )
    graphs = [
        fused,
        _Graph(
            "classifier.onnx",
            _Classifier(cnn),
            ("image",),
            ("probability", "embedding", "feature_map"),
            ({"image": "image"}, {"probability": "probability", **cnn_outputs}),
        ),
        _Graph(
            "saliency.onnx",
            _Saliency(cnn, rules),
            ("image",),
            ("probability", "saliency"),
            ({"image": "image"}, {"probability": "probability", "saliency": "saliency"}),
        ),
        _Graph(
            "embedder_ig.onnx",
            job.ig,
            ("saliency",),
            ("embedding", "feature_map"),
            (
                {"saliency": "saliency"},
                {"embedding_ig": "embedding", "feature_map_ig": "feature_map"},
            ),
        ),
        _Graph(
            "embedder_cnn_ig.onnx",
            FeatureEmbedder(cnn),
            ("saliency",),
            ("embedding", "feature_map"),
            # A colour graph takes three channels where the map has one.
            ({"image": "saliency"}, cnn_outputs) if job.input.channels == 1 else None,
        ),
    ]
    for one in job.embedders:
        graphs.append(
            _Graph(
                _embedder_file(one.name),
                one.module,
                tuple(one.input.split("+")),
                ("embedding", "feature_map"),
            )
        )
    if job.lung_finder is not None:
        graphs.append(_Graph("lung_finder.onnx", job.lung_finder, ("image",), ("boxes",)))
    for graph in graphs:
        graph.module.eval()
    return graphs


def _write_files(graphs: list[_Graph], folder: Path, examples: Mapping[str, Tensor]) -> None:
    size = examples["image"].shape[2:]
    fused: onnx.ModelProto | None = None
    for graph in graphs:
        given = {
            "image": examples["whole" if graph.file == "lung_finder.onnx" else "image"][:2],
            "saliency": torch.rand(2, 1, *size),
        }
        inputs = {name: given[name] for name in graph.inputs}
        model = None
        if graph.from_fused is not None and fused is not None:
            model = part_of(fused, *graph.from_fused)
        if model is None:
            model = to_onnx(graph.module, inputs, graph.outputs)
        if graph.file == "fused.onnx":
            fused = model
        content = compacted(model).SerializeToString(deterministic=True)
        (folder / graph.file).write_bytes(content)


def _embedder_file(method: str) -> str:
    return f"embedder_{method.replace('-', '_')}.onnx"


@torch.no_grad()
def _manifest(job: ExportJob, folder: Path, image: Tensor) -> BundleManifest:
    saliency = torch.rand(1, 1, *image.shape[2:])
    features = job.cnn.config.feature_count
    specs = [
        MethodSpec("ig", "Interpretability-guided", "saliency", "l2", job.ig(saliency)[0].shape[1]),
        MethodSpec("cnn", "Classifier's features", "image", "l2", features),
        MethodSpec(
            "cnn-ig",
            "Classifier on saliency maps",
            "saliency",
            "l2",
            features,
            _embedder_file("cnn-ig"),
        ),
    ]
    for one in job.embedders:
        given = {"image": image, "saliency": saliency}
        embedding, _ = one.module(*(given[name] for name in one.input.split("+")))
        length, file = embedding.shape[1], _embedder_file(one.name)
        specs.append(MethodSpec(one.name, one.title, one.input, one.distance, length, file))
    specs.append(
        MethodSpec(
            "ssim", "Structural similarity", "image", "ssim", SSIM_SIZE**2, has_feature_map=False
        )
    )
    return BundleManifest(
        name=job.name,
        version=job.version,
        condition=job.condition,
        classes=job.classes,
        input=job.input,
        methods={spec.name: spec for spec in specs},
        files=describe_files(folder),
        modalities=job.modalities,
        body_parts=job.body_parts,
        views=job.views,
        threshold=job.threshold,
        training=dict(job.training),
        metrics=dict(job.metrics),
        intended_use=job.intended_use,
        licence=job.licence,
    )


# Torch against onnxruntime ----------------------------------------------------------------

_PerImage = dict[str, dict[str, list[float]]]
"""By file, by output: one error for each radiograph."""


def _errors_apart(
    graphs: list[_Graph], session: BundleSession, examples: Mapping[str, Tensor]
) -> _PerImage:
    """Each file against its own module, both given the same inputs."""
    errors: _PerImage = {}
    for graph in graphs:
        for inputs in _inputs_in_batches(graph, graphs, examples):
            expected = _in_torch(graph, inputs)
            got = _in_onnxruntime(graph, session, inputs)
            _add_errors(errors, graph, got, expected)
    return errors


def _errors_in_chain(
    trained: list[_Graph], session: BundleSession, examples: Mapping[str, Tensor]
) -> _PerImage:
    """Each file, given what the files before it made, against the trained networks."""
    errors: _PerImage = {}
    for graph in trained:
        for inputs in _inputs_in_batches(graph, trained, examples):
            expected = _in_torch(graph, inputs)
            if "saliency" in inputs:
                image = inputs["image_of_saliency"]
                made = _in_onnxruntime(trained[0], session, {"image": image})
                inputs = {**inputs, "saliency": made["saliency"]}
            got = _in_onnxruntime(graph, session, inputs)
            _add_errors(errors, graph, got, expected)
    return errors


def _fused_against_apart(session: BundleSession, images: Tensor) -> dict[str, float]:
    """The largest difference between the fused graph and the three files it replaces."""
    largest: dict[str, float] = {}
    for batch in images.split(_BATCH):
        image = batch.numpy()
        outputs = ["probability", "saliency", "embedding_cnn", "embedding_ig"]
        fused = session.run_graph("fused.onnx", {"image": image}, outputs)
        apart = session.run_graph("classifier.onnx", {"image": image}, ["probability", "embedding"])
        apart["embedding_cnn"] = apart.pop("embedding")
        apart |= session.run_graph("saliency.onnx", {"image": image}, ["saliency"])
        given = {"saliency": apart["saliency"]}
        made = session.run_graph("embedder_ig.onnx", given, ["embedding"])
        apart["embedding_ig"] = made["embedding"]
        for name in outputs:
            difference = float(np.abs(fused[name] - apart[name]).max())
            largest[name] = max(largest.get(name, 0.0), difference)
    return largest


@torch.no_grad()
def _inputs_in_batches(
    graph: _Graph, graphs: list[_Graph], examples: Mapping[str, Tensor]
) -> Iterator[Arrays]:
    if graph.file == "lung_finder.onnx":
        yield from ({"image": batch.numpy()} for batch in examples["whole"].split(_BATCH))
        return
    for batch in examples["image"].split(_BATCH):
        inputs = {"image": batch.numpy()}
        if "saliency" in graph.inputs:
            inputs["saliency"] = graphs[0].module(batch)[1].numpy()
            inputs["image_of_saliency"] = inputs["image"]
        yield inputs


@torch.no_grad()
def _in_torch(graph: _Graph, inputs: Arrays) -> Arrays:
    values = graph.module(*(torch.from_numpy(inputs[name]) for name in graph.inputs))
    values = values if isinstance(values, tuple) else (values,)
    return {name: value.numpy() for name, value in zip(graph.outputs, values, strict=True)}


def _in_onnxruntime(graph: _Graph, session: BundleSession, inputs: Arrays) -> Arrays:
    given = {name: inputs[name] for name in graph.inputs}
    return session.run_graph(graph.file, given, list(graph.outputs))


def _add_errors(errors: _PerImage, graph: _Graph, got: Arrays, expected: Arrays) -> None:
    of_file = errors.setdefault(graph.file, {})
    for name in graph.outputs:
        values = [_error(name, a, b) for a, b in zip(got[name], expected[name], strict=True)]
        of_file.setdefault(name, []).extend(values)


def _error(output: str, got: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """One radiograph's error: absolute for probability and boxes, else relative."""
    if not np.isfinite(got).all():
        return float("inf")
    difference = np.abs(got.astype(np.float64) - expected)
    if output in ("probability", "boxes"):
        return float(difference.max())
    if output == "saliency":  # L1: one flipped winner of a max pool moves a single pixel
        return float(difference.sum() / max(np.abs(expected).sum(), 1e-9))
    size = float(np.linalg.norm(expected.astype(np.float64)))
    return float(np.linalg.norm(difference) / max(size, 1e-9))


def _reduced(errors: _PerImage, *, worst: bool) -> Errors:
    return {
        file: {
            name: float(max(values) if worst else sum(values) / len(values))
            for name, values in outputs.items()
        }
        for file, outputs in errors.items()
    }


def _error_table(errors: _PerImage, in_chain: _PerImage) -> Errors:
    """Both comparisons, by file and output, as the manifest and the card hold them."""
    same, worst = _reduced(errors, worst=True), _reduced(in_chain, worst=True)
    mean = _reduced(in_chain, worst=False)
    return {
        f"{file}: {name}": {
            "same weights in torch, worst": same[file][name],
            "trained weights in torch, mean": mean[file][name],
            "worst": worst[file][name],
        }
        for file, outputs in same.items()
        for name in outputs
    }


def _beyond(errors: _PerImage, limits: Mapping[str, float], *, worst: bool) -> str:
    """Which outputs are beyond their limits, in words; "" where none is."""
    beyond = []
    for file, outputs in _reduced(errors, worst=worst).items():
        for name, value in outputs.items():
            kind = name.removesuffix("_cnn").removesuffix("_ig")
            if not value <= limits[kind]:  # NaN is beyond too
                beyond.append(
                    f"{name} of {file} by {value:.1e} where {limits[kind]:.0e} is allowed"
                )
    return "; ".join(beyond)


def _onnxruntime_version() -> str:
    for package in ("onnxruntime-gpu", "onnxruntime"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "not known"


def _put_in_place(partial: Path, folder: Path) -> None:
    """Replace a bundle by another; the old one goes only once the new one is there."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        partial.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
