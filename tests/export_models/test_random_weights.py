"""Bundles that have forgotten: which weights are drawn anew, and that all files agree."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export_models.random_weights import layers_of, random_bundle, reinitialise
from inference.errors import BundleError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession


def network() -> onnx.ModelProto:
    """Two convolutions, one kept as float16, the other also used by its positive part."""
    generator = np.random.default_rng(0)
    first = generator.normal(size=(4, 1, 3, 3)).astype(np.float16)
    second = generator.normal(size=(2, 4, 1, 1)).astype(np.float32)
    constants = {
        "first_half": first,
        "second": second,
        "scale": np.full(4, 3, np.float32),
        "shift": np.full(4, 2, np.float32),
        "mean": np.full(4, 1, np.float32),
        "variance": np.full(4, 5, np.float32),
        "zero": np.array(0, np.float32),
        "box": np.ones((1, 4, 1, 1), np.float32),
        "axes": np.array([2, 3]),
        "last": generator.normal(size=(2, 2)).astype(np.float32),
        "bias": np.ones(2, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["first_half"], ["first"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["image", "first"], ["a"]),
        helper.make_node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"]),
        helper.make_node("Mul", ["b", "box"], ["c"]),
        helper.make_node("Conv", ["c", "second"], ["d"]),
        helper.make_node("Clip", ["second", "zero"], ["positive"]),
        helper.make_node("Conv", ["c", "positive"], ["e"]),
        helper.make_node("Add", ["d", "e"], ["f"]),
        helper.make_node("ReduceMean", ["f", "axes"], ["g"], keepdims=0),
        helper.make_node("Gemm", ["g", "last", "bias"], ["end"]),
    ]
    graph = helper.make_graph(
        nodes,
        "kindred",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info("end", TensorProto.FLOAT, ["n", 2])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def stored(model: onnx.ModelProto) -> dict[str, NDArray[np.floating]]:
    return {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}


def test_layers_are_found_in_the_order_of_the_forward_pass() -> None:
    layers = layers_of(network())
    assert [one.weight or "norm" for one in layers] == ["first_half", "norm", "second", "last"]
    assert layers[3].bias == "bias"


def test_everything_is_drawn_anew_but_constants() -> None:
    model, before = network(), stored(network())
    assert reinitialise(model, seed=1) == 4
    after = stored(model)
    onnx.checker.check_model(model)
    for name in ("first_half", "second", "last"):
        assert after[name].dtype == before[name].dtype
        assert not np.isin(after[name], before[name]).any()
    assert [after[name][0] for name in ("scale", "shift", "mean", "variance")] == [1, 0, 0, 1]
    assert not after["bias"].any()
    assert np.array_equal(after["box"], before["box"])
    again, other = network(), network()
    reinitialise(again, seed=1)
    reinitialise(other, seed=2)
    assert np.array_equal(stored(again)["second"], after["second"])
    assert not np.array_equal(stored(other)["second"], after["second"])


def test_the_last_layers_go_first() -> None:
    before = stored(network())
    for share, changed in ((0.25, {"last"}), (0.5, {"last", "second"})):
        model = network()
        reinitialise(model, share=share)
        differ = {
            name for name, values in stored(model).items()
            if not np.array_equal(values, before[name]) and name != "bias"
        }  # fmt: skip
        assert differ == changed


def test_weights_have_the_size_they_have_before_training() -> None:
    weight = np.random.default_rng(0).normal(size=(64, 32, 3, 3)).astype(np.float32)
    model = network()
    for tensor in model.graph.initializer:
        if tensor.name == "second":
            tensor.CopyFrom(numpy_helper.from_array(weight, "second"))
    reinitialise(model)
    drawn = stored(model)["second"]
    assert drawn.std() == pytest.approx((2 / (32 * 9)) ** 0.5, rel=0.02)
    assert drawn.mean() == pytest.approx(0, abs=0.002)


def test_all_files_of_a_bundle_forget_the_same(weighted_bundle: Path, tmp_path: Path) -> None:
    bundle = read_bundle(weighted_bundle)
    changed = random_bundle(bundle, tmp_path / "random", seed=3)
    assert changed.manifest.sha256 != bundle.manifest.sha256
    session = BundleSession(changed, provider="cpu", threads=1)
    image = np.random.default_rng(0).random((1, 1, 32, 32)).astype(np.float32)
    whole = session.run(image, ("cnn", "ig"))
    apart = session.run_graph("classifier.onnx", {"image": image}, ["embedding"])["embedding"]
    np.testing.assert_array_equal(whole.embeddings["cnn"], apart[0])
    trained = BundleSession(bundle, provider="cpu", threads=1).run(image, ("cnn",))
    assert not np.allclose(trained.embeddings["cnn"], apart[0])
    assert read_bundle(bundle.folder).manifest.sha256 == bundle.manifest.sha256


def test_a_bundle_without_weights_is_refused(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no weights"):
        random_bundle(read_bundle(tiny_bundle), tmp_path / "random")


def test_an_exported_network_forgets_all_it_learnt(tmp_path: Path) -> None:
    """A real export: every parameter of the torch network is among the layers."""
    torch = pytest.importorskip("torch", reason="the training extra is not installed")
    pytest.importorskip("onnxscript", reason="the training extra is not installed")
    from export_models.densenet import DenseNet, DenseNetConfig
    from export_models.onnx_graph import compacted, to_onnx

    torch.manual_seed(0)
    network = DenseNet(DenseNetConfig(8, (1, 1, 1, 1), 8)).eval()
    model = compacted(to_onnx(network, {"image": torch.rand(2, 1, 32, 32)}, ["logits"]))
    convolutions = [one for one in network.modules() if isinstance(one, torch.nn.Conv2d)]
    norms = [one for one in network.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    layers = layers_of(model)
    assert len([one for one in layers if one.weight]) == len(convolutions) + 1
    assert len([one for one in layers if one.batch_norm]) == len(norms)
    assert layers[-1].bias
