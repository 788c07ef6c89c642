"""The map's window with a real bundle, index and files, by mouse and keys."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inference.embedding_map import EmbeddingMap, MapPoint, map_file, write_map
from inference.embedding_projection import Projection, project
from inference.errors import InferenceError
from inference.pipeline import Engine, open_engine
from tests.viewer.layout_checks import layout_faults, unnamed
from viewer.case.case_controller import CaseController
from viewer.embedding_map.controller import EmbeddingMapController
from viewer.embedding_map.jobs import Grouping, MapContent, Scale, map_job
from viewer.embedding_map.marks import COLOURS, SHAPES, mark, scale_colour
from viewer.embedding_map.plot import MapPlot
from viewer.frame.main_window import MainWindow
from viewer.preferences.kept_state import KeptState


@pytest.fixture
def maps(
    window: MainWindow, cases: CaseController, tmp_path: Path
) -> Iterator[EmbeddingMapController]:
    one = EmbeddingMapController(window, cases, tmp_path / "maps")
    yield one
    one.shut_down()


def mapped(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    maps: EmbeddingMapController,
    query: Path | None,
    folder: Path,
) -> MapPlot:
    cases.start(query, folder, None)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not maps.is_busy, timeout=60_000)
    assert maps.view.isVisible()
    return maps.view.plot


@pytest.fixture
def plot(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    maps: EmbeddingMapController,
    indexed: Path,
) -> MapPlot:
    """Of the eight cases, the first of which is the query."""
    return mapped(qtbot, window, cases, maps, indexed / "image1.png", indexed)


def content_of(engine: Engine, method: str, folder: Path) -> tuple[MapContent, Projection]:
    assert engine.catalogue is not None
    first, *_, last = map_job(engine.catalogue, engine.bundle, method, folder)
    assert isinstance(first, MapContent)
    assert isinstance(last, Projection)
    return first, last


def test_every_case_is_a_point_and_the_query_is_among_them(
    cases: CaseController, maps: EmbeddingMapController, plot: MapPlot
) -> None:
    assert plot.places.shape == (8, 2)
    assert plot.query_place == tuple(plot.places[0])  # it is case1 itself
    words = maps.view.legend_words
    assert "Pneumonia (5)" in words
    assert "No finding (3)" in words
    assert any("itself a case of the catalogue" in one for one in words)
    assert maps.view.status == "8 cases by IG"


def test_another_query_is_placed_among_its_nearest(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    maps: EmbeddingMapController,
    indexed: Path,
    tmp_path: Path,
) -> None:
    query = tmp_path / "new.png"
    with Image.open(indexed / "image2.png") as picture:
        picture.point(lambda value: min(255, value + 3)).save(query)
    plot = mapped(qtbot, window, cases, maps, query, indexed)
    assert any("approximate" in one for one in maps.view.legend_words)
    assert plot.query_place is not None
    apart = np.linalg.norm(plot.places - plot.query_place, axis=1)
    assert apart.argmin() == 1  # case2, which it is but for a little
    cases.open_radiograph(indexed / "image3.png")
    qtbot.waitUntil(lambda: not (cases.is_busy or maps.is_busy), timeout=60_000)
    assert plot.query_place == tuple(plot.places[2])  # an open map follows the query


def test_pointing_shows_the_case_and_a_click_opens_it(
    qtbot: QtBot, cases: CaseController, maps: EmbeddingMapController, plot: MapPlot, indexed: Path
) -> None:
    qtbot.mouseMove(plot, plot.on_screen(3).toPoint())
    qtbot.waitUntil(lambda: not maps.view.picture.isNull(), timeout=30_000)
    assert plot.current == 3
    assert maps.view.case_words.startswith("case4\nPneumonia, Effusion (")
    assert "severity extent 2.0" in maps.view.case_words
    qtbot.mouseMove(plot, QPoint(2, 2))
    qtbot.waitUntil(lambda: plot.current == -1)
    assert "Point at a case" in maps.view.case_words
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.on_screen(3).toPoint())
    assert cases.query == indexed / "image4.png"
    qtbot.waitUntil(lambda: not (cases.is_busy or maps.is_busy), timeout=60_000)
    assert plot.query_place == tuple(plot.places[3])


def test_the_keys_walk_from_point_to_point_and_enter_opens(
    qtbot: QtBot, cases: CaseController, maps: EmbeddingMapController, plot: MapPlot
) -> None:
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.current == 0  # from nowhere, to where the query is
    seen = set()
    for key in [Qt.Key.Key_Left] * 8 + [Qt.Key.Key_Down] * 8 + [Qt.Key.Key_Right] * 8:
        before = plot.places[plot.current]
        row = plot.current
        qtbot.keyClick(plot, key)
        step = plot.places[plot.current] - before
        if plot.current != row:
            along = {Qt.Key.Key_Left: -step[0], Qt.Key.Key_Right: step[0]}.get(key, -step[1])
            assert along > 0
        seen.add(plot.current)
    assert len(seen) > 3
    qtbot.keyClick(plot, Qt.Key.Key_Return)
    content = maps._content
    assert content is not None
    assert cases.query == content.cases[plot.current].path
    assert plot.accessibleDescription().startswith(content.cases[plot.current].case_id)


def test_the_wheel_zooms_at_the_mouse_and_a_drag_moves(
    qtbot: QtBot, cases: CaseController, plot: MapPlot, indexed: Path
) -> None:
    at = plot.on_screen(2)
    for _ in range(8):
        wheel = QWheelEvent(
            at, QPointF(plot.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(plot, wheel)
    assert plot.zoom == pytest.approx(1.25**8)
    before = plot.on_screen(2)
    middle, way = plot.rect().center(), -1 if plot.places[2, 0] < 0 else 1  # it has room there
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(plot, middle + way * QPoint(10, 6))
    qtbot.mouseMove(plot, middle + way * QPoint(30, 12))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=middle + way * QPoint(30, 12))
    moved = plot.on_screen(2) - before
    assert 0 < way * moved.x() <= 31
    assert cases.query == indexed / "image1.png"  # a drag opens nothing
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert plot.zoom == 1


def test_methods_and_colours_can_be_chosen(
    qtbot: QtBot, cases: CaseController, maps: EmbeddingMapController, plot: MapPlot
) -> None:
    before, view = plot.places.copy(), maps.view
    view.methods.setFocus()
    qtbot.keyClick(view.methods, Qt.Key.Key_Down)
    view.methods.activated.emit(view.methods.currentIndex())
    qtbot.waitUntil(lambda: not maps.is_busy, timeout=60_000)
    assert view.status == "8 cases by CNN"
    assert not np.array_equal(plot.places, before)
    assert [view.colours.itemText(i) for i in range(view.colours.count())] == [
        "Class", "Finding", "severity extent",
    ]  # fmt: skip
    for index, expected in ((1, "Effusion (3)"), (2, "1 – 4")):
        view.colours.setCurrentIndex(index)
        view.colours.activated.emit(index)
        assert expected in view.legend_words
        view.grab()
    assert "not known (3)" in view.legend_words


def test_a_second_opening_computes_nothing(
    qtbot: QtBot, tiny_bundle: Path, indexed: Path, tmp_path: Path
) -> None:
    engine = open_engine(tiny_bundle, indexed, "cpu")
    assert engine.catalogue is not None
    folder = tmp_path / "kept"
    first = list(map_job(engine.catalogue, engine.bundle, "ig", folder))
    assert len(first) > 10
    again = list(map_job(engine.catalogue, engine.bundle, "ig", folder))
    assert len(again) == 2
    assert isinstance(again[1], Projection)
    assert isinstance(first[-1], Projection)
    np.testing.assert_array_equal(again[1].places, first[-1].places)
    # A map that was written beside the catalogue goes first, if it is younger and of its cases.
    content = first[0]
    assert isinstance(content, MapContent)
    store = next((indexed / ".kindred").iterdir())
    points = tuple(MapPoint(one.case_id, 0.1 * n, 0) for n, one in enumerate(content.cases))
    written = EmbeddingMap(engine.bundle.manifest.sha256, "ig", points, {}, 2, 0)
    time.sleep(0.02)
    write_map(map_file(store, "ig"), written)
    _, given = content_of(engine, "ig", folder)
    np.testing.assert_allclose(given.places[:, 0], 0.1 * np.arange(8))
    write_map(map_file(store, "ig"), replace(written, points=points[:-1]))
    _, given = content_of(engine, "ig", folder)
    np.testing.assert_array_equal(given.places, first[-1].places)
    engine.catalogue.close()


def test_groups_and_stars_follow_from_labels(
    tiny_bundle: Path, indexed: Path, tmp_path: Path
) -> None:
    engine = open_engine(tiny_bundle, indexed, "cpu")
    assert engine.catalogue is not None
    content, _ = content_of(engine, "cnn", tmp_path)
    classes, findings = content.groupings
    assert classes.names == ("No finding", "Pneumonia")
    assert classes.group.tolist() == [0, 1, 0, 1, 0, 1, 1, 1]
    embeddings = engine.catalogue.embeddings("cnn").astype(float)
    for group, row in classes.starred.items():
        rows = np.flatnonzero(classes.group == group)
        centre = embeddings[rows].mean(0)
        assert row == rows[np.linalg.norm(embeddings[rows] - centre, axis=1).argmin()]
    assert findings.names == ("Pneumonia", "Effusion", "No finding")  # 5, 3 and 3 cases
    assert [findings.names[one] for one in findings.group] == [
        "No finding", "Effusion", "No finding", "Effusion", "No finding", "Effusion",
        "Pneumonia", "Pneumonia",
    ]  # fmt: skip
    (scale,) = content.scales
    assert scale.ends == (1, 4)
    assert np.isnan(scale.values).sum() == 3
    with pytest.raises(InferenceError, match="indexed without the method nothing"):
        next(map_job(engine.catalogue, engine.bundle, "nothing", tmp_path))
    engine.catalogue.close()


def test_few_cases_and_no_catalogue_are_said(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    maps: EmbeddingMapController,
    tmp_path: Path,
    indexed: Path,
) -> None:
    cases.start(None, None, None)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    maps.open()
    assert "No catalogue is open" in maps.view.plot.message
    few = tmp_path / "few"
    few.mkdir()
    for number in (1, 2, 3):
        (few / f"{number}.png").write_bytes((indexed / f"image{number}.png").read_bytes())
    cases.open_folder(few)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    cases.build_index()
    qtbot.waitUntil(lambda: not (cases.is_busy or maps.is_busy), timeout=60_000)
    assert "at least 5 cases, and this catalogue has 3" in maps.view.plot.message
    cases.open_folder(indexed)  # an open map follows the catalogue
    qtbot.waitUntil(lambda: len(maps.view.plot.places) == 8, timeout=60_000)


def test_stop_keeps_what_is_there_and_closing_ends_everything(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    maps: EmbeddingMapController,
    indexed: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for_ever = partial(project, rounds=10_000_000)
    monkeypatch.setattr("viewer.embedding_map.jobs.project", for_ever)
    cases.start(indexed / "image1.png", indexed, None)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    maps.open()
    qtbot.waitUntil(lambda: len(maps.view.plot.places) == 8, timeout=60_000)
    maps.view.stop_button.click()
    assert "not final" in maps.view.status
    assert len(maps.view.plot.places) == 8
    QTest.keyClick(maps.view, Qt.Key.Key_Escape)
    assert not maps.view.isVisible()
    assert not maps.is_busy
    maps.open()
    window.close()
    assert not maps.is_busy


def test_the_place_of_the_window_is_kept(
    qtbot: QtBot, window: MainWindow, maps: EmbeddingMapController, tmp_path: Path
) -> None:
    KeptState(tmp_path / "window.ini").keep_place("embedding_map", maps.view, window)
    maps.view.show()
    maps.view.resize(777, 555)
    window.close()
    maps.view.resize(900, 600)
    KeptState(tmp_path / "window.ini").keep_place("embedding_map", maps.view, window)
    assert (maps.view.width(), maps.view.height()) == (777, 555)


def test_marks_differ_in_shape_and_in_light() -> None:
    pictures = {shape: mark(shape, "#ffffff", 24).toImage() for shape in SHAPES}
    for one in SHAPES:
        assert all(pictures[one] != pictures[other] for other in SHAPES if other != one)
    assert len(set(COLOURS)) == len(COLOURS) == len(SHAPES)

    def light(colour: str) -> float:
        red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    steps = [light(scale_colour(share)) for share in np.linspace(0, 1, 9)]
    assert steps == sorted(steps)  # severity can be told without seeing colours


def test_a_plot_of_many_is_painted_fast(qtbot: QtBot) -> None:
    plot = MapPlot()
    qtbot.addWidget(plot)
    generator = np.random.default_rng(0)
    plot.show_places(generator.uniform(-1, 1, (1500, 2)))
    group = generator.integers(-1, 3, 1500)
    plot.show_colouring(Grouping("a", ("x", "y", "z"), group, {0: 1}), {0: 1})
    plot.grab()
    start = time.process_time()
    plot.grab()
    assert time.process_time() - start < 0.5
    values = np.where(group < 0, np.nan, generator.random(1500))
    plot.show_colouring(Scale("s", values), {0: 1})
    plot.grab()


def test_nothing_is_cut_or_nameless(
    qtbot: QtBot, maps: EmbeddingMapController, plot: MapPlot
) -> None:
    plot.point_at(3)
    qtbot.waitUntil(lambda: not maps.is_busy, timeout=30_000)
    for index in range(3):
        maps.view.colours.setCurrentIndex(index)
        maps.view.colours.activated.emit(index)
        qtbot.wait(50)  # labels that were replaced are deleted by the event loop
        assert layout_faults(maps.view) == []
    assert unnamed(maps.view) == []
