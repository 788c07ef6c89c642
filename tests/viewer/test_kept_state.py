"""What is kept comes back, and what was set on purpose wins over it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from viewer.frame.layout_chooser import Layout
from viewer.frame.main_window import MainWindow
from viewer.pane.view_state import OverlayStyle
from viewer.preferences.kept_state import KeptState
from viewer.preferences.settings import Settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


def test_layout_overlay_number_and_folders_come_back(
    qtbot: QtBot, tmp_path: Path, file: Path
) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.set_count(9)
    window.overlay_controls.set_style(OverlayStyle(False, 0.7, "cividis"))
    window.overlay_controls.set_linked(is_linked=False)
    window.layouts.choose(Layout.TWO)
    window.last_folder = str(tmp_path / "Röntgen")
    KeptState(file).keep_on_closing(window, lambda: tmp_path)
    window.close()
    kept = KeptState(file)
    assert kept.settings(Settings()) == Settings(
        neighbours=9,
        overlay=False,
        overlay_opacity=0.7,
        colour_map="cividis",
        linked=False,
        catalogue=str(tmp_path),
    )
    again = MainWindow()
    qtbot.addWidget(again)
    again.set_count(9)
    kept.restore(again)
    assert again.layouts.layout is Layout.TWO
    assert again.last_folder == str(tmp_path / "Röntgen")
    geometry = QSettings(str(file), QSettings.Format.IniFormat).value("geometry")
    assert geometry == window.saveGeometry()


def test_what_was_set_on_purpose_wins(file: Path) -> None:
    store = QSettings(str(file), QSettings.Format.IniFormat)
    store.setValue("neighbours", 9)
    store.setValue("colour_map", "cividis")
    store.sync()
    found = KeptState(file).settings(Settings(neighbours=6))
    assert found == Settings(neighbours=6, colour_map="cividis")


def test_nonsense_and_a_folder_that_is_gone_are_passed_over(
    qtbot: QtBot, tmp_path: Path, file: Path
) -> None:
    file.write_text(
        "[General]\nneighbours=many\noverlay=perhaps\noverlay_opacity=7\ncolour_map=jet\n"
        f"layout=heap\ngeometry=3\ncatalogue={tmp_path / 'gone'}\n",
        encoding="utf-8",
    )
    kept = KeptState(file)
    assert kept.settings(Settings()) == Settings()
    window = MainWindow()
    qtbot.addWidget(window)
    kept.restore(window)
    assert window.layouts.layout is Layout.GRID
