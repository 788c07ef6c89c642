"""The list of mouse and keys, as they are bound at present."""

from collections.abc import Mapping
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from viewer.frame.bindings import listed
from viewer.preferences.settings import user_settings_file
from viewer.theme import QUIET, RHYTHM
from viewer.translation import tr

_COLUMNS = (("Cases", "Layout", "More"), ("Looking", "Window and level"), ())


class KeysDialog(QDialog):
    """Shows every binding under its heading; scrolls where the screen is small."""

    def __init__(self, changes: Mapping[str, str], parent: QWidget | None = None) -> None:
        """
        Args:
            changes: The user's own keys, by the names of `viewer.frame.bindings`.
            parent: Its parent.
        """
        super().__init__(parent)
        self.setWindowTitle(tr("Mouse and keys"))
        self._text = QTextBrowser()
        self._text.setAccessibleName(tr("Mouse and keys"))
        self._text.setHtml(_page(changes))
        hint = QLabel(
            tr("Other keys: Open › Settings…, or section [keys] of {path}").format(
                path=user_settings_file()
            )
        )
        hint.setProperty("quiet", True)
        hint.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text, 1)
        layout.addWidget(hint)
        layout.addWidget(buttons)
        room = parent.size() if parent is not None else self.size()
        width = min(room.width() - 4 * RHYTHM, 134 * RHYTHM)
        self.resize(width, min(room.height() - 4 * RHYTHM, 78 * RHYTHM))

    @property
    def text(self) -> str:
        """All that can be read."""
        return self._text.toPlainText()


def _page(changes: Mapping[str, str]) -> str:
    groups = dict(listed(changes))
    named = {name for column in _COLUMNS for name in column}
    columns = [column or tuple(set(groups) - named) for column in _COLUMNS]
    columns = [tuple(name for name in groups if name in column) for column in columns]
    cells = "".join(
        f'<td width="33%">{"".join(_group(name, groups[name]) for name in column)}</td>'
        for column in columns
    )
    return f'<table width="100%"><tr>{cells}</tr></table>'


def _group(name: str, rows: list[tuple[str, str]]) -> str:
    lines = "".join(
        f'<tr><td style="padding-right:{RHYTHM}px"><b>{escape(keys)}</b></td>'
        f"<td>{escape(words)}</td></tr>"
        for keys, words in rows
    )
    return (
        f'<p style="color:{QUIET}; margin-bottom:2px">{escape(tr(name))}</p><table>{lines}</table>'
    )
