"""What the program consists of: versions, where models run, and the licences of every part.

None of it names a person, a file or a folder, so that it can be pasted into a report.
"""

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from inference.bundle_store import resources_folder
from inference.pipeline import Engine
from viewer.preferences.settings import program_version
from viewer.translation import tr

_OWN = "kindred-viewer"
_NAMED = ("onnxruntime-gpu", "onnxruntime", "pydicom", "hnswlib", "numpy", "pillow")
_LICENCE_FILE = re.compile(r"(?i)(licen[cs]e|copying|notice)")
_MOST_CHARACTERS = 200_000  # of one text; a few packages join hundreds of licences
_SHIPPED = {"LGPL-3.0": "LGPL-3.0.txt", "GPL-3.0": "GPL-3.0.txt"}
"""Texts of licences whose packages name them without bringing them, in resources/licences."""


@dataclass(frozen=True, slots=True)
class Part:
    """One library the program uses.

    Attributes:
        name: As it is installed.
        version: Its version.
        licence: Its name, or what is known of it.
    """

    name: str
    version: str
    licence: str


def facts(engine: Engine | None) -> list[tuple[str, str]]:
    """Names and values: versions, where models run, bundle, catalogue, screens.

    Args:
        engine: In use, or None where none is loaded yet.
    """
    rows = [
        ("Kindred", program_version()),
        (tr("System"), f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("Python", platform.python_version()),
        ("Qt", f"{qVersion()} (PySide6 {pyside_version})"),
    ]
    for name in _NAMED:
        version = _version(name)
        if version:
            rows.append((name, version))
    if engine is None:
        rows.append((tr("Models run on"), tr("no model is loaded")))
    else:
        manifest, catalogue = engine.bundle.manifest, engine.catalogue
        rows += [
            (tr("Models run on"), engine.session.provider),
            (tr("Bundle"), f"{manifest.name} {manifest.version}"),
            (tr("Bundle's SHA-256"), manifest.sha256),
        ]
        if catalogue is None:
            rows.append((tr("Catalogue"), "none"))
        else:
            methods = ", ".join(catalogue.methods)
            rows.append(
                (
                    tr("Catalogue"),
                    tr("{count:,} cases by {methods}").format(
                        count=catalogue.count, methods=methods
                    ),
                )
            )
    rows.append((tr("Screens"), "; ".join(_screens())))
    return rows


def report(engine: Engine | None) -> str:
    """The facts as plain text, for a bug report."""
    return "\n".join(f"{name}: {value}" for name, value in facts(engine))


def parts() -> tuple[Part, ...]:
    """Every library that the program uses, by name.

    Those that it asks for, and those that they ask for; run from its source or packed as one
    program, it cannot tell them from others, and all that are there are listed.
    """
    found = {_plain(one.name): one for one in _used()}
    return tuple(
        Part(one.name, one.version, _licence_name(one)) for _, one in sorted(found.items())
    )


def licence_text(name: str) -> str:
    """The full text of a library's licences; where it brings none, where to find it.

    Raises:
        PackageNotFoundError: There is no such library.
    """
    one = distribution(name)
    texts = []
    for file in one.files or ():
        is_licence = _LICENCE_FILE.search(file.name) and not file.name.endswith((".py", ".pyc"))
        if is_licence:
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            texts.append(text.strip())
    if not texts:
        stated = _licence_name(one)
        for licence, file_name in _SHIPPED.items():
            path = resources_folder() / "licences" / file_name
            # The lesser licence adds permissions to the general one: both belong together.
            if licence in stated and path.is_file():
                texts.append(path.read_text(encoding="utf-8").strip())
    if not texts:
        page = _stated(one, "Home-page") or next(
            (url.split(",")[-1].strip() for url in one.metadata.get_all("Project-URL") or ()), ""
        )
        return (
            tr("{licence}\n\nThis library brings no text of its licence. {page}")
            .format(licence=_licence_name(one), page=page)
            .strip()
        )
    return ("\n\n" + 72 * "-" + "\n\n").join(texts)[:_MOST_CHARACTERS]


def _used() -> Iterator[Distribution]:
    is_packed = getattr(sys, "frozen", False)
    try:
        waiting = [] if is_packed else [distribution(_OWN)]
    except PackageNotFoundError:
        waiting = []
    if not waiting:
        yield from (one for one in distributions() if one.metadata["Name"])
        return
    seen = set()
    while waiting:
        one = waiting.pop()
        if _plain(one.name) in seen:
            continue
        seen.add(_plain(one.name))
        yield one
        for requirement in one.requires or ():
            found = re.match(r"[A-Za-z0-9._-]+", requirement)
            if found is None or ("extra ==" in requirement and _plain(one.name) != _OWN):
                continue
            try:
                waiting.append(distribution(found.group()))
            except PackageNotFoundError:  # of another system, or an extra that is not installed
                continue


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).casefold()


def _version(name: str) -> str:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return ""


def _licence_name(one: Distribution) -> str:
    stated = _stated(one, "License-Expression") or _stated(one, "License")
    if stated and "\n" not in stated.strip() and len(stated) < 120:
        return stated.strip()
    classified = [
        line.split(" :: ")[-1]
        for line in one.metadata.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    return ", ".join(classified) or (stated.strip().splitlines() or [tr("see its text")])[0]


def _stated(one: Distribution, field: str) -> str:
    return str(one.metadata[field]) if field in one.metadata else ""


def _screens() -> list[str]:
    return [
        tr("{width} × {height} at {ratio:g}").format(
            width=one.size().width(), height=one.size().height(), ratio=one.devicePixelRatio()
        )
        for one in QGuiApplication.screens()
    ]
