"""Rankings of several raters, against nDCG written out."""

from pathlib import Path

import numpy as np
import pytest

from export_models.rankings import ranked_ndcg, rater_ndcg, read_rankings
from inference.errors import LabelsTableError

HEADER = "query_id,case_id,rater,rank\n"


def write(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "rankings.csv"
    path.write_text(HEADER + "\n".join(rows), encoding="utf-8")
    return path


def plain_ndcg(order: list[str], best: list[str]) -> float:
    """Silva 2022, equations 6 and 7, for orders without ties."""
    relevance = {case: 1 + 0.5 * (len(best) - place) for place, case in enumerate(best, 1)}

    def dcg(cases: list[str]) -> float:
        return sum((2 ** relevance[case] - 1) / np.log2(i + 1) for i, case in enumerate(cases, 1))

    return float(dcg(order) / dcg(best))


def test_methods_and_raters_are_scored_by_the_first_rater(tmp_path: Path) -> None:
    orders = {"R1": ["b", "c", "d"], "R2": ["c", "b", "d"], "R3": ["d", "c", "b"]}
    rows = [
        f"a,{case},{rater},{rank}"
        for rater, order in orders.items()
        for rank, case in enumerate(order, 1)
    ]
    rankings = read_rankings(write(tmp_path, *rows))
    assert rankings.raters == ("R1", "R2", "R3")
    rows_of = {"a": 0, "b": 1, "c": 2, "d": 3}
    distances = np.zeros((4, 4))
    distances[0] = [0, 0.5, 0.1, 0.9]  # c, b, d
    queries, scores = ranked_ndcg(rankings, distances, rows_of)
    assert queries == ["a"]
    expected = plain_ndcg(["c", "b", "d"], orders["R1"])
    assert scores[10] == [pytest.approx(expected)]
    raters = rater_ndcg(rankings, set(rows_of))
    assert raters["R2"][3] == [pytest.approx(expected)]
    assert raters["R3"][10] == [pytest.approx(plain_ndcg(orders["R3"], orders["R1"]))]


def test_cases_and_queries_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b,R1,1", "a,gone,R1,2", "a,c,R1,3", "gone,b,R1,1", "b,c,R1,1")
    queries, scores = ranked_ndcg(
        read_rankings(path), np.arange(9.0).reshape(3, 3), {"a": 0, "b": 1, "c": 2}
    )
    assert (queries, scores[10]) == (["a"], [1.0])
    assert rater_ndcg(read_rankings(path), {"a"}) == {}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (["a,b,R1,first"], "not a number"),
        (["a,b,R1"], "not a number"),
        (["a,b,R1,nan"], "not a number"),
        (["a,b,R1,1", "a,b,R1,2"], "twice"),
        (["a,a,R1,1"], "own catalogue"),
        ([], "no rankings"),
    ],
)
def test_tables_that_are_no_rankings_are_refused(
    tmp_path: Path, rows: list[str], reason: str
) -> None:
    with pytest.raises(LabelsTableError, match=reason):
        read_rankings(write(tmp_path, *rows))
