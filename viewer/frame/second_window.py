"""The query, or the similar cases, in a window of their own: on a second screen if there is one.

The part itself moves there and back, so that everything stays linked and nothing is shown twice.
"""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QScreen
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from viewer.frame.screens import bring_onto_screen, other_screen
from viewer.theme import QUIET, RHYTHM
from viewer.translation import tr

QUERY, RESULTS = "query", "results"


class SecondWindow(QObject):
    """Keeps which part is apart.

    Signals:
        changed: A part went to its own window, or came back.
    """

    changed = Signal()

    def __init__(
        self, splitter: QSplitter, parts: Mapping[str, QWidget], notice: str, window: QWidget
    ) -> None:
        """
        Args:
            splitter: In which the parts have their places.
            parts: By name, in the splitter's order from its first place on.
            notice: What every window says at its bottom.
            window: The main window, or a widget in somebody else's, whose keys and drops work
                in the second one too.
        """
        super().__init__(window)
        self._splitter = splitter
        self._parts = dict(parts)
        self._notice = notice
        self._window = window
        self._part = ""
        self._holder: _Holder | None = None
        self._sizes: list[int] = []
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenRemoved.connect(self._screen_removed)

    @property
    def part(self) -> str:
        """What is apart: `QUERY`, `RESULTS`, or "" for nothing."""
        return self._part

    @property
    def holder(self) -> QWidget | None:
        """The second window, while there is one."""
        return self._holder

    def toggle(self, part: str) -> None:
        """Give a part a window of its own, or bring it back."""
        was = self._part
        self.bring_back()
        if part != was:
            self._take_out(part)

    @Slot()
    def bring_back(self) -> None:
        """Have everything in the main window."""
        holder, part = self._holder, self._part
        if holder is None:
            return
        self._holder, self._part = None, ""
        self._splitter.insertWidget(list(self._parts).index(part), self._parts[part])
        self._splitter.setSizes(self._sizes)
        holder.hide()
        holder.deleteLater()
        self.changed.emit()

    def _take_out(self, part: str) -> None:
        widget = self._parts[part]
        self._sizes = self._splitter.sizes()
        titles = {QUERY: tr("Query"), RESULTS: tr("Similar cases")}
        holder = self._holder = _Holder(self._window, widget, self._notice)
        holder.setWindowTitle(titles[part])
        holder.addActions(self._window.actions())
        holder.closed.connect(self.bring_back)
        self._part = part
        screen = other_screen(self._window)
        if screen is None:
            holder.resize(self._window.size() * 0.7)
            holder.show()
        else:
            holder.setGeometry(screen.availableGeometry())
            holder.showMaximized()
        widget.show()
        self.changed.emit()

    @Slot(object)
    def _screen_removed(self, screen: QScreen) -> None:
        """A monitor was unplugged: what it showed is shown elsewhere."""
        if self._holder is not None and self._holder.screen() == screen:
            self.bring_back()
        if not self._window.isWindow():
            return  # inside another program's window, which is not ours to move
        bring_onto_screen(self._window, without=screen)
        # Once more when Qt has moved what it moves itself.
        QTimer.singleShot(0, self, lambda: bring_onto_screen(self._window))


class _Holder(QWidget):
    closed = Signal()

    def __init__(self, window: QWidget, part: QWidget, notice: str) -> None:
        super().__init__()
        self._window = window
        self.setAcceptDrops(True)
        label = QLabel(notice)
        label.setStyleSheet(f"color: {QUIET}; padding: 0 {RHYTHM // 2}px")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(part, 1)
        layout.addWidget(label)
        self.setMinimumSize(60 * RHYTHM, 40 * RHYTHM)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._window.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._window.dropEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()  # the part goes back first, then this goes
        self.closed.emit()
