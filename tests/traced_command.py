"""Runs the `kindred` command as a user does, and keeps a list of what it opened and spoke to.

    python -m tests.traced_command TRACE ARGUMENT...

TRACE gets one line of JSON for each file that was opened for writing, renamed or removed, each
database, and each use of a socket that is no file of this computer. A window is closed as soon as
it shows a query with all its similar cases.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_CLOSE_AFTER_MS = 100_000


def install(trace: Path) -> None:
    """Begin to keep the list; there is no way to stop it, which is what it is for."""
    descriptor = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(**what: Any) -> None:
        os.write(descriptor, json.dumps(what, default=str).encode() + b"\n")

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            is_writing = bool((flags or 0) & _WRITING) or any(one in (mode or "") for one in "wa+x")
            if is_writing and not isinstance(path, int):
                note(event="open", path=os.fsdecode(path))
        elif event in ("os.rename", "os.remove", "sqlite3.connect", "os.mkdir", "shutil.move"):
            names = [os.fsdecode(one) for one in arguments if isinstance(one, str | bytes | Path)]
            note(event=event, path=names[0], to=names[-1])
        elif event.startswith("socket.") and _leaves_the_computer(event, arguments):
            note(event=event, path=repr(arguments[1:]))
        elif event in (
            "urllib.Request",
            "http.client.connect",
            "ftplib.connect",
            "smtplib.connect",
        ):
            note(event=event, path=repr(arguments))

    sys.addaudithook(hear)


def _leaves_the_computer(event: str, arguments: tuple[Any, ...]) -> bool:
    if event in ("socket.gethostname", "socket.__new__"):
        # A socket alone speaks to nobody; what it is used for is an event of its own.
        return False
    if event == "socket.bind" and arguments[1][0] in ("::1", "127.0.0.1"):
        # urllib3 asks so whether there is IPv6; pydicom imports it where it is installed.
        return False
    family = getattr(arguments[0], "family", None) if arguments else None
    return family is None or int(family) != 1  # AF_UNIX


def close_when_shown() -> None:
    """Let a window live until its query and cases are there."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    live = QApplication.exec

    def live_shortly() -> int:
        from viewer.case.case_controller import CaseController
        from viewer.frame.main_window import MainWindow

        windows = [one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)]
        (controller,) = (one for one in gc.get_objects() if type(one) is CaseController)
        timer = QTimer()

        def look() -> None:
            analysis = controller.analysis
            if analysis is not None and analysis.neighbours and not controller.is_busy:
                print(f"shown: {len(controller.views)} cases", flush=True)
                for window in windows:
                    window.close()
                QApplication.quit()

        timer.timeout.connect(look)
        timer.start(100)
        QTimer.singleShot(_CLOSE_AFTER_MS, QApplication.quit)
        return int(live())

    QApplication.exec = staticmethod(live_shortly)  # type: ignore[method-assign, assignment]


def main() -> int:
    """Run the command."""
    trace, *arguments = sys.argv[1:]
    if arguments[0] == "open":
        close_when_shown()
    from viewer.command_line import main as run

    install(Path(trace))
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
