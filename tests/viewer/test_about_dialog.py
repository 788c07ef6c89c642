"""What the program says of itself: true, complete, and nobody's name."""

import getpass
import platform
import sys
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from inference.pipeline import Engine, open_engine
from viewer.preferences.about_dialog import AboutDialog
from viewer.preferences.about_facts import facts, licence_text, parts, report


@pytest.fixture
def engine(tiny_bundle: Path, indexed: Path) -> Engine:
    return open_engine(tiny_bundle, indexed, provider="cpu")


def test_the_versions_are_those_that_run(engine: Engine) -> None:
    rows = dict(facts(engine))
    assert rows["Python"] == ".".join(str(part) for part in sys.version_info[:3])
    assert rows["numpy"] == np.__version__
    assert rows["hnswlib"] == distribution("hnswlib").version
    assert rows["Models run on"] == engine.session.provider == "CPU"
    assert rows["Bundle's SHA-256"] == engine.bundle.manifest.sha256
    assert rows["Catalogue"].startswith("8 cases by ")


def test_without_a_model_it_says_so(qtbot: QtBot) -> None:
    rows = dict(facts(None))
    assert rows["Models run on"] == "no model is loaded"
    assert "Catalogue" not in rows


def test_the_report_names_nobody_and_no_folder(qtbot: QtBot, engine: Engine, indexed: Path) -> None:
    words = report(engine)
    assert engine.bundle.manifest.sha256 in words
    for secret in (str(indexed), indexed.name, str(Path.home()), platform.node()):
        assert secret == "" or secret not in words
    assert getpass.getuser() not in words.split()
    assert "/" not in words


def test_every_library_has_a_licence_that_can_be_read() -> None:
    found = {part.name.casefold(): part for part in parts()}
    for name in ("numpy", "pydicom", "hnswlib", "pillow", "pyside6_essentials", "typer"):
        match = found.get(name) or found[name.replace("_", "-")]
        assert match.licence
        assert len(licence_text(match.name)) > 200, name
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in licence_text("PySide6-Essentials")
    assert "Redistribution and use" in licence_text("numpy")


def test_the_box_shows_copies_and_closes(qtbot: QtBot, engine: Engine) -> None:
    dialog = AboutDialog(engine)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.copy_button.setFocus()
    qtbot.keyClick(dialog.copy_button, Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == report(engine)
    dialog.tabs.setCurrentIndex(1)
    rows = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    here = next(row for row, text in enumerate(rows) if text.startswith("numpy "))
    dialog.list.setCurrentRow(here - 1)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.licence.startswith(f"numpy {np.__version__}: ")
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
