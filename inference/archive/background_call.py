"""A blocking call as a generator: it can be watched, stopped at once, and given up.

A connection that hangs cannot be interrupted from inside. So the call runs in a thread of its
own, and the generator, which is what a job is, looks after it ten times a second. Stopped, it
cuts the connection and leaves the thread to end by itself; a thread that even then hangs, in the
name lookup of a dead network, keeps nothing waiting, not even the end of the program.
"""

import threading
import time
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

T = TypeVar("T")

_LOOK_EVERY_S = 0.1


class _Answer(Generic[T]):
    def __init__(self) -> None:
        self.value: T | None = None
        self.error: BaseException | None = None
        self.is_there = threading.Event()


def background_call(
    call: Callable[[], T],
    *,
    abort: Callable[[], None],
    limit_s: float,
    too_late: Callable[[], Exception],
) -> Generator[None, None, T]:
    """Run `call`, and give its answer when it is there: `answer = yield from background_call(...)`.

    Args:
        call: Blocks; run in another thread.
        abort: Makes `call` fail soon; called when the generator is closed, or it is too late.
        limit_s: How long to wait, in seconds.
        too_late: The exception for when that is over.

    Yields:
        None, ten times a second: places where it can be stopped.

    Raises:
        Exception: What `call` raised, or `too_late`'s.
    """
    answer: _Answer[T] = _Answer()

    def run() -> None:
        try:
            answer.value = call()
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
            answer.error = error
        finally:
            answer.is_there.set()

    threading.Thread(target=run, name="archive", daemon=True).start()
    until = time.monotonic() + limit_s
    try:
        while not answer.is_there.wait(_LOOK_EVERY_S):
            if time.monotonic() > until:
                raise too_late()
            yield None
    except BaseException:
        abort()
        raise
    if answer.error is not None:
        raise answer.error
    return answer.value  # type: ignore[return-value]
