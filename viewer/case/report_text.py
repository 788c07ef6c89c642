"""A report as HTML with the words that matter marked; whatever it holds stays text."""

import re
from collections.abc import Iterable
from html import escape

from viewer.theme import CAUTION, GROUND

_OPEN = f'<span style="background-color:{CAUTION}; color:{GROUND}">'
_SHORTEST = 3


def report_html(report: str, terms: Iterable[str]) -> str:
    """Escape a report and mark where it names a finding.

    Names are found as whole words, in any case, also where underscores or line ends stand for
    blanks. A negated finding ("no effusion") is marked too: the reader sees the negation.

    Args:
        report: Any text.
        terms: Names of findings; those below three letters are left out.
    """
    patterns = [
        r"[\s_]+".join(re.escape(word) for word in re.split(r"[\s_]+", term.strip()))
        for term in sorted(set(terms), key=len, reverse=True)
        if len(term.strip()) >= _SHORTEST
    ]
    if not patterns:
        return _plain(report)
    pieces = re.split(rf"(?<!\w)((?:{'|'.join(patterns)})s?)(?!\w)", report, flags=re.IGNORECASE)
    # A split at one group alternates: text, found, text, ...
    return "".join(
        f"{_OPEN}{_plain(piece)}</span>" if number % 2 else _plain(piece)
        for number, piece in enumerate(pieces)
    )


def _plain(text: str) -> str:
    return escape(text).replace("\n", "<br>")
