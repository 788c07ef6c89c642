"""The radiographs opened last, kept in the user's own settings folder, oldest forgotten first."""

import json
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from viewer.translation import tr

MOST = 10
_KEY = "recent"


class RecentFiles(QObject):
    """A menu of them.

    Signals:
        chosen: arg: the file's Path
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._store: QSettings | None = None  # without one they last as long as the window
        self._paths: tuple[Path, ...] = ()
        self.menu = QMenu(tr("Recent radiographs"), parent)
        self.menu.aboutToShow.connect(self._fill)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The newest first."""
        return self._paths

    def keep_in(self, store: QSettings) -> None:
        """Keep them from now on, with those that were kept before."""
        self._store = store
        self._paths = _read(store)

    def add(self, path: Path) -> None:
        """A radiograph was opened."""
        path = path.absolute()
        self._keep((path, *(one for one in self._paths if one != path))[:MOST])

    @Slot()
    def forget(self) -> None:
        """Keep none: their names may identify patients."""
        self._keep(())

    def _keep(self, paths: tuple[Path, ...]) -> None:
        self._paths = paths
        if self._store is not None:
            self._store.setValue(_KEY, json.dumps([str(path) for path in paths]))

    @Slot()
    def _fill(self) -> None:
        self.menu.clear()
        for path in self._paths:
            # An ampersand would become an underlined letter.
            action = QAction(path.name.replace("&", "&&"), self.menu)
            action.setToolTip(str(path))
            action.setEnabled(path.exists())
            action.triggered.connect(lambda _=False, path=path: self.chosen.emit(path))
            self.menu.addAction(action)
        self.menu.addSeparator()
        forget = self.menu.addAction(tr("Forget these"), self.forget)
        forget.setEnabled(bool(self._paths))


def _read(store: QSettings) -> tuple[Path, ...]:
    """What was kept; nothing where it is damaged."""
    try:
        kept = json.loads(str(store.value(_KEY, "[]")))
    except ValueError:
        return ()
    if not isinstance(kept, list):
        return ()
    return tuple(Path(one) for one in kept if isinstance(one, str))[:MOST]
