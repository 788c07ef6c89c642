"""What is on and in the patient, and letters: all that a reader must look past."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from export_models.phantom_anatomy import Body
from export_models.phantom_points import Cloud, Grid, Plane, join, project, smooth_path
from export_models.phantom_spec import PhantomSpec


def device_chord(spec: PhantomSpec, body: Body, grid: Grid) -> Plane | None:
    """Metal and plastic in the beam, in mm; None where there is none."""
    draw = np.random.default_rng([spec.seed, 50, spec.image_number])
    clouds: list[Cloud] = []
    if "ecg" in spec.devices:
        clouds += _ecg(body, draw)
    if "central line" in spec.devices:
        clouds += _central_line(body, draw)
    if "tracheal tube" in spec.devices:
        tip = 0.47 * body.domes[1] - 40.0 + draw.normal(0, 6)
        x = body.shift * 0.8
        clouds += [_wire([(x + 4 + dx, -90.0), (x + 3 + dx, -20.0), (x + dx, tip)], area, 240)
                   for dx, area in ((-4.0, 0.25), (4.0, 0.25), (1.5, 0.7))]  # fmt: skip
    if "pacemaker" in spec.devices:
        clouds += _pacemaker(body, draw)
    return project(join(clouds), grid, 0.45) if clouds else None


def _wire(knots: list[tuple[float, float]], area: float, count: int = 700) -> Cloud:
    """A line of `area` mm² cross-section through points of the image plane."""
    path = smooth_path([(x, y, 0.0) for x, y in knots], count)
    step = np.hypot(np.gradient(path[:, 0]), np.gradient(path[:, 1]))
    return Cloud(path[:, 0], path[:, 1], (area * step).astype(np.float32))


def _disc(x: float, y: float, radius: float, depth: float, inner: float = 0.0) -> Cloud:
    """A round plate of `depth` mm, or a ring from `inner` outwards."""
    count = int(160 + 55 * radius)
    distance = np.sqrt(np.linspace(inner**2, radius**2, count))
    turn = np.arange(count) * 2.399963
    volume = np.full(count, np.pi * (radius**2 - inner**2) * depth / count, np.float32)
    px, py = x + distance * np.cos(turn), y + distance * np.sin(turn)
    return Cloud(px.astype(np.float32), py.astype(np.float32), volume)


def _ecg(body: Body, draw: np.random.Generator) -> list[Cloud]:
    w, low = body.half_width, body.domes[0]
    places = [(-0.75 * w, 18.0), (0.78 * w, 22.0), (0.93 * w, low + 8)]
    exit_x = float(draw.choice([-1, 1])) * (w + 70)
    clouds = []
    for x, y in places[: int(draw.integers(2, 4))]:
        x, y = x + draw.normal(0, 6), y + draw.normal(0, 7)
        clouds += [_disc(x, y, 4.8, 1.3, 3.0), _disc(x, y, 1.9, 2.4)]
        sag = (0.5 * (x + exit_x) + draw.normal(0, 20), 0.5 * (y + low) + draw.uniform(10, 60))
        clouds.append(
            _wire([(x, y), (x + draw.normal(0, 12), y + 30), sag, (exit_x, low + 40)], 0.75)
        )
    return clouds


def _central_line(body: Body, draw: np.random.Generator) -> list[Cloud]:
    tip = 0.47 * body.domes[1] + draw.uniform(0, 22)
    x = -20.0 + body.shift
    if draw.random() < 0.5:  # through the neck
        knots = [(-38.0, -85.0), (-31.0, -30.0), (-22.0, 30.0), (x, 70.0), (x, tip)]
    else:  # from the right arm
        knots = [(-body.half_width - 70, 90.0), (-body.half_width - 20, 42.0), (-75.0, 28.0),
                 (-35.0, 36.0), (x, 64.0), (x, tip)]  # fmt: skip
    return [_wire(knots, 1.0)]


def _pacemaker(body: Body, draw: np.random.Generator) -> list[Cloud]:
    x, y = 0.68 * body.half_width + draw.normal(0, 4), 42.0 + draw.normal(0, 5)
    wide, high = 21.0, 23.0
    side = 110
    grid = (np.arange(side) + 0.5) / side * 2 - 1
    a, b = (plane.ravel() for plane in np.meshgrid(grid, grid))
    inside = a**4 + b**4 < 1
    a, b = a[inside], b[inside]
    cell = 4 * wide * high / side**2
    depth = 3.0 + 3.0 * (a**4 + b**4 > 0.84) - 1.8 * (b < -0.45)
    depth += 2.6 * ((a > -0.2) & (b > 0.05) & (a**4 + b**4 < 0.7))
    case = Cloud(*(np.asarray(p, np.float32) for p in (x + wide * a, y + high * b, cell * depth)))
    apex = (0.50 * body.half_width + body.shift, body.domes[1] - 17.0)
    atrium = (-24.0 + body.shift, 0.62 * body.domes[1])
    lead = [(x - 15, y - 22), (x - 26, 8.0), (30.0, 28.0), (-14.0 + body.shift, 60.0), atrium,
            (body.shift, apex[1] - 10), apex]  # fmt: skip
    tip = [(apex[0] - 7, apex[1] - 2.5), apex]
    return [case, _wire(lead, 1.6, 1200), _wire(tip, 4.0, 80)]


def letters(spec: PhantomSpec, grid: Grid) -> Plane | None:
    """Lead letters and burned-in text as brightness to lay over, (rows, columns) in [0, 1]."""
    if not (spec.marker or spec.lettering):
        return None
    draw = np.random.default_rng([spec.seed, 51, spec.image_number])
    # Drawn at a fixed size and reduced, so that every resolution has the same letters.
    rows, columns = 1024, round(1024 * grid.columns / grid.rows)
    canvas = Image.new("L", (columns, rows), 0)
    pen = ImageDraw.Draw(canvas)
    if spec.marker:
        side = 0.915 if spec.marker == "L" else 0.085
        place = (columns * (side + draw.normal(0, 0.01)), rows * draw.uniform(0.055, 0.10))
        pen.text(place, spec.marker, 245, ImageFont.load_default(50), anchor="mm", stroke_width=2)
    if spec.lettering:
        is_left = bool(draw.random() < 0.5)
        place = (columns * (0.02 if is_left else 0.98), rows * 0.985)
        anchor = "ls" if is_left else "rs"
        pen.text(place, spec.lettering, 230, ImageFont.load_default(24), anchor=anchor)
    small = canvas.resize((grid.columns, grid.rows), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)
