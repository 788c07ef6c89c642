"""Relevance against two oracles: every linear map transposed by autograd, and zennit.

The first walks the network's modules in float64 and shares no function with
`export_models.deep_taylor`. Where bundles ship, their trained weights are read back out of
their classifier, and the shipped saliency graph itself is held against the oracle.
"""

import copy
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
onnx = pytest.importorskip("onnx", reason="the training extra is not installed")

import torch.nn.functional as F  # noqa: E402, N812
from onnx import numpy_helper  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from export_models.deep_taylor import (  # noqa: E402
    INNVESTIGATE,
    DeepTaylor,
    Rules,
    normalised_map,
    relevance,
)
from export_models.densenet import (  # noqa: E402
    COMPACT,
    DENSENET121,
    IMAGENET_MEAN,
    IMAGENET_STD,
    DenseNet,
    DenseNetConfig,
)
from inference.model_bundle import read_bundle  # noqa: E402
from inference.onnx_session import BundleSession  # noqa: E402
from tests.export_models.zennit_relevance import stand_ins, zennit_relevance  # noqa: E402

BUNDLES = sorted(Path(__file__).parents[2].glob("resources/bundles/*/bundle.json"))
ALL_RULES = {
    "default": Rules(),
    "innvestigate": INNVESTIGATE,
    "positive": Rules(output="positive"),
    "probability": Rules(output="probability"),
    "uniform": Rules(global_pool="uniform"),
    "z_plus": Rules(first_layer="z_plus"),
}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


# The oracle -------------------------------------------------------------------------------


def _transposed(linear: Callable[[Tensor], Tensor], like: Tensor, values: Tensor) -> Tensor:
    """The transpose of a linear map, applied to `values`."""
    at = torch.zeros_like(like, requires_grad=True)
    return torch.autograd.grad(linear(at), at, values)[0]


def _quotient(values: Tensor, by: Tensor) -> Tensor:
    return torch.where(by > 1e-12, values / by.clamp_min(1e-12), values / 1e-12)


def _shared(linear: Callable[[Tensor], Tensor], inputs: Tensor, values: Tensor) -> Tensor:
    """z+, Montavon et al. 2017, eq. 16: R_i = x_i sum_j w+_ij R_j / sum_i x_i w+_ij."""
    return inputs * _transposed(linear, inputs, _quotient(values, linear(inputs)))


def _positive(conv: nn.Module) -> Callable[[Tensor], Tensor]:
    twin = copy.deepcopy(conv)
    twin.weight.data = twin.weight.data.clamp(min=0)
    twin.bias = None
    return twin


def _oracle(network: DenseNet, rules: Rules, image: Tensor) -> Tensor:
    """Unnormalised relevance of each pixel, (N, H, W), in float64."""
    net = copy.deepcopy(network).double().eval().requires_grad_(False)
    mods = dict(net.named_modules())
    mean = torch.tensor(IMAGENET_MEAN).double().view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD).double().view(1, 3, 1, 1)
    pixels = (image.double().expand(-1, 3, -1, -1) - mean) / std

    # Forward, remembering how to send relevance back through each step.
    back: list[Callable[[Tensor], Tensor]] = []
    conv0 = mods["features.conv0"]
    stem = mods["features.norm0"](conv0(pixels)).relu()
    values = F.max_pool2d(stem, 3, 2, 1)

    def through_stem(r: Tensor) -> Tensor:
        at = stem.clone().requires_grad_()  # its gradient picks each window's winner
        r = torch.autograd.grad(F.max_pool2d(at, 3, 2, 1), at, r)[0] * (stem > 0)
        plus, minus = _positive(conv0), copy.deepcopy(conv0)
        minus.weight.data = minus.weight.data.clamp(max=0)
        if rules.first_layer == "z_plus":
            up, down = pixels.clamp(min=0), pixels.clamp(max=0)
            q = _quotient(r, plus(up) + minus(down))
            return up * _transposed(plus, up, q) + down * _transposed(minus, down, q)
        low = ((0 - mean) / std).expand_as(pixels)
        high = ((1 - mean) / std).expand_as(pixels)
        q = _quotient(r, conv0(pixels) - plus(low) - minus(high))
        return (
            pixels * _transposed(conv0, pixels, q)
            - low * _transposed(plus, low, q)
            - high * _transposed(minus, high, q)
        )

    back.append(through_stem)
    for block, layers in enumerate(net.config.block_config, start=1):
        for number in range(1, layers + 1):
            layer = mods[f"features.denseblock{block}.denselayer{number}"]
            first = layer.norm1(values).relu()
            second = layer.norm2(layer.conv1(first)).relu()

            def through_layer(
                r: Tensor, layer: nn.Module = layer, first: Tensor = first, second: Tensor = second
            ) -> Tensor:
                old, new = r.split([first.shape[1], r.shape[1] - first.shape[1]], 1)
                new = _shared(_positive(layer.conv2), second, new)
                return old + _shared(_positive(layer.conv1), first, new)

            back.append(through_layer)
            values = torch.cat([values, layer.conv2(second)], 1)
        if block < len(net.config.block_config):
            step = mods[f"features.transition{block}"]
            active = step.norm(values).relu()
            before_pool = step.conv(active)

            def through_transition(
                r: Tensor,
                step: nn.Module = step,
                active: Tensor = active,
                shape: Tensor = before_pool,
            ) -> Tensor:
                r = _transposed(lambda v: F.avg_pool2d(v, 2), shape, r)  # a quarter each
                return _shared(_positive(step.conv), active, r)

            back.append(through_transition)
            values = F.avg_pool2d(before_pool, 2)
    last = mods["features.norm5"](values).relu()
    features = last.mean((2, 3))
    logits = net.classifier(features)

    rows = []
    for one, answer in zip(features, logits, strict=True):
        top = int(answer.argmax())
        weight = net.classifier.weight[top]
        if rules.output == "predicted" and len(answer) == 1 and answer[0] < 0:
            weight = -weight
        z = one * weight.clamp(min=0)
        dead = rules.output == "positive" and answer[top] <= 0
        rows.append(torch.zeros_like(z) if dead else _quotient(z, z.sum()))
    per_feature = torch.stack(rows)[:, :, None, None]
    if rules.global_pool == "proportional":
        r = last * _quotient(per_feature, last.sum((2, 3), keepdim=True))
    else:
        r = per_feature.expand_as(last) / last[0, 0].numel() * (last > 0)
    for step_back in reversed(back):
        r = step_back(r)
    return r.sum(1)


