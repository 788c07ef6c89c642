"""Folders that change or vanish while they are open, files that are no radiographs, late clicks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inference.catalogue_build import build_catalogue
from inference.pipeline import open_engine
from viewer.case.case_controller import CaseController
from viewer.case.catalogue_watch import CatalogueWatch, Found
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings


@pytest.fixture
def controller(qtbot: QtBot, window: MainWindow, tiny_bundle: Path) -> Iterator[CaseController]:
    one = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    one.fault_found.connect(lambda error: pytest.fail(f"a fault: {error!r}"))
    yield one
    one.shut_down()


@pytest.fixture
def watch(window: MainWindow, controller: CaseController) -> Iterator[CatalogueWatch]:
    one = CatalogueWatch(window, controller, every_ms=50)
    yield one
    one.shut_down()


@pytest.fixture
def query(tmp_path: Path, make_picture: Callable[..., np.ndarray]) -> Path:
    path = tmp_path / "4711.png"
    Image.fromarray(make_picture(99)).save(path)
    return path


def idle(qtbot: QtBot, controller: CaseController) -> None:
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)


def drop(window: MainWindow, path: Path) -> None:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(9, 9), action, content, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), action, content, left, none))


def looked(qtbot: QtBot, watch: CatalogueWatch, found: Found) -> None:
    with qtbot.waitSignal(watch.looked, timeout=10_000, check_params_cb=lambda one: one is found):
        pass


def test_a_catalogue_indexed_again_elsewhere_is_said_once_and_opened_on_a_click(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    watch: CatalogueWatch,
    query: Path,
    indexed: Path,
    tiny_bundle: Path,
    make_picture: Callable[..., np.ndarray],
) -> None:
    controller.start(query, indexed, None)
    idle(qtbot, controller)
    looked(qtbot, watch, Found.SAME)
    assert window.message_bar.text == ""
    Image.fromarray(make_picture(77)).save(indexed / "new.png")
    for _ in build_catalogue(indexed, open_engine(tiny_bundle).session, workers=1):
        pass
    looked(qtbot, watch, Found.CHANGED)
    assert "was indexed again since it was opened" in window.message_bar.text
    assert "8 cases" in window.status  # what is shown stays until the reader wants it
    window.message_bar.clear()
    looked(qtbot, watch, Found.CHANGED)
    assert window.message_bar.text == ""  # said once
    qtbot.keyClick(window, Qt.Key.Key_F5)
    idle(qtbot, controller)
    assert "9 cases" in window.status
    looked(qtbot, watch, Found.SAME)


def test_the_message_offers_to_open_it_again(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    watch: CatalogueWatch,
    indexed: Path,
) -> None:
    controller.start(None, indexed, None)
    idle(qtbot, controller)
    away = indexed.rename(indexed.with_name("away"))
    looked(qtbot, watch, Found.GONE)
    assert "The folder chest is not there any more" in window.message_bar.text
    away.rename(indexed)
    looked(qtbot, watch, Found.SAME)
    assert window.message_bar.text == "The folder chest is there again."
    indexed.rename(away)
    looked(qtbot, watch, Found.GONE)
    qtbot.mouseClick(window.message_bar.action_button, Qt.MouseButton.LeftButton)
    idle(qtbot, controller)
    assert window.is_card_shown
    assert "not there" in window.card.text


def test_when_the_folder_vanishes_each_pane_says_so_and_nothing_is_lost(
    qtbot: QtBot, window: MainWindow, controller: CaseController, query: Path, indexed: Path
) -> None:
    controller.start(query, indexed, None)
    idle(qtbot, controller)
    assert all(view.radiograph is not None for view in window.all_views())
    indexed.rename(indexed.with_name("away"))
    controller.choose_count(6)  # two more cases, whose files are gone
    idle(qtbot, controller)
    assert all(window.neighbours.pane(rank).view.radiograph for rank in range(1, 5))
    for rank in (5, 6):
        sentence = window.neighbours.pane(rank).view.placeholder
        assert "there is no such file" in sentence
        assert sentence.endswith(".")
    inside = window.neighbours.neighbour(1)
    assert inside is not None
    controller.open_radiograph(inside.case.path)  # a query that was in the folder
    idle(qtbot, controller)
    assert "there is no such file" in window.query.view.placeholder
    assert "there is no such file" in window.message_bar.text
    controller.open_radiograph(query)  # one that was not
    idle(qtbot, controller)
    assert window.query.view.radiograph is not None
    assert window.neighbours.neighbour(1) is not None
    assert "there is no such file" in window.neighbours.pane(1).view.placeholder
    indexed.with_name("away").rename(indexed)
    controller.open_radiograph(query)
    idle(qtbot, controller)
    assert all(view.radiograph is not None for view in window.all_views()[:5])


def test_a_dropped_pdf_is_a_sentence(
    qtbot: QtBot, window: MainWindow, controller: CaseController, tmp_path: Path
) -> None:
    controller.start(None, None, None)
    idle(qtbot, controller)
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF-1.7\n1 0 obj\n")
    drop(window, path)
    idle(qtbot, controller)
    said = "Cannot open report.pdf: it is a PDF document"
    assert window.message_bar.text.startswith(said)
    assert window.query.view.placeholder.startswith(said)


def test_clicks_while_something_is_being_cancelled_are_heard(
    qtbot: QtBot, window: MainWindow, controller: CaseController, query: Path, indexed: Path
) -> None:
    """Stop, and at once a case, another number of cases and the query again."""
    controller.start(query, indexed, None)
    idle(qtbot, controller)
    for _ in range(3):
        controller.open_radiograph(query)
        assert controller.is_busy
        qtbot.mouseClick(window.panel.stop_button, Qt.MouseButton.LeftButton)
        window.neighbours.select(1)
        window.tools.choose_count(5)
        window.tools.choose_count(4)
        qtbot.mouseClick(window.neighbours.pane(1).view, Qt.MouseButton.LeftButton)
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    controller.open_radiograph(query)
    idle(qtbot, controller)
    qtbot.wait(50)
    assert window.busy_text == ""
    assert window.query.view.radiograph is not None
    assert all(window.neighbours.pane(rank).view.radiograph for rank in range(1, 5))


def test_without_a_folder_there_is_nothing_to_open_again(
    qtbot: QtBot, window: MainWindow, controller: CaseController, watch: CatalogueWatch
) -> None:
    controller.start(None, None, None)
    idle(qtbot, controller)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.message_bar.text == "No folder of past cases is open."
