"""How cases look on the map: each group its own shape and colour, severity a colour of its own.

The colours are told apart with any kind of colour vision, and shapes do without them.

Source: Okabe & Ito 2008, "Color universal design", lightened where the ground is dark.
"""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from viewer.pane.colour_maps import colour_table
from viewer.theme import GROUND, TEXT

SHAPES = ("circle", "triangle", "square", "diamond", "pentagon", "cross", "dart", "bar")
COLOURS = (
    "#56b4e9", "#e69f00", "#33b38c", "#f0e442", "#d98cb3", "#e8743b", "#b9a7f0", "#c9c9c9",
)  # fmt: skip
UNKNOWN = "#7d858f"
QUERY_COLOUR = TEXT
LEVELS = 32
"""Steps in which severity is coloured."""

_LOWEST = 0.22  # of viridis; below it is as dark as the ground


def scale_colour(share: float) -> str:
    """Of a share in [0, 1] of a scale."""
    table = colour_table("viridis")
    red, green, blue = table[round(255 * (_LOWEST + (1 - _LOWEST) * share))][:3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def mark(shape: str, colour: str, side: float, ratio: float = 1.0) -> QPixmap:
    """One mark.

    Args:
        shape: One of `SHAPES`, "star", "ring" or "query".
        colour: Its own.
        side: Of the square it fits, in pixels that do not depend on the screen.
        ratio: Device pixels to one of these.
    """
    pixmap = QPixmap(QSize(round(side * ratio), round(side * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle, radius = QPointF(side / 2, side / 2), side / 2 - 1
    painter.setPen(QPen(QColor(GROUND), 1))
    painter.setBrush(QColor(colour))
    if shape == "ring":
        painter.setPen(QPen(QColor(colour), max(1.2, side / 8)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, radius - 1, radius - 1)
    elif shape == "query":
        painter.setPen(QPen(QColor(colour), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle, radius * 0.45, radius * 0.45)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            way = QPointF(dx, dy)
            painter.drawLine(middle + way * 0.45 * radius, middle + way * radius)
    elif shape == "circle":
        painter.drawEllipse(middle, radius * 0.9, radius * 0.9)
    elif shape == "square":
        painter.drawRect(QRectF(middle.x() - radius * 0.8, middle.y() - radius * 0.8,
                                radius * 1.6, radius * 1.6))  # fmt: skip
    elif shape == "cross":
        for colour_, width in ((GROUND, side / 2.6), (colour, side / 4.5)):
            painter.setPen(QPen(QColor(colour_), width))
            for sign in (1, -1):
                reach = QPointF(radius * 0.75, sign * radius * 0.75)
                painter.drawLine(middle - reach, middle + reach)
    elif shape == "bar":
        painter.drawRect(QRectF(middle.x() - radius, middle.y() - radius * 0.4,
                                radius * 2, radius * 0.8))  # fmt: skip
    else:
        if shape == "star":
            painter.setPen(QPen(QColor(TEXT), max(1.0, side / 14)))
        painter.drawPolygon(_polygon(shape, middle, radius))
    painter.end()
    return pixmap


def _polygon(shape: str, middle: QPointF, radius: float) -> QPolygonF:
    corners, turn, inner = {
        "triangle": (3, 0.0, 0.0), "diamond": (4, 0.0, 0.0), "pentagon": (5, 0.0, 0.0),
        "dart": (3, np.pi, 0.0), "star": (5, 0.0, 0.45),
    }[shape]  # fmt: skip
    points = []
    count = 2 * corners if inner else corners
    for index in range(count):
        angle = turn + 2 * np.pi * index / count
        reach = radius * (inner if inner and index % 2 else 1)
        points.append(middle + QPointF(reach * np.sin(angle), -reach * np.cos(angle)))
    return QPolygonF(points)


def unknown_mark(side: float, ratio: float = 1.0) -> QPixmap:
    """Of a case of which nothing is known: small and hollow."""
    return mark("ring", UNKNOWN, side * 0.7, ratio)
