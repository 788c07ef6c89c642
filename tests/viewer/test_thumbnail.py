"""A thumbnail has the radiograph's shape and brightness."""

from collections.abc import Callable

import numpy as np
import pytest

from inference.radiograph_io import display_brightness
from inference.records import Radiograph, Spacing, Window
from viewer.pane.thumbnail import thumbnail


@pytest.mark.parametrize("is_inverted", [False, True])
def test_it_looks_as_the_file_asks(
    make_radiograph: Callable[..., Radiograph], is_inverted: bool
) -> None:
    radiograph = make_radiograph(is_inverted=is_inverted)  # a ramp, 160 rows, 200 columns
    picture = thumbnail(radiograph, 50)
    assert (picture.width(), picture.height()) == (50, 40)
    expected = display_brightness(radiograph).reshape(40, 4, 50, 4).mean(axis=(1, 3)) * 255
    for x in (5, 25, 45):
        assert picture.pixelColor(x, 20).red() == pytest.approx(expected[20, x], abs=2)


def test_pixels_that_are_not_square_are_made_so(
    make_radiograph: Callable[..., Radiograph],
) -> None:
    picture = thumbnail(make_radiograph(spacing=Spacing(2.5, 1.0, "PixelSpacing")), 100)
    assert (picture.width(), picture.height()) == (50, 100)


def test_colour_stays_colour(make_radiograph: Callable[..., Radiograph]) -> None:
    values = np.zeros((30, 60, 3), np.float32)
    values[..., 0] = 200
    picture = thumbnail(
        make_radiograph(values=values, windows=(Window(127.5, 255, "LINEAR_EXACT"),)), 20
    )
    colour = picture.pixelColor(10, 5)
    assert (colour.red(), colour.green(), colour.blue()) == (200, 0, 0)
