"""What the model says, how far to trust it, and what the similar cases say about it."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from viewer.frame.elided_label import ElidedLabel
from viewer.problem_words import problem_words
from viewer.theme import ACCENT, CAUTION, GROUND, LINE, PANEL, QUIET, RHYTHM, TEXT
from viewer.translation import tr

_SHOWN_ROWS = 4
_WIDEST_NAME = 26 * RHYTHM


@dataclass(frozen=True, slots=True)
class Finding:
    """One class and what the model makes of it.

    Attributes:
        name: As shown.
        probability: In [0, 1].
        threshold: From where on the case counts as positive, or None where that is not how
            this class is decided.
    """

    name: str
    probability: float
    threshold: float | None = None


class ProbabilityBar(QWidget):
    """A bar from 0 to 1 with a mark at the threshold; hatched where it means little."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: float | None = None
        self._threshold: float | None = None
        self._is_doubtful = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(10 * RHYTHM, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * RHYTHM, self.fontMetrics().height())

    def show_value(
        self, value: float | None, threshold: float | None, *, is_doubtful: bool = False
    ) -> None:
        """Draw a probability, or an empty bar for None."""
        self._value, self._threshold, self._is_doubtful = value, threshold, is_doubtful
        self.setToolTip(
            ""
            if threshold is None
            else tr("The mark is the threshold, {threshold:.2f}").format(threshold=threshold)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(0.5, 3.5, -0.5, -3.5)
        painter.setPen(QPen(QColor(LINE)))
        painter.setBrush(QColor(GROUND))
        painter.drawRect(area)
        if self._value is not None:
            filled = QRectF(area)
            filled.setWidth(area.width() * self._value)
            painter.setPen(Qt.PenStyle.NoPen)
            pattern = (
                Qt.BrushStyle.BDiagPattern if self._is_doubtful else Qt.BrushStyle.SolidPattern
            )
            painter.setBrush(QBrush(QColor(CAUTION if self._is_doubtful else ACCENT), pattern))
            painter.drawRect(filled)
        if self._threshold is not None:
            painter.setPen(QPen(QColor(TEXT), 2))
            x = round(area.left() + area.width() * self._threshold)
            painter.drawLine(x, self.rect().top() + 1, x, self.rect().bottom() - 1)
        painter.end()


class FindingsPanel(QFrame):
    """Keeps the height it has with all lines filled, so that results arrive in place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findings")
        self.setAccessibleName(tr("Findings"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._rows: list[tuple[ElidedLabel, QLabel, ProbabilityBar]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(RHYTHM)
        self._grid.setVerticalSpacing(RHYTHM // 2)
        self._trust = QLabel()
        self._trust.setTextFormat(Qt.TextFormat.PlainText)
        self._warning = ElidedLabel()
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._summary.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._origin = ElidedLabel()
        for label, colour in (
            (self._trust, QUIET),
            (self._summary, TEXT),
            (self._origin, QUIET),
            (self._warning, CAUTION),
        ):
            label.setStyleSheet(f"color: {colour}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(RHYTHM, RHYTHM // 2, RHYTHM, RHYTHM // 2)
        layout.setSpacing(RHYTHM // 2)
        layout.addLayout(self._grid)
        for widget in (self._summary, self._origin, self._warning):
            layout.addWidget(widget)
        self._is_doubtful = False
        self.set_classes(("",))
        self.clear()

    @property
    def summary(self) -> str:
        """What is said of the nearest cases."""
        return self._summary.text()

    @property
    def warning(self) -> str:
        """The warning shown, with its shape and word; "" where there is none."""
        return self._warning.text().strip()

    @property
    def origin(self) -> str:
        """What is said of the query's own label and of cases left out."""
        return self._origin.text().strip()

    @property
    def trust(self) -> str:
        """How well the model was measured to do."""
        return self._trust.text().strip()

    @property
    def is_doubtful(self) -> bool:
        """Whether the model was not made for this radiograph."""
        return self._is_doubtful

    def probability_words(self) -> tuple[str, ...]:
        """The numbers as they can be read, such as "0.87"."""
        return tuple(number.text() for _, number, _ in self._rows)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Have a row for each class, before its probability is known."""
        for row in self._rows:
            for widget in row:
                widget.setParent(None)  # gone at once; deletion waits for the event loop
                widget.deleteLater()
        self._rows = []
        for index, name in enumerate(names[:_SHOWN_ROWS]):
            label, number, bar = ElidedLabel(), QLabel(), ProbabilityBar()
            label.setText(name or " ")
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            number.setFixedWidth(number.fontMetrics().horizontalAdvance("0.000"))
            self._grid.addWidget(label, index, 0)
            self._grid.addWidget(number, index, 1)
            self._grid.addWidget(bar, index, 2)
            # Measured where it is, in the font it has there: the name is read before the bar.
            label.ensurePolished()
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            label.setMinimumWidth(min(label.sizeHint().width() + RHYTHM, _WIDEST_NAME))
            self._rows.append((label, number, bar))
        self._grid.addWidget(self._trust, 0, 3)
        self._grid.setColumnStretch(2, 1)

    @Slot()
    def clear(self) -> None:
        """Nothing is known: a new radiograph is being read."""
        for _, number, bar in self._rows:
            number.setText("–")
            bar.show_value(None, None)
        self.show_trust("")
        self.show_neighbourhood("", "")
        self.show_warnings(())

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show the probabilities, as they are; the most probable first where not all fit."""
        if len(findings) > _SHOWN_ROWS:
            findings = tuple(sorted(findings, key=lambda one: -one.probability))[:_SHOWN_ROWS]
        if tuple(label.text() for label, _, _ in self._rows) != tuple(f.name for f in findings):
            self.set_classes(tuple(finding.name for finding in findings))
        for (_, number, bar), finding in zip(self._rows, findings, strict=True):
            number.setText(f"{finding.probability:.2f}")
            bar.show_value(finding.probability, finding.threshold, is_doubtful=self._is_doubtful)
            bar.setAccessibleName(tr("Probability of {name}").format(name=finding.name))
            bar.setAccessibleDescription(f"{finding.probability:.2f}")

    def show_trust(self, text: str) -> None:
        """Say how well the model was measured to do."""
        self._trust.setText(text or " ")

    def show_neighbourhood(self, summary: str, origin: str) -> None:
        """Say what the nearest cases are, and where the query's own label comes from."""
        self._summary.setText(summary)
        self._origin.setText(origin or " ")

    def show_warnings(self, warnings: tuple[str, ...], *, is_doubtful: bool = False) -> None:
        """Show the first warning; all of them are in the tool tip.

        Args:
            warnings: Sentences.
            is_doubtful: The model was not made for this radiograph: the panel says so with
                a frame, a shape and words, and the bars are hatched.
        """
        self._is_doubtful = is_doubtful
        warnings = tuple(problem_words(one) for one in warnings)
        if not warnings:
            self._warning.setText(" ")
        else:
            more = (
                tr(" (and {number} more)").format(number=len(warnings) - 1)
                if len(warnings) > 1
                else ""
            )
            head = tr("Model not made for this image. ") if is_doubtful else ""
            self._warning.setText(f"▲ {head}{warnings[0]}{more}")
            self._warning.setToolTip("\n".join(warnings))
        edge = CAUTION if is_doubtful else PANEL
        self.setStyleSheet(f"QFrame#findings {{ background: {PANEL}; border: 2px solid {edge} }}")
