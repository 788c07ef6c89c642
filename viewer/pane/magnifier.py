"""A lens at the cursor of mouse or keys: the pixels under it, larger than the pane shows them."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QCursor,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from viewer.frame.window_actions import WindowActions
from viewer.pane.key_cursor import key_position
from viewer.pane.radiograph_view import RadiographView
from viewer.theme import ACCENT
from viewer.translation import tr

_DIAMETER = 240
_POWER = 3.0
_EVERY_MS = 20


class Magnifier(QWidget):
    """Lies over the pane that the cursor is on, and lets the mouse through."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(tr("Magnifier"))
        self.setFixedSize(_DIAMETER, _DIAMETER)
        self._view: RadiographView | None = None
        self._at = QPointF()
        self.hide()

    def put_over(self, view: RadiographView, position: QPointF) -> None:
        """Magnify what a pane shows at a position of its own."""
        self._view, self._at = view, position
        if self.parentWidget() is not view.window():  # a pane in a window of its own
            self.setParent(view.window())
        middle = view.mapTo(view.window(), position.toPoint())
        self.move(middle - QPoint(_DIAMETER // 2, _DIAMETER // 2))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        view = self._view
        at = view.to_radiograph(self._at) if view is not None else None
        picture = view.lens_picture() if view is not None else None
        if view is None or at is None or picture is None:
            return
        ratio = self.devicePixelRatioF()
        size = QSize(round(_DIAMETER * ratio), round(_DIAMETER * ratio))
        rows, columns = picture.radiograph.shape
        whole = view.picture_rectangle()
        shown = picture.rectangle(size, replace(view.state, zoom=1.0))
        state = replace(
            view.state,
            zoom=_POWER * whole.width() / shown.width(),
            centre_x=at.x() / columns,
            centre_y=at.y() / rows,
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lens = QPainterPath()
        lens.addEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.save()
        painter.setClipPath(lens)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.scale(1 / ratio, 1 / ratio)
        picture.paint(painter, size, state, view.overlay_style, smooth=True)
        painter.restore()
        painter.setPen(QPen(QColor(ACCENT), 2))
        painter.drawPath(lens)
        painter.end()


class MagnifierKey(QObject):
    """Shows the magnifier while its key is held; from the menu, until it is chosen again."""

    def __init__(self, window: QWidget, actions: WindowActions) -> None:
        super().__init__(window)
        self._lens = Magnifier(window)
        self._action = actions["magnifier"]
        self._is_held = False
        # Panes hear of the mouse only while a button is down, so its place is asked for.
        self._clock = QTimer(self)
        self._clock.setInterval(_EVERY_MS)
        self._clock.timeout.connect(self._follow)
        actions.attach({"magnifier": self._toggle})
        application = QApplication.instance()
        self._application = application if isinstance(application, QApplication) else None

    @property
    def lens(self) -> Magnifier:
        """The lens itself."""
        return self._lens

    @property
    def is_on(self) -> bool:
        """Whether it follows the cursor."""
        return self._is_held

    def _toggle(self) -> None:
        self._set_on(is_on=not self._is_held)

    def _set_on(self, *, is_on: bool) -> None:
        self._is_held = is_on
        if self._application is None:
            return
        # It hears every event of the program, so only while it is wanted.
        if is_on:
            self._application.installEventFilter(self)
            self._clock.start()
            self._follow()
        else:
            self._application.removeEventFilter(self)
            self._clock.stop()
            self._lens.hide()

    def _follow(self) -> None:
        focus = QApplication.focusWidget()
        if isinstance(focus, RadiographView) and (place := key_position(focus)) is not None:
            self._lens.put_over(focus, place)
            return
        position = QCursor.pos()
        under = QApplication.widgetAt(position)
        while under is not None and not isinstance(under, RadiographView):
            under = under.parentWidget()
        if under is None or under.radiograph is None:
            self._lens.hide()
        else:
            self._lens.put_over(under, QPointF(under.mapFromGlobal(position)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ApplicationDeactivate:
            self._set_on(is_on=False)  # the key may be let go where nobody hears of it
        elif event.type() == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            bound = {one.toString().split("+")[-1] for one in self._action.shortcuts()}
            if not event.isAutoRepeat() and QKeySequence(event.key()).toString() in bound:
                self._set_on(is_on=False)
        return False
