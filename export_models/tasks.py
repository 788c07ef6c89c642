"""What each stage of a bundle learns: a `Task` for each, ready for `train.fit`.

pretrain     the classes and all other findings, from all tables alike
cnn          the bundle's classes; relevance kept on lesions and lungs (step 1)
ig           the bundle's classes, from the CNN's saliency maps (step 2)
attention    the bundle's classes, with position and channel attention
metric       nearness of cases of one class (triplet loss)
ig-severity  how severe, from radiograph and saliency map together
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_metric_learning.distances import CosineSimilarity
from pytorch_metric_learning.losses import TripletMarginLoss
from torch import Tensor, nn

from export_models.attention import AttentionNet
from export_models.augmentation import augment
from export_models.config import Stage, TrainingConfig
from export_models.deep_taylor import DeepTaylor
from export_models.densenet import DenseNet
from export_models.losses import (
    auxiliary_loss,
    class_loss,
    inverse_frequencies,
    relevance_shares,
)
from export_models.networks import MetricNet, SaliencyNet, SeverityNet
from export_models.train import Task
from export_models.training_data import PreparedCases
from export_models.training_scores import classification_scores, retrieval_scores, severity_scores

LESION_CASES = 6  # of a batch, where lesions are part of the loss
PENALISED = 14  # of a batch, since relevance in training costs three forward passes
SUPPORT_CASES = 6
PER_CLASS = 16  # of a batch in metric learning (Hu et al. 2021)
SUPPORT_SHARE = 0.6  # of the pretraining's cases
_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """What all tasks share.

    Attributes:
        config: Of the bundle.
        stage: How this network is trained.
        cases: Prepared.
        maps: (variants, n, S, S) float16 saliency maps of all cases, for the stages that
            read them; of size 0 for the others.
    """

    config: TrainingConfig
    stage: Stage
    cases: PreparedCases
    maps: NDArray[np.float16]

    @property
    def labelled(self) -> NDArray[np.intp]:
        """Training cases of the bundle's own tables whose class is known."""
        return self.cases.where("train", labelled=True)

    def class_weights(self) -> Tensor:
        """Inverse class frequencies of the training cases."""
        classes = torch.as_tensor(self.cases.classes[self.labelled])
        return inverse_frequencies(classes, len(self.config.classes))

    def images(self, chosen: NDArray[np.intp]) -> Tensor:
        """(N, C, S, S) in [0, 1], as they are."""
        return torch.as_tensor(self.cases.images[chosen]).float() / 255

    def steps_of(
        self, pool: NDArray[np.intp], generator: np.random.Generator, size: int
    ) -> NDArray[np.intp]:
        """One epoch over `pool`, shuffled: (steps, size); the rest that fills no batch waits."""
        order = generator.permutation(pool)
        steps = max(1, len(order) // size)
        return np.resize(order, (steps, size))


def image_task(learning: Learning, network: DenseNet | AttentionNet, *, pretrain: bool) -> Task:
    """Classes (and findings) from radiographs: pretrain, cnn and attention."""
    stage, cases = learning.stage, learning.cases
    helpers = _auxiliary_head(learning)
    weights = learning.class_weights()
    support = np.flatnonzero(cases.is_support & (cases.splits == "train"))
    penalty = _RelevancePenalty(learning) if stage.lesion > 0 or stage.outside > 0 else None

    def draw(generator: np.random.Generator) -> NDArray[np.intp]:
        if pretrain:
            pool = cases.where("train")
            extra = generator.permutation(support)[: int(len(support) * SUPPORT_SHARE)]
            return learning.steps_of(np.concatenate([pool, pool, extra]), generator, stage.batch)
        few = min(SUPPORT_CASES, len(support))
        own = learning.labelled
        steps = max(1, stage.passes * len(own) // (stage.batch - few))
        columns = [_balanced(cases.classes, own, generator, (steps, stage.batch - few))]
        if few:
            columns.append(_balanced(cases.classes, support, generator, (steps, few)))
        return np.concatenate(columns, 1)

    def loss(chosen: NDArray[np.intp], done: float) -> Tensor:
        images, _ = augment(learning.images(chosen), None, stage.augmentation)
        with _precision(stage):
            trace = network.forward_traced(images.contiguous(memory_format=torch.channels_last))
        classes = torch.as_tensor(cases.classes[chosen])
        balance = weights if pretrain else torch.ones_like(weights)  # batches are balanced
        total = class_loss(trace.logits.float(), classes, balance)
        total = total + stage.auxiliary * _auxiliary(
            learning, helpers, trace.features.float(), chosen
        )
        if penalty is not None and isinstance(network, DenseNet) and torch.rand(()) < 0.5:
            # In half of the steps, since relevance in the loss costs as much as the rest.
            total = total + penalty(network, done)
        return total

    def score(averaged: nn.Module) -> dict[str, float]:
        return _validation(learning, averaged, lambda chosen: (learning.images(chosen),))

    return Task(network, helpers, draw, loss, score, "f1")


class _RelevancePenalty:
    """Relevance outside outlined lesions, and outside the lungs, on a small batch of its own."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        cases = learning.cases
        is_ill = (cases.splits == "train") & (cases.classes != 0)
        self._outlined = np.flatnonzero(cases.has_lesions & is_ill)

    def __call__(self, network: DenseNet, done: float) -> Tensor:
        learning, stage, cases = self._learning, self._learning.stage, self._learning.cases
        generator = np.random.default_rng(int(torch.randint(2**31, ())))  # resumes with torch's
        chosen = _balanced(cases.classes, learning.labelled, generator, (PENALISED,))
        outlined = min(LESION_CASES, len(self._outlined))
        if outlined:
            chosen[:outlined] = generator.choice(self._outlined, outlined)
        masks = np.stack([cases.lesions[chosen], cases.lungs[chosen]], 1)
        images, moved = augment(
            learning.images(chosen), torch.as_tensor(masks).float(), stage.augmentation
        )
        trace = network.forward_traced(images)
        on_lesion, outside = relevance_shares(
            network, trace, learning.config.rules, moved[:, 0], moved[:, 1]
        )
        penalty = stage.outside * outside.mean()
        if outlined:
            penalty = penalty - stage.lesion * on_lesion[:outlined].clamp_min(1e-3).log().mean()
        classes = torch.as_tensor(cases.classes[chosen])
        even = torch.ones(len(learning.config.classes))
        warm = min(1.0, done / 0.3)  # let the classes settle before relevance is moved
        return warm * penalty + 0.5 * class_loss(trace.logits, classes, even)


def saliency_task(learning: Learning, network: SaliencyNet) -> Task:
    """Step 2: the bundle's classes from saliency maps."""
    stage, cases = learning.stage, learning.cases
    helpers = _auxiliary_head(learning)
    weights = learning.class_weights()
    pool = cases.where("train") if stage.auxiliary > 0 else learning.labelled

    def draw(generator: np.random.Generator) -> NDArray[np.intp]:
        return learning.steps_of(pool, generator, stage.batch)

    def loss(chosen: NDArray[np.intp], done: float) -> Tensor:
        maps = _moved_a_little(_any_variant(learning.maps, chosen))
        with _precision(stage):
            trace = network.forward_traced(maps)
        classes = torch.as_tensor(cases.classes[chosen])
        total = class_loss(trace.logits.float(), classes, weights)
        return total + stage.auxiliary * _auxiliary(
            learning, helpers, trace.features.float(), chosen
        )

    def score(averaged: nn.Module) -> dict[str, float]:
        return _validation(learning, averaged, lambda chosen: (_first(learning.maps, chosen),))

    return Task(network, helpers, draw, loss, score, "f1")


def metric_task(learning: Learning, network: MetricNet) -> Task:
    """Triplet loss over all triplets of a batch, 16 cases of each class (X-MIR)."""
    stage, cases = learning.stage, learning.cases
    criterion = TripletMarginLoss(margin=stage.margin, distance=CosineSimilarity())
    by_class = [
        learning.labelled[cases.classes[learning.labelled] == index]
        for index in range(len(learning.config.classes))
    ]

    def draw(generator: np.random.Generator) -> NDArray[np.intp]:
        steps = max(1, len(learning.labelled) // (PER_CLASS * len(by_class)))
        return np.concatenate([generator.choice(one, (steps, PER_CLASS)) for one in by_class], 1)

    def loss(chosen: NDArray[np.intp], done: float) -> Tensor:
        images, _ = augment(learning.images(chosen), None, stage.augmentation)
        with _precision(stage):
            embedding = network.forward_traced(images).embedding
        found: Tensor = criterion(embedding.float(), torch.as_tensor(cases.classes[chosen]))
        return found

    def score(averaged: nn.Module) -> dict[str, float]:
        chosen = cases.where("valid", labelled=True)
        embedding, _ = _outputs(averaged, lambda part: (learning.images(part),), chosen)
        return retrieval_scores(embedding, cases.classes[chosen], cases.patients[chosen], "cosine")

    return Task(network, nn.Identity(), draw, loss, score, "p_at_5")


def severity_task(learning: Learning, network: SeverityNet) -> Task:
    """Regression of the tables' severities; cases of the first class count as zero."""
    stage, cases = learning.stage, learning.cases
    target = cases.severities.copy()
    healthy = cases.classes == 0
    target[healthy] = np.where(np.isnan(target[healthy]), 0.0, target[healthy])
    scored = np.flatnonzero(~np.isnan(cases.severities[:, 0]) & (cases.splits == "train"))
    zero = np.flatnonzero(healthy & (cases.splits == "train") & ~cases.is_support)

    def draw(generator: np.random.Generator) -> NDArray[np.intp]:
        few = stage.batch // 4
        graded = learning.steps_of(scored, generator, stage.batch - few)
        return np.concatenate([graded, generator.choice(zero, (len(graded), few))], 1)

    def loss(chosen: NDArray[np.intp], done: float) -> Tensor:
        saliency = _any_variant(learning.maps, chosen)
        images, moved = augment(learning.images(chosen), saliency, stage.augmentation)
        with _precision(stage):
            logits = network.forward_traced(images, moved).logits
        logits = logits.float()
        wanted = torch.as_tensor(target[chosen])
        known = ~wanted.isnan()
        distance = (logits.sigmoid() - wanted.nan_to_num()).abs()
        # Order as well as amount: pairs of cases should differ as their scores do.
        first, second = logits[:, 0].sigmoid(), wanted[:, 0].nan_to_num()
        pairs = (first[:, None] - first[None]) - (second[:, None] - second[None])
        both = known[:, 0]
        among = (both[:, None] & both[None]).float()
        return (distance * known).sum() / known.sum() + (pairs.abs() * among).sum() / among.sum()

    def score(averaged: nn.Module) -> dict[str, float]:
        chosen = np.flatnonzero(~np.isnan(cases.severities[:, 0]) & (cases.splits == "valid"))
        embedding, logits = _outputs(
            averaged,
            lambda part: (learning.images(part), _first(learning.maps, part)),
            chosen,
        )
        return severity_scores(
            embedding, logits[:, 0], cases.severities[chosen, 0], cases.patients[chosen]
        )

    return Task(network, nn.Identity(), draw, loss, score, "correlation")


def all_maps(explained: DeepTaylor, images: Tensor) -> Tensor:
    """Saliency maps of prepared images, a batch at a time: (N, 1, S, S)."""
    with torch.no_grad():
        return torch.cat([explained(part)[1] for part in images.split(_BATCH)])


def _precision(stage: Stage) -> torch.autocast:
    device = torch.get_default_device().type
    return torch.autocast(device, torch.bfloat16, enabled=stage.precision == "bfloat16")


def _auxiliary_head(learning: Learning) -> nn.Module:
    outputs = len(learning.config.findings) + len(learning.config.severities)
    if not outputs or not learning.stage.auxiliary:
        return nn.Identity()
    return nn.Linear(learning.config.network.feature_count, outputs)


def _auxiliary(
    learning: Learning, head: nn.Module, features: Tensor, chosen: NDArray[np.intp]
) -> Tensor:
    if not isinstance(head, nn.Linear):
        return features.new_zeros(())
    return auxiliary_loss(
        head(features),
        torch.as_tensor(learning.cases.findings[chosen]),
        torch.as_tensor(learning.cases.severities[chosen]),
    )


def _validation(
    learning: Learning,
    network: nn.Module,
    inputs: Callable[[NDArray[np.intp]], tuple[Tensor, ...]],
) -> dict[str, float]:
    cases = learning.cases
    chosen = cases.where("valid", labelled=True)
    embedding, logits = _outputs(network, inputs, chosen)
    return {
        **classification_scores(logits, cases.classes[chosen]),
        **retrieval_scores(embedding, cases.classes[chosen], cases.patients[chosen], "l2"),
    }


@torch.no_grad()
def _outputs(
    network: nn.Module,
    inputs: Callable[[NDArray[np.intp]], tuple[Tensor, ...]],
    chosen: NDArray[np.intp],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Embeddings and logits of cases as they are, in evaluation mode."""
    embeddings, logits = [], []
    for start in range(0, len(chosen), _BATCH):
        trace = network.forward_traced(*inputs(chosen[start : start + _BATCH]))  # type: ignore[operator]
        found = trace.embedding if hasattr(trace, "embedding") else trace.features
        embeddings.append(found.cpu().numpy())
        logits.append(trace.logits.cpu().numpy())
    return np.concatenate(embeddings), np.concatenate(logits)


def _any_variant(maps: NDArray[np.float16], chosen: NDArray[np.intp]) -> Tensor:
    variant = torch.randint(0, len(maps), (len(chosen),)).cpu().numpy()
    return torch.as_tensor(maps[variant, chosen].astype(np.float32))[:, None]


def _first(maps: NDArray[np.float16], chosen: NDArray[np.intp]) -> Tensor:
    return torch.as_tensor(maps[0, chosen].astype(np.float32))[:, None]


def _moved_a_little(maps: Tensor) -> Tensor:
    """Mirrored half of the time, and shifted by up to a twentieth of the side."""
    mirrored = torch.rand(len(maps)) < 0.5
    maps = torch.where(mirrored[:, None, None, None], maps.flip(3), maps)
    most = maps.shape[-1] // 20
    down, across = (int(torch.randint(-most, most + 1, ())) for _ in range(2))
    return torch.roll(maps, (down, across), (2, 3))


def _balanced(
    classes: NDArray[np.int64],
    pool: NDArray[np.intp],
    generator: np.random.Generator,
    shape: tuple[int, ...],
) -> NDArray[np.intp]:
    """Cases drawn so that every class of the pool comes up equally often."""
    weights = np.zeros(len(pool))
    for index in np.unique(classes[pool]):
        same = classes[pool] == index
        weights[same] = 1 / same.sum()
    return generator.choice(pool, shape, p=weights / weights.sum())
