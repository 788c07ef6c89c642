"""Timing several ways in one run, interleaved, so that a noisy machine is noisy for all."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Way = Callable[[], object]

_PAUSE_S = 0.05  # libraries' threads spin for up to 30 ms after their work, and would slow the next


@dataclass(frozen=True, slots=True)
class Timing:
    """One way's rounds, in ms."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median in ms."""
        return statistics.median(self.rounds)

    def text(self) -> str:
        """Median, and the quartiles it lies between."""
        low, _, high = statistics.quantiles(self.rounds, n=4)
        return f"{self.median:,.1f} ms [{low:,.1f}, {high:,.1f}]"


def interleaved(
    ways: Mapping[str, Way], rounds: int, *, warm_up: int = 2, pause_s: float = 0.0
) -> dict[str, Timing]:
    """Run every way once in each round; the first rounds do not count.

    After each round others have the machine for `pause_s` seconds, where it is shared.
    """
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + warm_up):
        for name, run in ways.items():
            time.sleep(_PAUSE_S)
            start = time.perf_counter()
            run()
            if turn >= warm_up:
                times[name].append((time.perf_counter() - start) * 1e3)
        time.sleep(pause_s)
    return {name: Timing(tuple(values)) for name, values in times.items()}


def ratio(a: Timing, b: Timing) -> float:
    """Ratio of medians, a / b."""
    return a.median / b.median


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
