"""Back and forward, and the feedback that belongs to each query."""

from pathlib import Path

from inference.relevance_feedback import NO_MARKS, Marks
from viewer.results.query_history import LONGEST, QueryHistory

A, B, C = Path("a"), Path("b"), Path("c")


def shown(history: QueryHistory) -> Path | None:
    return history.current.path if history.current else None


def test_back_and_forward_as_in_a_browser() -> None:
    history = QueryHistory().opened(A).opened(B).opened(C)
    assert (shown(history), history.has_back, history.has_forward) == (C, True, False)
    back = history.moved(-1).moved(-1)
    assert (shown(back), back.has_back, back.has_forward) == (A, False, True)
    assert back.moved(-1) is back
    assert shown(back.moved(1)) == B
    elsewhere = back.opened(C)
    assert (shown(elsewhere), elsewhere.has_forward) == (C, False)
    assert shown(elsewhere.moved(-1)) == A


def test_marks_stay_with_their_query_and_can_be_undone() -> None:
    first, second = Marks(("x",)), Marks(("x", "y"))
    history = QueryHistory().opened(A).marked(first).marked(second).opened(B)
    assert history.current is not None
    assert history.current.marks[-1] == NO_MARKS
    back = history.moved(-1)
    assert back.current is not None
    assert back.current.marks[-1] == second
    undone = back.undone()
    assert undone.current is not None
    assert undone.current.marks[-1] == first
    assert undone.undone().undone() == undone.undone()
    assert undone.unmarked().current is not None
    assert undone.unmarked().current.marks == (NO_MARKS,)  # type: ignore[union-attr]


def test_nothing_open_has_nothing_to_mark_or_leave() -> None:
    empty = QueryHistory()
    assert empty.current is None
    assert empty.marked(Marks(("x",))) is empty
    assert empty.undone() is empty
    assert empty.moved(1) is empty


def test_a_long_session_keeps_the_latest() -> None:
    history = QueryHistory()
    for number in range(LONGEST + 5):
        history = history.opened(Path(str(number)))
    assert len(history.visits) == LONGEST
    assert shown(history) == Path(str(LONGEST + 4))
