"""The window and the pipeline together, with a real bundle, index and files."""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from inference.records import Header
from viewer.case import case_controller
from viewer.case.case_controller import CaseController
from viewer.case.case_jobs import Analysed, analyse_query
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.show()
    one.activateWindow()  # shortcuts belong to the active window
    qtbot.waitUntil(one.isActiveWindow)
    return one


@pytest.fixture
def controller(qtbot: QtBot, window: MainWindow, tiny_bundle: Path) -> Iterator[CaseController]:
    one = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    yield one
    one.shut_down()


@pytest.fixture
def query(tmp_path: Path, make_picture: Callable[..., np.ndarray]) -> Path:
    """A radiograph that is not in the catalogue."""
    path = tmp_path / "Ärztin 4711.png"
    Image.fromarray(make_picture(99)).save(path)
    return path


def idle(qtbot: QtBot, controller: CaseController) -> None:
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)


def test_the_first_start_offers_two_choices(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    controller.start(None, None, None)
    idle(qtbot, controller)
    assert window.is_start_shown
    assert "no catalogue" in window.status


def test_a_query_arrives_step_by_step_and_ends_with_explained_cases(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path, query: Path
) -> None:
    controller.start(query, indexed, None)
    assert window.query.view.placeholder == "Reading…"
    idle(qtbot, controller)
    assert window.query.view.radiograph is not None
    assert window.query.view.overlay is not None
    assert window.tools.title.startswith("Ärztin 4711.png")
    assert window.findings.probability_words()[0].startswith("0.")
    assert window.findings.summary.startswith("of the 8 nearest: 5 pneumonia (base rate 62 %)")
    assert not window.is_card_shown
    for rank in range(1, 5):
        assert window.neighbours.pane(rank).view.overlay is not None
    assert "catalogue: 8 cases" in window.status
    assert "CPU" in window.status
    assert window.status.startswith("Research use only, not for diagnosis")
    assert window.tools.export_button.isEnabled()


def test_selecting_and_pointing_show_the_record(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path, query: Path
) -> None:
    controller.start(query, indexed, None)
    idle(qtbot, controller)
    ranks = {
        window.neighbours.neighbour(rank).case.case_id: rank  # type: ignore[union-attr]
        for rank in range(1, 5)
    }
    case_id, rank = next((one, rank) for one, rank in ranks.items() if one < "case7")
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + rank))
    assert f"Report of {case_id[:4]} {case_id[4:]}, in words." in window.record.text
    other = 1 if rank != 1 else 2
    window.neighbours.pane(other).view.pointed_at.emit(True)
    assert f"Case {other} ·" in window.record.text
    window.neighbours.pane(other).view.pointed_at.emit(False)
    assert f"Case {rank} ·" in window.record.text


def test_a_query_of_the_catalogue_is_recognised_and_its_patient_left_out(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path
) -> None:
    controller.start(indexed / "image5.png", indexed, None)
    idle(qtbot, controller)
    shown = {window.neighbours.neighbour(rank).case.case_id for rank in range(1, 5)}  # type: ignore[union-attr]
    assert not shown & {"case5", "case6"}
    assert "own label: No finding" in window.findings.origin
    assert "2 images of this patient left out" in window.findings.origin


