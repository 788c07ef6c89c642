"""The comparison panel as a dock of napari, which follows the active layer."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from viewer.frame.panel import ComparisonPanel
from viewer.translation import tr


class SimilarCases(QWidget):
    """Analyses the file of the layer that is active, and shows its similar cases."""

    def __init__(self, napari_viewer: Any, parent: QWidget | None = None) -> None:
        """
        Args:
            napari_viewer: The `napari.Viewer`; napari knows this argument by its name.
            parent: Its parent.
        """
        super().__init__(parent)
        self.panel = ComparisonPanel(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)
        # Else napari keeps half of the dock's height empty.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._opened: Path | None = None
        self._active = napari_viewer.layers.selection.events.active
        self._layers = napari_viewer.layers
        self._active.connect(self._follow)
        self.panel.closed.connect(self._let_go)
        self._follow()

    def _follow(self, event: object = None) -> None:
        layer = self._layers.selection.active
        # napari hands out proxies, whose `type` is another than their `__class__`.
        if layer is None or layer.__class__.__name__ != "Image":
            return
        path = layer.source.path
        if path is None:
            words = tr("The layer “{name}” comes from no file: it cannot be compared.")
            self.panel.message_bar.show_message("note", words.format(name=layer.name))
        elif Path(path) != self._opened:
            self._opened = Path(path)
            self.panel.open(self._opened)

    @Slot()
    def _let_go(self) -> None:
        self._active.disconnect(self._follow)
