"""The row at the top: what is open, and what it is compared by."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from viewer.frame.elided_label import ElidedLabel
from viewer.theme import RHYTHM
from viewer.translation import tr

_COUNTS = (1, 2, 3, 4, 6, 9, 12, 16, 20)


class ToolRow(QWidget):
    """Title on the left; condition, method, number of cases and export on the right.

    Signals:
        bundle_chosen: arg: the bundle's key, as given to `set_bundles`
        method_chosen: arg: the method's name
        count_chosen: arg: how many similar cases
        export_wished: Export the comparison.
        methods_wished: Compare the retrieval methods.
        keys_wished: Show the list of keys.
    """

    bundle_chosen = Signal(str)
    method_chosen = Signal(str)
    count_chosen = Signal(int)
    export_wished = Signal()
    methods_wished = Signal()
    keys_wished = Signal()

    def __init__(self, actions: Sequence[QAction | None], parent: QWidget | None = None) -> None:
        """
        Args:
            actions: Of the menu behind "Open"; None is a line between two.
            parent: Its parent.
        """
        super().__init__(parent)
        menu = QMenu(tr("Open"), self)
        for action in actions:
            if action is None:
                menu.addSeparator()
            else:
                menu.addAction(action)
        self._open = QToolButton()
        self._open.setText(tr("Open"))
        self._open.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._open.setMenu(menu)
        self._title = ElidedLabel()
        self._title.setAccessibleName(tr("Open radiograph"))
        self._bundle = _combo(tr("Condition, and the model bundle that finds it"))
        self._method = _combo(tr("How similarity is measured"))
        self._count = _combo(tr("Number of similar cases shown"))
        self._export = QPushButton(tr("Export"))
        self._export.setToolTip(tr("Save the comparison as a picture, without identity (E)"))
        self._export.setEnabled(False)
        self._methods = QPushButton(tr("Methods"))
        self._methods.setToolTip(tr("What each retrieval method finds, side by side (M)"))
        self._methods.setEnabled(False)
        self._keys = QToolButton()
        self._keys.setText("?")
        self._keys.setToolTip(tr("Mouse and keys (?)"))
        self._keys.setAccessibleName(tr("Mouse and keys"))
        self.set_counts(4)
        self._bundle.activated.connect(
            lambda index: self.bundle_chosen.emit(str(self._bundle.itemData(index)))
        )
        self._method.activated.connect(
            lambda index: self.method_chosen.emit(str(self._method.itemData(index)))
        )
        self._count.activated.connect(
            lambda index: self.count_chosen.emit(int(self._count.itemData(index)))
        )
        self._export.clicked.connect(self.export_wished)
        self._methods.clicked.connect(self.methods_wished)
        self._keys.clicked.connect(self.keys_wished)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(RHYTHM, RHYTHM // 2, RHYTHM, RHYTHM // 2)
        layout.setSpacing(RHYTHM)
        layout.addWidget(self._open)
        layout.addWidget(self._title, 1)
        for words, combo in (
            (tr("condition"), self._bundle),
            (tr("method"), self._method),
            ("k", self._count),
        ):
            label = QLabel(words)
            label.setProperty("quiet", True)
            label.setBuddy(combo)
            layout.addWidget(label)
            layout.addWidget(combo)
        layout.addWidget(self._methods)
        layout.addWidget(self._export)
        layout.addWidget(self._keys)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def title(self) -> str:
        """What is open."""
        return self._title.text()

    @property
    def bundle_combo(self) -> QComboBox:
        """The choice of condition."""
        return self._bundle

    @property
    def method_combo(self) -> QComboBox:
        """The choice of method."""
        return self._method

    @property
    def count_combo(self) -> QComboBox:
        """The choice of how many cases."""
        return self._count

    @property
    def export_button(self) -> QPushButton:
        """Enabled where there is something to export."""
        return self._export

    @property
    def methods_button(self) -> QPushButton:
        """Enabled where there is something to compare."""
        return self._methods

    @property
    def keys_button(self) -> QToolButton:
        """Opens the list of keys."""
        return self._keys

    def set_title(self, text: str) -> None:
        """Say what is open."""
        self._title.setText(text)

    def set_bundles(self, bundles: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer bundles, as (key, text)."""
        _fill(self._bundle, bundles, chosen)

    def set_methods(self, methods: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer methods, as (name, text)."""
        _fill(self._method, methods, chosen)

    def set_counts(self, chosen: int) -> None:
        """Offer numbers of cases, `chosen` among them."""
        numbers = sorted({*_COUNTS, chosen})
        _fill(self._count, [(str(number), str(number)) for number in numbers], str(chosen))

    @Slot(str)
    def choose_method(self, name: str) -> None:
        """Choose a method as a click does, where it is offered."""
        index = self._method.findData(name)
        if index >= 0 and index != self._method.currentIndex():
            self._method.setCurrentIndex(index)
            self.method_chosen.emit(name)

    def add_menu(self, menu: QMenu, words: str) -> QToolButton:
        """Have a button for one more menu, after the others.

        Args:
            menu: Its title is the button's text.
            words: What it is for, as tool tip and for screen readers.
        """
        button = QToolButton()
        button.setText(menu.title())
        button.setToolTip(words)
        button.setAccessibleName(menu.title())
        button.setAccessibleDescription(words)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.insertWidget(layout.indexOf(self._title), button)
        return button

    @Slot(int)
    def choose_count(self, count: int) -> None:
        """Choose a number of cases as a click does."""
        self.set_counts(count)
        self.count_chosen.emit(count)

    @Slot(bool)
    def set_exportable(self, is_exportable: bool) -> None:
        """Whether there is something to export, and to compare methods on."""
        self._export.setEnabled(is_exportable)
        self._methods.setEnabled(is_exportable)


def _combo(tool_tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    combo.setMaximumWidth(34 * RHYTHM)
    combo.setToolTip(tool_tip)
    combo.setAccessibleName(tool_tip)
    return combo


def _fill(combo: QComboBox, items: Sequence[tuple[str, str]], chosen: str) -> None:
    with QSignalBlocker(combo):
        combo.clear()
        for key, text in items:
            combo.addItem(text, key)
        combo.setCurrentIndex(combo.findData(chosen))
    combo.setEnabled(bool(items))
