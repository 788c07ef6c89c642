"""The record of the case that is pointed at or selected, with its report."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QTextBrowser, QVBoxLayout, QWidget

from inference.records import CaseRecord, Neighbour
from viewer.case.report_text import report_html
from viewer.frame.elided_label import ElidedLabel
from viewer.inference_words import sex_words
from viewer.theme import PANEL, QUIET, RHYTHM
from viewer.translation import N_, tr

_HINT = N_("Point at a similar case, or select it, to read its record.")


class RecordPanel(QFrame):
    """Shows one record at a time as text that can be scrolled and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("record")
        self.setStyleSheet(f"QFrame#record {{ background: {PANEL} }}")
        self._heading = ElidedLabel()
        self._body = QTextBrowser()
        self._body.setAccessibleName(tr("Record of the case"))
        self._body.setOpenLinks(False)  # a report may hold anything; nothing in it is followed
        self._body.setTabChangesFocus(True)
        self._body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(RHYTHM, RHYTHM // 2, 0, 0)
        layout.setSpacing(RHYTHM // 2)
        layout.addWidget(self._heading)
        layout.addWidget(self._body, 1)
        self.setMinimumWidth(20 * RHYTHM)
        self.clear()

    @property
    def text(self) -> str:
        """All that can be read."""
        return f"{self._heading.text()}\n{self._body.toPlainText()}"

    def clear(self) -> None:
        """Say how a record gets here."""
        self._heading.setText(tr("Record"))
        self._body.setHtml(f'<p style="color:{QUIET}">{tr(_HINT)}</p>')

    def show_neighbour(
        self,
        neighbour: Neighbour,
        class_names: tuple[str, ...],
        terms: Sequence[str] = (),
    ) -> None:
        """Show the record of a similar case.

        Args:
            neighbour: The case and how near it is.
            class_names: One for each of the record's probabilities.
            terms: Names of findings that are marked in the report.
        """
        self._heading.setText(
            tr("Case {rank} · {case_id}").format(
                rank=neighbour.rank, case_id=neighbour.case.case_id
            )
        )
        nearness = tr("{similarity:.2f} (distance {distance:.4g})").format(
            similarity=neighbour.similarity, distance=neighbour.distance
        )
        rows = [(tr("Similarity"), nearness), *record_rows(neighbour.case, class_names)]
        self._show(neighbour.case, rows, terms)

    def show_case(self, case: CaseRecord) -> None:
        """Show the record of a case that is not among the similar ones, such as a pinned one."""
        self._heading.setText(tr("Case · {case_id}").format(case_id=case.case_id))
        self._show(case, record_rows(case, ()), ())

    def _show(self, case: CaseRecord, rows: list[tuple[str, str]], terms: Sequence[str]) -> None:
        report = report_html(case.report.strip(), terms)
        none, headings = escape(tr("none")), (tr("Report"), tr("Further columns"))
        above, below = (
            f'<p style="color:{QUIET}; margin-bottom:2px">{escape(one)}</p>' for one in headings
        )
        text = f'<p style="margin-top:2px">{report or none}</p>'
        self._body.setHtml(_table(rows) + above + text + below + _table(further_rows(case)))


def record_rows(case: CaseRecord, class_names: tuple[str, ...]) -> list[tuple[str, str]]:
    """What matters first of a case, as names and values; what is unknown is left out."""
    rows = [
        (tr("Findings"), ", ".join(case.findings) or tr("no label")),
        (tr("Label from"), case.findings_source or tr("unknown")),
    ]
    rows += [
        (tr("Model: {name}").format(name=name), f"{probability:.2f}")
        for name, probability in zip(class_names, case.probabilities, strict=False)
    ]
    sex = sex_words(case.sex)
    age = "" if case.age is None else tr("{age:.0f} years").format(age=case.age)
    rows += [
        (tr("Patient"), ", ".join(part for part in (sex, age) if part)),
        (tr("View"), case.view),
        (tr("Source"), case.source),
    ]
    rows += [(name.replace("_", " "), f"{value:.3g}") for name, value in case.severity.items()]
    return [(name, value) for name, value in rows if value]


def further_rows(case: CaseRecord) -> list[tuple[str, str]]:
    """The other columns of the labels table, and the file."""
    rows = [(name.replace("_", " "), value) for name, value in case.extra.items() if value]
    return [*rows, (tr("File"), case.path.name)]


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td style="color:{QUIET}; padding-right:{RHYTHM}px">{escape(name)}</td>'
        f"<td>{escape(value)}</td></tr>"
        for name, value in rows
    )
    return f'<table cellspacing="2">{cells}</table>'
