"""Raters' orders: a table of who ranked which case how similar to which query.

    query_id,case_id,rater,rank        rank 1 is the most similar

The first rater in the table is the reference, as the main radiologist is in the papers. The
other raters' orders are scored in the same way as a method's: the band between the lowest and
the highest of them is what agreement between raters amounts to.

Source: Silva et al. 2022, "Evaluation and comparison" and figure 5.
"""

import math
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export_models.datasets.text_tables import read_rows
from export_models.retrieval_metrics import NDCG_DEPTHS, ndcg_at, relevance_of_ranks
from inference.errors import LabelsTableError


@dataclass(frozen=True, slots=True)
class Rankings:
    """All orders of a table.

    Attributes:
        raters: In the order of the table; the first is the reference.
        ranks: By rater, then query, then case.
    """

    raters: tuple[str, ...]
    ranks: dict[str, dict[str, dict[str, float]]]

    @property
    def reference(self) -> dict[str, dict[str, float]]:
        """The reference's ranks, by query and case."""
        return self.ranks[self.raters[0]]


def read_rankings(path: Path) -> Rankings:
    """Read a table of rankings.

    Raises:
        LabelsTableError: It is none, or a rater ranked one case twice for one query.
    """
    ranks: dict[str, dict[str, dict[str, float]]] = {}
    for row in read_rows(path, ("query_id", "case_id", "rater", "rank")):
        query, case = row["query_id"], row["case_id"]
        try:
            rank = float(row["rank"])
        except (KeyError, ValueError):
            rank = math.nan
        if not math.isfinite(rank):
            raise LabelsTableError(path, f"the rank of {case} for {query} is not a number")
        given = ranks.setdefault(row["rater"], {}).setdefault(query, {})
        if case in given:
            raise LabelsTableError(path, f"{row['rater']} ranked {case} twice for {query}")
        if case == query:
            raise LabelsTableError(path, f"{query} was ranked among its own catalogue")
        given[case] = rank
    if not ranks:
        raise LabelsTableError(path, "it holds no rankings")
    return Rankings(tuple(ranks), ranks)


def ranked_ndcg(
    rankings: Rankings, distances: NDArray[np.floating], rows: dict[str, int]
) -> tuple[list[str], dict[int, list[float]]]:
    """nDCG of a method by the reference's orders.

    Args:
        rankings: The raters' orders.
        distances: (n, n) of the method.
        rows: Row number by case id. Cases that are not there are left out of the catalogues,
            queries that are not there, or have fewer than two cases left, altogether.

    Returns:
        The queries that were scored, and by depth a number for each.
    """
    return _scored(
        rankings,
        rows,
        lambda query, cases: distances[rows[query], [rows[case] for case in cases]],
    )


def rater_ndcg(rankings: Rankings, known: Container[str]) -> dict[str, dict[int, list[float]]]:
    """nDCG of each further rater by the reference's orders, on the cases both ranked."""
    return {
        rater: _scored(rankings, known, _order_of(rankings.ranks[rater]))[1]
        for rater in rankings.raters[1:]
    }


_Order = Callable[[str, list[str]], NDArray[np.floating]]


def _order_of(given: dict[str, dict[str, float]]) -> _Order:
    return lambda query, cases: np.array(
        [given.get(query, {}).get(case, np.nan) for case in cases], float
    )


def _scored(
    rankings: Rankings, known: Container[str], distances_of: _Order
) -> tuple[list[str], dict[int, list[float]]]:
    queries: list[str] = []
    scores: dict[int, list[float]] = {p: [] for p in NDCG_DEPTHS}
    for query, ranks in rankings.reference.items():
        if query not in known:
            continue
        cases = [case for case in ranks if case in known]
        distances = np.asarray(distances_of(query, cases), float)
        usable = np.isfinite(distances)
        if usable.sum() < 2:
            continue
        queries.append(query)
        relevance = relevance_of_ranks(np.array([ranks[case] for case in cases])[usable])
        for p in NDCG_DEPTHS:
            scores[p].append(ndcg_at(distances[usable], relevance, p))
    return queries, scores
