"""The desktop application: builds the parts, connects them, and catches what nobody expected.

A fault in the program is written to a log without names or paths, and the window says so with
the log's place and a button that copies it.
"""

import sys
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from inference.archive.credentials import Passwords
from inference.pipeline import Engine
from viewer.archive.controller import ArchiveController
from viewer.archive.receiving import ReceivingController
from viewer.case.case_controller import CaseController
from viewer.case.catalogue_watch import CatalogueWatch
from viewer.commands.system_check import check_fonts
from viewer.differential.controller import DifferentialController
from viewer.embedding_map.controller import EmbeddingMapController
from viewer.fault_reporter import FaultReporter
from viewer.frame.main_window import MainWindow
from viewer.integration.link_desk import LinkDesk
from viewer.integration.link_roots import link_roots
from viewer.pane.tags_controller import TagsController
from viewer.preferences.kept_state import KeptState
from viewer.preferences.language import speak
from viewer.preferences.settings import Settings
from viewer.preferences.settings_controller import SettingsController
from viewer.returning.controller import ReturnController
from viewer.theme import apply_theme


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
    embedding_map = EmbeddingMapController(window, controller)
    embedding_map.fault_found.connect(reporter.report)
    kept.keep_place("embedding_map", embedding_map.view, window)
    differential = DifferentialController(window, controller)
    differential.fault_found.connect(reporter.report)
    kept.keep_place("differential", differential.view, window)
    TagsController(window, lambda: controller.query).fault_found.connect(reporter.report)
    CatalogueWatch(window, controller)
    SettingsController(window, lambda: _method_names(controller))
    window.bound.attach({"about": lambda: _show_about(controller.engines.engine, window)})
    desk = LinkDesk(window, link_roots(settings.links), lambda: controller.engines.folder)
    passwords = Passwords()  # given once, they hold for searching and for sending
    archives = ArchiveController(window, controller, settings, passwords=passwords)
    archives.fault_found.connect(reporter.report)
    desk.open_from_archive = archives.open_link
    receiving = ReceivingController(window, controller, settings)
    receiving.fault_found.connect(reporter.report)
    returning = ReturnController(window, controller.comparison, settings, passwords=passwords)
    returning.fault_found.connect(reporter.report)
    window.recent.keep_in(QSettings("kindred", "kindred"))
    kept.restore(window)
    kept.keep_on_closing(window, lambda: controller.engines.folder)
    reporter.install()
    try:
        window.show()
        controller.start(image, catalogue, bundle)
        if browsed is not None:
            window.browse_wished.emit(browsed)
        desk.listen()
        if link:
            desk.open_link(link)
        return application.exec()
    finally:
        reporter.uninstall()
        window.panel.shut_down()
        embedding_map.shut_down()
        differential.shut_down()
        controller.shut_down()


def _method_names(controller: CaseController) -> tuple[str, ...]:
    engine = controller.engines.engine
    return tuple(engine.bundle.manifest.methods) if engine is not None else ()


def _show_about(engine: Engine | None, window: MainWindow) -> None:
    from viewer.preferences.about_dialog import (
        AboutDialog,  # it reads what every library says of itself
    )

    AboutDialog(engine, window).open()
