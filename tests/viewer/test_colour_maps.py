"""The overlay's colours."""

import numpy as np
import pytest

from viewer.pane.colour_maps import (
    COLOUR_MAPS,
    FULL_OPACITY_FROM,
    colour_table,
    colourise,
    without_grid,
)


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_zero_is_clear_and_opacity_never_falls(name: str) -> None:
    alpha = colour_table(name)[:, 3].astype(int)
    assert alpha[0] == 0
    assert (np.diff(alpha) >= 0).all()
    assert (alpha[int(np.ceil(255 * FULL_OPACITY_FROM)) :] == 255).all()


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_lightness_rises_evenly(name: str) -> None:
    linear = colour_table(name)[:, :3] / 255.0
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    lightness = np.where(
        luminance <= 0.008856, 903.3 * luminance, 116 * np.cbrt(luminance) - 16
    )  # CIE L*
    steps = np.diff(lightness[::15])
    assert (steps > 0).all()
    assert steps.max() < 2.6 * steps.mean()


def test_relevance_picks_the_row_of_the_table() -> None:
    saliency = np.array([[0.0, 0.5, 1.0, np.nan, 2.0]], np.float32)
    table = colour_table("viridis")
    np.testing.assert_array_equal(colourise(saliency, "viridis")[0], table[[0, 128, 255, 0, 255]])


def test_an_unknown_map_is_refused() -> None:
    with pytest.raises(ValueError, match="no colour map"):
        colour_table("jet")


def test_the_networks_grid_goes_and_what_lies_under_it_stays() -> None:
    rows, columns = np.mgrid[:64, :64]
    blob = np.exp(-((rows - 20) ** 2 + (columns - 40) ** 2) / 150)
    grid = 1 + 0.8 * np.cos(np.pi * rows / 2) * np.cos(np.pi * columns / 2)
    seen = (blob * grid / (blob * grid).max()).astype(np.float32)
    shown = without_grid(seen)
    assert shown.max() == pytest.approx(seen.max())
    assert np.unravel_index(shown.argmax(), shown.shape) == (20, 40)
    assert np.corrcoef(shown.ravel(), blob.ravel())[0, 1] > 0.995
    assert np.corrcoef(seen.ravel(), blob.ravel())[0, 1] < 0.95


def test_an_empty_map_stays_empty() -> None:
    empty = np.zeros((8, 8), np.float32)
    assert np.array_equal(without_grid(empty), empty)
