"""What it costs to read a radiograph in a process that may die: run by hand, on Linux.

    python -m tests.benchmarks.reading_time [--rounds 10]

Each radiograph is read in this process, in another one that hands over its pixels in shared
memory, and in one that sends them through its pipe, and then looked at once, in turns. Told are
medians by the clock, and the processor time of both processes together.
"""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.uid import JPEGLSLossless

from inference.radiograph_io import read_radiograph
from inference.records import Radiograph
from inference.safe_reading import RadiographReader
from tests.benchmarks.measuring import interleaved, ratio, table
from tests.inference.radiograph_files import compress, write_dicom

SIDE = 3000
Read = Callable[[Path], Radiograph]


def files(folder: Path) -> dict[str, Path]:
    """The same 9 million pixels of 12 bits, smooth with some noise, as three files."""
    noise = np.random.default_rng(0).integers(0, 60, (SIDE, SIDE))
    slope = np.add.outer(np.arange(SIDE), np.arange(SIDE)) * 4000 / (2 * SIDE)
    words = (noise + slope).astype(np.uint16)
    Image.fromarray(words).save(folder / "a.png", compress_level=1)
    return {
        "DICOM, uncompressed": write_dicom(folder / "a.dcm", words, BitsStored=12),
        "DICOM, JPEG-LS": compress(folder / "b.dcm", words, JPEGLSLossless, BitsStored=12),
        "PNG": folder / "a.png",
    }


def worked_s(own: bool) -> float:
    """Processor time so far, of this process, or of those that read."""
    if own:
        return time.process_time()
    ticks = 0
    for one in multiprocessing.active_children():
        text = Path(f"/proc/{one.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(text[11]) + int(text[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    shared, piped = RadiographReader(), RadiographReader(sees_same_memory=False)
    ways: dict[str, Read] = {
        "here": read_radiograph,
        "shared memory": shared.read,
        "pipe": piped.read,
    }
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for kind, path in files(Path(name)).items():
            busy = dict.fromkeys(ways, 0.0)

            def timed(way: str, path: Path = path, busy: dict[str, float] = busy) -> float:
                before = worked_s(True) + worked_s(False)
                seen = float(ways[way](path).values.max())
                busy[way] += worked_s(True) + worked_s(False) - before
                return seen

            runs = {way: (lambda way=way: timed(way)) for way in ways}
            interleaved(runs, 0)  # the processes have started
            busy.update(dict.fromkeys(ways, 0.0))
            times = interleaved(runs, rounds, warm_up=0)
            for way, found in times.items():
                more = found.median - times["here"].median
                worked = busy[way] / rounds * 1e3
                rows.append(
                    (kind, way, found.text(), f"{ratio(found, times['here']):.2f}",
                     f"{more:+,.0f} ms", f"{worked:,.0f} ms",
                     f"{busy[way] / busy['here']:.2f}")
                )  # fmt: skip
    for reader in (shared, piped):
        reader.end()
    print(table(("file", "read", "clock", "ratio", "more", "processor", "ratio"), rows))


if __name__ == "__main__":
    main()
