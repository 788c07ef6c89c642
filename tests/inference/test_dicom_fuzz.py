"""Thousands of broken DICOM files: each is read or refused in a sentence, soon, in little memory.

The ordinary run tries some. The campaign:

    KINDRED_FUZZ_FILES=5000 pytest -s tests/inference/test_dicom_fuzz.py

Every file is made from its number, so that `KINDRED_FUZZ_FIRST=1234 KINDRED_FUZZ_FILES=1` tries
file 1234 again. Files that fail are also kept in the folder `KINDRED_FUZZ_KEEP`, if it is given.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.inference.dicom_mutations import broken, originals
from tests.inference.radiograph_files import SHARED
from tests.inference.worker_process import WorkerProcess

FILES = int(os.environ.get("KINDRED_FUZZ_FILES", "200"))
FIRST = int(os.environ.get("KINDRED_FUZZ_FIRST", "0"))
SECONDS = 30.0
"""For one file; the slowest takes a tenth of it on a machine that does nothing else."""
MEGABYTES = 600
"""Of resident memory, above what the process has when it starts."""


@pytest.mark.skipif(sys.platform == "win32", reason="waits for a pipe as POSIX does")
@pytest.mark.timeout(300 + FILES)
def test_broken_files_are_read_or_refused_soon_and_in_little_memory(tmp_path: Path) -> None:
    real = sorted(SHARED.glob("dicom/*.dcm"))
    whole = originals(tmp_path, real)
    worker = WorkerProcess(
        "tests.inference.dicom_fuzz_worker", "2000", str(tmp_path / "plain.dcm"), seconds=SECONDS
    )
    keep = os.environ.get("KINDRED_FUZZ_KEEP")
    kinds: Counter[str] = Counter()
    failed = []
    slowest, most = (0.0, 0), 0.0
    path = tmp_path / "broken.dcm"
    try:
        for number in range(FIRST, FIRST + FILES):
            content, done = broken(number, whole)
            path.write_bytes(content)
            answer = worker.ask(str(path))
            kinds[answer["kind"]] += 1
            slowest = max(slowest, (answer.get("seconds", SECONDS), number))
            grown = answer.get("resident", 0.0) - worker.ready["resident"]
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
