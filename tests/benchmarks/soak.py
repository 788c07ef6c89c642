"""Thousands of queries and image switches in the real window: nothing leaks, nothing is stale.

    python -m tests.benchmarks.soak [--queries 2000] [--seed 1]      (Linux; no display is needed)

A catalogue of phantoms is drawn and indexed, and a whole window opened on it. Each turn opens one
radiograph and waits, or, one turn in five, opens several in a row and waits for the last alone.
Along the way:

- whatever the window shows, and whatever analysis is known, is of the radiograph last asked for;
- when nothing runs any more, everything is there: the cases found are those that the pipeline by
  itself found, and each of their panes shows its own file;
- resident memory is noted. After the warm-up, a tenth of all turns, the mean over the last tenth
  must lie within 5 % of the mean over the first.

Prints the memory as a series and ends with 1 where any of it does not hold.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEventLoop
from PySide6.QtWidgets import QApplication

from export_models.phantom import write_phantom_cases
from inference.catalogue_build import build_catalogue
from inference.pipeline import analyse, open_engine
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings
from viewer.theme import apply_theme

BUNDLE = "phantom-effusion"
CASES = 60
LONGEST_TURN_S = 120


@dataclass
class Soak:
    """What a soak found.

    Attributes:
        resident_mb: Resident memory after each turn, in MB.
        stale: What was shown though something else was asked for, in words.
        lost: What was missing or wrong when nothing ran any more, in words.
        opened: Radiographs that were opened, those of a row included.
    """

    resident_mb: list[float] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    opened: int = 0

    def growth(self) -> float:
        """Memory of the last tenth over that of the first after the warm-up, minus 1."""
        tenth = max(1, len(self.resident_mb) // 10)
        settled = self.resident_mb[tenth:]
        return float(np.mean(settled[-tenth:]) / np.mean(settled[:tenth]) - 1)


def resident_mb() -> float:
    """Memory of this process that is not swapped out, in MB; Linux alone says it."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def prepare(folder: Path, cases: int, bundle: str) -> dict[Path, list[str]]:
    """Draw and index phantoms; every file with the cases that a query by it must find."""
    for _ in write_phantom_cases(folder, cases, seed=7, size=256):
        pass
    engine = open_engine(bundle, provider="cpu")
    for _ in build_catalogue(folder, engine.session, workers=1):
        pass
    engine = open_engine(bundle, folder, provider="cpu")
    assert engine.catalogue is not None
    expected = {}
    for case in engine.catalogue.cases():
        *_, analysis = analyse(case.path, engine)
        assert analysis.neighbours is not None
        expected[case.path] = [one.case.case_id for one in analysis.neighbours]
    engine.catalogue.close()
    return expected


def soak(
    window: MainWindow,
    controller: CaseController,
    expected: dict[Path, list[str]],
    turns: int,
    seed: int,
    report: Callable[[int, Soak], None] = lambda *_: None,
) -> Soak:
    """Open one radiograph after another.

    Args:
        window: Open, with an open catalogue.
        controller: The window's.
        expected: The radiographs, each with the ids of the cases it must find, in order.
        turns: How many times.
        seed: Of the choice and of the moments.
        report: Told of every turn that is over.
    """
    found = Soak()
    generator = random.Random(seed)
    paths = sorted(expected)

    def look() -> None:
        """Whatever is shown now must be of what was last asked for."""
        shown, analysis = window.query.view.radiograph, controller.analysis
        for what in (shown, analysis):
            if what is not None and what.path != controller.query:
                found.stale.append(f"turn {turn}: {what.path.name} for {controller.query}")

    controller.changed.connect(look)
    try:
        for turn in range(turns):
            for _ in range(generator.randint(2, 5) if generator.random() < 0.2 else 1):
                controller.open_radiograph(generator.choice(paths))
                found.opened += 1
                look()
                run_events(generator.choice([0, 0, 5, 30, 80]), look)
            if not wait_until(lambda: not controller.is_busy):
                found.lost.append(f"turn {turn}: still busy after {LONGEST_TURN_S} s")
            look()
            found.lost += [f"turn {turn}: {what}" for what in missing(window, controller, expected)]
            found.resident_mb.append(resident_mb())
            report(turn + 1, found)
    finally:
        controller.changed.disconnect(look)
    return found


def missing(
    window: MainWindow, controller: CaseController, expected: dict[Path, list[str]]
) -> list[str]:
    """What is not as it should be now that nothing runs any more."""
    query, analysis = controller.query, controller.analysis
    assert query is not None
    if analysis is None or analysis.neighbours is None or analysis.path != query:
        return ["no finished analysis"]
    problems = []
    shown = window.query.view.radiograph
    if shown is None or shown.path != query or window.query.view.overlay is None:
        problems.append("the query's pane is not complete")
    wanted = expected[query]
    if [one.case.case_id for one in analysis.neighbours][: len(wanted)] != wanted:
        problems.append("other cases than the pipeline finds")
    for one in analysis.neighbours[: len(wanted)]:
        pane = window.neighbours.pane(one.rank).view
        if pane.radiograph is None or pane.radiograph.path != one.case.path or pane.overlay is None:
            problems.append(f"pane {one.rank} does not show {one.case.case_id}")
    return problems


def run_events(milliseconds: int, look: Callable[[], None]) -> None:
    """Let the window live for a while, looking at it after every round of events."""
    timer = QElapsedTimer()
    timer.start()
    while timer.elapsed() < milliseconds:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        look()


def wait_until(condition: Callable[[], bool]) -> bool:
    """Let the window live until something holds; False where it takes too long."""
    limit = time.monotonic() + LONGEST_TURN_S
    while not condition():
        if time.monotonic() > limit:
            return False
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return True


def main() -> int:
    """Soak, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    apply_theme(application)
    started = time.monotonic()

    def report(turn: int, found: Soak) -> None:
        if turn % max(1, options.queries // 40) == 0:
            print(
                f"turn {turn:5d}  opened {found.opened:5d}  {found.resident_mb[-1]:7.1f} MB  "
                f"{time.monotonic() - started:6.0f} s  stale {len(found.stale)} "
                f"lost {len(found.lost)}",
                flush=True,
            )

    with tempfile.TemporaryDirectory() as folder:
        expected = prepare(Path(folder), CASES, BUNDLE)
        print(f"{len(expected)} cases, seed {options.seed}, {resident_mb():.1f} MB", flush=True)
        window = MainWindow()
        window.resize(1600, 1000)
        controller = CaseController(window, Settings(bundle=BUNDLE, provider="cpu"))
        window.show()
        controller.start(None, Path(folder), None)
        wait_until(lambda: not controller.is_busy)
        found = soak(window, controller, expected, options.queries, options.seed, report)
        controller.shut_down()
        window.close()
    growth = found.growth()
    for problem in (found.stale + found.lost)[:20]:
        print(problem)
    print(f"stale results: {len(found.stale)}, lost results: {len(found.lost)}")
    print(f"memory, last tenth against first: {growth:+.1%}")
    return int(bool(found.stale or found.lost) or abs(growth) > 0.05)


if __name__ == "__main__":
    sys.exit(main())
