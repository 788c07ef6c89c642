"""Which panes there are: the query and 1, 4 or 9 cases, the query alone, or two cases."""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from viewer.frame.window_actions import WindowActions

_COUNTS = {"layout_1": 1, "layout_4": 4, "layout_9": 9}


class Layout(Enum):
    """What is beside each other."""

    GRID = "grid"
    QUERY = "query"
    TWO = "two"


class LayoutChooser(QObject):
    """Keeps the layout and, for two cases against each other, which two.

    Signals:
        count_wished: This many similar cases are needed. arg: int
        changed: The layout, or the two cases.
    """

    count_wished = Signal(int)
    changed = Signal()

    def __init__(self, actions: WindowActions, count: Callable[[], int], parent: QWidget) -> None:
        """
        Args:
            actions: Of the window.
            count: How many panes there are for similar cases.
            parent: Its parent.
        """
        super().__init__(parent)
        self._count = count
        self._layout = Layout.GRID
        self._pair = (1, 2)  # the case chosen last is the second
        actions.attach(
            {name: partial(self.choose_count, number) for name, number in _COUNTS.items()}
            | {
                "layout_query": partial(self.choose, Layout.QUERY),
                "layout_two": partial(self.choose, Layout.TWO),
            }
        )

    @property
    def layout(self) -> Layout:
        """The present one."""
        return self._layout

    @property
    def shown_ranks(self) -> tuple[int, ...]:
        """The cases that are shown alone; empty for all."""
        return tuple(sorted(self._pair)) if self._layout is Layout.TWO else ()

    def choose(self, layout: Layout) -> None:
        """Show this layout; chosen again, the grid comes back."""
        self._layout = Layout.GRID if layout is self._layout else layout
        if self._layout is Layout.TWO and self._count() < max(self._pair):
            self._pair = (1, 2)
            if self._count() < 2:
                self.count_wished.emit(2)
        self.changed.emit()

    def restore(self, layout: Layout) -> None:
        """Begin with a layout."""
        self._layout = layout
        self.changed.emit()

    def choose_count(self, count: int) -> None:
        """The query and so many cases."""
        self._layout = Layout.GRID
        if count != self._count():
            self.count_wished.emit(count)
        self.changed.emit()

    @Slot(int)
    def note_selected(self, rank: int) -> None:
        """A case was chosen: of the two shown, it takes the place of the one chosen earlier."""
        if not rank or rank == self._pair[1]:
            return
        other = self._pair[1]
        self._pair = (other, rank)
        if self._layout is Layout.TWO:
            self.changed.emit()

    @Slot(int)
    def note_count(self, count: int) -> None:
        """There are so many panes now: two cases need two."""
        if max(self._pair) > count:
            self._pair = (1, 2)
        if self._layout is Layout.TWO and count < 2:
            self._layout = Layout.GRID

    def states(self) -> Mapping[str, bool]:
        """Which of its actions are on, by name."""
        is_grid = self._layout is Layout.GRID
        on = {name: is_grid and self._count() == number for name, number in _COUNTS.items()}
        is_query, is_two = self._layout is Layout.QUERY, self._layout is Layout.TWO
        return on | {"layout_query": is_query, "layout_two": is_two}
