"""The loop: it learns, keeps the best weights, and resumes as if nothing had happened."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from export_models.config import Stage
from export_models.train import Progress, Task, fit, read_json, write_json

STAGE = Stage(
    epochs=4, optimiser="adamw", learning_rate=0.05, schedule="one-cycle", batch=8, average=0.5
)


def line_task(score: Callable[[nn.Module], dict[str, float]] | None = None) -> Task:
    """Learn y = 3x - 1 from noisy points; augmentation-like randomness comes from torch."""
    torch.manual_seed(5)
    network = nn.Linear(1, 1)
    x = torch.linspace(-1, 1, 64)[:, None]
    y = 3 * x - 1

    def draw(generator: np.random.Generator) -> np.ndarray:
        return generator.permutation(64).reshape(8, 8)

    def loss(chosen: np.ndarray, done: float) -> Tensor:
        noisy = x[chosen] + 0.01 * torch.randn(len(chosen), 1)
        return ((network(noisy) - y[chosen]) ** 2).mean()

    @torch.no_grad()
    def closeness(averaged: nn.Module) -> dict[str, float]:
        return {"closeness": -float(((averaged(x) - y) ** 2).mean())}

    return Task(network, nn.Identity(), draw, loss, score or closeness, "closeness")


def finished(steps: list[Progress]) -> list[Progress]:
    return [step for step in steps if step.scores]


def test_it_learns_and_reports_every_step(tmp_path: Path) -> None:
    steps = list(fit(line_task(), replace(STAGE, epochs=12), "line", tmp_path, seed=0))
    epochs = finished(steps)
    assert len(steps) == 12 * 8 + 12
    assert [one.epoch for one in epochs] == list(range(1, 13))
    assert epochs[-1].scores["closeness"] > -0.05 > epochs[0].scores["closeness"]


def test_resuming_gives_exactly_the_weights_of_an_undisturbed_run(tmp_path: Path) -> None:
    for name in ("whole", "broken"):
        (tmp_path / name).mkdir()
    whole = line_task()
    list(fit(whole, STAGE, "line", tmp_path / "whole", seed=3))
    first = line_task()
    for step in fit(first, STAGE, "line", tmp_path / "broken", seed=3):
        if step.epoch == 3 and step.step == 2:
            break  # killed in the middle of the third epoch
    second = line_task()
    resumed = list(fit(second, STAGE, "line", tmp_path / "broken", seed=3, resume=True))
    assert resumed[0].epoch == 3
    for before, after in zip(whole.network.parameters(), second.network.parameters(), strict=True):
        torch.testing.assert_close(before, after, rtol=0, atol=0)
    kept = [
        torch.load(tmp_path / name / "line.pt", weights_only=True) for name in ("whole", "broken")
    ]
    torch.testing.assert_close(kept[0], kept[1], rtol=0, atol=0)


def test_the_best_epoch_is_kept_and_not_the_last(tmp_path: Path) -> None:
    figures = iter([0.2, 0.9, 0.4, 0.1])
    seen: list[dict[str, Tensor]] = []

    def score(averaged: nn.Module) -> dict[str, float]:
        seen.append({name: value.clone() for name, value in averaged.state_dict().items()})
        return {"closeness": next(figures)}

    list(fit(line_task(score), STAGE, "line", tmp_path, seed=0))
    kept = torch.load(tmp_path / "line.pt", weights_only=True)
    torch.testing.assert_close(kept, seen[1], rtol=0, atol=0)
    assert read_json(tmp_path / "line.json") == {"epoch": 2, "scores": {"closeness": 0.9}}


def test_a_step_without_a_finite_gradient_is_left_out(tmp_path: Path) -> None:
    task = line_task()
    broken = replace(task, loss=lambda chosen, done: task.loss(chosen, done) * float("nan"))
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    list(fit(broken, replace(STAGE, epochs=1), "line", tmp_path, seed=0))
    torch.testing.assert_close(dict(task.network.state_dict()), before, rtol=0, atol=0)


def test_json_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert read_json(tmp_path / "none.json") == {}
