"""Losses against plain formulas, and gradients through relevance."""

import math

import pytest
import torch

from export_models.deep_taylor import Rules
from export_models.densenet import DenseNet, DenseNetConfig
from export_models.losses import (
    auxiliary_loss,
    class_loss,
    inverse_frequencies,
    relevance_shares,
)

TINY = DenseNetConfig(growth_rate=4, block_config=(1, 1, 1, 1), init_features=8, bn_size=2)


def test_binary_loss_weighs_classes_and_leaves_out_the_unknown() -> None:
    logits = torch.tensor([[0.3], [-1.2], [9.0]])
    classes = torch.tensor([1, 0, -1])
    weights = torch.tensor([0.5, 1.5])
    one = -math.log(1 / (1 + math.exp(-0.3)))
    other = -math.log(1 - 1 / (1 + math.exp(1.2)))
    expected = (1.5 * one + 0.5 * other) / 2.0
    assert class_loss(logits, classes, weights).item() == pytest.approx(expected, rel=1e-5)


def test_several_classes_use_cross_entropy() -> None:
    logits = torch.tensor([[1.0, 2.0, 0.5]])
    expected = -math.log(math.exp(2.0) / sum(math.exp(v) for v in (1.0, 2.0, 0.5)))
    found = class_loss(logits, torch.tensor([1]), torch.ones(3))
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_no_known_class_gives_zero_and_a_finite_gradient() -> None:
    logits = torch.zeros(2, 1, requires_grad=True)
    loss = class_loss(logits, torch.tensor([-1, -1]), torch.ones(2))
    loss.backward()
    assert loss.item() == 0
    assert torch.isfinite(logits.grad).all()  # type: ignore[arg-type]


def test_unknown_findings_and_severities_do_not_count() -> None:
    outputs = torch.tensor([[0.2, 5.0, 0.0], [1.0, -3.0, 0.4]])
    nan = float("nan")
    findings = torch.tensor([[1.0, nan], [nan, 0.0]])
    severities = torch.tensor([[nan], [0.5]])
    binary = (math.log1p(math.exp(-0.2)) + math.log1p(math.exp(-3.0))) / 2
    squared = (1 / (1 + math.exp(-0.4)) - 0.5) ** 2
    expected = binary + 4 * squared / 4
    assert auxiliary_loss(outputs, findings, severities).item() == pytest.approx(expected, rel=1e-5)


def test_inverse_frequencies_give_each_class_the_same_sum() -> None:
    classes = torch.tensor([0, 0, 0, 1, -1])
    weights = inverse_frequencies(classes, 2)
    assert 3 * weights[0] == pytest.approx(float(weights[1]))
    assert float(weights.mean()) == pytest.approx(1.0)


def test_training_on_the_share_moves_relevance_onto_the_lesion() -> None:
    torch.manual_seed(0)
    network = DenseNet(TINY)
    images = torch.rand(4, 1, 64, 64)
    lesions = torch.zeros(4, 64, 64)
    lesions[:, 8:28, 8:28] = 1
    lungs = torch.ones(4, 64, 64)
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    shares = []
    for _ in range(25):
        trace = network.forward_traced(images)
        share, outside = relevance_shares(
            network, trace, Rules(output="probability"), lesions, lungs
        )
        shares.append(float(share.detach().mean()))
        optimiser.zero_grad()
        (-share.clamp_min(1e-3).log().mean()).backward()
        optimiser.step()
    assert torch.equal(outside, torch.zeros_like(outside))
    assert shares[-1] > shares[0] * 1.3
