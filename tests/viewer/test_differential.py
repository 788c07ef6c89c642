"""Two classes compared in the window, with a real bundle, index and files."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from inference.class_saliency import ClassMeans, class_means, difference
from inference.errors import InferenceError
from inference.pipeline import open_engine
from tests.viewer.layout_checks import layout_faults, unnamed
from viewer.case.case_controller import CaseController
from viewer.differential.controller import DifferentialController
from viewer.differential.jobs import CaseClass, compare_job, list_classes, shared_count
from viewer.differential.picture import LESS, MORE, Differential, diverging
from viewer.differential.view import DifferentialView
from viewer.frame.main_window import MainWindow


@pytest.fixture
def apart(window: MainWindow, cases: CaseController) -> Iterator[DifferentialController]:
    one = DifferentialController(window, cases)
    yield one
    one.shut_down()


@pytest.fixture
def many(indexed: Path, cases: CaseController, qtbot: QtBot) -> Path:
    """Six cases of each class: healthy ones bright above, ill ones bright below."""
    generator = np.random.default_rng(0)
    folder = indexed.parent / "many"
    folder.mkdir()
    rows = ["case_id,file,findings"]
    for number in range(12):
        values = generator.integers(0, 60, (32, 32), np.uint8)
        is_ill = number % 2
        values[24 : 32 if is_ill else 24] += 150
        values[: 0 if is_ill else 8] += 150
        Image.fromarray(values).save(folder / f"{number:02}.png")
        finding = "Pneumonia" + (";Effusion" if number < 4 else "") if is_ill else "No finding"
        rows.append(f"case{number:02},{number:02}.png,{finding}")
    (folder / "cases.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    cases.start(None, folder, None)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    cases.build_index()
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    return folder


def opened(qtbot: QtBot, window: MainWindow, apart: DifferentialController) -> DifferentialView:
    window.activateWindow()  # after a dialog, keys come back to it
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not apart.is_busy, timeout=60_000)
    assert apart.view.isVisible()
    return apart.view


def compared(qtbot: QtBot, apart: DifferentialController) -> Differential:
    qtbot.mouseClick(apart.view.compare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not apart.is_busy, timeout=60_000)
    shown = apart.view.picture.shown
    assert shown is not None
    return shown


def test_the_difference_of_the_two_classes_is_shown(
    qtbot: QtBot,
    window: MainWindow,
    cases: CaseController,
    apart: DifferentialController,
    many: Path,
) -> None:
    view = opened(qtbot, window, apart)
    titles = [view.one.itemText(index) for index in range(view.one.count())]
    assert titles == [
        "class Pneumonia (6)", "class No finding (6)", "finding No finding (6)",
        "finding Pneumonia (6)", "finding Effusion (2)",
    ]  # fmt: skip
    view.methods.setCurrentIndex(view.methods.findData("cnn"))
    shown = compared(qtbot, apart)
    assert view.status == "12 of 12 cases"
    assert shown.one is not None
    assert shown.other is not None
    assert (shown.one.count, shown.other.count) == (6, 6)
    engine = cases.engines.engine
    assert engine is not None
    paths = {
        "ill": [many / f"{number:02}.png" for number in range(1, 12, 2)],
        "well": [many / f"{number:02}.png" for number in range(0, 12, 2)],
    }
    *_, last = class_means(paths, engine.session, "cnn")
    found = shown.values()
    assert found is not None
    values, reach = found
    expected = difference(last.means["ill"], last.means["well"])
    np.testing.assert_allclose(values * reach, expected, atol=1e-9)
    assert values[-6:].mean() > 0.3  # looked at more, in the ill: below
    assert values[:6].mean() < -0.3
    assert "CNN, each radiograph against itself" in view.what
    assert "features of the radiograph" in view.what
    assert layout_faults(view) == []
    assert unnamed(view) == []
    qtbot.mouseClick(view.sure, Qt.MouseButton.LeftButton, pos=QPoint(8, view.sure.height() // 2))
    assert view.sure.isChecked()
    sure = view.picture.shown
    assert sure is not None
    kept = sure.values()
    assert kept is not None
    assert 0 < (kept[0] == 0).mean() < 1
    view.kinds.setCurrentIndex(1)
    shown = compared(qtbot, apart)
    assert shown.map_name == "mean Deep Taylor saliency"
    assert view.what.startswith("Deep Taylor saliency")
    assert not view.methods.isEnabled()


def test_what_cannot_be_compared_is_said(
    qtbot: QtBot,
    window: MainWindow,
    apart: DifferentialController,
    many: Path,
) -> None:
    view = opened(qtbot, window, apart)
    view.other.setCurrentIndex(0)
    qtbot.mouseClick(view.compare, Qt.MouseButton.LeftButton)
    assert "the same" in view.picture.message
    assert not apart.is_busy
    view.other.setCurrentIndex(4)  # two cases, both of the other class too
    qtbot.mouseClick(view.compare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not apart.is_busy, timeout=60_000)
    assert "Too few cases: class Pneumonia has 4 that do not belong to both" in view.picture.message
    view.other.setCurrentIndex(1)
    view.methods.setCurrentIndex(view.methods.findData("ssim"))
    qtbot.mouseClick(view.compare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not apart.is_busy, timeout=60_000)
    assert "no feature map" in view.picture.message
    assert not view.export.isEnabled()


def test_without_a_catalogue_the_window_says_what_to_do(
    qtbot: QtBot, window: MainWindow, cases: CaseController, apart: DifferentialController
) -> None:
    cases.start(None, None, None)
    qtbot.waitUntil(lambda: not cases.is_busy, timeout=60_000)
    view = opened(qtbot, window, apart)
    assert "No catalogue is open" in view.picture.message
    assert not view.compare.isEnabled()


def test_stop_esc_and_closing_the_main_window(
    qtbot: QtBot, window: MainWindow, apart: DifferentialController, many: Path
) -> None:
    view = opened(qtbot, window, apart)
    view.compare.click()
    qtbot.waitUntil(lambda: view.picture.shown is not None, timeout=60_000)  # a partial picture
    if apart.is_busy:
        view.stop_button.click()
        assert view.status.startswith("Stopped after")
        assert view.picture.shown is not None
    view.compare.click()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()
    assert not apart.is_busy
    opened(qtbot, window, apart)
    apart.view.compare.click()
    window.close()
    assert not apart.is_busy


def test_the_exported_picture_holds_pixels_alone(
    qtbot: QtBot,
    window: MainWindow,
    apart: DifferentialController,
    many: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = opened(qtbot, window, apart)
    compared(qtbot, apart)
    target = tmp_path / "out.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    qtbot.mouseClick(view.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not apart.is_busy, timeout=60_000)
    assert view.status == "Exported to out.png."
    content = target.read_bytes()
    assert not any(name in content for name in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"))
    with Image.open(target) as picture:
        assert picture.size == (1800, 1200)
    (tmp_path / "folder.png").mkdir()
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "folder.png"), "")
    )
    qtbot.mouseClick(view.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not apart.is_busy, timeout=60_000)
    assert "Cannot write folder.png" in view.status


def test_cases_are_evenly_chosen_and_those_of_both_left_out(tiny_bundle: Path, many: Path) -> None:
    engine = open_engine(tiny_bundle, many, "cpu")
    assert engine.catalogue is not None
    (classes,) = list_classes(engine.catalogue, engine.bundle.manifest)
    ill, well = classes[:2]
    *_, last = compare_job(ill, well, 3, engine.session, "cnn", "activation")
    assert [one.count for one in last.means.values()] == [3, 3]
    shared = CaseClass("some", {**well.paths, **dict(list(ill.paths.items())[:1])})
    assert shared_count(ill, shared) == 1
    *_, last = compare_job(ill, shared, 0, engine.session, "cnn", "activation")
    assert [one.count for one in last.means.values()] == [5, 6]
    with pytest.raises(InferenceError, match="Too few cases"):
        list(compare_job(ill, ill, 0, engine.session, "cnn", "activation"))
    engine.catalogue.close()


def test_colours_of_a_difference_are_clear_at_zero_and_of_two_hues() -> None:
    colours = diverging(np.array([[-1.0, -0.5, 0, 0.5, 1]]))[0]
    assert colours[2, 3] == 0
    assert colours[0, 3] == colours[4, 3] > 200
    assert tuple(colours[0, :3]) == LESS
    assert tuple(colours[4, :3]) == MORE
    # Blue and orange differ in what is left to those who see no red, or no green: blue.
    assert abs(LESS[2] - MORE[2]) > 150
    assert QColor(*LESS).hue() != QColor(*MORE).hue()


def test_equal_classes_have_no_difference_and_no_nan() -> None:
    flat = np.ones((4, 4))
    one = ClassMeans("a", flat, flat, flat * 0, 5)
    for is_sure in (False, True):
        found = Differential(one, one, ("a", "b"), "map", is_sure).values()
        assert found is not None
        assert not found[0].any()
        assert found[1] == 0
    assert Differential(one, None, ("a", "b"), "map").values() is None
