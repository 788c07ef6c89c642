"""One analysis at a time, and a bounded number that wait.

The models use all cores for one radiograph, so two at once would be no faster, and without a
bound a client that asks faster than it is answered would fill memory and disk.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from inference.safe_reading import stopped_by
from inference.service.refusal import Refusal

T = TypeVar("T")


class Turns:
    """The one thread that reads files and runs models. Called from the event loop alone."""

    def __init__(self, waiting: int, job_s: float) -> None:
        """
        Args:
            waiting: How many requests may wait beside the one that runs.
            job_s: How long a request may wait and run.
        """
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="service")
        self._places = 1 + waiting
        self._taken = 0
        self._job_s = job_s

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, taken before a radiograph is received.

        Raises:
            Refusal: There is none left.
        """
        if self._taken >= self._places:
            raise Refusal(
                503, "Other radiographs wait already; ask again in a moment.", {"Retry-After": "2"}
            )
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def run(self, job: Callable[[threading.Event], T]) -> T:
        """Run a job when its turn comes.

        Args:
            job: Is handed an event; once that is set, nobody waits for the result any more.

        Raises:
            Refusal: It took too long.
            Exception: What the job raised.
        """
        stop = threading.Event()
        future = self._pool.submit(_stoppable, job, stop)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._job_s)
        except TimeoutError as error:
            raise Refusal(
                503, "The radiograph could not be analysed in time; ask again.",
                {"Retry-After": "10"},
            ) from error  # fmt: skip
        finally:
            stop.set()

    def close(self) -> None:
        """Wait for the job that runs; those that wait are dropped."""
        self._pool.shutdown(cancel_futures=True)


def _stoppable(job: Callable[[threading.Event], T], stop: threading.Event) -> T:
    """A file that is read for nobody any more does not hold up the next request."""
    with stopped_by(stop):
        return job(stop)
