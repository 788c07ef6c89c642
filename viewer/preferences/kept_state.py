"""What the window looked like when it was closed, for the next start.

Kept in `window.ini` beside the user's own settings: geometry, layout, what was in a second window
(given back where there still is a second screen), overlay, number of cases, linking, the folder
files were last chosen from, and the catalogue that was open. Nothing of a radiograph or a patient
is.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QWidget

from viewer.frame.layout_chooser import Layout
from viewer.frame.main_window import MainWindow
from viewer.frame.screens import bring_onto_screen, other_screen
from viewer.frame.second_window import QUERY, RESULTS
from viewer.preferences.settings import Settings, user_settings_file


class KeptState:
    """Reads what was kept, and keeps it when the window closes."""

    def __init__(self, path: Path | None = None) -> None:
        """
        Args:
            path: None: the usual place.
        """
        path = path or user_settings_file().with_name("window.ini")
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    def settings(self, given: Settings) -> Settings:
        """The settings with what was used last, where they are as the program ships them.

        A value that the user's file or the command line changed stays as it is.
        """
        shipped = Settings()
        kept: dict[str, Any] = {
            "neighbours": self._value("neighbours", int),
            "overlay": self._value("overlay", bool),
            "overlay_opacity": self._value("overlay_opacity", float),
            "colour_map": self._value("colour_map", str),
            "linked": self._value("linked", bool),
        }
        catalogue = self._value("catalogue", str)
        if catalogue and Path(catalogue).is_dir():
            kept["catalogue"] = catalogue
        merged = given
        for name, value in kept.items():
            if value is None or getattr(given, name) != getattr(shipped, name):
                continue
            try:
                merged = replace(merged, **{name: value})
            except ValueError:  # edited by hand, or written by another version
                continue
        return merged

    def restore(self, window: MainWindow) -> None:
        """Give the window its place, its layout and its last folder."""
        geometry = self._store.value("geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
            bring_onto_screen(window)  # it may have been kept with another screen
        window.last_folder = self._value("last_folder", str) or ""
        layout = self._value("layout", str)
        if layout in {one.value for one in Layout}:
            window.layouts.restore(Layout(layout))
        apart = self._value("apart", str)
        if apart in (QUERY, RESULTS) and other_screen(window) is not None:
            window.elsewhere.toggle(apart)

    def keep_on_closing(self, window: MainWindow, catalogue: Callable[[], Path | None]) -> None:
        """Keep the window's state when it closes.

        Args:
            window: Whose.
            catalogue: Says which folder is open.
        """

        def keep() -> None:
            style, folder = window.overlay_controls.style_shown, catalogue()
            values: dict[str, object] = {
                "geometry": window.saveGeometry(),
                "layout": window.layouts.layout.value,
                "apart": window.elsewhere.part,
                "last_folder": window.last_folder,
                "neighbours": window.neighbours.count,
                "overlay": style.is_on,
                "overlay_opacity": style.opacity,
                "colour_map": style.colour_map,
                "linked": window.overlay_controls.is_linked,
            }
            if folder is not None:  # a radiograph alone does not make it forget the folder
                values["catalogue"] = str(folder.absolute())
            for name, value in values.items():
                self._store.setValue(name, value)
            self._store.sync()

        window.closed.connect(keep)

    def keep_place(self, name: str, widget: QWidget, window: MainWindow) -> None:
        """Give a further window the place it had, and keep it when the main one closes."""
        key = f"geometry_{name}"
        geometry = self._store.value(key)
        if isinstance(geometry, QByteArray):
            widget.restoreGeometry(geometry)
        window.closed.connect(lambda: self._store.setValue(key, widget.saveGeometry()))

    def _value(self, name: str, kind: type) -> Any:
        """None where nothing was kept, or something that makes no sense."""
        kept = self._store.value(name)
        if kept is None or isinstance(kept, QByteArray):
            return None
        if kind is bool:
            return {"true": True, "false": False}.get(str(kept).casefold())
        try:
            return kind(kept)
        except (TypeError, ValueError):
            return None
