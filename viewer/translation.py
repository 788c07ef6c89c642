"""Words that a user reads, in the user's language.

`tr` is for text written in the code: `pyside6-lupdate` finds its calls and lists them in
`resources/translations/`. Values go in afterwards: `tr("{count} cases").format(count=3)`; never
an f-string, which could not be found again.
"""

from PySide6.QtCore import QCoreApplication


def tr(text: str) -> str:
    """The text in the application's language.

    Args:
        text: English, a literal.

    Returns:
        Its translation; the text itself, where there is none or no application yet.
    """
    return QCoreApplication.translate("", text)
