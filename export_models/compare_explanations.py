"""Which explanation makes the best input of the IG network: measured on the validation split.

    each explanation -> maps of training and validation cases -+-> the CNN reads them: CNN(IG)
                                                               +-> an IG network learns them
                                                               '-> how much lies on lesions

All IG networks start from the CNN and learn by the configuration's own recipe for the stage
`ig`, only shorter, on one map of each labelled case and without the other findings.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export_models.config import TrainingConfig
from export_models.densenet import DenseNet
from export_models.explanations import EXPLANATIONS, explain
from export_models.intervals import paired_difference
from export_models.networks import SaliencyNet
from export_models.pairwise import pairwise_distances
from export_models.retrieval_metrics import class_scores, patient_numbers, score_embeddings
from export_models.saliency_metrics import localise
from export_models.stages import TrainingError, prepare_cases, trained_network
from export_models.tasks import Learning, saliency_task
from export_models.train import fit, write_json
from export_models.training_data import PreparedCases
from export_models.training_scores import classification_scores

log = logging.getLogger(__name__)

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What one network does on one kind of map, on the validation split.

    Attributes:
        auroc: Of its own logits (of several classes, the mean of one against the rest).
        map, p_at_1, p_at_5: Every case queries all others of other patients.
        precision: "4/10", "7/20", "11/30": mean over the papers' five draws.
    """

    auroc: float
    map: float
    p_at_1: float
    p_at_5: float
    precision: dict[str, float]


@dataclass(frozen=True, slots=True)
class Compared:
    """One explanation's figures.

    Attributes:
        name: Of the explanation; "radiographs" for the CNN on radiographs, without maps.
        cnn: The CNN on the maps, CNN(IG); on radiographs for "radiographs".
        ig: The IG network trained on the maps; None for "radiographs".
        map_difference: Of the IG network's mAP to the first explanation's: mean, low and
            high end of a paired bootstrap interval over patients, and words. None for the
            first.
        inside: Mean share of the map inside validation lesions; None where none is outlined.
        area: Mean share of the radiograph those lesions take.
        outlined: How many there are.
    """

    name: str
    cnn: Retrieval
    ig: Retrieval | None = None
    map_difference: tuple[float, float, float, str] | None = None
    inside: float | None = None
    area: float | None = None
    outlined: int = 0


def compare_explanations(
    config: TrainingConfig,
    data: Path,
    run: Path,
    *,
    lungs: Path | None = None,
    names: Sequence[str] = (),
    epochs: int = 4,
) -> Iterator[Compared | tuple[str, int, int]]:
    """Compare explanations of a run's CNN.

    Args:
        config: Of the run.
        data: Folder in which its tables are.
        run: Where the CNN's weights are; maps and networks go to `explanations` below it.
        lungs: Weights of the lung finder, where the input is cropped.
        names: Which of `explanations.EXPLANATIONS`; all where empty.
        epochs: Of each IG network.

    Yields:
        (what, done, total) while it works, and `Compared` of each, radiographs first.

    Raises:
        TrainingError: The CNN was not trained, there is no stage `ig`, or a name is unknown.
    """
    names = tuple(names) or tuple(EXPLANATIONS)
    for name in names:
        if name not in EXPLANATIONS:
            raise TrainingError(
                f"There is no explanation {name!r}; there are {', '.join(EXPLANATIONS)}."
            )
    if "ig" not in config.stages:
        raise TrainingError(f"{config.name} has no stage ig, whose recipe is used here.")
    cnn = trained_network("cnn", config, run)
    assert isinstance(cnn, DenseNet)
    cases = None
    for step in prepare_cases(config, data, run, lungs):
        if isinstance(step, PreparedCases):
            cases = step
        else:
            yield "preparing radiographs", *step
    assert cases is not None
    cases = cases.rows(
        np.concatenate([cases.where(split, labelled=True) for split in ("train", "valid")])
    )
    valid = cases.where("valid")
    folder = run / "explanations"
    folder.mkdir(exist_ok=True)
    embedding, logits = _read(cnn, torch.from_numpy(cases.images[valid]).float() / 255)
    yield Compared("radiographs", _retrieval(embedding, logits, cases.rows(valid)))
    first: NDArray[np.float64] | None = None
    for name in names:
        maps = np.zeros((1, *cases.images.shape[:1], *cases.images.shape[2:]), np.float16)
        for start in range(0, len(cases), _BATCH):
            part = slice(start, start + _BATCH)
            images = torch.from_numpy(cases.images[part]).float() / 255
            maps[0, part] = explain(name, cnn, images)[:, 0].numpy()
            yield f"{name}: maps", min(start + _BATCH, len(cases)), len(cases)
        network = SaliencyNet(config.network)
        network.backbone.load_state_dict(cnn.state_dict())
        stage = replace(config.stages["ig"], epochs=epochs, auxiliary=0.0)
        task = saliency_task(Learning(config, stage, cases, maps), network)
        for progress in fit(task, stage, name, folder, seed=config.seed):
            done = (progress.epoch - 1) * progress.steps + progress.step
            yield f"{name}: training", done, progress.epochs * progress.steps
        network.load_state_dict(torch.load(folder / f"{name}.pt", weights_only=True))
        network.eval()
        seen = torch.from_numpy(maps[0, valid].astype(np.float32))[:, None]
        embedding, logits = _read(network, seen)
        per_query = _average_precisions(embedding, cases.rows(valid))
        difference = None
        if first is None:
            first = per_query
        else:
            numbers = patient_numbers(cases.patients[valid].tolist())
            found = paired_difference(per_query, first, numbers)
            difference = (found.mean, found.low, found.high, found.words)
        yield Compared(
            name,
            _retrieval(*_read(cnn, seen), cases.rows(valid)),
            _retrieval(embedding, logits, cases.rows(valid)),
            difference,
            *_localisation(seen[:, 0].numpy(), cases.rows(valid)),
        )


