"""Reads radiographs in a process of its own, so that one that kills its decoder ends nothing else.

    read_safely(path) -> the program's reader -> its process: read_radiograph -> Radiograph
    read_aside(path)  -> a second one of both, for what must not hold up the first

Decoders are native code that parses what anybody may have sent. Whoever opens a file for the
user asks here: a decoder that crashes, hangs, or wants all memory is then a sentence, and the
next file goes to a fresh process. The process is started early (`start_reading`) and kept.

What comes back is never unpickled: plain values as JSON, checked as they become a `Radiograph`,
and pixels as bytes. On Linux those lie in memory that both processes see and nobody can change
any more; elsewhere they go through the pipe.
"""

import atexit
import contextlib
import json
import math
import mmap
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import asdict
from multiprocessing import reduction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inference import decoder_process
from inference.decoder_process import CRASHED, DecoderProcess, begin_work, ends_if_orphaned
from inference.errors import UnreadableRadiographError
from inference.radiograph_io import MAX_PIXELS, read_radiograph
from inference.records import Header, Radiograph, Spacing, VoiLut, Window

Reader = Callable[[Path], Radiograph]
"""As `read_radiograph`, which reads in the caller's own process, and `read_safely`."""

GRACE_S = 1.0
"""What is read for nobody any more is finished if that takes no longer: starting a process anew
takes about as long."""

_LOOK_S = 0.02
_SEES_SAME_MEMORY: Final = hasattr(os, "memfd_create")
_TYPES = {"values": np.float32, "entries": np.float32, "padding": np.bool_}

_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


def read_safely(path: Path) -> Radiograph:
    """Read one radiograph from disk, as `read_radiograph`, in another process.

    A program of your own must be written as any that starts processes, with its work under
    `if __name__ == "__main__":`.

    Raises:
        UnreadableRadiographError: It cannot be read, crashed its decoder, or hung it; or it was
            stopped (`stopped_by`).
        InferenceError: The process cannot be started.
    """
    return _READER.read(path)


def read_aside(path: Path) -> Radiograph:
    """As `read_safely`, in a second process: for what a user did not open.

    Similar cases, small pictures, what arrives: one of these that hangs its decoder holds up
    others of them, and never the radiograph that a user waits for.

    Raises:
        UnreadableRadiographError, InferenceError: As `read_safely`.
    """
    return _ASIDE.read(path)


def start_reading() -> None:
    """Start the process if it does not run, without waiting, so that the first file need not.

    Raises:
        InferenceError: The system does not allow it.
    """
    _READER.start()


def start_reading_aside() -> None:
    """As `start_reading`, for `read_aside`."""
    _ASIDE.start()


def stop_reading() -> None:
    """End the processes, unless one reads for somebody; the next reading starts another."""
    for reader in (_READER, _ASIDE):
        reader.rest()


