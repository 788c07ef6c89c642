"""`kindred integrate`: this computer opens kindred:// links with Kindred, for this user alone.

    linux.py     a .desktop file and a line of mimeapps.list
    windows.py   a key of the user's own registry
    macos.py     what has to be done by hand

Every change is printed, and `--remove` undoes each; nothing of the system is touched.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path


def integrate_here(*, remove: bool) -> Iterator[str]:
    """Register the scheme on this system, or take it back.

    Args:
        remove: Undo it.

    Yields:
        A line for each thing that was changed.

    Raises:
        IntegrationError: A file or the registry cannot be written.
    """
    if sys.platform == "win32":
        import winreg

        from viewer.integration.windows import register, unregister

        yield from unregister(winreg) if remove else register(winreg, opening_command())
    elif sys.platform == "darwin":
        from viewer.integration.macos import instruction

        yield from instruction(remove=remove)
    else:
        from viewer.integration import linux

        places = linux.Places.of_this_user()
        yield from linux.remove(places) if remove else linux.integrate(places, opening_command())


def opening_command() -> list[str]:
    """The command that opens what follows it, and takes nothing of that for an option."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "open", "--"]
    beside = shutil.which("kindred", path=str(Path(sys.executable).parent))
    if beside is not None:
        return [beside, "open", "--"]
    return [sys.executable, "-m", "viewer", "open", "--"]
