"""The bones of a phantom's chest: ribs, spine, clavicles, shoulder blades, upper arms."""

import numpy as np

from export_models.phantom_anatomy import Body, lateral_wall
from export_models.phantom_points import Cloud, Plane, join, smooth_path, tube_shell
from export_models.phantom_spec import PhantomSpec

RIBS = 11


def skeleton(spec: PhantomSpec, body: Body) -> Cloud:
    """All bones, in mm of the image plane; volumes are of compact bone."""
    draw = np.random.default_rng([spec.seed, 20])
    clouds = _spine(body, draw)
    for side in (-1, 1):
        clouds += _ribs(body, draw, side)
        clouds += _shoulder(spec, body, draw, side)
    return join(clouds)


def _turned(path: Plane, sine: float) -> Plane:
    """Turn a path about the patient's long axis."""
    turned = path.copy()
    turned[:, 0] += path[:, 2] * sine
    return turned


def _vertebra_y(body: Body, number: float) -> float:
    """y of the middle of thoracic vertebra `number`, 1 at the apices."""
    share = (number - 1.0) / 9.2
    return 0.5 + (body.spine_length - 8.0) * (0.86 * share + 0.14 * share * share)


def _ribs(body: Body, draw: np.random.Generator, side: int) -> list[Cloud]:
    angle = np.linspace(0.0, 1.0, 280)
    clouds = []
    for number in range(1, RIBS + 1):
        start = _vertebra_y(body, number) - 2.0
        fall = min(18.0 + 5.5 * number, 52.0) + 6.0 * max(0, number - 8) + draw.normal(0, 1.2)
        front = (26.0 if number == 1 else min(36.0 + 6.0 * number, 70.0)) + draw.normal(0, 2.0)
        reach = 0.88 if number == 1 else 0.83 if number < 8 else 0.83 - 0.09 * (number - 7)
        turn = angle * np.pi * reach
        lateral_y = start + fall
        wide = float(lateral_wall(body, np.array([max(lateral_y, 12.0)]))[0]) + 3.5
        if number == 1:
            wide *= 0.84
        deep = (body.half_depth + 4.0) * min(1.0, 0.45 + 0.14 * number)
        across = np.sin(np.minimum(turn, np.pi)) ** 0.8
        ends = 0.12 if number == 1 else 0.30  # where the bone ends and cartilage begins
        across = np.where(turn > np.pi / 2, ends + (1 - ends) * across, across)
        x = side * (17.0 + (wide - 17.0) * across)
        half = turn / (np.pi / 2)
        bow = max(0.12, 0.75 - 0.25 * number, 0.14 * (number - 6.5))  # else flat, then steep
        behind = fall * (bow * half + (1 - bow) * half**2) * (half <= 1)
        before = (fall + front * ((half - 1).clip(0, None)) ** 0.9) * (half > 1)
        z = -deep * np.cos(turn) - 6.0
        path = np.stack([x, start + behind + before - 3.0 * np.sin(turn * 2).clip(0, None), z], 1)
        radius = (5.2 if number > 1 else 6.2) * (1.0 - 0.12 * np.cos(2 * turn))
        radius = radius * (1 - 0.25 * ((half - 1).clip(0, None))) * draw.normal(1.0, 0.03)
        fade = 1.0 - 0.45 * (half - 0.9).clip(0, 1)  # the front of the rib is thinner bone
        clouds.append(
            tube_shell(
                _turned(path.astype(np.float32), body.sine),
                radius.astype(np.float32),
                shell_mm=1.15 * fade,
                flatness=0.55,
                filling=0.10 * fade,
            )
        )
    return clouds


def _spine(body: Body, draw: np.random.Generator) -> list[Cloud]:
    clouds = []
    bend = draw.normal(0, 1.5)
    for number in range(-3, 15):
        y = _vertebra_y(body, number) if number > 0 else 0.5 + (number - 1) * 17.5
        pitch = abs(_vertebra_y(body, number + 1) - y) if number > 0 else 17.5
        middle = -62.0 * body.sine + bend * np.sin(number / 3.0)
        wide, high = 13.0 + 0.35 * max(number, 0), 0.38 * pitch
        clouds.append(_vertebral_body(middle, y, wide, high))
        for side in (-1, 1):
            ring = np.linspace(0, 2 * np.pi, 40)
            x = middle + side * 0.66 * wide + 3.0 * np.cos(ring)
            clouds.append(_ring(x, y - 0.35 * high + 4.6 * np.sin(ring), 0.9 * 6.0))
            knots = [(middle + side * 12, y - 3, 0.0), (middle + side * 27, y - 6, 0.0)]
            process = smooth_path(knots, 30)
            clouds.append(
                tube_shell(process, np.full(30, 3.8, np.float32), shell_mm=0.5, around=16)
            )
        tip = smooth_path([(middle, y + 2, 0.0), (middle, y + 0.75 * pitch, 0.0)], 30)
        taper = np.linspace(2.2, 3.4, 30, dtype=np.float32)
        clouds.append(tube_shell(tip, taper, shell_mm=1.6, around=16))
    return clouds


