"""Pieces of HTML that the sections of a report are made of."""

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape

from matplotlib.figure import Figure

COLOURS = ("#3b6fb6", "#c8553d", "#5f9e6e", "#8a63b3", "#b98a2f", "#4d9fa8", "#7a7a7a")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table; cells are escaped, but for those that `in_words` made."""
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


class _Markup(str):
    """Text that is HTML already."""


def _cell(text: str) -> str:
    return text if isinstance(text, _Markup) else escape(text)


def in_words(words: str) -> _Markup:
    """A comparison's words, in its colour."""
    kind = words if words in ("better", "worse") else ""
    return _Markup(f'<span class="{kind}">{escape(words)}</span>')


def number(value: float | None, decimals: int = 2) -> str:
    """A figure; a dash where there is none."""
    return "–" if value is None else f"{value:.{decimals}f}"


def between(value: float | None, interval: Sequence[float | None], decimals: int = 2) -> str:
    """A figure and its interval."""
    low, high = interval
    return f"{number(value, decimals)} [{number(low, decimals)}, {number(high, decimals)}]"


def figure(plot: Figure, caption: str) -> str:
    """A plot inside the page."""
    stream = io.BytesIO()
    plot.savefig(stream, format="png", dpi=110)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return (
        f'<figure><img alt="" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
