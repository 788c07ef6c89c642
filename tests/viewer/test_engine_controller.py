"""Opening, indexing and replacing bundle and catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from viewer.case.engine_controller import EngineController
from viewer.frame.state_card import CardContent


@pytest.fixture
def engines(qtbot: QtBot, tiny_bundle: Path) -> Iterator[EngineController]:
    one = EngineController(str(tiny_bundle), "cpu")
    yield one
    one.shut_down()


def cards_of(engines: EngineController) -> list[CardContent]:
    cards: list[CardContent] = []
    engines.card_wished.connect(cards.append)
    return cards


def test_without_a_folder_there_is_no_catalogue(qtbot: QtBot, engines: EngineController) -> None:
    cards = cards_of(engines)
    with qtbot.waitSignals([engines.cleared, engines.loaded, engines.settled], order="strict"):
        engines.open(None, None)
    assert [card.heading for card in cards] == ["No catalogue is open"]
    assert engines.engine is not None


def test_a_folder_is_indexed_on_request_and_opened(
    qtbot: QtBot, engines: EngineController, tiny_catalogue_folder: Path
) -> None:
    cards = cards_of(engines)
    with qtbot.waitSignal(engines.settled):
        engines.open(None, tiny_catalogue_folder)
    assert cards[-1].heading == "This folder is not indexed"
    words: list[str] = []
    engines.progressed.connect(lambda done, total, text: words.append(text))
    with qtbot.waitSignal(engines.settled, timeout=60_000):
        assert engines.build_index()
    assert cards[-1].heading == "Indexing"
    assert words[-1] == "Writing the index"
    assert engines.engine is not None
    assert engines.engine.catalogue is not None
    assert engines.engine.catalogue.count == 8
    assert engines.rates.counts == (3, 5)


def test_stopping_keeps_what_was_done_and_offers_to_go_on(
    qtbot: QtBot, engines: EngineController, tiny_catalogue_folder: Path
) -> None:
    cards = cards_of(engines)
    with qtbot.waitSignal(engines.settled):
        engines.open(None, tiny_catalogue_folder)
    with qtbot.waitSignal(engines.progressed, timeout=60_000):
        engines.build_index()
    engines.stop()
    assert cards[-1].heading == "Indexing was stopped"
    assert not engines.is_indexing
    assert not engines.is_busy
    with qtbot.waitSignal(engines.settled, timeout=60_000):
        engines.build_index()
    assert engines.engine is not None
    assert engines.engine.catalogue is not None


def test_the_bundle_stays_when_only_the_folder_changes(
    qtbot: QtBot, engines: EngineController, tiny_catalogue_folder: Path
) -> None:
    with qtbot.waitSignal(engines.settled):
        engines.open(None, None)
    assert engines.engine is not None
    session = engines.engine.session
    with qtbot.waitSignal(engines.settled), qtbot.assertNotEmitted(engines.loaded):
        engines.open_folder(tiny_catalogue_folder)
    assert engines.engine.session is session


def test_a_bundle_that_is_not_there_is_a_card_and_a_failure(
    qtbot: QtBot, engines: EngineController, tmp_path: Path
) -> None:
    cards = cards_of(engines)
    with qtbot.waitSignal(engines.failed) as failed:
        engines.open(str(tmp_path), None)
    assert cards[-1].heading == "No model is loaded"
    assert "bundle.json" in str(failed.args[0])
    assert engines.engine is None


def test_an_empty_folder_cannot_be_indexed_and_says_so(
    qtbot: QtBot, engines: EngineController, tmp_path: Path
) -> None:
    cards = cards_of(engines)
    with qtbot.waitSignal(engines.settled):
        engines.open(None, tmp_path)
    with qtbot.waitSignal(engines.failed, timeout=60_000):
        engines.build_index()
    assert cards[-1].heading == "This catalogue cannot be used"


def test_without_a_folder_there_is_nothing_to_index(
    qtbot: QtBot, engines: EngineController
) -> None:
    assert not engines.build_index()
