"""Which language the window speaks: one that ships, as the settings or the system ask for it.

A translation is `resources/translations/kindred_LANGUAGE.qm`, made of the `.ts` beside it. What
Qt itself writes, such as the buttons of its dialogs, comes from Qt's own translations.
"""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from viewer.translation import ENGLISH, languages, translations_folder

_NAME = "kindred translation"


def speak(application: QCoreApplication, language: str) -> str:
    """Have all words that are asked for from now on in a language.

    Args:
        application: The running one.
        language: One of `languages`, or "auto" for the system's; English where there is none.

    Returns:
        The language that is spoken.
    """
    for former in application.findChildren(QTranslator, _NAME):
        application.removeTranslator(former)
        former.deleteLater()
    chosen = _of_the_system() if language == "auto" else language
    if chosen not in languages():
        chosen = ENGLISH
    if chosen == ENGLISH:
        return chosen
    of_qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (("qtbase", of_qt), ("kindred", str(translations_folder()))):
        translator = QTranslator(application)
        translator.setObjectName(_NAME)
        if translator.load(f"{name}_{chosen}", folder):
            application.installTranslator(translator)
    return chosen


def _of_the_system() -> str:
    """The first of the user's languages that ships."""
    for wanted in QLocale.system().uiLanguages():
        language = wanted.replace("_", "-").split("-")[0].casefold()
        if language in languages():
            return language
    return ENGLISH
