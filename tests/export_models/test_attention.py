"""The ATT network against its equations, written here with loops, and against its ONNX graph."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from torch import Tensor, nn  # noqa: E402

from export_models.attention import (  # noqa: E402
    AttentionNet,
    ChannelAttention,
    DualAttention,
    PositionAttention,
)
from export_models.densenet import COMPACT, DENSENET121, DenseNet, DenseNetConfig  # noqa: E402

SMALL = DenseNetConfig(growth_rate=4, block_config=(1, 2, 1, 2), init_features=8, classes=3)


def _softmax(values: list[float]) -> list[float]:
    exponents = [math.exp(value - max(values)) for value in values]
    return [value / sum(exponents) for value in exponents]


def _position_by_hand(module: PositionAttention, values: Tensor) -> Tensor:
    """DANet, eqs. 1 and 2: s_ji = softmax_i(B_i . C_j); E_j = a sum_i s_ji D_i + A_j."""

    def mapped(layer: nn.Conv2d) -> Tensor:
        weight = layer.weight[:, :, 0, 0]
        return torch.einsum("oc,chw->ohw", weight, values).flatten(1) + layer.bias[:, None]

    query, key, value = mapped(module.query), mapped(module.key), mapped(module.value)
    flat = values.flatten(1)
    out = flat.clone()
    for j in range(flat.shape[1]):
        weights = _softmax([float(query[:, j] @ key[:, i]) for i in range(flat.shape[1])])
        for i, weight in enumerate(weights):
            out[:, j] += module.gamma * weight * value[:, i]
    return out.view_as(values)


def _channel_by_hand(module: ChannelAttention, values: Tensor) -> Tensor:
    """DANet, eqs. 3 and 4, with its code's (largest - affinity), and means for sums."""
    flat = values.flatten(1)
    out = flat.clone()
    for j in range(flat.shape[0]):
        affinity = [float((flat[j] * other).mean()) for other in flat]
        for i, weight in enumerate(_softmax([max(affinity) - one for one in affinity])):
            out[j] += module.gamma * weight * flat[i]
    return out.view_as(values)


@torch.no_grad()
def test_both_attentions_follow_their_equations() -> None:
    torch.manual_seed(0)
    values = torch.rand(2, 16, 3, 5)
    dual = DualAttention(16)
    dual.position.gamma.fill_(0.7)
    dual.channel.gamma.fill_(-0.4)
    position = torch.stack([_position_by_hand(dual.position, one) for one in values])
    channel = torch.stack([_channel_by_hand(dual.channel, one) for one in values])
    torch.testing.assert_close(dual.position(values), position, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(dual.channel(values), channel, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(dual(values), position + channel, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "channels"),
    [
        pytest.param(DENSENET121, [512, 1024, 1024], id="densenet121"),
        pytest.param(COMPACT, [176, 280, 268], id="compact"),
    ],
)
@torch.no_grad()
def test_levels_and_outputs_have_the_shapes_of_the_paper(
    config: DenseNetConfig, channels: list[int]
) -> None:
    torch.set_num_threads(1)
    network = AttentionNet(config).eval()
    seen: list[tuple[int, ...]] = []
    for module in network.attention:
        module.register_forward_hook(lambda _m, given, _o: seen.append(tuple(given[0].shape[1:])))
    trace = network.forward_traced(torch.rand(1, 1, 224, 224))
    assert seen == [(count, side, side) for count, side in zip(channels, (28, 14, 7), strict=True)]
    assert trace.features.shape == (1, config.feature_count)
    assert trace.feature_map.shape == (1, config.feature_count, 7, 7)
    assert trace.logits.shape == (1, 1)
    assert float(trace.features.min()) >= 0


@torch.no_grad()
def test_it_starts_close_to_its_backbone() -> None:
    torch.manual_seed(2)
    network = AttentionNet(SMALL)
    before = DenseNet(SMALL)
    network.backbone.load_state_dict(before.state_dict())
    image = torch.rand(2, 1, 64, 64)
    expected = before.eval().forward_traced(image).features
    got = network.eval().forward_traced(image).features
    assert float((got - expected).norm() / expected.norm()) < 0.2


def test_every_part_learns() -> None:
    torch.manual_seed(2)
    network = AttentionNet(SMALL).train()
    for module in network.attention:  # at zero, the parts behind a share wait for it
        nn.init.constant_(module.position.gamma, 0.1)
        nn.init.constant_(module.channel.gamma, 0.1)
    loss = nn.functional.cross_entropy(
        network(torch.rand(4, 1, 64, 64)), torch.tensor([0, 1, 2, 0])
    )
    loss.backward()
    for name, parameter in network.named_parameters():
        if name.startswith("backbone.classifier"):  # its logits are not used
            assert parameter.grad is None
            continue
        assert parameter.grad is not None, name
        assert bool(torch.isfinite(parameter.grad).all()), name
        if not name.endswith("key.bias"):  # adds the same to a whole softmax: no effect
            assert float(parameter.grad.abs().max()) > 0, name


def test_shares_move_from_zero() -> None:
    torch.manual_seed(2)
    network = AttentionNet(SMALL).train()
    network(torch.rand(4, 1, 64, 64)).square().sum().backward()
    for module in network.attention:
        assert module.position.gamma.item() == 0
        assert float(module.position.gamma.grad) != 0
        assert float(module.channel.gamma.grad) != 0


def test_its_graph_equals_torch() -> None:
    pytest.importorskip("onnxscript", reason="the training extra is not installed")
    from onnx.reference import ReferenceEvaluator

    from export_models.export_onnx import FeatureEmbedder
    from export_models.onnx_graph import to_onnx

    torch.manual_seed(2)
    network = AttentionNet(SMALL).eval()
    with torch.no_grad():
        for module in network.attention:
            module.position.gamma.fill_(0.5)
            module.channel.gamma.fill_(0.5)
    embedder = FeatureEmbedder(network)
    model = to_onnx(embedder, {"image": torch.rand(2, 1, 64, 64)}, ["embedding", "feature_map"])
    for count in (1, 3):
        image = torch.rand(count, 1, 64, 64)
        with torch.no_grad():
            expected = embedder(image)
        got = ReferenceEvaluator(model).run(None, {"image": image.numpy()})
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_allclose(one, other.numpy(), rtol=1e-3, atol=1e-5)
