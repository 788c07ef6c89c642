"""From a spec to a radiograph: the physics of the exposure.

    PhantomSpec -> chords of soft tissue, air, bone, disease -> Beer-Lambert -> scatter
                -> quantum noise -> logarithm and tone curve -> Phantom (12 bit)

An analytic thorax after the proportions of textbooks. It looks like a chest and obeys the
same physics, but it is no model of any person: what is learned from it holds for it alone.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import affine_transform, gaussian_filter

from export_models.phantom_anatomy import (
    Body,
    Plane,
    above_diaphragm,
    airway_chord,
    body_chord,
    bubble_chord,
    make_body,
    mediastinum_chord,
    thorax_chord,
)
from export_models.phantom_devices import device_chord, letters
from export_models.phantom_lesions import consolidated_share, fluid_share
from export_models.phantom_points import Grid, interpolate, project, speckle
from export_models.phantom_skeleton import skeleton
from export_models.phantom_spec import PhantomSpec
from export_models.phantom_vessels import main_bronchi, small_bronchi, vessels

WHITE = 4095
METAL_EXCESS = 24.0
"""The same for steel and silicone with barium, averaged; for how bright lines look."""
CONSOLIDATED_DEPTH = 0.8
"""A consolidation is not as deep as the lung: share of a ray's lung that it can fill."""
LUNG_DENSITY = 0.25
BONE_EXCESS = 1.8
"""Attenuation of compact bone beyond that of the tissue it displaces, in units of water's."""


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """One synthetic radiograph and its truth.

    Attributes:
        pixels: (rows, columns) uint16 in [0, 4095]; higher is whiter, whatever the file's
            photometric interpretation will be. Read-only.
        lesion_mask: (rows, columns) bool, True where fluid or consolidation is. Read-only.
        severity: As `PhantomSpec.severity`.
        lung_boxes: {"Right Lung": (left, top, width, height), ...} in pixels.
        pixel_mm: Size of a pixel at the detector.
        spec: What decided it.
    """

    pixels: NDArray[np.uint16] = field(repr=False)
    lesion_mask: NDArray[np.bool_] = field(repr=False)
    severity: dict[str, float]
    lung_boxes: dict[str, tuple[int, int, int, int]]
    pixel_mm: float
    spec: PhantomSpec

    def __post_init__(self) -> None:
        self.pixels.setflags(write=False)
        self.lesion_mask.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Lungs:
    """What the rays meet in the pleural cavities, each (rows, columns), in mm.

    Attributes:
        air: Aerated lung.
        filled: Lung whose air a consolidation replaced.
        presence: Share in [0, 1]: how far a ray is inside aerated lung, for its vessels.
        mask: True where disease is.
    """

    air: Plane
    filled: Plane
    presence: Plane
    mask: NDArray[np.bool_]


def draw_phantom(spec: PhantomSpec, size: int = 768) -> Phantom:
    """Draw one phantom.

    Args:
        spec: What decides it. Equal specs give equal pixels.
        size: Rows, at least 64. The anatomy is the same at every size; the noise is not.

    Raises:
        ValueError: `size` is below 64.
    """
    if size < 64:
        raise ValueError(f"a phantom needs at least 64 rows, got {size}")
    body = make_body(spec)
    grid = _place(spec, body, size)
    lungs = _lungs(spec, body, grid)
    soft = _soft_tissue(spec, body, grid, lungs)
    bone = project(skeleton(spec, body), grid, 0.55) * np.float32(_bone_strength(spec))
    devices = device_chord(spec, body, grid)
    if devices is not None:
        bone += np.float32(METAL_EXCESS) * devices
    mu = _water_attenuation(spec)
    absorbed: Plane = mu * (soft + bone)
    if spec.tilt_deg:
        absorbed = _tilted(absorbed, spec.tilt_deg)
    signal = _detect(spec, grid, absorbed)
    pixels = _tone(body, grid, signal, mu)
    writing = letters(spec, grid)
    if writing is not None:
        pixels = pixels * (1 - writing) + writing
    mask = lungs.mask
    if spec.tilt_deg and mask.any():
        mask = _tilted(mask.astype(np.float32), spec.tilt_deg) > 0.5
    return Phantom(
        (pixels * WHITE + 0.5).clip(0, WHITE).astype(np.uint16),
        mask,
        spec.severity,
        lung_boxes(spec, size),
        grid.pixel_mm,
        spec,
    )


