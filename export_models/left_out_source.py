"""What another hospital's radiographs cost: AUROC on the test cases of one source.

A collection of positives seldom brings negatives of its own, so its positives stand against
the other sources' negatives. A network can then win by telling the sources apart, which one
that was trained on both has learnt and one that never saw the source has not: so the same
figure of both, and of the other sources among themselves, belong side by side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from export_models.config import TrainingConfig
from export_models.deep_taylor import DeepTaylor
from export_models.densenet import DenseNet
from export_models.intervals import auroc, resampled_interval
from export_models.networks import SaliencyNet
from export_models.retrieval_metrics import patient_numbers
from export_models.stages import TrainingError, prepare_cases, trained_network
from export_models.tasks import all_maps
from export_models.training_data import PreparedCases, is_of_source

_BATCH = 64


@dataclass(frozen=True, slots=True)
class SourceAuroc:
    """One network's AUROC for one choice of positives; negatives are always the others'.

    Attributes:
        network: "CNN" or "IG".
        positives: Whose positives: the source's, or the others'.
        counts: Positives and negatives.
        auroc: Over the cases.
        low, high: Ends of the 95 % bootstrap interval over patients.
    """

    network: str
    positives: str
    counts: tuple[int, int]
    auroc: float
    low: float
    high: float


def measure_left_out(
    config: TrainingConfig,
    data: Path,
    run: Path,
    sources: Sequence[str],
    *,
    lungs: Path | None = None,
) -> Iterator[list[SourceAuroc] | tuple[str, int, int]]:
    """Measure a run's CNN and IG network on the test split, source by source.

    Args:
        config: Of the run: two classes.
        data: Folder in which its tables are.
        run: Where its weights are.
        sources: Parts of the names of what counts as the left-out source.
        lungs: Weights of the lung finder, where the input is cropped.

    Yields:
        (what, done, total) while it works, and last the figures.

    Raises:
        TrainingError: A stage was not trained, there are more than two classes, or the test
            split lacks positives of the source or negatives of the others.
    """
    if config.logits != 1:
        raise TrainingError(f"{config.name} has more than two classes: AUROC needs just two.")
    if not sources:
        raise TrainingError(f"{config.name} leaves no source out: name one with --source.")
    cnn, ig = trained_network("cnn", config, run), trained_network("ig", config, run)
    assert isinstance(cnn, DenseNet)
    assert isinstance(ig, SaliencyNet)
    cases = None
    for step in prepare_cases(config, data, run, lungs):
        if isinstance(step, PreparedCases):
            cases = step.rows(step.where("test", labelled=True))
        else:
            yield "preparing radiographs", *step
    assert cases is not None
    explained = DeepTaylor(cnn, config.rules)
    scores = {"CNN": np.zeros(len(cases), np.float32), "IG": np.zeros(len(cases), np.float32)}
    for start in range(0, len(cases), _BATCH):
        part = slice(start, start + _BATCH)
        images = torch.from_numpy(cases.images[part]).float() / 255
        with torch.no_grad():
            scores["CNN"][part] = cnn(images)[:, 0].numpy()
            scores["IG"][part] = ig.forward_traced(all_maps(explained, images)).logits[:, 0].numpy()
        yield "test cases", min(start + _BATCH, len(cases)), len(cases)
    yield source_aurocs(scores, cases, sources)


def source_aurocs(
    scores: dict[str, NDArray[np.float32]], cases: PreparedCases, sources: Sequence[str]
) -> list[SourceAuroc]:
    """AUROC of each network with the source's positives, and with the others'.

    Args:
        scores: By network, (n,) higher for the second class.
        cases: (n) of two classes, all known.
        sources: Parts of the names of what counts as the source.

    Raises:
        TrainingError: There are no positives of the source, or no negatives of the others.
    """
    is_inside = is_of_source(cases.sources, sources)
    negative = ~is_inside & (cases.classes == 0)
    found = []
    for whose, positive in (
        (" and ".join(sources), is_inside & (cases.classes == 1)),
        ("other sources", ~is_inside & (cases.classes == 1)),
    ):
        if not positive.any() or not negative.any():
            raise TrainingError(
                f"Test cases needed: {int(positive.sum())} positive of {whose}, "
                f"{int(negative.sum())} negative of other sources."
            )
        rows = np.flatnonzero(positive | negative)
        patients = patient_numbers(cases.patients[rows].tolist())
        is_positive = positive[rows]
        for network, whole in scores.items():
            values = whole[rows]
            low, high = resampled_interval(
                lambda drawn, v=values, p=is_positive: auroc(v[drawn], p[drawn]),  # type: ignore[misc]
                patients,
            )
            counts = int(is_positive.sum()), int((~is_positive).sum())
            found.append(SourceAuroc(network, whose, counts, auroc(values, is_positive), low, high))
    return found


def markdown_table(found: Sequence[SourceAuroc]) -> str:
    """The figures as a Markdown table."""
    lines = ["| network | positives of | positives / negatives | AUROC |", "|---|---|---|---|"]
    for one in found:
        counts = f"{one.counts[0]} / {one.counts[1]}"
        figure = f"{one.auroc:.3f} [{one.low:.3f}, {one.high:.3f}]"
        lines.append(f"| {one.network} | {one.positives} | {counts} | {figure} |")
    return "\n".join(lines)
