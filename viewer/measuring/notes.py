"""Notes: an arrow, from its tail to what it points at, and a text."""

from inference.records import Radiograph
from viewer.measuring.mark import Kind, Mark


def _nothing(mark: Mark, radiograph: Radiograph) -> tuple[str, ...]:
    return ()


def _text(mark: Mark, radiograph: Radiograph) -> tuple[str, ...]:
    return (mark.text,)


ARROW = Kind("arrow", 2, _nothing, lines=((0, 1),), has_head=True)
TEXT = Kind("text", 1, _text, has_text=True)