def _oracle_map(network: DenseNet, rules: Rules, image: Tensor) -> Tensor:
    """The finished map of the oracle: (N, H, W) in [0, 1]."""
    found = _oracle(network, rules, image)
    finished = found / found.amax((1, 2), keepdim=True).clamp_min(1e-12)
    if rules.output == "probability":
        with torch.no_grad():
            logits = copy.deepcopy(network).double().eval()(image.double())
        likely = logits.sigmoid()[:, 0] if logits.shape[1] == 1 else logits.softmax(1).amax(1)
        finished = finished * likely[:, None, None]
    return finished


def _error(got: Tensor, expected: Tensor) -> float:
    """The largest L1 relative error of a map; 0 where both are all zero."""
    got, expected = got.double().flatten(1), expected.double().flatten(1)
    return float(((got - expected).abs().sum(1) / expected.abs().sum(1).clamp_min(1e-9)).max())


# Networks and images ----------------------------------------------------------------------


def _images(count: int, size: int, seed: int = 0) -> Tensor:
    """Smooth, radiograph-like brightness with grain, (count, 1, size, size) in [0, 1]."""
    made = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 1, size // 8, size // 8, generator=made)
    smooth = F.interpolate(coarse, size=(size, size), mode="bicubic")
    return (smooth + 0.03 * torch.randn(smooth.shape, generator=made)).clamp(0, 1)


def _random_network(config: DenseNetConfig, size: int) -> DenseNet:
    """Random weights, BatchNorm calibrated on images, so that activations are lifelike."""
    torch.manual_seed(1)
    network = DenseNet(config)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # a plain average
            nn.init.uniform_(module.weight, -0.3, 1.2)  # also negative, as training makes some
            nn.init.normal_(module.bias, std=0.2)
    network.train()
    with torch.no_grad():
        network(_images(8, size, seed=5))
    return network.eval()


