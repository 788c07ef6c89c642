"""The desktop application: builds the parts, connects them, and catches what nobody expected.

A fault in the program is written to a log without names or paths, and the window says so with
the log's place and a button that copies it.
"""

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from viewer.commands.system_check import check_fonts
from viewer.fault_reporter import FaultReporter
from viewer.frame.first_paint import after_painting
from viewer.frame.main_window import MainWindow
from viewer.on_demand import OnDemand
from viewer.preferences.kept_state import KeptState
from viewer.preferences.language import speak
from viewer.preferences.settings import Settings
from viewer.theme import apply_theme

if TYPE_CHECKING:
    from inference.archive.credentials import Passwords
    from viewer.archive.controller import ArchiveController
    from viewer.archive.receiving import ReceivingController
    from viewer.case.case_controller import CaseController
    from viewer.case.catalogue_watch import CatalogueWatch
    from viewer.differential.controller import DifferentialController
    from viewer.embedding_map.controller import EmbeddingMapController
    from viewer.integration.link_desk import LinkDesk
    from viewer.integration.links import ArchiveLink
    from viewer.pane.tags_controller import TagsController
    from viewer.preferences.settings_controller import SettingsController
    from viewer.returning.controller import ReturnController


def run(
    image: Path | None,
    catalogue: Path | None,
    bundle: str | None,
    settings: Settings,
    link: str = "",
    browsed: Path | None = None,
) -> int:
    """Open the window and stay until it is closed.

    Args:
        image: A radiograph to open, or None.
        catalogue: The folder of past cases; None: the one of the settings, if any.
        bundle: A bundle's name or folder; None: chosen by settings and catalogue.
        settings: Everything else.
        link: A `kindred://` link to follow, or "".
        browsed: A folder or a DICOMDIR to look through, or None.

    Returns:
        The exit code.

    Raises:
        InferenceError: No window can be opened on this computer.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("kindred")
    application.setApplicationDisplayName("Kindred")
    check_fonts()
    apply_theme(application)
    speak(application, settings.language)
    kept = KeptState()
    settings = kept.settings(settings)
    if catalogue is None and settings.catalogue:
        catalogue = Path(settings.catalogue)
    window = MainWindow()
    controller = window.panel.begin(settings)
    reporter = FaultReporter(window.panel)
    window.panel.fault_found.connect(reporter.report)
    parts = _Parts(window, controller, settings, kept, reporter)
    window.recent.keep_in(QSettings("kindred", "kindred"))
    kept.restore(window)
    kept.keep_on_closing(window, lambda: controller.engines.folder)
    reporter.install()
    try:
        window.show()
        controller.start(image, catalogue, bundle)
        if browsed is not None:
            window.browse_wished.emit(browsed)
        if link:
            parts.desk().open_link(link)
        after_painting(window, parts.listen)
        after_painting(window, gc.enable)
        return application.exec()
    finally:
        reporter.uninstall()
        window.panel.shut_down()
        controller.shut_down()


class _Parts:
    """What our own window has beside the panel: windows and dialogs, made when asked for."""

    def __init__(
        self,
        window: MainWindow,
        controller: "CaseController",
        settings: Settings,
        kept: KeptState,
        reporter: FaultReporter,
    ) -> None:
        self._window = window
        self._controller = controller
        self._settings = settings
        self._kept = kept
        self._report = reporter.report
        self.desk = OnDemand(self._link_desk)
        self._archives = OnDemand(self._archive_controller)
        self._passwords = OnDemand(_new_passwords)
        self._connect()

    def listen(self) -> None:
        """Hear other starts of the program, unless it was closed at once."""
        if not self._window.isHidden():
            self.desk().listen()

    def _connect(self) -> None:
        embedding_map = OnDemand(self._embedding_map)
        differential = OnDemand(self._differential)
        tags = OnDemand(self._tags)
        preferences = OnDemand(self._preferences)
        receiving = OnDemand(self._receiving)
        returning = OnDemand(self._returning)
        watch = OnDemand(self._catalogue_watch)
        # Before there is a catalogue there is nothing to watch.
        self._controller.engines.settled.connect(watch.first(lambda one: None))
        self._window.bound.attach(
            {
                "reload": watch.first(lambda one: one.reload()),
                "embedding_map": embedding_map.first(lambda one: one.open()),
                "differential": differential.first(lambda one: one.open()),
                "tags": tags.first(lambda one: one.show()),
                "settings": preferences.first(lambda one: one.show()),
                "about": self._show_about,
                "archive": self._archives.first(lambda one: one.show_search()),
                "priors": self._archives.first(lambda one: one.show_priors()),
                "received": receiving.first(lambda one: one.show()),
                "return_dicom": returning.first(lambda one: one.open()),
            }
        )

    def _embedding_map(self) -> "EmbeddingMapController":
        from viewer.embedding_map.controller import EmbeddingMapController

        made = EmbeddingMapController(self._window, self._controller)
        made.fault_found.connect(self._report)
        self._kept.keep_place("embedding_map", made.view, self._window)
        return made

    def _differential(self) -> "DifferentialController":
        from viewer.differential.controller import DifferentialController

        made = DifferentialController(self._window, self._controller)
        made.fault_found.connect(self._report)
        self._kept.keep_place("differential", made.view, self._window)
        return made

    def _catalogue_watch(self) -> "CatalogueWatch":
        from viewer.case.catalogue_watch import CatalogueWatch

        return CatalogueWatch(self._window, self._controller)

    def _tags(self) -> "TagsController":
        from viewer.pane.tags_controller import TagsController

        made = TagsController(self._window, lambda: self._controller.query)
        made.fault_found.connect(self._report)
        return made

    def _preferences(self) -> "SettingsController":
        from viewer.preferences.settings_controller import SettingsController

        return SettingsController(self._window, self._method_names)

    def _archive_controller(self) -> "ArchiveController":
        from viewer.archive.controller import ArchiveController

        made = ArchiveController(
            self._window, self._controller, self._settings, passwords=self._passwords()
        )
        made.fault_found.connect(self._report)
        return made

    def _receiving(self) -> "ReceivingController":
        from viewer.archive.receiving import ReceivingController

        made = ReceivingController(self._window, self._controller, self._settings)
        made.fault_found.connect(self._report)
        return made

    def _returning(self) -> "ReturnController":
        from viewer.returning.controller import ReturnController

        made = ReturnController(
            self._window,
            self._controller.comparison,
            self._settings,
            passwords=self._passwords(),
        )
        made.fault_found.connect(self._report)
        return made

    def _link_desk(self) -> "LinkDesk":
        from viewer.integration.link_desk import LinkDesk
        from viewer.integration.link_roots import link_roots

        def open_from_archive(link: "ArchiveLink") -> None:
            self._archives().open_link(link)

        engines = self._controller.engines
        made = LinkDesk(self._window, link_roots(self._settings.links), lambda: engines.folder)
        made.open_from_archive = open_from_archive
        return made

    def _method_names(self) -> tuple[str, ...]:
        engine = self._controller.engines.engine
        return tuple(engine.bundle.manifest.methods) if engine is not None else ()

    def _show_about(self) -> None:
        from viewer.preferences.about_dialog import AboutDialog

        AboutDialog(self._controller.engines.engine, self._window).open()


def _new_passwords() -> "Passwords":
    from inference.archive.credentials import Passwords

    return Passwords()  # given once, they hold for searching and for sending