def test_opening_another_radiograph_abandons_the_first(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    indexed: Path,
    query: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller.start(None, indexed, None)
    idle(qtbot, controller)
    slow_is_queued, proceed = threading.Event(), threading.Event()

    def held(path: Path, *args: object, **options: object) -> Generator[Analysed, None, None]:
        steps = analyse_query(path, *args, **options)  # type: ignore[arg-type]
        if path == query:
            yield next(steps)  # already in Qt's queue when the other is opened
            slow_is_queued.set()
            proceed.wait(timeout=10)
        yield from steps

    monkeypatch.setattr(case_controller, "analyse_query", held)
    controller.open_radiograph(query)
    assert slow_is_queued.wait(timeout=10)
    controller.open_radiograph(indexed / "image1.png")
    proceed.set()
    idle(qtbot, controller)
    assert window.query.view.radiograph is not None
    assert window.query.view.radiograph.path.name == "image1.png"
    assert controller.analysis is not None
    assert controller.analysis.path.name == "image1.png"
    assert window.tools.title.startswith("image1.png")


def test_showing_more_and_fewer_cases_keeps_the_analysis(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path, query: Path
) -> None:
    controller.start(query, indexed, None)
    idle(qtbot, controller)
    analysis = controller.analysis
    qtbot.keyClick(window.tools.count_combo, Qt.Key.Key_Down)  # 6
    idle(qtbot, controller)
    assert window.neighbours.count == 6
    assert window.neighbours.pane(6).view.radiograph is not None
    controller.choose_count(2)
    idle(qtbot, controller)
    assert window.neighbours.count == 2
    assert controller.analysis is analysis


def test_another_method_searches_again_and_keeps_the_picture(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path, query: Path
) -> None:
    controller.start(query, indexed, None)
    idle(qtbot, controller)
    picture = window.query.view.radiograph
    before = [one.distance for one in controller.analysis.neighbours or ()]  # type: ignore[union-attr]
    index = window.tools.method_combo.findData("cnn")
    window.tools.method_combo.setCurrentIndex(index)
    window.tools.method_combo.activated.emit(index)
    idle(qtbot, controller)
    assert controller.analysis is not None
    assert controller.analysis.method == "cnn"
    assert [one.distance for one in controller.analysis.neighbours or ()] != before
    assert window.query.view.radiograph is picture


def test_a_folder_without_index_offers_to_build_it_and_shows_results_after(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    tiny_catalogue_folder: Path,
    query: Path,
) -> None:
    controller.start(query, tiny_catalogue_folder, None)
    idle(qtbot, controller)
    assert window.is_card_shown
    assert window.card.heading == "This folder is not indexed"
    assert window.findings.probability_words()[0] != "–"  # the model needs no catalogue
    qtbot.mouseClick(window.card.button("index"), Qt.MouseButton.LeftButton)
    assert window.card.heading == "Indexing"
    idle(qtbot, controller)
    assert not window.is_card_shown
    assert window.neighbours.pane(1).view.overlay is not None


def test_a_file_that_is_no_radiograph_is_a_sentence_and_the_next_one_opens(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path, query: Path
) -> None:
    controller.start(indexed / "cases.csv", indexed, None)
    idle(qtbot, controller)
    assert window.message_bar.text.startswith("Cannot open cases.csv")
    assert window.query.view.placeholder == window.message_bar.text
    assert not window.tools.export_button.isEnabled()
    controller.open_radiograph(query)
    idle(qtbot, controller)
    assert window.message_bar.text == ""
    assert window.query.view.radiograph is not None


def test_an_image_the_model_was_not_made_for_is_warned_of(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    dicom_writer: Callable[..., Path],
    make_picture: Callable[..., np.ndarray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = dicom_writer(
        tmp_path / "lateral.dcm",
        make_picture(3).astype(np.uint16) * 16,
        ViewPosition="LL",
        BodyPartExamined="CHEST",
    )
    controller.start(None, None, None)
    idle(qtbot, controller)
    engine = controller.engines.engine
    assert engine is not None
    manifest = replace(engine.bundle.manifest, views=("PA", "AP"))
    chest = replace(engine, bundle=replace(engine.bundle, manifest=manifest))
    monkeypatch.setattr(controller.engines, "_engine", chest)
    controller.open_radiograph(path)
    idle(qtbot, controller)
    assert window.findings.is_doubtful
    assert "lateral" in window.findings.warning
    assert "lateral" in window.message_bar.text
    assert window.findings.probability_words()[0] != "–"


def test_nothing_similar_is_said_and_the_nearest_can_be_seen_anyway(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    indexed: Path,
    tmp_path: Path,
) -> None:
    odd = tmp_path / "odd.png"
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:8] = 255
    Image.fromarray(stripes).save(odd)
    controller.start(odd, indexed, None)
    idle(qtbot, controller)
    assert window.card.heading == "Nothing similar"
    assert window.is_card_shown
    qtbot.mouseClick(window.card.button("show anyway"), Qt.MouseButton.LeftButton)
    assert not window.is_card_shown
    assert window.neighbours.pane(1).view.radiograph is not None


def test_without_a_model_the_radiograph_is_shown_all_the_same(
    qtbot: QtBot, window: MainWindow, query: Path, tmp_path: Path
) -> None:
    controller = CaseController(window, Settings(bundle=str(tmp_path / "gone")))
    controller.start(query, None, None)
    idle(qtbot, controller)
    assert window.query.view.radiograph is not None
    assert window.card.heading == "No model is loaded"
    assert "gone" in window.message_bar.text
    controller.shut_down()


def test_a_fault_in_a_job_is_announced_as_one(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    query: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*args: object, **options: object) -> Generator[Analysed, None, None]:
        raise ZeroDivisionError
        yield

    controller.start(None, None, None)
    idle(qtbot, controller)
    monkeypatch.setattr(case_controller, "analyse_query", broken)
    with qtbot.waitSignal(controller.fault_found) as found:
        controller.open_radiograph(query)
    assert isinstance(found.args[0], ZeroDivisionError)


def test_with_nothing_open_there_is_nothing_to_export(
    qtbot: QtBot, window: MainWindow, controller: CaseController
) -> None:
    controller.start(None, None, None)
    idle(qtbot, controller)
    controller.export()
    assert window.message_bar.text == "There is nothing to export yet."


def test_a_case_whose_file_is_gone_says_so_in_its_pane(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path, query: Path
) -> None:
    controller.start(None, indexed, None)
    idle(qtbot, controller)
    for number in range(1, 7):
        (indexed / f"image{number}.png").unlink()
    controller.open_radiograph(query)
    idle(qtbot, controller)
    problems = [
        window.neighbours.pane(rank).view.placeholder.startswith("Cannot open")
        for rank in range(1, 5)
    ]
    assert any(problems)


def test_stopping_says_so_in_place(
    qtbot: QtBot,
    window: MainWindow,
    controller: CaseController,
    query: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proceed = threading.Event()

    def held(*args: object, **options: object) -> Generator[Analysed, None, None]:
        proceed.wait(timeout=10)
        yield from ()

    controller.start(None, None, None)
    idle(qtbot, controller)
    monkeypatch.setattr(case_controller, "analyse_query", held)
    controller.open_radiograph(query)
    assert window.busy_text == "Analysing…"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.busy_text == ""
    assert window.query.view.placeholder == "Stopped."
    proceed.set()


def test_the_patients_id_is_nowhere_in_the_window(
    qtbot: QtBot, window: MainWindow, controller: CaseController, indexed: Path
) -> None:
    controller.start(indexed / "dicom" / "image7.dcm", indexed, None)
    idle(qtbot, controller)
    assert window.query.view.radiograph is not None
    assert window.query.view.radiograph.header != Header()
    window.neighbours.select(1)
    texts = [window.record.text, window.tools.title, window.status, window.windowTitle()]
    assert not any("P-" in text for text in texts)
