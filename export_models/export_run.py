"""From a finished run to a bundle: which networks become which methods."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from export_models.attention import AttentionNet
from export_models.config import TrainingConfig
from export_models.datasets.read_cases import read_cases
from export_models.densenet import DenseNet
from export_models.export_onnx import Embedder, ExportJob, export_bundle
from export_models.lung_finder import load_lung_finder
from export_models.model_card import card
from export_models.networks import EmbeddingTrace, MetricNet, SaliencyNet, SeverityNet
from export_models.stages import TrainingError, torch_lung_finder, trained_network
from export_models.train import current_commit, read_json, write_text
from inference.errors import UnreadableRadiographError
from inference.model_bundle import Bundle, read_bundle, write_manifest
from inference.preprocess import lung_finder_input, prepare
from inference.radiograph_io import display_brightness, read_radiograph

CHECKED_RADIOGRAPHS = 8


class TracedEmbedder(torch.nn.Module):
    """A network's embedding and feature map, as a graph's outputs."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, C, S, S) -> embedding (N, length), feature map (N, F, h, w)."""
        trace = self.network.forward_traced(values)  # type: ignore[operator]
        if isinstance(trace, EmbeddingTrace):
            return trace.embedding, trace.feature_map
        return trace.features, trace.feature_map


class SeverityEmbedder(torch.nn.Module):
    """The severity network's embedding and feature map, from radiograph and saliency map."""

    def __init__(self, network: SeverityNet) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, image: torch.Tensor, saliency: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(N, 1, S, S) twice -> embedding (N, length), feature map (N, F, h, w)."""
        trace = self.network.forward_traced(image, saliency)
        return trace.embedding, trace.feature_map


def export_run(
    config: TrainingConfig, data: Path, run: Path, folder: Path, *, lungs: Path | None = None
) -> Bundle:
    """Write the bundle of a finished run and compare it with torch on real radiographs.

    Args:
        config: The run's configuration.
        data: Folder in which its tables are.
        run: Where its weights are.
        folder: The bundle's folder.
        lungs: Weights of the lung finder, where the input is cropped.

    Raises:
        TrainingError: A needed stage was not trained.
        ExportError: torch and onnxruntime disagree.
    """
    cnn, ig = trained_network("cnn", config, run), trained_network("ig", config, run)
    assert isinstance(cnn, DenseNet)
    assert isinstance(ig, SaliencyNet)
    if config.input.lung_finder_size is not None and lungs is None:
        raise TrainingError(f"{config.name} crops to the lungs: name its finder with --lungs.")
    finder = load_lung_finder(lungs) if lungs is not None else None
    if config.input.lung_finder_size is None:
        finder = None
    scores = {name: read_json(run / f"{name}.json") for name in config.stages}
    job = ExportJob(
        name=config.name,
        version=config.version,
        condition=config.condition,
        classes=config.classes,
        input=config.input,
        cnn=cnn,
        ig=TracedEmbedder(ig),
        rules=config.rules,
        embedders=tuple(_embedders(config, run)),
        lung_finder=finder,
        modalities=config.modalities,
        body_parts=config.body_parts,
        views=config.views,
        threshold=float(scores["cnn"]["scores"].get("threshold", 0.5)),
        training={
            "config": config.as_dict(),
            "commit": current_commit(),
            "heads": _heads(config, run, scores),
        },
        metrics={"valid": {name: one["scores"] for name, one in scores.items() if one}},
        intended_use=config.intended_use,
    )
    images, whole = _real_inputs(config, data, finder)
    return export_bundle(job, folder, images, whole if finder is not None else None)


def record_metrics(folder: Path, split: str, figures: dict[str, Any]) -> None:
    """Write measured figures into a bundle's manifest and card; its identity stays."""
    manifest = read_bundle(folder).manifest
    manifest = replace(manifest, metrics={**manifest.metrics, split: figures})
    write_manifest(folder, manifest)
    write_text(folder / "card.md", card(manifest))


def _embedders(config: TrainingConfig, run: Path) -> list[Embedder]:
    found = []
    if "attention" in config.stages:
        attention = trained_network("attention", config, run)
        assert isinstance(attention, AttentionNet)
        found.append(
            Embedder("attention", "Attention (ATT)", "image", "l2", TracedEmbedder(attention))
        )
    if "metric" in config.stages:
        metric = trained_network("metric", config, run)
        assert isinstance(metric, MetricNet)
        found.append(
            Embedder("metric", "Metric learning", "image", "cosine", TracedEmbedder(metric))
        )
    if "ig-severity" in config.stages:
        severity = trained_network("ig-severity", config, run)
        assert isinstance(severity, SeverityNet)
        found.append(
            Embedder(
                "ig-severity", "IG, severity", "image+saliency", "l2", SeverityEmbedder(severity)
            )
        )
    return found


def _heads(
    config: TrainingConfig, run: Path, scores: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The last layers of the networks whose embedding is their penultimate layer.

    An embedder's file ends at the embedding; with these, evaluation measures each network's
    own F1 and AUROC.
    """
    heads: dict[str, dict[str, Any]] = {}
    for name in ("ig", "attention"):
        if name not in config.stages:
            continue
        network = trained_network(name, config, run)
        inner = network.backbone if isinstance(network, SaliencyNet) else network
        last = inner.get_submodule("classifier")
        heads[name] = {
            "weight": last.get_parameter("weight").tolist(),
            "bias": last.get_parameter("bias").tolist(),
        }
        if "threshold" in scores[name].get("scores", {}):
            heads[name]["threshold"] = scores[name]["scores"]["threshold"]
    return heads


def _real_inputs(
    config: TrainingConfig, data: Path, finder: torch.nn.Module | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Some validation radiographs as the graphs take them, evenly over the table."""
    cases = [
        case
        for table in config.tables
        for case in read_cases(data / table)
        if case.split == "valid"
    ]
    chosen = cases[:: max(1, len(cases) // CHECKED_RADIOGRAPHS)][:CHECKED_RADIOGRAPHS]
    find = torch_lung_finder(finder) if finder is not None else None  # type: ignore[arg-type]
    images, whole = [], []
    for case in chosen:
        try:
            radiograph = read_radiograph(case.path)
        except UnreadableRadiographError:
            continue
        images.append(prepare(radiograph, config.input, find).tensor)
        size = config.input.lung_finder_size or 128
        whole.append(lung_finder_input(display_brightness(radiograph), size))
    return torch.from_numpy(np.concatenate(images)), torch.from_numpy(np.concatenate(whole))
