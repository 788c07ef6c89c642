"""State dicts of the four families, made here, and files that cannot be started from."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

import torch.nn.functional as F  # noqa: E402, N812
from torch import Tensor, nn  # noqa: E402

from export_models.densenet import DenseNet, DenseNetConfig  # noqa: E402
from export_models.initial_weights import InitialWeightsError, load_initial_weights  # noqa: E402

CONFIG = DenseNetConfig(growth_rate=4, block_config=(2, 1, 1, 2), init_features=8)


def _random_network(classes: int = 1, seed: int = 7) -> DenseNet:
    torch.manual_seed(seed)
    network = DenseNet(DenseNetConfig(4, (2, 1, 1, 2), 8, classes=classes))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    nn.init.normal_(network.classifier.bias)
    return network.eval()


def _save(content: Any, folder: Path) -> Path:
    path = folder / "weights.pth"
    torch.save(content, path)
    return path


def _assert_features_equal(network: DenseNet, other: DenseNet) -> None:
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        got = network.eval().forward_traced(image).features
        torch.testing.assert_close(got, other.forward_traced(image).features)


def test_our_own_weights_load_whole(tmp_path: Path) -> None:
    source, network = _random_network(), DenseNet(CONFIG)
    report = load_initial_weights(network, _save(source.state_dict(), tmp_path))
    assert report.has_classifier
    assert report.notes == ()
    assert report.loaded == len(source.state_dict())
    for name, value in network.state_dict().items():
        assert torch.equal(value, source.state_dict()[name]), name


def test_torchvisions_old_names_and_a_thousand_classes(tmp_path: Path) -> None:
    source, network = _random_network(classes=1000), DenseNet(CONFIG)
    old = {}
    for name, value in source.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue  # the downloads of densenet121 have none
        for part in ("norm1", "conv1", "norm2", "conv2"):
            if "denselayer" in name:
                name = name.replace(f".{part}.", f".{part[:-1]}.{part[-1]}.")
        old[name] = value
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    before = network.classifier.weight.clone()
    report = load_initial_weights(network, _save(old, tmp_path))
    _assert_features_equal(network, source)
    assert not report.has_classifier
    assert torch.equal(network.classifier.weight, before)
    assert any("1000 outputs where 1 are needed" in note for note in report.notes)
    assert any("up to date" in note for note in report.notes)


def test_a_chexnet_checkpoint(tmp_path: Path) -> None:
    source, network = _random_network(classes=14), DenseNet(CONFIG)
    state = {}
    for name, value in source.state_dict().items():
        name = name.replace("classifier.", "classifier.0.")
        for part in ("norm1", "conv1", "norm2", "conv2"):
            if "denselayer" in name:
                name = name.replace(f".{part}.", f".{part[:-1]}.{part[-1]}.")
        state[f"module.densenet121.{name}"] = value
    checkpoint = {
        "epoch": 12,
        "arch": "DenseNet121",
        "state_dict": state,
        "best_loss": np.float64(0.15),  # a number of numpy's, as such checkpoints hold
    }
    report = load_initial_weights(network, _save(checkpoint, tmp_path))
    _assert_features_equal(network, source)
    assert any("14 outputs" in note for note in report.notes)


def test_a_classifier_of_the_same_size_under_chexnets_name_is_taken(tmp_path: Path) -> None:
    source, network = _random_network(), DenseNet(CONFIG)
    state = {
        "module.densenet121." + name.replace("classifier.", "classifier.0."): value
        for name, value in source.state_dict().items()
    }
    report = load_initial_weights(network, _save(state, tmp_path))
    assert report.has_classifier
    assert torch.equal(network.classifier.weight, source.classifier.weight)


def test_torchxrayvisions_first_layer_gives_the_same_values(tmp_path: Path) -> None:
    source, network = _random_network(classes=18), DenseNet(CONFIG)
    state: dict[str, Tensor] = dict(source.state_dict())
    grey = torch.randn(8, 1, 7, 7) / 3000
    state["features.conv0.weight"] = grey
    state["op_threshs"] = torch.full((18,), float("nan"))
    report = load_initial_weights(network, _save(state, tmp_path))
    assert any("torchxrayvision" in note for note in report.notes)
    image = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        theirs = F.conv2d(2048 * image - 1024, grey, stride=2, padding=3)
        expected = F.relu(source.features.get_submodule("norm0")(theirs))
        got = network.eval().forward_traced(image).stem
    inside = (..., slice(2, -2), slice(2, -2))  # its padding is mid-grey, ours the mean
    torch.testing.assert_close(got[inside], expected[inside], rtol=1e-3, atol=1e-4)


def test_one_grey_channel_is_shared_among_three(tmp_path: Path) -> None:
    source, network = _random_network(), DenseNet(CONFIG)
    state = dict(source.state_dict())
    state["features.conv0.weight"] = state["features.conv0.weight"].sum(1, keepdim=True)
    report = load_initial_weights(network, _save(state, tmp_path))
    assert any("one input channel" in note for note in report.notes)
    same = torch.rand(1, 1, 32, 32).expand(1, 3, 32, 32)  # equal channels: nothing changes
    torch.testing.assert_close(
        F.conv2d(same, network.features.get_parameter("conv0.weight")),
        F.conv2d(same, source.features.get_parameter("conv0.weight")),
        rtol=1e-4,
        atol=1e-4,
    )


def _assert_refused(path: Path, match: str) -> None:
    network = _random_network(seed=1)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(InitialWeightsError, match=match) as caught:
        load_initial_weights(network, path)
    assert str(caught.value).startswith(f"Cannot start from {path.name}: ")
    for name, value in network.state_dict().items():  # nothing was changed by half
        assert torch.equal(value, before[name]), name


def test_another_size_is_explained(tmp_path: Path) -> None:
    other = DenseNet(DenseNetConfig(8, (2, 1, 1, 2), 8))
    _assert_refused(_save(other.state_dict(), tmp_path), r"another size \(.* there and .* here\)")


def test_fewer_layers_are_explained(tmp_path: Path) -> None:
    other = DenseNet(DenseNetConfig(4, (1, 1, 1, 2), 8)).state_dict()
    kept = {name: value for name, value in other.items() if "conv0" in name or "norm0" in name}
    _assert_refused(_save(kept, tmp_path), "it lacks .* such as features.denseblock1")


def test_another_architecture_is_explained(tmp_path: Path) -> None:
    state = {"conv1.weight": torch.rand(64, 3, 7, 7), "layer1.0.conv1.weight": torch.rand(3)}
    _assert_refused(_save(state, tmp_path), "holds no DenseNet")


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    state = _random_network().state_dict()
    state["features.norm5.running_var"][2] = float("nan")
    _assert_refused(_save(state, tmp_path), r"features\.norm5\.running_var .* not a number")


class _Harmful:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_a_pickle_that_would_run_a_program_is_refused_unrun(tmp_path: Path) -> None:
    made = tmp_path / "made"
    path = tmp_path / "evil.pth"
    torch.save({"state_dict": _Harmful(made)}, path)
    _assert_refused(path, "program objects")
    path.write_bytes(pickle.dumps(_Harmful(made), 2))
    _assert_refused(path, "damaged")
    assert not made.exists()


def test_a_whole_pickled_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    _assert_refused(_save(_random_network(), tmp_path), r"save the state_dict\(\)")


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 cut off"])
def test_damaged_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    _assert_refused(path, "damaged|as torch saves")


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = _save(_random_network().state_dict(), tmp_path)
    path.write_bytes(path.read_bytes()[:5000])
    _assert_refused(path, "damaged|as torch saves")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    _assert_refused(tmp_path / "nowhere.pth", "missing")


def test_a_file_without_weights_is_refused(tmp_path: Path) -> None:
    _assert_refused(_save({"epoch": 3}, tmp_path), "no weights")
    _assert_refused(_save([1, 2], tmp_path), "no state dict")
