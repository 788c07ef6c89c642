"""The window without a controller: keys, drops, links, and nothing cut or overlapping."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QWidget,
)
from pytestqt.qtbot import QtBot

from inference.records import Neighbour, Radiograph, Spacing
from viewer.case.findings_panel import Finding
from viewer.frame.bindings import listed
from viewer.frame.elided_label import ElidedLabel
from viewer.frame.main_window import MainWindow
from viewer.frame.workbench import RESEARCH_ONLY
from viewer.pane.display_pixels import display_pixels
from viewer.pane.pane_picture import ShownOverlay
from viewer.pane.view_state import ViewState
from viewer.preferences.keys_dialog import KeysDialog
from viewer.results import result_states

MakeNeighbours = Callable[[int], tuple[Neighbour, ...]]
MakeRadiograph = Callable[..., Radiograph]


@pytest.fixture
def window(
    qtbot: QtBot, make_neighbours: MakeNeighbours, make_radiograph: MakeRadiograph, spacing: Spacing
) -> MainWindow:
    """A window in which four results are shown."""
    one = MainWindow()
    qtbot.addWidget(one)
    one.set_count(4)
    one.show_workbench()
    one.show_neighbour_grid()
    radiograph = make_radiograph(spacing=spacing)
    pixels = display_pixels(radiograph)
    overlay = ShownOverlay(np.ones((8, 8), np.float32), 0, 0, 200, 160)
    one.query.view.show_radiograph(radiograph, pixels)
    one.query.view.show_overlay(overlay)
    one.neighbours.show_neighbours(make_neighbours(4), {"case1": "agrees"})
    for rank in range(1, 5):
        one.neighbours.show_case(rank, radiograph, pixels, overlay)
    one.findings.set_classes(("Pneumonia",))
    one.findings.show_findings((Finding("Pneumonia", 0.87, 0.5),))
    one.findings.show_trust("AUROC 0.93 (test)")
    one.findings.show_neighbourhood(
        "of the 20 nearest: 16 pneumonia (base rate 31 %), severity extent 3–6",
        "own label: Pneumonia · report · ● agrees; 2 images of this patient left out",
    )
    one.tools.set_bundles([("a", "Pneumonia (chest-pneumonia)")], "a")
    one.tools.set_methods([("ig", "IG")], "ig")
    one.tools.set_exportable(True)
    one.set_case_title("4711.dcm · PA · DX")
    one.show_status(("chest-pneumonia 1.2", "catalogue: 1,540 cases", "CPU 41 ms"))
    one.show()
    one.activateWindow()  # shortcuts belong to the active window
    qtbot.waitUntil(one.isActiveWindow)
    return one


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    qtbot.keyClick(window, key)


def test_digits_select_a_result(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_3)
    assert window.neighbours.selected_rank == 3
    press(qtbot, window, Qt.Key.Key_9)  # there is no ninth
    assert window.neighbours.selected_rank == 0


def test_o_and_l_toggle_overlay_and_link(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_O)
    assert not window.overlay_controls.style_shown.is_on
    press(qtbot, window, Qt.Key.Key_L)
    assert not window.overlay_controls.is_linked


def test_turning_the_overlay_off_shows_the_anatomy(qtbot: QtBot, window: MainWindow) -> None:
    def is_grey(view: QWidget) -> bool:
        colour = view.grab().toImage().pixelColor(view.width() // 2, view.height() // 2)
        channels = (colour.red(), colour.green(), colour.blue())
        return max(channels) - min(channels) < 4

    assert not is_grey(window.query.view)
    press(qtbot, window, Qt.Key.Key_O)
    assert all(is_grey(view) for view in window.all_views())


def test_i_f_and_r_act_on_all_linked_panes(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_I)
    assert all(view.state.is_inverted for view in window.all_views())
    window.query.view.setFocus()
    qtbot.keyClick(window.query.view, Qt.Key.Key_Plus)
    assert all(view.state.zoom > 1 for view in window.all_views())
    press(qtbot, window, Qt.Key.Key_F)
    assert all(view.state == ViewState(is_inverted=True) for view in window.all_views())
    press(qtbot, window, Qt.Key.Key_R)
    assert all(view.state == ViewState() for view in window.all_views())


def test_unlinked_panes_stay_and_linking_again_brings_them_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    press(qtbot, window, Qt.Key.Key_L)
    window.query.view.setFocus()
    qtbot.keyClick(window.query.view, Qt.Key.Key_Plus)
    assert window.query.view.state.zoom > 1
    assert window.neighbours.pane(1).view.state.zoom == 1
    press(qtbot, window, Qt.Key.Key_L)
    assert window.neighbours.pane(1).view.state == window.query.view.state


def test_e_wishes_to_export(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.export_wished):
        press(qtbot, window, Qt.Key.Key_E)


def test_the_question_mark_lists_every_key(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, window, Qt.Key.Key_Question)
    box = window.findChild(KeysDialog)
    assert box is not None
    assert box.isVisible()
    for _, rows in listed({}):
        assert all(keys in box.text and words in box.text for keys, words in rows)
    box.close()


def test_a_double_click_enlarges_and_escape_gives_back(qtbot: QtBot, window: MainWindow) -> None:
    view = window.neighbours.pane(2).view
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert window.enlarged == 2
    qtbot.waitUntil(lambda: view.width() > 0.9 * window.width())
    assert not window.tools.isVisible()
    press(qtbot, window, Qt.Key.Key_Escape)
    assert window.enlarged is None
    assert window.tools.isVisible()
    qtbot.mouseDClick(window.query.view, Qt.MouseButton.LeftButton)
    assert window.enlarged == 0
    assert not window.neighbours.isVisible()
    qtbot.mouseDClick(window.query.view, Qt.MouseButton.LeftButton)
    assert window.enlarged is None


def test_the_research_notice_stays_when_a_pane_is_enlarged(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.enlarge(0)
    assert window.statusBar().isVisible()
    assert window.status.startswith(RESEARCH_ONLY)


def test_the_start_page_shows_nothing_to_explain_or_to_lay_over(window: MainWindow) -> None:
    rows = (window.explain_controls, window.overlay_controls)
    window.show_start()
    assert not any(row.isVisible() for row in rows)
    assert window.start_page.demo_button.hasFocus()
    window.show_workbench()
    assert all(row.isVisible() for row in rows)
    assert window.query.view.hasFocus()


def test_the_focus_goes_from_what_is_hidden_to_a_radiograph(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.results_area.bar.filter.setFocus()
    qtbot.waitUntil(window.results_area.bar.filter.hasFocus)
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert window.query.view.hasFocus()


def test_a_finding_is_typed_where_the_filter_opened(qtbot: QtBot, window: MainWindow) -> None:
    window.neighbours.pane(1).view.setFocus()
    window.results_area.bar.filter.toggle()
    field = window.results_area.filter.finding
    qtbot.waitUntil(field.hasFocus)
    line = field.lineEdit()
    assert line is not None
    with qtbot.assertNotEmitted(window.export_wished):
        qtbot.keyClicks(line, "Edema")
    assert line.text() == "Edema"
    window.results_area.bar.filter.toggle()
    assert window.query.view.hasFocus()


def test_enter_presses_the_button_with_the_focus(qtbot: QtBot, window: MainWindow) -> None:
    window.explain_controls.show_way_back("Back to the method's ranking", is_region=True)
    back = window.explain_controls.back_button
    back.setFocus()
    with qtbot.waitSignal(window.explain_controls.back_wished, timeout=1000):
        qtbot.keyClick(back, Qt.Key.Key_Return)


def test_the_title_names_the_program_once_and_last(window: MainWindow) -> None:
    # Qt appends the program's name to a title that does not end with it.
    assert window.windowTitle() == "4711.dcm · PA · DX — Kindred"


def test_escape_stops_what_is_running(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.stop_wished):
        press(qtbot, window, Qt.Key.Key_Escape)


def drop(window: MainWindow, path: Path) -> None:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, content, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, content, buttons, keys)
    QApplication.sendEvent(window, event)


def test_a_file_and_a_folder_can_be_dropped(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "Röntgen 胸部.dcm"
    file.write_bytes(b"")
    with qtbot.waitSignal(window.radiograph_wished) as wished:
        drop(window, file)
    assert wished.args == [file]
    with qtbot.waitSignal(window.folder_wished) as wished:
        drop(window, tmp_path)
    assert wished.args == [tmp_path]


def test_a_dropped_text_is_not_taken(qtbot: QtBot, window: MainWindow) -> None:
    content = QMimeData()
    content.setText("hello")
    enter = QDragEnterEvent(
        QPoint(9, 9),
        Qt.DropAction.CopyAction,
        content,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


def test_more_panes_look_as_the_others_do(qtbot: QtBot, window: MainWindow) -> None:
    window.query.view.setFocus()
    qtbot.keyClick(window.query.view, Qt.Key.Key_Plus)
    window.set_count(9)
    assert window.neighbours.pane(9).view.state == window.query.view.state


def test_messages_and_activity_move_no_pane(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.wait(10)
    before = [view.geometry() for view in window.all_views()]
    window.message_bar.show_message("problem", "A sentence. " * 30, "Details.")
    window.show_busy("Looking for similar cases…")
    window.findings.show_warnings(("A warning. " * 20,), is_doubtful=True)
    qtbot.wait(10)
    assert [view.geometry() for view in window.all_views()] == before


def visible_leaves(window: MainWindow) -> list[QWidget]:
    kinds = (QLabel, QAbstractButton, QComboBox)
    return [
        one for one in window.findChildren(QWidget) if isinstance(one, kinds) and one.isVisible()
    ]


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (960, 600)])
@pytest.mark.parametrize("is_card", [False, True])
def test_no_text_is_cut_and_no_widgets_overlap(
    qtbot: QtBot, window: MainWindow, width: int, height: int, is_card: bool
) -> None:
    window.resize(width, height)
    window.message_bar.show_message("problem", "Cannot open a.dcm: it is empty.", "More.")
    window.show_busy("Looking for similar cases…")
    if is_card:
        window.card.show_content(result_states.nothing_similar(12.5, 9.25))
        window.show_card()
    qtbot.wait(20)
    leaves = visible_leaves(window)
    assert len(leaves) > 15
    for leaf in leaves:
        if isinstance(leaf, ElidedLabel):
            assert leaf.elided_text() == leaf.text() or leaf.toolTip()
        elif isinstance(leaf, QLabel) and leaf.wordWrap():
            assert leaf.height() >= leaf.heightForWidth(leaf.width()), leaf.text()
        elif leaf.text() if isinstance(leaf, QLabel | QAbstractButton) else True:
            assert leaf.width() >= leaf.minimumSizeHint().width(), leaf
            assert leaf.height() >= leaf.minimumSizeHint().height() - 1, leaf
    places = [(leaf, leaf.rect().translated(leaf.mapTo(window, QPoint()))) for leaf in leaves]
    for index, (one, place) in enumerate(places):
        assert window.rect().contains(place), one
        for other, other_place in places[index + 1 :]:
            related = one.isAncestorOf(other) or other.isAncestorOf(one)
            assert related or not place.intersects(other_place), (one, other)


def test_everything_is_reached_by_tab(qtbot: QtBot, window: MainWindow) -> None:
    reached: list[QWidget] = []
    widget = window.query.view
    widget.setFocus()
    for _ in range(60):
        current = QApplication.focusWidget()
        if current is None or current in reached:
            break
        reached.append(current)
        qtbot.keyClick(current, Qt.Key.Key_Tab)
    assert set(window.all_views()) <= set(reached)
    assert {window.tools.bundle_combo, window.tools.method_combo, window.tools.count_combo} <= set(
        reached
    )
    assert window.tools.export_button in reached


def test_every_control_that_takes_the_focus_has_a_name(window: MainWindow) -> None:
    for one in window.findChildren(QWidget):
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisible():
            text = one.text() if isinstance(one, QAbstractButton) else ""
            assert one.accessibleName() or text, one
