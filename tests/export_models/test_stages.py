"""From phantoms to a bundle: every stage trains, and the bundle opens and answers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from export_models.config import Stage, TrainingConfig
from export_models.deep_taylor import Rules
from export_models.densenet import DenseNetConfig
from export_models.export_run import export_run, record_metrics
from export_models.phantom import write_phantom_cases
from export_models.stages import TrainingError, train_bundle, trained_network
from export_models.train import Progress
from inference.model_bundle import BundleClass, InputSpec, read_bundle
from inference.onnx_session import BundleSession
from inference.preprocess import prepare
from inference.radiograph_io import read_radiograph

QUICK = Stage(epochs=1, optimiser="adamw", learning_rate=1e-3, batch=16, augmentation="moderate")
CONFIG = TrainingConfig(
    name="tiny-effusion",
    version="0.1",
    condition="Pleural effusion",
    classes=(BundleClass("No effusion", ("*",)), BundleClass("Pleural effusion", ("Effusion",))),
    input=InputSpec(size=64),
    tables=("phantom/cases.csv",),
    findings=("Consolidation",),
    severities={"effusion_severity": 8.0},
    network=DenseNetConfig(growth_rate=4, block_config=(1, 1, 2, 1), init_features=8, bn_size=2),
    rules=Rules(output="probability"),
    stages={
        "pretrain": replace(QUICK, auxiliary=0.5),
        "cnn": replace(QUICK, auxiliary=0.2, lesion=0.1, outside=0.1, average=0.9),
        "ig": replace(QUICK, auxiliary=0.2),
        "attention": QUICK,
        "metric": replace(QUICK, projection=16),
        "ig-severity": QUICK,
    },
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    list(write_phantom_cases(folder / "phantom", 60, 3, size=96))
    return folder


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    scored = {
        step.stage
        for step in train_bundle(CONFIG, data, folder)
        if isinstance(step, Progress) and step.scores
    }
    assert scored == set(CONFIG.stages)
    return folder


def test_the_run_says_what_it_was(run: Path) -> None:
    record = json.loads((run / "run.json").read_text())
    assert record["config"]["name"] == "tiny-effusion"
    assert record["config"]["stages"]["cnn"]["lesion"] == 0.1
    assert record["commit"]


def test_the_bundle_answers_as_the_networks_do(run: Path, data: Path, tmp_path: Path) -> None:
    bundle = export_run(CONFIG, data, run, tmp_path / "bundle")
    manifest = bundle.manifest
    assert next(iter(manifest.methods)) == "ig"
    assert {"cnn", "cnn-ig", "attention", "metric", "ig-severity", "ssim"} <= set(manifest.methods)
    assert set(manifest.training["heads"]) == {"ig", "attention"}
    session = BundleSession(bundle, provider="cpu")
    radiograph = read_radiograph(sorted((data / "phantom" / "images").glob("*.dcm"))[0])
    tensor = prepare(radiograph, manifest.input).tensor
    output = session.run(tensor, tuple(manifest.methods))
    with torch.no_grad():
        expected = trained_network("cnn", CONFIG, run)(torch.tensor(tensor)).sigmoid()
    np.testing.assert_allclose(output.probabilities, expected[0].numpy(), atol=5e-3)
    assert output.embeddings["metric"].shape == (16,)
    assert np.linalg.norm(output.embeddings["metric"]) == pytest.approx(1, abs=1e-3)
    record_metrics(tmp_path / "bundle", "test", {"auroc": 0.5})
    again = read_bundle(tmp_path / "bundle")
    assert again.manifest.sha256 == manifest.sha256
    assert again.manifest.metrics["test"] == {"auroc": 0.5}


def test_a_stage_needs_the_cnn(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cnn"):
        list(train_bundle(CONFIG, data, tmp_path, stages=("metric",)))
    with pytest.raises(TrainingError, match="no stage"):
        list(train_bundle(CONFIG, data, tmp_path, stages=("other",)))


def test_a_cropped_input_needs_a_lung_finder(data: Path, tmp_path: Path) -> None:
    cropped = replace(CONFIG, input=InputSpec(size=64, lung_finder_size=128))
    with pytest.raises(TrainingError, match="lung finder"):
        list(train_bundle(cropped, data, tmp_path))
