"""A progress bar on standard error, and one line a tenth where that is not a terminal."""

import sys
import time
from typing import TextIO

_WIDTH = 30


class ProgressBar:
    """Shows how far a job of known length is, and how long it will still take."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self._title = title
        self._stream = stream or sys.stderr
        self._start = time.monotonic()
        self._shown_tenth = -1
        self._shown_at = float("-inf")

    def show(self, done: int, total: int, note: str = "") -> None:
        """Draw the bar anew; cheap enough to be called for every case."""
        share = done / total if total else 0.0
        now = time.monotonic()
        remaining = ""
        if 0 < done < total and now - self._start > 2:
            seconds = round((now - self._start) * (total - done) / done)
            remaining = f", {seconds // 60}:{seconds % 60:02d} left"
        if not self._stream.isatty():
            tenth = int(10 * share)
            if tenth != self._shown_tenth:
                self._shown_tenth = tenth
                print(f"{self._title}: {done} of {total}{remaining}{note}", file=self._stream)
            return
        if done < total and now - self._shown_at < 0.1:
            return
        self._shown_at = now
        bar = ("█" * round(_WIDTH * share)).ljust(_WIDTH, "░")
        line = f"{self._title} {bar} {done} of {total}{remaining}{note}"
        self._stream.write(f"\r\x1b[K{line[:150]}")
        self._stream.flush()

    def finish(self) -> None:
        """End the bar's line."""
        if self._stream.isatty():
            self._stream.write("\n")
            self._stream.flush()
