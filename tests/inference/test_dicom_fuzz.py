"""Thousands of broken DICOM files: each is read or refused in a sentence, soon, in little memory.

The ordinary run tries some. The campaign:

    KINDRED_FUZZ_FILES=5000 pytest -s tests/inference/test_dicom_fuzz.py

Every file is made from its number, so that `KINDRED_FUZZ_FIRST=1234 KINDRED_FUZZ_FILES=1` tries
file 1234 again. Files that fail are also kept in the folder `KINDRED_FUZZ_KEEP`, if it is given.
"""

import json
import os
import select
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.inference.dicom_mutations import broken, originals
from tests.inference.radiograph_files import SHARED

FILES = int(os.environ.get("KINDRED_FUZZ_FILES", "200"))
FIRST = int(os.environ.get("KINDRED_FUZZ_FIRST", "0"))
SECONDS = 30.0
"""For one file; the slowest takes a tenth of it on a machine that does nothing else."""
MEGABYTES = 600
"""Of resident memory, above what the process has when it starts."""
ROOT = Path(__file__).parents[2]


class Worker:
    """The process that opens broken files; the next file starts another one where it died."""

    def __init__(self, whole: Path) -> None:
        self._whole = whole
        self._process: subprocess.Popen[bytes] | None = None
        self.started_with = 0.0

    def open(self, path: Path) -> dict[str, Any]:
        """What became of a file: read, refused, fault, crash or hang."""
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(os.fsencode(path) + b"\n")
        process.stdin.flush()
        answer = _answer(process, SECONDS)
        if answer is None:
            is_hanging = process.poll() is None
            self.end()
            said = "" if is_hanging else f"signal {-process.returncode}"
            kind = "hang" if is_hanging else "crash"
            return {"kind": kind, "said": said, "seconds": SECONDS, "resident": 0.0}
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.inference.dicom_fuzz_worker", "2000", str(self._whole)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        ready = _answer(self._process, 120)
        assert ready is not None, "the process that opens the files does not start"
        self.started_with = ready["resident"]
        return self._process

    def end(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _answer(process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any] | None:
    """A line of JSON, or None where the process ended or said nothing for so long."""
    assert process.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([process.stdout], [], [], seconds)[0]:
            return None
        more = os.read(process.stdout.fileno(), 1 << 16)
        if not more:
            process.wait()
            return None
        line += more
    answer: dict[str, Any] = json.loads(line)
    return answer


@pytest.mark.skipif(sys.platform == "win32", reason="waits for a pipe as POSIX does")
@pytest.mark.timeout(300 + FILES)
def test_broken_files_are_read_or_refused_soon_and_in_little_memory(tmp_path: Path) -> None:
    real = sorted(SHARED.glob("dicom/*.dcm"))
    whole = originals(tmp_path, real)
    worker = Worker(tmp_path / "plain.dcm")
    keep = os.environ.get("KINDRED_FUZZ_KEEP")
    kinds: Counter[str] = Counter()
    failed = []
    slowest, most = (0.0, 0), 0.0
    path = tmp_path / "broken.dcm"
    try:
        for number in range(FIRST, FIRST + FILES):
            content, done = broken(number, whole)
            path.write_bytes(content)
            answer = worker.open(path)
            kinds[answer["kind"]] += 1
            slowest = max(slowest, (answer["seconds"], number))
            grown = answer["resident"] - worker.started_with
            if grown > most:
                most = grown
                if grown > MEGABYTES:
                    answer |= {"kind": "memory", "said": f"{grown:.0f} MB more"}
            if answer["kind"] not in ("read", "refused"):
                failed.append(f"file {number} ({done}): {answer['kind']}, {answer['said']}")
                if keep:
                    (Path(keep) / f"{number}.dcm").write_bytes(content)
    finally:
        worker.end()
    print(
        f"\n{FILES} broken DICOM files from number {FIRST}, of {len(whole)} whole ones "
        f"({len(real)} of real radiographs): {dict(kinds)}; slowest {slowest[0]:.1f} s (file "
        f"{slowest[1]}), at most {most:.0f} MB more than at the start"
    )
    assert not failed, "\n".join(failed)


def test_the_same_number_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first, again = originals(tmp_path), originals(tmp_path / "again")
    assert [broken(number, first) for number in range(50)] == [
        broken(number, again) for number in range(50)
    ]