def lung_boxes(spec: PhantomSpec, size: int) -> dict[str, tuple[int, int, int, int]]:
    """Boxes of both lungs, apex to costophrenic angle, without drawing: pixels, x y w h."""
    body = make_body(spec)
    grid = _place(spec, body, size)
    boxes = {}
    for side, name in ((0, "Right Lung"), (1, "Left Lung")):
        sign = -1 if side == 0 else 1
        floor = body.domes[side] + 42.0
        inner, outer = sign * 14.0, sign * (body.half_width + 1.0)
        columns = sorted((edge - grid.left_mm) / grid.pixel_mm for edge in (inner, outer))
        left, right = (round(min(max(edge, 0.0), grid.columns)) for edge in columns)
        rows = ((edge - grid.top_mm) / grid.pixel_mm for edge in (0.0, floor))
        top, bottom = (round(min(max(edge, 0.0), grid.rows)) for edge in rows)
        boxes[name] = (left, top, right - left, bottom - top)
    return boxes


def _place(spec: PhantomSpec, body: Body, size: int) -> Grid:
    """A detector that holds the whole chest, a little off centre as in life."""
    draw = np.random.default_rng([spec.seed, 11, spec.image_number])
    tall = body.spine_length + 60.0 + draw.uniform(58, 96)
    columns = round(size * 0.98)
    pixel = tall / size
    left = -0.5 * columns * pixel + draw.normal(0, 5)
    return Grid(size, columns, pixel, left, -draw.uniform(52, 72), spec.tilt_deg)


def _lungs(spec: PhantomSpec, body: Body, grid: Grid) -> _Lungs:
    x, y = grid.axes()
    shape = (grid.rows, grid.columns)
    cavity, abdomen, fluid, solid = (np.zeros(shape, np.float32) for _ in range(4))
    mask = np.zeros(shape, np.bool_)
    middle = int((0 - grid.left_mm) / grid.pixel_mm)
    for side, part in ((0, np.s_[:, :middle]), (1, np.s_[:, middle:])):
        u = np.abs(x[part])
        whole = thorax_chord(body, u, y)
        cavity[part] = whole
        abdomen[part] = whole * (1 - above_diaphragm(body, side, u, y))
        if spec.effusions[side]:
            share = fluid_share(body, side, spec.effusions[side], u, y, whole)
            fluid[part] = share
        if spec.consolidations[side]:
            patches = consolidated_share(spec, body, side, spec.consolidations[side], u, y)
            solid[part] = patches
    # The heart lies on the diaphragm, before and above it: they hide the same depth of lung.
    lung = (cavity - np.maximum(mediastinum_chord(body, x, y), abdomen)).clip(0, None)
    fluid_chord = lung * fluid
    left = lung - fluid_chord
    if max(spec.consolidations):
        cloud = 1.0 + 0.13 * speckle([spec.seed, 41], grid, (22.0, 10.0, 5.0))
        solid = solid * (spec.consolidation_density * cloud).clip(0.1, 1.0)
        mask |= (solid > 0.4 * spec.consolidation_density) & (lung > 25.0)
    filled = np.float32(CONSOLIDATED_DEPTH) * left * solid
    mask |= (fluid_chord > 12.0) | ((fluid > 0.35) & (lung > 6.0))
    aerated = left - filled
    return _Lungs(aerated, filled, (left / 45.0).clip(0, 1), mask)


