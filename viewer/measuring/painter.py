"""Draws marks over a radiograph, in a pane and on an exported sheet alike."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QTransform

from inference.records import Radiograph
from viewer.measuring.kinds import KINDS
from viewer.measuring.mark import Kind, Mark
from viewer.theme import ACCENT, CAUTION, TEXT


def mark_path(kind: Kind, points: Sequence[QPointF]) -> QPainterPath:
    """The outline of a mark whose points were placed, perhaps not all of them yet."""
    path = QPainterPath()
    if kind.is_ellipse and len(points) > 1:
        path.addEllipse(QRectF(points[0], points[1]).normalized())
    for start, end in kind.lines:
        if end < len(points):
            path.moveTo(points[start])
            path.lineTo(points[end])
    return path


def shown_points(mark: Mark, transform: QTransform) -> list[QPointF]:
    """The points of a mark where they are seen."""
    return [transform.map(QPointF(*point)) for point in mark.points]


def paint_mark(
    painter: QPainter,
    mark: Mark,
    words: Sequence[str],
    transform: QTransform,
    area: QRectF,
    taken: list[QRectF],
    *,
    is_active: bool = False,
) -> None:
    """Draw one mark with its words, which stay within an area and clear of other words.

    Args:
        painter: With the font of the words.
        mark: Perhaps with fewer points than its kind has, while it is made.
        words: Lines to print beside it.
        transform: From pixels of the radiograph to the painter's.
        area: That the words must not leave.
        taken: Where other words are; these are added.
        is_active: Whether it is being made or moved: its points have handles.
    """
    kind, points = KINDS[mark.kind], shown_points(mark, transform)
    unit = QFontMetricsF(painter.font()).height() / 16
    path = mark_path(kind, points)
    if kind.has_head and len(points) == 2:
        _add_head(path, points[0], points[1], 10 * unit)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, colour in ((4.0, "#000000"), (1.6, CAUTION if is_active else ACCENT)):
        pen = QPen(QColor(colour), width * unit)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPath(path)
        for point in points if is_active or not path.elementCount() else ():
            painter.drawEllipse(point, 4 * unit, 4 * unit)
    if words and points:
        _paint_words(painter, points[-1], 8 * unit, words, area, taken)
    painter.restore()


def paint_marks(
    painter: QPainter,
    marks: Sequence[Mark],
    radiograph: Radiograph,
    transform: QTransform,
    area: QRectF,
) -> None:
    """Draw all marks of a radiograph."""
    taken: list[QRectF] = []
    for mark in marks:
        words = KINDS[mark.kind].words(mark, radiograph)
        paint_mark(painter, mark, words, transform, area, taken)


def _add_head(path: QPainterPath, tail: QPointF, tip: QPointF, length: float) -> None:
    back = math.atan2(tail.y() - tip.y(), tail.x() - tip.x())
    for side in (-0.45, 0.45):
        path.moveTo(tip)
        across, down = length * math.cos(back + side), length * math.sin(back + side)
        path.lineTo(tip.x() + across, tip.y() + down)


def _paint_words(
    painter: QPainter,
    point: QPointF,
    gap: float,
    words: Sequence[str],
    area: QRectF,
    taken: list[QRectF],
) -> None:
    """On a dark plate, readable on black, on white and on the overlay."""
    metrics = QFontMetricsF(painter.font())
    room = area.width() - metrics.averageCharWidth()
    lines = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in words]
    width = max(metrics.horizontalAdvance(line) for line in lines) + metrics.averageCharWidth()
    plate = QRectF(0, 0, width, len(lines) * metrics.height())
    beside = [
        QPointF(x, y)
        for y in (point.y() + gap, point.y() - gap - plate.height())
        for x in (point.x() + gap, point.x() - gap - width)
    ]
    places = [_within(plate.translated(corner), area) for corner in beside]
    free = [place for place in places if not any(place.intersects(one) for one in taken)]
    plate = (free or places)[0]
    taken.append(plate)
    painter.fillRect(plate, QColor(0, 0, 0, 176))
    painter.setPen(QColor(TEXT))
    inner = plate.adjusted(metrics.averageCharWidth() / 2, 0, 0, 0)
    painter.drawText(inner, int(Qt.AlignmentFlag.AlignLeft), "\n".join(lines))


def _within(plate: QRectF, area: QRectF) -> QRectF:
    """Moved so that nothing is cut; where it is too large, its beginning is seen."""
    moved = QRectF(plate)
    moved.moveRight(min(moved.right(), area.right()))
    moved.moveBottom(min(moved.bottom(), area.bottom()))
    moved.moveLeft(max(moved.left(), area.left()))
    moved.moveTop(max(moved.top(), area.top()))
    return moved
