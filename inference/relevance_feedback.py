"""Relevance feedback: the query moves towards what the reader called relevant, and away from
what not (Rocchio).

    moved = (alpha query + beta mean(relevant) - gamma mean(not relevant)) / (the weights' sum)

Rocchio's own vectors are compared by cosine, for which length means nothing. Most methods here
compare by Euclidean distance: undivided, the moved query would be farther from the whole
catalogue than any case. Divided by the sum of the weights in use it stays at the catalogue's
scale, and for cosine nothing changes.

Source:
    Rocchio 1971, "Relevance feedback in information retrieval"; the weights as in Manning,
    Raghavan and Schütze, "Introduction to Information Retrieval", 9.1.1.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

ALPHA, BETA, GAMMA = 1.0, 0.75, 0.15


@dataclass(frozen=True, slots=True)
class Marks:
    """What a reader said of the cases found for one query.

    Attributes:
        relevant: Ids of cases, in the order they were marked.
        not_relevant: The same; no case is in both.
    """

    relevant: tuple[str, ...] = ()
    not_relevant: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        both = set(self.relevant) & set(self.not_relevant)
        if both:
            raise ValueError(f"marked as relevant and as not relevant: {sorted(both)}")

    def __bool__(self) -> bool:
        return bool(self.relevant or self.not_relevant)

    def of(self, case_id: str) -> bool | None:
        """True for relevant, False for not relevant, None for not marked."""
        if case_id in self.relevant:
            return True
        return False if case_id in self.not_relevant else None

    def marked(self, case_id: str, is_relevant: bool | None) -> "Marks":
        """With this case marked so; None takes its mark away."""
        without = Marks(
            tuple(one for one in self.relevant if one != case_id),
            tuple(one for one in self.not_relevant if one != case_id),
        )
        if is_relevant is None:
            return without
        if is_relevant:
            return replace(without, relevant=(*without.relevant, case_id))
        return replace(without, not_relevant=(*without.not_relevant, case_id))


NO_MARKS = Marks()
"""Before any feedback."""


def moved_query(
    query: NDArray[np.float32],
    relevant: NDArray[np.float32],
    not_relevant: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The query after feedback; without any, the query itself.

    Args:
        query: (length,), its embedding.
        relevant: (n, length), embeddings of the cases marked as relevant; n may be 0.
        not_relevant: (m, length), of those marked as not relevant; m may be 0.

    Returns:
        (length,) float32.

    Raises:
        ValueError: The lengths differ.
    """
    if relevant.shape[1:] != query.shape or not_relevant.shape[1:] != query.shape:
        raise ValueError(
            f"the embeddings differ in length: {query.shape}, {relevant.shape}, "
            f"{not_relevant.shape}"
        )
    if not len(relevant) and not len(not_relevant):
        return query
    total, weights = ALPHA * query.astype(np.float64), ALPHA
    for vectors, weight in ((relevant, BETA), (not_relevant, -GAMMA)):
        if len(vectors):
            total = total + weight * vectors.astype(np.float64).mean(axis=0)
            weights += weight
    return (total / weights).astype(np.float32)
