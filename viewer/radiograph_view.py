"""One radiograph on the screen: window, zoom, pan, overlay, letters and scale.

Paints itself, from a table and a pyramid (see `display_pixels`): a window drag over 9 million
pixels costs some 2 ms, where the graphics view frameworks that were tried took 8 to 18.

    left drag     window (across: width, down: centre)      double click   enlarge
    right drag    zoom, as does the wheel, at the cursor    middle drag    pan
"""

import math
from dataclasses import dataclass, field, replace
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from inference.records import Radiograph, VoiLut, Window
from viewer.colour_maps import colourise
from viewer.display_pixels import (
    DisplayPixels,
    Region,
    brightness_table,
    display_pixels,
    sample,
)
from viewer.pane_text import draw_outlined, elided, orientation_letters, scale_words, window_words
from viewer.theme import ACCENT, CAUTION, QUIET, RHYTHM, TEXT
from viewer.view_state import OverlayStyle, ViewState

_SMOOTH_AFTER_MS = 90
_BAR_LENGTHS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


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


class _Drag(Enum):
    WINDOW = auto()
    ZOOM = auto()
    PAN = auto()


_DRAGS = {
    Qt.MouseButton.LeftButton: _Drag.WINDOW,
    Qt.MouseButton.RightButton: _Drag.ZOOM,
    Qt.MouseButton.MiddleButton: _Drag.PAN,
}


