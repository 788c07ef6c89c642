"""Decoding in processes: the same pixels as here, and a dead decoder is one refused file."""

import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference import decoder_process
from inference.decode_pool import DecodeWorker, decode_files
from inference.errors import BundleError, InferenceError
from inference.model_bundle import InputSpec
from inference.preprocess import Box, prepare
from inference.radiograph_io import read_radiograph
from inference.safe_reading import stop_reading
from tests import native_faults

ROOT = Path(__file__).parents[2]
SPEC = InputSpec(32, intensity="window")
CROPPED = InputSpec(32, intensity="window", lung_finder_size=32)


@pytest.fixture
def files(tmp_path: Path, make_picture: Callable[..., NDArray[np.uint8]]) -> list[Path]:
    paths = [tmp_path / f"{number}.png" for number in range(12)]
    for number, path in enumerate(paths):
        Image.fromarray(make_picture(number)).save(path)
    return paths


@pytest.fixture(autouse=True)
def _no_other_children() -> None:
    """The program's own reader may run since an earlier test."""
    stop_reading()


def children() -> list[int]:
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def test_files_come_back_in_order_as_decoded_here(files: list[Path]) -> None:
    (files[3]).write_text("no picture")
    results = list(decode_files(files, SPEC, None, workers=2))
    assert [result.path for result in results] == files
    assert "3.png" not in results[3].refusal
    assert results[3].refusal
    for result in results[:3] + results[4:]:
        radiograph = read_radiograph(result.path)
        assert result.tensor is not None
        np.testing.assert_array_equal(result.tensor, prepare(radiograph, SPEC).tensor)
        assert result.facts["pixel_sha256"] == radiograph.pixel_sha256
    assert children() == []


def test_the_lungs_are_found_in_this_process(files: list[Path]) -> None:
    asked: list[int] = []

    def find_lungs(tensor: NDArray[np.float32]) -> Box:
        assert tensor.shape == (1, 1, 32, 32)
        asked.append(os.getpid())
        mean = float(tensor.mean())
        return Box(mean / 2, 0.1, 1.0, 0.9)

    results = list(decode_files(files[:3], CROPPED, find_lungs, workers=1))
    assert asked == [os.getpid()] * 3
    for result in results:
        expected = prepare(read_radiograph(result.path), CROPPED, find_lungs).tensor
        assert result.tensor is not None
        np.testing.assert_array_equal(result.tensor, expected)


def test_a_lung_finder_that_fails_refuses_the_file_or_ends_everything(files: list[Path]) -> None:
    def no_answer(_: NDArray[np.float32]) -> Box:
        raise InferenceError("The lungs were not found.")

    def no_model(_: NDArray[np.float32]) -> Box:
        raise BundleError("tiny", "it is gone")

    (result,) = decode_files(files[:1], CROPPED, no_answer, workers=1)
    assert result.refusal == "The lungs were not found"
    with pytest.raises(BundleError):
        list(decode_files(files, CROPPED, no_model, workers=2))
    assert children() == []


def test_closing_early_ends_the_processes(files: list[Path]) -> None:
    results = decode_files(files, SPEC, None, workers=2)
    next(results)
    results.close()
    assert children() == []


@pytest.mark.skipif(sys.platform == "win32", reason="a decoder that dies as on POSIX")
def test_a_decoder_that_dies_is_one_refused_file(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    native_faults.arm(tmp_path, monkeypatch)
    native_faults.picture(files[3], native_faults.CRASHES)
    results = list(decode_files(files, SPEC, None, workers=1))
    assert [result.path for result in results] == files
    assert [result.refusal for result in results if result.refusal] == ["it crashed its decoder"]
    assert results[3].tensor is None
    assert results[4].tensor is not None


@pytest.mark.skipif(sys.platform == "win32", reason="a decoder that hangs as on POSIX")
def test_a_decoder_that_hangs_is_one_refused_file(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    native_faults.arm(tmp_path, monkeypatch)
    native_faults.picture(files[3], native_faults.HANGS)
    worker = DecodeWorker(SPEC, None)
    try:
        assert worker.decode(files[0]).refusal == ""  # the process has started
        monkeypatch.setattr(decoder_process, "TIME_LIMIT_S", 3.0)
        refusal = worker.decode(files[3]).refusal
        monkeypatch.setattr(decoder_process, "TIME_LIMIT_S", 60.0)
        assert refusal == "its decoder did not finish in 3 seconds"
        assert worker.decode(files[4]).refusal == ""
    finally:
        worker.end()


_WITHOUT_PROC = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits memory so")
@pytest.mark.parametrize("place", [(), _WITHOUT_PROC], ids=["as it is", "without /proc"])
def test_a_decoder_that_wants_all_memory_gets_an_error_instead(place: tuple[str, ...]) -> None:
    if place and (
        shutil.which(place[0]) is None
        or subprocess.run([*place, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("needs the right to hide /proc from a process")
    code = (
        "import numpy as np; from inference.decoder_process import limit_memory; "
        "limit_memory(800_000_000); kept = np.ones(10_000_000); "
        "print(len(kept)); np.ones(10**9)"
    )
    done = subprocess.run(
        [*place, sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "10000000\n"
    assert "MemoryError" in done.stderr
