"""The middle of the window: the bar, the filter, the similar cases or a card, and the tray."""

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from viewer.results.comparison_tray import ComparisonTray
from viewer.results.filter_panel import FilterPanel
from viewer.results.results_bar import ResultsBar
from viewer.theme import RHYTHM


class ResultsArea(QWidget):
    """Its parts are public: their signals are its own."""

    def __init__(self, results: QStackedWidget, parent: QWidget | None = None) -> None:
        """
        Args:
            results: The similar cases, or a card in their place.
            parent: Its parent.
        """
        super().__init__(parent)
        self.bar = ResultsBar()
        self.filter = FilterPanel()
        self.tray = ComparisonTray()
        self._is_alone = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(RHYTHM // 2)
        layout.addWidget(self.bar)
        layout.addWidget(self.filter)
        layout.addWidget(results, 1)
        layout.addWidget(self.tray)
        self.bar.filter_toggled.connect(self._arrange)
        self._arrange()

    def set_alone(self, *, is_alone: bool) -> None:
        """Show one pane without anything around it, or all again."""
        self._is_alone = is_alone
        self._arrange()

    def _arrange(self) -> None:
        self.bar.setVisible(not self._is_alone)
        self.filter.setVisible(not self._is_alone and self.bar.filter.isChecked())
        self.tray.setVisible(not self._is_alone and bool(self.tray.cases))
