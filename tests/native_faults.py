"""Real faults in a real decoder, in the processes that are started while a test runs.

A process that Python starts imports `sitecustomize` from PYTHONPATH before anything else. The one
written here makes Pillow do, for pictures of certain widths, what a broken decoder does.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CRASHES, HANGS, IS_GREEDY, HANGS_BRIEFLY = 41, 42, 43, 44
"""Widths, in pixels, of pictures that meet the fault."""

_FAULTS = f"""
import ctypes, time
import numpy
from PIL import ImageFile

_load = ImageFile.ImageFile.load
_libc = ctypes.PyDLL(None)  # holds Python's lock, as a decoder that hangs does


def load(self):
    if self.size[0] == {CRASHES}:
        ctypes.string_at(0)
    if self.size[0] == {HANGS}:
        while True:
            _libc.sleep(3600)
    if self.size[0] == {IS_GREEDY}:
        numpy.empty(7 << 30, numpy.uint8)
    if self.size[0] == {HANGS_BRIEFLY}:
        time.sleep(0.5)
    return _load(self)


ImageFile.ImageFile.load = load
"""


def arm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes that are started from now on have these faults.

    Args:
        folder: Where the `sitecustomize` is written; empty.
        monkeypatch: Undoes it.
    """
    (folder / "sitecustomize.py").write_text(_FAULTS)
    monkeypatch.setenv("PYTHONPATH", str(folder))


def picture(path: Path, width: int, height: int = 50) -> Path:
    """A radiograph of so many pixels."""
    ramp = np.add.outer(np.arange(height), np.arange(width)) * 2 % 256
    Image.fromarray(ramp.astype(np.uint8)).save(path)
    return path
