"""The folders from which links may open files: the settings' section `[links]`.

Apart from `links`, because settings are also read where no window can be opened.
"""

from collections.abc import Mapping
from pathlib import Path


def link_roots(section: Mapping[str, object]) -> tuple[Path, ...]:
    """The folders of the settings' section `[links]`.

    Raises:
        ValueError: The section holds something else, or a path that is not absolute.
    """
    if not isinstance(section, Mapping) or set(section) - {"roots"}:
        raise ValueError('links must be a section, [links], with a line roots = ["/folder"]')
    given = section.get("roots", [])
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueError('roots must be a list of folders, such as roots = ["/folder"]')
    roots = tuple(Path(one).expanduser() for one in given)
    for root in roots:
        if not root.is_absolute():
            raise ValueError(f"roots must be whole paths, from the top; {str(root)!r} is not")
    return roots
