"""The soft parts of a phantom's chest, as lengths along the beam.

Each function gives, for every pixel, how many millimetres of something the ray passes. The
coordinates are millimetres in the patient: x to the patient's left (the image's right), 0 on
the midline; y down, 0 at the apices; z to the front. Bodies are round, so their chords fall
to zero as square roots: that is what makes the borders of heart and diaphragm sharp.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from export_models.phantom_spec import PhantomSpec

Plane = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Body:
    """Proportions of one patient, in mm unless said otherwise.

    Attributes:
        half_width: Of the inner rib cage at its widest.
        half_depth: Of the inner rib cage, front to back.
        spine_length: From the apices to where a deep breath puts the right dome.
        wall, fat: Thickness of muscle and of fat around the rib cage.
        domes: y of the tops of the right and left diaphragm.
        heart_scale: Relative to a healthy adult's.
        arch_x, arch_radius: Of the aortic knob.
        shift: Of the mediastinum, to the patient's left: large effusions push it.
        sine: Of the rotation about the long axis; x moves by z times it.
        breast: Thickness; 0 for men.
        bubble: Half-axes of the stomach's gas.
    """

    half_width: float
    half_depth: float
    spine_length: float
    wall: float
    fat: float
    domes: tuple[float, float]
    heart_scale: float
    arch_x: float
    arch_radius: float
    shift: float
    sine: float
    breast: float
    bubble: tuple[float, float]

    @property
    def floor(self) -> tuple[float, float]:
        """y of the lowest points of the right and left pleura, behind the domes."""
        return self.domes[0] + 60.0, self.domes[1] + 58.0


def make_body(spec: PhantomSpec) -> Body:
    """Draw the proportions; those that do not depend on position are fixed by the seed."""
    draw = np.random.default_rng([spec.seed, 10])
    size = (1.0 if spec.sex == "M" else 0.93) * draw.normal(1.0, 0.03)
    spine_length = 238.0 * size * draw.normal(1.0, 0.03)
    shallow = 1.0 - spec.inspiration
    right = spine_length - 38.0 * shallow - draw.uniform(0, 6)
    is_ap = spec.view == "AP"
    fat = 13.0 + 10.0 * spec.habitus + 9.0 * max(0.0, spec.habitus) ** 2
    fluid_right, fluid_left = (max(0.0, volume - 0.45) for volume in spec.effusions)
    return Body(
        half_width=131.0 * size * (1.0 - 0.03 * shallow) * draw.normal(1.0, 0.025),
        half_depth=84.0 * size * (1.0 + 0.05 * spec.habitus),
        spine_length=spine_length,
        wall=(17.0 if spec.sex == "M" else 13.0) * size,
        fat=fat,
        domes=(right, right + draw.uniform(7, 17)),
        heart_scale=draw.normal(1.0, 0.06) * size * (1.12 if is_ap else 1.0) * (1 + 0.08 * shallow),
        arch_x=20.0 + draw.uniform(0, 6) + spec.age * 0.05,
        arch_radius=15.0 + spec.age * 0.08,
        shift=26.0 * (fluid_right - fluid_left),
        sine=float(np.sin(np.radians(spec.rotation_deg))),
        breast=(18.0 + 14.0 * draw.random() + 12.0 * spec.habitus) if spec.sex == "F" else 0.0,
        bubble=(draw.uniform(11, 25), draw.uniform(9, 18)),
    )


def lateral_wall(body: Body, y: Plane) -> Plane:
    """Distance of the lung's outer border from the midline at height y: a quarter ellipse."""
    apex, reach = 0.37 * body.half_width, 0.86 * body.spine_length
    rise = 1.0 - (1.0 - (y / reach).clip(0, 1)) ** 2
    taper = 1.0 - 0.035 * ((y - reach) / 80.0).clip(0, 2)
    return np.asarray((apex + (body.half_width - apex) * np.sqrt(rise)) * taper, np.float32)


