"""Keys and the context menu of the similar cases' panes.

+ −      relevant, not relevant (with Ctrl: zoom, as on the query)
Enter    opens the case as the next query
right click, or the menu key: the same, by name
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from viewer.translation import tr

_RELEVANT = (Qt.Key.Key_Plus, Qt.Key.Key_Equal)  # the same key on most keyboards
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OTHER_MEANING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class ResultGestures(QObject):
    """Watches panes; the panes themselves need not know.

    Signals:
        marked: args: the case's rank; True (relevant), False (not) or None (neither)
        open_wished: As the next query. arg: the rank
        pin_wished: arg: the rank
    """

    marked = Signal(int, object)
    open_wished = Signal(int)
    pin_wished = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ranks: dict[int, int] = {}  # by the widget's identity
        self._pressed_at: QPointF | None = None

    def watch(self, pane: QWidget, rank: int) -> None:
        """Hear what happens in the pane of a rank."""
        key = id(pane)
        self._ranks[key] = rank
        pane.installEventFilter(self)
        pane.destroyed.connect(lambda: self._ranks.pop(key, None))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        rank = self._ranks.get(id(watched))
        if rank is None or not isinstance(watched, QWidget):
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(rank, event)
        if isinstance(event, QContextMenuEvent):
            if event.reason() == QContextMenuEvent.Reason.Mouse:
                return True  # comes on pressing, where a zoom by dragging may begin
            self._show_menu(rank, event.globalPos(), watched)
            return True
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.RightButton:
            self._right_button(rank, event, watched)
        return False  # the pane has its own use for it

    def _key(self, rank: int, event: QKeyEvent) -> bool:
        if event.modifiers() & _OTHER_MEANING:
            return False
        if event.key() in _RELEVANT:
            self.marked.emit(rank, True)
        elif event.key() == Qt.Key.Key_Minus:
            self.marked.emit(rank, False)
        elif event.key() in _ENTER and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.open_wished.emit(rank)
        else:
            return False
        return True

    def _right_button(self, rank: int, event: QMouseEvent, pane: QWidget) -> None:
        if event.type() == QEvent.Type.MouseButtonPress:
            self._pressed_at = event.globalPosition()
        elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed_at is not None:
            moved = (event.globalPosition() - self._pressed_at).manhattanLength()
            self._pressed_at = None
            if moved < QApplication.startDragDistance():
                self._show_menu(rank, event.globalPosition().toPoint(), pane)

    def _show_menu(self, rank: int, place: QPoint, pane: QWidget) -> None:
        menu = QMenu(pane)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Relevant\t+"), lambda: self.marked.emit(rank, True))
        menu.addAction(tr("Not relevant\t−"), lambda: self.marked.emit(rank, False))
        menu.addAction(tr("Take the mark away"), lambda: self.marked.emit(rank, None))
        menu.addSeparator()
        menu.addAction(tr("Open as query\tEnter"), lambda: self.open_wished.emit(rank))
        menu.addAction(tr("Pin to the tray\tK"), lambda: self.pin_wished.emit(rank))
        menu.popup(place)
