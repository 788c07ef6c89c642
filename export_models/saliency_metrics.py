"""Whether a saliency map lies on the disease, where somebody outlined it.

A share means nothing alone: the mask's area is what a map without any knowledge reaches, and
a blob in the middle, or the lungs painted evenly, reaches more. So each figure stands beside
those of the three controls.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export_models.intervals import auroc

LungBoxes = Mapping[str, tuple[float, float, float, float]]

GAUSSIAN_SIGMA = 0.25  # of each side: most lungs lie within one sigma of the middle


@dataclass(frozen=True, slots=True)
class Localisation:
    """How well one map finds one mask.

    Attributes:
        mass: Share of the map's sum that lies inside the mask.
        pointing: 1 if the map's maximum is inside, 0 if not; a share where several tie.
        pixel_auroc: AUROC of the pixels, the map as score and the mask as truth.
    """

    mass: float
    pointing: float
    pixel_auroc: float


def localise(saliency: NDArray[np.floating], mask: NDArray[np.bool_]) -> Localisation:
    """Compare a map with a mask.

    Args:
        saliency: (rows, columns), at least 0. A map that is 0 everywhere prefers no place,
            and scores what a uniform one does.
        mask: (rows, columns), True where the disease was outlined.

    Raises:
        ValueError: Shapes differ, the map has a negative or non-finite number, or the mask
            is empty or everything, where there is nothing to find.
    """
    if saliency.shape != mask.shape:
        raise ValueError(f"saliency is {saliency.shape} and the mask {mask.shape}")
    if not (np.isfinite(saliency).all() and (saliency >= 0).all()):
        raise ValueError("saliency must be finite and not negative")
    if mask.all() or not mask.any():
        raise ValueError("the mask must have an inside and an outside")
    values = np.asarray(saliency, float)
    total = values.sum()
    if total == 0:
        values, total = np.ones_like(values), float(values.size)
    return Localisation(
        mass=float(values[mask].sum() / total),
        pointing=float(mask[values == values.max()].mean()),
        pixel_auroc=auroc(values.ravel(), mask.ravel()),
    )


def controls(shape: tuple[int, int], lung_boxes: LungBoxes) -> dict[str, NDArray[np.float64]]:
    """The maps a saliency map has to beat.

    Args:
        shape: Rows and columns.
        lung_boxes: By lung, (left, top, width, height) in pixels.

    Returns:
        "uniform", whose share inside is the mask's area; "centred_gaussian"; and, where
        there are boxes, "uniform_lungs".
    """
    maps = {"uniform": np.ones(shape), "centred_gaussian": centred_gaussian(shape)}
    if lung_boxes:
        maps["uniform_lungs"] = uniform_lungs(shape, lung_boxes)
    return maps


def centred_gaussian(shape: tuple[int, int]) -> NDArray[np.float64]:
    """A Gaussian in the middle, as wide as the sides are long; 1 at its top."""
    down, across = (
        np.exp(-0.5 * (((np.arange(side) + 0.5) / side - 0.5) / GAUSSIAN_SIGMA) ** 2)
        for side in shape
    )
    return np.outer(down, across)


def uniform_lungs(shape: tuple[int, int], lung_boxes: LungBoxes) -> NDArray[np.float64]:
    """1 inside the lungs' boxes and 0 elsewhere."""
    lungs = np.zeros(shape)
    for left, top, width, height in lung_boxes.values():
        rows = slice(max(0, round(top)), max(0, round(top + height)))
        lungs[rows, max(0, round(left)) : max(0, round(left + width))] = 1
    return lungs
