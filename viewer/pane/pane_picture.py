"""What a pane draws: the part of a radiograph in view, and the saliency map over it.

Keeps what was sampled for the present view and the table of the present window, so that a
change of the one does not cost the other. All lengths are device pixels of the pane, which
keeps the picture sharp at any scale of the screen.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QTransform

from inference.records import Radiograph, VoiLut, Window
from viewer.pane.colour_maps import colourise
from viewer.pane.display_pixels import DisplayPixels, Numbers, Region, brightness_table, sample
from viewer.pane.view_state import OverlayStyle, ViewState
from viewer.pane.window_presets import preset_window


@dataclass(frozen=True, slots=True, eq=False)
class ShownOverlay:
    """A saliency map and the part of the radiograph it lies over.

    Attributes:
        saliency: (rows, columns) in [0, 1], of any resolution.
        left, top, width, height: The part, in pixels of the radiograph.
    """

    saliency: NDArray[np.float32] = field(repr=False)
    left: float
    top: float
    width: float
    height: float


class PanePicture:
    """One radiograph in one pane.

    Attributes:
        radiograph: As read.
        overlay: Its saliency map, or None; set with `set_overlay`.
    """

    def __init__(self, radiograph: Radiograph, pixels: DisplayPixels) -> None:
        self.radiograph = radiograph
        self.overlay: ShownOverlay | None = None
        self._pixels = pixels
        self._overlay_picture: QImage | None = None
        self._overlay_colours = ""
        self._sampled: Numbers | None = None
        self._sampled_for: tuple[Region, bool] | None = None
        self._table: NDArray[np.uint8] | None = None
        self._table_for: tuple[Window | VoiLut, bool] | None = None
        self._preset_windows: dict[str, Window | None] = {}

    def set_overlay(self, overlay: ShownOverlay | None) -> None:
        """Lay a saliency map over the radiograph, or take it away."""
        self.overlay = overlay
        self._overlay_picture = None

    @property
    def pixels(self) -> DisplayPixels:
        """What is drawn, so that another picture can share it."""
        return self._pixels

    def window(self, state: ViewState) -> Window | VoiLut:
        """What the radiograph is shown through."""
        lut = self.radiograph.voi_lut
        start = self._preset_window(state.preset)
        if start is None and lut is not None:
            if not state.has_own_window:
                return lut
            start = _window_like(lut, self._pixels)
        start = start or self.radiograph.windows[0]
        return state.window(start, is_mirrored=self.radiograph.is_inverted)

    def _preset_window(self, preset: str) -> Window | None:
        if preset not in self._preset_windows:
            made = preset_window(self.radiograph, self._pixels, preset)
            self._preset_windows[preset] = made
        return self._preset_windows[preset]

    def scale(self, size: QSize, state: ViewState) -> float:
        """Device pixels for one column of the radiograph."""
        height, width = self._true_shape()
        if state.is_on_its_side:
            height, width = width, height
        return min(size.width() / width, size.height() / height) * state.zoom

    def transform(self, size: QSize, state: ViewState) -> QTransform:
        """From pixels of the radiograph (column, row) to device pixels of a pane of this size.

        The left edge of the first column is 0, its right edge 1.
        """
        rows, columns = self.radiograph.shape
        scale = self.scale(size, state)
        made = QTransform()
        made.translate(size.width() / 2, size.height() / 2)
        made.scale(-1 if state.is_flipped else 1, 1)
        made.rotate(90 * state.quarter_turns)
        made.scale(scale, scale * self._true_shape()[0] / rows)
        made.translate(-state.centre_x * columns, -state.centre_y * rows)
        return made

    def rectangle(self, size: QSize, state: ViewState) -> QRectF:
        """Where the whole radiograph lies in a pane of this size."""
        rows, columns = self.radiograph.shape
        return self.transform(size, state).mapRect(QRectF(0, 0, columns, rows))

    def _true_shape(self) -> tuple[float, float]:
        """Height and width in columns: rows and columns may lie differently far apart."""
        rows, columns = self.radiograph.shape
        spacing = self.radiograph.spacing
        return rows * (spacing.row_mm / spacing.column_mm if spacing else 1.0), columns

    def paint(
        self,
        painter: QPainter,
        size: QSize,
        state: ViewState,
        style: OverlayStyle,
        *,
        smooth: bool,
    ) -> None:
        """Draw the part in view.

        Args:
            painter: In device pixels.
            size: Of the pane.
            state: How it is looked at.
            style: How the saliency map is drawn.
            smooth: Interpolate, for a picture at rest.
        """
        visible = self._visible(size, state)
        if visible is None:
            return
        target, region = visible
        if self._sampled is None or self._sampled_for != (region, smooth):
            self._sampled = sample(self._pixels, region, smooth=smooth)
            self._sampled_for = (region, smooth)
        grey = np.ascontiguousarray(_turned(self._brightness(state).take(self._sampled), state))
        channels = 3 if grey.ndim == 3 else 1
        layout = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
        width, height = target.width(), target.height()
        picture = QImage(grey.data, width, height, width * channels, layout)
        painter.drawImage(target.topLeft(), picture)
        if self.overlay is not None and style.is_on:
            painter.save()
            painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
            painter.setTransform(self.transform(size, state), combine=True)
            self._paint_overlay(painter, self.overlay, style)
            painter.restore()

    def _brightness(self, state: ViewState) -> NDArray[np.uint8]:
        window = self.window(state)
        is_inverted = self.radiograph.is_inverted != state.is_inverted
        if self._table is None or self._table_for != (window, is_inverted):
            self._table = brightness_table(self._pixels, window, is_inverted=is_inverted)
            self._table_for = (window, is_inverted)
        return self._table

    def _visible(self, size: QSize, state: ViewState) -> tuple[QRect, Region] | None:
        """The part of the pane that is filled, and what it is filled with."""
        transform = self.transform(size, state)
        rows, columns = self.radiograph.shape
        whole = transform.mapRect(QRectF(0, 0, columns, rows))
        left, top = max(0, math.floor(whole.left())), max(0, math.floor(whole.top()))
        right = min(size.width(), math.ceil(whole.right()))
        bottom = min(size.height(), math.ceil(whole.bottom()))
        if right <= left or bottom <= top:
            return None
        target = QRect(left, top, right - left, bottom - top)
        part = transform.inverted()[0].mapRect(QRectF(target))
        width, height = target.width(), target.height()
        if state.is_on_its_side:
            width, height = height, width
        region = Region(
            left=min(max(part.left(), 0.0), columns - 1e-3),
            top=min(max(part.top(), 0.0), rows - 1e-3),
            right=min(part.right(), columns),
            bottom=min(part.bottom(), rows),
            width=width,
            height=height,
        )
        return target, region

    def _paint_overlay(self, painter: QPainter, overlay: ShownOverlay, style: OverlayStyle) -> None:
        if self._overlay_picture is None or self._overlay_colours != style.colour_map:
            self._overlay_picture = overlay_picture(overlay.saliency, style.colour_map)
            self._overlay_colours = style.colour_map
        place = QRectF(overlay.left, overlay.top, overlay.width, overlay.height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(style.opacity)
        painter.drawImage(place, self._overlay_picture)


def _turned(sampled: NDArray[np.uint8], state: ViewState) -> NDArray[np.uint8]:
    turned = np.rot90(sampled, -state.quarter_turns) if state.quarter_turns else sampled
    return turned[:, ::-1] if state.is_flipped else turned


def overlay_picture(saliency: NDArray[np.float32], colour_map: str) -> QImage:
    """A saliency map as a picture of its own resolution, transparent where it is 0."""
    colours = np.ascontiguousarray(colourise(saliency, colour_map))
    rows, columns = colours.shape[:2]
    picture = QImage(colours.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    return picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _window_like(lut: VoiLut, pixels: DisplayPixels) -> Window:
    """The window a drag starts from where the file has a table: where the table rises.

    A table may be much wider than the data; a window as wide as the table would turn the
    picture white at the first drag.
    """
    rising = np.flatnonzero((lut.entries > 0.01) & (lut.entries < 0.99))
    first, last = (rising[0], rising[-1]) if rising.size else (0, len(lut.entries) - 1)
    low = max(lut.first_value + float(first), pixels.low)
    high = min(lut.first_value + float(last), pixels.high)
    if high <= low:
        low, high = pixels.low, max(pixels.high, pixels.low + 1)
    return Window((low + high) / 2, max(high - low, 1.0))
