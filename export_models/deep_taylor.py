"""Deep Taylor relevance as forward operations, so that ONNX can hold it and autograd can too.

    logits -> classifier -> global average -> norm5 -> blocks and transitions, backwards
           -> max pool -> conv0 -> relevance of each pixel -> divided by its maximum

Every rule redistributes the relevance of an output over its inputs; branches add up. What
the rules are, and why, stands at each of them. `Rules()` conserves; `INNVESTIGATE` follows
iNNvestigate's `deep_taylor` (with BatchNorm passed through), which the papers used.

Source: Montavon et al. 2017 (z+ and bounded rules); Alber et al. 2019 (iNNvestigate).
"""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from export_models.densenet import DenseNet, Trace

# `z + 1e-12` would be removed by the ONNX exporter's optimiser as if it added zero, and
# black images then give 0 / 0. A clamp survives.
SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class Rules:
    """Which rule is used where two are in use.

    Attributes:
        output: "predicted" explains the decision taken: for one logit the evidence of its
            sign, for several the largest. "positive" explains the positive logit only, and
            gives an all-zero map where it is negative. "probability" explains the positive
            logit of every image (for several the largest) and multiplies the finished map
            by its probability: a faint map means little evidence, and what the classifier
            knows of the case's place between healthy and ill is not lost to the division.
        global_pool: "proportional" shares relevance by activation, and conserves it;
            "uniform" shares it equally, and loses what falls on dead ReLUs.
        first_layer: "bounded" (z^B) knows the range of the pixels, so that black ones can
            be relevant; "z_plus" (alpha 1, beta 0) gives them none.
    """

    output: Literal["predicted", "positive", "probability"] = "predicted"
    global_pool: Literal["proportional", "uniform"] = "proportional"
    first_layer: Literal["bounded", "z_plus"] = "bounded"


INNVESTIGATE = Rules(output="positive", global_pool="uniform", first_layer="z_plus")


class DeepTaylor(nn.Module):
    """A network with its saliency map: image -> logits and a map in [0, 1]."""

    def __init__(self, network: DenseNet, rules: Rules | None = None) -> None:
        super().__init__()
        self.network = network
        self.rules = rules or Rules()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, H, W) in [0, 1] -> logits (N, K), saliency (N, 1, H, W) in [0, 1]."""
        trace = self.network.forward_traced(image)
        return trace.logits, saliency_map(self.network, trace, self.rules)


def saliency_map(
    network: DenseNet, trace: Trace, rules: Rules, *, smallest: float = SMALLEST
) -> Tensor:
    """The finished map: relevance over its maximum, (N, 1, H, W) in [0, 1]."""
    finished = normalised_map(relevance(network, trace, rules, smallest=smallest))
    if rules.output == "probability":
        return finished * _probability_explained(trace.logits)[:, :, None, None]
    return finished


def _probability_explained(logits: Tensor) -> Tensor:
    if logits.shape[1] == 1:
        return logits.sigmoid()
    return logits.softmax(1).amax(1, keepdim=True)


def normalised_map(pixel_relevance: Tensor) -> Tensor:
    """Divide each map by its maximum: (N, 1, H, W) in [0, 1]. An all-zero map stays so."""
    return pixel_relevance / pixel_relevance.amax((1, 2, 3), keepdim=True).clamp_min(SMALLEST)


def relevance(
    network: DenseNet, trace: Trace, rules: Rules, *, smallest: float = SMALLEST
) -> Tensor:
    """Propagate one unit of relevance from the logits back to the pixels.

    Args:
        network: The network that made `trace`.
        trace: Its activations.
        rules: See `Rules`.
        smallest: Lower bound of denominators. Training with relevance in the loss needs a
            larger one, since gradients of a quotient grow with its inverse square.

    Returns:
        (N, 1, H, W), not negative under the bounded rule; its sum over pixels is at most 1.
    """
    parts = network.features
    values = _through_global_pool(
        _at_features(network, trace, rules, smallest), trace.feature_map, rules, smallest
    )
    for index in reversed(range(len(trace.layers))):
        # norm5 and the transitions' norms pass relevance on: see BatchNorm in `_dense_layer`.
        block = parts.get_submodule(f"denseblock{index + 1}")
        layers = list(block.children())
        for layer, activations in zip(reversed(layers), reversed(trace.layers[index]), strict=True):
            kept = values[:, : activations.conv1_input.shape[1]]
            added = values[:, activations.conv1_input.shape[1] :]
            values = kept + _dense_layer(
                added, activations.conv1_input, activations.conv2_input, layer, smallest
            )
        if index > 0:
            transition = parts.get_submodule(f"transition{index}")
            # The average pool's inputs are signed, so a proportional share would explode:
            # each of the four gets a quarter.
            spread = F.interpolate(values, scale_factor=2.0, mode="nearest") / 4
            values = _z_plus(
                trace.transition_inputs[index - 1],
                transition.get_parameter("conv.weight"),
                spread,
                smallest,
            )
    values = _through_max_pool(values, trace.stem)
    values = values * (trace.stem > 0)
    return _at_pixels(network, trace, values, rules, smallest).sum(1, keepdim=True)


def _at_features(network: DenseNet, trace: Trace, rules: Rules, smallest: float) -> Tensor:
    """The output: one unit, shared by the z+ rule without bias over the features."""
    logits, weight = trace.logits, network.classifier.weight
    if rules.output == "positive":
        chosen = weight[logits.argmax(1)]
        amount = (logits.amax(1, keepdim=True) > 0).to(logits.dtype)
    elif rules.output == "predicted" and logits.shape[1] == 1:
        chosen = torch.where(logits >= 0, weight, -weight)
        amount = torch.ones_like(logits)
    else:
        chosen = weight[logits.argmax(1)]
        amount = torch.ones_like(logits[:, :1])
    shares = trace.features * chosen.clamp_min(0)
    return amount * shares / shares.sum(1, keepdim=True).clamp_min(smallest)


def _through_global_pool(
    values: Tensor, feature_map: Tensor, rules: Rules, smallest: float
) -> Tensor:
    values = values[:, :, None, None]
    if rules.global_pool == "uniform":
        positions = feature_map.shape[2] * feature_map.shape[3]
        return values / positions * (feature_map > 0)
    total = feature_map.sum((2, 3), keepdim=True).clamp_min(smallest)
    return feature_map * (values / total)


def _dense_layer(
    added: Tensor, conv1_input: Tensor, conv2_input: Tensor, layer: nn.Module, smallest: float
) -> Tensor:
    """Relevance of a layer's new channels, back to all channels it read.

    BatchNorm passes relevance on unchanged, which conserves it; as a gradient it would
    multiply the total by the product of all its scales. ReLU is a mask, which the z+ rule
    already applies, since it multiplies by the activation.
    """
    bottleneck = _z_plus(conv2_input, layer.get_parameter("conv2.weight"), added, smallest)
    return _z_plus(conv1_input, layer.get_parameter("conv1.weight"), bottleneck, smallest)


def _z_plus(inputs: Tensor, weight: Tensor, values: Tensor, smallest: float) -> Tensor:
    """z+ through a stride-1 convolution of non-negative inputs: R_i = a_i sum w+ R_j / z_j.

    The way back is a convolution with flipped and transposed weights: onnxruntime runs it
    faster than ConvTranspose (13 % on two cores).
    """
    positive = weight.clamp_min(0)
    padding = weight.shape[2] // 2
    quotient = values / F.conv2d(inputs, positive, padding=padding).clamp_min(smallest)
    return inputs * F.conv2d(quotient, positive.transpose(0, 1).flip(2, 3), padding=padding)


def _through_max_pool(values: Tensor, inputs: Tensor) -> Tensor:
    """Relevance of each window goes to its first winner, in reading order.

    Windows overlap, so what one pixel wins is added up; MaxUnpool would overwrite it.
    """
    winners = _winners(inputs, values.shape).flatten()
    return (
        torch.zeros_like(inputs).flatten().scatter_add(0, winners, values.flatten()).view_as(inputs)
    )


def _winners(inputs: Tensor, shape: torch.Size) -> Tensor:
    """For each window of the stem's max pool where its first largest value lies in `inputs`."""
    if torch.onnx.is_in_onnx_export():
        # ONNX counts through the whole batch, as needed here. torch counts through each plane,
        # and its exporter would pool a second time to turn the one into the other.
        _, winners = torch.onnx.ops.symbolic_multi_out(
            "MaxPool",
            (inputs,),
            {"kernel_shape": (3, 3), "strides": (2, 2), "pads": (1, 1, 1, 1)},
            dtypes=(inputs.dtype, torch.int64),
            shapes=(shape, shape),
        )
        return winners
    count, channels, height, width = inputs.shape
    planes = torch.arange(count * channels, device=inputs.device) * (height * width)
    _, in_plane = F.max_pool2d(inputs, 3, stride=2, padding=1, return_indices=True)
    return in_plane + planes.view(count, channels, 1, 1)


