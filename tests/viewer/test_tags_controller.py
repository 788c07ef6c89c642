"""The tags of the query's file, asked for by key; names in any direction of writing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from inference.records import CaseRecord
from tests.inference.radiograph_files import ramp, write_dicom
from viewer.case.record_panel import RecordPanel
from viewer.frame.main_window import MainWindow
from viewer.pane.tag_browser import TagBrowser
from viewer.pane.tags_controller import TagsController

NAMES = ["כהן^שרה", "الأحمد^فاطمة", "Müller^Erika=山田^太郎"]


@pytest.fixture
def watch(window: MainWindow) -> Callable[[Path | None], TagsController]:
    def make(path: Path | None) -> TagsController:
        one = TagsController(window, lambda: path)
        one.fault_found.connect(lambda error: pytest.fail(repr(error)))
        return one

    return make


def browser(window: MainWindow) -> TagBrowser | None:
    return window.findChild(TagBrowser)


@pytest.mark.parametrize("name", NAMES)
def test_the_key_opens_the_tags_and_names_read_as_they_are_written(
    qtbot: QtBot,
    window: MainWindow,
    watch: Callable[[Path | None], TagsController],
    tmp_path: Path,
    name: str,
) -> None:
    path = write_dicom(
        tmp_path / "Ärztin.dcm", ramp(), SpecificCharacterSet="ISO_IR 192", PatientName=name
    )
    watch(path)
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: browser(window) is not None)
    dialog = browser(window)
    assert dialog is not None
    dialog.activateWindow()  # as a window manager does; the screen of the tests has none
    qtbot.waitUntil(dialog.isActiveWindow)
    assert dict(dialog.shown())["Patient's Name"] == "••••"
    dialog.reveal.setFocus()
    qtbot.keyClick(dialog.reveal, Qt.Key.Key_Space)
    assert dict(dialog.shown())["Patient's Name"] == name
    dialog.search.setFocus()
    dialog.search.setText(name[:3])
    assert [row for row in dialog.shown() if row[1] == name]
    dialog.grab()
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_without_a_radiograph_it_says_so(
    qtbot: QtBot, window: MainWindow, watch: Callable[[Path | None], TagsController]
) -> None:
    watch(None).show()
    assert window.message_bar.text == "Open a radiograph first."


def test_a_picture_has_no_tags(
    qtbot: QtBot,
    window: MainWindow,
    watch: Callable[[Path | None], TagsController],
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
    watch(path).show()
    qtbot.waitUntil(lambda: window.message_bar.text == "This file is no DICOM: it has no tags.")


def test_a_file_that_is_gone_is_one_sentence(
    qtbot: QtBot,
    window: MainWindow,
    watch: Callable[[Path | None], TagsController],
    tmp_path: Path,
) -> None:
    watch(tmp_path / "gone.dcm").show()
    qtbot.waitUntil(lambda: "there is no such file" in window.message_bar.text)


@pytest.mark.parametrize("name", ["מרפאת השרון", "مستشفى ١", "病院"])
def test_a_record_keeps_words_and_their_order_in_any_writing(qtbot: QtBot, name: str) -> None:
    panel = RecordPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    panel.show()
    record = CaseRecord(
        name,
        Path(f"/x/{name}.dcm"),
        findings=("Pneumonia", name),
        source=name,
        sex="F",
        age=61.0,
        report=f"{name}: opacity 3 cm, <left>.",
        extra={"ward": f"{name} 7B"},
    )
    panel.show_case(record)
    lines = panel.text.splitlines()
    assert lines[0] == f"Case · {name}"
    assert f"Pneumonia, {name}" in panel.text
    assert lines[lines.index("Source") + 1] == name
    assert f"{name}: opacity 3 cm, <left>." in panel.text
    assert lines[lines.index("ward") + 1] == f"{name} 7B"
    panel.grab()
