"""Resident memory of the whole window with large catalogues, and how it grows; run by hand.

    python -m tests.benchmarks.window_memory [--counts 1000 10000 100000] [--plot FILE.png]

Linux; no display is needed. A few phantoms are drawn and indexed for true. The further cases are
hard links to them whose embeddings, each a phantom's plus noise, are put into the indexer's
database as if they had been computed; then the ordinary indexing publishes them all. For each
count the window is opened in a process of its own: what it holds when its catalogue is open, and
after ten queries with their similar cases and saliency maps. "Own" is memory that is the
process's alone (RssAnon); "files" is what of mapped files lies in memory, which the system takes
back when it needs it (RssFile).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.measuring import table

BUNDLE = "chest-pneumonia"
METHOD = "ig"
PHANTOMS = 40
QUERIES = 10
PER_FOLDER = 1000
PATIENCE_S = 600


def memory_mb() -> tuple[float, float]:
    """Resident memory of this process in MB: its own, and of mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    own, files = (int(found[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile"))
    return own, files


def make_catalogue(folder: Path, count: int) -> None:
    """Index a folder of so many cases, most of which were never read."""
    from export_models.phantom import write_phantom_cases
    from inference.catalogue_build import build_catalogue
    from inference.catalogue_database import open_database
    from inference.catalogue_store import DATABASE_NAME, find_store, maker_of
    from inference.pipeline import open_engine

    generator = np.random.default_rng(0)
    session = open_engine(BUNDLE, provider="cpu").session

    def index() -> None:
        for _ in build_catalogue(folder, session, methods=(METHOD,), workers=2):
            pass

    for _ in write_phantom_cases(folder, PHANTOMS, seed=7, size=512):
        pass
    index()
    store = find_store(folder, session.bundle)
    assert store is not None
    length = session.bundle.manifest.methods[METHOD].length
    with open_database(store / DATABASE_NAME, maker_of(session.bundle)) as database:
        known = list(database.files().values())
        vectors = []
        for one in known:
            vector = database.embedding(one, METHOD, length)
            assert vector is not None
            vectors.append(vector)
        spread = float(np.std(vectors, axis=0).mean())
        for number in range(count - len(known)):
            original = known[number % len(known)]
            inside = folder / f"more-{number // PER_FOLDER:04d}"
            inside.mkdir(exist_ok=True)
            path = inside / f"{number:07d}{Path(original.relative).suffix}"
            path.hardlink_to(folder / original.relative)
            content = json.loads(original.content)
            # Radiographs of their own, of patients of their own: the same ones are left out.
            content |= {"pixel_sha256": f"{number:064x}", "patient_id": f"P{number}"}
            status = path.stat()
            file = type(original)(
                path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns,
                content=json.dumps(content, sort_keys=True),
            )  # fmt: skip
            noise = generator.normal(scale=spread, size=length).astype(np.float32)
            database.put(file, {METHOD: vectors[number % len(known)] + noise})
    index()


def measure(folder: Path) -> dict[str, Any]:
    """Open the window on a catalogue, ask, and say what it holds."""
    from PySide6.QtWidgets import QApplication

    from viewer.case.case_controller import CaseController
    from viewer.frame.main_window import MainWindow
    from viewer.preferences.settings import Settings
    from viewer.theme import apply_theme

    application = QApplication(sys.argv[:1])
    apply_theme(application)
    window = MainWindow()
    window.resize(1600, 1000)
    controller = CaseController(window, Settings(bundle=BUNDLE, method=METHOD, provider="cpu"))
    window.show()

    def wait() -> None:
        limit = time.monotonic() + PATIENCE_S
        _until(lambda: not controller.is_busy, limit)

    empty = memory_mb()
    start = time.perf_counter()
    controller.start(None, folder, None)
    wait()
    opening = time.perf_counter() - start
    opened = memory_mb()
    times = []
    for path in sorted((folder / "images").iterdir())[:QUERIES]:
        start = time.perf_counter()
        controller.open_radiograph(path)
        wait()
        times.append(time.perf_counter() - start)
        analysis = controller.analysis
        assert analysis is not None, "the query failed"
        assert analysis.neighbours, "nothing was found"
    asked = memory_mb()
    controller.shut_down()
    window.close()
    return {"empty": empty, "opened": opened, "asked": asked, "opening_s": opening,
            "query_s": float(np.median(times))}  # fmt: skip


def _until(condition: Callable[[], bool], limit: float) -> None:
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    QApplication.processEvents()
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError("the window did not become idle")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Memory against cases."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    cases = [row["cases"] for row in rows]
    for label, key in (("catalogue open", "opened"), (f"after {QUERIES} queries", "asked")):
        axes.semilogx(cases, [row[key][0] for row in rows], marker="o", label=f"own, {label}")
    axes.semilogx(cases, [row["asked"][1] for row in rows], marker="o", label="mapped files")
    axes.set(xlabel="cases", ylabel="resident memory of the window, MB", ylim=(0, None))
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        print(json.dumps(measure(options.inside)))
        return
    rows: list[dict[str, Any]] = []
    for count in options.counts:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "cases"
            folder.mkdir()
            make_catalogue(folder, count)
            environment = {
                **os.environ, "QT_QPA_PLATFORM": "offscreen",
                **{f"XDG_{name}_HOME": scratch for name in ("CONFIG", "STATE", "DATA")},
            }  # fmt: skip
            command = [sys.executable, "-m", "tests.benchmarks.window_memory"]
            done = subprocess.run(
                [*command, "--inside", str(folder)],
                env=environment, check=True, capture_output=True, text=True,
            )  # fmt: skip
        rows.append({"cases": count, **json.loads(done.stdout.splitlines()[-1])})
        print(rows[-1], file=sys.stderr, flush=True)
    print(table(
        ("cases", "own MB before", "own MB, catalogue open", f"own MB, {QUERIES} queries later",
         "files MB then", "opening s", "a query s"),
        [(f"{row['cases']:,}", f"{row['empty'][0]:.0f}", f"{row['opened'][0]:.0f}",
          f"{row['asked'][0]:.0f}", f"{row['asked'][1]:.0f}", f"{row['opening_s']:.2f}",
          f"{row['query_s']:.2f}")
         for row in rows],
    ))  # fmt: skip
    if options.plot is not None:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
