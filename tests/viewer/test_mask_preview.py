"""Boxes over the sheet, by mouse and by keys; what lay below is gone."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from viewer.export.export_dialog import ExportDialog
from viewer.export.mask_preview import MaskPreview

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def sheet() -> QImage:
    image = QImage(1000, 600, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.white)
    return image


@pytest.fixture
def preview(qtbot: QtBot, sheet: QImage) -> MaskPreview:
    one = MaskPreview()
    qtbot.addWidget(one)
    one.resize(500, 400)  # half the sheet's size, with bars above and below
    one.show_image(sheet)
    one.show()
    one.activateWindow()
    one.setFocus()
    qtbot.waitUntil(one.hasFocus)
    return one


def test_a_drag_blacks_out_that_part_of_the_sheet(preview: MaskPreview) -> None:
    QTest.mousePress(preview, LEFT, pos=QPoint(50, 100))
    QTest.mouseMove(preview, QPoint(150, 150))
    QTest.mouseRelease(preview, LEFT, pos=QPoint(150, 150))
    (box,) = preview.boxes
    assert box == QRectF(100, 100, 200, 100)  # the sheet begins 50 pixels down
    masked = preview.masked()
    assert masked.pixelColor(200, 150) == Qt.GlobalColor.black
    assert masked.pixelColor(99, 150) == Qt.GlobalColor.white
    assert masked.pixelColor(301, 150) == Qt.GlobalColor.white


def test_a_slip_of_the_hand_is_no_box(preview: MaskPreview) -> None:
    QTest.mouseClick(preview, LEFT, pos=QPoint(100, 100))
    assert preview.boxes == ()


def test_keys_add_move_size_and_remove_a_box(qtbot: QtBot, preview: MaskPreview) -> None:
    qtbot.keyClick(preview, Qt.Key.Key_Space)
    (box,) = preview.boxes
    assert box.center() == QPointF(500, 300)
    qtbot.keyClick(preview, Qt.Key.Key_Left)
    qtbot.keyClick(preview, Qt.Key.Key_Down)
    assert preview.boxes[0] == box.translated(-10, 10)
    qtbot.keyClick(preview, Qt.Key.Key_Right, CTRL)
    assert preview.boxes[0] == box.translated(-9, 10)
    qtbot.keyClick(preview, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(preview, Qt.Key.Key_Up, SHIFT)
    assert preview.boxes[0].width() == box.width() + 10
    assert preview.boxes[0].height() == box.height() - 10
    assert "chosen" in preview.accessibleDescription()
    qtbot.keyClick(preview, Qt.Key.Key_Delete)
    assert preview.boxes == ()


def test_another_box_is_chosen_by_page_up_and_down(qtbot: QtBot, preview: MaskPreview) -> None:
    for _ in range(3):
        qtbot.keyClick(preview, Qt.Key.Key_Space)
    assert preview.chosen == 2
    qtbot.keyClick(preview, Qt.Key.Key_PageDown)
    assert preview.chosen == 0
    qtbot.keyClick(preview, Qt.Key.Key_Left)
    lefts = [box.left() for box in preview.boxes]
    assert lefts[0] < lefts[1] == lefts[2]
    qtbot.keyClick(preview, Qt.Key.Key_PageUp)
    assert preview.chosen == 2


def test_a_box_stays_on_the_sheet(qtbot: QtBot, preview: MaskPreview) -> None:
    qtbot.keyClick(preview, Qt.Key.Key_Space)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
        for _ in range(70):
            qtbot.keyClick(preview, key)
    assert preview.boxes[0].topLeft() == QPointF(0, 0)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        for _ in range(120):
            qtbot.keyClick(preview, key, SHIFT)
    assert preview.boxes[0] == QRectF(0, 0, 1000, 600)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
        for _ in range(120):
            qtbot.keyClick(preview, key, SHIFT)
    assert min(preview.boxes[0].width(), preview.boxes[0].height()) >= 4


def test_without_a_sheet_keys_do_nothing(qtbot: QtBot) -> None:
    preview = MaskPreview()
    qtbot.addWidget(preview)
    preview.show()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Delete, Qt.Key.Key_PageUp):
        qtbot.keyClick(preview, key)
    assert preview.boxes == ()


def test_in_the_dialog_space_and_delete_do_not_press_its_buttons(
    qtbot: QtBot, sheet: QImage
) -> None:
    dialog = ExportDialog((), has_cases=True, has_selection=False)
    qtbot.addWidget(dialog)
    dialog.show_sheet(sheet)
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.mouseClick(dialog.add_button, LEFT)
    qtbot.waitUntil(dialog.preview.hasFocus)
    assert len(dialog.preview.boxes) == 1
    qtbot.keyClick(dialog.preview, Qt.Key.Key_Space)
    assert len(dialog.preview.boxes) == 2
    qtbot.keyClick(dialog.preview, Qt.Key.Key_Delete)
    assert len(dialog.preview.boxes) == 1
    qtbot.mouseClick(dialog.undo_button, LEFT)
    assert dialog.preview.boxes == ()
    assert dialog.isVisible()
