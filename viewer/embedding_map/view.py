"""The window of the map: the picture, what is pointed at, the legend, and what can be chosen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from inference.records import CaseRecord
from viewer.embedding_map.jobs import Grouping, MapContent, Scale
from viewer.embedding_map.marks import (
    COLOURS,
    QUERY_COLOUR,
    SHAPES,
    mark,
    scale_colour,
    unknown_mark,
)
from viewer.embedding_map.plot import MapPlot
from viewer.frame.elided_label import ElidedLabel
from viewer.theme import PANEL, QUIET, RHYTHM
from viewer.translation import tr
from viewer.whole_catalogue.view import CatalogueView, add_choice

_PICTURE = 224


class EmbeddingMapView(CatalogueView):
    """Shows what it is told; the controller knows the cases.

    Signals:
        method_chosen: arg: the method's name
        case_pointed_at: arg: its row; -1 for none
        case_wished: Open it as the query. arg: its row
    """

    method_chosen = Signal(str)
    case_pointed_at = Signal(int)
    case_wished = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.plot = MapPlot()
        super().__init__(self.plot, ElidedLabel(), parent)
        self.setWindowTitle(tr("Map of the catalogue — Kindred"))
        self.resize(1040, 700)
        self.colours = QComboBox()
        self._fit = QPushButton(tr("Whole map"))
        self._fit.setToolTip(tr("Show all points again (Home)"))
        self.stop_button.setToolTip(tr("Keep the places as they are now"))
        self._progress.setAccessibleName(tr("Progress of the map"))
        self._picture, self._words = QLabel(), QLabel()
        self._picture.setFixedSize(_PICTURE, _PICTURE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setStyleSheet("background: black")
        self._picture.setAccessibleName(tr("The case that is pointed at"))
        self._picture.setWordWrap(True)
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._words.setFixedHeight(9 * RHYTHM + 4)
        self._words.setAccessibleName(tr("Words on the case that is pointed at"))
        self._legend = QVBoxLayout()
        self._content: MapContent | None = None
        self._query_words = ""
        self._lay_out()
        self.methods.activated.connect(
            lambda index: self.method_chosen.emit(str(self.methods.itemData(index)))
        )
        self.colours.activated.connect(self._show_colouring)
        self._fit.clicked.connect(self.plot.fit)
        self.plot.pointed_at.connect(self.case_pointed_at)
        self.plot.chosen.connect(self.case_wished)

    @property
    def case_words(self) -> str:
        """What is said of the case that is pointed at."""
        return self._words.text()

    @property
    def picture(self) -> QPixmap:
        """Of the case that is pointed at; null where there is none."""
        return self._picture.pixmap()

    @property
    def legend_words(self) -> list[str]:
        """Every line of the legend."""
        return [one.text() for one in self._legend_box.findChildren(QLabel) if one.text()]

    def show_message(self, words: str, *, is_problem: bool = False) -> None:
        """A sentence in place of the map."""
        self._content = None
        super().show_message(words, is_problem=is_problem)
        self.colours.setEnabled(False)
        self._empty_legend()
        self.show_case(None)
        self.show_status("")

    def show_content(self, content: MapContent) -> None:
        """What will be on the map; places follow."""
        before = str(self.colours.currentText())
        self._content, self._query_words = content, ""
        with QSignalBlocker(self.colours):
            self.colours.clear()
            offered: tuple[Grouping | Scale, ...] = (*content.groupings, *content.scales)
            for one in offered:
                self.colours.addItem(one.title, one)
            self.colours.setCurrentIndex(max(0, self.colours.findText(before)))
        self.colours.setEnabled(True)
        self.plot.show_query(None)
        self.plot.fit()
        self._show_colouring()

    def show_places(self, places: NDArray[np.float64]) -> None:
        """Where the cases are now."""
        self.plot.show_places(places)

    def show_query(self, place: tuple[float, float] | None, words: str) -> None:
        """Mark the query, and say how it was placed."""
        self.plot.show_query(place)
        if words != self._query_words:
            self._query_words = words
            self._show_legend()

    def show_case(self, case: CaseRecord | None) -> None:
        """Words on the case that is pointed at; its picture follows."""
        self._picture.clear()
        if case is None:
            self._picture.setText("")
            self._words.setText(tr("Point at a case, or walk with the arrow keys."))
            self._words.setStyleSheet(f"color: {QUIET}")
            return
        findings = ", ".join(case.findings) or tr("no label")
        source = f" ({case.findings_source})" if case.findings_source else ""
        person = " · ".join(
            part
            for part in (case.sex, f"{case.age:g}" if case.age is not None else "", case.view)
            if part
        )
        severity = ", ".join(
            f"{name.replace('_', ' ')} {value:.1f}" for name, value in case.severity.items()
        )
        lines = (case.case_id, findings + source, person, severity)
        words = "\n".join(line for line in lines if line)
        self._words.setStyleSheet("")
        self._words.setText(words)
        self.plot.setAccessibleDescription(words.replace("\n", ", "))

    def show_picture(self, picture: QImage | None, problem: str) -> None:
        """The case that is pointed at."""
        if picture is None:
            self._picture.setText(problem)
        else:
            self._picture.setPixmap(QPixmap.fromImage(picture))

    # Building

    @Slot()
    def _show_colouring(self) -> None:
        one = self.colours.currentData()
        if self._content is None or one is None:
            return
        grouping = one if isinstance(one, Grouping) else self._content.groupings[0]
        self.plot.show_colouring(one, grouping.starred)
        self._show_legend()

    def _empty_legend(self) -> None:
        while (item := self._legend.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()

    def _show_legend(self) -> None:
        self._empty_legend()
        one = self.colours.currentData()
        if self._content is None or one is None:
            return
        if isinstance(one, Grouping):
            counts = [int((one.group == index).sum()) for index in range(len(one.names))]
            for index, (name, count) in enumerate(zip(one.names, counts, strict=True)):
                picture = mark(SHAPES[index % len(SHAPES)], COLOURS[index % len(COLOURS)], 13)
                self._add_line(picture, f"{name} ({count:,})")
            unknown = int((one.group < 0).sum())
            stars = tr("nearest to the middle of its group")
        else:
            assert isinstance(one, Scale)
            low, high = one.ends
            self._add_line(_ramp(), f"{low:g} – {high:g}", wide=True)
            unknown = int(np.isnan(one.values).sum())
            stars = tr("nearest to the middle of its class")
        if unknown:
            self._add_line(unknown_mark(13), tr("not known ({n})").format(n=f"{unknown:,}"))
        self._add_line(mark("star", "#00000000", 18), stars)
        if self._query_words:
            self._add_line(mark("query", QUERY_COLOUR, 18), self._query_words)
        self._add_line(
            None,
            tr("t-SNE: cases beside each other are similar. Distances between groups, and their "
               "size, mean nothing."),
            quiet=True,
        )  # fmt: skip

    def _add_line(
        self, picture: QPixmap | None, words: str, *, quiet: bool = False, wide: bool = False
    ) -> None:
        line = QWidget()
        layout = QHBoxLayout(line)
        layout.setContentsMargins(0, 0, 0, 0)
        if picture is not None:
            label = QLabel()
            label.setPixmap(picture)
            label.setFixedWidth(90 if wide else 20)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        text = QLabel(words)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        text.setProperty("quiet", quiet)
        layout.addWidget(text, 1)
        self._legend.addWidget(line)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        add_choice(top, tr("method"), self.methods, tr("Whose embeddings are mapped"))
        add_choice(top, tr("colour by"), self.colours, tr("What the points are coloured by"))
        for combo in (self.methods, self.colours):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        top.addStretch(1)
        top.addWidget(self._fit)
        side = QVBoxLayout()
        side.addWidget(self._picture)
        side.addWidget(self._words)
        self._legend_box = QWidget()
        self._legend_box.setStyleSheet(f"background: {PANEL}")
        self._legend.setSpacing(RHYTHM // 2)
        box = QVBoxLayout(self._legend_box)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(self._legend)
        box.addStretch(1)
        area = QScrollArea()
        area.setWidget(self._legend_box)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFixedWidth(_PICTURE)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(tr("Legend"))
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        side.addWidget(area, 1)
        for button in (self._fit, self.stop_button):
            button.setAutoDefault(False)  # Enter is the map's
        layout = QGridLayout(self)
        layout.addLayout(top, 0, 0, 1, 2)
        layout.addWidget(self.plot, 1, 0)
        layout.addLayout(side, 1, 1)
        layout.addLayout(self._bottom, 2, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        layout.setRowStretch(1, 1)


def _ramp() -> QPixmap:
    """Low to high."""
    pixmap = QPixmap(86, 12)
    painter = QPainter(pixmap)
    ramp = QLinearGradient(0, 0, 86, 0)
    for step in range(9):
        ramp.setColorAt(step / 8, QColor(scale_colour(step / 8)))
    painter.fillRect(pixmap.rect(), ramp)
    painter.end()
    return pixmap
