"""What training minimises: classes, findings where known, and relevance where it belongs.

Deep Taylor is differentiable forward operations here, so where relevance falls can be part
of the loss: a classifier is then right for the right reasons, or pays for it.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

from export_models.deep_taylor import Rules, relevance
from export_models.densenet import DenseNet, Trace

# Larger than at inference: gradients of a quotient grow with its inverse square, and runs
# with 1e-12 collapsed halfway.
TRAINING_SMALLEST = 1e-4


def class_loss(logits: Tensor, classes: Tensor, class_weights: Tensor) -> Tensor:
    """Weighted cross-entropy, binary for one logit, over the cases whose class is known.

    Args:
        logits: (N, 1) or (N, K).
        classes: (N,) int64, -1 where unknown.
        class_weights: (2,) or (K,), inverse class frequencies.

    Returns:
        A scalar; 0 where no class is known.
    """
    known = classes >= 0
    target = classes.clamp_min(0)
    weights = class_weights[target] * known
    if logits.shape[1] == 1:
        each = F.binary_cross_entropy_with_logits(
            logits[:, 0], target.to(logits.dtype), reduction="none"
        )
    else:
        each = F.cross_entropy(logits, target, reduction="none")
    return (each * weights).sum() / weights.sum().clamp_min(1e-6)


def auxiliary_loss(outputs: Tensor, findings: Tensor, severities: Tensor) -> Tensor:
    """Other findings and severities, wherever the tables know them.

    Args:
        outputs: (N, F + V), logits.
        findings: (N, F), 1, 0 or NaN where unknown.
        severities: (N, V) in [0, 1], NaN where unknown.
    """
    count = findings.shape[1]
    known, scored = ~findings.isnan(), ~severities.isnan()
    binary = F.binary_cross_entropy_with_logits(
        outputs[:, :count], findings.nan_to_num(), reduction="none"
    )
    squared = (outputs[:, count:].sigmoid() - severities.nan_to_num()) ** 2
    # At least four scored cases in the mean, so that a single one does not shout.
    return (binary * known).sum() / known.sum().clamp_min(1) + 4 * (
        squared * scored
    ).sum() / scored.sum().clamp_min(4)


def relevance_shares(
    network: DenseNet, trace: Trace, rules: Rules, lesions: Tensor, lungs: Tensor
) -> tuple[Tensor, Tensor]:
    """How much of each case's relevance lies on the lesion, and how much outside the lungs.

    Args:
        network, trace, rules: As for `deep_taylor.relevance`.
        lesions: (N, S, S) in [0, 1], 1 on the outlined disease. Dilated by 4 pixels here,
            since outlines are rough.
        lungs: (N, S, S) in [0, 1], 1 inside the lungs' boxes.

    Returns:
        Two (N,) tensors of shares in [0, 1], differentiable.
    """
    pixels = relevance(network, trace, rules, smallest=TRAINING_SMALLEST)[:, 0]
    pixels = pixels / pixels.sum((1, 2), keepdim=True).clamp_min(1e-3)
    near_lesions = F.max_pool2d(lesions[:, None], 9, 1, 4)[:, 0]
    return (pixels * near_lesions).sum((1, 2)), (pixels * (1 - lungs)).sum((1, 2))


def inverse_frequencies(classes: Tensor, count: int) -> Tensor:
    """Weights of the classes, (count,), with which each has the same sum; mean 1."""
    frequencies = torch.stack([(classes == index).sum() for index in range(count)]).float()
    weights = 1 / frequencies.clamp_min(1)
    return weights / weights.mean()
