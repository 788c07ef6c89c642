"""The browser by mouse and by key, on real files in real folders."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from viewer.browser.controller import BrowserController
from viewer.browser.window import BrowserWindow
from viewer.frame.main_window import MainWindow

Writer = Callable[..., Path]


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.show()
    return one


@pytest.fixture
def controller(window: MainWindow, qtbot: QtBot) -> Iterator[BrowserController]:
    one = BrowserController(window)
    faults: list[object] = []
    one.fault_found.connect(faults.append)
    yield one
    window.close()
    assert faults == []


@pytest.fixture
def folder(tmp_path: Path, dicom_writer: Writer) -> Path:
    """Two patients, the first with two studies of which one has two series; three pictures."""
    root = tmp_path / "radiographs"
    (root / "photos").mkdir(parents=True)

    def write(name: str, patient: str, study: int, series: int, number: int) -> None:
        values = np.full((64, 32), 400 * number, np.uint16)
        dicom_writer(
            root / name, values, PatientName=patient, PatientID=patient[:3],
            SpecificCharacterSet="ISO_IR 192", StudyInstanceUID=f"1.2.{study}",
            StudyDate=f"202{study}0301", StudyDescription=f"Thorax {study}",
            SeriesInstanceUID=f"1.2.{study}.{series}", SeriesNumber=series,
            InstanceNumber=number, SOPInstanceUID=f"1.2.{study}.{series}.{number}",
        )  # fmt: skip

    write("a.dcm", "Müller^Zoë", 3, 1, 2)
    write("b.dcm", "Müller^Zoë", 3, 1, 1)
    write("c.dcm", "Müller^Zoë", 3, 2, 1)
    write("d.dcm", "Müller^Zoë", 4, 1, 1)
    write("e.dcm", "כהן^שרה", 5, 1, 1)
    for number in range(2):
        Image.new("L", (60, 30), 100 + number).save(root / "photos" / f"{number}.png")
    (root / "photos" / "bad.png").write_bytes(b"no picture")
    return root


def read(controller: BrowserController, place: Path, qtbot: QtBot) -> BrowserWindow:
    """The browser when all of a place is read."""
    controller.browse(place)
    browser = controller.browser
    assert browser is not None
    qtbot.waitUntil(lambda: not browser.is_reading, timeout=20_000)
    return browser


def rows(browser: BrowserWindow) -> list[str]:
    """The tree as it can be read, indented."""
    shown = []

    def visit(item: object, depth: int) -> None:
        words = item.text(0).replace("\u2068", "").replace("\u2069", "")  # type: ignore[attr-defined]
        shown.append(f"{'  ' * depth}{words} [{item.text(1)}]")  # type: ignore[attr-defined]
        for place in range(item.childCount()):  # type: ignore[attr-defined]
            visit(item.child(place), depth + 1)  # type: ignore[attr-defined]

    visit(browser.tree.topLevelItem(0), 0)
    return shown


def names(browser: BrowserWindow) -> list[str]:
    return [file.name for file in browser.grid.files.files]


def press(qtbot: QtBot, widget: object, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    qtbot.keyClick(widget, key, *modifiers)


def choose(browser: BrowserWindow, title: str, qtbot: QtBot) -> None:
    """Click on a row of the tree."""
    item = browser.tree.findItems(title, Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)[
        0
    ]
    browser.tree.scrollToItem(item)
    place = browser.tree.visualItemRect(item).center()
    qtbot.mouseClick(browser.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_folder_is_shown_by_patient_study_and_series(
    controller: BrowserController, folder: Path, qtbot: QtBot
) -> None:
    browser = read(controller, folder, qtbot)
    assert rows(browser) == [
        "Everything [▲ 8]",
        "  Müller, Zoë · Mül [4]",
        "    2024-03-01 · Thorax 4 [1]",
        "      1 · DX · CHEST · PA [1]",
        "    2023-03-01 · Thorax 3 [3]",
        "      1 · DX · CHEST · PA [2]",
        "      2 · DX · CHEST · PA [1]",
        "  כהן, שרה · כהן [1]",
        "    2025-03-01 · Thorax 5 [1]",
        "      1 · DX · CHEST · PA [1]",
        "  photos [▲ 3]",
    ]
    assert browser.status == "8 files · 2 patients · 1 folder without patients · 1 cannot be opened"
    shown = ["d.dcm", "b.dcm", "a.dcm", "c.dcm", "e.dcm", "0.png", "1.png", "bad.png"]
    assert names(browser) == shown
    choose(browser, "Thorax 3", qtbot)
    assert names(browser) == ["b.dcm", "a.dcm", "c.dcm"]
    choose(browser, "photos", qtbot)
    assert names(browser) == ["0.png", "1.png", "bad.png"]


def test_a_double_click_and_enter_open_and_what_cannot_be_opened_says_why(
    controller: BrowserController, window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    browser = read(controller, folder, qtbot)
    opened: list[Path] = []
    window.radiograph_wished.connect(opened.append)
    choose(browser, "photos", qtbot)
    grid = browser.grid
    place = grid.visualRect(grid.files.index(1)).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened == [folder / "photos" / "1.png"]
    press(qtbot, grid, Qt.Key.Key_Left)
    press(qtbot, grid, Qt.Key.Key_Return)
    assert opened[1:] == [folder / "photos" / "0.png"]
    press(qtbot, grid, Qt.Key.Key_End)
    press(qtbot, grid, Qt.Key.Key_Return)
    assert len(opened) == 2
    assert browser.status.startswith("▲ Cannot open bad.png: it is not DICOM")
    assert browser.isVisible()


def test_from_the_tree_enter_leads_to_the_radiographs(
    controller: BrowserController, window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    browser = read(controller, folder, qtbot)
    for _ in range(2):
        press(qtbot, browser.tree, Qt.Key.Key_Down)
    press(qtbot, browser.tree, Qt.Key.Key_Return)
    assert names(browser) == ["d.dcm"]
    with qtbot.waitSignal(window.radiograph_wished) as wished:
        press(qtbot, browser.grid, Qt.Key.Key_Return)
    assert wished.args == [folder / "d.dcm"]


def test_thumbnails_are_made_of_what_is_in_sight_and_hold_the_pixels(
    controller: BrowserController, folder: Path, qtbot: QtBot
) -> None:
    browser = read(controller, folder, qtbot)
    choose(browser, "photos", qtbot)
    files = browser.grid.files
    first = files.files[0]
    qtbot.waitUntil(lambda: files.picture(first) is not None, timeout=30_000)
    picture = files.picture(first)
    assert picture is not None
    colour = picture.pixelColor(90, 90)
    assert (colour.red(), colour.green(), colour.blue()) == (100, 100, 100)
    hidden = next(file for file in browser._all if file.name == "a.dcm")
    assert files.problem(files.files[2])
    # On the screen it has its own shape: twice as wide as high.
    rect = browser.grid.visualRect(files.index(0))
    seen = browser.grid.viewport().grab(rect).toImage()
    qtbot.waitUntil(lambda: seen.width() > 0)
    across, down = rect.width() // 2, 4 + 4 + 64
    assert seen.pixelColor(across, down).red() == 100
    assert seen.pixelColor(across, down + 40).red() < 60
    assert hidden not in browser.grid.in_sight()


def test_a_file_without_its_pixels_gets_a_mark_and_the_others_a_picture(
    controller: BrowserController, folder: Path, dicom_writer: Writer, qtbot: QtBot
) -> None:
    content = (folder / "a.dcm").read_bytes()
    (folder / "photos" / "cut.dcm").write_bytes(content[:-2000])
    browser = read(controller, folder, qtbot)
    files = browser.grid.files
    cut = next(file for file in browser._all if file.name == "cut.dcm")
    assert cut.problem == ""
    qtbot.waitUntil(lambda: files.problem(cut) != "", timeout=30_000)
    good = next(file for file in browser._all if file.name == "a.dcm")
    qtbot.waitUntil(lambda: files.picture(good) is not None, timeout=30_000)


def test_a_decoder_that_dies_is_replaced(
    controller: BrowserController, folder: Path, qtbot: QtBot
) -> None:
    browser = read(controller, folder, qtbot)
    files, made = browser.grid.files, controller._thumbnails
    qtbot.waitUntil(lambda: files.picture(files.files[-2]) is not None, timeout=30_000)
    qtbot.waitUntil(lambda: not made.is_busy)
    made._worker.stop()  # as a file does that crashes it
    good = [file for file in files.files if not file.problem]
    files.forget()
    made.make(good)
    qtbot.waitUntil(lambda: not made.is_busy, timeout=30_000)
    marked = [file for file in good if files.problem(file)]
    assert len(marked) == 1
    assert files.problem(marked[0]) == "it crashed its decoder"
    assert all(files.picture(file) is not None for file in good if file not in marked)


def test_the_search_narrows_tree_and_radiographs(
    controller: BrowserController, folder: Path, qtbot: QtBot
) -> None:
    browser = read(controller, folder, qtbot)
    browser.activateWindow()
    press(qtbot, browser, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is browser.search)
    qtbot.keyClicks(browser.search, "muller 2023")
    qtbot.waitUntil(lambda: names(browser) == ["b.dcm", "a.dcm", "c.dcm"])
    assert len(rows(browser)) == 5
    browser.search.setText("כהן")
    qtbot.waitUntil(lambda: names(browser) == ["e.dcm"])
    browser.search.setText("nobody")
    qtbot.waitUntil(lambda: browser.status == "Nothing here fits the search.")
    press(qtbot, browser, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(names(browser)) == 8)
    press(qtbot, browser, Qt.Key.Key_Escape)
    assert not browser.isVisible()


def test_the_key_and_the_menu_ask_for_it(
    controller: BrowserController, window: MainWindow, qtbot: QtBot
) -> None:
    wished: list[object] = []
    window.browse_wished.disconnect()
    window.browse_wished.connect(wished.append)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    press(qtbot, window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    window.bound["browse"].trigger()
    assert wished == [None, None]


def test_a_folder_is_dropped_on_it_and_a_dicomdir_on_the_main_window(
    controller: BrowserController, window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    browser = read(controller, folder, qtbot)

    def drop(widget: BrowserWindow | MainWindow, path: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        event = QDropEvent(
            QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        widget.dropEvent(event)

    drop(browser, folder / "photos")
    qtbot.waitUntil(lambda: not browser.is_reading and len(names(browser)) == 3)
    (folder / "DICOMDIR").write_bytes(b"damaged")
    drop(window, folder / "DICOMDIR")
    qtbot.waitUntil(lambda: not browser.is_reading and len(names(browser)) == 8)
    assert "its folder was searched instead" in browser.status


def test_stopping_keeps_what_was_read(
    controller: BrowserController, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.browse._EVERY_S", 0.02)
    for number in range(2000):
        shutil.copy(folder / "photos" / "0.png", folder / f"{number:04}.png")
    controller.browse(folder)
    browser = controller.browser
    assert browser is not None
    qtbot.waitUntil(lambda: browser.stop_button.isVisible() and len(names(browser)) > 20)
    qtbot.mouseClick(browser.stop_button, Qt.MouseButton.LeftButton)
    assert browser.status.startswith("Stopped. ")
    assert not browser.stop_button.isVisible()
    count = len(names(browser))
    qtbot.wait(200)
    assert len(names(browser)) == count < 2008


def test_a_folder_that_is_gone_or_empty_is_said(
    controller: BrowserController, tmp_path: Path, qtbot: QtBot
) -> None:
    browser = read(controller, tmp_path / "gone", qtbot)
    assert browser.status.startswith("▲ Cannot look through gone: it is not there")
    (tmp_path / "empty").mkdir()
    read(controller, tmp_path / "empty", qtbot)
    assert browser.status == "There are no radiographs here."


def test_ten_thousand_files_are_listed_and_only_those_in_sight_are_asked_for(
    controller: BrowserController, tmp_path: Path, qtbot: QtBot
) -> None:
    Image.new("L", (8, 8)).save(tmp_path / "0.png")
    content = (tmp_path / "0.png").read_bytes()
    for number in range(1, 10_000):
        (tmp_path / f"{number}.png").write_bytes(content)
    controller.browse(tmp_path)
    browser = controller.browser
    assert browser is not None
    asked: set[Path] = set()
    browser.thumbnails_wished.connect(lambda files: asked.update(one.path for one in files))
    qtbot.waitUntil(lambda: not browser.is_reading, timeout=120_000)
    assert len(names(browser)) == 10_000
    assert names(browser)[8:12] == ["8.png", "9.png", "10.png", "11.png"]

    def is_bottom_asked_for() -> bool:
        browser.grid.scrollToBottom()  # again, because the view is laid out piece by piece
        return tmp_path / "9999.png" in asked

    qtbot.waitUntil(is_bottom_asked_for, timeout=20_000)
    assert 10 < len(asked) < 200


def test_nothing_of_a_patient_is_written_or_logged(
    controller: BrowserController,
    folder: Path,
    qtbot: QtBot,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    before = set(tmp_path.rglob("*"))
    with caplog.at_level("DEBUG"):
        browser = read(controller, folder, qtbot)
        browser.search.setText("zoe")
        qtbot.waitUntil(lambda: len(names(browser)) == 4)
    assert set(tmp_path.rglob("*")) == before
    assert "ller" not in caplog.text
