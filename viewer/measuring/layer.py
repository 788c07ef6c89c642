"""The marks over one pane, and the mouse and keys that make and move them.

A point is placed by pressing, and another one by letting go after a drag: a length is one drag,
an angle a drag and a click, a cardiothoracic ratio two drags; or as many clicks as there are
points. A point that is there already can be dragged elsewhere.

By key: arrows move a cursor, Enter places a point there, or takes hold of one that is there
already; Enter again lets it go.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPathStroker,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from inference.records import Radiograph
from viewer.measuring.book import MarkBook, Marks
from viewer.measuring.kinds import KINDS
from viewer.measuring.mark import Kind, Mark, Point
from viewer.measuring.painter import mark_path, paint_mark, shown_points
from viewer.pane.key_cursor import KeyCursor
from viewer.pane.radiograph_view import RadiographView
from viewer.theme import RHYTHM
from viewer.translation import tr

_REACH = 9  # logical pixels from the mouse to what it means


@dataclass(frozen=True, slots=True)
class _Held:
    """A point of a mark that is being dragged elsewhere."""

    mark: Mark
    index: int
    moved: Mark


class MarksLayer(QWidget):
    """Lies over a pane and shows the marks of its radiograph; with a tool, makes them."""

    def __init__(self, view: RadiographView, book: MarkBook) -> None:
        super().__init__(view)
        self._view = view
        self._book = book
        self._tool: Kind | None = None
        self._placed: tuple[Point, ...] = ()
        self._pressed_at: QPointF | None = None
        self._hover: Point | None = None
        self._held: _Held | None = None
        self._cursor = KeyCursor(view)
        self._of: Radiograph | None = None
        self._words: dict[Mark, tuple[str, ...]] = {}
        self._editor = QLineEdit(view)
        self._editor.setAccessibleName(tr("Text of the mark"))
        self._editor.setPlaceholderText(tr("text, then Enter"))
        self._editor.setMaxLength(200)
        self._editor.hide()
        self._editor.editingFinished.connect(self._written)
        self._editor.installEventFilter(self)
        book.changed.connect(self._book_changed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(view.rect())
        view.installEventFilter(self)
        self.show()

    @property
    def key(self) -> str:
        """By which the book knows the radiograph; "" where there is none."""
        return self._view.radiograph.pixel_sha256 if self._view.radiograph is not None else ""

    @property
    def marks(self) -> Marks:
        """Of the radiograph that is shown."""
        return self._book.marks(self.key) if self.key else ()

    @property
    def editor(self) -> QLineEdit:
        """Where a text is written, while it is."""
        return self._editor

    @property
    def key_position(self) -> QPointF | None:
        """Where the keys' cursor is in the pane; None where the mouse was used last."""
        return self._cursor.position

    def set_tool(self, tool: Kind | None) -> None:
        """Make marks of a kind from now on; None leaves mouse and arrows to the pane."""
        self._tool = tool
        self._cursor.hide()
        self._drop()
        self._view.setMouseTracking(tool is not None)
        if tool is None:
            self._view.unsetCursor()
        else:
            self._view.setCursor(Qt.CursorShape.CrossCursor)

    def drop_unfinished(self) -> bool:
        """Forget the points of a mark that is not finished; whether there were any."""
        had = bool(self._placed) or self._held is not None or not self._editor.isHidden()
        self._drop()
        return had

    def mark_at(self, position: QPointF) -> Mark | None:
        """The mark at a place of the pane; the newest of several."""
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * _REACH)
        for mark in reversed(self.marks):
            points = shown_points(mark, self._view.transform())
            path = mark_path(KINDS[mark.kind], points)
            is_near = any(_is_near(point, position) for point in points)
            if is_near or stroker.createStroke(path).contains(position):
                return mark
        return None

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        radiograph = self._view.radiograph
        if radiograph is not self._of:
            self._of = radiograph
            self._words = {}
            self._cursor.hide()
            self._drop()
        if radiograph is None:
            return
        painter = QPainter(self)
        transform, area = self._view.transform(), self._room_for_words()
        taken: list[QRectF] = []
        for mark in self.marks:
            if self._held is None or mark is not self._held.mark:
                words = self._words_of(mark, radiograph)
                paint_mark(painter, mark, words, transform, area, taken)
        draft = self._draft()
        if draft is not None:
            is_whole = len(draft.points) == KINDS[draft.kind].count
            words = self._words_of(draft, radiograph) if is_whole else ()
            paint_mark(painter, draft, words, transform, area, taken, is_active=True)
        self._cursor.paint(painter)
        painter.end()

    def _room_for_words(self) -> QRectF:
        """Clear of the pane's own: orientation letters, window and scale are never covered."""
        line = self.fontMetrics().height() + RHYTHM // 2
        room = QRectF(self.rect()).adjusted(3 * RHYTHM, line, -3 * RHYTHM, -3 * line)
        return room if room.height() > 2 * line else QRectF(self.rect())

    def _draft(self) -> Mark | None:
        if self._held is not None:
            return self._held.moved
        if self._tool is None or not self._placed:
            return None
        points = self._placed
        if self._hover is not None and len(points) < self._tool.count:
            points = (*points, self._hover)
        return Mark(self._tool.name, points)

    def _words_of(self, mark: Mark, radiograph: Radiograph) -> tuple[str, ...]:
        if mark not in self._words:
            if len(self._words) > 500:  # every place a point was dragged over
                self._words = {}
            self._words[mark] = KINDS[mark.kind].words(mark, radiograph)
        return self._words[mark]

    # The mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._view and isinstance(event, QMouseEvent) and self._tool is not None:
            if self._view.radiograph is None or not self.key:
                return False
            return self._mouse(event)
        is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if watched is self._view and is_key and self._tool is not None and self.key:
            assert isinstance(event, QKeyEvent)
            return self._key(event)
        if watched is self._editor and isinstance(event, QKeyEvent):
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_return and event.type() == QEvent.Type.KeyPress:
                self._written()  # and goes no further: on the pane it enlarges
                return True
        if watched is self._view and isinstance(event, QResizeEvent):
            self.resize(event.size())
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        """Whether the event was for the tool; right and middle button stay the pane's."""
        kind, position = event.type(), event.position()
        is_left = event.button() == Qt.MouseButton.LeftButton
        presses = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        self._cursor.hide()
        if kind in presses and is_left:
            self._press(position)
        elif kind == QEvent.Type.MouseMove and not (event.buttons() & ~Qt.MouseButton.LeftButton):
            self._move(position)
        elif kind == QEvent.Type.MouseButtonRelease and is_left:
            self._release(position)
        else:
            return False
        self.update()
        return True

    def _key(self, event: QKeyEvent) -> bool:
        """Whether the key was for the tool; with Shift, arrows stay the pane's."""
        modifiers = event.modifiers()
        if modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier):
            return False
        if self._cursor.move(event.key(), modifiers):
            position = self._cursor.position
            if position is not None:
                self._move(position)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if not event.isAutoRepeat():
                self._key_press()
        else:
            return False
        self.update()
        return True

    def _key_press(self) -> None:
        position = self._cursor.position
        if position is None:
            self._cursor.begin()
        elif self._held is not None:
            self._release(position)
        else:
            self._press(position)
            self._pressed_at = None  # a key is let go at once, which is no drag

    def _press(self, position: QPointF) -> None:
        self._view.setFocus()
        if not self._editor.isHidden():
            self._written()
            return
        if not self._placed and self._grab(position):
            return
        self._pressed_at = position
        self._place(position)

    def _move(self, position: QPointF) -> None:
        self._hover = self._point(position)
        if self._held is not None and self._hover is not None:
            points = list(self._held.mark.points)
            points[self._held.index] = self._hover
            self._held = replace(self._held, moved=replace(self._held.mark, points=tuple(points)))

    def _release(self, position: QPointF) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._book.replace(self.key, held.mark, held.moved)
        elif self._pressed_at is not None and self._placed:
            way = (position - self._pressed_at).manhattanLength()
            if way >= QApplication.startDragDistance():
                self._place(position)
        self._pressed_at = None

    def _grab(self, position: QPointF) -> bool:
        for mark in reversed(self.marks):
            for index, point in enumerate(shown_points(mark, self._view.transform())):
                if _is_near(point, position):
                    self._held = _Held(mark, index, mark)
                    return True
        return False

    def _place(self, position: QPointF) -> None:
        point = self._point(position)
        if self._tool is None or point is None:
            return
        self._placed = (*self._placed, point)
        if len(self._placed) < self._tool.count:
            return
        if self._tool.has_text:
            self._open_editor(position)
        else:
            self._finish("")

    def _finish(self, text: str) -> None:
        assert self._tool is not None
        mark = Mark(self._tool.name, self._placed, text)
        self._placed = ()
        self._book.add(self.key, mark)

    def _point(self, position: QPointF) -> Point | None:
        """The pixel under the mouse, held within the radiograph."""
        at, radiograph = self._view.to_radiograph(position), self._view.radiograph
        if at is None or radiograph is None:
            return None
        rows, columns = radiograph.shape
        return min(max(at.x(), 0.0), float(columns)), min(max(at.y(), 0.0), float(rows))

    # Texts

    def _open_editor(self, position: QPointF) -> None:
        self._editor.clear()
        self._editor.adjustSize()
        left = min(position.x(), self._view.width() - self._editor.width())
        top = min(position.y(), self._view.height() - self._editor.height())
        self._editor.move(max(0, round(left)), max(0, round(top)))
        self._editor.show()
        self._editor.raise_()
        self._editor.setFocus()

    @Slot()
    def _written(self) -> None:
        if self._editor.isHidden():
            return  # hiding takes the focus, which says once more that editing is finished
        text = " ".join(self._editor.text().split())
        self._editor.hide()
        self._view.setFocus()
        if text and self._placed:
            self._finish(text)
        self._drop()

    def _drop(self) -> None:
        self._placed, self._held, self._pressed_at, self._hover = (), None, None, None
        self._editor.blockSignals(True)
        self._editor.hide()
        self._editor.blockSignals(False)
        self.update()

    @Slot(str)
    def _book_changed(self, key: str) -> None:
        if key == self.key:
            self.update()


def _is_near(point: QPointF, position: QPointF) -> bool:
    return (point - position).manhattanLength() <= _REACH
