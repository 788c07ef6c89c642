"""Overlay, opacity, colours, link."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider
from pytestqt.qtbot import QtBot

from viewer.pane.overlay_controls import Legend, OverlayControls
from viewer.pane.view_state import OverlayStyle


def shown(qtbot: QtBot) -> OverlayControls:
    controls = OverlayControls()
    qtbot.addWidget(controls)
    controls.show()
    return controls


def test_each_control_changes_the_style(qtbot: QtBot) -> None:
    controls = shown(qtbot)
    with qtbot.waitSignal(controls.style_changed) as changed:
        qtbot.keyClick(controls.findChild(QSlider), Qt.Key.Key_Right)
    assert changed.args == [OverlayStyle(True, 0.41, "inferno")]
    with qtbot.waitSignal(controls.style_changed):
        qtbot.keyClick(controls.findChild(QComboBox), Qt.Key.Key_Down)
    assert controls.style_shown.colour_map == "viridis"
    with qtbot.waitSignal(controls.style_changed):
        qtbot.keyClick(controls.findChild(QCheckBox), Qt.Key.Key_Space)
    assert not controls.style_shown.is_on


def test_setting_a_style_shows_it(qtbot: QtBot) -> None:
    controls = shown(qtbot)
    controls.set_style(OverlayStyle(False, 0.75, "cividis"))
    assert controls.style_shown == OverlayStyle(False, 0.75, "cividis")
    assert controls.findChild(QSlider).value() == 75


def test_linking_is_announced(qtbot: QtBot) -> None:
    controls = shown(qtbot)
    with qtbot.waitSignal(controls.link_changed) as changed:
        controls.toggle_link()
    assert changed.args == [False]
    assert not controls.is_linked


def test_the_legend_runs_from_dark_to_light(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show()
    image = legend.grab().toImage()
    middle = image.height() // 2
    assert image.pixelColor(image.width() - 4, middle).lightness() > 180
    assert image.pixelColor(image.width() // 3, middle).lightness() < 120
