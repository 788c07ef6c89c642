"""How the saliency maps are drawn: on or off, how opaque, which colours, and the legend."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QWidget,
)

from viewer.pane.colour_maps import COLOUR_MAPS, colour_table
from viewer.pane.view_state import OverlayStyle
from viewer.theme import LINE, RHYTHM
from viewer.translation import tr


class Legend(QWidget):
    """The colour map from low to high relevance, as it lies over a middle grey."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour_map = COLOUR_MAPS[0]
        self.setFixedSize(12 * RHYTHM, 2 * RHYTHM)
        self.setAccessibleName(tr("Overlay legend: relevance, low to high"))
        self.setToolTip(tr("Relevance, from low on the left to high on the right"))

    def set_colour_map(self, name: str) -> None:
        """Draw another colour map."""
        self._colour_map = name
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(12 * RHYTHM, 2 * RHYTHM)

    def paintEvent(self, event: QPaintEvent) -> None:
        table = np.ascontiguousarray(colour_table(self._colour_map)[None])
        picture = QImage(table.data, 256, 1, 1024, QImage.Format.Format_RGBA8888)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#606060"))
        painter.drawImage(self.rect(), picture)
        painter.setPen(QColor(LINE))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class OverlayControls(QWidget):
    """One row of controls.

    Signals:
        style_changed: arg: the new OverlayStyle
        link_changed: Whether all panes move together. arg: bool
    """

    style_changed = Signal(object)
    link_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = OverlayStyle()
        self._is_on = QCheckBox(tr("Overlay"))
        self._is_on.setToolTip(tr("Show or hide relevance (O)"))
        self._is_on.toggled.connect(self._changed)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setPageStep(10)
        self._opacity.setFixedWidth(12 * RHYTHM)
        self._opacity.setAccessibleName(tr("Overlay opacity, per cent"))
        self._opacity.setToolTip(tr("How opaque the overlay is where relevance is high"))
        self._opacity.valueChanged.connect(self._changed)
        self._percent = QLabel()
        self._percent.setFixedWidth(self._percent.fontMetrics().horizontalAdvance("100 % "))
        self._colour_map = QComboBox()
        self._colour_map.addItems(COLOUR_MAPS)
        self._colour_map.setAccessibleName(tr("Colour map of the overlay"))
        self._colour_map.setToolTip(tr("Colours of the overlay"))
        self._colour_map.currentTextChanged.connect(self._changed)
        self._legend = Legend()
        self._link = QCheckBox(tr("Link"))
        self._link.setToolTip(tr("Zoom, position and window move together in all panes (L)"))
        self._link.toggled.connect(self.link_changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(RHYTHM, 0, RHYTHM, 0)
        layout.setSpacing(RHYTHM)
        low, high = QLabel(tr("relevance, low")), QLabel(tr("high"))
        for label in (low, high, self._percent):
            label.setProperty("quiet", True)
        for widget in (
            self._is_on,
            self._opacity,
            self._percent,
            self._colour_map,
            low,
            self._legend,
            high,
            self._link,
        ):
            layout.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_style(self._style)
        self._link.setChecked(True)

    @property
    def style_shown(self) -> OverlayStyle:
        """What the controls say."""
        return self._style

    @property
    def is_linked(self) -> bool:
        """Whether all panes move together."""
        return self._link.isChecked()

    @property
    def switches(self) -> tuple[QCheckBox, QCheckBox]:
        """Those of the overlay and of linking."""
        return self._is_on, self._link

    def set_style(self, style: OverlayStyle) -> None:
        """Show a style in the controls, as if the user had chosen it."""
        self._is_on.setChecked(style.is_on)
        self._opacity.setValue(round(style.opacity * 100))
        self._colour_map.setCurrentText(style.colour_map)
        self._changed()

    @Slot()
    def toggle_overlay(self) -> None:
        """Show the overlay where it was hidden, and the reverse."""
        self._is_on.toggle()

    @Slot()
    def toggle_link(self) -> None:
        """Link the panes where they were not, and the reverse."""
        self._link.toggle()

    def set_linked(self, *, is_linked: bool) -> None:
        """Link the panes or not."""
        self._link.setChecked(is_linked)

    @Slot()
    def _changed(self) -> None:
        style = replace(
            self._style,
            is_on=self._is_on.isChecked(),
            opacity=self._opacity.value() / 100,
            colour_map=self._colour_map.currentText(),
        )
        self._percent.setText(f"{self._opacity.value()} %")
        self._legend.set_colour_map(style.colour_map)
        if style != self._style:
            self._style = style
            self.style_changed.emit(style)