@contextlib.contextmanager
def stopped_by(stop: threading.Event) -> Iterator[None]:
    """Within it, whatever this thread reads is given up soon after the event is set."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


class RadiographReader:
    """One process that reads, for one thread at a time; the others wait their turn."""

    def __init__(self, *, sees_same_memory: bool = _SEES_SAME_MEMORY) -> None:
        """
        Args:
            sees_same_memory: Whether pixels come in shared memory, or else through the pipe.
        """
        self._turn = threading.Lock()
        self._sees_same_memory = sees_same_memory
        self._process = DecoderProcess(_work, sees_same_memory)

    def start(self) -> None:
        """As the function `start_reading`."""
        if self._turn.acquire(blocking=False):
            try:
                self._process.start()
            finally:
                self._turn.release()

    def read(self, path: Path) -> Radiograph:
        """As `read_safely`."""
        stop = _stop.get()
        while not self._turn.acquire(timeout=-1 if stop is None else _LOOK_S):
            if stop is not None and stop.is_set():
                raise _given_up(path)
        try:
            answer = self._answer(path, stop)
        finally:
            self._turn.release()
        if isinstance(answer, str):
            raise UnreadableRadiographError(path, answer)
        return answer

    def rest(self) -> None:
        """As `stop_reading`."""
        if self._turn.acquire(blocking=False):
            try:
                self._process.end()
            finally:
                self._turn.release()

    def end(self) -> None:
        """End the process, whatever it is doing: no more is read in this program."""
        self._process.stop()
        self.rest()

    def _answer(self, path: Path, stop: threading.Event | None) -> Radiograph | str:
        """The radiograph, or why there is none."""
        pipe = self._process.ready()
        # Killing it ends whatever is waited for here, also the rest of half a message.
        limit_s = decoder_process.TIME_LIMIT_S
        watchdog = threading.Timer(limit_s, self._process.stop)
        watchdog.daemon = True
        watchdog.start()
        try:
            # Absolute: our working folder may have changed since it was started.
            pipe.send_bytes(os.fsencode(path.absolute()))
            if stop is not None and not _is_answered(pipe, stop):
                raise _given_up(path)
            message = json.loads(pipe.recv_bytes())
            if "reason" in message:
                return str(message["reason"])
            arrays = _received(pipe, message.pop("shapes"), shared=self._sees_same_memory)
            return _radiograph(path, message, arrays)
        except (EOFError, OSError, ValueError, KeyError, TypeError):
            self._process.end()
            if watchdog.finished.is_set():
                return f"its decoder did not finish in {limit_s:.0f} seconds"
            return CRASHED
        except BaseException:  # stopped: its answer would be taken for the next file's
            self._process.end()
            raise
        finally:
            watchdog.cancel()


def _is_answered(pipe: Connection, stop: threading.Event) -> bool:
    while not pipe.poll(_LOOK_S):
        if stop.is_set():
            return pipe.poll(GRACE_S)
    return True


def _given_up(path: Path) -> UnreadableRadiographError:
    return UnreadableRadiographError(path, "reading it was stopped")


def _radiograph(path: Path, message: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Radiograph:
    """What the process said, as values that check themselves."""
    header = message.pop("header")
    if header["patient_orientation"] is not None:
        along, down = header["patient_orientation"]
        header["patient_orientation"] = (along, down)
    lut, spacing = message.pop("voi_lut"), message.pop("spacing")
    return Radiograph(
        path=path,
        values=arrays["values"],
        windows=tuple(Window(**one) for one in message.pop("windows")),
        voi_lut=None if lut is None else VoiLut(entries=arrays["entries"], **lut),
        padding=arrays.get("padding"),
        spacing=None if spacing is None else Spacing(**spacing),
        header=Header(**header),
        notes=tuple(message.pop("notes")),
        **message,
    )


def _received(
    pipe: Connection, shapes: dict[str, list[int]], *, shared: bool
) -> dict[str, NDArray[Any]]:
    """The arrays that follow a message, read-only.

    Raises:
        OSError, ValueError: They are not what the message says.
    """
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    if max(sizes.values()) > MAX_PIXELS:
        raise ValueError("more pixels than are ever read")
    content = [(name, np.dtype(_TYPES[name]), count) for name, count in sizes.items()]
    lengths = [kind.itemsize * count for _, kind, count in content]
    blocks: Sequence[Any]
    if shared:
        whole = memoryview(_sealed_memory(reduction.recv_handle(pipe), sum(lengths)))
        ends = np.cumsum([0, *lengths])
        blocks = [whole[ends[row] : ends[row + 1]] for row in range(len(lengths))]
    else:
        blocks = [pipe.recv_bytes(length) for length in lengths]
    return {
        name: np.frombuffer(block, kind, count).reshape(shapes[name])
        for (name, kind, count), block in zip(content, blocks, strict=True)
    }


def _sealed_memory(descriptor: int, length: int) -> mmap.mmap:
    """Memory that the process has filled; mapped only where it cannot shrink or change it."""
    import fcntl

    try:
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE
        if fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & seals != seals:
            raise ValueError("memory that could still change")
        return mmap.mmap(descriptor, length, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    finally:
        os.close(descriptor)


def _work(pipe: Connection, sees_same_memory: bool) -> None:
    """The process: take a path, send what became of it, until the pipe ends."""
    import inference.dicom_radiograph
    import inference.picture_file  # noqa: F401 - now, so that the first file need not wait

    with contextlib.suppress(EOFError, OSError):
        begin_work(pipe)
        while True:
            path = Path(os.fsdecode(pipe.recv_bytes()))
            with ends_if_orphaned():
                try:
                    radiograph = read_radiograph(path)
                except UnreadableRadiographError as error:
                    pipe.send_bytes(json.dumps({"reason": error.reason}).encode())
                    continue
                except MemoryError:
                    reason = "there is not enough memory for it"
                    pipe.send_bytes(json.dumps({"reason": reason}).encode())
                    continue
            _send(pipe, radiograph, shared=sees_same_memory)
            del radiograph


def _send(pipe: Connection, radiograph: Radiograph, *, shared: bool) -> None:
    lut, spacing = radiograph.voi_lut, radiograph.spacing
    arrays: dict[str, NDArray[Any]] = {"values": radiograph.values}
    if lut is not None:
        arrays["entries"] = lut.entries
    if radiograph.padding is not None:
        arrays["padding"] = radiograph.padding
    arrays = {name: np.ascontiguousarray(one, _TYPES[name]) for name, one in arrays.items()}
    message = {
        "is_inverted": radiograph.is_inverted,
        "windows": [asdict(one) for one in radiograph.windows],
        "voi_lut": None if lut is None else {"first_value": lut.first_value, "name": lut.name},
        "spacing": None if spacing is None else asdict(spacing),
        "header": asdict(radiograph.header),
        "pixel_sha256": radiograph.pixel_sha256,
        "notes": radiograph.notes,
        "shapes": {name: one.shape for name, one in arrays.items()},
    }
    pipe.send_bytes(json.dumps(message).encode())
    blocks = [memoryview(one.data).cast("B") for one in arrays.values()]
    if not shared:
        for block in blocks:
            pipe.send_bytes(block)
        return
    descriptor = _filled_memory(blocks)
    try:
        reduction.send_handle(pipe, descriptor, os.getppid())
    finally:
        os.close(descriptor)


def _filled_memory(blocks: Sequence[memoryview]) -> int:
    """A descriptor of memory that holds these blocks, and that nobody can change any more."""
    import fcntl

    descriptor = os.memfd_create("radiograph", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        for block in blocks:
            while block:
                block = block[os.write(descriptor, block) :]
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


_READER, _ASIDE = RadiographReader(), RadiographReader()
atexit.register(_READER.end)
atexit.register(_ASIDE.end)
