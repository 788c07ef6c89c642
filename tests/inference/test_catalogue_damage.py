"""Damaged and forged catalogues and bundles: a sentence or the truth, and mended by indexing.

The ordinary run tries some. The campaign:

    KINDRED_DAMAGES=1000 pytest -s tests/inference/test_catalogue_damage.py

Every damage is made from its number: `KINDRED_FIRST_DAMAGE=123 KINDRED_DAMAGES=1` tries number 123
again. All of it happens in another process, so that a crash or a hang is seen as one.
"""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from tests.inference.catalogue_states import build, use_axes
from tests.inference.damage_worker import METHODS
from tests.inference.worker_process import WorkerProcess

DAMAGES = int(os.environ.get("KINDRED_DAMAGES", "40"))
FIRST = int(os.environ.get("KINDRED_FIRST_DAMAGE", "0"))
SECONDS = 120.0


@pytest.mark.skipif(sys.platform == "win32", reason="waits for a pipe as POSIX does")
@pytest.mark.timeout(300 + 10 * DAMAGES)
def test_damage_is_refused_or_harmless_and_mended(
    tmp_path: Path, tiny_bundle: Path, tiny_lung_bundle: Path,
    make_picture: Callable[..., NDArray[np.uint8]], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    use_axes(monkeypatch.setattr)
    shutil.copytree(tiny_bundle, tmp_path / "bundle")
    shutil.copytree(tiny_lung_bundle, tmp_path / "other-bundle")
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)
    for name, first in (("folder", 0), ("other", 100)):
        (tmp_path / name).mkdir()
        for number in range(12):
            picture = Image.fromarray(make_picture(first + number))
            picture.save(tmp_path / name / f"{number:03d}.png")
        build(tmp_path / name, session, METHODS)
    worker = WorkerProcess("tests.inference.damage_worker", str(tmp_path), seconds=SECONDS)
    ends: Counter[str] = Counter()
    failed = []
    slowest = 0.0
    try:
        for number in range(FIRST, FIRST + DAMAGES):
            answer = worker.ask(str(number))
            end = answer.get("reader", answer.get("kind"))
            ends[f"{'forged' if number % 3 == 0 else 'damaged'}: {end}"] += 1
            slowest = max(slowest, answer.get("seconds", SECONDS))
            if number % 100 == 99:
                print(f"{number + 1 - FIRST} tried", flush=True)
            is_well = end in ("refused", "truth") or (end == "other" and number % 3 == 0)
            if end == "refused" and not answer["said"].strip():
                is_well = False
            if not is_well or not answer["mended"]:
                failed.append(f"number {number}: {answer}")
    finally:
        worker.end()
    found = ", ".join(f"{end} {count}" for end, count in sorted(ends.items()))
    print(f"\n{DAMAGES} damages from number {FIRST}: {found}; slowest {slowest:.1f} s")
    assert not failed, "\n".join(failed)
    assert sum(ends.values()) == DAMAGES
