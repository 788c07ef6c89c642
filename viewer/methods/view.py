"""The query by every method: one row each, framed by whether labels agree.

A window of its own, so that the case on screen stays as it is. Rows and pictures appear as
they come; nothing that is there moves.
"""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from inference.method_comparison import (
    TOP,
    LabelAgreement,
    MethodComparison,
    MethodRow,
    label_agreement,
)
from inference.model_bundle import BundleManifest
from inference.records import Neighbour, Radiograph
from viewer.export.sheet_brush import brightness_image, fitted
from viewer.frame.elided_label import ElidedLabel
from viewer.inference_words import filter_words
from viewer.methods.jobs import QUERY, CasePicture
from viewer.methods.words import FRAMES, figures_words
from viewer.theme import CAUTION, QUIET, RHYTHM
from viewer.translation import tr

_FRAME = 4  # pixels


class PictureCell(QWidget):
    """One radiograph in its true shape, within a frame that tells agreement."""

    def __init__(self, name: str, smallest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setMinimumSize(smallest, smallest)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._radiograph: Radiograph | None = None
        self._picture = QImage()
        self._words = ""
        self._agreement: LabelAgreement | None = None

    @property
    def radiograph(self) -> Radiograph | None:
        """What is shown, or None."""
        return self._radiograph

    @property
    def agreement(self) -> LabelAgreement | None:
        """What the frame tells; None where there is none."""
        return self._agreement

    def show_words(self, words: str) -> None:
        """A few words in place of a radiograph."""
        self._radiograph, self._words = None, words
        self.update()

    def show_radiograph(self, radiograph: Radiograph) -> None:
        """A small radiograph."""
        self._radiograph, self._picture = radiograph, brightness_image(radiograph)
        self.update()

    def set_agreement(self, agreement: LabelAgreement | None) -> None:
        """Draw the frame that belongs to it."""
        self._agreement = agreement
        self.setAccessibleDescription(tr(FRAMES[agreement].words) if agreement else "")
        self.update()

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def heightForWidth(self, width: int) -> int:
        """Square, however wide the window is."""
        return width

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)
        painter.fillRect(area, QColor("black"))
        if self._radiograph is not None:
            painter.drawImage(fitted(area, self._radiograph), self._picture)
        elif self._words:
            painter.setPen(QColor(QUIET))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, int(flags), self._words)
        if self._agreement is not None:
            frame, half = FRAMES[self._agreement], _FRAME / 2
            pen = QPen(QColor(frame.colour), _FRAME, frame.line, Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))
        painter.end()


