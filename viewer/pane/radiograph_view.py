"""One radiograph on the screen: window, zoom, pan, overlay, letters and scale.

Paints itself, from a table and a pyramid (see `display_pixels`): a window drag over 9 million
pixels costs some 2 ms, where the graphics view frameworks that were tried took 8 to 18.

    left drag     window (across: width, down: centre)      double click   enlarge
    right drag    zoom, as does the wheel, at the cursor    middle drag    pan
"""

import math
from dataclasses import replace
from enum import Enum, auto

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from inference.records import Radiograph, VoiLut, Window
from viewer.pane.display_pixels import DisplayPixels, display_pixels
from viewer.pane.pane_picture import PanePicture, ShownOverlay
from viewer.pane.pane_text import (
    ScaleBar,
    orientation_letters,
    paint_words,
    scale_bar,
    window_words,
)
from viewer.pane.view_state import OverlayStyle, ViewState
from viewer.theme import ACCENT, CAUTION, QUIET, RHYTHM
from viewer.translation import tr

_SMOOTH_AFTER_MS = 90


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
        self._picture: PanePicture | None = None
        self._style = OverlayStyle()
        self._state = ViewState()
        self._placeholder = ""
        self._is_problem = False
        self._drag: _Drag | None = None
        self._drag_from = QPointF()
        self._has_dragged = False
        self._is_smooth = True
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SMOOTH_AFTER_MS)
        self._settle.timeout.connect(self._become_smooth)

    # What is shown

    @property
    def radiograph(self) -> Radiograph | None:
        """The radiograph shown, or None."""
        return self._picture.radiograph if self._picture else None

    @property
    def overlay(self) -> ShownOverlay | None:
        """The saliency map over it, or None."""
        return self._picture.overlay if self._picture else None

    @property
    def state(self) -> ViewState:
        """How it is looked at."""
        return self._state

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
        self._picture = PanePicture(radiograph, pixels or display_pixels(radiograph))
        self._placeholder = ""
        rows, columns = radiograph.shape
        self.setAccessibleDescription(
            tr("Radiograph of {columns} × {rows} pixels").format(columns=columns, rows=rows)
        )
        self._is_smooth = True
        self.update()

    def show_overlay(self, overlay: ShownOverlay | None) -> None:
        """Lay a saliency map over the radiograph, or take it away."""
        if self._picture is not None:
            self._picture.set_overlay(overlay)
            self.update()

    def show_placeholder(self, text: str, *, is_problem: bool = False) -> None:
        """Show a sentence instead of a radiograph."""
        self._picture = None
        self._placeholder = text
        self._is_problem = is_problem
        self.setAccessibleDescription(text)
        self.update()

    @Slot(object)
    def set_state(self, state: ViewState) -> None:
        """Look at the radiograph like this; emits nothing, so that panes can follow each other."""
        old, self._state = self._state, state
        if (old.zoom, old.centre_x, old.centre_y) != (state.zoom, state.centre_x, state.centre_y):
            self._move()
        if old != state:
            self.update()

    @Slot(object)
    def set_overlay_style(self, style: OverlayStyle) -> None:
        """Change how the overlay is drawn."""
        self._style = style
        self.update()

    def current_window(self) -> Window | VoiLut | None:
        """What the radiograph is shown through; None where none is shown."""
        return self._picture.window(self._state) if self._picture else None

    def picture_rectangle(self) -> QRectF:
        """Where the whole radiograph lies, in device pixels of this widget."""
        if self._picture is None:
            return QRectF()
        return self._picture.rectangle(self._device_size(), self._state)

    def transform(self) -> QTransform:
        """From pixels of the radiograph (column, row) to logical pixels of this widget."""
        if self._picture is None:
            return QTransform()
        ratio = self.devicePixelRatioF()
        onto_device = self._picture.transform(self._device_size(), self._state)
        return onto_device * QTransform.fromScale(1 / ratio, 1 / ratio)

    def to_radiograph(self, position: QPointF) -> QPointF | None:
        """Which pixel of the radiograph (column, row) is there; None where none is shown.

        It may lie outside of the radiograph.
        """
        return None if self._picture is None else self.transform().inverted()[0].map(position)

    def pixel_for_pixel(self) -> ViewState:
        """The state in which one column of the radiograph is one pixel of the screen."""
        if self._picture is None:
            return self._state
        return self._state.zoomed(1 / self._picture.scale(self._device_size(), self._state))

    def lens_picture(self) -> PanePicture | None:
        """Another picture of what is shown, for the magnifier; None where nothing is."""
        if self._picture is None:
            return None
        lens = PanePicture(self._picture.radiograph, self._picture.pixels)
        lens.set_overlay(self._picture.overlay)
        return lens

    @property
    def overlay_style(self) -> OverlayStyle:
        """How the overlay is drawn."""
        return self._style

    def _device_size(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    # Painting

    def _move(self) -> None:
        """The nearest pixels are good enough until the picture rests."""
        self._is_smooth = False
        self._settle.start()

    @Slot()
    def _become_smooth(self) -> None:
        self._is_smooth = True
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self._picture is None:
            self._paint_placeholder(painter)
        else:
            ratio = self.devicePixelRatioF()
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            size = self._device_size()
            self._picture.paint(painter, size, self._state, self._style, smooth=self._is_smooth)
            painter.restore()
            stated = self._picture.radiograph.header.patient_orientation
            letters = orientation_letters(stated, self._state)
            words = window_words(self.current_window())
            paint_words(painter, self.rect(), letters, words, self._scale_bar())
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

    def _scale_bar(self) -> ScaleBar | None:
        if self._picture is None:
            return None
        scale = self._picture.scale(self._device_size(), self._state)
        shown_width = scale * self._picture.radiograph.shape[1] / self.devicePixelRatioF()
        return scale_bar(self._picture.radiograph, shown_width, 0.3 * self.width())

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._picture is None or self._drag is not None:
            return
        self._drag = _DRAGS.get(event.button())
        self._drag_from = event.position()
        self._has_dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None or self._picture is None:
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
            state = self._panned(delta)
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
        if self._picture is not None and event.angleDelta().y():
            self._zoom_at(event.position(), math.exp(event.angleDelta().y() / 600))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._picture is None or not self._key_pressed(event):
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
                whole = self.picture_rectangle().size() / self.devicePixelRatioF() * step
                away = QPointF(-across * whole.width(), -down * whole.height())
                self._user_changed(self._panned(away))
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

    def _panned(self, delta: QPointF) -> ViewState:
        """The picture moved by so many logical pixels of the screen, however it is turned."""
        before = self.to_radiograph(QPointF(0, 0))
        after = self.to_radiograph(delta)
        assert before is not None
        assert after is not None
        assert self._picture is not None
        rows, columns = self._picture.radiograph.shape
        return self._state.moved(
            (before.x() - after.x()) / columns, (before.y() - after.y()) / rows
        )

    def _zoom_at(self, position: QPointF, factor: float) -> None:
        """Zoom so that the point under the cursor stays where it is."""
        at = self.to_radiograph(position)
        assert at is not None
        assert self._picture is not None
        rows, columns = self._picture.radiograph.shape
        x, y = at.x() / columns, at.y() / rows
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
        self._move()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.pointed_at.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed_at.emit(False)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tool_tip(event)
            return True
        return super().event(event)

    def _show_tool_tip(self, event: QHelpEvent) -> None:
        """The window and the scale in full, over the lines that may be elided; else nothing."""
        is_over_words = event.pos().y() > self.height() - 4 * self.fontMetrics().height()
        bar = self._scale_bar()
        words = [window_words(self.current_window())]
        if bar is not None:
            words += [bar.words, bar.source]
        if self._picture is not None and is_over_words:
            QToolTip.showText(event.globalPos(), "\n".join(words), self)
        else:
            QToolTip.hideText()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
