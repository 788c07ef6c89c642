"""`kindred check`: are the system, the bundles and a catalogue what they should be?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.bundle_store import find_bundle, list_bundles
from inference.catalogue import Catalogue
from inference.catalogue_check import check_catalogue
from inference.errors import InferenceError
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession, Provider
from inference.pipeline import choose_bundle
from viewer.commands.system_check import check_display


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Attributes:
        is_sound: Whether it is as it should be.
        text: What was checked; or what is wrong and what to do.
    """

    is_sound: bool
    text: str


def check_soundness(
    folder: Path | None, bundle: str | None, preferred: str, provider: Provider
) -> Iterator[Finding]:
    """Check everything, one finding at a time.

    Args:
        folder: An indexed folder, or None to check bundles only.
        bundle: The only bundle to check, and the catalogue's; None: all there are.
        preferred: The bundle of the settings, where the folder leaves a choice.
        provider: Where to run.
    """
    try:
        check_display()
        yield Finding(True, "a window can be opened")
    except InferenceError as error:
        yield Finding(True, f"no window can be opened here: {error}")
    try:
        folders = list_bundles() if bundle is None else [find_bundle(bundle)]
    except InferenceError as error:
        yield Finding(False, str(error))
        return
    if not folders:
        yield Finding(False, "No bundle is installed; install Kindred again.")
    for one in folders:
        yield _check_bundle(one, provider)
    if folder is not None:
        yield from _check_folder(folder, bundle or choose_bundle(preferred, folder), provider)


def _check_bundle(folder: Path, provider: Provider) -> Finding:
    """Checksums, and one run of every graph."""
    try:
        bundle = read_bundle(folder)
        session = BundleSession(bundle, provider=provider)
        size, channels = bundle.manifest.input.size, bundle.manifest.input.channels
        ramp = np.linspace(0, 1, channels * size * size, dtype=np.float32)
        image = ramp.reshape(1, channels, size, size)
        session.run(image, tuple(bundle.manifest.methods), feature_maps=True)
        if bundle.manifest.input.lung_finder_size is not None:
            side = bundle.manifest.input.lung_finder_size
            session.find_lungs(
                np.linspace(0, 1, side * side, dtype=np.float32).reshape(1, 1, side, side)
            )
    except InferenceError as error:
        return Finding(False, str(error))
    return Finding(
        True,
        f"bundle {bundle.manifest.name} {bundle.manifest.version}: "
        f"{len(bundle.manifest.files)} files, "
        f"methods {', '.join(bundle.manifest.methods)}, runs on the {session.provider}"
        + "".join(f" ({warning})" for warning in session.warnings),
    )


def _check_folder(folder: Path, bundle: str | Path, provider: Provider) -> Iterator[Finding]:
    try:
        opened: Bundle = read_bundle(find_bundle(bundle))
        problems = check_catalogue(folder, BundleSession(opened, provider=provider))
        if problems:
            yield from (Finding(False, problem) for problem in problems)
            return
        catalogue = Catalogue.open(folder, opened)
    except InferenceError as error:
        yield Finding(False, str(error))
        return
    yield Finding(
        True,
        f"catalogue of {catalogue.folder}: {catalogue.count:,} cases, "
        f"{len(catalogue.refused):,} files refused, bundle {opened.manifest.name}",
    )
    catalogue.close()
