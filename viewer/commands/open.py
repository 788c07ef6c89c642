"""`kindred open`: what was asked for, and whether a window that runs takes it; else a new one."""

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inference.errors import InferenceError
from viewer.integration.links import is_link, parse_link
from viewer.integration.meeting_place import is_anybody_there

if TYPE_CHECKING:
    from viewer.preferences.settings import Settings


class RefusedOpeningError(InferenceError):
    """The window that runs does not open it. Its own sentence is the text."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the command line asks to open.

    Attributes:
        image: A radiograph, or None.
        catalogue: A folder of past cases, or None.
        browsed: A folder or a DICOMDIR to look through, or None.
        link: A link that is well formed; "" for none. Where it leads to is looked at by the
            window, which knows the folders that links may open from.
    """

    image: Path | None = None
    catalogue: Path | None = None
    browsed: Path | None = None
    link: str = ""


def opening(given: str | None, catalogue: Path | None, *, is_browsed: bool = False) -> Opening:
    """Read the command's argument.

    Args:
        given: A file, a folder or a link.
        catalogue: The folder of past cases that was named beside it.
        is_browsed: Look through a folder, in place of taking it for past cases.

    Raises:
        LinkError: It is a link, and not a good one.
    """
    if given is None:
        return Opening(None, catalogue)
    if is_link(given):
        parse_link(given)
        return Opening(None, catalogue, link=given)
    path = Path(given)
    if is_browsed or path.name.casefold() == "dicomdir":
        return Opening(None, catalogue, path)
    if catalogue is None and path.is_dir():
        return Opening(None, path)
    return Opening(path, catalogue)


def open_here(
    asked: Opening,
    *,
    bundle: str | None = None,
    provider: str | None = None,
    new_window: bool = False,
) -> int:
    """Hand over to the window that runs, or open one and stay until it is closed.

    Args:
        asked: What to open.
        bundle: A bundle's name or folder; None: chosen by settings and catalogue.
        provider: Where models run; None: as the settings say.
        new_window: Though a window runs.

    Returns:
        The exit code.

    Raises:
        InferenceError: The settings are wrong, or no window can be opened.
        RefusedOpeningError: The window that runs says why it does not open it.
    """
    # With other models than the running window's, a window of its own.
    wants_own = new_window or bundle is not None or provider is not None
    is_alone = wants_own or not is_anybody_there()
    if is_alone:
        _begin_reading(asked)
    from viewer.preferences.settings import load_settings

    settings = load_settings(overrides={"provider": provider})
    if not is_alone and handed_over(asked):
        return 0
    return run_window(asked, bundle, settings)


def run_window(asked: Opening, bundle: str | None, settings: "Settings") -> int:
    """Open a window and stay until it is closed; the exit code.

    Raises:
        InferenceError: No window can be opened on this computer.
    """
    gc.disable()  # until the window is painted: looking for garbage in modules finds none
    _begin_reading(asked)
    from viewer.commands.system_check import check_display

    check_display()  # before Qt is loaded, so that what is missing is said in words
    from viewer.app import run

    return run(asked.image, asked.catalogue, bundle, settings, asked.link, asked.browsed)


def _begin_reading(asked: Opening) -> None:
    """Have the process that reads radiographs get ready on another core, while Qt is loaded."""
    if asked.image is not None:
        from inference.safe_reading import start_reading

        start_reading()


def handed_over(asked: Opening) -> bool:
    """Whether a window that runs has taken it.

    Raises:
        RefusedOpeningError: The window says why it does not open it.
    """
    if not is_anybody_there():
        return False
    from viewer.commands.system_check import check_drawing

    check_drawing()
    from viewer.integration.single_instance import Wish, hand_over

    folder = str(asked.catalogue.absolute()) if asked.catalogue else ""
    if asked.link:
        wish = Wish("link", asked.link, folder)
    elif asked.browsed is not None:
        wish = Wish("browse", str(asked.browsed.absolute()), folder)
    elif asked.image is not None:
        wish = Wish("path", str(asked.image.absolute()), folder)
    elif folder:
        wish = Wish("path", folder)
    else:
        wish = Wish("show")
    problem = hand_over(wish)
    if problem:
        raise RefusedOpeningError(problem)
    return problem is not None
