"""The first start: two choices."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from viewer.start_page import StartPage


def test_each_button_wishes_for_what_it_says(qtbot: QtBot) -> None:
    page = StartPage()
    qtbot.addWidget(page)
    page.resize(1000, 600)
    page.show()
    for button, signal in (
        (page.demo_button, page.demo_wished),
        (page.folder_button, page.folder_wished),
        (page.radiograph_button, page.radiograph_wished),
    ):
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
