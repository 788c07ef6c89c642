"""Files -> model inputs, in processes of their own, in the order asked for.

Decoders are native code that parses what anybody may have sent. Here a file that kills or
hangs its decoder costs that one process: the file is reported and the next one goes on in a
fresh process. At most a few files per process are decoded ahead, so memory does not grow with
the number of files.

The lungs are found in this process, with the session that everything else uses: the worker
asks for the box through its pipe and waits.
"""

import contextlib
import json
import os
import threading
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import astuple, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import decoder_process
from inference.decoder_process import CRASHED, DecoderProcess, begin_work, ends_if_orphaned
from inference.errors import BundleError, InferenceError, UnreadableRadiographError
from inference.model_bundle import InputSpec
from inference.preprocess import Box, LungFinder, prepare
from inference.radiograph_io import read_radiograph
from inference.records import Radiograph

Facts = dict[str, str | float | None]

_AHEAD = 3


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFile:
    """What became of one file.

    Attributes:
        path: The file.
        refusal: Why it cannot be used, or "".
        tensor: The model input, or None where it was refused.
        facts: As `file_facts` gives them; empty where it was refused.
    """

    path: Path
    refusal: str = ""
    tensor: NDArray[np.float32] | None = field(default=None, repr=False)
    facts: Facts = field(default_factory=dict)


def decode_files(
    paths: Iterable[Path], spec: InputSpec, find_lungs: LungFinder | None, *, workers: int
) -> Generator[DecodedFile, None, None]:
    """Decode and prepare files in parallel.

    Args:
        paths: The files.
        spec: The bundle's input.
        find_lungs: Needed where the bundle crops to the lungs. Called from several threads.
        workers: Number of processes; started when first needed.

    Yields:
        One result for each path, in their order. Closing the iterator ends the processes.

    Raises:
        InferenceError: The processes cannot be started, or the lung finder cannot be run.
    """
    crew = [DecodeWorker(spec, find_lungs) for _ in range(workers)]
    free: SimpleQueue[DecodeWorker] = SimpleQueue()
    for worker in crew:
        free.put(worker)

    def decode(path: Path) -> DecodedFile:
        worker = free.get()
        try:
            return worker.decode(path)
        finally:
            free.put(worker)

    executor = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    pending: deque[Future[DecodedFile]] = deque()
    try:
        for path in paths:
            pending.append(executor.submit(decode, path))
            if len(pending) >= _AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
        for worker in crew:
            worker.stop()
        executor.shutdown()
        for worker in crew:
            worker.end()


class DecodeWorker:
    """One process; where it died it is replaced at the next file."""

    def __init__(self, spec: InputSpec, find_lungs: LungFinder | None) -> None:
        self._find_lungs = find_lungs
        self._process = DecoderProcess(_work, spec)

    def decode(self, path: Path) -> DecodedFile:
        """Decode one file, whatever becomes of it.

        Raises:
            InferenceError: The process cannot be started, or the lung finder cannot be run.
        """
        pipe = self._process.ready()
        # Killing it ends whatever is waited for here, also the rest of half a message.
        limit_s = decoder_process.TIME_LIMIT_S
        watchdog = threading.Timer(limit_s, self.stop)
        watchdog.daemon = True
        watchdog.start()
        try:
            pipe.send_bytes(os.fsencode(path))
            while True:
                message, tensor = _receive(pipe)
                if message["kind"] == "lungs" and tensor is not None:
                    _send(pipe, self._lungs(tensor))
                elif message["kind"] == "refused":
                    return DecodedFile(path, str(message["reason"]))
                else:
                    return DecodedFile(path, tensor=tensor, facts=message["facts"])
        except (EOFError, OSError, ValueError, KeyError):
            self.end()
            if watchdog.finished.is_set():
                return DecodedFile(path, f"its decoder did not finish in {limit_s:.0f} seconds")
            return DecodedFile(path, CRASHED)
        finally:
            watchdog.cancel()

    def stop(self) -> None:
        """Kill the process, whatever it is doing; the thread that waits for it cleans up."""
        self._process.stop()

    def end(self) -> None:
        """Kill the process and let go of everything."""
        self._process.end()

    def _lungs(self, tensor: NDArray[np.float32]) -> dict[str, Any]:
        if self._find_lungs is None:
            return {"problem": "no lung finder was given"}
        try:
            return {"box": astuple(self._find_lungs(tensor))}
        except BundleError:
            self.end()
            raise
        except InferenceError as error:
            return {"problem": str(error)}


def _send(
    pipe: Connection, message: dict[str, Any], tensor: NDArray[np.float32] | None = None
) -> None:
    shape = None if tensor is None else tensor.shape
    pipe.send_bytes(json.dumps({**message, "shape": shape}).encode())
    if tensor is not None:
        pipe.send_bytes(np.ascontiguousarray(tensor).tobytes())


def _receive(pipe: Connection) -> tuple[dict[str, Any], NDArray[np.float32] | None]:
    # JSON and plain bytes: what comes out of a decoder's process is never unpickled.
    message: dict[str, Any] = json.loads(pipe.recv_bytes())
    if message["shape"] is None:
        return message, None
    return message, np.frombuffer(pipe.recv_bytes(), np.float32).reshape(message["shape"])


def _work(pipe: Connection, spec: InputSpec) -> None:
    """The process: take a path, send what became of it, until the pipe ends."""

    def find_lungs(tensor: NDArray[np.float32]) -> Box:
        _send(pipe, {"kind": "lungs"}, tensor)
        answer, _ = _receive(pipe)
        if "box" not in answer:
            raise InferenceError(str(answer["problem"]))
        return Box(*answer["box"])

    # The pipe ends when the parent does, also when that was killed.
    with contextlib.suppress(EOFError, OSError):
        begin_work(pipe)
        while True:
            path = Path(os.fsdecode(pipe.recv_bytes()))
            with ends_if_orphaned():
                answer = _decode(path, spec, find_lungs)
            _send(pipe, *answer)


def _decode(
    path: Path, spec: InputSpec, find_lungs: LungFinder
) -> tuple[dict[str, Any], NDArray[np.float32] | None]:
    try:
        radiograph = read_radiograph(path)
        ready = prepare(radiograph, spec, find_lungs)
    except UnreadableRadiographError as error:
        return {"kind": "refused", "reason": error.reason}, None
    except InferenceError as error:
        return {"kind": "refused", "reason": str(error).rstrip(".")}, None
    except MemoryError:
        return {"kind": "refused", "reason": "there is not enough memory for it"}, None
    return {"kind": "decoded", "facts": file_facts(radiograph)}, ready.tensor


def file_facts(radiograph: Radiograph) -> Facts:
    """What a catalogue keeps of a file beside its embeddings: nobody's name is in it."""
    header = radiograph.header
    return {
        "pixel_sha256": radiograph.pixel_sha256,
        "patient_id": header.patient_id.strip(),
        "sex": header.patient_sex if header.patient_sex in ("M", "F") else "",
        "age": header.patient_age,
        "view": header.view_position,
    }
