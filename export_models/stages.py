"""One bundle's training from its tables to its weights, stage after stage.

run/cases-*.npz      prepared images and targets
run/<stage>.pt       the best weights of each stage
run/saliency-*.npy   the CNN's maps of all cases, once the CNN is trained
run/run.json         the configuration and the commit
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from export_models.attention import AttentionNet
from export_models.config import TrainingConfig
from export_models.datasets.read_cases import read_cases
from export_models.datasets.records import select
from export_models.deep_taylor import DeepTaylor
from export_models.densenet import DenseNet
from export_models.initial_weights import load_initial_weights
from export_models.lung_finder import LungFinder, load_lung_finder
from export_models.networks import MetricNet, SaliencyNet, SeverityNet
from export_models.saliency_cache import saliency_maps
from export_models.splits import check_splits
from export_models.tasks import (
    Learning,
    image_task,
    metric_task,
    saliency_task,
    severity_task,
)
from export_models.train import Progress, Task, fit, write_run_record
from export_models.training_data import (
    PreparedCases,
    is_of_source,
    prepared_cases,
    without_sources,
)
from inference.errors import InferenceError
from inference.preprocess import Box
from inference.preprocess import LungFinder as FindLungs

SALIENCY_VARIANTS = 3


class TrainingError(InferenceError):
    """A training run cannot go on as asked."""


def train_bundle(
    config: TrainingConfig,
    data: Path,
    run: Path,
    *,
    stages: tuple[str, ...] = (),
    lungs: Path | None = None,
    init: Path | None = None,
    resume: bool = False,
) -> Iterator[Progress | tuple[str, int, int]]:
    """Train a bundle's networks.

    Args:
        config: What to train.
        data: Folder in which the configuration's tables are.
        run: Folder for weights and caches.
        stages: Which of the configuration's stages; all where empty.
        lungs: Weights of a lung finder, for inputs that crop to the lungs.
        init: Weights to start the first stage's network from.
        resume: Go on where an earlier run stopped; finished stages are left as they are.

    Yields:
        (what, done, total) while preparing, and `Progress` while training.

    Raises:
        TrainingError: A stage needs another that was not trained, or a lung finder.
    """
    run.mkdir(parents=True, exist_ok=True)
    write_run_record(run, config)
    cases = None
    for step in prepare_cases(config, data, run, lungs):
        if isinstance(step, PreparedCases):
            cases = step
        else:
            yield "preparing radiographs", *step
    assert cases is not None
    maps = np.zeros((0, 0, 0, 0), np.float16)
    for name in stages or tuple(config.stages):
        if name not in config.stages:
            raise TrainingError(f"{config.name} has no stage {name}; it has {_listed(config)}.")
        stage = config.stages[name]
        if name in ("ig", "ig-severity") and not len(maps):
            for made in _maps(config, cases, run):
                if isinstance(made, tuple):
                    yield "saliency maps", *made
                else:
                    maps = made
        task = _task(name, Learning(config, stage, cases, maps), run, init)
        yield from fit(task, stage, name, run, seed=config.seed, resume=resume)


def trained_network(name: str, config: TrainingConfig, run: Path) -> nn.Module:
    """The network of a finished stage, in evaluation mode.

    Raises:
        TrainingError: The stage was not trained in this run.
    """
    network = _network(name, config)
    network.load_state_dict(_weights(run, name))
    network.eval()
    return network


def torch_lung_finder(finder: LungFinder) -> FindLungs:
    """The lung finder as `preprocess.prepare` takes it."""

    @torch.no_grad()
    def find(whole: NDArray[np.float32]) -> Box:
        left, top, right, bottom = (float(v) for v in finder(torch.as_tensor(whole))[0])
        return Box(left, top, right, bottom)

    return find


def prepare_cases(
    config: TrainingConfig, data: Path, run: Path, lungs: Path | None
) -> Iterator[PreparedCases | tuple[int, int]]:
    """Read a configuration's tables and prepare their cases, without what it leaves out.

    Yields:
        (done, total) while it works, and last the prepared cases.

    Raises:
        TrainingError: There is no lung finder where one is needed, or no case of a source
            that is left out.
    """
    find_lungs = None
    if config.input.lung_finder_size is not None:
        if lungs is None or not lungs.is_file():
            raise TrainingError(
                f"{config.name} crops to the lungs: train a lung finder first "
                "(kindred-train lungs) and name its weights with --lungs."
            )
        find_lungs = torch_lung_finder(load_lung_finder(lungs))
    everything = [case for table in config.tables for case in read_cases(data / table)]
    own = select(everything, config.selection)
    support = [case for table in config.support_tables for case in read_cases(data / table)]
    check_splits(own)
    for step in prepared_cases(config, own, support, find_lungs=find_lungs, cache=run):
        if isinstance(step, PreparedCases) and config.left_out_sources:
            yield _without_left_out(config, step)
        else:
            yield step


def _without_left_out(config: TrainingConfig, cases: PreparedCases) -> PreparedCases:
    for name in config.left_out_sources:
        if not is_of_source(cases.sources, (name,)).any():
            known = ", ".join(repr(str(one)) for one in np.unique(cases.sources) if one)
            raise TrainingError(
                f"{config.name} leaves out the source {name!r}, of which there is no case; "
                f"sources are {known}."
            )
    return without_sources(cases, config.left_out_sources)


def _maps(
    config: TrainingConfig, cases: PreparedCases, run: Path
) -> Iterator[NDArray[np.float16] | tuple[int, int]]:
    cnn = trained_network("cnn", config, run)
    assert isinstance(cnn, DenseNet)
    own = np.flatnonzero(~cases.is_support & (cases.splits != "test"))
    for made in saliency_maps(
        DeepTaylor(cnn, config.rules),
        cases,
        own,
        variants=SALIENCY_VARIANTS,
        strength=config.stages["cnn"].augmentation,
        cache=run,
    ):
        if isinstance(made, tuple):
            yield made
        else:  # one row for every case, so that case numbers are row numbers everywhere
            whole = np.zeros((len(made), len(cases), *made.shape[2:]), np.float16)
            whole[:, own] = made
            yield whole


def _task(name: str, learning: Learning, run: Path, init: Path | None) -> Task:
    config = learning.config
    network = _network(name, config)
    _start(name, network, config, run, init)
    if isinstance(network, SaliencyNet):
        return saliency_task(learning, network)
    if isinstance(network, MetricNet):
        return metric_task(learning, network)
    if isinstance(network, SeverityNet):
        return severity_task(learning, network)
    assert isinstance(network, DenseNet | AttentionNet)
    return image_task(learning, network, pretrain=name == "pretrain")


def _network(name: str, config: TrainingConfig) -> nn.Module:
    if name in ("pretrain", "cnn"):
        return DenseNet(config.network)
    if name == "ig":
        return SaliencyNet(config.network)
    if name == "attention":
        return AttentionNet(config.network)
    if name == "metric":
        return MetricNet(config.network, config.stages[name].projection)
    if name == "ig-severity":
        return SeverityNet(config.network, len(config.severities))
    raise ValueError(f"unknown stage {name}")


def _start(
    name: str, network: nn.Module, config: TrainingConfig, run: Path, init: Path | None
) -> None:
    """Where a stage's weights come from: the stage before it, else `init`, else chance.

    The CNN starts from the pretraining, all others from the CNN, as the papers do; severity
    from the pretraining too, where there is one: the CNN, trained for yes or no, has lost
    some of how much (correlation on validation 0.79 and 0.80 in two runs, against 0.75).
    """
    has_pretraining = (run / "pretrain.pt").is_file()
    before = {"pretrain": "", "cnn": "pretrain"}.get(name, "cnn")
    if name == "ig-severity" and has_pretraining:
        before = "pretrain"
    backbone = network if isinstance(network, DenseNet) else network.get_submodule("backbone")
    if before and (run / f"{before}.pt").is_file():
        backbone.load_state_dict(_weights(run, before))
    elif init is not None:
        assert isinstance(backbone, DenseNet)
        load_initial_weights(backbone, init)
    elif name not in ("pretrain", "cnn"):
        raise TrainingError(f"The stage {name} starts from the CNN: train the stage cnn first.")


def _weights(run: Path, name: str) -> dict[str, torch.Tensor]:
    path = run / f"{name}.pt"
    if not path.is_file():
        raise TrainingError(f"The stage {name} was not trained in {run}: train it first.")
    state: dict[str, torch.Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    return state


def _listed(config: TrainingConfig) -> str:
    return ", ".join(config.stages)