def _at_pixels(
    network: DenseNet, trace: Trace, values: Tensor, rules: Rules, smallest: float
) -> Tensor:
    weight = network.features.get_parameter("conv0.weight")
    positive, negative = weight.clamp_min(0), weight.clamp_max(0)
    if rules.first_layer == "z_plus":  # signed inputs: positive products only
        above, below = trace.normalised.clamp_min(0), trace.normalised.clamp_max(0)
        products = _conv0(above, positive) + _conv0(below, negative)
        quotient = values / products.clamp_min(smallest)
        return above * _conv0_back(quotient, positive) + below * _conv0_back(quotient, negative)
    # z^B: each product is taken from the bound that makes it smallest, so none is negative.
    size = trace.normalised.shape[2:]
    low, high = (bound.expand(1, -1, *size) for bound in network.normalise.box())
    products = trace.convolved - (_conv0(low, positive) + _conv0(high, negative))
    quotient = values / products.clamp_min(smallest)
    # Way back, in brightness: low is 0 and high is 1 there, w is w / std, and the three terms
    # x B(w) - low B(w+) - high B(w-) become two. Of a grey image the channels are one.
    scaled = weight / network.normalise.std
    smallest_products = scaled.clamp_max(0).sum(1, keepdim=True)
    if trace.image.shape[1] == 1:
        scaled = scaled.sum(1, keepdim=True)
    returned = _conv0_back(quotient, torch.cat([scaled, smallest_products], 1))
    shares = (trace.image * returned[:, :-1]).sum(1, keepdim=True) - returned[:, -1:]
    return shares.clamp_min(0)  # rounding alone can leave it below zero


def _conv0(inputs: Tensor, weight: Tensor) -> Tensor:
    return F.conv2d(inputs, weight, stride=2, padding=3)


def _conv0_back(values: Tensor, weight: Tensor) -> Tensor:
    return F.conv_transpose2d(values, weight, stride=2, padding=3, output_padding=1)
