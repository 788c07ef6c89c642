import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.display import apply_voi_lut, apply_window, display_brightness
from inference.records import Radiograph, VoiLut, Window


def slow_window(x: float, window: Window) -> float:
    """One value, as the pseudo-code of DICOM PS3.3 C.11.2.1.2 writes it, with y from 0 to 1."""
    c, w = float(window.centre), float(window.width)
    if window.function == "SIGMOID":
        slope = min(-4 * (x - c) / w, 700.0)  # beyond it Python's exp gives up
        return 1 / (1 + math.exp(slope))
    if window.function == "LINEAR":
        if x <= c - 0.5 - (w - 1) / 2:
            return 0.0
        if x > c - 0.5 + (w - 1) / 2:
            return 1.0
        return (x - (c - 0.5)) / (w - 1) + 0.5
    if x <= c - w / 2:
        return 0.0
    if x > c + w / 2:
        return 1.0
    return (x - c) / w + 0.5


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(
    ("centre", "width"), [(2048, 4096), (0, 1), (50, 2), (-600.5, 1500), (7, 1e6)]
)
def test_each_window_function_follows_the_standard(function, centre, width):
    window = Window(centre, width, function)
    values = np.array([-3000.5, -600.5, -1, -0.5, 0, 0.5, 1, 49, 49.5, 50, 2048, 4095], np.float32)
    expected = [slow_window(float(value), window) for value in values]
    np.testing.assert_allclose(apply_window(values, window), expected, atol=1e-6)


@pytest.mark.parametrize("highest", [255, 4095, 65535])
def test_every_stored_value_can_be_told_from_its_brightness(highest):
    values = np.arange(highest + 1, dtype=np.float32)
    shown = apply_window(values, Window((highest + 1) / 2, highest + 1))
    np.testing.assert_allclose(shown, values.astype(np.float64) / highest, rtol=0, atol=1.2e-7)
    np.testing.assert_array_equal(np.rint(shown * np.float64(highest)), values)


def test_the_standards_example_of_linear():
    # C.11.2.1.2.1: centre 2048 and width 4096 show 0 to 4095, ends included.
    shown = apply_window(np.array([0, 4095], np.float32), Window(2048, 4096))
    assert shown.tolist() == [0.0, 1.0]


def test_a_voi_lut_is_followed_and_its_ends_extended():
    lut = VoiLut(-2.0, np.array([0.0, 0.25, 0.5, 1.0], np.float32))
    values = np.array([[-9, -2, -1.4], [0, 1, 70]], np.float32)
    assert apply_voi_lut(values, lut).tolist() == [[0.0, 0.0, 0.25], [0.5, 1.0, 1.0]]


finite = st.floats(-(2.0**127), 2.0**127, width=32)
windows = st.builds(
    Window,
    centre=finite,
    width=st.floats(1.0, 2.0**127, width=32),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)


@given(values=arrays(np.float32, (3, 4), elements=finite), window=windows)
def test_brightness_is_finite_within_range_and_inverted_symmetrically(values, window):
    plain, inverted = (
        display_brightness(Radiograph(None, values.copy(), is_inverted, (window,)))
        for is_inverted in (False, True)
    )
    for shown in (plain, inverted):
        assert np.isfinite(shown).all()
        assert shown.min() >= 0.0
        assert shown.max() <= 1.0
    np.testing.assert_allclose(plain + inverted, 1.0, atol=1e-6)


@given(
    window=windows,
    pair=st.tuples(st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32)).map(sorted),
)
def test_brightness_never_falls_with_the_value(window, pair):
    low, high = apply_window(np.array(pair, np.float32), window)
    assert low <= high


def test_the_files_table_comes_before_its_windows_and_the_users_before_both():
    values = np.array([[0, 10]], np.float32)
    table = VoiLut(0.0, np.array([0.2, 0.7], np.float32))
    radiograph = Radiograph(None, values, False, (Window(5.5, 11),), voi_lut=table)
    np.testing.assert_allclose(display_brightness(radiograph), [[0.2, 0.7]])
    np.testing.assert_allclose(display_brightness(radiograph, Window(5.5, 11)), [[0.0, 1.0]])


def test_padding_is_black_also_where_the_picture_is_inverted():
    values = np.array([[0, 10]], np.float32)
    radiograph = Radiograph(
        None, values, True, (Window(5.5, 11),), padding=np.array([[True, False]])
    )
    assert display_brightness(radiograph).tolist() == [[0.0, 0.0]]


def test_colour_is_shown_as_it_is():
    values = np.array([[[0, 51, 255]]], np.float32)
    radiograph = Radiograph(None, values, False, (Window(128, 256),))
    np.testing.assert_allclose(display_brightness(radiograph), [[[0, 0.2, 1]]], atol=1e-7)
