"""A progress bar on standard error, and one line a tenth where that is not a terminal."""

import sys
import time
from typing import TextIO

_WIDTH = 30


class ProgressBars:
    """Shows how far a job is, one bar after another for its stages."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._stage = ""
        self._start = 0.0
        self._shown_tenth = -1
        self._shown_at = float("-inf")

    def show(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Draw the stage's bar anew; cheap enough to be called for every case.

        Args:
            stage: Its name; another one than before begins a new bar.
            done: Of `total`.
            total: 0 where it is not known yet.
            note: Put behind the numbers.
        """
        now = time.monotonic()
        if stage != self._stage:
            self.finish()
            self._stage, self._start = stage, now
            self._shown_tenth, self._shown_at = -1, float("-inf")
        share = done / total if total else 0.0
        counted = f"{done} of {total}" if total else f"{done or ''}"
        text = f"{counted}{self._remaining(share, now)}{note}"
        if self._stream.isatty():
            if now - self._shown_at >= 0.1 or done == total:
                self._shown_at = now
                bar = ("█" * round(_WIDTH * share)).ljust(_WIDTH, "░")
                self._stream.write(f"\r\x1b[K{f'{stage} {bar} {text}'[:150]}")
                self._stream.flush()
        elif int(10 * share) != self._shown_tenth:
            self._shown_tenth = int(10 * share)
            print(f"{stage}: {text}" if text else stage, file=self._stream, flush=True)

    def finish(self) -> None:
        """End the bar's line, if there is one."""
        if self._stage and self._stream.isatty():
            self._stream.write("\n")
            self._stream.flush()
        self._stage = ""

    def _remaining(self, share: float, now: float) -> str:
        elapsed = now - self._start
        if elapsed < 2 or not 0 < share < 1:
            return ""
        seconds = round(elapsed * (1 - share) / share)
        return f", {seconds // 60}:{seconds % 60:02d} left"
