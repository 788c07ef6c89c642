"""Cardiothoracic ratio: the heart's greatest width over that of the thorax.

Two lines are drawn, first across the heart, then across the thorax within the ribs. The ratio
needs no spacing; it means what it is known for on an upright PA view alone, which is said where
the file states another one.

Source:
    C. S. Danzer, The cardiothoracic ratio, Am J Med Sci 157 (1919).
"""

from inference.records import Radiograph
from viewer.measuring.length import distance, source_line, unit
from viewer.measuring.mark import Kind, Mark, Point
from viewer.translation import tr


def ratio(radiograph: Radiograph, points: tuple[Point, ...]) -> float | None:
    """Heart (points 1 and 2) over thorax (points 3 and 4); None where the latter is nothing."""
    thorax = distance(radiograph, points[2], points[3])
    return distance(radiograph, points[0], points[1]) / thorax if thorax else None


def _words(mark: Mark, radiograph: Radiograph) -> tuple[str, ...]:
    value = ratio(radiograph, mark.points)
    if value is None:
        return (tr("CTR –"),)
    heart = distance(radiograph, *mark.points[:2])
    thorax = distance(radiograph, *mark.points[2:])
    lines = [
        tr("CTR {value:.2f} = {heart:.1f} / {thorax:.1f} {unit}").format(
            value=value, heart=heart, thorax=thorax, unit=unit(radiograph)
        )
    ]
    if value > 1:
        lines.append(tr("▲ more than 1: first the heart, then the thorax"))
    view = radiograph.header.view_position
    if view and view != "PA":
        lines.append(tr("▲ {view} view: the ratio is defined on PA").format(view=view))
    return *lines, source_line(radiograph)


RATIO = Kind("ratio", 4, _words, lines=((0, 1), (2, 3)))