def thorax_chord(body: Body, u: Plane, y: Plane) -> Plane:
    """Length inside one pleural cavity, had it neither heart nor diaphragm; u = |x|."""
    outer = lateral_wall(body, y)
    apex = 0.37 * body.half_width
    inner = apex * (1.0 - np.sqrt(1.0 - (1.0 - (y / 85.0).clip(0, 1)) ** 2))
    middle = 0.5 * (outer + inner)
    lateral = 1.0 - (u / outer) ** 2
    medial = 1.0 - ((middle - u).clip(0, None) / (middle - inner + 1e-3)) ** 2
    # Towards the apex the lung is a cupola: its own ellipse about its own middle.
    cupola = 1.0 - ((u - middle) / (outer - middle + 1e-3)) ** 2
    weight = (1.0 - y / 60.0).clip(0, 1)
    profile = ((1.0 - weight) * lateral + weight * cupola.clip(0, 1)) * medial.clip(0, 1)
    depth = 2.0 * body.half_depth * np.sqrt(1.0 - (1.0 - (y / 170.0).clip(0, 1)) ** 2)
    inside = (y > 0) & (u < outer)
    return np.asarray(np.where(inside, depth * np.sqrt(profile.clip(0, 1)), 0.0), np.float32)


def dome_height(body: Body, side: int, u: Plane) -> Plane:
    """y of the diaphragm's crest over u = |x|; side 0 is the patient's right."""
    centre = 0.50 * body.half_width
    lateral = ((u - centre) / (body.half_width - centre)).clip(0, 1.15)
    medial = ((centre - u) / centre).clip(0, 1)
    fall = 43.0 * lateral**2 * (0.55 + 0.45 * lateral) + (9.0 + 3 * side) * medial**2
    return np.asarray(body.domes[side] + fall, np.float32)


def above_diaphragm(body: Body, side: int, u: Plane, y: Plane) -> Plane:
    """Share in [0, 1] of the thorax chord that lies above the diaphragm.

    Behind the crest the lung reaches down to `Body.floor`, so it fades, and does not end.
    """
    crest = dome_height(body, side, u)
    below = ((y - crest) / (body.floor[side] - crest).clip(6, None)).clip(0, 1)
    return np.asarray(1.0 - np.sqrt(np.sqrt(below) * np.sqrt(np.sqrt(below))), np.float32)


def mediastinum_chord(body: Body, x: Plane, y: Plane) -> Plane:
    """Length inside heart, great vessels and the tissue before the spine."""
    x = x - body.shift
    front, back = 35.0 * body.sine, -45.0 * body.sine
    k, floor_y = body.heart_scale, body.domes[1]
    low = floor_y - 43.0 * k
    hilum = 0.47 * floor_y
    parts = [
        # cx, cy, half-axes, angle in degrees, chord
        (28 * k + front, low + 2, 60 * k, 43 * k, 38.0, 124 * k),  # left ventricle
        (-9 * k + front, low - 6, 34 * k, 50 * k, 6.0, 108 * k),  # right atrium
        (10 + front, low - 44 * k, 37 * k, 44 * k, 24.0, 92 * k),  # atria and outflow
        (-15 + front, hilum - 4, 18, 40, -6.0, 62),  # ascending aorta and vena cava
        (body.arch_x + back * 0.2, hilum - 32, body.arch_radius, body.arch_radius, 0, 66),
        (22 + front * 0.5, hilum + 4, 19, 27, -8.0, 66),  # pulmonary trunk
        (-19 + front, floor_y - 22, 12, 26, 0.0, 46),  # inferior vena cava
    ]
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    for cx, cy, long, short, angle, chord in parts:
        _add_ellipse(total, x - cx, y - cy, (long, short), angle, chord)
    # The column of tissue before the spine, wider where the great vessels leave the chest.
    flare = np.exp(-(((y - hilum + 45) / 48.0) ** 2)) * 9.0
    half = 22.0 + flare + (12.0 * ((20.0 - y) / 60.0).clip(0, 1))
    column = 150.0 * (1.0 - ((x - 1.0 - back * 0.3) / half) ** 2).clip(0, 1) ** 0.8
    total += np.square(np.square(column))
    descending = x - (17.0 + back) - 4.0 * np.exp(-((y / floor_y - 0.5) ** 2) / 0.08)
    aorta = 52.0 * (1.0 - (descending / 15.0) ** 2).clip(0, 1) * (y > hilum - 30)
    total += np.square(np.square(aorta))
    return np.sqrt(np.sqrt(total))


def _add_ellipse(
    total: Plane, dx: Plane, dy: Plane, half: tuple[float, float], angle: float, chord: float
) -> None:
    """Add a body's chord to the fourth power: the fourth root of the sum joins smoothly."""
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    reach = max(half) + 1
    rows = np.flatnonzero(np.abs(dy[:, 0]) < reach)
    columns = np.flatnonzero(np.abs(dx[0]) < reach)
    if not (len(rows) and len(columns)):
        return
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    a, b = dx[:, part[1]], dy[part[0]]
    q = ((cosine * a + sine * b) / half[0]) ** 2 + ((cosine * b - sine * a) / half[1]) ** 2
    total[part] += np.square(chord * chord * (1.0 - q).clip(0, None)).astype(np.float32)


