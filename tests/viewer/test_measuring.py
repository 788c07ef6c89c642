"""Measuring under the mouse; every figure against a computation of its own."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inference.preprocess import Placement
from inference.records import Header, Radiograph, Spacing
from viewer.export.sheet_brush import Overlay, SheetBrush
from viewer.export.sheet_layout import SheetLayout
from viewer.frame.main_window import MainWindow
from viewer.measuring.angle import ANGLE, angle
from viewer.measuring.ellipse import ELLIPSE, ellipse_figures
from viewer.measuring.file import MarksError, MarksFolder
from viewer.measuring.kinds import KINDS
from viewer.measuring.length import LENGTH
from viewer.measuring.mark import Mark
from viewer.measuring.ratio import RATIO, ratio
from viewer.pane.radiograph_view import RadiographView

MakeRadiograph = Callable[..., Radiograph]
OBLONG = Spacing(0.2, 0.1, "PixelSpacing")
SHA = "ab" * 32


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("viewer.measuring.file.user_data_folder", lambda: tmp_path)
    return tmp_path / "marks"


@pytest.fixture
def window(qtbot: QtBot, folder: Path, make_radiograph: MakeRadiograph) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.set_count(1)
    one.show_workbench()
    one.show_neighbour_grid()
    one.query.view.show_radiograph(make_radiograph(spacing=OBLONG, pixel_sha256=SHA))
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


def at(view: RadiographView, column: float, row: float) -> QPoint:
    return view.transform().map(QPointF(column, row)).toPoint()


def move(view: RadiographView, position: QPoint, buttons: Qt.MouseButton) -> None:
    place = QPointF(view.mapToGlobal(position))
    none = Qt.MouseButton.NoButton
    modifiers = Qt.KeyboardModifier.NoModifier
    kind = QEvent.Type.MouseMove
    QApplication.sendEvent(
        view, QMouseEvent(kind, QPointF(position), place, none, buttons, modifiers)
    )


def drag(qtbot: QtBot, view: RadiographView, start: QPoint, end: QPoint) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(view, left, pos=start)
    move(view, (start + end) / 2, left)
    move(view, end, left)
    qtbot.mouseRelease(view, left, pos=end)


def only_mark(window: MainWindow) -> Mark:
    (mark,) = window.measuring.book.marks(SHA)
    return mark


def words(mark: Mark, radiograph: Radiograph) -> str:
    return "\n".join(KINDS[mark.kind].words(mark, radiograph))


# Figures


def test_a_length_uses_both_spacings_and_names_their_source(
    make_radiograph: MakeRadiograph,
) -> None:
    mark = Mark("length", ((10, 10), (40, 30)))
    # 30 columns of 0.1 mm and 20 rows of 0.2 mm: 3 and 4 mm, so 5 mm.
    assert words(mark, make_radiograph(spacing=OBLONG)) == "5.0 mm\nPixelSpacing"


def test_millimetres_at_the_detector_say_so_and_without_spacing_there_are_none(
    make_radiograph: MakeRadiograph, spacing: Spacing
) -> None:
    mark = Mark("length", ((0, 0), (30, 40)))
    assert words(mark, make_radiograph(spacing=spacing)) == (
        "25.0 mm\nImagerPixelSpacing, at detector"
    )
    assert words(mark, make_radiograph()) == "50.0 px\nthe file states no pixel spacing"
    for kind in (LENGTH, RATIO, ELLIPSE, ANGLE):
        points = tuple((10.0 * index, 7.0 * index**2) for index in range(1, kind.count + 1))
        assert "mm" not in words(Mark(kind.name, points), make_radiograph())


@pytest.mark.parametrize("degrees", [0, 17, 45, 90, 133, 180])
def test_an_angle_is_that_of_the_patient_where_pixels_are_not_square(
    make_radiograph: MakeRadiograph, degrees: int
) -> None:
    radians = math.radians(degrees)
    # Arms of 5 mm in the patient, laid out in columns of 0.1 mm and rows of 0.2 mm.
    arm = (100 + 5 * math.cos(radians) / 0.1, 80 + 5 * math.sin(radians) / 0.2)
    points = ((150.0, 80.0), (100.0, 80.0), arm)
    assert angle(make_radiograph(spacing=OBLONG), points) == pytest.approx(degrees, abs=1e-5)


def test_the_cardiothoracic_ratio_is_heart_over_thorax_and_doubts_ap(
    make_radiograph: MakeRadiograph,
) -> None:
    points = ((60.0, 100.0), (130.0, 100.0), (20.0, 90.0), (160.0, 90.0))
    radiograph = make_radiograph(spacing=OBLONG)
    assert ratio(radiograph, points) == pytest.approx(70 / 140)
    assert words(Mark("ratio", points), radiograph) == "CTR 0.50 = 7.0 / 14.0 mm\nPixelSpacing"
    bedside = make_radiograph(header=Header(view_position="AP"))
    assert "AP view" in words(Mark("ratio", points), bedside)
    swapped = (*points[2:], *points[:2])
    assert "first the heart" in words(Mark("ratio", swapped), radiograph)
    assert "first the heart" not in words(Mark("ratio", points), radiograph)


def test_a_chosen_tool_says_how_it_is_used_until_it_is_put_away(
    qtbot: QtBot, window: MainWindow
) -> None:
    for key in KINDS:
        window.measuring.choose(key)
        assert window.message_bar.text.endswith("Esc puts the tool away.")
    window.measuring.choose("")
    assert window.message_bar.text == ""
    window.measuring.choose("length")
    window.message_bar.show_message("problem", "Cannot open a.dcm: it is empty.")
    window.measuring.choose("")
    assert window.message_bar.text == "Cannot open a.dcm: it is empty."


def test_ellipse_figures_equal_those_of_a_loop_over_all_pixels(
    make_radiograph: MakeRadiograph,
) -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(500, 90, (60, 80)).astype(np.float32)
    padding = np.zeros((60, 80), bool)
    padding[:, :30] = True
    radiograph = make_radiograph(values=values, padding=padding, spacing=OBLONG)
    points = ((52.5, 8.0), (20.0, 41.0))  # from the lower right is the same
    inside = [
        float(values[row, column])
        for row in range(60)
        for column in range(30, 80)
        if ((column + 0.5 - 36.25) / 16.25) ** 2 + ((row + 0.5 - 24.5) / 16.5) ** 2 <= 1
    ]
    mean = math.fsum(inside) / len(inside)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in inside) / len(inside))
    figures = ellipse_figures(radiograph, points)
    assert figures.count == len(inside)
    assert figures.mean == pytest.approx(mean, abs=1e-9)
    assert figures.sd == pytest.approx(sd, abs=1e-9)
    assert figures.area == pytest.approx(math.pi * 1.625 * 3.3)


# Mouse and keys


def test_a_drag_measures_whatever_the_turn(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    for key in (Qt.Key.Key_T, Qt.Key.Key_H, Qt.Key.Key_D):
        qtbot.keyClick(window, key)
    drag(qtbot, view, at(view, 40, 30), at(view, 120, 110))
    (x1, y1), (x2, y2) = only_mark(window).points
    pixel = 0.5 / abs(view.transform().m12())  # a position is a whole pixel of the screen
    assert (x1, y1, x2, y2) == pytest.approx((40, 30, 120, 110), abs=2 * pixel)
    assert not view.state.has_own_window  # the window was not dragged with it


def test_right_drag_and_wheel_are_still_the_panes(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_D)
    view, right = window.query.view, Qt.MouseButton.RightButton
    qtbot.mousePress(view, right, pos=QPoint(100, 200))
    move(view, QPoint(100, 100), right)
    qtbot.mouseRelease(view, right, pos=QPoint(100, 100))
    assert view.state.zoom > 1
    assert window.measuring.book.marks(SHA) == ()


def test_an_angle_is_a_drag_and_a_click_and_a_ratio_two_drags(
    qtbot: QtBot, window: MainWindow
) -> None:
    view, left = window.query.view, Qt.MouseButton.LeftButton
    qtbot.keyClick(window, Qt.Key.Key_A)
    drag(qtbot, view, at(view, 40, 30), at(view, 100, 80))
    qtbot.mouseClick(view, left, pos=at(view, 40, 130))
    qtbot.keyClick(window, Qt.Key.Key_C)
    drag(qtbot, view, at(view, 60, 100), at(view, 130, 100))
    drag(qtbot, view, at(view, 20, 60), at(view, 180, 60))
    kinds_made = [(mark.kind, len(mark.points)) for mark in window.measuring.book.marks(SHA)]
    assert kinds_made == [("angle", 3), ("ratio", 4)]


def test_undo_redo_and_remove(qtbot: QtBot, window: MainWindow) -> None:
    view, book = window.query.view, window.measuring.book
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QCursor.setPos(window.mapToGlobal(QPoint(1, 1)))  # at no mark
    qtbot.keyClick(window, Qt.Key.Key_S)
    drag(qtbot, view, at(view, 40, 30), at(view, 100, 80))
    qtbot.keyClick(window, Qt.Key.Key_A, shift)
    drag(qtbot, view, at(view, 140, 30), at(view, 170, 80))
    assert [mark.kind for mark in book.marks(SHA)] == ["ellipse", "arrow"]
    qtbot.keyClick(window, Qt.Key.Key_Z, control)
    assert [mark.kind for mark in book.marks(SHA)] == ["ellipse"]
    qtbot.keyClick(window, Qt.Key.Key_Z, control | shift)
    assert [mark.kind for mark in book.marks(SHA)] == ["ellipse", "arrow"]
    qtbot.keyClick(window, Qt.Key.Key_Delete, shift)
    assert book.marks(SHA) == ()
    qtbot.keyClick(window, Qt.Key.Key_Z, control)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert [mark.kind for mark in book.marks(SHA)] == ["ellipse"]


def test_delete_removes_the_mark_that_the_mouse_is_on(qtbot: QtBot, window: MainWindow) -> None:
    view, book = window.query.view, window.measuring.book
    for row in (30.0, 80.0, 130.0):
        book.add(SHA, Mark("length", ((40.0, row), (160.0, row))))
    QCursor.setPos(view.mapToGlobal(at(view, 100, 80)))
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert [mark.points[0][1] for mark in book.marks(SHA)] == [30, 130]


def test_a_point_can_be_dragged_elsewhere(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    qtbot.keyClick(window, Qt.Key.Key_D)
    drag(qtbot, view, at(view, 40, 40), at(view, 100, 40))
    drag(qtbot, view, at(view, 100, 40), at(view, 160, 40))
    (x1, _), (x2, _) = only_mark(window).points
    assert x2 - x1 == pytest.approx(120, abs=2)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    (x1, _), (x2, _) = only_mark(window).points
    assert x2 - x1 == pytest.approx(60, abs=2)


def test_a_text_is_written_where_it_was_clicked_and_its_letters_are_no_keys(
    qtbot: QtBot, window: MainWindow
) -> None:
    view = window.query.view
    qtbot.keyClick(window, Qt.Key.Key_X)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 50, 50))
    editor = window.measuring.layer(view).editor
    assert editor.hasFocus()
    qtbot.keyClicks(editor, "Ödem? o i")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert only_mark(window).text == "Ödem? o i"
    assert not view.state.is_inverted
    assert editor.isHidden()
    assert window.enlarged is None  # Return belonged to the text


def test_escape_leaves_the_unfinished_mark_first_and_then_the_tool(
    qtbot: QtBot, window: MainWindow
) -> None:
    view = window.query.view
    qtbot.keyClick(window, Qt.Key.Key_A)
    drag(qtbot, view, at(view, 40, 30), at(view, 100, 80))
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.measuring.tool == "angle"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.measuring.tool == ""
    assert window.measuring.book.marks(SHA) == ()


def test_marks_are_seen_on_the_radiograph(qtbot: QtBot, window: MainWindow) -> None:
    view = window.query.view
    before = view.grab().toImage()
    window.measuring.book.add(SHA, Mark("length", ((40.0, 80.0), (160.0, 80.0))))
    after = view.grab().toImage()
    ratio = view.devicePixelRatioF()
    middle = QPointF(at(view, 100, 80)) * ratio
    assert before.pixelColor(middle.toPoint()) != after.pixelColor(middle.toPoint())


# On exported sheets


def test_marks_are_exported_only_when_wanted_and_lie_where_they_were_made(
    qtbot: QtBot, window: MainWindow
) -> None:
    mark = Mark("length", ((40.0, 120.0), (160.0, 120.0)))
    window.measuring.book.add(SHA, mark)
    radiograph = window.query.view.radiograph
    assert radiograph is not None
    assert window.measuring.exported_marks([radiograph, None]) == {}
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_E, keys)
    assert "are drawn" in window.message_bar.text
    wanted = window.measuring.exported_marks([radiograph, None])
    assert wanted == {SHA: (mark,)}

    def sheet(marks: dict[str, tuple[Mark, ...]]) -> np.ndarray:
        layout = SheetLayout.of(1, [radiograph])
        image = QImage(400, 400, QImage.Format.Format_RGB32)
        image.fill(QColor("black"))
        painter = QPainter(image)
        brush = SheetBrush(painter, layout, Overlay(is_shown=False, marks=marks))
        whole = Placement(160, 200, 0, 0, 160, 200)
        brush.pane(QRectF(0, 0, 400, 400), radiograph, None, whole)
        painter.end()
        return np.frombuffer(image.constBits(), np.uint8).reshape(400, 400, 4)[..., :3].copy()

    changed = np.argwhere((sheet(wanted) != sheet({})).any(axis=2))
    # 200 columns of 0.1 mm, 160 rows of 0.2 mm: 20 x 32 mm, so 250 x 400 pixels at 75, 0.
    first = changed[np.abs(changed[:, 0] - 120 * 400 / 160) < 2]
    assert first[:, 1].min() == pytest.approx(75 + 40 * 1.25, abs=4)
    assert changed[:, 0].min() >= 300 - 4
    assert not (sheet({"cd" * 32: (mark,)}) != sheet({})).any()


# Kept on disk


def test_marks_come_back_in_another_window_and_lie_in_the_users_folder(
    qtbot: QtBot, window: MainWindow, folder: Path, make_radiograph: MakeRadiograph
) -> None:
    mark = Mark("text", ((3.5, 4.25),), "Rippe 4")
    window.measuring.book.add(SHA, mark)
    assert [path.name for path in folder.iterdir()] == [f"{SHA}.json"]
    again = MainWindow()
    qtbot.addWidget(again)
    again.query.view.show_radiograph(make_radiograph(pixel_sha256=SHA))
    assert again.measuring.layer(again.query.view).marks == (mark,)
    window.measuring.book.clear(SHA)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("{", id="cut"),
        pytest.param("[" * 100_000, id="nested without end"),
        pytest.param('{"version": 2, "marks": []}', id="a newer version"),
        pytest.param('{"version": 1, "marks": [{"kind": "volume"}]}', id="an unknown kind"),
        pytest.param(
            json.dumps(
                {"version": 1, "marks": [{"kind": "length", "points": [[1, 2]], "text": ""}]}
            ),
            id="a point missing",
        ),
        pytest.param(
            '{"version": 1, "marks": [{"kind": "text", "points": [[NaN, 2]], "text": ""}]}',
            id="nowhere",
        ),
    ],
)
def test_damaged_marks_are_set_aside_and_said(folder: Path, content: str) -> None:
    folder.mkdir()
    (folder / f"{SHA}.json").write_text(content, encoding="utf-8")
    with pytest.raises(MarksError, match="set aside"):
        MarksFolder().read(SHA)
    assert [path.name for path in folder.iterdir()] == [f"{SHA}.damaged"]
    assert MarksFolder().read(SHA) == ()


def test_only_a_checksum_becomes_a_file_name(folder: Path) -> None:
    MarksFolder().write("../../elsewhere", (Mark("text", ((0.0, 0.0),), "x"),))
    assert not folder.exists()
