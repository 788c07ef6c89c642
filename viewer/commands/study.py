"""`kindred study`: draws the questions of a catalogue and opens the reader's window."""

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from inference.catalogue import Catalogue
from inference.model_bundle import read_bundle
from inference.pipeline import choose_bundle, find_bundle
from inference.study_draw import draw_study
from viewer.commands.system_check import check_fonts
from viewer.preferences.language import speak
from viewer.preferences.settings import Settings
from viewer.study.reader_study import ReaderStudy, StudyFaults, unanswered
from viewer.theme import apply_theme


def run_study(
    folder: Path,
    rater: str,
    queries: int,
    seed: int,
    table: Path,
    bundle: str | None,
    settings: Settings,
) -> int:
    """Let a reader rank until they close the window.

    Args:
        folder: That was indexed.
        rater: Who ranks.
        queries: How many questions.
        seed: Draws them.
        table: Where the orders are kept.
        bundle: Its name or folder; None: chosen by settings and catalogue.
        settings: Everything else.

    Returns:
        How many questions are left.

    Raises:
        InferenceError: No such catalogue, too few patients in it, or the table is another's.
    """
    chosen = read_bundle(find_bundle(bundle or choose_bundle(settings.bundle, folder)))
    catalogue = Catalogue.open(folder, chosen)
    try:
        questions = draw_study(catalogue.cases(), queries, seed)
    finally:
        catalogue.close()
    unanswered(questions, table, rater)  # an unusable table is told before a window opens
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("kindred")
    application.setApplicationDisplayName("Kindred")
    check_fonts()
    apply_theme(application)
    speak(application, settings.language)
    study = ReaderStudy(questions, table, rater)
    StudyFaults(study)
    study.show()
    application.exec()
    return len(unanswered(questions, table, rater))