def body_chord(body: Body, x: Plane, y: Plane) -> Plane:
    """Length inside the whole body, lungs included: torso, neck, shoulders, upper arms."""
    wall = body.wall + body.fat
    reach = body.half_width + wall
    half = reach * (1.0 - 0.05 * ((90.0 - y) / 90.0).clip(0, 1)) + 10.0 * ((y - 200) / 90).clip(
        0, 2
    )
    depth = 2.0 * (body.half_depth + 0.75 * wall)
    top = np.sqrt(((y + 58.0) / 110.0).clip(0, 1))
    across = (1.0 - (np.abs(x) / half) ** 3).clip(0, 1)
    total = np.square(np.square(depth * top * np.sqrt(across)))
    neck = 52.0 + 0.6 * body.fat
    column = np.square(2.2 * neck) * (1.0 - (x / neck) ** 2).clip(0, 1)
    total = total + np.square(column) * np.square(((60.0 - y) / 60.0).clip(0, 1))
    girth = 42.0 + 0.5 * body.fat
    u = np.abs(x)
    shoulder = reach + 38.0
    total = total + _capsule(u, y, (30.0, -62.0), (shoulder - 15, 22.0), girth * 0.9)
    total = total + _capsule(u, y, (reach * 0.72, 40.0), (shoulder, 38.0), girth * 1.05)
    total = total + _capsule(u, y, (shoulder, 38.0), (shoulder + 52.0, 230.0), girth * 1.15)
    chord = np.sqrt(np.sqrt(total))
    if body.breast:
        chord = chord + _breast(body, x, y)
    return np.asarray(chord, np.float32)


def _capsule(
    u: Plane, y: Plane, start: tuple[float, float], end: tuple[float, float], radius: float
) -> Plane:
    """Fourth power of the chord through a round limb between two points."""
    along = (end[0] - start[0], end[1] - start[1])
    length2 = along[0] ** 2 + along[1] ** 2
    du, dy = u - start[0], y - start[1]
    t = ((du * along[0] + dy * along[1]) / length2).clip(0, 1)
    squared = (du - t * along[0]) ** 2 + (dy - t * along[1]) ** 2
    return np.asarray(np.square(4.0 * (radius * radius - squared).clip(0, None)), np.float32)


def _breast(body: Body, x: Plane, y: Plane) -> Plane:
    """Fades above and ends in a soft curve below, as a hanging breast does."""
    across = (np.abs(x - 70 * body.sine) - 0.60 * body.half_width) / (0.47 * body.half_width)
    down = (y - 0.83 * body.spine_length) / (0.5 * body.half_width)
    down = np.where(down < 0, down * 0.62, down)
    q = 1.0 - across**2 - down**2
    return np.asarray(body.breast * np.sqrt(q.clip(0, 1)), np.float32)


def airway_chord(body: Body, x: Plane, y: Plane) -> Plane:
    """Air in the trachea; the main bronchi are drawn with the bronchial tree."""
    carina = 0.47 * body.domes[1] - 6.0
    bend = 3.0 * np.sin(y / 60.0) - 3.0 * ((y - 20.0) / carina).clip(0, 1)
    across = (x - body.shift * 0.8 - bend) / 8.5
    ends = ((carina + 6.0 - y) / 8.0).clip(0, 1)
    larynx = 1.0 - 0.6 * ((-30.0 - y) / 30.0).clip(0, 1)
    return np.asarray(12.5 * larynx * np.sqrt((1.0 - across**2).clip(0, 1)) * ends, np.float32)


def bubble_chord(body: Body, x: Plane, y: Plane) -> Plane:
    """Gas under the left dome, with a level fluid surface as in an erect patient."""
    a, b = body.bubble
    centre_x, centre_y = 0.52 * body.half_width, body.domes[1] + 13.0 + b
    q = ((x - centre_x) / (1.3 * a)) ** 2 + ((y - centre_y) / b) ** 2
    level = ((centre_y + 0.45 * b - y) / 2.0).clip(0, 1)
    return np.asarray(1.5 * a * np.sqrt((1.0 - q).clip(0, 1)) * level, np.float32)
