"""The backbone against torchvision's published shapes, and against a forward pass written
here from the paper and torchvision's parameter names."""

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

import torch.nn.functional as F  # noqa: E402, N812
from torch import Tensor  # noqa: E402

from export_models.densenet import (  # noqa: E402
    COMPACT,
    DENSENET121,
    DenseNet,
    DenseNetConfig,
    Normalise,
)

SMALL = DenseNetConfig(growth_rate=4, block_config=(2, 1, 2, 1), init_features=8, classes=3)


def _network_with_random_norms(config: DenseNetConfig) -> DenseNet:
    torch.manual_seed(3)
    network = DenseNet(config)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(module.weight)
            torch.nn.init.normal_(module.bias)
    torch.nn.init.normal_(network.classifier.bias)
    return network.eval()


def _plain_forward(state: dict[str, Tensor], blocks: tuple[int, ...], image: Tensor) -> Tensor:
    """Huang et al. 2017, section 3, in torchvision's order of operations, from a state dict."""

    def norm_relu(values: Tensor, name: str) -> Tensor:
        mean, var, gamma, beta = (
            state[f"{name}.{part}"][None, :, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return ((values - mean) / (var + 1e-5).sqrt() * gamma + beta).clamp_min(0)

    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    values = F.conv2d((image - mean) / std, state["features.conv0.weight"], stride=2, padding=3)
    values = F.max_pool2d(norm_relu(values, "features.norm0"), 3, 2, 1)
    for block, layers in enumerate(blocks, start=1):
        for layer in range(1, layers + 1):
            name = f"features.denseblock{block}.denselayer{layer}"
            squeezed = F.conv2d(norm_relu(values, f"{name}.norm1"), state[f"{name}.conv1.weight"])
            added = F.conv2d(
                norm_relu(squeezed, f"{name}.norm2"), state[f"{name}.conv2.weight"], padding=1
            )
            values = torch.cat([values, added], 1)
        if block < len(blocks):
            name = f"features.transition{block}"
            values = F.conv2d(norm_relu(values, f"{name}.norm"), state[f"{name}.conv.weight"])
            values = F.avg_pool2d(values, 2, 2)
    features = norm_relu(values, "features.norm5").mean((2, 3))
    return features @ state["classifier.weight"].T + state["classifier.bias"]


def test_densenet121_has_the_published_number_of_parameters() -> None:
    network = DenseNet(DenseNetConfig(classes=1000))
    assert sum(one.numel() for one in network.parameters()) == 7_978_856  # torchvision's table
    assert network.config.feature_count == 1024


def test_parameter_names_are_torchvisions() -> None:
    state = DenseNet(DENSENET121).state_dict()
    for name, shape in {
        "features.conv0.weight": (64, 3, 7, 7),
        "features.norm0.running_var": (64,),
        "features.denseblock1.denselayer1.norm1.weight": (64,),
        "features.denseblock3.denselayer24.conv1.weight": (128, 992, 1, 1),
        "features.denseblock4.denselayer16.conv2.weight": (32, 128, 3, 3),
        "features.transition3.conv.weight": (512, 1024, 1, 1),
        "features.norm5.num_batches_tracked": (),
        "classifier.weight": (1, 1024),
    }.items():
        assert state[name].shape == shape
    # 4 of conv0 and norm0 ... : 6 for conv0+norm0, 12 a dense layer, 6 a transition, 5, 2.
    assert len(state) == 6 + 58 * 12 + 3 * 6 + 5 + 2


@pytest.mark.parametrize("channels", [1, 3])
def test_the_forward_pass_equals_a_plain_one(channels: int) -> None:
    network = _network_with_random_norms(SMALL)
    image = torch.rand(2, channels, 64, 96)
    with torch.no_grad():
        expected = _plain_forward(network.state_dict(), SMALL.block_config, image)
        torch.testing.assert_close(network(image), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "shapes"),
    [
        pytest.param(
            DENSENET121,
            [(256, 56, 56), (512, 28, 28), (1024, 14, 14), (1024, 7, 7)],
            id="densenet121",
        ),
        pytest.param(
            COMPACT, [(96, 56, 56), (176, 28, 28), (280, 14, 14), (268, 7, 7)], id="compact"
        ),
    ],
)
def test_levels_have_the_shapes_of_the_paper(
    config: DenseNetConfig, shapes: list[tuple[int, int, int]]
) -> None:
    with torch.no_grad():
        trace = DenseNet(config).eval().forward_traced(torch.rand(1, 1, 224, 224))
    assert [tuple(level.shape[1:]) for level in trace.levels] == shapes
    assert trace.features.shape == (1, config.feature_count)
    assert trace.feature_map is trace.levels[-1]
    torch.testing.assert_close(trace.features, trace.feature_map.mean((2, 3)))
    assert float(trace.feature_map.min()) >= 0


def test_normalise_stays_inside_its_box() -> None:
    normalise = Normalise()
    low, high = normalise.box()
    black, white = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    torch.testing.assert_close(normalise(black), low.expand(1, 3, 4, 4))
    torch.testing.assert_close(normalise(white), high.expand(1, 3, 4, 4))
    assert not [name for name in DenseNet(SMALL).state_dict() if "normalise" in name]
