"""The table of orders: what the trainer reads, kept whole, and never another file."""

from pathlib import Path

import pytest

from export_models.rankings import read_rankings
from inference.errors import ExportError, LabelsTableError
from inference.rankings_table import add_order, ranked_queries, read_rankings_table


def test_the_trainer_reads_what_was_written(tmp_path: Path) -> None:
    table = tmp_path / "new" / "rankings.csv"
    add_order(table, "Dr. Ö, M", "q1", ["b", "a,1", "c"])
    add_order(table, "Bo", "q1", ["c", "b", "a,1"])
    rankings = read_rankings(table)
    assert rankings.raters == ("Dr. Ö, M", "Bo")
    assert rankings.reference == {"q1": {"b": 1.0, "a,1": 2.0, "c": 3.0}}
    assert rankings.ranks["Bo"]["q1"]["c"] == 1.0


def test_a_second_order_replaces_the_first(tmp_path: Path) -> None:
    table = tmp_path / "rankings.csv"
    assert read_rankings_table(table) == ()
    add_order(table, "Ada", "q1", ["a", "b"])
    add_order(table, "Ada", "q2", ["a", "b"])
    add_order(table, "Ada", "q1", ["b", "a"])
    rows = read_rankings_table(table)
    assert [(row.query_id, row.case_id, row.rank) for row in rows] == [
        ("q2", "a", 1), ("q2", "b", 2), ("q1", "b", 1), ("q1", "a", 2),
    ]  # fmt: skip
    assert ranked_queries(rows, "Ada") == {"q1": {"a", "b"}, "q2": {"a", "b"}}
    assert ranked_queries(rows, "Bo") == {}
    assert [one.name for one in tmp_path.iterdir()] == ["rankings.csv"]


@pytest.mark.parametrize("content", [b"file,findings\na.png,x\n", b"\xff\xfe\x00", b'"open'])
def test_another_file_is_not_added_to(tmp_path: Path, content: bytes) -> None:
    table = tmp_path / "cases.csv"
    table.write_bytes(content)
    if content != b'"open':
        with pytest.raises(LabelsTableError):
            add_order(table, "Ada", "q1", ["a"])
        assert table.read_bytes() == content
    with pytest.raises(ExportError):
        add_order(table / "inside.csv" / "x.csv", "Ada", "q1", ["a"])
