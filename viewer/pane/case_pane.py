"""A radiograph with one line above it and one below: the query, or one similar case."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from viewer.frame.elided_label import ElidedLabel
from viewer.pane.radiograph_view import RadiographView
from viewer.theme import ACCENT, LINE, PANEL, QUIET, RHYTHM, TEXT
from viewer.translation import tr


class CasePane(QFrame):
    """The lines keep their height when they are empty, so that nothing moves.

    The view inside is public: its signals are the pane's.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self._title = ElidedLabel()
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        self._title.setAccessibleName(tr("{name}, title").format(name=name))
        self.view = RadiographView(name)
        self._caption = ElidedLabel()
        self._caption.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._caption.setAccessibleName(tr("{name}, label").format(name=name))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for label, colour in ((self._title, TEXT), (self._caption, QUIET)):
            label.setStyleSheet(f"color: {colour}; padding: 0 {RHYTHM // 2}px")
            label.setFixedHeight(label.fontMetrics().height() + RHYTHM // 2)
        layout.addWidget(self._title)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._caption)
        self.set_selected(is_selected=False)

    @property
    def title(self) -> str:
        """The line above."""
        return self._title.text()

    @property
    def caption(self) -> str:
        """The line below."""
        return self._caption.text()

    @property
    def is_selected(self) -> bool:
        """Whether the pane has the accent's frame."""
        return self._is_selected

    def set_title(self, text: str) -> None:
        """Replace the line above."""
        self._title.setText(text)

    def set_caption(self, text: str) -> None:
        """Replace the line below."""
        self._caption.setText(text)

    def set_selected(self, *, is_selected: bool) -> None:
        """Give the pane the accent's frame, or take it away; nothing moves."""
        self._is_selected = is_selected
        colour = ACCENT if is_selected else LINE
        self.setStyleSheet(f"QFrame#pane {{ background: {PANEL}; border: 2px solid {colour} }}")
