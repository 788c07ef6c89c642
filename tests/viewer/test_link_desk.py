"""What others ask to open is checked beside the window, and only shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from viewer.frame.main_window import MainWindow
from viewer.integration.link_desk import LinkDesk
from viewer.integration.links import ArchiveLink
from viewer.integration.single_instance import Wish


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    return one


@pytest.fixture
def opened(window: MainWindow) -> list[tuple[str, Path]]:
    """What the window was asked for."""
    heard: list[tuple[str, Path]] = []
    window.radiograph_wished.connect(lambda path: heard.append(("radiograph", path)))
    window.folder_wished.connect(lambda path: heard.append(("folder", path)))
    window.browse_wished.connect(lambda path: heard.append(("browse", path)))
    return heard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "cases"
    inside.mkdir()
    for name in ("a b.dcm", "DICOMDIR"):
        (inside / name).write_bytes(b"")
    (tmp_path / "out.dcm").write_bytes(b"")
    return inside


@pytest.fixture
def desk(window: MainWindow, folder: Path) -> Iterator[LinkDesk]:
    one = LinkDesk(window, (), lambda: folder)
    yield one
    window.close()


def link(path: Path) -> str:
    return "kindred://open?file=" + bytes(QUrl.toPercentEncoding(str(path), b"/").data()).decode()


def test_a_link_opens_a_radiograph_and_looks_through_folders(
    desk: LinkDesk, folder: Path, opened: list[tuple[str, Path]]
) -> None:
    for path in (folder / "a b.dcm", folder / "DICOMDIR", folder):
        assert desk.open_link(link(path)) == ""
    real = folder.resolve()
    assert opened == [
        ("radiograph", real / "a b.dcm"),
        ("browse", real / "DICOMDIR"),
        ("browse", real),
    ]


def test_a_link_out_of_the_folder_is_refused_in_the_window(
    desk: LinkDesk, window: MainWindow, folder: Path, opened: list[tuple[str, Path]]
) -> None:
    said = desk.open_link(link(folder.parent / "out.dcm"))
    assert "leads out of the folders" in said
    assert window.message_bar.text == said
    assert opened == []


def test_roots_of_the_settings_count_beside_the_catalogue(
    window: MainWindow, folder: Path, opened: list[tuple[str, Path]]
) -> None:
    assert "there are none yet" in LinkDesk(window, (), lambda: None).open_link(link(folder))
    assert LinkDesk(window, (folder,), lambda: None).open_link(link(folder)) == ""


def test_without_archives_a_study_is_refused_and_with_one_it_is_asked_for(
    desk: LinkDesk, window: MainWindow
) -> None:
    text = "kindred://open?archive=main&study=1.2.3"
    assert desk.open_link(text) == "This link is not opened: no archive main is configured here."
    asked: list[ArchiveLink] = []
    desk.open_from_archive = asked.append
    assert desk.open_link(text) == ""
    assert asked == [ArchiveLink("main", "1.2.3")]
    assert window.message_bar.text == "A link asks the archive main for a study."


def test_what_the_user_names_may_lie_anywhere_and_must_be_there(
    desk: LinkDesk, window: MainWindow, folder: Path, opened: list[tuple[str, Path]]
) -> None:
    assert desk.open_given(folder.parent / "out.dcm") == ""
    assert desk.open_given(folder) == ""
    assert opened == [("radiograph", folder.parent / "out.dcm"), ("folder", folder)]
    assert desk.open_given(folder / "gone.dcm") == "There is no gone.dcm to open."
    assert window.message_bar.text == "There is no gone.dcm to open."


def test_a_second_start_brings_the_window_back_and_opens(
    desk: LinkDesk,
    window: MainWindow,
    folder: Path,
    opened: list[tuple[str, Path]],
    qtbot: QtBot,
) -> None:
    window.showMinimized()
    desk._answer(Wish("path", str(folder / "a b.dcm"), str(folder)))
    assert opened == [("folder", folder), ("radiograph", folder / "a b.dcm")]
    qtbot.waitUntil(lambda: window.isVisible() and not window.isMinimized())
    desk._answer(Wish("link", link(folder.parent / "out.dcm")))
    assert len(opened) == 2
