"""Explanations of a classifier that the IG network may read instead of Deep Taylor's maps.

    radiograph -> attribution, at least 0 -> divided by its maximum -> times the probability

All of them explain the positive logit (of several, the largest) and are scaled by its
probability as Deep Taylor's "probability" rule is, so that they compare on equal terms: a
faint map means little evidence whatever drew it. Attributions with signs keep what speaks
for the class. Deep Taylor and Grad-CAM are forward operations and export to ONNX; captum's
three need gradients or hundreds of passes, and serve for comparison.
"""

import warnings
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from captum.attr import GuidedBackprop, IntegratedGradients, Occlusion
from torch import Tensor

from export_models.deep_taylor import INNVESTIGATE, Rules, normalised_map, saliency_map
from export_models.densenet import DenseNet

INTEGRATION_STEPS = 16
# Of the side (Hu et al. 2021). Boxes lie side by side: the source's stride of 5 pixels takes
# 1,600 passes a radiograph, this one 100.
OCCLUDED_SHARE = 24 / 224
OCCLUDED_WITH = 0.5  # grey

Explanation = Callable[[DenseNet, Tensor], Tensor]


def explain(name: str, network: DenseNet, images: Tensor) -> Tensor:
    """Explain a batch.

    Args:
        name: One of `EXPLANATIONS`.
        network: The classifier, in evaluation mode.
        images: (N, C, S, S) in [0, 1].

    Returns:
        (N, 1, S, S) in [0, 1]; the maximum of each map is the probability of the class it
        explains, or 0 where nothing speaks for that class.

    Raises:
        ValueError: There is no such explanation, or the network is in training mode, in
            which BatchNorm would make each map depend on its batch.
    """
    if name not in EXPLANATIONS:
        raise ValueError(f"unknown explanation {name!r}; known are {', '.join(EXPLANATIONS)}")
    if network.training:
        raise ValueError("the network must be in evaluation mode")
    attribution = EXPLANATIONS[name](network, images).detach()
    with torch.no_grad():
        logits = network(images)
    probability = logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(1)
    largest = probability.amax(1)[:, None, None, None]
    finished: Tensor = normalised_map(attribution.clamp_min(0)) * largest
    return finished


def deep_taylor(rules: Rules) -> Explanation:
    """Deep Taylor under some rules, before its own scaling."""

    @torch.no_grad()
    def attribution(network: DenseNet, images: Tensor) -> Tensor:
        return saliency_map(network, network.forward_traced(images), rules)

    return attribution


@torch.no_grad()
def grad_cam(network: DenseNet, images: Tensor) -> Tensor:
    """Grad-CAM of the last feature map, in closed form: (N, 1, S, S), at least 0.

    Between the feature map and the logits there are only an average and a linear layer, so
    the gradient is the classifier's weight itself (over the number of positions, which the
    division by the maximum removes).

    Source: Selvaraju et al. 2017, section 3; Zhou et al. 2016.
    """
    trace = network.forward_traced(images)
    weight = network.classifier.weight[trace.logits.argmax(1)]
    coarse = (trace.feature_map * weight[:, :, None, None]).sum(1, keepdim=True).relu()
    return F.interpolate(coarse, images.shape[2:], mode="bilinear")


def integrated_gradients(network: DenseNet, images: Tensor) -> Tensor:
    """Gradients along the way from a black radiograph: (N, 1, S, S), with signs."""
    attribution: Tensor = IntegratedGradients(network).attribute(
        images,
        baselines=0.0,
        target=_target(network, images),
        n_steps=INTEGRATION_STEPS,
        internal_batch_size=max(64, len(images)),
    )
    return attribution.sum(1, keepdim=True).float()


def guided_backprop(network: DenseNet, images: Tensor) -> Tensor:
    """The gradient, cut at each ReLU to what is positive: (N, 1, S, S), with signs."""
    with warnings.catch_warnings():  # captum announces the hooks it sets
        warnings.simplefilter("ignore", UserWarning)
        attribution: Tensor = GuidedBackprop(network).attribute(
            images.clone(), target=_target(network, images)
        )
    return attribution.sum(1, keepdim=True)


@torch.no_grad()
def occlusion(network: DenseNet, images: Tensor) -> Tensor:
    """How far the logit falls when a grey box hides a place: (N, 1, S, S), with signs."""
    side = max(2, round(OCCLUDED_SHARE * images.shape[-1]))
    channels = images.shape[1]
    attribution: Tensor = Occlusion(network).attribute(
        images,
        sliding_window_shapes=(channels, side, side),
        strides=(channels, side, side),
        baselines=OCCLUDED_WITH,
        target=_target(network, images),
    )
    return attribution.mean(1, keepdim=True)


@torch.no_grad()
def deep_taylor_with_grad_cam(network: DenseNet, images: Tensor) -> Tensor:
    """The mean of both: Deep Taylor's detail where Grad-CAM sees the class."""
    fine = normalised_map(deep_taylor(PROBABILITY)(network, images))
    return (fine + normalised_map(grad_cam(network, images))) / 2


@torch.no_grad()
def evenly(network: DenseNet, images: Tensor) -> Tensor:
    """The same everywhere: a control. What is retrieved by it, the probability alone gives."""
    return torch.ones_like(images[:, :1])


PROBABILITY = Rules(output="probability")
EXPLANATIONS: dict[str, Explanation] = {
    "deep-taylor": deep_taylor(PROBABILITY),
    "deep-taylor-predicted": deep_taylor(Rules()),
    "deep-taylor-innvestigate": deep_taylor(INNVESTIGATE),
    "grad-cam": grad_cam,
    "deep-taylor+grad-cam": deep_taylor_with_grad_cam,
    "guided-backprop": guided_backprop,
    "integrated-gradients": integrated_gradients,
    "occlusion": occlusion,
    "probability-alone": evenly,
}


@torch.no_grad()
def _target(network: DenseNet, images: Tensor) -> Tensor:
    target: Tensor = network(images).argmax(1)
    return target
