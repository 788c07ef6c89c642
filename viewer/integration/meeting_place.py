"""Where the window that runs and a second start of the program meet; known without Qt."""

import hashlib
import os
import stat
import sys
from pathlib import Path

import platformdirs

_LONGEST_NAME = 100  # sockaddr_un holds 108 bytes on Linux, 104 on macOS


def is_anybody_there(name: str | None = None) -> bool:
    """Whether a window may listen there; False where certainly none does.

    Args:
        name: Of its socket; None: the usual one.
    """
    name = socket_name() if name is None else name
    return bool(name) and (sys.platform == "win32" or Path(name).exists())


def socket_name() -> str:
    """Where the running window listens; "" where there is no safe place for that."""
    display = os.environ.get("WAYLAND_DISPLAY", "") + "|" + os.environ.get("DISPLAY", "")
    tag = hashlib.sha256(display.encode()).hexdigest()[:12]
    if sys.platform == "win32":
        user = hashlib.sha256(str(Path.home()).encode()).hexdigest()[:16]
        return f"kindred-{user}-{tag}"
    folder = _private_folder()
    name = "" if folder is None else str(folder / f"window-{tag}")
    return name if len(os.fsencode(name)) <= _LONGEST_NAME else ""


def _private_folder() -> Path | None:
    """A folder of the user's own that nobody else can enter; None where there is none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    tried = [Path(runtime) / "kindred"] if runtime.startswith("/") else []
    tried.append(platformdirs.user_cache_path("kindred", appauthor=False) / "run")
    for folder in tried:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
        except OSError:
            continue
        is_own = sys.platform != "win32" and found.st_uid == os.getuid()
        if stat.S_ISDIR(found.st_mode) and is_own and not found.st_mode & 0o077:
            return folder
    return None
