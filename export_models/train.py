"""The training loop, and what differs between a bundle's networks.

    prepared cases -> Task (network, inputs, loss, score) -> fit -> run/<stage>.pt

One loop trains all: a task says how a batch becomes a loss, and how good the network is on
the validation split. After every epoch the whole state is written, so that `resume` goes on
as if nothing had happened; the weights kept are those with the best validation score.
"""

import json
import logging
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from export_models.config import Stage, TrainingConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One network and how it learns.

    Attributes:
        network: What is trained and, in the end, exported.
        helpers: Heads that are trained along and not exported.
        draw: A generator -> the case indices of one epoch, (steps, batch).
        loss: (case indices of one step, share of the training done) -> a scalar.
        score: Validation: named figures; `selected_by` is the one to maximise.
        selected_by: Its name.
    """

    network: nn.Module
    helpers: nn.Module
    draw: Callable[[np.random.Generator], NDArray[np.intp]]
    loss: Callable[[NDArray[np.intp], float], Tensor]
    score: Callable[[nn.Module], dict[str, float]]
    selected_by: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training run is.

    Attributes:
        stage: Its name.
        epoch, epochs: Counted from 1.
        step, steps: Within the epoch.
        loss: Mean over the epoch so far.
        scores: The validation's figures at the end of an epoch, else empty.
    """

    stage: str
    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    scores: dict[str, float]


def fit(
    task: Task, stage: Stage, name: str, run: Path, *, seed: int, resume: bool = False
) -> Iterator[Progress]:
    """Train one network.

    Args:
        task: What to train.
        stage: How long and how fast.
        name: Of the stage, and so of its files in `run`.
        run: The folder of the run.
        seed: Of batches and augmentation.
        resume: Go on from the last finished epoch, if there is one.

    Yields:
        Progress after every step, and with scores after every epoch.
    """
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    both = nn.ModuleList([task.network, task.helpers])
    both.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stubs lack it
    optimiser = _optimiser(both, stage)
    steps = len(task.draw(np.random.default_rng(seed)))
    schedule = _schedule(optimiser, stage, steps)
    average = _Average(task.network, stage.average)
    first, best = 1, -float("inf")
    last_path, best_path = run / f"{name}.last.pt", run / f"{name}.pt"
    if resume and last_path.is_file():
        state = torch.load(last_path, weights_only=True)
        both.load_state_dict(state["weights"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        average.values, average.seen = state["average"], state["seen"]
        torch.set_rng_state(state["torch_random"])
        generator.bit_generator.state = json.loads(state["numpy_random"])
        first, best = state["epoch"] + 1, state["best"]
    for epoch in range(first, stage.epochs + 1):
        total = 0.0
        order = task.draw(generator)
        for step, chosen in enumerate(order, start=1):
            both.train()
            done = ((epoch - 1) * steps + step - 1) / (stage.epochs * steps)
            loss = task.loss(chosen, done)
            optimiser.zero_grad()
            loss.backward()
            length = nn.utils.clip_grad_norm_(both.parameters(), 1.0)
            if not torch.isfinite(length):  # one broken step must not cost the run
                optimiser.zero_grad()
            optimiser.step()
            schedule.step()
            average.update(task.network)
            total += loss.item()
            yield Progress(name, epoch, stage.epochs, step, len(order), total / step, {})
        with average.applied_to(task.network) as averaged:
            averaged.eval()
            scores = task.score(averaged)
            if scores[task.selected_by] > best:
                best = scores[task.selected_by]
                save_state(averaged.state_dict(), best_path)
                write_json(run / f"{name}.json", {"epoch": epoch, "scores": scores})
        save_state(
            {
                "weights": both.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "average": average.values,
                "seen": average.seen,
                "torch_random": torch.get_rng_state(),
                "numpy_random": json.dumps(generator.bit_generator.state),
                "epoch": epoch,
                "best": best,
            },
            last_path,
        )
        yield Progress(name, epoch, stage.epochs, steps, steps, total / max(1, steps), scores)


class _Average:
    """The running average of a network's weights, which is steadier than the weights."""

    def __init__(self, network: nn.Module, keep: float) -> None:
        self.keep = keep
        self.values = {name: value.clone() for name, value in network.state_dict().items()}
        self.seen = 0
        self._aside: dict[str, Tensor] = {}
        self._network = network

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.seen += 1
        keep = min(self.keep, self.seen / (10 + self.seen))  # start close to the weights
        for name, value in network.state_dict().items():
            if value.dtype.is_floating_point:
                self.values[name].mul_(keep).add_(value, alpha=1 - keep)
            else:
                self.values[name].copy_(value)

    def applied_to(self, network: nn.Module) -> "_Average":
        self._network = network
        return self

    def __enter__(self) -> nn.Module:
        self._aside = {name: value.clone() for name, value in self._network.state_dict().items()}
        self._network.load_state_dict(self.values)
        return self._network

    def __exit__(self, *_: object) -> None:
        self._network.load_state_dict(self._aside)


def _optimiser(module: nn.Module, stage: Stage) -> torch.optim.Optimizer:
    parameters = list(module.parameters())
    if stage.optimiser == "adadelta":
        return torch.optim.Adadelta(parameters, stage.learning_rate, rho=0.95, eps=1e-7)
    if stage.optimiser == "adamw":
        return torch.optim.AdamW(parameters, stage.learning_rate, weight_decay=stage.weight_decay)
    return torch.optim.Adam(parameters, stage.learning_rate)


def _schedule(
    optimiser: torch.optim.Optimizer, stage: Stage, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    if stage.schedule == "one-cycle":
        return torch.optim.lr_scheduler.OneCycleLR(
            optimiser, stage.learning_rate, total_steps=stage.epochs * steps + 1, pct_start=0.1
        )
    return torch.optim.lr_scheduler.LambdaLR(optimiser, lambda _: 1.0)


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a state dict, whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write JSON, whole or not at all."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read what `write_json` wrote; empty where there is no such file."""
    if not path.is_file():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def write_run_record(run: Path, config: TrainingConfig) -> None:
    """Write the full configuration and the commit beside the weights."""
    write_json(run / "run.json", {"config": asdict(config), "commit": current_commit()})


def current_commit() -> str:
    """The checked-out commit, or "unknown" outside a checkout."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip()
