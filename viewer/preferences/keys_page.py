"""The settings' list of keys: choose a line, press another key."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.frame.bindings import BINDINGS, shown_keys
from viewer.preferences.key_choices import KeyChoices
from viewer.theme import CAUTION, RHYTHM
from viewer.translation import tr

_NAME = Qt.ItemDataRole.UserRole
_MODIFIERS = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
)


class KeysPage(QWidget):
    """Every binding under its heading, with its keys.

    Signals:
        changed: Another key was chosen, or taken away.
    """

    changed = Signal()

    def __init__(self, changes: Mapping[str, str], parent: QWidget | None = None) -> None:
        """
        Args:
            changes: The user's keys so far.
            parent: Its parent.
        """
        super().__init__(parent)
        self.choices = KeyChoices(changes)
        self._asked = ""  # the key that is taken elsewhere, once it was pressed
        self._is_further = False
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("What has a key"))
        self.list.setHeaderLabels([tr("What it does"), tr("Key")])
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(False)
        self.list.setRootIsDecorated(False)
        self.list.setItemsExpandable(False)
        self.capture = KeyCapture()
        self.change_button = QPushButton(tr("Change…"))
        self.change_button.setToolTip(tr("Press another key for this (Enter)"))
        self.further_button = QPushButton(tr("One more…"))
        self.further_button.setToolTip(tr("Press a further key for this"))
        self.clear_button = QPushButton(tr("No key"))
        self.reset_button = QPushButton(tr("Default"))
        self.reset_all_button = QPushButton(tr("All defaults"))
        self._message = QLabel(" ")
        self._message.setWordWrap(True)
        self._message.setStyleSheet(f"color: {CAUTION}")
        self._message.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row, layout = QHBoxLayout(), QVBoxLayout(self)
        for button in (self.change_button, self.further_button, self.clear_button):
            row.addWidget(button)
        row.addWidget(self.reset_button)
        row.addStretch(1)
        row.addWidget(self.reset_all_button)
        layout.setSpacing(RHYTHM)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        layout.addWidget(self.capture)
        layout.addWidget(self._message)
        self._fill()
        self.list.itemActivated.connect(lambda: self._begin(is_further=False))
        self.list.currentItemChanged.connect(lambda: self._ended())
        self.change_button.clicked.connect(lambda: self._begin(is_further=False))
        self.further_button.clicked.connect(lambda: self._begin(is_further=True))
        self.clear_button.clicked.connect(self._clear)
        self.reset_button.clicked.connect(self._reset)
        self.reset_all_button.clicked.connect(self._reset_all)
        self.capture.pressed.connect(self._pressed)
        self.capture.given_up.connect(self._ended)

    @property
    def message(self) -> str:
        """Why a key was not taken; "" where nothing is wrong."""
        return self._message.text().strip()

    def choose(self, name: str) -> None:
        """Go to the line of a binding."""
        self.list.setCurrentItem(self._items[name])

    def name(self) -> str:
        """The binding in the chosen line; "" for a heading."""
        item = self.list.currentItem()
        return str(item.data(0, _NAME) or "") if item is not None else ""

    def _fill(self) -> None:
        self._items: dict[str, QTreeWidgetItem] = {}
        headings: dict[str, QTreeWidgetItem] = {}
        for binding in BINDINGS:
            if binding.group not in headings:
                heading = headings[binding.group] = QTreeWidgetItem([tr(binding.group)])
                heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.list.addTopLevelItem(heading)
                heading.setExpanded(True)
            item = QTreeWidgetItem([binding.shown_words])
            item.setData(0, _NAME, binding.name)
            headings[binding.group].addChild(item)
            self._items[binding.name] = item
        self._show_keys()
        self.choose(BINDINGS[0].name)

    def _show_keys(self) -> None:
        for name, item in self._items.items():
            keys = shown_keys(self.choices.keys(name)) or "–"
            item.setText(1, keys if self.choices.is_default(name) else f"{keys} ●")
            words = "" if self.choices.is_default(name) else tr("changed from the default")
            item.setToolTip(1, words)

    def _begin(self, *, is_further: bool) -> None:
        if self.name():
            self._asked, self._is_further = "", is_further
            self._say("")
            self.capture.begin()

    @Slot(str)
    def _pressed(self, key: str) -> None:
        name = self.name()
        problem = self.choices.problem(name, key)
        is_taken = bool(problem) and not self.choices.is_reserved(key) and self.choices.owner(key)
        if problem and not (is_taken and self._asked == key):
            self._asked = key if is_taken else ""
            self._say(f"▲ {problem}")
            return
        self.choices.give(name, key, is_further=self._is_further)
        self._ended()
        self._changed()
        self.list.setFocus()

    @Slot()
    def _clear(self) -> None:
        if self.name():
            self.choices.clear(self.name())
            self._changed()

    @Slot()
    def _reset(self) -> None:
        if self.name():
            problem = self.choices.reset(self.name())
            self._changed()
            self._say(f"▲ {problem}" if problem else "")

    @Slot()
    def _reset_all(self) -> None:
        self.choices.reset_all()
        self._changed()

    def _changed(self) -> None:
        self._say("")
        self._show_keys()
        self.changed.emit()

    @Slot()
    def _ended(self) -> None:
        self._asked = ""
        self.capture.end()
        self._say("")

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence or " ")


class KeyCapture(QLabel):
    """Takes the next key that is pressed, whatever it does elsewhere.

    Signals:
        pressed: arg: the key, as the settings write it
        given_up: Escape, or another place was clicked.
    """

    pressed = Signal(str)
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(" ", parent)
        self.setAccessibleName(tr("The key that is pressed next"))
        self._is_waiting = False

    @property
    def is_waiting(self) -> bool:
        """Whether the next key is taken."""
        return self._is_waiting

    def begin(self) -> None:
        """Take the next key."""
        self._is_waiting = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setText(tr("● Press the new key now; Esc leaves it as it is."))
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> None:
        """Take no key any more."""
        self._is_waiting = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setText(" ")

    def event(self, event: QEvent) -> bool:
        if self._is_waiting and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._is_waiting and event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.given_up.emit()

    def _take(self, event: QKeyEvent) -> None:
        if event.key() in _MODIFIERS or event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.given_up.emit()
            return
        self.pressed.emit(written_key(Qt.Key(event.key()), event.modifiers()))


def written_key(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> str:
    """A key as the settings write it: "Ctrl+I", "?" (and not "Shift+?"), "PgUp"."""
    kept = modifiers & ~(
        Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier
    )
    is_sign = 0x20 < key < 0x7F and not chr(key).isalnum()
    if is_sign:  # the shift was needed to write it, on one keyboard and not on another
        kept &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeySequence(QKeyCombination(kept, key)).toString(
        QKeySequence.SequenceFormat.PortableText
    )
