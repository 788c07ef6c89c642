"""The comparison panel: one widget, for our own window and for any other program's.

    panel = ComparisonPanel()
    layout.addWidget(panel)
    panel.analysis_finished.connect(lambda analysis: print(analysis.probabilities))
    panel.set_catalogue("folder of past cases")
    panel.open("radiograph.dcm")
    ...
    panel.shut_down()   # or close it, or delete it, or let the application quit

In another program's window it has its own look and changes nobody else's, hears keys only while
the focus is in it, and has no actions that only our own window can carry out.

Radiographs are decoded in processes of their own, which import the host's main script again: that
needs an `if __name__ == "__main__":`, as everything that uses Python's multiprocessing does.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from inference.errors import InferenceError
from inference.records import Radiograph
from viewer.case.case_controller import CaseController
from viewer.fault_reporter import FaultReporter
from viewer.frame.workbench import Workbench
from viewer.on_demand import OnDemand
from viewer.preferences.settings import Settings, load_settings
from viewer.theme import HOSTED_STYLE_SHEET, dark_palette

if TYPE_CHECKING:
    from viewer.browser.controller import BrowserController
    from viewer.explain.explain_controller import ExplainController
    from viewer.methods.controller import MethodsController


class ComparisonPanel(Workbench):
    """A workbench with what fills it.

    Signals:
        case_chosen: A similar case was selected. arg: its `inference.records.Neighbour`
        analysis_finished: arg: the `inference.pipeline.Analysis`, whose neighbours are None
            where no catalogue is open
        failed: Something cannot be done; the panel says so too. arg: a sentence
        fault_found: A job met a bug. arg: the exception
    """

    case_chosen = Signal(object)
    analysis_finished = Signal(object)
    failed = Signal(str)
    fault_found = Signal(object)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        settings: Settings | None = None,
        frame: QWidget | None = None,
    ) -> None:
        """
        Args:
            parent: Its parent.
            settings: None: the user's own, read when they are first needed.
            frame: As in `Workbench`; None in another program's window.
        """
        super().__init__(parent, frame)
        self._settings = settings
        self._controller: CaseController | None = None
        self._is_hosted = frame is None
        self._is_over = False
        self._browser = OnDemand(self._new_browser)
        if self._is_hosted:
            self.setObjectName("kindred")
            self.setPalette(dark_palette())
            self.setStyleSheet(HOSTED_STYLE_SHEET)
            self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # else the host's shows
            reporter = FaultReporter(self)
            self.fault_found.connect(reporter.report)
            application = QCoreApplication.instance()
            assert application is not None
            application.aboutToQuit.connect(self.shut_down)

    @property
    def controller(self) -> CaseController | None:
        """The case on screen; None before anything was opened."""
        return self._controller

    def begin(self, settings: Settings) -> CaseController:
        """Connect what fills the panel. Called by itself when something is opened first.

        Args:
            settings: Of models, similar cases, overlay and keys.
        """
        self.bound.set_keys(settings.keys)
        controller = self._controller = CaseController(self, settings)
        controller.fault_found.connect(self.fault_found)
        self._connect_parts(controller)
        controller.analysed.connect(self.analysis_finished)
        controller.failed.connect(self.failed)
        self.neighbours.selected.connect(self._selected)
        if self._is_hosted:
            for name in self.bound.unattached():
                self.bound[name].setVisible(False)
                self.bound[name].setEnabled(False)
        return controller

    def _connect_parts(self, controller: CaseController) -> None:
        """What is made when it is needed; before that, what would make it is heard here."""
        explanations = OnDemand(lambda: self._new_explanations(controller))
        methods = OnDemand(lambda: self._new_methods(controller))
        # Soon after the first radiograph is shown: it listens to the mouse on it.
        controller.engines.busy_changed.connect(explanations.first(lambda one, _: None))
        self.explain_controls.chosen.connect(explanations.first(lambda one, kind: one.choose(kind)))
        self.bound.attach(
            {
                "explain": explanations.first(lambda one: one.choose_next()),
                "place": explanations.first(lambda one: one.toggle_place_by_keys()),
            }
        )
        self.tools.methods_wished.connect(methods.first(lambda one: one.compare()))
        # By a slot of its own: a function connected to one's own signal outlives oneself.
        self.browse_wished.connect(self._browse_first)

    @Slot(object)
    def _browse_first(self, place: Path | None) -> None:
        self._browser.first(lambda one: one.browse(place))()

    def _new_explanations(self, controller: CaseController) -> "ExplainController":
        from viewer.explain.explain_controller import ExplainController

        made = ExplainController(self, controller)
        made.fault_found.connect(self.fault_found)
        return made

    def _new_methods(self, controller: CaseController) -> "MethodsController":
        from viewer.methods.controller import MethodsController

        made = MethodsController(self, controller)
        made.fault_found.connect(self.fault_found)
        return made

    def _new_browser(self) -> "BrowserController":
        from viewer.browser.controller import BrowserController

        made = BrowserController(self)
        made.fault_found.connect(self.fault_found)
        return made

    def open(self, radiograph: Path | str | Radiograph) -> None:
        """Show and analyse a radiograph; the one before is abandoned.

        Args:
            radiograph: A DICOM, JPEG, PNG or TIFF file, or what was read from one.

        Raises:
            SettingsError: The user's settings are wrong.
        """
        path = radiograph.path if isinstance(radiograph, Radiograph) else Path(radiograph)
        controller = self._begun()
        if controller is None:
            return
        engines = controller.engines
        if engines.engine is None and not engines.is_busy:
            settings = self._settings or load_settings()
            engines.open(None, Path(settings.catalogue) if settings.catalogue else None)
        controller.open_radiograph(path)

    def set_catalogue(self, folder: Path | str, bundle: str | None = None) -> None:
        """Compare with the past cases of an indexed folder; an open radiograph stays open.

        Args:
            folder: Of past cases. One that has no index is offered one.
            bundle: A model bundle's name or folder; None: the one of the folder's index.

        Raises:
            SettingsError: The user's settings are wrong.
        """
        controller = self._begun()
        if controller is not None:
            controller.start(None, Path(folder), bundle)

    @Slot()
    def shut_down(self) -> None:
        """Stop all work and wait for it. After it, nothing is opened any more."""
        if not self._is_over:
            self._is_over = True
            self.closed.emit()
            self.elsewhere.bring_back()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_hosted or self._is_over or self._controller is not None:
            return
        # Nothing was opened yet: the start page offers the ways to begin.
        try:
            controller = self._begun()
            folder = self._settings.catalogue if self._settings else ""
            if controller is not None:
                controller.start(None, Path(folder) if folder else None, None)
        except InferenceError as error:
            self.message_bar.show_message("problem", str(error))
            self.failed.emit(str(error))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DeferredDelete:
            self.shut_down()
        return super().event(event)

    def _begun(self) -> CaseController | None:
        if self._is_over:
            return None
        if self._controller is None:
            self._settings = self._settings or load_settings()
            return self.begin(self._settings)
        return self._controller

    @Slot(int)
    def _selected(self, rank: int) -> None:
        neighbour = self.neighbours.neighbour(rank)
        if neighbour is not None:
            self.case_chosen.emit(neighbour)
