"""`kindred open`: what was asked for, and whether a window that runs takes it."""

from dataclasses import dataclass
from pathlib import Path

from inference.errors import InferenceError
from viewer.integration.links import is_link, parse_link


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


def handed_over(asked: Opening) -> bool:
    """Whether a window that runs has taken it.

    Raises:
        RefusedOpeningError: The window says why it does not open it.
    """
    from viewer.commands.system_check import check_drawing

    check_drawing()  # before Qt is loaded, so that what is missing is said in words
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