class _CaseCell(QWidget):
    """A picture and its two lines."""

    def __init__(self, name: str, smallest: int) -> None:
        super().__init__()
        self.picture = PictureCell(name, smallest)
        self.agreement, self.findings = ElidedLabel(" "), ElidedLabel(" ")
        self.findings.setStyleSheet(f"color: {QUIET}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.picture, 1)
        layout.addWidget(self.agreement)
        layout.addWidget(self.findings)

    def show_neighbour(self, neighbour: Neighbour, agreement: LabelAgreement) -> None:
        frame, case = FRAMES[agreement], neighbour.case
        self.picture.show_words(tr("Reading…"))
        self.picture.set_agreement(agreement)
        self.agreement.setStyleSheet(f"color: {frame.colour}")
        self.agreement.setText(f"{tr(frame.words)} · {neighbour.rank} · {neighbour.similarity:.2f}")
        words = (", ".join(case.findings) or tr("no label"), case.findings_source)
        self.findings.setText(" · ".join(part for part in words if part))


class MethodsView(QDialog):
    """The rows, the query beside them, and what can be done.

    Signals:
        export_wished: Save the comparison as a picture.
        method_chosen: Use a method in the main window. arg: its name
        stop_wished: Stop comparing; what is there stays.
        closed: The window was closed.
    """

    export_wished = Signal()
    method_chosen = Signal(str)
    stop_wished = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Methods — Kindred"))
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.resize(1120, 720)
        self._query = PictureCell(tr("Query radiograph"), 240)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._status = ElidedLabel()
        self._export = QPushButton(tr("Export"))
        self._export.setToolTip(tr("Save the comparison of methods as a picture, without identity"))
        self._stop = QPushButton(tr("Stop"))
        self._cells: list[tuple[str | None, _CaseCell]] = []
        self._headings: list[str] = []
        self._pictures: dict[str, CasePicture] = {}
        self._shown = 0
        self._lay_out()
        self._export.clicked.connect(self.export_wished)
        self._stop.clicked.connect(self.stop_wished)
        self.finished.connect(self.closed)
        self.start("")

    # What the controller says

    @property
    def headings(self) -> tuple[str, ...]:
        """The line above each row."""
        return tuple(self._headings)

    @property
    def status(self) -> str:
        """The line at the bottom."""
        return self._status.text()

    @property
    def label_words(self) -> str:
        """The query's label, as shown."""
        return self._label.text()

    @property
    def export_button(self) -> QPushButton:
        """Enabled where there is something to export."""
        return self._export

    def cells(self, row: int) -> list[PictureCell]:
        """The pictures of one row, from 0."""
        return [cell.picture for _, cell in self._cells[row * TOP : (row + 1) * TOP]]

    def start(self, name: str) -> None:
        """Begin anew with a query of this name."""
        self.setWindowTitle(
            tr("Methods — {name} — Kindred").format(name=name) if name else tr("Methods — Kindred")
        )
        self._shown = 0
        self._cells, self._headings, self._pictures = [], [], {}
        self._inner = QWidget()
        self._rows = QVBoxLayout(self._inner)
        self._rows.setContentsMargins(0, 0, RHYTHM, 0)
        self._rows.setSpacing(RHYTHM)
        self._rows.addStretch(1)
        self._scroll.setWidget(self._inner)
        self._query.show_words(tr("Reading…"))
        self._label.setText("")
        self._export.setEnabled(False)
        self.show_activity(tr("Comparing methods…"), is_busy=True)

    def show_comparison(self, comparison: MethodComparison, manifest: BundleManifest) -> None:
        """Add the rows that are new."""
        if self._shown == 0:
            label = ", ".join(comparison.query_label)
            unknown = tr("The query's label is not known here, so no case agrees or differs.")
            self._label.setText(tr("Label: {label}").format(label=label) if label else unknown)
        for row in comparison.rows[self._shown :]:
            self._add_row(row, comparison, manifest)
        self._shown = len(comparison.rows)
        self._export.setEnabled(True)
        missing = ", ".join(comparison.not_indexed)
        note = (
            tr(" · not in this catalogue's index: {missing}").format(missing=missing)
            if missing
            else ""
        )
        if comparison.only.count:
            note += " · " + tr("filter: only {what}").format(what=filter_words(comparison.only))
        if comparison.is_final:
            self.show_activity(
                tr("{count} methods{note}").format(count=len(comparison.rows), note=note),
                is_busy=False,
            )
        else:
            words = tr("Comparing methods: {count} of {total}{note}").format(
                count=len(comparison.rows), total=comparison.total, note=note
            )
            self.show_activity(words, is_busy=True)

    def show_picture(self, picture: CasePicture) -> None:
        """Put a picture wherever its case is."""
        self._pictures[picture.case_id] = picture
        if picture.case_id == QUERY:
            self._fill(self._query, picture)
        for case_id, cell in self._cells:
            if case_id == picture.case_id:
                self._fill(cell.picture, picture)

    def show_activity(self, words: str, *, is_busy: bool, is_problem: bool = False) -> None:
        """What is being done, or was."""
        self._status.setText(f"▲ {words}" if is_problem else words)
        self._status.setStyleSheet(f"color: {CAUTION if is_problem else QUIET}")
        self._stop.setVisible(is_busy)

    # Building

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        heading = QLabel(tr("Query"))
        left.addWidget(heading)
        left.addWidget(self._query)
        left.addWidget(self._label)
        left.addStretch(1)
        keys = QGridLayout()
        for row, frame in enumerate(FRAMES.values()):
            words = QLabel(tr(frame.words))
            words.setStyleSheet(f"color: {frame.colour}")
            spoken = QLabel(tr(frame.spoken))
            spoken.setProperty("quiet", True)
            keys.addWidget(words, row, 0)
            keys.addWidget(spoken, row, 1)
        left.addLayout(keys)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName(tr("Similar cases by method"))
        body = QHBoxLayout()
        body.addLayout(left, 2)
        body.addWidget(self._scroll, 5)
        foot = QHBoxLayout()
        foot.addWidget(self._status, 1)
        foot.addWidget(self._stop)
        foot.addWidget(self._export)
        for button in (self._stop, self._export):
            button.setAutoDefault(False)  # Enter is for the button with the focus alone
        layout = QVBoxLayout(self)
        layout.addLayout(body, 1)
        layout.addLayout(foot)

    def _add_row(
        self, row: MethodRow, comparison: MethodComparison, manifest: BundleManifest
    ) -> None:
        words = f"{row.title} ({row.method}) · {figures_words(row.figures)}"
        heading = ElidedLabel(words)
        use = QPushButton(tr("Use"))
        use.setAutoDefault(False)
        use.setToolTip(
            tr("Measure similarity by {title} in the main window").format(title=row.title)
        )
        use.setAccessibleName(tr("Use {title}").format(title=row.title))
        use.clicked.connect(lambda: self.method_chosen.emit(row.method))
        top = QHBoxLayout()
        top.addWidget(heading, 1)
        top.addWidget(use)
        panes = QHBoxLayout()
        panes.setSpacing(RHYTHM)
        for place in range(TOP):
            cell = _CaseCell(
                tr("{title}, case {number}").format(title=row.title, number=place + 1), 168
            )
            panes.addWidget(cell, 1)
            if place >= len(row.neighbours):
                no_more = tr("No further case passes the filter")
                words = no_more if comparison.only.count else tr("No further case")
                cell.picture.show_words(words)
                self._cells.append((None, cell))
                continue
            neighbour = row.neighbours[place]
            agreement = label_agreement(comparison.query_label, neighbour.case, manifest)
            cell.show_neighbour(neighbour, agreement)
            self._cells.append((neighbour.case.case_id, cell))
            known = self._pictures.get(neighbour.case.case_id)
            if known is not None:
                self._fill(cell.picture, known)
        self._headings.append(words)
        box = QWidget()
        whole = QVBoxLayout(box)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(RHYTHM // 2)
        whole.addLayout(top)
        whole.addLayout(panes)
        self._rows.insertWidget(self._rows.count() - 1, box)

    @staticmethod
    def _fill(cell: PictureCell, picture: CasePicture) -> None:
        if picture.radiograph is None:
            cell.show_words(picture.problem)
        else:
            cell.show_radiograph(picture.radiograph)
