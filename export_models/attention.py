"""The ATT network: position and channel attention over three levels of a DenseNet, fused.

    level A (after block 2) --> PAM + CAM --> mean --\\
    level B (after block 3) --> PAM + CAM --> mean ---+--> linear, ReLU --> features --> logits
    level C (the last)      --> PAM + CAM --> mean --/

For DenseNet-121 at 224 pixels the levels are 512 x 28 x 28, 1024 x 14 x 14 and 1024 x 7 x 7,
as in Silva et al. 2022. The paper names the parts and not their details; those are DANet's,
on which Chen and Ross's modules rest.

Source: Silva et al. 2022 (the levels, the sum of PAM and CAM); Mishra et al. 2019 (multi-level
fusion); Chen and Ross 2021 (PAM and CAM); Fu et al. 2019, DANet (their equations).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from export_models.densenet import DenseNet, DenseNetConfig

_QUERY_SHARE = 8  # DANet: queries and keys have an eighth of the channels


@dataclass(slots=True)
class AttentionTrace:
    """What the network gives of one batch.

    Attributes:
        features: (N, F), never negative: the penultimate layer, which is the embedding.
        feature_map: (N, C, h, w), the last level after attention.
        logits: (N, classes).
    """

    features: Tensor
    feature_map: Tensor
    logits: Tensor


class PositionAttention(nn.Module):
    """PAM: each position is given what similar positions hold, anywhere on the map.

    The share begins at zero and is learnt, so that the module starts as the identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, max(1, channels // _QUERY_SHARE), 1)
        self.key = nn.Conv2d(channels, max(1, channels // _QUERY_SHARE), 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, values: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        query, key = self.query(values).flatten(2), self.key(values).flatten(2)
        # (N, positions, positions): row i says how much position i takes from each other.
        weights = (query.transpose(1, 2) @ key).softmax(2)
        gathered = self.value(values).flatten(2) @ weights.transpose(1, 2)
        attended: Tensor = values + self.gamma * gathered.view_as(values)
        return attended


class ChannelAttention(nn.Module):
    """CAM: each channel is given what other channels hold, without weights of its own.

    DANet takes the largest affinity minus each, so that a channel draws on those unlike it.
    Affinities are means over positions where DANet has sums: a softmax over sums of 784
    products is all or nothing, and depends on the size of the radiograph.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, values: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        flat = values.flatten(2)
        affinity = flat @ flat.transpose(1, 2) / flat.shape[2]
        weights = (affinity.amax(2, keepdim=True) - affinity).softmax(2)
        return values + self.gamma * (weights @ flat).view_as(values)


class DualAttention(nn.Module):
    """PAM and CAM side by side, their results added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.position = PositionAttention(channels)
        self.channel = ChannelAttention()

    def forward(self, values: Tensor) -> Tensor:
        """(N, C, h, w) -> the same shape."""
        both: Tensor = self.position(values) + self.channel(values)
        return both


class AttentionNet(nn.Module):
    """A DenseNet with dual attention on three levels; its features are as long as the backbone's.

    It starts as the backbone does: with no share for attention, and a fusion that hands on
    the last level's mean, the features are nearly those of the DenseNet it was given.
    """

    def __init__(self, config: DenseNetConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = DenseNet(config)
        channels = _level_channels(config)
        self.attention = nn.ModuleList(DualAttention(count) for count in channels)
        self.fusion = nn.Linear(sum(channels), config.feature_count)
        self.classifier = nn.Linear(config.feature_count, config.classes)
        nn.init.normal_(self.fusion.weight, std=0.01)
        nn.init.zeros_(self.fusion.bias)
        nn.init.zeros_(self.classifier.bias)
        with torch.no_grad():  # PAM and CAM each hand on the whole level: half of their sum
            self.fusion.weight[:, -config.feature_count :] += 0.5 * torch.eye(config.feature_count)

    def forward(self, image: Tensor) -> Tensor:
        """(N, 1 or 3, H, W) in [0, 1] -> logits (N, classes)."""
        return self.forward_traced(image).logits

    def forward_traced(self, image: Tensor) -> AttentionTrace:
        """(N, 1 or 3, H, W) in [0, 1] -> logits, features and the last level."""
        trace = self.backbone.forward_traced(image)
        # The blocks' outputs are signed sums of any scale; after the norm and ReLU with which
        # the next step begins, all three levels are alike.
        levels = [*trace.transition_inputs[-2:], trace.feature_map]
        refined = [attend(level) for attend, level in zip(self.attention, levels, strict=True)]
        pooled = torch.cat([level.mean((2, 3)) for level in refined], 1)
        features = self.fusion(pooled).relu()
        return AttentionTrace(features, refined[-1], self.classifier(features))


def _level_channels(config: DenseNetConfig) -> list[int]:
    """Channels of levels A, B and C."""
    counts = []
    channels = config.init_features
    for layers in config.block_config:
        channels += layers * config.growth_rate
        counts.append(channels)
        channels //= 2
    return counts[-3:]
