"""Every state of the window and every dialog, drawn: nothing cut, nothing over another thing.

The pictures are left in the test's temporary folder, for a person to look at.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QDialog, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from inference.case_filter import FilterChoices
from inference.dicom_tags import DicomTag
from inference.pipeline import open_engine
from inference.records import Neighbour, Radiograph, Spacing
from tests.viewer.layout_checks import layout_faults, unnamed
from viewer.archive.window import ArchiveWindow
from viewer.browser.window import BrowserWindow
from viewer.case.findings_panel import Finding
from viewer.differential.view import DifferentialView
from viewer.embedding_map.view import EmbeddingMapView
from viewer.export.export_dialog import ExportDialog
from viewer.frame.layout_chooser import Layout
from viewer.frame.main_window import MainWindow
from viewer.frame.second_window import QUERY, RESULTS
from viewer.methods.view import MethodsView
from viewer.pane.display_pixels import display_pixels
from viewer.pane.pane_picture import ShownOverlay
from viewer.pane.tag_browser import TagBrowser
from viewer.preferences.about_dialog import AboutDialog
from viewer.preferences.keys_dialog import KeysDialog
from viewer.preferences.settings import Settings
from viewer.preferences.settings_dialog import Offers, SettingsDialog
from viewer.results import result_states
from viewer.results.distribution import ShareGroup, ShareRow
from viewer.results.distribution_view import DistributionDialog

MakeNeighbours = Callable[[int], tuple[Neighbour, ...]]
MakeRadiograph = Callable[..., Radiograph]
SIZES = [(1280, 720), (1920, 1080)]


def thumbnail() -> QImage:
    image = QImage(72, 72, QImage.Format.Format_Grayscale8)
    image.fill(90)
    return image


@pytest.fixture
def window(
    qtbot: QtBot, make_neighbours: MakeNeighbours, make_radiograph: MakeRadiograph, spacing: Spacing
) -> MainWindow:
    """A window in which nine results are known, and everything has much to say."""
    one = MainWindow()
    qtbot.addWidget(one)
    one.set_count(9)
    one.show_workbench()
    one.show_neighbour_grid()
    radiograph = make_radiograph(spacing=spacing)
    pixels = display_pixels(radiograph)
    overlay = ShownOverlay(np.ones((8, 8), np.float32), 0, 0, 200, 160)
    one.query.view.show_radiograph(radiograph, pixels)
    one.query.view.show_overlay(overlay)
    one.neighbours.show_neighbours(make_neighbours(9), {"case1": "agrees", "case2": "differs"})
    for rank in range(1, 10):
        one.neighbours.show_case(rank, radiograph, pixels, overlay)
    names = ("Pneumonia", "Pleural effusion", "Consolidation of a lobe", "No finding")
    one.findings.set_classes(names)
    one.findings.show_findings(tuple(Finding(name, 0.25) for name in names))
    one.findings.show_trust("AUROC 0.93 (test)")
    one.findings.show_neighbourhood(
        "of the 20 nearest: 16 pneumonia (base rate 31 %), severity extent 3–6",
        "own label: Pneumonia · report · ● agrees; 2 images of this patient left out",
    )
    one.results_area.filter.set_choices(
        FilterChoices(("Pneumonia", "No finding"), ("F", "M"), ("AP", "PA"), ("St Elsewhere",))
    )
    one.results_area.bar.set_words(
        "only Pneumonia, female · re-ranked +1 −2 · own patient left out"
    )
    one.tools.set_bundles([("a", "Pneumonia (chest-pneumonia)")], "a")
    one.tools.set_methods([("ig", "Interpretability-guided")], "ig")
    one.tools.set_exportable(True)
    one.set_case_title("4711.dcm · PA · DX")
    one.show_status(("chest-pneumonia 1.2", "catalogue: 1,540 cases", "CPU 41 ms"))
    return one


def start(window: MainWindow) -> None:
    window.show_start()


def empty(window: MainWindow) -> None:
    window.query.view.show_placeholder("Drop a radiograph here, or open one with Ctrl+O.")
    window.neighbours.show_waiting("")
    window.findings.clear()


def loading(window: MainWindow) -> None:
    window.query.view.show_placeholder("Reading…")
    window.neighbours.show_waiting("Looking for similar cases…")
    window.show_busy("Looking for similar cases…")


def four(window: MainWindow) -> None:
    window.layouts.choose_count(4)
    window.set_count(4)


def one_case(window: MainWindow) -> None:
    window.set_count(1)


def nine(window: MainWindow) -> None:
    window.neighbours.select(3)


def twenty(window: MainWindow) -> None:
    window.set_count(20)


def query_only(window: MainWindow) -> None:
    window.layouts.choose(Layout.QUERY)


def two_cases(window: MainWindow) -> None:
    window.layouts.choose(Layout.TWO)


def filtered(window: MainWindow) -> None:
    window.results_area.bar.filter.setChecked(True)


def pinned(window: MainWindow) -> None:
    for rank in range(1, 6):
        neighbour = window.neighbours.neighbour(rank)
        assert neighbour is not None
        window.results_area.tray.pin(neighbour.case, thumbnail())
    window.results_area.bar.filter.setChecked(True)


def nothing_similar(window: MainWindow) -> None:
    window.card.show_content(result_states.nothing_similar(12.5, 9.25))
    window.show_card()


def indexing(window: MainWindow) -> None:
    window.card.show_content(result_states.PREPARING_DEMO)
    window.card.show_progress(40, 100, "Drawing synthetic radiographs")
    window.show_card()


def message(window: MainWindow) -> None:
    window.message_bar.show_message("problem", "Cannot open a.dcm: it is empty. " * 6, "More.")
    window.findings.show_warnings(("A warning. " * 20,), is_doubtful=True)
    window.show_busy("Looking for similar cases…")


def explained(window: MainWindow) -> None:
    window.explain_controls.show_legend("Occlusion: what the similarity loses. " * 4, "Measured.")
    window.explain_controls.show_way_back("Back to the method's ranking", is_region=True)
    window.explain_controls.show_progress(3, 10)


def enlarged_query(window: MainWindow) -> None:
    window.enlarge(0)


def enlarged_case(window: MainWindow) -> None:
    window.enlarge(2)


def query_apart(window: MainWindow) -> None:
    window.elsewhere.toggle(QUERY)


def results_apart(window: MainWindow) -> None:
    window.elsewhere.toggle(RESULTS)


STATES = [
    start,
    empty,
    loading,
    one_case,
    four,
    nine,
    twenty,
    query_only,
    two_cases,
    filtered,
    pinned,
    nothing_similar,
    indexing,
    message,
    explained,
    enlarged_query,
    enlarged_case,
    query_apart,
    results_apart,
]


def is_drawn(picture: QImage) -> bool:
    """Whether there is more on it than one colour."""
    small = picture.scaled(64, 36)
    colours = {small.pixel(x, y) for x in range(64) for y in range(36)}
    return len(colours) > 4


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("state", STATES, ids=lambda one: one.__name__)
def test_each_layout_is_whole(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    state: Callable[[MainWindow], None],
    width: int,
    height: int,
) -> None:
    window.resize(width, height)
    window.show()
    state(window)
    qtbot.wait(20)
    for shown in (window, window.elsewhere.holder):
        if shown is None:
            continue
        picture = shown.grab().toImage()
        picture.save(str(tmp_path / f"{state.__name__}-{width}.png"))
        assert is_drawn(picture)
        assert layout_faults(shown) == []
        assert unnamed(shown) == []
    assert (window.width(), window.height()) == (width, height)  # nothing pushed it wider


def export_dialog(parent: QWidget) -> QDialog:
    sheet = QImage(1600, 1000, QImage.Format.Format_RGB888)
    sheet.fill(QColor("#303030"))
    warnings = ("The query says that there is text in its pixels (BurnedInAnnotation).",) * 3
    dialog = ExportDialog(warnings, has_cases=True, has_selection=True, parent=parent)
    dialog.show_sheet(sheet)
    return dialog


def chart(parent: QWidget) -> QDialog:
    dialog = DistributionDialog(parent)
    shares = (
        ShareRow("Pneumonia", 0.8, 0.31),
        ShareRow("A finding with a long name " * 3, 0.2, 0.69),
    )
    dialog.chart.show_groups((ShareGroup("Findings", shares), ShareGroup("Severity", shares)))
    return dialog


def tags(parent: QWidget) -> QDialog:
    found = tuple(
        DicomTag(f"(0010,{i:04X})", "Patient's Name", "PN", "Müller^Erika", 0, True)
        for i in range(40)
    )
    return TagBrowser("Tags of the query's file", found, parent)


def settings(parent: QWidget) -> QDialog:
    offers = Offers(("chest-pneumonia", "skin-isic2017"), ("ig", "cnn"))
    return SettingsDialog(Settings(), offers, Path("/home/reader/settings.toml"), parent)


def settings_keys(parent: QWidget) -> QDialog:
    dialog = settings(parent)
    assert isinstance(dialog, SettingsDialog)
    dialog.tabs.setCurrentIndex(1)
    dialog.keys.choose("flip")
    return dialog


def about(parent: QWidget) -> QDialog:
    return AboutDialog(None, parent)


def about_licences(parent: QWidget) -> QDialog:
    dialog = AboutDialog(None, parent)
    dialog.findChildren(QTabWidget)[0].setCurrentIndex(1)
    return dialog


def keys(parent: QWidget) -> QDialog:
    return KeysDialog({}, parent)


def archive(parent: QWidget) -> QDialog:
    return ArchiveWindow(("hospital",), "/home/reader/settings.toml", parent)


DIALOGS = [
    *(export_dialog, chart, tags, settings, settings_keys, about, about_licences, keys),
    *(MethodsView, BrowserWindow, archive, EmbeddingMapView, DifferentialView),
]


@pytest.mark.parametrize("make", DIALOGS, ids=lambda one: one.__name__)
def test_each_dialog_is_whole_and_named(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, make: Callable[[QWidget], QWidget]
) -> None:
    window.resize(1280, 720)
    window.show()
    dialog = make(window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.wait(20)
    picture = dialog.grab().toImage()
    picture.save(str(tmp_path / f"{make.__name__}.png"))
    assert is_drawn(picture)
    assert layout_faults(dialog) == []
    assert unnamed(dialog) == []


def test_about_with_a_model_is_whole(
    qtbot: QtBot, tiny_bundle: Path, indexed: Path, tmp_path: Path
) -> None:
    dialog = AboutDialog(open_engine(tiny_bundle, indexed, provider="cpu"))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.grab().save(str(tmp_path / "about.png"))
    assert layout_faults(dialog) == []


def test_the_check_finds_what_is_cut_and_what_overlaps(qtbot: QtBot, window: MainWindow) -> None:
    window.show()
    qtbot.wait(20)
    assert layout_faults(window) == []
    window.tools.export_button.setFixedWidth(20)
    window.results_area.bar.pin.setParent(window)
    window.results_area.bar.pin.show()
    qtbot.wait(20)
    faults = "\n".join(layout_faults(window))
    assert "'Export' in ToolRow has" in faults
    assert "overlaps" in faults


def test_the_check_finds_what_has_no_name(qtbot: QtBot, window: MainWindow) -> None:
    window.tools.count_combo.setAccessibleName("")
    window.tools.count_combo.setToolTip("")
    for label in window.tools.findChildren(QWidget):
        if hasattr(label, "setBuddy"):
            label.setBuddy(None)
    assert any("QComboBox" in one for one in unnamed(window))


@pytest.mark.skipif(
    os.environ.get("QT_SCALE_FACTOR") == "2", reason="this is the run at twice the size"
)
def test_all_of_this_at_200_per_cent(tmp_path: Path) -> None:
    """As on a 4K monitor: 1920 × 1080 here are 3840 × 2160 pixels there."""
    screens = tmp_path / "screens.json"
    monitor = {"name": "4K", "x": 0, "y": 0, "width": 3840, "height": 2160}
    screens.write_text(json.dumps({"screens": [monitor]}), encoding="utf-8")
    platform = f"offscreen:configfile={screens}"
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": platform}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--no-xvfb", "-k", "1920 or dialog or about or scale", __file__]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_the_scale_is_what_was_asked_for(qtbot: QtBot, window: MainWindow) -> None:
    assert window.devicePixelRatioF() == float(os.environ.get("QT_SCALE_FACTOR", "1"))
    assert isinstance(QApplication.instance(), QApplication)
