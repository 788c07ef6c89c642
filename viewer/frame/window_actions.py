"""The window's actions: one for every binding, in menus, under keys and for screen readers."""

import re
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from viewer.frame.bindings import BINDINGS, bound_keys, shown_keys

_KEY_AT_END = re.compile(r" \([^()]*\)$")
_REPEATING = (
    *("undo", "redo", "next_window", "turn_right", "turn_left"),
    *("query_wider", "query_narrower", "record_wider", "record_narrower"),
)


class WindowActions(QObject):
    """Makes the actions of a window, and gives them their keys.

    What an action does is told with `attach`, by whoever does it.
    """

    def __init__(self, window: QWidget, *, is_whole_window: bool = True) -> None:
        """
        Args:
            window: Which has the actions.
            is_whole_window: Whether keys work wherever the focus is in its window; else only
                while the focus is in it, so that a host's own keys stay the host's.
        """
        super().__init__(window)
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._attached: set[str] = set()
        self._hinted: dict[str, QWidget] = {}
        for binding in BINDINGS:
            action = QAction(binding.shown_menu, window)
            action.setObjectName(binding.name)
            # A key held down by mistake must not flicker; some are meant to be held.
            action.setAutoRepeat(binding.name in _REPEATING)
            if not is_whole_window:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            window.addAction(action)
            self._actions[binding.name] = action
        self.set_keys({})

    @property
    def keys(self) -> Mapping[str, str]:
        """The user's changes, by name."""
        return self._changes

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def unattached(self) -> set[str]:
        """Names of actions that do nothing yet."""
        return set(self._actions) - self._attached

    def set_keys(self, changes: Mapping[str, str]) -> None:
        """Give every action its default key, or the user's.

        Raises:
            BindingError: A name or a key is wrong.
        """
        for name, keys in bound_keys(changes).items():
            action = self._actions[name]
            action.setShortcuts([QKeySequence(one) for one in keys.split()])
        self._changes = dict(changes)
        self._write_hints()

    def hint(self, widgets: Mapping[str, QWidget]) -> None:
        """Have the tool tips of buttons end with the key that does the same, whatever it is.

        Args:
            widgets: By the binding's name; what a tip ends with in brackets is replaced.
        """
        self._hinted.update(widgets)
        self._write_hints()

    def _write_hints(self) -> None:
        for name, widget in self._hinted.items():
            before = widget.toolTip()
            keys = shown_keys(bound_keys(self._changes)[name])
            words = _KEY_AT_END.sub("", before)
            tip = f"{words} ({keys})" if keys else words
            widget.setToolTip(tip)
            if widget.accessibleName() == before:
                widget.setAccessibleName(tip)

    def attach(self, slots: Mapping[str, Callable[[], object]]) -> None:
        """Say what actions do, by name."""
        for name, slot in slots.items():
            # The signal's own argument, whether it is checked, is of no use to anyone here.
            self._actions[name].triggered.connect(lambda _=False, slot=slot: slot())
            self._attached.add(name)

    def menu(self, title: str, groups: tuple[str, ...]) -> QMenu:
        """A menu of what is listed under some headings, a line between two of them."""
        made = QMenu(title, self._window)
        made.setAccessibleName(title)
        for group in groups:
            if not made.isEmpty():
                made.addSeparator()
            for binding in BINDINGS:
                if binding.group == group and binding.menu:
                    made.addAction(self._actions[binding.name])
        return made

    def set_checked(self, states: Mapping[str, bool]) -> None:
        """Show with a tick what is on."""
        for name, is_on in states.items():
            self._actions[name].setCheckable(True)
            self._actions[name].setChecked(is_on)
