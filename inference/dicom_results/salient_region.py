"""The part of a radiograph that the saliency map marks above a threshold, and its outline."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.dicom_results.content import Point, ResultContent

SMALLEST_SHARE = 5e-4
"""Specks below this share of the radiograph are left out: a saliency map at the model's few
hundred pixels leaves hundreds of them, and none is a region."""

_MOST_POINTS = 8000  # of one outline: an element of graphic data has at most 64 KB (PS3.5 7.1.2)
_TOLERANCE = 0.5  # pixels: what straight strokes may differ from the region's edge


@dataclass(frozen=True, slots=True, eq=False)
class SalientRegion:
    """Where the map is at least a threshold.

    Attributes:
        mask: (rows, columns) bool on the radiograph's grid; True inside. Read-only.
        outlines: Closed runs of points around the region and its holes; the last is the first.
        threshold: In (0, 1); the map's highest value is 1.
    """

    mask: NDArray[np.bool_] = field(repr=False)
    outlines: tuple[tuple[Point, ...], ...] = field(repr=False)
    threshold: float

    @property
    def is_empty(self) -> bool:
        """Whether nothing is above the threshold, but for specks."""
        return not self.outlines

    @property
    def words(self) -> str:
        """What the region is, for whoever sees it elsewhere."""
        return f"Where the model looked: saliency at least {self.threshold:g} of its maximum"


def salient_region(content: ResultContent) -> SalientRegion:
    """The query's salient region.

    Its edge runs along the edges of pixels, cut short at corners by half a pixel.
    """
    from skimage.morphology import remove_small_objects

    analysis = content.analysis
    assert analysis.saliency is not None
    assert analysis.model_input is not None
    values = analysis.model_input.placement.to_radiograph(analysis.saliency)
    mask = values >= content.threshold
    least = max(2, round(SMALLEST_SHARE * mask.size))
    mask = remove_small_objects(mask, max_size=least - 1, connectivity=2)
    mask.setflags(write=False)
    rows, columns = mask.shape
    outlines = []
    for found in _contours(mask):
        row, column = np.clip(found[:, 0], 0, rows), np.clip(found[:, 1], 0, columns)
        outlines.append(tuple(zip(column.tolist(), row.tolist(), strict=True)))
    return SalientRegion(mask, tuple(outlines), content.threshold)


def _contours(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Closed runs of (row, column) around all parts of a mask, told from its outer corner."""
    from skimage import measure

    found: Any = measure
    # A border of nothing, so that a region at the radiograph's edge is closed too.
    padded = np.pad(mask, 1).astype(np.float32)
    strokes = [_simplified(one) for one in found.find_contours(padded, 0.5)]
    # Pixel (i, j) lies at (i + 1, j + 1) of the padded mask, and its middle at i + 0.5.
    return [one - 0.5 for one in strokes if len(one) > 3]


def _simplified(outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """In straight strokes; of a very long outline, only every so many points are kept first.

    That bounds both the element's size and the time, which grows with the square of the points.
    """
    from skimage import measure

    simplify: Any = measure.approximate_polygon
    every = len(outline) // _MOST_POINTS + 1
    if every > 1:
        outline = np.concatenate([outline[:-1:every], outline[-1:]])
    simple: NDArray[np.float64] = simplify(outline, _TOLERANCE)
    return simple
