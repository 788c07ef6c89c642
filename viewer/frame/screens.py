"""Windows and screens: nothing may lie where no screen is."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

_GRIP = 40  # pixels of the top edge: by this much a window can be taken hold of and moved


def visible_rect(wanted: QRect, rooms: Sequence[QRect]) -> QRect:
    """Where a window can be seen and moved: as wanted, where that is so already.

    Args:
        wanted: Of the window.
        rooms: The screens' usable parts, the main one first; at least one.

    Returns:
        The same rectangle where enough of its top edge lies on a screen; else one of its size,
        or smaller, in the middle of the main screen.
    """
    grip = QRect(wanted.left(), wanted.top(), wanted.width(), _GRIP)
    for room in rooms:
        seen = room.intersected(grip)
        if seen.width() >= min(3 * _GRIP, wanted.width()) and seen.height() >= _GRIP // 2:
            return wanted
    room = rooms[0]
    moved = QRect(wanted)
    moved.setSize(wanted.size().boundedTo(room.size()))
    moved.moveCenter(room.center())
    return moved


def bring_onto_screen(window: QWidget, without: QScreen | None = None) -> None:
    """Move a window that no screen shows onto the main one.

    Args:
        window: Perhaps full screen, perhaps hidden.
        without: A screen that is going away.
    """
    screens = [one for one in QGuiApplication.screens() if one != without]
    primary = QGuiApplication.primaryScreen()
    screens.sort(key=lambda one: one != primary)
    if not screens:
        return
    rooms = [one.availableGeometry() for one in screens]
    wanted = window.normalGeometry() if window.isMaximized() else window.geometry()
    found = visible_rect(wanted, rooms)
    if found != wanted:
        window.setGeometry(found)


def move_to_next_screen(window: QWidget) -> bool:
    """Move a window to the next screen, full or maximised where it was; whether there is one."""
    screens = QGuiApplication.screens()
    if len(screens) < 2:
        return False
    here = window.screen()
    following = screens[(screens.index(here) + 1) % len(screens)] if here in screens else screens[0]
    state = window.windowState()
    window.setWindowState(Qt.WindowState.WindowNoState)
    room = following.availableGeometry()
    size = window.size().boundedTo(room.size())
    place = QRect(room.topLeft(), size)
    place.moveCenter(room.center())
    window.setGeometry(place)
    window.setWindowState(state)
    return True


def other_screen(window: QWidget) -> QScreen | None:
    """A screen that the window is not on; None where there is only one."""
    return next((one for one in QGuiApplication.screens() if one != window.screen()), None)
