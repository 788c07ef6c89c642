"""Our own window: a comparison panel with a title and a status bar, which fills all of it.

What the panel's parts are called there they are called here too, for those who have the window.
"""

from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow

from viewer.frame.panel import ComparisonPanel


class MainWindow(QMainWindow):
    """Holds the panel. Its signals and methods are those of `viewer.frame.workbench.Workbench`."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Kindred")
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self.resize(1280, 720)
        panel = self.panel = ComparisonPanel(frame=self)
        self.setCentralWidget(panel)
        self.setStatusBar(panel.status_bar)
        panel.titled.connect(self._titled)
        self._name_parts(panel)

    def _name_parts(self, panel: ComparisonPanel) -> None:
        self.bound, self.recent = panel.bound, panel.recent
        self.tools, self.start_page, self.card = panel.tools, panel.start_page, panel.card
        self.query, self.findings, self.record = panel.query, panel.findings, panel.record
        self.neighbours, self.results_area = panel.neighbours, panel.results_area
        self.message_bar, self.overlay_controls = panel.message_bar, panel.overlay_controls
        self.explain_controls, self.looking = panel.explain_controls, panel.looking
        self.layouts, self.magnifier = panel.layouts, panel.magnifier
        self.measuring, self.elsewhere = panel.measuring, panel.elsewhere
        self.radiograph_wished, self.folder_wished = panel.radiograph_wished, panel.folder_wished
        self.browse_wished, self.demo_wished = panel.browse_wished, panel.demo_wished
        self.index_wished, self.stop_wished = panel.index_wished, panel.stop_wished
        self.export_wished, self.closed = panel.export_wished, panel.closed
        self.show_start, self.show_workbench = panel.show_start, panel.show_workbench
        self.show_card, self.show_neighbour_grid = panel.show_card, panel.show_neighbour_grid
        self.show_status, self.show_busy = panel.show_status, panel.show_busy
        self.show_beside, self.enlarge = panel.show_beside, panel.enlarge
        self.set_case_title, self.set_count = panel.set_case_title, panel.set_count
        self.all_views, self.active_view = panel.all_views, panel.active_view
        self.reset_views, self.open_path = panel.reset_views, panel.open_path
        self.choose_radiograph, self.choose_folder = panel.choose_radiograph, panel.choose_folder
        self.choose_export_file, self.show_keys = panel.choose_export_file, panel.show_keys
        self.toggle_full_screen = panel.toggle_full_screen

    @property
    def status(self) -> str:
        """The line at the bottom."""
        return self.panel.status

    @property
    def busy_text(self) -> str:
        """What is being done; "" for nothing."""
        return self.panel.busy_text

    @property
    def enlarged(self) -> int | None:
        """What is shown alone: 0 the query, else a case's rank; None for nothing."""
        return self.panel.enlarged

    @property
    def is_card_shown(self) -> bool:
        """Whether the card is in place of the similar cases."""
        return self.panel.is_card_shown

    @property
    def is_start_shown(self) -> bool:
        """Whether the start page is shown."""
        return self.panel.is_start_shown

    @property
    def last_folder(self) -> str:
        """The folder that a file was chosen from; "" for none."""
        return self.panel.last_folder

    @last_folder.setter
    def last_folder(self, folder: str) -> None:
        self.panel.last_folder = folder

    def _titled(self, text: str) -> None:
        # The name comes last: where Qt appends the program's own, it does not append it twice.
        self.setWindowTitle(f"{text} — Kindred" if text else "Kindred")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.panel.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.panel.dropEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.panel.shut_down()
        super().closeEvent(event)
