"""Runs one background job at a time; starting another abandons it.

A job is a function returning a generator. What it yields is delivered on the main
thread, and each yield is a place where it can be stopped, so keep the work between two
yields well under a second; a radiograph that is being read then is given up too. Jobs
themselves know nothing of Qt.
"""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from PySide6.QtCore import QObject, Qt, Signal, Slot

from inference.safe_reading import stopped_by

Job = Callable[[], Generator[object, None, None]]

_DONE = object()


class JobRunner(QObject):
    """One worker thread, as seen from the main thread.

    Signals:
        advanced: The job yielded. arg: the value
        finished: The job ran to its end.
        failed: The job raised, and is over. arg: the exception
        busy_changed: A job started, or nothing runs any more. arg: bool
    """

    advanced = Signal(object)
    finished = Signal()
    failed = Signal(object)
    busy_changed = Signal(bool)

    _posted = Signal(object, object)  # worker thread -> main: (stop flag, message)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")
        self._stop: threading.Event | None = None  # its identity names the current job
        self._posted.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a job is under way that was not abandoned."""
        return self._stop is not None

    def start(self, job: Job) -> None:
        """Run `job`, abandoning the current one."""
        self._abandon()
        self._stop = threading.Event()
        self.busy_changed.emit(True)
        self._pool.submit(self._run, job, self._stop)

    def cancel(self) -> None:
        """Abandon the current job: nothing more of it will be delivered."""
        if self._stop is not None:
            self._abandon()
            self.busy_changed.emit(False)

    def shut_down(self) -> None:
        """Cancel, then wait for the thread. Call once, when the window closes."""
        self._abandon()
        self._pool.shutdown(cancel_futures=True)

    def _abandon(self) -> None:
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    def _run(self, job: Job, stop: threading.Event) -> None:
        # Worker thread: emitting is all this may do with self.
        if stop.is_set():
            return  # abandoned while it waited for its turn
        try:
            with stopped_by(stop), closing(job()) as steps:
                for value in steps:
                    if stop.is_set():
                        return
                    self._posted.emit(stop, value)
            self._posted.emit(stop, _DONE)
        except Exception as error:  # noqa: BLE001 - handed to the main thread
            self._posted.emit(stop, error)

    @Slot(object, object)
    def _receive(self, stop: threading.Event, message: object) -> None:
        if stop is not self._stop:
            return  # was in the queue when its job was abandoned
        if message is not _DONE and not isinstance(message, Exception):
            self.advanced.emit(message)
            return
        self._stop = None
        self.busy_changed.emit(False)
        if isinstance(message, Exception):
            self.failed.emit(message)
        else:
            self.finished.emit()
