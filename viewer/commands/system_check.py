"""What a bare Linux may lack, said in a sentence that names the package.

Qt's own answer to a missing system library is a loader trace, or an abort that no Python code
can catch, so the libraries are looked for before Qt is.
"""

import ctypes
import os
import sys

from inference.errors import InferenceError

# Library -> the Debian and Ubuntu package that has it.
_FOR_QT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
_FOR_X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
SYSTEM_PACKAGES = (*_FOR_QT.values(), *_FOR_X11.values(), "fonts-dejavu-core")
"""What the window needs of a bare Debian or Ubuntu, beside Python."""


class MissingLibraryError(InferenceError):
    """The system lacks something that the program needs."""


def check_drawing() -> None:
    """Make sure that pictures can be drawn, with or without a display.

    Raises:
        MissingLibraryError: A library is missing; the sentence says how to install it.
    """
    if sys.platform.startswith("linux"):
        _refuse(_missing(_FOR_QT))
    try:
        import PySide6.QtGui  # noqa: F401 - only whether it loads
    except ImportError as error:
        raise MissingLibraryError(
            f"Qt cannot be loaded ({error}); install Kindred again in an environment of its own."
        ) from error


def check_display() -> None:
    """Make sure that a window can be opened.

    Raises:
        MissingLibraryError: There is no display, or a library for it is missing.
    """
    check_drawing()
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if os.environ.get("WAYLAND_DISPLAY"):
        return
    if not os.environ.get("DISPLAY"):
        raise MissingLibraryError(
            "There is no display to open a window on. Without one, use "
            "`kindred demo --headless` or `kindred query IMAGE --export FILE.png`."
        )
    _refuse(_missing(_FOR_X11))


def check_fonts() -> None:
    """Make sure that text can be drawn. Needs a QGuiApplication.

    Raises:
        MissingLibraryError: No font is installed.
    """
    from PySide6.QtGui import QFontDatabase

    if not QFontDatabase.families():
        raise MissingLibraryError(
            "No font is installed, so no text can be drawn; run: "
            "sudo apt-get install fonts-dejavu-core"
        )


def _missing(libraries: dict[str, str]) -> list[str]:
    missing = []
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def _refuse(packages: list[str]) -> None:
    if packages:
        raise MissingLibraryError(
            "Qt needs system libraries that are not installed; on Debian or Ubuntu run: "
            f"sudo apt-get install {' '.join(packages)}"
        )
