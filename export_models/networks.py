"""The networks beside the plain DenseNet: same backbone, other inputs and other last layers.

Each has `forward_traced`, as the backbone has, so that training, export and explanations
treat all of them alike.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor, nn

from export_models.densenet import DenseNet, DenseNetConfig


@dataclass(slots=True)
class EmbeddingTrace:
    """What a network gives of one batch.

    Attributes:
        feature_map: (N, F, h, w), never negative.
        features: (N, F), the mean of the feature map.
        embedding: (N, length), what distances are measured on.
        logits: (N, K).
    """

    feature_map: Tensor
    features: Tensor
    embedding: Tensor
    logits: Tensor


class SaliencyNet(nn.Module):
    """The IG network: a DenseNet that reads saliency maps.

    Relevance is a thin, spiky map with most of its pixels near zero. Its square root, and
    a small blur, bring it to the contrast and grain of the radiographs that the backbone's
    starting weights come from.
    """

    def __init__(self, config: DenseNetConfig, *, blur: int = 7) -> None:
        super().__init__()
        self.backbone = DenseNet(config)
        self.blur = blur

    def forward_traced(self, saliency: Tensor) -> EmbeddingTrace:
        """(N, 1, S, S) in [0, 1] -> embedding and logits."""
        values = _safe_sqrt(saliency)
        across, down = (_blurring(values.shape[axis], self.blur, values) for axis in (3, 2))
        trace = self.backbone.forward_traced(down.T @ (values @ across))
        return EmbeddingTrace(trace.feature_map, trace.features, trace.features, trace.logits)


class MetricNet(nn.Module):
    """A DenseNet whose embedding has unit length, after an optional linear layer (X-MIR)."""

    def __init__(self, config: DenseNetConfig, projection: int = 0) -> None:
        super().__init__()
        self.backbone = DenseNet(config)
        self.projection = (
            nn.Linear(config.feature_count, projection) if projection else nn.Identity()
        )

    def forward_traced(self, image: Tensor) -> EmbeddingTrace:
        """(N, C, S, S) in [0, 1] -> unit-length embedding; logits are the backbone's."""
        trace = self.backbone.forward_traced(image)
        embedding = F.normalize(self.projection(trace.features), dim=1, eps=1e-6)
        return EmbeddingTrace(trace.feature_map, trace.features, embedding, trace.logits)


class SeverityNet(nn.Module):
    """Reads radiograph and saliency map together and says how severe the disease is.

    The embedding is severity itself, a hundred times finer than the features behind it: the
    distance of two cases is first how far apart their severities are, and features only
    decide between equals. Beyond the papers, and named as what it is: `ig-severity`.
    """

    FEATURE_SHARE = 0.01

    def __init__(self, config: DenseNetConfig, severities: int) -> None:
        super().__init__()
        self.backbone = DenseNet(config)
        self.severity = nn.Linear(config.feature_count, severities)

    def forward_traced(self, image: Tensor, saliency: Tensor) -> EmbeddingTrace:
        """(N, 1, S, S) twice -> embedding (N, severities + F); logits are the severities'."""
        # Radiograph twice and map once: the backbone's three channels.
        channels = torch.cat([image, image, (image + _safe_sqrt(saliency)) / 2], 1)
        trace = self.backbone.forward_traced(channels)
        logits = self.severity(trace.features)
        features = F.normalize(trace.features, dim=1, eps=1e-6) * self.FEATURE_SHARE
        embedding = torch.cat([logits.sigmoid(), features], 1)
        return EmbeddingTrace(trace.feature_map, trace.features, embedding, logits)


def _blurring(length: int, width: int, like: Tensor) -> Tensor:
    """(length, length): what a row is multiplied by to be averaged over `width` neighbours.

    As products of matrices the blur takes a tenth of the time of a pool in onnxruntime, which
    has no fast one for a single channel. Ends are repeated.
    """
    rows = torch.eye(length, dtype=like.dtype, device=like.device)[None]
    return F.avg_pool1d(F.pad(rows, (width // 2, width // 2), mode="replicate"), width, 1)[0]


def _safe_sqrt(values: Tensor) -> Tensor:
    """The square root, with a finite slope at zero."""
    return (values.clamp(0, 1) + 1e-6).sqrt() - 1e-3
