"""Opens the settings, writes what was changed, and has it take effect where it can at once."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot

from inference.bundle_store import list_bundles
from inference.errors import InferenceError
from viewer.frame.main_window import MainWindow
from viewer.preferences.settings import Settings, load_settings, user_settings_file
from viewer.preferences.settings_dialog import Offers, SettingsDialog
from viewer.preferences.settings_file import Changes, write_changes
from viewer.translation import tr

_STYLE = {"overlay": "is_on", "overlay_opacity": "opacity", "colour_map": "colour_map"}


class SettingsController(QObject):
    """Joins the dialog, the user's file and the window."""

    def __init__(
        self, window: MainWindow, methods: Callable[[], tuple[str, ...]], path: Path | None = None
    ) -> None:
        """
        Args:
            window: Whose settings they are.
            methods: Names of the methods that can be chosen now.
            path: The user's file; None: the usual one.
        """
        super().__init__(window)
        self._window = window
        self._methods = methods
        self._path = path or user_settings_file()
        self._dialog: SettingsDialog | None = None
        window.bound.attach({"settings": self.show})

    @property
    def dialog(self) -> SettingsDialog | None:
        """The open dialog."""
        return self._dialog

    @Slot()
    def show(self) -> None:
        """Open the dialog."""
        if self._dialog is not None:
            self._dialog.activateWindow()
            return
        try:
            settings = load_settings(self._path)
        except InferenceError as error:
            self._window.message_bar.show_message("problem", str(error))
            return
        bundles = tuple(one.name for one in list_bundles())
        dialog = SettingsDialog(
            settings, Offers(bundles, self._methods()), self._path, self._window
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.saved.connect(self._save)
        dialog.finished.connect(self._closed)
        self._dialog = dialog
        dialog.open()

    @Slot(object)
    def _save(self, changes: Changes) -> None:
        assert self._dialog is not None
        try:
            write_changes(self._path, changes)
        except InferenceError as error:
            self._dialog.show_problem(str(error))
            return
        self._dialog.accept()
        shipped = Settings()
        given = {
            name: getattr(shipped, name) if value is None else value
            for name, value in changes[""].items()
        }
        if changes["keys"]:
            kept = {**self._window.bound.keys, **changes["keys"]}
            self._window.bound.set_keys({k: v for k, v in kept.items() if v is not None})
        waits = [*self.apply(given), *(name for name in ("links", "receiver") if changes[name])]
        if waits:
            self._window.message_bar.show_message(
                "note",
                tr("Saved. After the next start: {names}.").format(
                    names=", ".join(one.replace("_", " ") for one in waits)
                ),
            )

    def apply(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Have settings take effect; the names of those that wait for the next start."""
        window = self._window
        style = {_STYLE[name]: value for name, value in values.items() if name in _STYLE}
        if style:
            controls = window.overlay_controls
            controls.set_style(replace(controls.style_shown, **style))
        actions: dict[str, Callable[[Any], object]] = {
            "linked": lambda value: window.overlay_controls.set_linked(is_linked=value),
            "neighbours": window.tools.choose_count,
            "method": window.tools.choose_method,
            "exclude_patient": window.results_area.filter.excludes_patient.setChecked,
        }
        for name, value in values.items():
            if name in actions:
                actions[name](value)
        known = [one.name for one in fields(Settings)]
        return tuple(name for name in known if name in values and name not in {*actions, *_STYLE})

    @Slot()
    def _closed(self) -> None:
        self._dialog = None
