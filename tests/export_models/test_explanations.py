"""Explanations against slow versions written from their sources, and against captum's Grad-CAM.

The network below is small and has random running statistics and weights.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("captum", reason="the training extra is not installed")

import torch.nn.functional as F  # noqa: E402, N812
from captum.attr import LayerGradCam  # noqa: E402
from torch import Tensor  # noqa: E402

from export_models.deep_taylor import INNVESTIGATE, DeepTaylor, Rules, relevance  # noqa: E402
from export_models.densenet import DenseNet, DenseNetConfig  # noqa: E402
from export_models.explanations import (  # noqa: E402
    EXPLANATIONS,
    INTEGRATION_STEPS,
    explain,
    grad_cam,
    guided_backprop,
    integrated_gradients,
    occlusion,
)

SIZE = 64


def _network(classes: int) -> DenseNet:
    torch.manual_seed(5)
    network = DenseNet(
        DenseNetConfig(growth_rate=4, block_config=(2, 1, 2, 1), init_features=8, classes=classes)
    )
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.normal_(module.weight)
            torch.nn.init.normal_(module.bias)
    return network.eval()


@pytest.fixture(params=[1, 3], ids=["two classes", "three classes"])
def network(request: pytest.FixtureRequest) -> DenseNet:
    return _network(request.param)


@pytest.fixture
def images() -> Tensor:
    torch.manual_seed(6)
    return F.interpolate(torch.rand(3, 1, 16, 16), (SIZE, SIZE), mode="bilinear")


def _explained_logit(network: DenseNet, images: Tensor) -> Tensor:
    logits = network(images)
    return logits.gather(1, logits.argmax(1, keepdim=True))[:, 0]


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_a_map_is_as_bright_as_the_probability(
    name: str, network: DenseNet, images: Tensor
) -> None:
    maps = explain(name, network, images)
    assert maps.shape == (3, 1, SIZE, SIZE)
    assert not maps.requires_grad
    assert maps.min() >= 0
    logits = network(images).detach()
    probability = logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(1)
    brightest = maps.amax((1, 2, 3))
    spoken_for = brightest > 0
    assert spoken_for.any() or name in ("grad-cam", "deep-taylor-innvestigate")
    torch.testing.assert_close(brightest[spoken_for], probability.amax(1)[spoken_for])


def test_deep_taylor_is_the_map_that_ships(network: DenseNet, images: Tensor) -> None:
    rules = Rules(output="probability")
    shipped = DeepTaylor(network, rules)(images)[1].detach()
    torch.testing.assert_close(explain("deep-taylor", network, images), shipped)


def test_deep_taylor_uses_each_set_of_rules(network: DenseNet, images: Tensor) -> None:
    for name, rules in (
        ("deep-taylor-predicted", Rules()),
        ("deep-taylor-innvestigate", INNVESTIGATE),
    ):
        with torch.no_grad():
            expected = relevance(network, network.forward_traced(images), rules)
        shape = explain(name, network, images).clamp_min(0).flatten(1)
        expected = expected.clamp_min(0).flatten(1)
        torch.testing.assert_close(
            shape / shape.sum(1, keepdim=True).clamp_min(1e-9),
            expected / expected.sum(1, keepdim=True).clamp_min(1e-9),
            atol=1e-6,
            rtol=1e-4,
        )


def test_grad_cam_equals_captums_from_gradients(network: DenseNet, images: Tensor) -> None:
    target = network(images).argmax(1)
    layer = network.features.get_submodule("relu5")
    slow = LayerGradCam(network, layer).attribute(images, target=target).relu()
    slow = F.interpolate(slow, (SIZE, SIZE), mode="bilinear").detach()
    positions = (SIZE // 32) ** 2
    torch.testing.assert_close(grad_cam(network, images), slow * positions, atol=1e-5, rtol=1e-4)


class _GradCam(torch.nn.Module):
    def __init__(self, network: DenseNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return grad_cam(self.network, image)


def test_grad_cam_is_forward_operations_that_export(network: DenseNet, images: Tensor) -> None:
    exported = torch.export.export(_GradCam(network).eval(), (images,)).module()
    torch.testing.assert_close(exported(images.flip(3)), grad_cam(network, images.flip(3)))


def test_integrated_gradients_add_up_to_the_rise_of_the_logit() -> None:
    # Sundararajan et al. 2017, proposition 1. Smooth steps need many; a brightness close to
    # the baseline's keeps the few used here accurate.
    network = _network(1)
    torch.manual_seed(7)
    images = torch.rand(2, 1, SIZE, SIZE) * 0.02
    rise = (network(images) - network(torch.zeros_like(images))).detach()[:, 0]
    total = integrated_gradients(network, images).sum((1, 2, 3))
    torch.testing.assert_close(total, rise, rtol=0.1, atol=0.02)


def test_integrated_gradients_follow_the_path_from_black(network: DenseNet, images: Tensor) -> None:
    target = network(images).argmax(1, keepdim=True)
    places, weights = np.polynomial.legendre.leggauss(INTEGRATION_STEPS)
    slow = torch.zeros_like(images)
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        point = (images * place).float().requires_grad_()
        network(point).gather(1, target).sum().backward()
        assert point.grad is not None
        slow += weight * point.grad * images
    torch.testing.assert_close(
        integrated_gradients(network, images), slow.float(), atol=1e-5, rtol=1e-3
    )


class _GuidedRelu(torch.autograd.Function):
    """Springenberg et al. 2015, section 3.4: only what is positive passes, both ways."""

    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.save_for_backward(values)
        return values.clamp_min(0)

    @staticmethod
    def backward(ctx, *gradients: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        (values,) = ctx.saved_tensors
        return gradients[0] * (gradients[0] > 0) * (values > 0)


def test_guided_backprop_cuts_at_every_relu(network: DenseNet, images: Tensor) -> None:
    target = network(images).argmax(1, keepdim=True)
    found = guided_backprop(network, images)
    for module in network.modules():
        for name, child in list(module.named_children()):
            if isinstance(child, torch.nn.ReLU):
                guided = torch.nn.Module()
                guided.forward = _GuidedRelu.apply
                setattr(module, name, guided)
    inputs = images.clone().requires_grad_()
    network(inputs).gather(1, target).sum().backward()
    assert inputs.grad is not None
    torch.testing.assert_close(found, inputs.grad, atol=1e-6, rtol=1e-4)


def test_guided_backprop_leaves_no_hooks_behind(network: DenseNet, images: Tensor) -> None:
    before = explain("deep-taylor", network, images)
    guided_backprop(network, images)
    plain = images.clone().requires_grad_()
    _explained_logit(network, plain).sum().backward()
    assert plain.grad is not None
    assert not torch.allclose(plain.grad, guided_backprop(network, images))
    torch.testing.assert_close(explain("deep-taylor", network, images), before)


def test_occlusion_is_the_fall_of_the_logit_under_a_grey_box(
    network: DenseNet, images: Tensor
) -> None:
    side = round(24 / 224 * SIZE)
    whole = network(images).detach()
    target = whole.argmax(1, keepdim=True)
    slow = torch.zeros_like(images)
    for top in range(0, SIZE, side):
        for left in range(0, SIZE, side):
            hidden = images.clone()
            hidden[:, :, top : top + side, left : left + side] = 0.5
            with torch.no_grad():
                fall = (whole - network(hidden)).gather(1, target)[:, :, None, None]
            slow[:, :, top : top + side, left : left + side] = fall
    # captum shifts no box beyond the edge: the last row and column are compared up to there.
    inside = SIZE // side * side
    torch.testing.assert_close(
        occlusion(network, images)[:, :, :inside, :inside],
        slow[:, :, :inside, :inside],
        atol=1e-5,
        rtol=1e-4,
    )


def test_the_control_knows_the_probability_and_no_place(network: DenseNet, images: Tensor) -> None:
    maps = explain("probability-alone", network, images)
    torch.testing.assert_close(maps, maps[:, :, :1, :1].expand_as(maps))


def test_an_unknown_name_lists_the_known_ones(network: DenseNet, images: Tensor) -> None:
    with pytest.raises(ValueError, match="grad-cam"):
        explain("gradcam", network, images)


def test_a_network_in_training_is_refused(network: DenseNet, images: Tensor) -> None:
    with pytest.raises(ValueError, match="evaluation"):
        explain("deep-taylor", network.train(), images)
