"""Insertion and deletion: does what a map calls important really matter to the network?

    deletion    pixels turn grey, the most salient first; the score should fall early, so the
                area under its curve should be small
    insertion   pixels appear on a blurred image, the most salient first; the area should be
                large

The score is max(0, cos) between the embeddings of the changed result and of the query, or a
class's probability.

X-MIR does not say how much it blurs. RISE's blur (11 x 11, sigma 5 on 224 pixels) leaves
radiographs as similar as they were (0.99 on phantoms, 0.75 to 0.85 on real ones), so that there
is nothing left to insert. Ours is as wide as the box of occlusion, sigma 24: 0.76 on phantoms,
0.41 to 0.71 on real ones, where two random cases are at 0.50 to 0.65.

Source: Petsiuk, Das & Saenko 2018 (RISE); Hu, Vasu & Hoogs 2021, section 3.5, equation 2.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from inference.occlusion import BOX, GREY, REFERENCE_SIZE

STEPS = 20
BLUR = float(BOX)
"""Sigma in pixels of 224; the Gaussian is cut off at twice that."""

Score = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""From images (n, channels, size, size) to scores (n,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """How the score changes, at 0, 1 / STEPS, ... 1 of the pixels.

    Attributes:
        insertion, deletion: (STEPS + 1,) scores.
    """

    insertion: NDArray[np.float64] = field(repr=False)
    deletion: NDArray[np.float64] = field(repr=False)

    @property
    def insertion_area(self) -> float:
        """Area under the insertion curve, over shares of pixels from 0 to 1."""
        return area(self.insertion)

    @property
    def deletion_area(self) -> float:
        """Area under the deletion curve."""
        return area(self.deletion)


def area(curve: NDArray[np.floating]) -> float:
    """Area under a curve whose points lie evenly between 0 and 1, by trapezoids."""
    values = np.asarray(curve, np.float64)
    return float((values[1:] + values[:-1]).mean() / 2)


def causal_curves(
    image: NDArray[np.float32], saliency: NDArray[np.floating], score: Score, *, seed: int = 0
) -> Curves:
    """Delete and insert an image's pixels in the order of a map.

    Args:
        image: (channels, size, size) float32 in [0, 1].
        saliency: (size, size); larger is more salient. Equal values go in a random order.
        score: Of changed images.
        seed: Of that random order.
    """
    order = pixel_order(saliency, seed)
    grey = np.full_like(image, GREY)
    return Curves(
        insertion=np.asarray(score(revealed(blurred(image), image, order)), np.float64),
        deletion=np.asarray(score(revealed(image, grey, order)), np.float64),
    )


def pixel_order(saliency: NDArray[np.floating], seed: int) -> NDArray[np.intp]:
    """Flat indices of the pixels, the most salient first, ties in a random order."""
    values = np.asarray(saliency, np.float64).ravel()
    ties = np.random.default_rng(seed).random(values.size)
    return np.lexsort((ties, -values))


def revealed(
    start: NDArray[np.float32], end: NDArray[np.float32], order: NDArray[np.intp]
) -> NDArray[np.float32]:
    """One image turning into another, pixel by pixel: (STEPS + 1, channels, size, size)."""
    channels = start.shape[0]
    images = np.repeat(start[None], STEPS + 1, axis=0)
    flat, target = images.reshape(STEPS + 1, channels, -1), end.reshape(channels, -1)
    for step in range(1, STEPS + 1):
        chosen = order[: round(step / STEPS * len(order))]
        flat[step][:, chosen] = target[:, chosen]
    return images


def blurred(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """The image without what is smaller than an occlusion's box; edges are mirrored."""
    sigma = BLUR * image.shape[1] / REFERENCE_SIZE
    smooth: NDArray[np.float32] = gaussian_filter(image, sigma=(0, sigma, sigma), truncate=2.0)
    return smooth.astype(np.float32)


def rectified_cosines(
    embeddings: NDArray[np.floating], query: NDArray[np.floating]
) -> NDArray[np.float64]:
    """max(0, cos) of embeddings (n, length) and one (length,); 0 where either is zero."""
    many, one = np.asarray(embeddings, np.float64), np.asarray(query, np.float64)
    lengths = np.linalg.norm(many, axis=1) * np.linalg.norm(one)
    products = many @ one
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.asarray(cosines.clip(0, 1))


def rank_correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Spearman's correlation of two maps; NaN where either is the same everywhere."""
    from scipy.stats import rankdata

    one, other = (rankdata(np.asarray(values).ravel()) for values in (a, b))
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 0 else float("nan")
