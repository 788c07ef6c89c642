"""Occlusion: what a similarity loses when a grey box hides a part of the radiograph.

A box of 24 x 24 pixels (of 224; scaled to the bundle's input) moves over the model input at a
stride of 5. For each place the embedding is computed again, whatever the method: for methods
that see the saliency map, the *radiograph* is hidden and the saliency map is computed anew.
The crop to the lungs and the stretch of its brightness stay those of the whole radiograph.
The rise of the distance to the other image is how much the hidden part mattered; where
hiding brings the two nearer, it counts as 0. A pixel's value is the mean over all boxes that
hide it.

The places are visited coarse to fine, every 16th of a side's, then every 8th, 4th, 2nd and
all, and no place twice: what is seen first is a rough map of the whole radiograph.

Source: Dong, Collins & Hoogs 2019; Hu, Vasu & Hoogs 2021, section 3.4 (box and stride).
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inference.embedding_runs import embed, method_spec
from inference.neighbour_index import distances_between
from inference.onnx_session import BundleSession

BOX = 24
STRIDE = 5
REFERENCE_SIZE = 224
GREY = 0.5
_STEPS = (16, 8, 4, 2, 1)
_BATCH = {"CPU": 4, "CUDA": 32}  # on a CPU a batch gains nothing, and delays cancelling

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Windows:
    """Where the box goes on a square input.

    Attributes:
        size: Height and width of the input.
        box: Height and width of the box.
        starts: First row (and column) of each place; the last box ends at the border.
    """

    size: int
    box: int
    starts: tuple[int, ...]

    @staticmethod
    def of(size: int) -> "Windows":
        """The windows of X-MIR, scaled to an input of this size."""
        box = max(1, round(BOX * size / REFERENCE_SIZE))
        stride = max(1, round(STRIDE * size / REFERENCE_SIZE))
        starts = [*range(0, size - box + 1, stride)]
        if starts[-1] != size - box:
            starts.append(size - box)
        return Windows(size, box, tuple(starts))

    def level(self, step: int) -> tuple[int, ...]:
        """Every `step`-th start, and the last."""
        return tuple(sorted({*self.starts[::step], self.starts[-1]}))


@dataclass(frozen=True, slots=True, eq=False)
class OcclusionStep:
    """How far an occlusion is.

    Attributes:
        map: (size, size) float32, at least 0: mean rise of the distance under all boxes that
            hid a pixel, as sharp as is known.
        done, total: Boxes.
        is_final: Whether the map is that of the finest level.
    """

    map: NDArray[np.float32] = field(repr=False)
    done: int
    total: int
    is_final: bool


def occlusion(
    session: BundleSession,
    image: NDArray[np.float32],
    embedding: NDArray[np.float32],
    other: NDArray[np.float32],
    method: str,
    *,
    finest_step: int = 1,
) -> Generator[OcclusionStep, None, None]:
    """Explain a similarity by hiding parts of one image.

    Args:
        session: An opened bundle.
        image: (channels, size, size) float32 in [0, 1], of which parts are hidden.
        embedding: (length,) its embedding.
        other: (length,) the other image's embedding.
        method: Whose similarity.
        finest_step: Where to stop refining: 1 for a stride of 5, 2 for 10, 4 for 20.

    Yields:
        A step after each batch of boxes; the last is final.

    Raises:
        InferenceError: As `embed`.
    """
    distance = method_spec(session, method).distance
    before = float(distances_between(embedding[None], other, distance)[0])
    windows = Windows.of(image.shape[1])
    steps = [step for step in _STEPS if step > finest_step] + [finest_step]
    total = len(windows.level(finest_step)) ** 2
    rises: dict[Place, float] = {}
    shown = np.zeros((windows.size, windows.size), np.float32)
    batch = _BATCH[session.provider]
    for place, step in enumerate(steps):
        starts = windows.level(step)
        waiting = [(top, left) for top in starts for left in starts if (top, left) not in rises]
        for begin in range(0, len(waiting), batch):
            chunk = waiting[begin : begin + batch]
            embeddings, _ = embed(session, hidden(image, chunk, windows.box), method)
            after = distances_between(embeddings, other, distance)
            rises |= zip(chunk, np.maximum(after - before, 0.0).tolist(), strict=True)
            is_whole = begin + batch >= len(waiting)
            if is_whole or place == 0:  # the first level is drawn while it grows
                shown = painted(rises, windows, starts)
            yield OcclusionStep(shown, len(rises), total, is_whole and step == finest_step)


def hidden(image: NDArray[np.float32], places: Sequence[Place], box: int) -> NDArray[np.float32]:
    """The image once for each place, (n, channels, size, size), with a grey box there."""
    copies = np.repeat(image[None], len(places), axis=0)
    for copy, (top, left) in zip(copies, places, strict=True):
        copy[:, top : top + box, left : left + box] = GREY
    return copies


def painted(
    rises: dict[Place, float], windows: Windows, starts: Sequence[int]
) -> NDArray[np.float32]:
    """Mean over the boxes on each pixel, of those that begin at `starts`.

    Coarse levels leave gaps between boxes: there, boxes are drawn as wide as their stride.
    """
    gap = max((b - a for a, b in pairwise(starts)), default=0)
    margin = max(0, -(-(gap - windows.box) // 2))
    sums = np.zeros((windows.size, windows.size))
    counts = np.zeros((windows.size, windows.size))
    for top in starts:
        for left in starts:
            if (top, left) in rises:
                rows = slice(max(0, top - margin), top + windows.box + margin)
                columns = slice(max(0, left - margin), left + windows.box + margin)
                sums[rows, columns] += rises[top, left]
                counts[rows, columns] += 1
    return (sums / np.maximum(counts, 1)).astype(np.float32)
