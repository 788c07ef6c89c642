"""What can wait until something is on the screen."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

AT_THE_LATEST_MS = 1000
"""A window that is minimised is not painted, and what waits is needed nevertheless."""


def after_painting(widget: QWidget, do: Callable[[], object]) -> None:
    """Do something, once, when a widget has been painted next; soon where it is not to be seen.

    Args:
        widget: That is about to be painted.
        do: On the main thread, with nothing of the widget's own event to wait for.
    """
    _Wait(widget, do)


class _Wait(QObject):
    def __init__(self, widget: QWidget, do: Callable[[], object]) -> None:
        super().__init__(widget)
        self._do: Callable[[], object] | None = do
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._is_time)
        self._clock.start(AT_THE_LATEST_MS if widget.isVisible() else 0)
        widget.installEventFilter(self)
        widget.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._clock.start(0)  # after what is painted together with it
            watched.removeEventFilter(self)
        return False

    @Slot()
    def _is_time(self) -> None:
        do, self._do = self._do, None
        self.deleteLater()
        if do is not None:
            do()
