"""A bundle from torch modules: what its files compute, and what stands in the way."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("onnxscript", reason="the training extra is not installed")

import torch.nn.functional as F  # noqa: E402, N812
from torch import Tensor, nn  # noqa: E402

from export_models.deep_taylor import DeepTaylor, Rules, saliency_map  # noqa: E402
from export_models.densenet import DenseNet, DenseNetConfig  # noqa: E402
from export_models.export_onnx import (  # noqa: E402
    STORAGE_LIMITS,
    Embedder,
    ExportJob,
    FeatureEmbedder,
    export_bundle,
)
from export_models.lung_finder import LungFinder  # noqa: E402
from inference.errors import ExportError  # noqa: E402
from inference.model_bundle import (  # noqa: E402
    Bundle,
    BundleClass,
    InputSpec,
)
from inference.onnx_session import BundleSession  # noqa: E402

SIZE = 64
TINY = DenseNetConfig(growth_rate=8, block_config=(1, 1, 1, 1), init_features=8)
CLASSES = (BundleClass("No finding", ("*",)), BundleClass("Effusion", ("effusion",)))
FUSED = ["probability", "saliency", "embedding_cnn", "embedding_ig"]
FUSED += ["feature_map_cnn", "feature_map_ig"]


def _images(count: int, channels: int = 1, size: int = SIZE, seed: int = 0) -> Tensor:
    made = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, channels, size // 8, size // 8, generator=made)
    return F.interpolate(coarse, size=(size, size), mode="bicubic").clamp(0, 1)


def _network(config: DenseNetConfig, seed: int) -> DenseNet:
    """Random weights with calibrated BatchNorm."""
    torch.manual_seed(seed)
    network = DenseNet(config)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        network.train()(_images(8, seed=seed))
    return network.eval()


class _Both(nn.Module):
    """An embedder that looks at radiograph and saliency map."""

    def __init__(self, network: DenseNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, saliency: Tensor) -> tuple[Tensor, Tensor]:
        trace = self.network.forward_traced(0.5 * (image + saliency))
        return trace.features, trace.feature_map


def _job(config: DenseNetConfig = TINY) -> ExportJob:
    torch.manual_seed(9)
    projection = nn.Linear(config.feature_count, 10)
    return ExportJob(
        name="made-here",
        version="1.0",
        condition="Effusion",
        classes=CLASSES,
        input=InputSpec(SIZE, lung_finder_size=128),
        cnn=_network(config, 1),
        ig=FeatureEmbedder(_network(config, 2)),
        embedders=(
            Embedder(
                "metric",
                "Metric learning",
                "image",
                "cosine",
                FeatureEmbedder(_network(config, 3), projection=projection, unit_length=True),
            ),
            Embedder("ig-severity", "Severity", "image+saliency", "l2", _Both(_network(config, 4))),
        ),
        lung_finder=LungFinder(width=4),
        weights="float16",
        training={"commit": "abc", "epochs": 2},
        metrics={"test": {"auroc": 0.91}},
        intended_use="For tests.",
    )


@pytest.fixture(scope="module")
def job() -> ExportJob:
    torch.set_num_threads(1)
    return _job()


@pytest.fixture(scope="module")
def bundle(job: ExportJob, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("bundles") / "made-here"
    return export_bundle(job, folder, _images(6), _images(3, size=128))


def _session(bundle: Bundle) -> BundleSession:
    return BundleSession(bundle, provider="cpu", threads=1)


def test_a_bundle_holds_every_file_and_every_method(bundle: Bundle) -> None:
    assert sorted(path.name for path in bundle.folder.iterdir()) == [
        "bundle.json",
        "card.md",
        "classifier.onnx",
        "embedder_cnn_ig.onnx",
        "embedder_ig.onnx",
        "embedder_ig_severity.onnx",
        "embedder_metric.onnx",
        "fused.onnx",
        "lung_finder.onnx",
        "saliency.onnx",
    ]
    methods = bundle.manifest.methods
    assert list(methods) == ["ig", "cnn", "cnn-ig", "metric", "ig-severity", "ssim"]
    assert {name for name, spec in methods.items() if not spec.file} == {"ig", "cnn", "ssim"}
    assert methods["metric"].length == 10
    assert not list(bundle.folder.parent.glob(".*"))  # no temporary folder stays


def test_every_method_embeds_as_its_network_does(job: ExportJob, bundle: Bundle) -> None:
    image = _images(1, seed=8)
    output = _session(bundle).run(image.numpy(), tuple(bundle.manifest.methods), feature_maps=True)
    with torch.no_grad():
        trace = job.cnn.forward_traced(image)
        saliency = saliency_map(job.cnn, trace, job.rules)
        severity = job.embedders[1].module
        expected = {
            "cnn": (trace.features, trace.feature_map),
            "ig": job.ig(saliency),
            "cnn-ig": FeatureEmbedder(job.cnn)(saliency),
            "metric": job.embedders[0].module(image),
            "ig-severity": severity(image, saliency),
        }
    # The weights were stored as float16, so that two digits less are kept.
    np.testing.assert_allclose(output.probabilities, trace.logits.sigmoid()[0], atol=2e-3)
    difference = np.abs(output.saliency - saliency[0, 0].numpy()).sum()
    assert difference < 0.02 * float(saliency.sum())
    for name, (embedding, feature_map) in expected.items():
        for got, wanted in (
            (output.embeddings[name], embedding[0].numpy()),
            (output.feature_maps[name], feature_map[0].numpy()),
        ):
            assert np.linalg.norm(got - wanted) < 0.02 * np.linalg.norm(wanted), name
    assert np.linalg.norm(output.embeddings["metric"]) == pytest.approx(1, abs=1e-4)


def test_the_fused_graph_equals_the_three_apart(bundle: Bundle) -> None:
    session = _session(bundle)
    for count in (1, 3):
        image = _images(count, seed=21).numpy()
        fused = session.run_graph("fused.onnx", {"image": image}, FUSED)
        outputs = ["probability", "embedding", "feature_map"]
        classifier = session.run_graph("classifier.onnx", {"image": image}, outputs)
        saliency = session.run_graph("saliency.onnx", {"image": image}, ["probability", "saliency"])
        given = {"saliency": saliency["saliency"]}
        embedder = session.run_graph("embedder_ig.onnx", given, outputs[1:])
        pairs = {
            "probability": classifier["probability"],
            "saliency": saliency["saliency"],
            "embedding_cnn": classifier["embedding"],
            "feature_map_cnn": classifier["feature_map"],
            "embedding_ig": embedder["embedding"],
            "feature_map_ig": embedder["feature_map"],
        }
        for name, apart in pairs.items():
            np.testing.assert_allclose(fused[name], apart, rtol=1e-4, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(saliency["probability"], fused["probability"], atol=1e-6)


def test_constant_and_one_pixel_images_give_finite_maps_from_the_file(bundle: Bundle) -> None:
    session = _session(bundle)
    images = np.zeros((6, 1, SIZE, SIZE), np.float32)
    for index, value in enumerate((0.0, 0.5, 1.0)):
        images[2 * index : 2 * index + 2] = value
        images[2 * index + 1, 0, 31, 30] = 1 - value
    answers = session.run_graph("saliency.onnx", {"image": images}, ["probability", "saliency"])
    fused = session.run_graph("fused.onnx", {"image": images}, FUSED)
    for name, values in (*answers.items(), *fused.items()):
        assert np.isfinite(values).all(), name
    assert 0 <= answers["saliency"].min() <= answers["saliency"].max() <= 1
    outputs = session.run_batch(images, tuple(bundle.manifest.methods))
    assert len(outputs) == 6


def test_the_lung_finder_is_the_one_given(job: ExportJob, bundle: Bundle) -> None:
    whole = _images(1, size=128, seed=30)
    box = _session(bundle).find_lungs(whole.numpy())
    assert job.lung_finder is not None
    with torch.no_grad():
        expected = job.lung_finder(whole)[0].tolist()
    assert [box.left, box.top, box.right, box.bottom] == pytest.approx(expected, abs=1e-3)


def test_the_comparison_with_torch_is_recorded(bundle: Bundle) -> None:
    check = bundle.manifest.training["export_check"]
    assert bundle.manifest.training["commit"] == "abc"
    assert check["radiographs"] == 6
    assert check["relevance"] == {
        "output": "predicted",
        "global_pool": "proportional",
        "first_layer": "bounded",
    }
    errors = check["errors"]
    assert {row.split(":")[0] for row in errors} == set(bundle.manifest.files)
    assert errors["saliency.onnx: saliency"]["same weights in torch, worst"] < 1e-4
    assert errors["fused.onnx: embedding_ig"]["trained weights in torch, mean"] < 1e-2
    card = (bundle.folder / "card.md").read_text(encoding="utf-8")
    for part in ("Effusion", "For tests.", "0.91", "fused.onnx: embedding_ig", "research"):
        assert part in card
    json.dumps(bundle.manifest.training)


def test_the_networks_are_left_as_they_were(bundle: Bundle, job: ExportJob) -> None:
    fresh = _job().cnn.state_dict()
    assert bundle.manifest.training["export_check"]["weights stored as"] == "float16"
    for name, value in job.cnn.state_dict().items():
        torch.testing.assert_close(value, fresh[name], rtol=0, atol=0)


def test_float32_is_taken_where_float16_changes_too_much_and_replaces_the_old_bundle(
    job: ExportJob, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "made"
    shutil.copytree(bundle.folder, folder)
    monkeypatch.setitem(STORAGE_LIMITS, "embedding", 1e-6)
    small = replace(job, embedders=(), lung_finder=None, input=InputSpec(SIZE), weights="auto")
    made = export_bundle(small, folder, _images(3))
    assert made.manifest.files["fused.onnx"].bytes > bundle.manifest.files["fused.onnx"].bytes
    assert made.manifest.training["export_check"]["weights stored as"] == "float32"
    errors = made.manifest.training["export_check"]["errors"]
    assert errors["fused.onnx: saliency"]["trained weights in torch, mean"] < 1e-4
    assert not (folder / "embedder_metric.onnx").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_colour_and_several_classes(tmp_path: Path) -> None:
    config = replace(TINY, classes=3)
    classes = tuple(BundleClass(name, (name,)) for name in ("nevus", "keratosis", "melanoma"))
    job = ExportJob(
        name="skin",
        version="1.0",
        condition="Melanoma",
        classes=classes,
        input=InputSpec(SIZE, channels=3, intensity="window"),
        cnn=_network(config, 5),
        ig=FeatureEmbedder(_network(config, 6)),
        rules=Rules(output="probability"),
        weights="float16",
    )
    bundle = export_bundle(job, tmp_path / "skin", _images(4, channels=3))
    image = _images(1, channels=3, seed=40)
    output = _session(bundle).run(image.numpy(), ("ig", "cnn", "cnn-ig", "ssim"))
    with torch.no_grad():
        logits, saliency = DeepTaylor(job.cnn, job.rules)(image)
    np.testing.assert_allclose(output.probabilities, logits.softmax(1)[0], atol=5e-3)
    assert output.saliency.max() == pytest.approx(float(output.probabilities.max()), abs=1e-3)
    assert np.abs(output.saliency - saliency[0, 0].numpy()).sum() < 0.05 * float(saliency.sum())


class _TrainingOnly(nn.Module):
    """Answers otherwise outside the exporter: a network whose export goes wrong."""

    def __init__(self, network: DenseNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        trace = self.network.forward_traced(image)
        factor = 1.0 if torch.compiler.is_exporting() else 1.01
        return trace.features * factor, trace.feature_map


def test_a_file_that_disagrees_with_torch_is_refused(job: ExportJob, tmp_path: Path) -> None:
    wrong = Embedder("metric", "Metric", "image", "l2", _TrainingOnly(_network(TINY, 3)))
    bad = replace(job, embedders=(wrong,), lung_finder=None, input=InputSpec(SIZE))
    with pytest.raises(ExportError, match=r"disagree: embedding of embedder_metric\.onnx"):
        export_bundle(bad, tmp_path / "made", _images(2))
    assert not list(tmp_path.iterdir())


def test_a_folder_with_other_things_is_left_alone(job: ExportJob, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ExportError, match="holds no bundle"):
        export_bundle(job, tmp_path, _images(2), _images(2, size=128))
    assert (tmp_path / "thesis.txt").is_file()


def test_contradictions_are_refused_before_any_work(job: ExportJob, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="need 3 logits"):
        replace(job, classes=(*CLASSES, BundleClass("Other", ("other",))))
    with pytest.raises(ValueError, match="lung finder"):
        replace(job, lung_finder=None)
    with pytest.raises(ValueError, match="same name"):
        replace(job, embedders=(job.embedders[0], job.embedders[0]))
    with pytest.raises(ValueError, match="two radiographs"):
        export_bundle(job, tmp_path / "made", _images(1), _images(2, size=128))


def test_shipped_bundles_fit_the_repository() -> None:
    folder = Path(__file__).parents[2] / "resources" / "bundles"
    assert sum(path.stat().st_size for path in folder.rglob("*.onnx")) < 60_000_000
