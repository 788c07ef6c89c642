"""The message bar: one sentence, details one click away, and a place that is always kept."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from viewer.frame.message_bar import MessageBar


def shown_bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.resize(600, bar.height())
    bar.show()
    return bar


def test_the_newest_message_wins_and_the_height_stays(qtbot: QtBot) -> None:
    bar = shown_bar(qtbot)
    height = bar.height()
    bar.show_message("problem", "Cannot open a.dcm: it is empty.")
    bar.show_message("note", "Exported to comparison.png.")
    assert bar.text == "Exported to comparison.png."
    assert bar.height() == height


def test_kinds_differ_by_shape_not_only_by_colour(qtbot: QtBot) -> None:
    bar = shown_bar(qtbot)
    shapes = set()
    for kind in ("note", "problem", "fault"):
        bar.show_message(kind, "A sentence.")  # type: ignore[arg-type]
        shapes.add(bar._shape.text())
    assert len(shapes) == 3


def test_the_close_button_clears_it(qtbot: QtBot) -> None:
    bar = shown_bar(qtbot)
    bar.show_message("note", "A sentence.")
    with qtbot.waitSignal(bar.dismissed):
        qtbot.mouseClick(bar.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert bar.text == ""


def test_details_are_one_click_away_and_can_be_copied(qtbot: QtBot) -> None:
    bar = shown_bar(qtbot)
    bar.show_message("fault", "This is a fault in the program.", "KeyError. The log is in X.")
    button = bar.findChild(QPushButton)
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    box = bar.findChild(QMessageBox)
    assert box.informativeText() == "KeyError. The log is in X."
    copy = next(one for one in box.buttons() if one.text() == "Copy")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert "The log is in X." in QGuiApplication.clipboard().text()
    assert box.isVisible()
    box.close()


def test_without_details_there_is_no_button(qtbot: QtBot) -> None:
    bar = shown_bar(qtbot)
    bar.show_message("note", "A sentence.")
    assert not bar.findChild(QPushButton).isVisible()
