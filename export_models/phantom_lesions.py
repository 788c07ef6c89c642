"""The disease of a phantom: where fluid stands in the pleura, and which lung is consolidated.

Both grow with their severity at every single pixel: more volume or extent never takes any
fluid or any consolidation away.
"""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from export_models.phantom_anatomy import Body, Plane, lateral_wall, thorax_chord
from export_models.phantom_spec import PhantomSpec

CELLS = 96


def fluid_share(body: Body, side: int, volume: float, u: Plane, y: Plane, chord: Plane) -> Plane:
    """Share in [0, 1] of the pleural chord that is fluid, in an erect patient.

    Args:
        body: The patient.
        side: 0 for the patient's right.
        volume: In [0, 1].
        u, y: |x| as (1, columns) and y as (rows, 1), in mm.
        chord: (rows, columns), the thorax chord in mm.

    The lung floats in the fluid and is wrapped by it, so the fluid reaches highest where
    the ray runs along the lateral wall: the meniscus, concave upwards.
    """
    floor = body.floor[side] + 4.0
    level = floor - (floor - 22.0) * volume**0.72
    climb = 46.0 * min(1.0, volume / 0.22) ** 0.8 * (1.0 - 0.45 * volume)
    gap = (lateral_wall(body, y) - u).clip(0, None)
    lateral = np.exp(-gap / 24.0)
    medial = 0.30 * np.exp(-(u - 30.0).clip(0, None) / 16.0)
    edge = level - climb * (lateral + medial)
    # Over the lateral wall the ray meets little else than fluid, so the edge is crisp.
    softness = 7.0 + 32.0 * (chord / (2 * body.half_depth))
    depth = ((y - edge) / softness).clip(0, 1)
    return np.asarray(depth * (1.35 - 0.35 * depth) ** 1.0, np.float32).clip(0, 1)


def consolidated_share(
    spec: PhantomSpec, body: Body, side: int, extent: float, u: Plane, y: Plane
) -> Plane:
    """Share in [0, 1] of the lung that is consolidated, before its density; cloudy.

    Args:
        spec: Its seed decides where.
        body: The patient.
        side: 0 for the patient's right.
        extent: Share of the lung's area, in [0, 1].
        u, y: |x| as (1, columns) and y as (rows, 1), in mm.
    """
    height = body.domes[side] + 40.0
    across = (np.arange(CELLS, dtype=np.float32)[None, :] + 0.5) / CELLS * body.half_width
    down = (np.arange(CELLS, dtype=np.float32)[:, None] + 0.5) / CELLS * height
    inside = (thorax_chord(body, across, down) > 45.0) & (down < body.domes[side]) & (across > 28)
    stretch = height / body.half_width
    field = _cloud_field(np.random.default_rng([spec.seed, 40 + side]), stretch)
    bar = float(np.quantile(field[inside], 1.0 - extent))
    share = ((field - bar) / 1.7 + 0.38).clip(0, 1)
    share = share * share * (3 - 2 * share)
    row = np.broadcast_to(y / height * CELLS - 0.5, (y.shape[0], u.shape[1]))
    column = np.broadcast_to(u / body.half_width * CELLS - 0.5, row.shape)
    return np.asarray(
        map_coordinates(share, [row, column], order=1, mode="nearest", output=np.float32)
    )


def _cloud_field(draw: np.random.Generator, stretch: float) -> Plane:
    """One to three foci, mostly low, broken up by noise of several sizes; (CELLS, CELLS).

    Args:
        draw: Where they lie.
        stretch: Height over width of a cell, so that clouds are as wide as they are high.
    """
    row, column = np.mgrid[0:CELLS, 0:CELLS].astype(np.float32) / CELLS
    foci = np.zeros((CELLS, CELLS), np.float32)
    for index in range(int(draw.integers(1, 4))):
        centre = (draw.uniform(0.28, 0.85), draw.uniform(0.36, 0.80))
        size = draw.uniform(0.15, 0.26)
        down, across = (row - centre[0]) * stretch / size, (column - centre[1]) / size
        bump = np.exp(-0.5 * (down**2 + across**2))
        foci = np.maximum(foci, (1.0 if index == 0 else 0.8) * bump)
    field = 2.6 * foci
    for sigma, strength in ((11.0, 0.42), (5.5, 0.28), (2.8, 0.14)):
        noise = draw.standard_normal((CELLS, CELLS))
        noise = gaussian_filter(noise, (sigma / stretch, sigma), mode="wrap")
        field += (strength * noise / noise.std()).astype(np.float32)
    return np.asarray(field, np.float32)
