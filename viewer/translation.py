"""Words that a user reads, in the user's language.

`tr` is for text written in the code: `pyside6-lupdate` finds its calls and lists them in
`resources/translations/`. Values go in afterwards: `tr("{count} cases").format(count=3)`; never
an f-string, which could not be found again. Where one of something needs another sentence than
many, both are written out.

`N_`, as gettext calls it, is for text that is written where no language is known yet, at a
module's top: it is found as well, and translated with `tr` when it is shown.
"""

from pathlib import Path

from inference.bundle_store import resources_folder

ENGLISH = "en"
"""The language of the code; it needs no translation."""


def translations_folder() -> Path:
    """Where translations lie."""
    return resources_folder() / "translations"


def languages() -> tuple[str, ...]:
    """The languages that ship, English first."""
    found = {file.stem.partition("_")[2] for file in translations_folder().glob("kindred_*.qm")}
    return (ENGLISH, *sorted(found - {ENGLISH}))


def tr(text: str) -> str:
    """The text in the application's language.

    Args:
        text: English, a literal; or what was marked.

    Returns:
        Its translation; the text itself, where there is none or no application yet.
    """
    from PySide6.QtCore import QCoreApplication  # what only marks text may do without Qt

    return QCoreApplication.translate("", text) if text else ""


def N_(text: str) -> str:
    """The text itself, to be translated when it is shown.

    Args:
        text: English, a literal.
    """
    return text
