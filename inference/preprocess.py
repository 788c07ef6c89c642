"""From a radiograph to what the networks take, and back.

    Radiograph -> brightness -> (crop to the lungs) -> intensity -> resize -> ModelInput
    saliency map -> Placement.to_radiograph -> the radiograph's own grid

Training, indexing and the viewer all come through here, so that a model never sees pixels
prepared in another way than those it was trained on. The window a user drags plays no part.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.model_bundle import InputSpec
from inference.radiograph_io import display_brightness
from inference.records import Radiograph

LungFinder = Callable[[NDArray[np.float32]], "Box"]
"""Takes (1, 1, size, size) brightness in [0, 1]; returns the box in shares of the sides."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in shares of the radiograph's sides: left, top, right, bottom in [0, 1]."""

    left: float
    top: float
    right: float
    bottom: float

    def widened(self, margin: float) -> "Box":
        """The box with `margin` of its own sides added on each side, kept in the radiograph."""
        across, down = (self.right - self.left) * margin, (self.bottom - self.top) * margin
        return Box(
            max(0.0, self.left - across),
            max(0.0, self.top - down),
            min(1.0, self.right + across),
            min(1.0, self.bottom + down),
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the model input lies on the radiograph.

    Attributes:
        rows, columns: Of the radiograph.
        top, left, height, width: The cropped part, in pixels of the radiograph.
    """

    rows: int
    columns: int
    top: int
    left: int
    height: int
    width: int

    def to_radiograph(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put a map of the model's input back on the radiograph's grid.

        Args:
            values: (height, width) of any resolution, over the model input.

        Returns:
            (rows, columns) float32: bilinear inside the cropped part, 0 outside it.
        """
        whole = np.zeros((self.rows, self.columns), np.float32)
        inside = np.asarray(
            Image.fromarray(np.ascontiguousarray(values, np.float32)).resize(
                (self.width, self.height), Image.Resampling.BILINEAR
            )
        )
        whole[self.top : self.top + self.height, self.left : self.left + self.width] = inside
        return whole


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """What the graphs take, and where it came from.

    Attributes:
        tensor: (1, channels, size, size) float32 in [0, 1]. Read-only.
        placement: Where it lies on the radiograph.
        warnings: Sentences for the user, such as a constant image.
    """

    tensor: NDArray[np.float32] = field(repr=False)
    placement: Placement
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.tensor.setflags(write=False)


def prepare(
    radiograph: Radiograph, spec: InputSpec, find_lungs: LungFinder | None = None
) -> ModelInput:
    """Turn a radiograph into a model's input.

    Args:
        radiograph: As read; colour becomes grey where the bundle asks for grey, and grey is
            repeated where it asks for colour.
        spec: The bundle's input.
        find_lungs: Needed where `spec.lung_finder_size` is set.

    Raises:
        ValueError: The bundle crops to the lungs and no lung finder was given.
    """
    brightness = display_brightness(radiograph)
    channels = _with_channels(brightness, spec.channels)
    rows, columns = radiograph.shape
    placement = Placement(rows, columns, 0, 0, rows, columns)
    if spec.lung_finder_size is not None:
        if find_lungs is None:
            raise ValueError("this bundle crops to the lungs: a lung finder is needed")
        box = find_lungs(lung_finder_input(brightness, spec.lung_finder_size))
        placement = _placed(box.widened(spec.crop_margin), rows, columns)
    cropped = [
        plane[
            placement.top : placement.top + placement.height,
            placement.left : placement.left + placement.width,
        ]
        for plane in channels
    ]
    resized = np.stack([resize(plane, spec.size) for plane in cropped])
    warnings: tuple[str, ...] = ()
    if float(resized.max() - resized.min()) < 1e-4:
        warnings = ("The image is constant: there is nothing to compare.",)
    if spec.intensity == "percentile":
        resized = stretch(resized)
    return ModelInput(resized[None], placement, warnings)


def lung_finder_input(brightness: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The whole radiograph as the lung finder takes it: (1, 1, size, size) in [0, 1]."""
    return stretch(resize(_with_channels(brightness, 1)[0], size)[None])[None]


def resize(plane: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Resize one plane to (size, size) float32, antialiased; the sides are scaled apart.

    The pixels are those of Pillow's bilinear `resize` to 1e-6, in a fifth of its time: rows are
    added up before columns, so that the large plane is read once, along its lines.
    """
    lines = _merged(np.asarray(plane, np.float32), size)
    return np.ascontiguousarray(_merged(lines.T, size).T).clip(0.0, 1.0)


def _merged(plane: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """(rows, columns) -> (count, columns): each new row is a weighted mean of old ones."""
    merged = np.empty((count, plane.shape[1]), np.float32)
    for new, (first, weights) in enumerate(_triangles(plane.shape[0], count)):
        np.dot(weights, plane[first : first + len(weights)], out=merged[new])
    return merged


@lru_cache(maxsize=32)
def _triangles(old: int, new: int) -> tuple[tuple[int, NDArray[np.float32]], ...]:
    """For each of `new` samples the first of `old` ones that it is made of, and their weights.

    A triangle over the old samples, which reaches one new sample to either side; where there are
    fewer old ones than new, one old sample.
    """
    scale = old / new
    reach = max(scale, 1.0)
    centres = (np.arange(new) + 0.5) * scale
    firsts = np.maximum((centres - reach + 0.5).astype(int), 0)
    ends = np.minimum((centres + reach + 0.5).astype(int), old)
    at = firsts[:, None] + np.arange((ends - firsts).max())
    weights = np.maximum(1.0 - np.abs(at + 0.5 - centres[:, None]) / reach, 0.0)
    weights *= at < ends[:, None]
    weights /= weights.sum(axis=1, keepdims=True)
    rows = weights.astype(np.float32)
    lengths = ends - firsts
    return tuple((int(firsts[index]), rows[index, : lengths[index]]) for index in range(new))


def stretch(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretch brightness so that the 1st and 99th percentile become 0 and 1.

    Args:
        planes: (channels, rows, columns) in [0, 1]; stretched together, so that colours keep
            their hue. Constant planes are returned as they are.
    """
    low, high = np.percentile(planes, (1, 99))
    if high - low < 1e-4:
        return planes
    stretched: NDArray[np.float32] = ((planes - low) / (high - low)).clip(0.0, 1.0)
    return stretched.astype(np.float32)


def _with_channels(brightness: NDArray[np.float32], channels: int) -> list[NDArray[np.float32]]:
    if brightness.ndim == 3 and channels == 3:
        return [brightness[..., channel] for channel in range(3)]
    grey = brightness
    if brightness.ndim == 3:  # ITU-R BT.601 luma, as Pillow's "L"
        grey = (brightness @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float32)
    return [grey] * channels


def _placed(box: Box, rows: int, columns: int) -> Placement:
    left, right = round(box.left * columns), round(box.right * columns)
    top, bottom = round(box.top * rows), round(box.bottom * rows)
    # A box smaller than a third of a side is no pair of lungs: use the whole side.
    if right - left < columns / 3:
        left, right = 0, columns
    if bottom - top < rows / 3:
        top, bottom = 0, rows
    return Placement(rows, columns, top, left, bottom - top, right - left)
