"""The first start: two choices, and a look without either."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from viewer.frame.start_page import StartPage


def test_each_button_wishes_for_what_it_says(qtbot: QtBot) -> None:
    page = StartPage()
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    for button, signal in (
        (page.demo_button, page.demo_wished),
        (page.folder_button, page.folder_wished),
        (page.radiograph_button, page.radiograph_wished),
        (page.browse_button, page.browse_wished),
    ):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_folder_can_be_dropped_on_the_button_and_a_file_cannot(
    qtbot: QtBot, tmp_path: Path
) -> None:
    page = StartPage()
    qtbot.addWidget(page)
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "DICOMDIR").write_bytes(b"")
    for name, is_taken in (("", True), ("DICOMDIR", True), ("a.png", False)):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        place = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
        enter = QDragEnterEvent(QPointF(5, 5).toPoint(), *place, Qt.KeyboardModifier.NoModifier)
        enter.setAccepted(False)
        page.browse_button.dragEnterEvent(enter)
        assert enter.isAccepted() == is_taken
        drop = QDropEvent(QPointF(5, 5), *place, Qt.KeyboardModifier.NoModifier)
        heard: list[Path] = []
        page.browse_wished.connect(heard.append)
        page.browse_button.dropEvent(drop)
        assert (heard[:1] == [tmp_path / name]) == is_taken
