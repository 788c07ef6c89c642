"""The row at the top."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from viewer.frame.tool_row import ToolRow


def shown(qtbot: QtBot) -> ToolRow:
    row = ToolRow([QAction("Radiograph…"), None, QAction("Quit")])
    qtbot.addWidget(row)
    row.set_bundles([("/a", "Pneumonia (a)"), ("/b", "Effusion (b)")], "/b")
    row.set_methods([("ig", "IG"), ("cnn", "CNN")], "ig")
    row.resize(1000, 40)
    row.show()
    return row


def test_filling_announces_nothing_and_choosing_does(qtbot: QtBot) -> None:
    row = shown(qtbot)
    assert row.bundle_combo.currentText() == "Effusion (b)"
    with qtbot.assertNotEmitted(row.method_chosen):
        row.set_methods([("ig", "IG"), ("cnn", "CNN")], "ig")
    with qtbot.waitSignal(row.method_chosen) as chosen:
        qtbot.keyClick(row.method_combo, Qt.Key.Key_Down)
    assert chosen.args == ["cnn"]
    with qtbot.waitSignal(row.bundle_chosen) as chosen:
        qtbot.keyClick(row.bundle_combo, Qt.Key.Key_Up)
    assert chosen.args == ["/a"]
    with qtbot.waitSignal(row.count_chosen) as chosen:
        qtbot.keyClick(row.count_combo, Qt.Key.Key_Down)
    assert chosen.args == [6]


def test_any_number_of_the_settings_is_offered(qtbot: QtBot) -> None:
    row = shown(qtbot)
    row.set_counts(7)
    assert row.count_combo.currentText() == "7"


def test_export_waits_until_there_is_something(qtbot: QtBot) -> None:
    row = shown(qtbot)
    assert not row.export_button.isEnabled()
    row.set_exportable(True)
    with qtbot.waitSignal(row.export_wished):
        qtbot.mouseClick(row.export_button, Qt.MouseButton.LeftButton)


def test_every_control_has_a_name_to_be_heard(qtbot: QtBot) -> None:
    row = shown(qtbot)
    for combo in (row.bundle_combo, row.method_combo, row.count_combo):
        assert combo.accessibleName()
