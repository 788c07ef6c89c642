"""What is drawn is what the one pixel pipeline says, at any size."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from inference.display import display_brightness
from inference.records import Radiograph, VoiLut, Window
from viewer.pane.display_pixels import Region, brightness_table, display_pixels, sample

MakeRadiograph = Callable[..., Radiograph]


def whole(radiograph: Radiograph) -> Region:
    rows, columns = radiograph.shape
    return Region(0, 0, columns, rows, columns, rows)


def drawn(radiograph: Radiograph, window: Window | VoiLut) -> np.ndarray:
    pixels = display_pixels(radiograph)
    table = brightness_table(pixels, window, is_inverted=radiograph.is_inverted)
    return table[sample(pixels, whole(radiograph), smooth=False)]


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(Window(2048, 4096), id="LINEAR"),
        pytest.param(Window(1000, 300, "LINEAR_EXACT"), id="LINEAR_EXACT"),
        pytest.param(Window(900, 500, "SIGMOID"), id="SIGMOID"),
        pytest.param(VoiLut(200, np.linspace(0, 1, 1000, dtype=np.float32) ** 2), id="VOI LUT"),
    ],
)
@pytest.mark.parametrize("is_inverted", [False, True])
def test_the_screen_shows_what_the_pixel_pipeline_says(
    make_radiograph: MakeRadiograph, window: Window | VoiLut, is_inverted: bool
) -> None:
    values = np.random.default_rng(1).integers(-50, 4000, (40, 60)).astype(np.float32)
    padding = np.zeros((40, 60), np.bool_)
    padding[:5] = True
    radiograph = make_radiograph(values=values, padding=padding, is_inverted=is_inverted)
    expected = display_brightness(radiograph, window) * 255
    assert np.abs(drawn(radiograph, window) - expected).max() <= 1.0
    assert (drawn(radiograph, window)[:5] == 0).all()


def test_fractions_and_negative_values_keep_their_steps(make_radiograph: MakeRadiograph) -> None:
    values = np.linspace(-0.01, 0.01, 300, dtype=np.float32).reshape(1, -1)
    radiograph = make_radiograph(values=values)
    shown = drawn(radiograph, Window(0, 0.02, "LINEAR_EXACT"))[0]
    assert len(np.unique(shown)) > 250


def test_a_constant_radiograph_can_be_drawn(make_radiograph: MakeRadiograph) -> None:
    radiograph = make_radiograph(values=np.full((3, 3), 7, np.float32))
    assert (drawn(radiograph, Window(0, 14, "LINEAR_EXACT")) == 255).all()


def test_colour_stays_colour(make_radiograph: MakeRadiograph) -> None:
    values = np.random.default_rng(0).integers(0, 256, (70, 50, 3)).astype(np.float32)
    radiograph = make_radiograph(values=values, windows=(Window(127.5, 255, "LINEAR_EXACT"),))
    np.testing.assert_array_equal(drawn(radiograph, radiograph.windows[0]), values)


@pytest.mark.parametrize("shape", [(513, 400), (256, 255), (64, 900)])
def test_each_level_is_the_mean_of_the_one_before(
    make_radiograph: MakeRadiograph, shape: tuple[int, int]
) -> None:
    values = np.random.default_rng(2).integers(0, 4096, shape).astype(np.float32)
    levels = display_pixels(make_radiograph(values=values)).levels
    for fine, coarse in pairwise(levels):
        assert coarse.shape == (-(-fine.shape[0] // 2), -(-fine.shape[1] // 2))
        for row, column in ((0, 0), (coarse.shape[0] - 1, coarse.shape[1] - 1)):
            block = fine[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].astype(float)
            assert abs(coarse[row, column] - block.mean()) <= 0.5


def test_a_checkerboard_seen_from_afar_is_grey_and_not_a_moire(
    make_radiograph: MakeRadiograph,
) -> None:
    values = (np.indices((512, 512)).sum(0) % 2 * 1000).astype(np.float32)
    pixels = display_pixels(make_radiograph(values=values))
    table = brightness_table(pixels, Window(500, 1000, "LINEAR_EXACT"), is_inverted=False)
    for smooth in (False, True):
        shown = table[sample(pixels, Region(0, 0, 512, 512, 100, 100), smooth=smooth)]
        assert np.abs(shown.astype(int) - 128).max() <= 2


def test_padding_does_not_bleed_into_the_anatomy(make_radiograph: MakeRadiograph) -> None:
    values = np.full((300, 300), 1000, np.float32)
    values[:, 200:] = 500
    padding = np.zeros((300, 300), np.bool_)
    padding[:, :100] = True
    pixels = display_pixels(make_radiograph(values=values, padding=padding, is_inverted=True))
    table = brightness_table(pixels, Window(750, 500, "LINEAR_EXACT"), is_inverted=True)
    shown = table[sample(pixels, Region(0, 0, 300, 300, 130, 130), smooth=True)]
    # Anatomy next to padding is black (1000, inverted): any bleeding would be white.
    assert shown[:, :85].max() == 0


@pytest.mark.parametrize("smooth", [False, True])
def test_a_part_is_the_same_part_of_the_whole(
    make_radiograph: MakeRadiograph, smooth: bool
) -> None:
    radiograph = make_radiograph()  # a ramp: value = 1000 * column / 199
    pixels = display_pixels(radiograph)
    part = sample(pixels, Region(50, 20, 100, 60, 200, 160), smooth=smooth)
    values = pixels.low + (part[80].astype(float) - 1) * pixels.step
    expected = 1000 * (50 + (np.arange(200) + 0.5) / 4 - 0.5) / 199
    assert np.abs(values - expected).max() < (4.0 if not smooth else 1.0)
