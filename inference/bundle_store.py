"""Where bundles and the program's own data lie, and finding a bundle by its name.

resources/            in a checkout
inference/resources/  in an installed wheel
the user's data folder, whose bundles come before those that were shipped
"""

import difflib
from pathlib import Path

import platformdirs

from inference.errors import BundleError
from inference.model_bundle import MANIFEST_NAME


def resources_folder() -> Path:
    """The folder with `settings.toml` and `bundles/` that came with the program."""
    installed = Path(__file__).parent / "resources"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "resources"


def user_data_folder() -> Path:
    """Where the program keeps what it makes itself: the demo, catalogues, added bundles."""
    return platformdirs.user_data_path("kindred", appauthor=False)


def list_bundles() -> list[Path]:
    """The folders of all bundles that can be named, by name; unchecked."""
    found: dict[str, Path] = {}
    for folder in (resources_folder() / "bundles", user_data_folder() / "bundles"):
        if folder.is_dir():
            found |= {one.name: one for one in folder.iterdir() if (one / MANIFEST_NAME).is_file()}
    return [found[name] for name in sorted(found)]


def find_bundle(name: str | Path) -> Path:
    """The folder of a bundle.

    Args:
        name: A bundle's name, or the path of its folder.

    Raises:
        BundleError: There is none; the sentence names those there are.
    """
    bundles = {folder.name: folder for folder in list_bundles()}
    if str(name) in bundles:
        return bundles[str(name)]
    folder = Path(name)
    if (folder / MANIFEST_NAME).is_file():
        return folder.resolve()
    if folder.is_dir():
        raise BundleError(folder.name, f"there is no {MANIFEST_NAME} in {folder}")
    close = difflib.get_close_matches(str(name), bundles, n=1)
    if close:
        raise BundleError(str(name), f"there is none of that name; did you mean {close[0]}")
    known = ", ".join(bundles) or "none"
    raise BundleError(str(name), f"there is none of that name; installed are: {known}")
