"""All marks of this session, with undo and redo, kept on disk as they change."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from viewer.measuring.file import MarksError, MarksFolder
from viewer.measuring.mark import Mark

Marks = tuple[Mark, ...]


class MarkBook(QObject):
    """The marks of every radiograph, by the checksum of its pixels.

    Signals:
        changed: The marks of one radiograph. arg: its checksum
        problem_found: Marks cannot be read or kept. arg: a sentence

    Attributes:
        stack: What can be undone and redone.
    """

    changed = Signal(str)
    problem_found = Signal(str)

    def __init__(self, folder: MarksFolder, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self._folder = folder
        self._marks: dict[str, Marks] = {}

    def marks(self, key: str) -> Marks:
        """The marks of a radiograph, read from disk at first sight."""
        if key not in self._marks:
            self._marks[key] = ()
            try:
                self._marks[key] = self._folder.read(key)
            except MarksError as error:
                self.problem_found.emit(str(error))
        return self._marks[key]

    def add(self, key: str, mark: Mark) -> None:
        """One mark more."""
        self._change(f"add {mark.kind}", key, (*self.marks(key), mark))

    def replace(self, key: str, old: Mark, new: Mark) -> None:
        """A mark was moved."""
        marks = tuple(new if one is old else one for one in self.marks(key))
        self._change(f"move {old.kind}", key, marks)

    def remove(self, key: str, mark: Mark) -> None:
        """One mark less."""
        marks = tuple(one for one in self.marks(key) if one is not mark)
        self._change(f"remove {mark.kind}", key, marks)

    def clear(self, key: str) -> None:
        """No marks."""
        self._change("remove all marks", key, ())

    def put(self, key: str, marks: Marks) -> None:
        """Replace all marks of a radiograph, past undo; for the stack's own use."""
        self._marks[key] = marks
        try:
            self._folder.write(key, marks)
        except MarksError as error:
            self.problem_found.emit(str(error))
        self.changed.emit(key)

    def _change(self, words: str, key: str, marks: Marks) -> None:
        if marks != self.marks(key):
            self.stack.push(_Change(self, words, key, marks))


class _Change(QUndoCommand):
    def __init__(self, book: MarkBook, words: str, key: str, after: Marks) -> None:
        super().__init__(words)
        self._book, self._key = book, key
        self._before, self._after = book.marks(key), after

    def undo(self) -> None:
        self._book.put(self._key, self._before)

    def redo(self) -> None:
        self._book.put(self._key, self._after)
