"""A fault in the program, written to a log that may be shown to others.

Messages of exceptions can hold file names, and file names can hold patients' names, so paths,
file names and quoted text are left out; where in the code it happened is what helps.
"""

import re
import sys
import traceback
from datetime import datetime
from pathlib import Path

import platformdirs

_REVEALING = re.compile(
    r"""'[^'\n]*'?|"[^"\n]*"?|\S*[/\\][^\n]*|\S+\.\w{1,5}\b""", flags=re.VERBOSE
)
_MAX_BYTES = 1_000_000


def log_file() -> Path:
    """Where faults are written."""
    return platformdirs.user_log_path("kindred", appauthor=False) / "faults.log"


def write_fault(error: BaseException, path: Path | None = None) -> Path:
    """Append a fault to the log, which starts anew where it grew large.

    Args:
        error: What escaped.
        path: The log; None: the usual one.

    Returns:
        The log's path. The log may be missing where even that could not be written.
    """
    path = path or log_file()
    lines = [f"{datetime.now():%Y-%m-%d %H:%M:%S} Python {sys.version.split()[0]} {sys.platform}"]
    chained: BaseException | None = error
    while chained is not None:
        lines.append(f"{type(chained).__name__}: {without_names(str(chained))}")
        for frame in traceback.extract_tb(chained.__traceback__):
            # The last two parts of the file's path: no user's name from a home folder.
            place = "/".join(Path(frame.filename).parts[-2:])
            lines.append(f"  {place}:{frame.lineno} in {frame.name}")
        chained = chained.__cause__ or chained.__context__
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_large = path.is_file() and path.stat().st_size > _MAX_BYTES
        with path.open("w" if is_large else "a", encoding="utf-8", errors="replace") as log:
            log.write("\n".join(lines) + "\n\n")
    except OSError:
        pass  # the fault itself is still reported; there is nowhere left to write
    return path


def without_names(message: str) -> str:
    """A message without anything that looks like a path, a file name or quoted text."""
    return _REVEALING.sub("…", message)
