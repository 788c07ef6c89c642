"""The overlay's colours: perceptually even, safe for the colour-blind, clear at zero.

A map here goes from dark to light at an even rate, so that equal steps of relevance look
equal, and its opacity rises with relevance, so that anatomy stays visible where there is
none.

Source:
    Anchors read off matplotlib's inferno, viridis and cividis tables (S. van der Walt and
    N. Smith, CC0; cividis: Nunez et al. 2018, doi:10.1371/journal.pone.0199239) at ninths.
"""

import numpy as np
from numpy.typing import NDArray

_ANCHORS: dict[str, tuple[str, ...]] = {
    "inferno": (
        "#000004", "#1b0c41", "#4a0c6b", "#781c6d", "#a52c60",
        "#cf4446", "#ed6925", "#fb9b06", "#f7d13d", "#fcffa4",
    ),
    "viridis": (
        "#440154", "#482878", "#3e4989", "#31688e", "#26828e",
        "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
    ),
    "cividis": (
        "#00224e", "#123570", "#3b496c", "#575d6d", "#707173",
        "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
    ),
}  # fmt: skip

COLOUR_MAPS = tuple(_ANCHORS)

FULL_OPACITY_FROM = 0.35
"""Relevance from which the overlay is as opaque as the user asks for."""


def colour_table(name: str) -> NDArray[np.uint8]:
    """A colour map as a table.

    Args:
        name: One of `COLOUR_MAPS`.

    Returns:
        (256, 4) uint8 red, green, blue, alpha, not premultiplied; row 0 is transparent.

    Raises:
        ValueError: There is no such map.
    """
    if name not in _ANCHORS:
        raise ValueError(f"no colour map {name!r}; there are {', '.join(COLOUR_MAPS)}")
    anchors = np.array(
        [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in _ANCHORS[name]], float
    )
    relevance = np.linspace(0.0, 1.0, 256)
    positions = np.linspace(0.0, 1.0, len(anchors))
    table = np.empty((256, 4), np.uint8)
    for channel in range(3):
        table[:, channel] = np.rint(np.interp(relevance, positions, anchors[:, channel]))
    table[:, 3] = np.rint(255 * np.clip(relevance / FULL_OPACITY_FROM, 0.0, 1.0))
    return table


def without_grid(saliency: NDArray[np.float32]) -> NDArray[np.float32]:
    """A saliency map for the eye, without the grid that the networks' strides leave in it.

    The stem and the max pool halve the radiograph once each, so relevance comes back with a
    pattern that repeats every four pixels. Two running means over four pixels take out just
    that, and are a triangle of seven pixels otherwise. Retrieval uses the map as it is.

    Args:
        saliency: (rows, columns) in [0, 1].

    Returns:
        The same shape; its maximum is that of `saliency`, so that colours keep their meaning.
    """
    weights = np.array([1, 2, 3, 4, 3, 2, 1], np.float32) / 16
    smooth = saliency
    for axis in (0, 1):
        width = [(3, 3) if one == axis else (0, 0) for one in (0, 1)]
        padded = np.pad(smooth, width, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, 7, axis)
        smooth = (windows @ weights).astype(np.float32)
    highest = float(smooth.max())
    if highest <= 0:
        return saliency
    return (smooth * (float(saliency.max()) / highest)).astype(np.float32)


def colourise(saliency: NDArray[np.float32], name: str) -> NDArray[np.uint8]:
    """Colour a saliency map.

    Args:
        saliency: (rows, columns) in [0, 1].
        name: One of `COLOUR_MAPS`.

    Returns:
        (rows, columns, 4) uint8 red, green, blue, alpha, not premultiplied.
    """
    steps = np.nan_to_num(saliency).clip(0.0, 1.0) * 255
    coloured: NDArray[np.uint8] = colour_table(name)[np.rint(steps).astype(np.uint8)]
    return coloured
