"""What becomes of a received radiograph: it is analysed at once, and indexed if asked.

One worker takes them one after the other, in a queue of bounded length. The model's output is
kept (see `kept_outputs`), so that the answer waits for the reader who opens the radiograph.
"""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.archive.kept_outputs import keep
from inference.archive.received_files import Received
from inference.catalogue_build import build_catalogue
from inference.errors import InferenceError
from inference.onnx_session import ModelOutput
from inference.pipeline import Engine, analyse
from inference.safe_reading import read_aside

_log = logging.getLogger(__name__)

MOST_WAITING = 1000
_INDEX_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A radiograph was received, and what is known of it.

    Attributes:
        path: Its file.
        sender: The calling AE title.
        words: Such as "PA · DX".
        probability: Of the condition; None where it could not be analysed.
        condition: The condition's name, or for more classes the most probable one.
        problem: A sentence where it could not be analysed, or "".
    """

    path: Path
    sender: str
    words: str = ""
    probability: float | None = None
    condition: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Indexed:
    """The folder's catalogue is up to date again, or why it is not.

    Attributes:
        folder: That was indexed.
        problem: A sentence, or "".
    """

    folder: Path
    problem: str = ""


class ArrivalDesk:
    """Analyses what arrives, in a thread of its own."""

    def __init__(
        self,
        engine: Engine,
        method: str,
        on_event: Callable[[Arrival | Indexed], None],
        *,
        index: Path | None = None,
    ) -> None:
        """
        Args:
            engine: The bundle; its catalogue is not searched.
            method: Whose embedding is kept.
            on_event: Called in the desk's thread.
            index: A folder whose catalogue is brought up to date once nothing arrives any more.
        """
        manifest = engine.bundle.manifest
        self._engine = Engine(engine.bundle, engine.session, read=read_aside)
        self._method = method if method in manifest.methods else next(iter(manifest.methods))
        self._on_event = on_event
        self._index = index
        self._queue: queue.Queue[Received | None] = queue.Queue(MOST_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="arrivals", daemon=True)
        self._thread.start()

    def take(self, received: Received) -> bool:
        """Put one into the queue; False where that is full: it stays, and is analysed if opened."""
        try:
            self._queue.put_nowait(received)
        except queue.Full:
            return False
        return True

    def stop(self) -> None:
        """Finish the one at hand, and no more."""
        self._stop.set()
        with self._queue.mutex:
            self._queue.queue.clear()
        self._queue.put(None)
        self._thread.join(30)

    def _work(self) -> None:
        is_index_due = False
        while not self._stop.is_set():
            try:
                received = self._queue.get(timeout=_INDEX_AFTER_S if is_index_due else None)
            except queue.Empty:
                is_index_due = False
                self._bring_up_to_date()
                continue
            if received is None:
                return
            self._on_event(self._analysed(received))
            is_index_due = self._index is not None and (is_index_due or received.is_new)

    def _analysed(self, received: Received) -> Arrival:
        manifest = self._engine.bundle.manifest
        try:
            *_, analysis = analyse(received.path, self._engine, method=self._method)
        except InferenceError as error:
            return Arrival(received.path, received.sender, problem=str(error))
        assert analysis.model_input is not None
        assert analysis.radiograph is not None
        assert analysis.probabilities is not None
        assert analysis.saliency is not None
        assert analysis.embedding is not None
        output = ModelOutput(
            np.array(analysis.probabilities, np.float32),
            analysis.saliency,
            {self._method: analysis.embedding},
            {},
        )
        keep(analysis.model_input.tensor, manifest.sha256, self._method, output)
        header = analysis.radiograph.header
        most = int(np.argmax(analysis.probabilities))
        name = manifest.condition if len(manifest.classes) == 2 else manifest.classes[most].name
        return Arrival(
            received.path,
            received.sender,
            " · ".join(part for part in (header.view_position, header.modality) if part),
            analysis.probabilities[most],
            name,
        )

    def _bring_up_to_date(self) -> None:
        assert self._index is not None
        problem = ""
        try:
            for _ in build_catalogue(self._index, self._engine.session):
                if self._stop.is_set():
                    return
        except InferenceError as error:
            problem = str(error)
        self._on_event(Indexed(self._index, problem))
