"""The backbone: DenseNet with torchvision's parameter names, in two sizes.

    image [0, 1] -> Normalise -> stem -> 4 dense blocks, 3 transitions -> norm5, ReLU
          -> feature map -> global average -> features (the embedding) -> classifier -> logits

`forward_traced` also returns every activation that relevance propagation needs, so that the
forward pass is written once.

Source: Huang et al. 2017; parameter names as in torchvision's `densenet121`, so that its
state dicts load.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class DenseNetConfig:
    """Everything that decides the network's shape.

    Attributes:
        growth_rate: Channels each dense layer adds.
        block_config: Dense layers in each of the four blocks.
        init_features: Channels after the stem.
        bn_size: Channels of a layer's bottleneck, in growth rates.
        classes: Logits; 1 for a binary problem.
    """

    growth_rate: int = 32
    block_config: tuple[int, int, int, int] = (6, 12, 24, 16)
    init_features: int = 64
    bn_size: int = 4
    classes: int = 1

    @property
    def feature_count(self) -> int:
        """Channels of the last feature map, which is the length of the embedding."""
        channels = self.init_features
        for index, layers in enumerate(self.block_config):
            channels += layers * self.growth_rate
            if index < len(self.block_config) - 1:
                channels //= 2
        return channels


DENSENET121 = DenseNetConfig()
COMPACT = DenseNetConfig(growth_rate=16, block_config=(4, 8, 12, 8), init_features=32)


class Normalise(nn.Module):
    """Brightness in [0, 1] -> three channels with ImageNet's mean and deviation.

    The constants are part of the exported graph, so the viewer only ever hands over [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, values in (("mean", IMAGENET_MEAN), ("std", IMAGENET_STD)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """(N, 1 or 3, H, W) in [0, 1] -> (N, 3, H, W)."""
        if image.shape[1] == 1:
            image = image.repeat(1, 3, 1, 1)
        return (image - self.mean) / self.std

    def box(self) -> tuple[Tensor, Tensor]:
        """The smallest and largest value each channel can take, (1, 3, 1, 1) each."""
        return -self.mean / self.std, (1 - self.mean) / self.std


@dataclass(slots=True)
class DenseLayerTrace:
    """Inputs of a dense layer's two convolutions, both after ReLU."""

    conv1_input: Tensor
    conv2_input: Tensor


@dataclass(slots=True)
class Trace:
    """Activations of one forward pass, in the order in which relevance goes back.

    Attributes:
        image: (N, 1 or 3, H, W) in [0, 1].
        normalised: (N, 3, H, W), the stem's input.
        convolved: Its convolution, before norm0.
        stem: norm0 and ReLU of that, before the max pool.
        pooled: The max pool's output.
        layers: One list for each block.
        block_channels: Channels entering each block.
        transition_inputs: Inputs of the transitions' convolutions, after ReLU.
        levels: Output of each dense block; the last after norm5 and ReLU.
        features: (N, F), the mean of the last level.
        logits: (N, classes).
    """

    image: Tensor
    normalised: Tensor
    convolved: Tensor
    stem: Tensor
    pooled: Tensor
    layers: list[list[DenseLayerTrace]] = field(default_factory=list)
    block_channels: list[int] = field(default_factory=list)
    transition_inputs: list[Tensor] = field(default_factory=list)
    levels: list[Tensor] = field(default_factory=list)
    features: Tensor = field(default_factory=lambda: torch.empty(0))
    logits: Tensor = field(default_factory=lambda: torch.empty(0))

    @property
    def feature_map(self) -> Tensor:
        """(N, F, H / 32, W / 32), after norm5 and ReLU: never negative."""
        return self.levels[-1]


class DenseLayer(nn.Module):
    """norm1, ReLU, 1x1 convolution, norm2, ReLU, 3x3 convolution."""

    def __init__(self, channels: int, config: DenseNetConfig) -> None:
        super().__init__()
        bottleneck = config.bn_size * config.growth_rate
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()  # modules, each used once, so that captum can hook them
        self.conv1 = nn.Conv2d(channels, bottleneck, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(bottleneck)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(bottleneck, config.growth_rate, 3, padding=1, bias=False)

    def forward(self, inputs: Tensor) -> tuple[Tensor, DenseLayerTrace]:
        """(N, C, H, W) -> the (N, growth, H, W) it adds, and its activations."""
        first = self.relu1(self.norm1(inputs))
        second = self.relu2(self.norm2(self.conv1(first)))
        return self.conv2(second), DenseLayerTrace(first, second)


class DenseBlock(nn.Module):
    """Dense layers named `denselayer1`, `denselayer2`, ..."""

    def __init__(self, layers: int, channels: int, config: DenseNetConfig) -> None:
        super().__init__()
        for index in range(layers):
            layer = DenseLayer(channels + index * config.growth_rate, config)
            self.add_module(f"denselayer{index + 1}", layer)

    def forward(self, inputs: Tensor) -> tuple[Tensor, list[DenseLayerTrace]]:
        """(N, C, H, W) -> (N, C + layers * growth, H, W), and each layer's activations."""
        traces = []
        for layer in self.children():
            added, trace = layer(inputs)
            inputs = torch.cat([inputs, added], 1)
            traces.append(trace)
        return inputs, traces


class Transition(nn.Module):
    """norm, ReLU, 1x1 convolution to half the channels, 2x2 average pool.

    Attributes:
        pools_first: Whether the pool comes before the convolution: the same sum with a quarter of
            the products. Off where a library's rules are hooked onto the modules, as relevance
            goes back through them in this order.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.pools_first = False

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) -> (N, C / 2, H / 2, W / 2), and norm and ReLU at full size."""
        active = self.relu(self.norm(inputs))
        if self.pools_first:
            return self.conv(F.avg_pool2d(active, 2)), active
        return F.avg_pool2d(self.conv(active), 2), active


class DenseNet(nn.Module):
    """DenseNet on brightness in [0, 1], with torchvision's parameter names."""

    def __init__(self, config: DenseNetConfig = DENSENET121) -> None:
        super().__init__()
        self.config = config
        self.normalise = Normalise()
        self.features = nn.Module()
        channels = config.init_features
        self.features.conv0 = nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False)
        self.features.norm0 = nn.BatchNorm2d(channels)
        self.features.relu0 = nn.ReLU()
        for index, layers in enumerate(config.block_config, start=1):
            block = DenseBlock(layers, channels, config)
            self.features.add_module(f"denseblock{index}", block)
            channels += layers * config.growth_rate
            if index < len(config.block_config):
                self.features.add_module(f"transition{index}", Transition(channels))
                channels //= 2
        self.features.norm5 = nn.BatchNorm2d(channels)
        self.features.relu5 = nn.ReLU()
        self.classifier = nn.Linear(channels, config.classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, image: Tensor) -> Tensor:
        """(N, 1 or 3, H, W) in [0, 1] -> logits (N, classes)."""
        return self.forward_traced(image).logits

    def forward_traced(self, image: Tensor) -> Trace:
        """(N, 1 or 3, H, W) in [0, 1] -> logits, features and all activations."""
        parts = self.features
        normalised = self.normalise(image)
        convolved = parts.get_submodule("conv0")(normalised)
        stem = parts.get_submodule("relu0")(parts.get_submodule("norm0")(convolved))
        pooled = F.max_pool2d(stem, 3, stride=2, padding=1)
        trace = Trace(image, normalised, convolved, stem, pooled)
        values = trace.pooled
        blocks = len(self.config.block_config)
        for index in range(1, blocks + 1):
            trace.block_channels.append(values.shape[1])
            values, layers = parts.get_submodule(f"denseblock{index}")(values)
            trace.layers.append(layers)
            if index < blocks:
                trace.levels.append(values)
                values, active = parts.get_submodule(f"transition{index}")(values)
                trace.transition_inputs.append(active)
        trace.levels.append(parts.get_submodule("relu5")(parts.get_submodule("norm5")(values)))
        trace.features = trace.levels[-1].mean((2, 3))
        trace.logits = self.classifier(trace.features)
        return trace
