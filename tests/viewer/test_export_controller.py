"""Exporting by mouse and keys: warnings, boxes, PNG, PDF, clipboard, and nobody's identity."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.viewer.test_sheet_files import inflated
from viewer.case.case_controller import CaseController
from viewer.explain.explain_controller import ExplainController
from viewer.export.export_dialog import QUERY, SELECTED, ExportDialog, with_suffix
from viewer.export.sheet_brush import SheetBrush
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings

NAME, PATIENT = "Mustermann^Erika", "PATIENT-4711-X"


@pytest.fixture
def controller(qtbot: QtBot, window: MainWindow, tiny_bundle: Path) -> Iterator[CaseController]:
    one = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    yield one
    one.shut_down()


@pytest.fixture
def make_query(
    tmp_path: Path, dicom_writer: Callable[..., Path], make_picture: Callable[..., np.ndarray]
) -> Callable[..., Path]:
    """A DICOM query with a name, an id, and a file name that tells."""

    def make(**elements: object) -> Path:
        pixels = make_picture(99).astype(np.uint16) * 16
        return dicom_writer(
            tmp_path / "Mustermann Erika 1970.dcm",
            pixels,
            PatientName=NAME,
            PatientID=PATIENT,
            **elements,
        )

    return make


def idle(qtbot: QtBot, controller: CaseController) -> None:
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)


def exporting(qtbot: QtBot, window: MainWindow, controller: CaseController) -> ExportDialog:
    """Press E and wait for the sheet."""
    window.activateWindow()  # after a dialog, keys come back to it
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_E)
    dialog = controller._exports().dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.preview.has_image, timeout=30_000)
    return dialog


def drag_box(qtbot: QtBot, dialog: ExportDialog, start: QPointF, end: QPointF) -> None:
    """Draw a box; the corners in shares of the sheet."""
    place = dialog.preview.on_screen()

    def on_screen(share: QPointF) -> QPoint:
        x = place.left() + share.x() * place.width()
        return QPointF(x, place.top() + share.y() * place.height()).toPoint()

    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(dialog.preview, left, pos=on_screen(start))
    qtbot.mouseMove(dialog.preview, on_screen((start + end) / 2))
    qtbot.mouseMove(dialog.preview, on_screen(end))
    qtbot.mouseRelease(dialog.preview, left, pos=on_screen(end))


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_no_identity_is_in_the_written_bytes(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    indexed: Path,
    make_query: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
) -> None:
    query = make_query()
    controller.start(query, indexed, None)
    idle(qtbot, controller)
    dialog = exporting(qtbot, window, controller)
    qtbot.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    target = tmp_path / f"sheet{suffix}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    idle(qtbot, controller)
    content = target.read_bytes()
    assert content.startswith({".png": b"\x89PNG", ".pdf": b"%PDF"}[suffix])
    assert window.message_bar.text == f"Exported to sheet{suffix}."
    secrets = ("Mustermann", "Erika", PATIENT, query.name, query.stem, str(tmp_path), "sheet.p")
    for part in (content, *inflated(content)):
        for secret in secrets:
            for encoding in ("utf-8", "utf-16-be", "utf-16-le"):
                assert secret.encode(encoding) not in part


def test_a_box_blacks_out_what_leaves_and_is_not_remembered(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    make_query: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller.start(make_query(BurnedInAnnotation="YES"), None, None)
    idle(qtbot, controller)
    dialog = exporting(qtbot, window, controller)
    assert "BurnedInAnnotation is YES" in dialog.warning
    assert not dialog.save_button.isEnabled()
    drag_box(qtbot, dialog, QPointF(0.2, 0.2), QPointF(0.5, 0.4))
    drag_box(qtbot, dialog, QPointF(0.6, 0.6), QPointF(0.8, 0.8))
    qtbot.mouseClick(dialog.undo_button, Qt.MouseButton.LeftButton)
    assert len(dialog.preview.boxes) == 1
    dialog.confirm.click()
    target = tmp_path / "sheet.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)
    idle(qtbot, controller)
    written = QImage(str(target))
    inside = (round(0.3 * written.width()), round(0.3 * written.height()))
    beside = (round(0.3 * written.width()), round(0.5 * written.height()))
    assert written.pixelColor(*inside) == QColor("black")
    assert written.pixelColor(*beside) != QColor("black")
    again = exporting(qtbot, window, controller)
    assert again.preview.boxes == ()
    assert not again.confirm.isChecked()
    again.reject()


def test_a_picture_without_a_header_is_doubted_and_a_radiograph_not(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    indexed: Path,
    make_query: Callable[..., Path],
) -> None:
    controller.start(make_query(), None, None)
    idle(qtbot, controller)
    dialog = exporting(qtbot, window, controller)
    assert dialog.warning == ""
    assert dialog.save_button.isEnabled()
    dialog.reject()
    controller.open_radiograph(indexed / "image1.png")
    idle(qtbot, controller)
    dialog = exporting(qtbot, window, controller)
    assert "The file of the query does not say whether text is burned" in dialog.warning
    assert not dialog.copy_button.isEnabled()
    dialog.reject()


def test_the_clipboard_gets_pixels_alone(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    make_query: Callable[..., Path],
) -> None:
    controller.start(make_query(), None, None)
    idle(qtbot, controller)
    dialog = exporting(qtbot, window, controller)
    expected = dialog.preview.masked()
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    board = QGuiApplication.clipboard()
    copied = board.image()
    assert copied.size() == expected.size()
    assert copied.pixelColor(50, 50) == expected.pixelColor(50, 50)
    assert copied.textKeys() == []
    data = board.mimeData()
    assert not data.hasText()
    assert not data.hasUrls()


def test_all_panes_one_case_or_the_query_alone(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path
) -> None:
    controller.start(indexed / "dicom" / "image7.dcm", indexed, None)
    idle(qtbot, controller)
    qtbot.keyClick(window, Qt.Key.Key_2)
    dialog = exporting(qtbot, window, controller)
    widths = [dialog.preview.masked().width()]
    for part in (SELECTED, QUERY):
        dialog.part.setCurrentIndex(dialog.part.findData(part))
        dialog.part.activated.emit(dialog.part.currentIndex())
        assert not dialog.preview.has_image
        qtbot.waitUntil(lambda: dialog.preview.has_image, timeout=30_000)
        widths.append(dialog.preview.masked().width())
    assert widths[0] > widths[1] > widths[2]
    dialog.reject()


@pytest.mark.parametrize(
    ("name", "chosen", "expected"),
    [
        ("a", "", "a.png"),
        ("a", "PDF page (*.pdf)", "a.pdf"),
        ("a.b", "", "a.b.png"),
        ("a.PDF", "PNG picture (*.png)", "a.PDF"),
    ],
)
def test_a_name_without_an_ending_gets_one(name: str, chosen: str, expected: str) -> None:
    assert with_suffix(Path(name), chosen) == Path(expected)


@pytest.mark.parametrize("kind", ["saliency", "activation", "attention", "occlusion", "place"])
def test_the_sheet_has_the_maps_that_are_on_the_screen(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    indexed: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    why = ExplainController(window, controller)
    controller.start(indexed / "image1.png", indexed, None)
    qtbot.waitUntil(lambda: not (controller.is_busy or why.is_busy), timeout=60_000)
    if kind == "place":
        why.choose_place(20, 18)
    else:
        qtbot.mouseClick(window.explain_controls.button(kind), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not (controller.is_busy or why.is_busy), timeout=60_000)
    drawn: list[tuple[object, object]] = []
    words: list[str] = []
    pane, text = SheetBrush.pane, SheetBrush.text

    def keep_pane(self: Any, area: Any, radiograph: Any, over: Any = None, at: Any = None) -> None:
        drawn.append((over, at))
        pane(self, area, radiograph, over, at)

    def keep_text(self: Any, x: float, y: float, width: float, line: str, **how: Any) -> None:
        assert self.width(line, bold=how.get("bold", False)) <= width + 0.5  # nothing is cut off
        words.append(line)
        text(self, x, y, width, line, **how)

    monkeypatch.setattr(SheetBrush, "pane", keep_pane)
    monkeypatch.setattr(SheetBrush, "text", keep_text)
    exporting(qtbot, window, controller).reject()
    overlays = [view.overlay for view in window.all_views()]
    assert [over for over, _ in drawn] == overlays
    assert len(overlays) == 5
    assert [at for _, at in drawn] == [(20, 18) if kind == "place" else None, *[None] * 4]
    whole = " ".join(words)
    assert window.explain_controls.legend in whole
    names = {
        "saliency": "Saliency", "activation": "Activation", "attention": "Attention",
        "occlusion": "Occlusion", "place": "Resemblance to the marked place",
    }  # fmt: skip
    assert f"Map: {names[kind]}. " in whole
    assert f"{names[kind].lower()}, low to high" in words
    directions = {
        "activation": "On the query: for case 1. On each case: for the query.",
        "attention": "On the query: for case 1. On each case: for the query.",
        "occlusion": "On the query: for case 1. On case 1: for the query.",
    }
    assert directions.get(kind, "") in whole
    # Occlusion explains one pair: the other cases have no map, and the sheet says so.
    assert overlays.count(None) == (3 if kind == "occlusion" else 0)
    assert ("A radiograph without colours has no map." in whole) == (kind == "occlusion")
    why.shut_down()