class RadiographView(QWidget):
    """Shows one radiograph, or a quiet sentence where there is none.

    Signals:
        state_changed: The user looked around. arg: the new ViewState
        clicked: Pressed and released without a drag, or chosen by key.
        enlarge_asked: Double click.
        pointed_at: The mouse came (True) or went (False). arg: bool
    """

    state_changed = Signal(object)
    clicked = Signal()
    enlarge_asked = Signal()
    pointed_at = Signal(bool)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 96)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._radiograph: Radiograph | None = None
        self._pixels: DisplayPixels | None = None
        self._overlay: ShownOverlay | None = None
        self._overlay_picture: QImage | None = None
        self._style = OverlayStyle()
        self._state = ViewState()
        self._placeholder = ""
        self._is_problem = False
        self._drag: _Drag | None = None
        self._drag_from = QPointF()
        self._has_dragged = False
        # What was sampled for the present view; a window change alone leaves it as it is.
        self._sampled: NDArray[np.uint16] | NDArray[np.uint8] | None = None
        self._table: NDArray[np.uint8] | None = None
        self._is_smooth = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SMOOTH_AFTER_MS)
        self._settle.timeout.connect(self._become_smooth)

    # What is shown

    @property
    def radiograph(self) -> Radiograph | None:
        """The radiograph shown, or None."""
        return self._radiograph

    @property
    def state(self) -> ViewState:
        """How it is looked at."""
        return self._state

    @property
    def overlay(self) -> ShownOverlay | None:
        """The saliency map over it, or None."""
        return self._overlay

    @property
    def placeholder(self) -> str:
        """The sentence shown instead of a radiograph; "" where there is one."""
        return self._placeholder

    def show_radiograph(self, radiograph: Radiograph, pixels: DisplayPixels | None = None) -> None:
        """Show a radiograph without overlay; the way it is looked at stays.

        Args:
            radiograph: To show.
            pixels: Made from it by `display_pixels`, best in the background; made here where
                absent.
        """
        self._radiograph = radiograph
        self._pixels = pixels or display_pixels(radiograph)
        self._overlay = None
        self._overlay_picture = None
        self._placeholder = ""
        rows, columns = radiograph.shape
        self.setAccessibleDescription(f"Radiograph of {columns} × {rows} pixels")
        self._table = None
        self._look_again(smooth=True)

    def show_overlay(self, overlay: ShownOverlay | None) -> None:
        """Lay a saliency map over the radiograph, or take it away."""
        self._overlay = overlay
        self._overlay_picture = None
        self.update()

    def show_placeholder(self, text: str, *, is_problem: bool = False) -> None:
        """Show a sentence instead of a radiograph."""
        self._radiograph = None
        self._pixels = None
        self._overlay = None
        self._overlay_picture = None
        self._sampled = None
        self._placeholder = text
        self._is_problem = is_problem
        self.setAccessibleDescription(text)
        self.update()

    @Slot(object)
    def set_state(self, state: ViewState) -> None:
        """Look at the radiograph like this; emits nothing, so that panes can follow each other."""
        old, self._state = self._state, state
        if (old.zoom, old.centre_x, old.centre_y) != (state.zoom, state.centre_x, state.centre_y):
            self._look_again(smooth=False)
        if old != state:
            self._table = None
            self.update()

    @Slot(object)
    def set_overlay_style(self, style: OverlayStyle) -> None:
        """Change how the overlay is drawn."""
        if style.colour_map != self._style.colour_map:
            self._overlay_picture = None
        self._style = style
        self.update()

    def current_window(self) -> Window | VoiLut | None:
        """What the radiograph is shown through; None where none is shown."""
        radiograph = self._radiograph
        if radiograph is None or self._pixels is None:
            return None
        if radiograph.voi_lut is not None:
            if not self._state.has_own_window:
                return radiograph.voi_lut
            return self._state.window(_window_like(radiograph.voi_lut, self._pixels))
        return self._state.window(radiograph.windows[0])

    # Geometry, all in device pixels: sharp at any scale of the screen

    def picture_rectangle(self) -> QRectF:
        """Where the whole radiograph lies, in device pixels of this widget."""
        if self._radiograph is None:
            return QRectF()
        rows, columns = self._radiograph.shape
        spacing = self._radiograph.spacing
        stretch = spacing.row_mm / spacing.column_mm if spacing else 1.0
        size = self._device_size()
        scale = min(size.width() / columns, size.height() / (rows * stretch)) * self._state.zoom
        width, height = columns * scale, rows * stretch * scale
        return QRectF(
            size.width() / 2 - self._state.centre_x * width,
            size.height() / 2 - self._state.centre_y * height,
            width,
            height,
        )

    def _device_size(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _visible(self) -> tuple[QRect, Region] | None:
        if self._radiograph is None:
            return None
        whole, size = self.picture_rectangle(), self._device_size()
        left, top = max(0, math.floor(whole.left())), max(0, math.floor(whole.top()))
        right = min(size.width(), math.ceil(whole.right()))
        bottom = min(size.height(), math.ceil(whole.bottom()))
        if right <= left or bottom <= top:
            return None
        rows, columns = self._radiograph.shape
        across, down = columns / whole.width(), rows / whole.height()
        region = Region(
            left=min(max((left - whole.left()) * across, 0.0), columns - 1e-3),
            top=min(max((top - whole.top()) * down, 0.0), rows - 1e-3),
            right=min((right - whole.left()) * across, columns),
            bottom=min((bottom - whole.top()) * down, rows),
            width=right - left,
            height=bottom - top,
        )
        return QRect(left, top, right - left, bottom - top), region

    # Painting

    def _look_again(self, *, smooth: bool) -> None:
        self._sampled = None
        self._is_smooth = smooth
        if not smooth:
            self._settle.start()
        self.update()

    @Slot()
    def _become_smooth(self) -> None:
        if self._radiograph is not None and not self._is_smooth:
            self._look_again(smooth=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self._radiograph is None:
            self._paint_placeholder(painter)
        else:
            ratio = self.devicePixelRatioF()
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            self._paint_picture(painter)
            painter.restore()
            self._paint_text(painter, self._radiograph)
        if self.hasFocus():
            painter.setPen(QPen(QColor(ACCENT), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_placeholder(self, painter: QPainter) -> None:
        painter.setPen(QColor(CAUTION if self._is_problem else QUIET))
        text = f"▲ {self._placeholder}" if self._is_problem else self._placeholder
        margin = 2 * RHYTHM
        painter.drawText(
            self.rect().adjusted(margin, margin, -margin, -margin),
            Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
            text,
        )

    def _paint_picture(self, painter: QPainter) -> None:
        visible = self._visible()
        if visible is None or self._pixels is None or self._radiograph is None:
            return
        target, region = visible
        if self._table is None:
            window = self.current_window()
            assert window is not None
            is_inverted = self._radiograph.is_inverted != self._state.is_inverted
            self._table = brightness_table(self._pixels, window, is_inverted=is_inverted)
        if self._sampled is None or self._sampled.shape[:2] != (region.height, region.width):
            self._sampled = sample(self._pixels, region, smooth=self._is_smooth)
        grey = np.ascontiguousarray(self._table.take(self._sampled))
        channels = 3 if grey.ndim == 3 else 1
        layout = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
        picture = QImage(grey.data, region.width, region.height, region.width * channels, layout)
        painter.drawImage(target.topLeft(), picture)
        self._paint_overlay(painter, target)

    def _paint_overlay(self, painter: QPainter, target: QRect) -> None:
        overlay, radiograph = self._overlay, self._radiograph
        if overlay is None or radiograph is None or not self._style.is_on:
            return
        if self._overlay_picture is None:
            self._overlay_picture = overlay_picture(overlay.saliency, self._style.colour_map)
        rows, columns = radiograph.shape
        whole = self.picture_rectangle()
        across, down = whole.width() / columns, whole.height() / rows
        place = QRectF(
            whole.left() + overlay.left * across,
            whole.top() + overlay.top * down,
            overlay.width * across,
            overlay.height * down,
        )
        painter.setClipRect(target)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(self._style.opacity)
        painter.drawImage(place, self._overlay_picture)
        painter.setOpacity(1.0)
        painter.setClipping(False)

    def _paint_text(self, painter: QPainter, radiograph: Radiograph) -> None:
        area = self.rect().adjusted(RHYTHM, RHYTHM // 2, -RHYTHM, -RHYTHM // 2)
        letters = orientation_letters(radiograph.header.patient_orientation)
        middle = Qt.AlignmentFlag.AlignVCenter
        centre = Qt.AlignmentFlag.AlignHCenter
        places = (
            Qt.AlignmentFlag.AlignLeft | middle,
            Qt.AlignmentFlag.AlignRight | middle,
            Qt.AlignmentFlag.AlignTop | centre,
        )
        for letter, place in zip(letters, places, strict=False):
            draw_outlined(painter, area, place, letter)
        bottom_left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        bar = self._scale_bar()
        metrics = painter.fontMetrics()
        line_height = metrics.height() + 2
        window_text = window_words(self.current_window())
        if bar is None:
            draw_outlined(painter, area, bottom_left, elided(metrics, window_text, area.width()))
            return
        length, text = bar
        text = elided(metrics, text, area.width())
        room = area.width() - max(metrics.horizontalAdvance(text), round(length)) - 2 * RHYTHM
        if metrics.horizontalAdvance(window_text) <= room:
            draw_outlined(painter, area, bottom_left, window_text)
        else:  # narrow pane: the window goes above the scale
            lifted = area.adjusted(0, 0, 0, -line_height - RHYTHM)
            draw_outlined(painter, lifted, bottom_left, elided(metrics, window_text, area.width()))
        bottom_right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        draw_outlined(painter, area, bottom_right, text)
        y = area.bottom() - line_height - 2
        for width, colour in ((4, "#000000"), (2, TEXT)):
            painter.setPen(QPen(QColor(colour), width))
            left, right = area.right() - length, float(area.right())
            painter.drawLine(QPointF(left, y), QPointF(right, y))
            for end in (left, right):
                painter.drawLine(QPointF(end, y - 3), QPointF(end, y + 3))

    def _scale_bar(self) -> tuple[float, str] | None:
        """Length in logical pixels and text; None where the file has no spacing."""
        radiograph = self._radiograph
        if radiograph is None or radiograph.spacing is None:
            return None
        per_pixel = self.picture_rectangle().width() / radiograph.shape[1]
        per_mm = per_pixel / radiograph.spacing.column_mm / self.devicePixelRatioF()
        fitting = [one for one in _BAR_LENGTHS_MM if one * per_mm <= 0.3 * self.width()]
        if not fitting or fitting[-1] * per_mm < 8:
            return None
        return fitting[-1] * per_mm, scale_words(fitting[-1], radiograph.spacing)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._radiograph is None or self._drag is not None:
            return
        self._drag = _DRAGS.get(event.button())
        self._drag_from = event.position()
        self._has_dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None or self._radiograph is None:
            return
        delta = event.position() - self._drag_from
        if not self._has_dragged and delta.manhattanLength() < QApplication.startDragDistance():
            return
        self._has_dragged = True
        self._drag_from = event.position()
        if self._drag is _Drag.WINDOW:
            state = self._state.windowed(delta.y() / 400, math.exp(delta.x() / 200))
        elif self._drag is _Drag.ZOOM:
            state = self._state.zoomed(math.exp(-delta.y() / 150))
        else:
            whole, ratio = self.picture_rectangle(), self.devicePixelRatioF()
            state = self._state.moved(
                -delta.x() * ratio / whole.width(), -delta.y() * ratio / whole.height()
            )
        self._user_changed(state)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_click = not self._has_dragged and event.button() == Qt.MouseButton.LeftButton
        if _DRAGS.get(event.button()) is self._drag:
            self._drag = None
        if was_click:
            self.clicked.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.enlarge_asked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._radiograph is not None and event.angleDelta().y():
            self._zoom_at(event.position(), math.exp(event.angleDelta().y() / 600))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._radiograph is None or not self._key_pressed(event):
            super().keyPressEvent(event)

    def _key_pressed(self, event: QKeyEvent) -> bool:
        step = 0.1 / self._state.zoom
        is_windowing = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        arrows = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        key = Qt.Key(event.key())
        if key in arrows:
            across, down = arrows[key]
            if is_windowing:
                self._user_changed(self._state.windowed(0.05 * down, 1.1**across))
            else:
                self._user_changed(self._state.moved(across * step, down * step))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._user_changed(self._state.zoomed(1.25))
        elif key == Qt.Key.Key_Minus:
            self._user_changed(self._state.zoomed(0.8))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enlarge_asked.emit()
        elif key == Qt.Key.Key_Space:
            self.clicked.emit()
        else:
            return False
        return True

    def _zoom_at(self, position: QPointF, factor: float) -> None:
        """Zoom so that the point under the cursor stays where it is."""
        before, ratio = self.picture_rectangle(), self.devicePixelRatioF()
        x = (position.x() * ratio - before.left()) / before.width()
        y = (position.y() * ratio - before.top()) / before.height()
        state = self._state.zoomed(factor)
        keep = self._state.zoom / state.zoom
        self._user_changed(
            replace(
                state,
                centre_x=min(max(x + (state.centre_x - x) * keep, 0.0), 1.0),
                centre_y=min(max(y + (state.centre_y - y) * keep, 0.0), 1.0),
            )
        )

    def _user_changed(self, state: ViewState) -> None:
        self.set_state(state)
        self.state_changed.emit(state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._radiograph is not None:
            self._look_again(smooth=False)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.pointed_at.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed_at.emit(False)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


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