def _trained_network(config: DenseNetConfig, size: int, steps: int) -> DenseNet:
    """A few steps towards seeing a bright spot."""
    network = _random_network(config, size).train()
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    for step in range(steps):
        images = 0.7 * _images(8, size, seed=100 + step)
        ill = (torch.arange(8) % 2).float()[:, None]
        images[1::2, :, size // 4 : size // 2, size // 4 : size // 2] += 0.3
        loss = F.binary_cross_entropy_with_logits(network(images)[:, :1], ill)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return network.eval()


def _build(kind: str, size: int) -> DenseNet:
    if kind == "densenet121":
        return _random_network(DENSENET121, size)
    if kind == "densenet121 trained":
        return _trained_network(DENSENET121, size, 3)
    if kind == "compact trained":
        return _trained_network(COMPACT, size, 12)
    classes = 3 if kind == "compact, three classes" else 1
    settings = (COMPACT.growth_rate, COMPACT.block_config, COMPACT.init_features)
    return _random_network(DenseNetConfig(*settings, classes=classes), size)


KINDS = [
    "compact",
    "compact, three classes",
    "compact trained",
    "densenet121",
    "densenet121 trained",
]


@pytest.fixture(scope="module", params=KINDS)
def network(request: pytest.FixtureRequest) -> DenseNet:
    torch.set_num_threads(1)
    return _build(request.param, 64)


@pytest.fixture(scope="module")
def compact() -> DenseNet:
    torch.set_num_threads(1)
    return _build("compact", 64)


def _balanced(network: DenseNet, images: Tensor) -> Tensor:
    """Give two images logits of -1 and 1, or a largest one of at least 1; return them.

    float32's share in the error of a probability grows with the size of its logit.
    """
    with torch.no_grad():
        logits = network(images)
        spread = logits.max() - logits.min()
        network.classifier.weight *= 2 / spread
        network.classifier.bias *= 2 / spread
        logits = network(images)
        if logits.shape[1] == 1:
            network.classifier.bias -= logits.mean()
        else:
            network.classifier.bias += (1 - logits.amax(1)).max()
        return network(images)


# Tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rules", ALL_RULES.values(), ids=ALL_RULES.keys())
def test_maps_equal_the_oracles(network: DenseNet, rules: Rules) -> None:
    images = _images(2, 64, seed=9)
    logits = _balanced(network, images)
    if logits.shape[1] == 1:
        assert logits.min() < 0 < logits.max()
    with torch.no_grad():
        _, got = DeepTaylor(network, rules)(images)
        exact = normalised_map(_double_relevance(network, rules, images))
    expected = _oracle_map(network, rules, images)
    assert expected.max() > 0
    error = _error(got, expected)
    print(f"L1 relative error {error:.1e}")
    assert error < 1e-4
    if rules.output != "probability":  # in float64 nothing but the last digits may differ
        assert _error(exact, expected) < 1e-9


def _double_relevance(network: DenseNet, rules: Rules, images: Tensor) -> Tensor:
    twin = copy.deepcopy(network).double()
    return relevance(twin, twin.forward_traced(images.double()), rules)


def test_wrong_relevance_is_noticed(compact: DenseNet) -> None:
    images = _images(2, 64, seed=9)
    _balanced(compact, images)
    for other in ("uniform", "z_plus", "innvestigate"):
        with torch.no_grad():
            _, got = DeepTaylor(compact, ALL_RULES[other])(images)
        assert _error(got, _oracle_map(compact, Rules(), images)) > 1e-2


@pytest.fixture
def zennit_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let zennit 0.5 be imported where torchvision is missing.

    Source: `zennit_relevance.stand_ins`.
    """
    if find_spec("zennit") is None:
        pytest.skip("zennit, the second oracle, is not installed (pip install --no-deps zennit)")
    for name, module in stand_ins().items():
        monkeypatch.setitem(sys.modules, name, module)
    import zennit.core  # noqa: F401 - while the stand-in lies there


@pytest.mark.parametrize("rules", [Rules(), INNVESTIGATE], ids=["default", "innvestigate"])
@pytest.mark.parametrize("kind", ["compact", "densenet121"])
@pytest.mark.usefixtures("zennit_importable")
def test_maps_equal_zennits(kind: str, rules: Rules) -> None:
    network = _build(kind, 64)
    images = _images(2, 64, seed=9)
    logits = _balanced(network, images)
    found = zennit_relevance(network, rules, images, logits)
    expected = found / found.amax((1, 2), keepdim=True).clamp_min(1e-12)
    with torch.no_grad():
        _, got = DeepTaylor(network, rules)(images)
    error = _error(got, expected)
    print(f"L1 relative error {error:.1e}")
    assert error < 1e-4


def test_relevance_is_conserved(network: DenseNet) -> None:
    images = _images(3, 64, seed=11)
    with torch.no_grad():
        total = _double_relevance(network, Rules(), images).sum((1, 2, 3))
        uniform = _double_relevance(network, Rules(global_pool="uniform"), images).sum((1, 2, 3))
    print("sums", total.tolist(), uniform.tolist())
    # Lost is only what reaches convolutions whose inputs are dead or whose weights are
    # all negative; the uniform pool loses what it hands to dead ReLUs as well.
    assert float(total.min()) > 0.85
    assert float(total.max()) <= 1 + 1e-9
    assert bool((uniform < total).all())


def test_relevance_is_conserved_to_the_last_digits_where_nothing_is_dead(
    compact: DenseNet,
) -> None:
    network = copy.deepcopy(compact)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.abs_()
            module.bias.data.fill_(12)  # every unit is active
        elif isinstance(module, (nn.Conv2d, nn.Linear)) and module.weight.shape[1] != 3:
            module.weight.data.abs_()  # every sum is positive
    with torch.no_grad():
        total = _double_relevance(network, Rules(), _images(2, 64)).sum((1, 2, 3))
    torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-9)


def test_a_negative_logit_has_a_map_only_where_the_decision_is_explained(
    compact: DenseNet,
) -> None:
    images = _images(2, 64, seed=9)
    logits = _balanced(compact, images)
    negative = int(logits[:, 0].argmin())
    with torch.no_grad():
        for output, is_empty in (("predicted", False), ("positive", True), ("probability", False)):
            _, found = DeepTaylor(compact, Rules(output=output))(images)
            assert (float(found[negative].max()) == 0) == is_empty


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("rules", ALL_RULES.values(), ids=ALL_RULES.keys())
def test_constant_images_give_finite_maps(compact: DenseNet, rules: Rules, value: float) -> None:
    images = torch.full((2, 1, 64, 64), value)
    images[1, 0, 30, 31] = 1 - value  # one pixel stands out
    with torch.no_grad():
        _, found = DeepTaylor(compact, rules)(images)
    assert bool(torch.isfinite(found).all())
    assert 0 <= float(found.min()) <= float(found.max()) <= 1


def test_relevance_can_be_trained_through(compact: DenseNet) -> None:
    network = copy.deepcopy(compact)
    trace = network.forward_traced(_images(2, 64))
    found = normalised_map(relevance(network, trace, Rules(), smallest=1e-3))
    found[:, :, :8].mean().backward()
    gradient = network.features.get_parameter("conv0.weight").grad
    assert gradient is not None
    assert bool(torch.isfinite(gradient).all())
    assert float(gradient.abs().max()) > 0


# Shipped bundles --------------------------------------------------------------------------


def _classifier_of(path: Path) -> DenseNet:
    """A shipped classifier's weights, read back out of its ONNX file."""
    stored = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer
    }
    state = {
        name.removeprefix("cnn.").removesuffix("_half"): torch.from_numpy(np.array(values)).float()
        for name, values in stored.items()
        if name.startswith("cnn.") and "normalise" not in name
    }
    blocks = [
        sum(
            f"features.denseblock{block}.denselayer{layer}.conv1.weight" in state
            for layer in range(1, 65)
        )
        for block in range(1, 5)
    ]
    growth = state["features.denseblock1.denselayer1.conv2.weight"].shape
    config = DenseNetConfig(
        growth_rate=growth[0],
        block_config=tuple(blocks),
        init_features=state["features.conv0.weight"].shape[0],
        bn_size=growth[1] // growth[0],
        classes=state["classifier.weight"].shape[0],
    )
    network = DenseNet(config)
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(name.endswith("num_batches_tracked") for name in missing)
    return network.eval()


