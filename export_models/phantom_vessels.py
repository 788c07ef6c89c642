"""The lung's drawing: arteries and veins that radiate from the hila, and their bronchi."""

from dataclasses import dataclass

import numpy as np

from export_models.phantom_anatomy import Body
from export_models.phantom_points import Cloud, Grid, Plane, join, project, smooth_path
from export_models.phantom_spec import PhantomSpec

GENERATIONS = 6
POINTS = 22
BLURS_MM = (0.35, 0.8, 1.7, 3.3)


@dataclass(frozen=True, slots=True, eq=False)
class _Branches:
    """Points (n,) along branches in mm, their radius, and the step between them."""

    x: Plane
    y: Plane
    radius: Plane
    step: Plane


def vessels(spec: PhantomSpec, body: Body, grid: Grid) -> Plane:
    """Blood in the lungs, in mm along the beam."""
    draw = np.random.default_rng([spec.seed, 30])
    parts = []
    for side in (-1, 1):
        parts.append(_hilar_trunks(body, side, draw))
        parts += _tree(body, side, draw, trunks=11, spread=(-82, 84), radius=2.9)  # arteries
        parts += _tree(body, side, draw, trunks=6, spread=(-55, 40), radius=2.5)  # veins
    return _draw(parts, grid)


def small_bronchi(spec: PhantomSpec, body: Body, grid: Grid) -> Plane:
    """Air in the bronchi that only consolidation shows, in mm along the beam."""
    draw = np.random.default_rng([spec.seed, 31])
    parts = []
    for side in (-1, 1):
        parts += _tree(body, side, draw, trunks=8, spread=(-75, 80), radius=2.1, generations=4)
    return _draw(parts, grid)


def main_bronchi(body: Body, grid: Grid) -> Plane:
    """Air in the two main bronchi, in mm along the beam."""
    carina = 0.47 * body.domes[1] - 6.0
    clouds = []
    for side in (-1, 1):
        shift = body.shift * 0.8
        drop, reach = (26.0, 30.0) if side < 0 else (20.0, 42.0)
        knots = [(shift, carina - 2, 0.0), (side * 0.5 * reach + shift, carina + 0.5 * drop, 0.0),
                 (side * reach + shift, carina + drop + 4, 0.0)]  # fmt: skip
        radii = np.linspace(6.2, 4.2, 60, dtype=np.float32)
        branch = _path(smooth_path(knots, 60), radii)
        volume = np.pi * branch.radius**2 * branch.step
        clouds.append(Cloud(branch.x, branch.y, volume))
    return project(join(clouds), grid, 2.2)


def _hilum(body: Body, side: int) -> tuple[float, float]:
    return side * 36.0 + body.shift * 0.6, 0.47 * body.domes[1] + (9.0 if side < 0 else -1.0)


def _hilar_trunks(body: Body, side: int, draw: np.random.Generator) -> _Branches:
    x, y = _hilum(body, side)
    low = 44.0 + draw.normal(0, 3)
    descending = [(x - side * 9, y - 8, 0.0), (x + side * 3, y + 2, 0.0),
                  (x + side * 11, y + 0.5 * low, 0.0), (x + side * 15, y + low, 0.0)]  # fmt: skip
    upper = [(x - side * 4, y - 4, 0.0), (x + side * 4, y - 20, 0.0), (x + side * 11, y - 40, 0.0)]
    ramp = np.linspace(0, 1, 60, dtype=np.float32)
    one = _path(smooth_path(descending, 60), 7.6 - 3.6 * ramp)
    two = _path(smooth_path(upper, 60), 5.4 - 2.8 * ramp)
    return _joined([one, two])


def _path(path: Plane, radius: Plane) -> _Branches:
    step = np.sqrt((np.gradient(path, axis=0) ** 2).sum(axis=1))
    return _Branches(path[:, 0], path[:, 1], radius.astype(np.float32), step)


def _joined(parts: list[_Branches]) -> _Branches:
    def whole(name: str) -> Plane:
        columns = [np.asarray(getattr(part, name), np.float32).ravel() for part in parts]
        return np.concatenate(columns)

    return _Branches(whole("x"), whole("y"), whole("radius"), whole("step"))


def _tree(
    body: Body,
    side: int,
    draw: np.random.Generator,
    *,
    trunks: int,
    spread: tuple[float, float],
    radius: float,
    generations: int = GENERATIONS,
) -> list[_Branches]:
    """Branches that fork in two, each thinner and shorter; one entry per generation."""
    hilum_x, hilum_y = _hilum(body, side)
    angle = np.radians(np.linspace(*spread, trunks) + draw.normal(0, 4, trunks))
    x = hilum_x + side * draw.normal(0, 3, trunks)
    y = hilum_y + 14.0 * np.sin(angle) + draw.normal(0, 3, trunks)
    thick = radius * (1.0 + 0.25 * np.sin(angle)) * draw.uniform(0.85, 1.15, trunks)
    scale = body.half_width / 131.0
    length = scale * (27.0 + 13.0 * np.abs(np.sin(angle))) * draw.uniform(0.85, 1.2, trunks)
    t = np.linspace(0, 1, POINTS)[None, :]
    parts = []
    for _ in range(generations):
        bend = draw.normal(0, 0.22, len(x))[:, None]
        heading = angle[:, None] + bend * (t - 0.3)
        # Vessels also run towards the eye, so their shadow is shorter than they are.
        lean = draw.uniform(0.55, 1.0, len(x))[:, None]
        step = length[:, None] / POINTS
        px = x[:, None] + side * np.cumsum(np.cos(heading) * step * lean, axis=1)
        py = y[:, None] + np.cumsum(np.sin(heading) * step * lean, axis=1)
        r = thick[:, None] * (1.0 - 0.22 * t)
        parts.append(_Branches(px, py, r, np.broadcast_to(step, px.shape)))
        fork = np.radians(draw.uniform(14, 34, (len(x), 2))) * np.array([1, -1])
        share = draw.uniform(0.62, 0.86, (len(x), 2))
        angle = (heading[:, -1:] + fork).ravel()
        x, y = np.repeat(px[:, -1], 2), np.repeat(py[:, -1], 2)
        length = (length[:, None] * draw.uniform(0.62, 0.95, (len(length), 2))).ravel()
        thick = (0.78 * thick[:, None] * share / 0.76).ravel()
    return parts


def _draw(parts: list[_Branches], grid: Grid) -> Plane:
    """Branches of similar thickness share a blur, which rounds their profile."""
    whole = _joined(parts)
    volume = (np.pi * whole.radius**2 * whole.step).astype(np.float32)
    wanted = np.digitize(0.52 * whole.radius, np.sqrt(np.multiply(BLURS_MM[:-1], BLURS_MM[1:])))
    total = np.zeros((grid.rows, grid.columns), np.float32)
    for index, blur in enumerate(BLURS_MM):
        chosen = wanted == index
        if chosen.any():
            cloud = Cloud(whole.x[chosen], whole.y[chosen], volume[chosen])
            total += project(join([cloud]), grid, blur)
    return total
