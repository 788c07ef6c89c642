"""The chart of findings and severity: the nearest cases' bar above the catalogue's."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QScrollArea, QVBoxLayout, QWidget

from viewer.results.distribution import ShareGroup
from viewer.theme import ACCENT, GROUND, LINE, QUIET, RHYTHM, TEXT
from viewer.translation import tr


class DistributionChart(QWidget):
    """Two bars a line: filled for the nearest cases, outlined for the whole catalogue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: tuple[ShareGroup, ...] = ()
        self.setAccessibleName(tr("Distribution among the nearest cases"))

    @property
    def groups(self) -> tuple[ShareGroup, ...]:
        """What is drawn."""
        return self._groups

    def show_groups(self, groups: tuple[ShareGroup, ...]) -> None:
        """Replace the chart."""
        self._groups = groups
        self.setAccessibleDescription(
            "; ".join(
                tr("{name}: {near} of the nearest, {base} of all").format(
                    name=row.name, near=_percent(row.near), base=_percent(row.base)
                )
                for group in groups
                for row in group.rows
            )
        )
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        lines = sum(2 + len(group.rows) for group in self._groups)
        return QSize(60 * RHYTHM, max(1, lines) * self._line_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line, metrics, y = self._line_height(), self.fontMetrics(), 0
        names = [row.name for group in self._groups for row in group.rows]
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
        name_width = min(widest + 2 * RHYTHM, self.width() // 3)
        number_width = metrics.horizontalAdvance("100 % · 100 %") + RHYTHM
        for group in self._groups:
            painter.setPen(QColor(TEXT))
            painter.drawText(
                QRectF(0, y, self.width(), line), Qt.AlignmentFlag.AlignLeft, group.title
            )
            y += line
            for row in group.rows:
                self._paint_text(painter, metrics, QRectF(0, y, name_width, line), row.name)
                room = QRectF(name_width, y, self.width() - name_width - number_width, line - 6)
                self._paint_bars(painter, room, row.near, row.base)
                numbers = QRectF(self.width() - number_width, y, number_width, line)
                words = f"{_percent(row.near)} · {_percent(row.base)}"
                painter.drawText(numbers, Qt.AlignmentFlag.AlignRight, words)
                y += line
            y += line
        painter.end()

    def _paint_text(
        self, painter: QPainter, metrics: QFontMetrics, box: QRectF, words: str
    ) -> None:
        painter.setPen(QColor(QUIET))
        room = int(box.width()) - RHYTHM
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, elided)

    def _paint_bars(self, painter: QPainter, room: QRectF, near: float, base: float) -> None:
        painter.fillRect(room, QColor(GROUND))
        half = room.height() / 2
        painter.fillRect(QRectF(room.left(), room.top(), near * room.width(), half), QColor(ACCENT))
        painter.setPen(QPen(QColor(QUIET)))
        painter.setBrush(QColor(LINE))
        painter.drawRect(QRectF(room.left(), room.top() + half, base * room.width(), half - 1))
        painter.setPen(QColor(TEXT))

    def _line_height(self) -> int:
        return self.fontMetrics().height() + RHYTHM


class DistributionDialog(QDialog):
    """The chart in a window of its own, which stays open beside the cases."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("The nearest cases and the catalogue"))
        legend = QLabel(tr("■ share of the nearest · □ share of the whole catalogue (base rate)"))
        legend.setProperty("quiet", True)
        self.chart = DistributionChart()
        area = QScrollArea()
        area.setWidget(self.chart)
        area.setWidgetResizable(True)
        area.setAccessibleName(tr("Distribution among the nearest cases"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(legend)
        layout.addWidget(area, 1)
        layout.addWidget(buttons)
        self.resize(64 * RHYTHM, 60 * RHYTHM)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
