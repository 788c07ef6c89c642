"""The methods' window with a real bundle, index and files: rows, frames, stop, export."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from inference.case_filter import EVERY_CASE, CaseFilter
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.methods.controller import MethodsController
from viewer.preferences.settings import Settings


@pytest.fixture
def cases(qtbot: QtBot, window: MainWindow, tiny_bundle: Path) -> Iterator[CaseController]:
    one = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    yield one
    one.shut_down()


@pytest.fixture
def methods(window: MainWindow, cases: CaseController) -> Iterator[MethodsController]:
    one = MethodsController(window, cases)
    yield one
    one.shut_down()


def opened(qtbot: QtBot, cases: CaseController, query: Path, folder: Path) -> None:
    cases.start(query, folder, None)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)


def test_m_compares_every_method_and_frames_tell_labels(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    methods: MethodsController,
    indexed: Path,
) -> None:
    opened(qtbot, cases, indexed / "dicom" / "image7.dcm", indexed)
    qtbot.keyClick(window, Qt.Key.Key_M)
    view = methods.view
    assert view.isVisible()
    qtbot.waitUntil(lambda: not methods.is_busy, timeout=60_000)
    assert [one.split(" · ")[0] for one in view.headings] == [
        "IG (ig)", "CNN (cnn)", "Metric (metric)", "Severity (ig-severity)", "SSIM (ssim)",
    ]  # fmt: skip
    assert view.label_words == "Label: Pneumonia"
    assert view.status == "5 methods"
    cells = [cell for row in range(5) for cell in view.cells(row)]
    assert len(cells) == 20
    assert all(cell.radiograph is not None for cell in cells)
    assert {cell.agreement for cell in cells} == {"same", "other"}
    assert {cell.accessibleDescription() for cell in cells} == {"● same label", "◇ other label"}


def test_without_a_label_no_case_agrees(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    methods: MethodsController,
    indexed: Path,
    tmp_path: Path,
) -> None:
    query = tmp_path / "new.png"
    Image.linear_gradient("L").resize((40, 48)).save(query)
    opened(qtbot, cases, query, indexed)
    window.tools.methods_button.click()
    qtbot.waitUntil(lambda: not methods.is_busy, timeout=60_000)
    assert "not known" in methods.view.label_words
    assert {cell.agreement for cell in methods.view.cells(0)} == {"unknown"}


def test_without_a_catalogue_a_sentence_says_what_to_do(
    qtbot: QtBot, window: MainWindow, cases: CaseController, methods: MethodsController
) -> None:
    cases.start(None, None, None)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert not methods.view.isVisible()
    assert "folder of past cases" in window.message_bar.text


def test_closing_the_window_stops_comparing(
    qtbot: QtBot, cases: CaseController, methods: MethodsController, indexed: Path
) -> None:
    opened(qtbot, cases, indexed / "image1.png", indexed)
    methods.compare()
    assert methods.is_busy
    methods.view.close()
    assert not methods.is_busy
    methods.compare()  # and it can be opened again
    qtbot.waitUntil(lambda: not methods.is_busy, timeout=60_000)
    assert len(methods.view.headings) == 5


def test_use_chooses_the_method_in_the_main_window(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    methods: MethodsController,
    indexed: Path,
) -> None:
    opened(qtbot, cases, indexed / "image1.png", indexed)
    methods.view.method_chosen.emit("cnn")
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    assert window.tools.method_combo.currentData() == "cnn"
    assert cases.analysis is not None
    assert cases.analysis.method == "cnn"


def test_export_writes_a_picture(
    qtbot: QtBot,
    cases: CaseController,
    methods: MethodsController,
    indexed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "methods.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    opened(qtbot, cases, indexed / "image1.png", indexed)
    methods.compare()
    qtbot.waitUntil(lambda: not methods.is_busy, timeout=60_000)
    methods.view.export_button.click()
    qtbot.waitUntil(lambda: methods.view.status == "Exported to methods.png.", timeout=60_000)
    with Image.open(path) as picture:
        assert picture.width > 2000


def test_the_filter_of_the_results_holds_for_every_method(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    methods: MethodsController,
    indexed: Path,
) -> None:
    opened(qtbot, cases, indexed / "dicom" / "image7.dcm", indexed)
    cases.results.choose_filter(CaseFilter(finding="Effusion"))  # 3 of the 8 cases have it
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    qtbot.keyClick(window, Qt.Key.Key_M)
    view = methods.view
    qtbot.waitUntil(lambda: not methods.is_busy, timeout=60_000)
    assert view.status == "5 methods · filter: only Effusion"
    for row in range(5):
        assert [cell.radiograph is not None for cell in view.cells(row)] == [True] * 3 + [False]
    cases.results.choose_filter(EVERY_CASE)  # and an open window follows
    qtbot.waitUntil(lambda: not (methods.is_busy or cases.is_busy), timeout=60_000)
    assert view.status == "5 methods"
    assert all(cell.radiograph is not None for cell in view.cells(0))
