"""A process for native code that parses what anybody may have sent, so that it may die there.

It is started by "spawn", says one word when it is ready, takes no more memory than it may, and
ends with whoever started it: its pipe does.
"""

import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from inference.errors import InferenceError

TIME_LIMIT_S = 120.0
"""A file that takes longer than this hangs its decoder; the slowest real ones take a few."""

MEMORY_LIMIT = 6 << 30
"""What a decoding process may take, in bytes, where the system can limit it (Linux). The largest
radiograph that is opened needs some 4 GB on the way to a model input."""

CRASHED = "it crashed its decoder"

_READY = b"ready"
_ORPHAN_S = 60


class DecoderProcess:
    """One process and the pipe to it; to be used by one thread at a time, `stop` by any."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        """
        Args:
            work: What it does: a function of a module, called with its end of the pipe. It calls
                `begin_work`, and returns when the pipe ends.
            arguments: More arguments for it.
        """
        self._work = work
        self._arguments = arguments
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._is_ready = False

    @property
    def is_started(self) -> bool:
        """Whether there is a process, and it lives."""
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        """Start it unless it runs, without waiting for it.

        Raises:
            InferenceError: The system does not allow it.
        """
        if self.is_started:
            return
        self.end()  # it died while it had nothing to do: no file is to blame
        # "spawn" everywhere: a forked copy of a process with threads may hang.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        process = context.Process(
            target=self._work, args=(theirs, *self._arguments), name="decode", daemon=True
        )
        try:
            process.start()
        except OSError as error:
            self.end()
            raise _not_started() from error
        finally:
            theirs.close()  # so that the pipe ends when the process does
        self._process = process  # only now, because `stop` may come at any time

    def ready(self) -> Connection:
        """Start it unless it runs, and wait until it can work.

        Raises:
            InferenceError: It cannot be started.
        """
        self.start()
        assert self._pipe is not None
        if self._is_ready:
            return self._pipe
        # Without this word from it, a process that cannot start would look like a bad file.
        with contextlib.suppress(EOFError, OSError):
            if self._pipe.poll(TIME_LIMIT_S) and self._pipe.recv_bytes() == _READY:
                self._is_ready = True
                return self._pipe
        self.end()
        raise _not_started()

    def stop(self) -> None:
        """Kill it, whatever it is doing; the thread that waits for it cleans up."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # that thread has just done so
                process.kill()

    def end(self) -> None:
        """Kill it and let go of everything."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        self._is_ready = False
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if pipe is not None:
            pipe.close()


def begin_work(pipe: Connection) -> None:
    """In the process: all is imported, the work begins."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    limit_memory(MEMORY_LIMIT)
    pipe.send_bytes(_READY)


@contextlib.contextmanager
def ends_if_orphaned() -> Iterator[None]:
    """In the process: a file that hangs it is its end, also when nobody is left to kill it."""
    if sys.platform == "win32":
        yield
        return
    signal.alarm(int(TIME_LIMIT_S) + _ORPHAN_S)  # ends the process, in native code too
    try:
        yield
    finally:
        signal.alarm(0)


def limit_memory(most: int) -> None:
    """Let this process take so many bytes more and no others: a `MemoryError` beyond them.

    On Linux alone: macOS ignores such a limit and Windows has none for a process itself.
    """
    if sys.platform != "linux":
        return
    import resource

    try:
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:  # no /proc, as in some containers: it may take so many bytes in all
        taken = 0
    limit = taken + most
    with contextlib.suppress(ValueError, OSError):  # there is a lower one already
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _not_started() -> InferenceError:
    return InferenceError(
        "The processes that decode radiographs cannot be started; look at the memory that "
        "is left and start Kindred again."
    )
