"""Parts that are made, and whose modules are imported, when they are first needed.

Most windows are not needed at once, and importing them all takes longer than opening the first
radiograph. What such a part does by itself once it is there, as when it hears a signal of the
window, is told here for the time before:

    archives = OnDemand(make_archives)                 # a function that imports, makes, connects
    archive_action.triggered.connect(archives.first(lambda one: one.show_search()))
    ...
    archives().show_search()                           # made at the latest now
"""

from collections.abc import Callable
from typing import Concatenate, Generic, ParamSpec, TypeVar

_Part = TypeVar("_Part")
_Values = ParamSpec("_Values")


class OnDemand(Generic[_Part]):
    """One part of the window, made when it is first asked for."""

    def __init__(self, make: Callable[[], _Part]) -> None:
        """
        Args:
            make: Makes it, with the present state of whatever it depends on.
        """
        self._make = make
        self._made: _Part | None = None

    def __call__(self) -> _Part:
        """The part."""
        if self._made is None:
            self._made = self._make()
        return self._made

    @property
    def made(self) -> _Part | None:
        """The part, or None where nobody needed it yet."""
        return self._made

    def first(
        self, answer: Callable[Concatenate[_Part, _Values], object]
    ) -> Callable[_Values, None]:
        """A slot for a signal that the part itself hears as soon as it is there.

        Args:
            answer: What it would do; done until then, which makes it.
        """

        def heard(*values: _Values.args, **more: _Values.kwargs) -> None:
            if self._made is None:
                answer(self(), *values, **more)

        return heard
