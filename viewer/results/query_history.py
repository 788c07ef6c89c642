"""Which radiographs were asked about, in order, with back and forward, as in a browser."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from inference.relevance_feedback import NO_MARKS, Marks

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Visit:
    """A query and the feedback given on it.

    Attributes:
        path: Of the radiograph.
        marks: Each state of the marks, oldest first; the last one holds.
    """

    path: Path
    marks: tuple[Marks, ...] = (NO_MARKS,)


@dataclass(frozen=True, slots=True)
class QueryHistory:
    """The visits, and where among them the reader is.

    Attributes:
        visits: Oldest first, up to `LONGEST`.
        place: Index of the one on the screen; -1 while there is none.
    """

    visits: tuple[Visit, ...] = field(default=())
    place: int = -1

    @property
    def current(self) -> Visit | None:
        """What is on the screen."""
        return self.visits[self.place] if self.place >= 0 else None

    @property
    def has_back(self) -> bool:
        """Whether there is an earlier one."""
        return self.place > 0

    @property
    def has_forward(self) -> bool:
        """Whether the reader went back and nothing new was opened since."""
        return self.place + 1 < len(self.visits)

    def opened(self, path: Path) -> "QueryHistory":
        """A radiograph was opened: what lay ahead is forgotten. The one shown stays as it is."""
        if self.current is not None and self.current.path == path:
            return self
        visits = (*self.visits[: self.place + 1], Visit(path))[-LONGEST:]
        return QueryHistory(visits, len(visits) - 1)

    def moved(self, steps: int) -> "QueryHistory":
        """Back (-1) or forward (1); where there is nothing, it stays."""
        place = self.place + steps
        return replace(self, place=place) if 0 <= place < len(self.visits) else self

    def marked(self, marks: Marks) -> "QueryHistory":
        """The current query's marks are now these; the ones before can be had back."""
        if self.current is None or self.current.marks[-1] == marks:
            return self
        return self._with(replace(self.current, marks=(*self.current.marks, marks)))

    def undone(self) -> "QueryHistory":
        """The current query's marks as they were before the last change."""
        if self.current is None or len(self.current.marks) < 2:
            return self
        return self._with(replace(self.current, marks=self.current.marks[:-1]))

    def unmarked(self) -> "QueryHistory":
        """The same visits without feedback: their catalogue is open no more."""
        return replace(self, visits=tuple(Visit(visit.path) for visit in self.visits))

    def _with(self, visit: Visit) -> "QueryHistory":
        visits = (*self.visits[: self.place], visit, *self.visits[self.place + 1 :])
        return replace(self, visits=visits)
