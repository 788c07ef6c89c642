"""Reading in another process: the same radiograph, and a decoder's death is a sentence."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference import decoder_process, safe_reading
from inference.errors import InferenceError, UnreadableRadiographError
from inference.radiograph_io import read_radiograph
from inference.records import Radiograph, VoiLut
from inference.safe_reading import RadiographReader, read_aside, read_safely, stopped_by
from tests import native_faults
from tests.inference.radiograph_files import lut_item, ramp, write_dicom
from tests.native_faults import picture

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="a decoder that dies as on POSIX")


@pytest.fixture(autouse=True)
def _no_other_reader() -> None:
    """The program's own reader may run since an earlier test."""
    safe_reading.stop_reading()


@pytest.fixture(params=[True, False] if hasattr(os, "memfd_create") else [False])
def reader(request: pytest.FixtureRequest) -> Iterator[RadiographReader]:
    one = RadiographReader(sees_same_memory=request.param)
    yield one
    one.end()


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "faults"
    folder.mkdir()
    native_faults.arm(folder, monkeypatch)


def dicoms(folder: Path) -> list[Path]:
    """With and without padding, table, spacing and orientation."""
    table = lut_item(0, np.arange(4095, -1, -1, dtype=np.uint16), 12, "INVERTED")
    return [
        write_dicom(folder / "plain.dcm", ramp()),
        write_dicom(
            folder / "full.dcm",
            ramp(),
            BitsStored=12,
            HighBit=11,
            PhotometricInterpretation="MONOCHROME1",
            PixelPaddingValue=0,
            VOILUTSequence=[table],
            WindowCenter=[600, 700],
            WindowWidth=[500, 400],
            ImagerPixelSpacing=[0.2, 0.1],
            PatientOrientation=["L", "F"],
            PatientAge="045Y",
        ),
    ]


def processes() -> set[int]:
    return {one.pid for one in multiprocessing.active_children() if one.pid is not None}


def assert_same(found: Radiograph, expected: Radiograph) -> None:
    for one in fields(Radiograph):
        here, there = getattr(expected, one.name), getattr(found, one.name)
        if isinstance(here, VoiLut):
            assert (here.first_value, here.name) == (there.first_value, there.name)
            np.testing.assert_array_equal(here.entries, there.entries)
        elif isinstance(here, np.ndarray):
            assert here.dtype == there.dtype
            np.testing.assert_array_equal(here, there)
            assert not there.flags.writeable
            with pytest.raises(ValueError, match="WRITEABLE"):
                there.flags.writeable = True
        else:
            assert here == there, one.name
            assert type(here) is type(there), one.name


def test_what_is_read_there_is_what_is_read_here(reader: RadiographReader, tmp_path: Path) -> None:
    colour = tmp_path / "colour.png"
    pixels = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(colour)
    paths = [*dicoms(tmp_path), picture(tmp_path / "grey.png", 60), colour]
    kinds = set()
    kept = []
    for path in paths:
        kept.append((reader.read(path), read_radiograph(path)))
    for found, expected in kept:  # only now: none lies where another was
        assert_same(found, expected)
        kinds.add((found.voi_lut is None, found.padding is None, found.spacing is None))
    assert kinds == {(True, True, True), (False, False, False)}


