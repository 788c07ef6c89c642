"""The files opened last: kept, offered, and forgotten when asked."""

from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from viewer.case.recent_files import MOST, RecentFiles


def test_the_newest_come_first_and_last_over_a_restart(qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    store = QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    recent = RecentFiles(parent)
    recent.keep_in(store)
    for number in range(MOST + 2):
        recent.add(tmp_path / f"{number} & Ä.png")
    recent.add(tmp_path / "5 & Ä.png")
    assert len(recent.paths) == MOST
    assert recent.paths[0] == tmp_path / "5 & Ä.png"
    store.sync()
    again = RecentFiles(parent)
    again.keep_in(QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat))
    assert again.paths == recent.paths


def test_choosing_opens_missing_ones_are_grey_and_all_can_be_forgotten(
    qtbot: QtBot, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    recent = RecentFiles(parent)
    (tmp_path / "a & b.png").write_bytes(b"")
    recent.add(tmp_path / "gone.png")
    recent.add(tmp_path / "a & b.png")
    recent.menu.aboutToShow.emit()
    first, second, *_, forget = recent.menu.actions()
    assert first.text() == "a && b.png"
    assert not second.isEnabled()
    with qtbot.waitSignal(recent.chosen) as chosen:
        first.trigger()
    assert chosen.args == [tmp_path / "a & b.png"]
    forget.trigger()
    assert recent.paths == ()


def test_a_damaged_list_is_no_list(qtbot: QtBot, tmp_path: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    store = QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    for kept in ("{", '{"a": 1}', "[1, null]"):
        store.setValue("recent", kept)
        recent = RecentFiles(parent)
        recent.keep_in(store)
        assert recent.paths == ()
