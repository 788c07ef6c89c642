"""Thin structures drawn as clouds of points: bones' shells, vessels, wires.

Each point stands for a small volume. Thrown onto the detector's grid and divided by a
pixel's area, volumes become lengths along the beam, at any resolution; where a shell is seen
edge-on, or a rib runs towards the eye, points gather and the line brightens, as it does in a
radiograph.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Plane = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Grid:
    """The detector: where its pixels lie in the patient's millimetres.

    Attributes:
        rows, columns: Of the image.
        pixel_mm: Side of a pixel.
        left_mm, top_mm: x and y of the image's left and top border.
        tilt_deg: Turn of the image about its middle.
    """

    rows: int
    columns: int
    pixel_mm: float
    left_mm: float
    top_mm: float
    tilt_deg: float = 0.0

    def axes(self) -> tuple[Plane, Plane]:
        """x as (1, columns) and y as (rows, 1), at the pixels' centres, before the tilt."""
        x = self.left_mm + self.pixel_mm * (np.arange(self.columns, dtype=np.float32) + 0.5)
        y = self.top_mm + self.pixel_mm * (np.arange(self.rows, dtype=np.float32) + 0.5)
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Points (n,) in mm, and the volume in mm³ that each stands for."""

    x: Plane
    y: Plane
    volume: Plane


def join(clouds: list[Cloud]) -> Cloud:
    """One cloud out of many."""
    return Cloud(
        np.concatenate([cloud.x for cloud in clouds]).astype(np.float32),
        np.concatenate([cloud.y for cloud in clouds]).astype(np.float32),
        np.concatenate([cloud.volume for cloud in clouds]).astype(np.float32),
    )


def project(cloud: Cloud, grid: Grid, blur_mm: float) -> Plane:
    """Length along the beam, in mm, (rows, columns); each point shared by four pixels."""
    column = (cloud.x - grid.left_mm) / grid.pixel_mm - 0.5
    row = (cloud.y - grid.top_mm) / grid.pixel_mm - 0.5
    inside = (column >= 0) & (row >= 0) & (column < grid.columns - 1) & (row < grid.rows - 1)
    column, row = column[inside], row[inside]
    volume = cloud.volume[inside] / np.float32(grid.pixel_mm**2)
    left, top = column.astype(np.int64), row.astype(np.int64)
    right_share = (column - left).astype(np.float32)
    low_share = (row - top).astype(np.float32)
    first = top * grid.columns + left
    low, high = volume * low_share, volume * (1 - low_share)
    cells = grid.rows * grid.columns
    image = np.bincount(first, high * (1 - right_share), cells)
    image += np.bincount(first + 1, high * right_share, cells)
    image += np.bincount(first + grid.columns, low * (1 - right_share), cells)
    image += np.bincount(first + grid.columns + 1, low * right_share, cells)
    plane = image.reshape(grid.rows, grid.columns).astype(np.float32)
    sigma = blur_mm / grid.pixel_mm
    if sigma < 0.3:  # sharing between four pixels has blurred more than this already
        return plane
    return np.asarray(gaussian_filter(plane, sigma, truncate=3.0), np.float32)


def tube_shell(
    path: Plane,
    radius: Plane,
    *,
    shell_mm: float | Plane,
    flatness: float = 1.0,
    around: int = 21,
    filling: float | Plane = 0.0,
) -> Cloud:
    """The wall of a tube along a path in space.

    Args:
        path: (n, 3) x, y, z in mm.
        radius: (n,) mm, in the plane of the image.
        shell_mm: Thickness of the wall, one or (n,).
        flatness: Radius towards the eye over `radius`.
        around: Points around each ring.
        filling: Share of solid inside, one or (n,).
    """
    path, radius = path.astype(np.float32), radius.astype(np.float32)
    step = np.gradient(path, axis=0)
    length = np.sqrt((step**2).sum(axis=1)) + 1e-6
    tangent = step / length[:, None]
    # One axis of the ring in the image plane, the other towards the eye.
    in_plane = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    in_plane /= np.sqrt((in_plane**2).sum(axis=1))[:, None] + 1e-6
    # Each ring is turned against the last, so that no rows of points show.
    turn = np.arange(around)[None, :] + 0.618 * np.arange(len(path))[:, None]
    turn = (turn * (2 * np.pi / around)).astype(np.float32)
    cosine, sine = np.cos(turn), np.sin(turn)
    offset = radius[:, None] * cosine
    # A ring that leans towards the eye (the path runs along z) is seen as an ellipse.
    lean = sine * (flatness * radius * tangent[:, 2])[:, None]
    flat = tangent[:, :2] / (np.sqrt((tangent[:, :2] ** 2).sum(axis=1))[:, None] + 1e-6)
    x = path[:, 0:1] + offset * in_plane[:, 0:1] - lean * flat[:, 0:1]
    y = path[:, 1:2] + offset * in_plane[:, 1:2] - lean * flat[:, 1:2]
    stretch = np.sqrt(sine * sine + np.square(flatness * cosine))
    volume = stretch * (2 * np.pi / around * radius * length * shell_mm)[:, None]
    shell = Cloud(x.ravel(), y.ravel(), volume.ravel())
    if not np.any(filling):
        return shell
    few = np.s_[:, ::3]
    share = np.sqrt((np.arange(around)[::3] * 0.618) % 0.9).astype(np.float32)[None, :]
    solid = np.pi * radius[:, None] ** 2 * flatness * (length * filling)[:, None] / share.size
    across, deep = offset[few] * share, lean[few] * share
    x = path[:, 0:1] + across * in_plane[:, 0:1] - deep * flat[:, 0:1]
    y = path[:, 1:2] + across * in_plane[:, 1:2] - deep * flat[:, 1:2]
    inside = Cloud(x.ravel(), y.ravel(), np.broadcast_to(solid, x.shape).ravel())
    return join([shell, inside])


def smooth_path(knots: list[tuple[float, float, float]], count: int) -> Plane:
    """A natural curve (count, 3) through points in space (Catmull-Rom, centripetal enough)."""
    points = np.asarray(knots, np.float64)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    position = np.linspace(0, len(points) - 1 - 1e-6, count)
    index = position.astype(int)
    t = (position - index)[:, None]
    a, b, c, d = (padded[index + k] for k in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2)
    curve += 0.5 * (-a + 3 * b - 3 * c + d) * t**3
    return np.asarray(curve, np.float32)


def speckle(seed: list[int], grid: Grid, scales_mm: tuple[float, ...]) -> Plane:
    """Smooth noise fixed to the patient, (rows, columns), mean 0, deviation about 1."""
    draw = np.random.default_rng(seed)
    x, y = grid.axes()
    total = np.zeros((grid.rows, grid.columns), np.float32)
    for scale in scales_mm:
        cells = int(480 / scale) + 4
        noise = draw.standard_normal((cells, cells), dtype=np.float32)
        total += interpolate(noise, (y[:, 0] + 90.0) / scale, (x[0] + 240.0) / scale)
    return total / np.float32(np.sqrt(len(scales_mm)) * 0.62)


def interpolate(coarse: Plane, row: Plane, column: Plane) -> Plane:
    """Values between the cells of a coarse plane, with a smooth step so no lattice shows.

    Args:
        coarse: (m, n).
        row, column: (rows,) and (columns,), in cells; outside, the nearest cell's value.
    """

    def weights(position: Plane, cells: int) -> tuple[NDArray[np.int64], Plane]:
        position = position.clip(0, cells - 1.001)
        first = position.astype(np.int64)
        t = position - first
        return first, np.asarray(t * t * (3 - 2 * t), np.float32)

    j, s = weights(column, coarse.shape[1])
    i, t = weights(row, coarse.shape[0])
    across = (coarse[:, j] * (1 - s) + coarse[:, j + 1] * s).astype(np.float32)
    return np.asarray(across[i] * (1 - t)[:, None] + across[i + 1] * t[:, None], np.float32)
