"""`kindred study` as it is typed."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from inference.rankings_table import read_rankings_table
from viewer.command_line import main
from viewer.commands.exit_codes import PROBLEM
from viewer.study.reader_study import ReaderStudy


def arguments(folder: Path, bundle: Path, table: Path) -> list[str]:
    return [
        "study", "--catalogue", str(folder), "--bundle", str(bundle), "--rater", "Ada",
        "--queries", "2", "--out", str(table),
    ]  # fmt: skip


def test_a_reader_ranks_one_query_and_leaves(
    qtbot: QtBot,
    indexed: Path,
    tiny_bundle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = tmp_path / "rankings.csv"
    saved: list[str] = []

    def read_and_leave() -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, ReaderStudy) and window.isVisible():
                if not saved and window.is_ready:
                    window.answered.connect(saved.append)
                    window.save()
                if saved:
                    window.close()
                    clock.stop()

    clock = QTimer()
    clock.timeout.connect(read_and_leave)
    clock.start(50)
    assert main(arguments(indexed, tiny_bundle, table)) == 0
    assert "1 of the queries left" in capsys.readouterr().err
    assert {row.query_id for row in read_rankings_table(table)} == set(saved)


def test_a_table_of_something_else_is_told_before_a_window_opens(
    qtbot: QtBot, indexed: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(indexed, tiny_bundle, indexed / "cases.csv")) == PROBLEM
    assert "no table of rankings" in capsys.readouterr().err