def _soft_tissue(spec: PhantomSpec, body: Body, grid: Grid, lungs: _Lungs) -> Plane:
    """Path in mm of water with the same attenuation."""
    x, y = grid.axes()
    soft = body_chord(body, x, y)
    texture = 1.0 + 0.012 * speckle([spec.seed, 12], grid, (40.0, 16.0))
    air = lungs.air * np.float32(1 - LUNG_DENSITY)
    blood = vessels(spec, body, grid) * lungs.presence * np.float32(0.85)
    fine = 1.0 - 0.018 * speckle([spec.seed, 32], grid, (5.0, 2.6, 1.5))
    soft = soft * texture - air * fine + blood - 0.8 * main_bronchi(body, grid)
    if max(spec.consolidations):  # bronchi keep their air: the air bronchogram
        share = lungs.filled / (lungs.filled + lungs.air + 1.0)
        soft -= 0.9 * small_bronchi(spec, body, grid) * share * lungs.presence
    soft -= airway_chord(body, x, y) + bubble_chord(body, x, y)
    return np.asarray(soft.clip(0, None), np.float32)


def _water_attenuation(spec: PhantomSpec) -> float:
    """Per mm, of the filtered spectrum: 0.0200 at 120 kVp, more at lower voltage."""
    return float(0.0200 * (120.0 / spec.kvp) ** 0.35)


def _bone_strength(spec: PhantomSpec) -> float:
    """Bone gains more than water at low voltage (photoelectric effect), less with age."""
    aged = 1.0 - 0.004 * max(0, spec.age - 50)
    return float(BONE_EXCESS * (120.0 / spec.kvp) ** 1.1 * aged)


def _tilted(plane: Plane, tilt_deg: float) -> Plane:
    cosine, sine = np.cos(np.radians(tilt_deg)), np.sin(np.radians(tilt_deg))
    matrix = np.array([[cosine, -sine], [sine, cosine]])
    centre = (np.array(plane.shape) - 1) / 2
    offset = centre - matrix @ centre
    turned = affine_transform(plane, matrix, offset, order=1, mode="nearest")
    return np.asarray(turned, np.float32)


def _detect(spec: PhantomSpec, grid: Grid, absorbed: Plane) -> Plane:
    """Photons that reach the detector, as a share of those sent: primary, scatter, noise."""
    primary = np.exp(-absorbed)
    scatter = 0.32 * _wide_blur(primary.clip(0, 0.25), 26.0 / grid.pixel_mm)
    expected = primary + scatter + np.float32(0.0008)
    # Thousands of photons reach a pixel, where Poisson and normal noise are the same.
    per_pixel = 60000.0 * spec.exposure * grid.pixel_mm**2
    draw = np.random.default_rng([spec.seed, 60, spec.image_number])
    noise = draw.standard_normal(expected.shape, dtype=np.float32)
    noisy = expected + noise * np.sqrt(expected / np.float32(per_pixel))
    return np.asarray(noisy.clip(1e-5, None), np.float32)


def _wide_blur(plane: Plane, sigma: float) -> Plane:
    """A Gaussian of many pixels, computed on a reduced image."""
    factor = max(1, int(sigma / 4))
    rows, columns = plane.shape
    padded = np.pad(plane, ((0, -rows % factor), (0, -columns % factor)), mode="edge")
    small = padded.reshape(padded.shape[0] // factor, factor, -1, factor).mean(axis=(1, 3))
    small = gaussian_filter(small, sigma / factor)
    row, column = ((np.arange(n, dtype=np.float32) + 0.5) / factor - 0.5 for n in (rows, columns))
    return interpolate(small, row, column)


def _tone(body: Body, grid: Grid, signal: Plane, mu: float) -> Plane:
    """Brightness in [0, 1] as a digital system shows it: logarithm, evening-out, S-curve.

    The scale is set by the body and the voltage, never by the disease, so that a white side
    stays white.
    """
    density = -np.log(signal)
    wall = body.wall + body.fat
    depth = 2 * body.half_depth + 1.5 * wall
    dark = mu * (depth - 0.70 * 2 * body.half_depth)
    bright = mu * depth
    even = _wide_blur(density, 22.0 / grid.pixel_mm)
    level = 0.78 * even + 1.12 * (density - even) + 0.22 * 0.5 * (dark + bright)
    shown = (level - dark) / (bright - dark)
    return np.asarray(1.0 / (1.0 + np.exp(-(4.4 * (shown - 0.42)))), np.float32)
