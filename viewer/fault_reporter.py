"""Faults of the program: written to a log without names or paths, and told where they are met."""

import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QApplication

from viewer.frame.workbench import Workbench
from viewer.translation import tr


class FaultReporter(QObject):
    """Logs faults of the program and says so in the window. They do not end it.

    Signals:
        _found: From whatever thread. arg: the exception
    """

    _found = Signal(object)

    def __init__(self, window: Workbench, log: Path | None = None) -> None:
        """
        Args:
            window: That shows the message.
            log: The log; None: the usual one.
        """
        super().__init__(window)
        self._window = window
        self._log = log
        self._found.connect(self.report)
        self._previous = (sys.excepthook, threading.excepthook)

    def install(self) -> None:
        """Hear of every exception that nobody caught."""
        self._previous = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._uncaught
        threading.excepthook = self._uncaught_in_thread

    def uninstall(self) -> None:
        """Leave uncaught exceptions to Python again."""
        sys.excepthook, threading.excepthook = self._previous

    @Slot(object)
    def report(self, error: BaseException) -> None:
        """Log a fault and show where."""
        from viewer.fault_log import write_fault

        path = write_fault(error, self._log)
        self._window.message_bar.show_message(
            "fault",
            tr("This is a fault in the program. What you opened is unharmed."),
            tr("{name}. The log, which holds no names, is in\n{path}").format(
                name=type(error).__name__, path=path
            ),
        )

    def _uncaught(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        self._found.emit(error)

    def _uncaught_in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._found.emit(args.exc_value)
