"""Looking around by key and menu: the window, zoom, turns and flips of the pane in use."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from viewer.frame.window_actions import WindowActions
from viewer.pane.radiograph_view import RadiographView
from viewer.pane.view_state import ViewState
from viewer.pane.window_presets import AUTO, BONES, FULL, LUNGS, MADE_PRESETS, preset_names
from viewer.translation import tr

_PRESET_ACTIONS = {
    "window_file": "",
    "window_full": FULL,
    "window_auto": AUTO,
    "window_lungs": LUNGS,
    "window_bones": BONES,
}


class Looking(QObject):
    """Changes how the pane in use is looked at; who follows it is the caller's to say."""

    def __init__(
        self,
        actions: WindowActions,
        active_view: Callable[[], RadiographView],
        follow: Callable[[RadiographView], None],
        parent: QWidget,
    ) -> None:
        """
        Args:
            actions: Of the window.
            active_view: The pane that is in use.
            follow: Has the linked panes follow one.
            parent: Its parent.
        """
        super().__init__(parent)
        self._actions = actions
        self._active_view = active_view
        self._follow = follow
        slots: dict[str, Callable[[], object]] = {
            "fit": lambda: self._change(ViewState.fitted),
            "one_to_one": lambda: self._set(self._active_view().pixel_for_pixel()),
            "turn_right": lambda: self._change(lambda state: state.turned(1)),
            "turn_left": lambda: self._change(lambda state: state.turned(-1)),
            "flip": lambda: self._change(ViewState.flipped),
            "invert": lambda: self._change(ViewState.inverted),
            "sigmoid": lambda: self._change(ViewState.sigmoid_toggled),
            "next_window": self.choose_next_preset,
        }
        for name, preset in _PRESET_ACTIONS.items():
            slots[name] = partial(self.choose_preset, preset)
        actions.attach(slots)

    def choose_preset(self, preset: str) -> None:
        """Look through a preset of `window_presets`; "" is what the file asks for."""
        self._change(lambda state: state.preset_chosen(preset))

    def choose_next_preset(self) -> None:
        """The preset after the present one; after the last comes the file's own again."""
        names = self._presets()
        if not names:
            return
        present = self._active_view().state.preset or names[0]
        following = (names.index(present) + 1) % len(names) if present in names else 0
        self.choose_preset(names[following] if following else "")

    def fill_windows_menu(self, menu: QMenu) -> None:
        """List the file's own windows by name, with a tick at the present one."""
        menu.clear()
        group = QActionGroup(menu)
        present = self._active_view().state.preset
        own = [one for one in self._presets() if one not in MADE_PRESETS]
        for index, name in enumerate(own):
            preset = name if index else ""
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(present == preset)
            action.triggered.connect(lambda _=False, preset=preset: self.choose_preset(preset))
            group.addAction(action)
        if not own:
            menu.addAction(tr("The file has none")).setEnabled(False)

    def states(self) -> Mapping[str, bool]:
        """Which of its actions are on, by name."""
        state = self._active_view().state
        on = {name: state.preset == preset for name, preset in _PRESET_ACTIONS.items()}
        flags = (state.is_inverted, state.is_sigmoid, state.is_flipped)
        return on | dict(zip(("invert", "sigmoid", "flip"), flags, strict=True))

    def _presets(self) -> tuple[str, ...]:
        radiograph = self._active_view().radiograph
        return preset_names(radiograph) if radiograph is not None else ()

    def _change(self, change: Callable[[ViewState], ViewState]) -> None:
        self._set(change(self._active_view().state))

    def _set(self, state: ViewState) -> None:
        view = self._active_view()
        view.set_state(state)
        self._follow(view)
