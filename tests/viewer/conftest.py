"""Values made by hand, so that each panel can be shown by itself."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inference.catalogue_build import build_catalogue
from inference.pipeline import open_engine
from inference.records import CaseRecord, Header, Neighbour, Radiograph, Spacing, Window
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings
from viewer.theme import apply_theme


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application, looking as it does for a user."""
    apply_theme(qapp)
    return qapp


@pytest.fixture(autouse=True)
def _no_leftover_windows(request: pytest.FixtureRequest) -> Iterator[None]:
    """A dialog left open by one test must not take the keys of the next."""
    yield
    if "qtbot" in request.fixturenames:
        for widget in QApplication.topLevelWidgets():
            widget.close()


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    """The main window, with the focus."""
    one = MainWindow()
    qtbot.addWidget(one)
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


@pytest.fixture
def cases(window: MainWindow, tiny_bundle: Path) -> Iterator[CaseController]:
    """What is open in that window, with the tiny bundle."""
    one = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    yield one
    one.shut_down()


@pytest.fixture
def make_radiograph() -> Callable[..., Radiograph]:
    """Make a radiograph: a ramp from 0 on the left to 1000 on the right, unless told."""

    def make(**changes: Any) -> Radiograph:
        values = np.tile(np.linspace(0, 1000, 200, dtype=np.float32), (160, 1))
        content: dict[str, Any] = {
            "path": Path("4711.dcm"),
            "values": values,
            "is_inverted": False,
            "windows": (Window(500, 1000, "LINEAR_EXACT"),),
            "header": Header(modality="DX", view_position="PA"),
        }
        return Radiograph(**{**content, **changes})

    return make


@pytest.fixture
def make_neighbours() -> Callable[[int], tuple[Neighbour, ...]]:
    """Make so many neighbours, the nearest first."""

    def make(count: int) -> tuple[Neighbour, ...]:
        return tuple(
            Neighbour(
                rank,
                CaseRecord(
                    f"case{rank}",
                    Path(f"/somewhere/case{rank}.dcm"),
                    findings=("Pneumonia",) if rank % 2 else ("No finding",),
                    findings_source="report",
                    patient_id=f"P-{rank}",
                    sex="F",
                    age=60.0,
                    view="PA",
                    source="St Elsewhere",
                    report=f"Report {rank}: <b>opacity</b> on the left.",
                    severity={"severity_extent": float(rank)},
                    extra={"ward": "7B"},
                    probabilities=(0.8,),
                ),
                0.5 * rank,
                1 / (1 + 0.1 * rank),
            )
            for rank in range(1, count + 1)
        )

    return make


@pytest.fixture
def spacing() -> Spacing:
    """Half a millimetre, at the detector."""
    return Spacing(0.5, 0.5, "ImagerPixelSpacing", is_at_detector=True)


@pytest.fixture(scope="session")
def _indexed_once(
    tiny_bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_catalogue_folder: Callable[[Path], Path],
) -> Path:
    folder = make_catalogue_folder(tmp_path_factory.mktemp("indexed") / "chest")
    for _ in build_catalogue(folder, open_engine(tiny_bundle).session, workers=1):
        pass
    return folder


@pytest.fixture
def indexed(_indexed_once: Path, tmp_path: Path) -> Path:
    """A folder of eight cases, indexed with `tiny_bundle`. Each test has its own."""
    return Path(shutil.copytree(_indexed_once, tmp_path / "chest"))
