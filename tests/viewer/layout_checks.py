"""Looks for text that is cut, widgets that overlap, and widgets without a name."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QSlider,
    QTabBar,
    QWidget,
)

from viewer.frame.elided_label import ElidedLabel

_LEAVES = (
    QLabel,
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QSlider,
)
_COMPOSED = (QComboBox, QAbstractSpinBox, QTabBar, QLineEdit)
"""What is made of further widgets, which are Qt's own business."""


def layout_faults(window: QWidget) -> list[str]:
    """Everything that is cut, overlaps or lies outside; each as a sentence."""
    leaves = visible_leaves(window)
    assert leaves, "nothing is shown"
    faults = [fault for leaf in leaves if (fault := _cut(leaf))]
    places = [(leaf, shown_part(leaf, window)) for leaf in leaves]
    for index, (one, place) in enumerate(places):
        if not _is_scrolled(one) and not window.rect().contains(place):
            faults.append(f"{described(one)} reaches out of the window: {place}")
        for other, other_place in places[index + 1 :]:
            related = one.isAncestorOf(other) or other.isAncestorOf(one)
            if not related and place.intersects(other_place):
                faults.append(f"{described(one)} overlaps {described(other)}")
    return faults


def visible_leaves(window: QWidget) -> list[QWidget]:
    """Labels, buttons and fields of this window that are shown, without parts of fields."""
    return [
        one
        for one in window.findChildren(QWidget)
        if isinstance(one, _LEAVES)
        and one.isVisible()
        and one.window() is window
        and not _is_inside(one)
        and not one.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    ]


def shown_part(widget: QWidget, window: QWidget) -> QRect:
    """Where a widget can be seen: a scrolled one is cut by its area, which is as it should be."""
    place = widget.rect().translated(widget.mapTo(window, QPoint()))
    parent = widget.parentWidget()
    while parent is not None and parent is not window:
        area = parent.parentWidget()
        if isinstance(area, QAbstractScrollArea) and area.viewport() is parent:
            place = place.intersected(parent.rect().translated(parent.mapTo(window, QPoint())))
        parent = parent.parentWidget()
    return place


def _cut(leaf: QWidget) -> str:
    if isinstance(leaf, ElidedLabel):
        is_whole = leaf.elided_text() == leaf.text() or leaf.toolTip()
        return "" if is_whole else f"{described(leaf)} is elided without a tool tip"
    if isinstance(leaf, QLabel) and leaf.wordWrap():
        needed = leaf.heightForWidth(leaf.width())
        is_cut = leaf.height() < needed
        return f"{described(leaf)} has {leaf.height()} of {needed} lines' pixels" if is_cut else ""
    has_text = not isinstance(leaf, QLabel | QAbstractButton) or leaf.text()
    if isinstance(leaf, QProgressBar):
        has_text = leaf.isTextVisible()
    hint = leaf.minimumSizeHint()
    if isinstance(leaf, QAbstractButton):
        hint = leaf.sizeHint() if not isinstance(leaf.parentWidget(), QTabBar) else hint
    if has_text and (leaf.width() < hint.width() or leaf.height() < hint.height() - 1):
        return f"{described(leaf)} has {leaf.size()}, and needs {hint}"
    if _is_scrolled(leaf):
        area = _area(leaf)
        right = leaf.mapTo(area.viewport(), QPoint(leaf.width(), 0)).x() if area else 0
        if area and right > area.viewport().width() + 1:
            return f"{described(leaf)} is cut on its right"
    return ""


def _area(widget: QWidget) -> QScrollArea | None:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return parent
        parent = parent.parentWidget()
    return None


def _is_scrolled(widget: QWidget) -> bool:
    return _area(widget) is not None


def _is_inside(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, _COMPOSED):
            return True
        if isinstance(parent, QAbstractScrollArea) and not isinstance(parent, QScrollArea):
            return True  # header cells, corner buttons
        parent = parent.parentWidget()
    return False


def unnamed(window: QWidget) -> list[str]:
    """Widgets that take the focus or can be pressed, and that a screen reader cannot name."""
    found = []
    for one in [window, *window.findChildren(QWidget)]:
        is_part = one is not window and (_is_inside(one) or one.objectName().startswith("qt_"))
        if is_part or one.window() is not window or isinstance(one, QScrollBar | QMenu):
            continue
        takes_focus = one.focusPolicy() != Qt.FocusPolicy.NoFocus
        is_interactive = takes_focus or isinstance(one, QAbstractButton | QDialog | QMainWindow)
        if isinstance(one, QTabBar | QGroupBox) or _is_viewport(one):
            continue  # their tabs and fields have names of their own
        if isinstance(one, QScrollArea) and one.focusProxy() is None and not takes_focus:
            continue
        if is_interactive and not spoken_name(one):
            found.append(described(one))
    return found


def _is_viewport(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    return isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget


def spoken_name(widget: QWidget) -> str:
    """What a screen reader says first: the name given, a button's text, a buddy's."""
    if isinstance(widget, QComboBox):  # under Linux Qt gives its content for its name
        labels = widget.window().findChildren(QLabel)
        buddies = [label.text() for label in labels if label.buddy() is widget]
        return widget.accessibleName() or "".join(buddies)
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def described(widget: QWidget) -> str:
    """Enough to find it in the code."""
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton | QLineEdit) else ""
    owner = type(widget.parentWidget()).__name__
    words = (text or widget.accessibleName() or widget.objectName())[:50]
    return f"{type(widget).__name__} {words!r} in {owner}"
