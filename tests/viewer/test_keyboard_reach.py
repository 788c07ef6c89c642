"""Keys do one thing each: wherever the focus is, and by the keyboard alone."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from inference.case_filter import FilterChoices
from inference.records import Neighbour, Radiograph
from viewer.frame.bindings import BINDINGS
from viewer.frame.main_window import MainWindow


@pytest.fixture
def window(
    qtbot: QtBot,
    make_radiograph: Callable[..., Radiograph],
    make_neighbours: Callable[[int], tuple[Neighbour, ...]],
) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.set_count(4)
    one.show_workbench()
    one.show_neighbour_grid()
    for view in one.all_views():
        view.show_radiograph(make_radiograph())
    one.neighbours.show_neighbours(make_neighbours(4), {})
    one.tools.set_bundles([("a", "Overview"), ("b", "Lungs"), ("c", "Bones")], "c")
    one.tools.set_methods([("ig", "IG"), ("cnn", "CNN"), ("ob", "Old baseline")], "cnn")
    one.results_area.bar.filter.setChecked(True)
    one.results_area.filter.set_choices(FilterChoices(("Oedema", "Pneumonia")))
    neighbour = one.neighbours.neighbour(1)
    assert neighbour is not None
    one.results_area.tray.pin(neighbour.case, QImage(8, 8, QImage.Format.Format_Grayscale8))
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


def lists(window: MainWindow) -> list[QWidget]:
    """Widgets that search by letters, or show text."""
    return [
        window.tools.bundle_combo,
        window.tools.method_combo,
        window.tools.count_combo,
        window.results_area.filter.sex,
        window.results_area.tray.strip,
        window.record._body,
    ]


def test_a_bound_letter_acts_in_every_list_and_changes_nothing_there(
    qtbot: QtBot, window: MainWindow
) -> None:
    """The window's keys come first: O is the overlay, also where an entry begins with O."""
    for widget in lists(window):
        widget.setFocus()
        assert widget.hasFocus(), widget
        before = widget.currentText() if isinstance(widget, QComboBox) else ""
        was_on = window.overlay_controls.style_shown.is_on
        qtbot.keyClick(widget, Qt.Key.Key_O)
        assert window.overlay_controls.style_shown.is_on is not was_on, widget
        qtbot.keyClick(widget, Qt.Key.Key_4)
        assert window.neighbours.selected_rank == 4
        window.neighbours.select(0)
        if isinstance(widget, QComboBox):
            assert widget.currentText() == before


def test_a_letter_that_is_bound_to_nothing_still_searches_a_list(
    qtbot: QtBot, window: MainWindow
) -> None:
    assert "B" not in [binding.keys for binding in BINDINGS]
    combo = window.tools.bundle_combo
    combo.setCurrentIndex(0)
    combo.setFocus()
    with qtbot.waitSignal(window.tools.bundle_chosen) as chosen:
        qtbot.keyClick(combo, Qt.Key.Key_B)
    assert chosen.args == ["c"]


def test_in_an_open_list_letters_belong_to_the_list(qtbot: QtBot, window: MainWindow) -> None:
    combo = window.tools.bundle_combo
    combo.setFocus()
    combo.showPopup()
    popup = combo.view()
    qtbot.waitUntil(popup.isVisible)
    was_on = window.overlay_controls.style_shown.is_on
    qtbot.keyClick(popup, Qt.Key.Key_O)
    assert popup.currentIndex().row() == 0
    assert window.overlay_controls.style_shown.is_on is was_on
    combo.hidePopup()


def test_letters_and_digits_are_text_where_text_is_written(
    qtbot: QtBot, window: MainWindow
) -> None:
    panel = window.results_area.filter
    panel.youngest.setFocus()
    panel.youngest.selectAll()
    was_on = window.overlay_controls.style_shown.is_on
    qtbot.keyClicks(panel.youngest, "41")
    qtbot.keyClick(panel.youngest, Qt.Key.Key_Return)
    assert panel.youngest.value() == 41
    assert window.neighbours.selected_rank == 0
    line = panel.finding.lineEdit()
    assert line is not None
    line.setFocus()
    qtbot.keyClicks(line, "o4+i?")
    assert line.text() == "o4+i?"
    assert window.overlay_controls.style_shown.is_on is was_on
    assert not window.query.view.state.is_inverted
    assert window.neighbours.selected_rank == 0


def test_the_lines_between_the_parts_move_by_keys(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1600, 900)
    control, alt = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.wait(10)
    query, record = window.query.width(), window.record.width()
    qtbot.keyClick(window, Qt.Key.Key_Right, control | shift)
    assert window.query.width() == query + 40
    qtbot.keyClick(window, Qt.Key.Key_Left, control | shift)
    assert window.query.width() == query
    qtbot.keyClick(window, Qt.Key.Key_Left, alt | shift)
    assert window.record.width() == record + 40
    qtbot.keyClick(window, Qt.Key.Key_Right, alt | shift)
    assert window.record.width() == record
    window.elsewhere.toggle("query")
    qtbot.keyClick(window, Qt.Key.Key_Right, control | shift)  # there is no line then


def test_tab_reaches_filter_tray_and_bar(qtbot: QtBot, window: MainWindow) -> None:
    reached: list[QWidget] = []
    window.query.view.setFocus()
    for _ in range(80):
        current = QApplication.focusWidget()
        if current is None or current in reached:
            break
        reached.append(current)
        qtbot.keyClick(current, Qt.Key.Key_Tab)
    area = window.results_area
    wanted = {area.filter.sex, area.filter.youngest, area.filter.clear_button, area.tray.strip}
    assert wanted <= set(reached)
    assert area.bar.filter in reached
