"""Measuring in the whole window: the tool in use, its menu and keys, the panes' layers."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QWidget

from inference.records import Radiograph
from viewer.frame.window_actions import WindowActions
from viewer.measuring.book import MarkBook, Marks
from viewer.measuring.file import MarksFolder
from viewer.measuring.kinds import KINDS
from viewer.measuring.layer import MarksLayer
from viewer.pane.radiograph_view import RadiographView
from viewer.translation import N_, tr

_HOW = {
    "length": N_("Length: drag from one end to the other."),
    "angle": N_("Angle: drag to the corner, then click the end of the other arm."),
    "ratio": N_("Cardiothoracic ratio: drag across the heart, then across the thorax."),
    "ellipse": N_("Ellipse: drag from corner to corner of what it is to fill."),
    "arrow": N_("Arrow: drag to what it points at."),
    "text": N_("Text: click where it belongs."),
}


class MeasuringDesk(QObject):
    """Gives every pane a layer for marks, and all layers the tool in use.

    Signals:
        problem_found: Marks cannot be read or kept. arg: a sentence
        noted: Something was switched that cannot be seen. arg: a sentence
        hinted: Another tool. arg: how it is used; "" where it was put away
    """

    problem_found = Signal(str)
    noted = Signal(str)
    hinted = Signal(str)

    def __init__(
        self,
        actions: WindowActions,
        active_view: Callable[[], RadiographView],
        parent: QWidget,
        folder: MarksFolder | None = None,
    ) -> None:
        """
        Args:
            actions: Of the window.
            active_view: The pane that is in use.
            parent: Its parent.
            folder: Where marks are kept; None: the usual place.
        """
        super().__init__(parent)
        self._book = MarkBook(folder or MarksFolder(), self)
        self._book.problem_found.connect(self.problem_found)
        self._active_view = active_view
        self._layers: dict[RadiographView, MarksLayer] = {}
        self._tool = ""
        # Off at first: a text may hold what must not leave the hospital.
        self._are_exported = False
        stack = self._book.stack
        slots: dict[str, Callable[[], object]] = {
            f"measure_{name}": partial(self.choose, name) for name in KINDS
        }
        actions.attach(
            {
                **slots,
                "undo": stack.undo,
                "redo": stack.redo,
                "remove_mark": self.remove_mark,
                "remove_marks": self.remove_marks,
                "export_marks": self.toggle_exported,
            }
        )

    @property
    def book(self) -> MarkBook:
        """All marks of this session."""
        return self._book

    @property
    def tool(self) -> str:
        """The kind that is being made; "" for none."""
        return self._tool

    def layer(self, view: RadiographView) -> MarksLayer:
        """The layer of a pane."""
        return self._layers[view]

    def set_views(self, views: Iterable[RadiographView]) -> None:
        """These are the panes now."""
        views = list(views)
        self._layers = {
            view: self._layers.get(view) or MarksLayer(view, self._book) for view in views
        }
        for view in views:
            self._layers[view].set_tool(KINDS.get(self._tool))

    def choose(self, name: str) -> None:
        """Make marks of a kind; chosen again, or "", the mouse is the panes' again."""
        self._tool = "" if name == self._tool else name
        for layer in self._layers.values():
            layer.set_tool(KINDS.get(self._tool))
        if self._tool:  # the arrows are the tool's now, wherever the focus was
            self._active_view().setFocus(Qt.FocusReason.OtherFocusReason)
        way_out = tr("Esc puts the tool away.")
        self.hinted.emit(f"{tr(_HOW[self._tool])} {way_out}" if self._tool else "")

    def escape(self) -> bool:
        """Leave a mark that is not finished, else the tool; whether there was either."""
        had = [layer.drop_unfinished() for layer in self._layers.values()]
        if any(had):
            return True
        if not self._tool:
            return False
        self.choose("")
        return True

    def remove_mark(self) -> None:
        """Remove the mark at the cursor; where there is none, the newest of the pane in use."""
        view = self._active_view()
        layer = self._layers[view]
        mark = layer.mark_at(layer.key_position or QPointF(view.mapFromGlobal(QCursor.pos())))
        if mark is None and layer.marks:
            mark = layer.marks[-1]
        if mark is not None:
            self._book.remove(layer.key, mark)

    def remove_marks(self) -> None:
        """Remove all marks of the radiograph in use; undo brings them back."""
        layer = self._layers[self._active_view()]
        if layer.marks:
            self._book.clear(layer.key)

    def toggle_exported(self) -> None:
        """Draw the marks on exported sheets, or do not."""
        self._are_exported = not self._are_exported
        drawn = tr("Measurements and marks are drawn on what is exported.")
        not_drawn = tr("Measurements and marks are not drawn on what is exported.")
        self.noted.emit(drawn if self._are_exported else not_drawn)

    def states(self) -> Mapping[str, bool]:
        """What is on, by the action's name."""
        on = {f"measure_{name}": name == self._tool for name in KINDS}
        return on | {"export_marks": self._are_exported}

    def exported_marks(self, radiographs: Iterable[Radiograph | None]) -> dict[str, Marks]:
        """What is drawn on a sheet of these radiographs, by checksum; nothing unless wanted."""
        if not self._are_exported:
            return {}
        keys = sorted({one.pixel_sha256 for one in radiographs if one and one.pixel_sha256})
        return {key: self._book.marks(key) for key in keys if self._book.marks(key)}
