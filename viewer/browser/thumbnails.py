"""Thumbnails of the files in sight, decoded in a process of their own.

Whoever looks through a folder opens thousands of files from anywhere: one that kills or hangs
its decoder costs that process and some seconds, and gets a mark in place of a picture.
"""

import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from inference.browse_files import BrowsedFile
from inference.decode_pool import DecodeWorker
from inference.model_bundle import InputSpec
from viewer.job_runner import JobRunner

SIDE = 192  # pixels; seen at two thirds of that, so that they are sharp on dense screens
TIME_LIMIT_S = 15.0

Made = dict[Path, QImage | str]


class Thumbnails(QObject):
    """Makes what was asked for last; what was asked for before and is not made yet is dropped.

    Signals:
        made: arg: pictures by path; a text where there can be none, saying why
        failed: A fault, or the process cannot be started. arg: the exception
    """

    made = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # As a bundle would take it: the file's own window, and no lungs to be found.
        self._worker = DecodeWorker(InputSpec(SIDE, 3, "window"), None)
        self._is_over = False
        self._runner = JobRunner(self)
        self._runner.advanced.connect(self.made)
        self._runner.failed.connect(self.failed)

    @property
    def is_busy(self) -> bool:
        """Whether some are being made."""
        return self._runner.is_busy

    def make(self, files: Sequence[BrowsedFile]) -> None:
        """Make these, in this order."""
        if self._is_over:
            return
        if files:
            self._runner.start(lambda: self._pictures(files))
        else:
            self._runner.cancel()

    def shut_down(self) -> None:
        """Stop, and wait; nothing can be made any more."""
        self._is_over = True
        self._worker.stop()  # it may be in the middle of a file that takes long
        self._runner.shut_down()
        self._worker.end()

    def _pictures(self, files: Sequence[BrowsedFile]) -> Generator[Made, None, None]:
        for file in files:
            yield {file.path: self._picture(file.path)}

    def _picture(self, path: Path) -> QImage | str:
        watchdog = threading.Timer(TIME_LIMIT_S, self._worker.stop)
        watchdog.daemon = True
        watchdog.start()
        try:
            decoded = self._worker.decode(path)
        finally:
            watchdog.cancel()
        if decoded.tensor is None:
            return decoded.refusal
        levels = np.rint(decoded.tensor[0].transpose(1, 2, 0) * 255).astype(np.uint8)
        return QImage(levels.tobytes(), SIDE, SIDE, 3 * SIDE, QImage.Format.Format_RGB888).copy()