def _vertebral_body(middle: float, y: float, wide: float, high: float) -> Cloud:
    """A waisted cylinder: wall, end plates seen edge-on, and spongy bone inside."""
    lattice = (np.arange(900)[:, None] * np.array([0.754877666, 0.569840291])) % 1.0
    across, down = np.cos(np.pi * lattice[:, 0]), 2 * lattice[:, 1] - 1
    waist = wide * (0.90 + 0.10 * down**2)
    wall_volume = np.pi * wide * 2 * high * 2 * 0.22 / 900
    solid = np.sqrt(1 - (2 * lattice[:, 0] - 1) ** 2)
    clouds = [
        (middle + waist * across, y + high * down, np.full(900, wall_volume)),
        (middle + waist * (2 * lattice[:, 0] - 1), y + high * down,
         solid * wide * 2 * high * 26.0 * 0.03 * 1.27 * 2 / 900),
    ]  # fmt: skip
    for end in (-1, 1):
        plate = np.sqrt(1 - (2 * lattice[:, 0] - 1) ** 2)
        curve = y + end * high * (1.0 - 0.06 * plate) + 1.2 * (lattice[:, 1] - 0.5)
        volume = plate * wide * 2 * 26.0 * 1.27 * 0.22 / 900
        clouds.append((middle + wide * (2 * lattice[:, 0] - 1), curve, volume))
    return join([Cloud(*(np.asarray(part, np.float32) for part in parts)) for parts in clouds])


def _ring(x: Plane, y: Plane, cross_section: float) -> Cloud:
    """A thin closed line of bone: `cross_section` in mm²."""
    step = np.hypot(np.gradient(x), np.gradient(y))
    return Cloud(
        np.asarray(x, np.float32), np.asarray(y, np.float32), (cross_section * step).astype("f4")
    )


def _shoulder(spec: PhantomSpec, body: Body, draw: np.random.Generator, side: int) -> list[Cloud]:
    is_ap = spec.view == "AP"
    lift = (-9.0 if is_ap else 0.0) + draw.normal(0, 3.0)
    inward = (-12.0 if is_ap else 4.0) + draw.normal(0, 4.0)
    edge = body.half_width + inward
    joint_x, joint_y = body.half_width + 52.0 + 0.4 * inward, 32.0 + 0.6 * lift

    def tube(knots: list[tuple[float, float, float]], radii: list[float], shell: float) -> Cloud:
        mirrored = [(side * x, y, z) for x, y, z in knots]
        path = _turned(smooth_path(mirrored, 200), body.sine)
        where = np.linspace(0, 1, 200)
        radius = np.interp(where, np.linspace(0, 1, len(radii)), radii).astype(np.float32)
        return tube_shell(path, radius, shell_mm=shell, around=24, filling=0.05)

    clavicle = tube(
        [(13, 47 + lift, 62), (52, 34 + lift, 66), (95, 16 + lift, 30),
         (128, 8 + lift, 0), (joint_x - 12, 8 + 0.7 * lift, -12)],
        [8.0, 5.5, 4.8, 5.5, 7.0], 1.35,
    )  # fmt: skip
    z = -70.0
    medial = tube(
        [(edge - 18, 22, z), (edge - 13, 70, z), (edge - 9, 120, z), (edge + 2, 158, z)],
        [2.0, 1.8, 1.8, 2.6], 0.7,
    )  # fmt: skip
    lateral = tube(
        [(edge + 2, 158, z), (edge + 14, 110, z), (joint_x - 26, 58, z + 10)], [2.6, 4.0, 5.5], 0.9
    )
    upper = tube([(edge - 18, 22, z), (edge + 8, 10, z), (joint_x - 28, 28, z)], [2, 1.6, 4.0], 0.6)
    ridge = tube(
        [(edge - 16, 46, z), (edge + 18, 28, z - 8), (joint_x - 2, 2 + lift, z)], [1.8, 4, 7.5], 0.7
    )
    glenoid = tube(
        [(joint_x - 24, 20, z), (joint_x - 27, 36, z), (joint_x - 24, 52, z)], [4, 5, 4], 1.0
    )
    head = _humeral_head(side * joint_x + z * 0.3 * body.sine, joint_y + 6)
    shaft = tube(
        [(joint_x + 1, joint_y + 4, 0), (joint_x + 7, joint_y + 34, 0),
         (joint_x + 20, 110, 0), (joint_x + 48, 220, 0)],
        [9.0, 14.0, 11.5, 11.0], 1.6,
    )  # fmt: skip
    return [clavicle, medial, lateral, upper, ridge, glenoid, head, shaft]


def _humeral_head(x: float, y: float) -> Cloud:
    """A round shell: a sunflower of points over a sphere, seen from the front."""
    count, radius = 4500, 23.0
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    turn = np.arange(count) * 2.399963
    flat = np.sqrt(1 - height**2)
    shell = 4 * np.pi * radius**2 * 1.1 / count
    cloud = (x + radius * flat * np.cos(turn), y + radius * height, np.full(count, shell))
    return Cloud(*(np.asarray(part, np.float32) for part in cloud))