@pytest.mark.skipif(not BUNDLES, reason="no bundle ships in resources/bundles")
@pytest.mark.parametrize("manifest", BUNDLES, ids=lambda path: path.parent.name)
def test_a_shipped_saliency_graph_equals_the_oracle(manifest: Path) -> None:
    bundle = read_bundle(manifest.parent)
    rules = Rules(**bundle.manifest.training["export_check"]["relevance"])
    network = _classifier_of(bundle.file("classifier.onnx"))
    spec = bundle.manifest.input
    session = BundleSession(bundle, provider="cpu", threads=1)
    errors = []
    for image in range(5):
        seeds = range(image * spec.channels, (image + 1) * spec.channels)
        planes = torch.cat([_images(1, spec.size, seed=seed) for seed in seeds])
        planes = planes.reshape(1, spec.channels, spec.size, spec.size)
        outputs = session.run_graph(
            "saliency.onnx", {"image": planes.numpy()}, ["probability", "saliency"]
        )
        expected = _oracle_map(network, rules, planes)
        errors.append(_error(torch.from_numpy(outputs["saliency"]), expected))
    print(f"{bundle.manifest.name}: L1 relative errors {sorted(errors)}")
    # Where two pixels of a max pool's window are equal but for rounding, float32 may take the
    # other one: that image alone then differs by some 1e-4, and most others by 1e-7.
    assert sorted(errors)[2] < 1e-4
    assert max(errors) < 1e-3