def write_comparison(path: Path, compared: Sequence[Compared], epochs: int) -> None:
    """Write the figures as JSON."""
    content: dict[str, Any] = {
        "split": "valid",
        "epochs": epochs,
        "explanations": [asdict(one) for one in compared],
    }
    write_json(path, content)


def markdown_table(compared: Sequence[Compared]) -> str:
    """The figures as a Markdown table, two rows for each explanation."""
    lines = [
        "| maps | read by | AUROC | mAP | P@1 | P@5 | 4/10 | 7/20 | 11/30 "
        "| mAP against the first | inside lesions (area) |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in compared:
        difference = "" if one.map_difference is None else _difference_in_words(one.map_difference)
        place = ""
        if one.inside is not None and one.area is not None:
            place = f"{one.inside:.3f} ({one.area:.3f}, n = {one.outlined})"
        if one.ig is None:
            lines.append(_row(one.name, "CNN", one.cnn, "", ""))
        else:
            lines.append(_row(one.name, "CNN", one.cnn, "", place))
            lines.append(_row("", "IG", one.ig, difference, ""))
    return "\n".join(lines)


def _row(name: str, reader: str, found: Retrieval, difference: str, place: str) -> str:
    figures = [found.auroc, found.map, found.p_at_1, found.p_at_5, *found.precision.values()]
    cells = [name, reader, *(f"{value:.3f}" for value in figures), difference, place]
    return f"| {' | '.join(cells)} |"


def _difference_in_words(difference: tuple[float, float, float, str]) -> str:
    mean, low, high, words = difference
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}] {words}"


@torch.no_grad()
def _read(network: nn.Module, inputs: Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features and logits of what the network is shown."""
    traces = [network.forward_traced(part) for part in inputs.split(_BATCH)]  # type: ignore[operator]
    features = np.concatenate([trace.features.numpy() for trace in traces])
    return features, np.concatenate([trace.logits.numpy() for trace in traces])


def _retrieval(
    embedding: NDArray[np.float32], logits: NDArray[np.float32], cases: PreparedCases
) -> Retrieval:
    found = score_embeddings(embedding, cases.classes, cases.patients.tolist())
    return Retrieval(
        auroc=classification_scores(logits, cases.classes)["auroc"],
        map=found["map"],
        p_at_1=found["p_at_1"],
        p_at_5=found["p_at_5"],
        precision={setting: means[0] for setting, means in found["precision"].items()},
    )


def _average_precisions(
    embedding: NDArray[np.float32], cases: PreparedCases
) -> NDArray[np.float64]:
    numbers = patient_numbers(cases.patients.tolist())
    scores = class_scores(pairwise_distances(embedding, "l2"), cases.classes, numbers)
    return np.asarray(scores["map_per_query"], np.float64)


def _localisation(
    maps: NDArray[np.float32], cases: PreparedCases
) -> tuple[float | None, float | None, int]:
    outlined = [
        row
        for row in np.flatnonzero(cases.has_lesions & (cases.classes != 0))
        if cases.lesions[row].any() and not cases.lesions[row].all()
    ]
    if not outlined:
        return None, None, 0
    inside = [localise(maps[row], cases.lesions[row]).mass for row in outlined]
    area = [cases.lesions[row].mean() for row in outlined]
    return float(np.mean(inside)), float(np.mean(area)), len(outlined)
