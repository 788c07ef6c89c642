"""What can be measured and marked: the one list that tools, painter and file share.

Each kind is a small module of its own.
"""

from viewer.measuring.angle import ANGLE
from viewer.measuring.ellipse import ELLIPSE
from viewer.measuring.length import LENGTH
from viewer.measuring.mark import Kind
from viewer.measuring.notes import ARROW, TEXT
from viewer.measuring.ratio import RATIO

KINDS: dict[str, Kind] = {one.name: one for one in (LENGTH, ANGLE, RATIO, ELLIPSE, ARROW, TEXT)}
"""Every kind by name, in the order of the menu."""
