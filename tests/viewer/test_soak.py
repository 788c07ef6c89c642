"""A short soak: `python -m tests.benchmarks.soak` is the long one."""

import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from inference.pipeline import analyse, open_engine
from tests.benchmarks.soak import Soak, soak
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings

TURNS = 40


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone says what is resident")
def test_many_queries_leave_neither_memory_nor_stale_results(
    qtbot: QtBot, indexed: Path, tiny_bundle: Path
) -> None:
    engine = open_engine(tiny_bundle, indexed, provider="cpu")
    assert engine.catalogue is not None
    expected = {}
    for case in engine.catalogue.cases():
        *_, analysis = analyse(case.path, engine)
        assert analysis.neighbours is not None
        expected[case.path] = [one.case.case_id for one in analysis.neighbours]
    engine.catalogue.close()
    window = MainWindow()
    qtbot.addWidget(window)
    controller = CaseController(window, Settings(bundle=str(tiny_bundle), provider="cpu"))
    window.show()
    try:
        controller.start(None, indexed, None)
        found = soak(window, controller, expected, TURNS, seed=1)
    finally:
        controller.shut_down()
    assert found.opened > TURNS
    assert found.stale == []
    assert found.lost == []
    assert found.growth() < 0.05


def test_growth_is_of_the_last_tenth_over_the_first_after_the_warm_up() -> None:
    assert Soak([1.0] * 10 + [100.0] * 90).growth() == pytest.approx(0)
    assert Soak([200.0] * 10 + [100.0] * 50 + [110.0] * 40).growth() == pytest.approx(0.1)