def test_a_path_is_meant_from_here(
    reader: RadiographReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture(tmp_path / "Ä 4711.png", 60)
    monkeypatch.chdir(tmp_path)
    assert reader.read(Path("Ä 4711.png")).path == Path("Ä 4711.png")


def test_refusals_are_the_same_sentences(reader: RadiographReader, tmp_path: Path) -> None:
    (tmp_path / "text.dcm").write_text("no picture")
    for path in (tmp_path / "absent.dcm", tmp_path, tmp_path / "text.dcm"):
        with pytest.raises(UnreadableRadiographError) as here:
            read_radiograph(path)
        with pytest.raises(UnreadableRadiographError) as there:
            reader.read(path)
        assert str(here.value) == str(there.value)
        assert there.value.path == path
    assert reader.read(picture(tmp_path / "good.png", 60)).shape == (50, 60)


@posix
@pytest.mark.usefixtures("faulty")
def test_a_decoder_that_crashes_is_a_sentence_and_the_next_file_opens(
    reader: RadiographReader, tmp_path: Path
) -> None:
    good = picture(tmp_path / "good.png", 60)
    reader.read(good)
    before = processes()
    with pytest.raises(UnreadableRadiographError, match=r"bad\.png: it crashed its decoder\."):
        reader.read(picture(tmp_path / "bad.png", native_faults.CRASHES))
    assert reader.read(good).shape == (50, 60)
    assert not before & processes()


@posix
@pytest.mark.usefixtures("faulty")
def test_a_decoder_that_hangs_is_a_sentence_and_the_next_file_opens(
    reader: RadiographReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = picture(tmp_path / "good.png", 60)
    reader.read(good)
    monkeypatch.setattr(decoder_process, "TIME_LIMIT_S", 2.0)
    with pytest.raises(UnreadableRadiographError, match="did not finish in 2 seconds"):
        reader.read(picture(tmp_path / "bad.png", native_faults.HANGS))
    monkeypatch.setattr(decoder_process, "TIME_LIMIT_S", 60.0)
    assert reader.read(good).shape == (50, 60)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone limits memory so")
@pytest.mark.usefixtures("faulty")
def test_a_decoder_that_wants_all_memory_is_a_sentence(
    reader: RadiographReader, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableRadiographError, match="there is not enough memory"):
        reader.read(picture(tmp_path / "bad.png", native_faults.IS_GREEDY))
    assert reader.read(picture(tmp_path / "good.png", 60)).shape == (50, 60)


@posix
def test_a_process_that_died_in_between_blames_no_file(
    reader: RadiographReader, tmp_path: Path
) -> None:
    good = picture(tmp_path / "good.png", 60)
    before = processes()
    reader.read(good)
    (pid,) = processes() - before
    os.kill(pid, signal.SIGKILL)
    while pid in processes():
        time.sleep(0.01)
    assert reader.read(good).shape == (50, 60)


@posix
@pytest.mark.usefixtures("faulty")
def test_what_is_read_for_nobody_is_given_up(
    reader: RadiographReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.read(picture(tmp_path / "good.png", 60))
    before = processes()
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with stopped_by(stop), pytest.raises(InferenceError, match="stopped"):
        reader.read(picture(tmp_path / "bad.png", native_faults.HANGS))
    assert time.monotonic() - started < 20
    # What takes not much longer is finished, and its process stays.
    reader.read(tmp_path / "good.png")
    after = processes()
    assert not before & after
    monkeypatch.setattr(safe_reading, "GRACE_S", 60.0)
    stop.clear()
    threading.Timer(0.1, stop.set).start()
    with stopped_by(stop):
        reader.read(picture(tmp_path / "slow.png", native_faults.HANGS_BRIEFLY))
    assert processes() == after


@posix
@pytest.mark.usefixtures("faulty")
def test_who_waits_for_a_turn_may_give_up_too(reader: RadiographReader, tmp_path: Path) -> None:
    bad = picture(tmp_path / "bad.png", native_faults.HANGS)
    stop_first, stop_second = threading.Event(), threading.Event()

    def read_first() -> None:
        with stopped_by(stop_first), pytest.raises(InferenceError):
            reader.read(bad)

    first = threading.Thread(target=read_first)
    first.start()
    while not reader._turn.locked():
        time.sleep(0.01)
    stop_second.set()
    with stopped_by(stop_second), pytest.raises(InferenceError, match="stopped"):
        reader.read(tmp_path / "good.png")
    assert first.is_alive()
    stop_first.set()
    first.join(30)
    assert not first.is_alive()


@posix
@pytest.mark.usefixtures("faulty")
def test_what_hangs_aside_holds_up_others_of_its_kind_alone(tmp_path: Path) -> None:
    good = picture(tmp_path / "good.png", 60)
    assert read_aside(good).shape == read_safely(good).shape
    stop, waits = threading.Event(), threading.Event()

    def read_bad() -> None:
        with stopped_by(stop), pytest.raises(InferenceError, match="stopped"):
            read_aside(picture(tmp_path / "bad.png", native_faults.HANGS))

    def read_more() -> None:
        read_aside(good)
        waits.set()

    threads = [threading.Thread(target=read_bad), threading.Thread(target=read_more)]
    threads[0].start()
    while not safe_reading._ASIDE._turn.locked():
        time.sleep(0.01)
    threads[1].start()
    assert read_safely(good).shape == (50, 60)
    assert threads[0].is_alive()
    assert not waits.is_set()
    stop.set()
    assert waits.wait(60)  # in a fresh process
    for thread in threads:
        thread.join(30)
    safe_reading.stop_reading()
    assert processes() == set()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has such memory")
def test_memory_that_could_still_change_is_not_mapped() -> None:
    descriptor = os.memfd_create("test", os.MFD_ALLOW_SEALING)
    os.write(descriptor, b"1234")
    with pytest.raises(ValueError, match="could still change"):
        safe_reading._sealed_memory(descriptor, 4)


def test_a_message_that_is_wrong_makes_no_radiograph(tmp_path: Path) -> None:
    values: NDArray[np.float32] = np.zeros((2, 2), np.float32)
    for message in ({}, {"header": {"patient_orientation": ["L"]}}, {"header": {"unknown": 1}}):
        with pytest.raises((KeyError, ValueError, TypeError)):
            safe_reading._radiograph(tmp_path, message, {"values": values})


_PROGRAM = """
import os, sys
from pathlib import Path
from multiprocessing import active_children
from inference.safe_reading import read_safely, start_reading

def main():
    start_reading()
    print(read_safely(Path(sys.argv[1])).shape, *(one.pid for one in active_children()), flush=True)
    if len(sys.argv) > 2:
        os._exit(9)

if __name__ == "__main__":
    main()
"""


@posix
@pytest.mark.parametrize("how", ["ends", "is killed"])
def test_the_process_ends_with_its_program(tmp_path: Path, how: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    good = picture(tmp_path / "good.png", 60)
    done = subprocess.run(
        [sys.executable, program, good, *([] if how == "ends" else ["killed"])],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("(50, 60) "), done
    pid = int(done.stdout.split()[-1])
    deadline = time.monotonic() + 20
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(pid)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")
