import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.model_bundle import InputSpec
from inference.preprocess import Box, Placement, prepare, resize, stretch
from inference.records import Radiograph, Window

GREY = (Window(128, 256),)


def radiograph(values, **more):
    return Radiograph(None, np.asarray(values, np.float32), False, GREY, **more)


def slow_resize(plane, size):
    """Each new pixel: a triangle over the old ones, as wide as the reduction, in float64."""

    def weights(length):
        scale = length / size
        reach = max(scale, 1.0)
        found = np.zeros((size, length))
        for new in range(size):
            centre = (new + 0.5) * scale
            for old in range(length):
                found[new, old] = max(0.0, 1.0 - abs((old + 0.5 - centre) / reach))
        return found / found.sum(1, keepdims=True)

    return weights(plane.shape[0]) @ plane.astype(np.float64) @ weights(plane.shape[1]).T


@pytest.mark.parametrize("shape", [(64, 48), (7, 30), (16, 16), (1, 1), (1, 40)])
def test_resizing_is_bilinear_and_antialiased(shape):
    plane = np.random.default_rng(1).random(shape, np.float32)
    np.testing.assert_allclose(resize(plane, 16), slow_resize(plane, 16), atol=1e-5)


@settings(deadline=None)
@given(
    rows=st.integers(1, 300),
    columns=st.integers(1, 300),
    size=st.sampled_from([1, 16, 96, 128]),
    seed=st.integers(0, 99),
)
def test_resizing_gives_pillows_pixels(rows, columns, size, seed):
    """The networks were trained on what Pillow makes of radiographs."""
    plane = np.random.default_rng(seed).random((rows + 4, columns + 3), np.float32)[3:-1, 1:-2]
    pillow = Image.fromarray(np.ascontiguousarray(plane)).resize(
        (size, size), Image.Resampling.BILINEAR
    )
    np.testing.assert_allclose(resize(plane, size), pillow, atol=1e-6)


def test_resizing_a_large_plane_gives_pillows_pixels():
    plane = np.random.default_rng(4).random((2500, 2048), np.float32)
    pillow = Image.fromarray(plane).resize((224, 224), Image.Resampling.BILINEAR)
    np.testing.assert_allclose(resize(plane, 224), pillow, atol=1e-6)
    np.testing.assert_array_equal(resize(np.ones((2500, 2048), np.float32), 224) > 1 - 1e-6, True)


def test_the_input_is_brightness_between_nought_and_one():
    values = np.random.default_rng(2).integers(0, 256, (50, 40))
    made = prepare(radiograph(values), InputSpec(size=32))
    expected = slow_resize(values / 255.0, 32)
    low, high = np.percentile(expected, (1, 99))
    expected = ((expected - low) / (high - low)).clip(0, 1)
    assert made.tensor.shape == (1, 1, 32, 32)
    np.testing.assert_allclose(made.tensor[0, 0], expected, atol=1e-4)


def test_grey_is_repeated_where_the_bundle_wants_colour():
    made = prepare(radiograph(np.arange(100).reshape(10, 10)), InputSpec(size=32, channels=3))
    assert made.tensor.shape == (1, 3, 32, 32)
    np.testing.assert_array_equal(made.tensor[0, 0], made.tensor[0, 2])


def test_colour_becomes_luma_where_the_bundle_wants_grey_and_stays_where_it_wants_colour():
    colour = np.zeros((12, 12, 3))
    colour[:6] = (200, 100, 50)
    grey = prepare(radiograph(colour), InputSpec(size=32, intensity="window"))
    assert grey.tensor[0, 0, 0, 0] == pytest.approx((0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 255)
    kept = prepare(radiograph(colour), InputSpec(size=32, channels=3, intensity="window"))
    np.testing.assert_allclose(kept.tensor[0, :, 0, 0] * 255, (200, 100, 50), rtol=1e-5)


def test_an_inverted_file_gives_the_same_input_as_the_upright_one():
    values = np.random.default_rng(3).integers(0, 256, (30, 30)).astype(np.float32)
    upright = Radiograph(None, values, False, GREY)
    inverted = Radiograph(None, 255 - values, True, GREY)
    spec = InputSpec(size=32)
    np.testing.assert_allclose(
        prepare(upright, spec).tensor, prepare(inverted, spec).tensor, atol=1e-6
    )


@pytest.mark.parametrize("shape", [(1, 1), (20, 20), (1, 300)])
@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_constant_picture_is_prepared_with_a_warning(shape, level):
    made = prepare(radiograph(np.full(shape, level)), InputSpec(size=32))
    assert np.isfinite(made.tensor).all()
    np.testing.assert_allclose(made.tensor, level / 255, atol=1e-6)
    assert made.warnings == ("The image is constant: there is nothing to compare.",)


def test_the_crop_is_where_the_lung_finder_says_and_the_map_comes_back_there():
    values = np.zeros((100, 200))
    values[20:60, 50:150] = np.random.default_rng(4).integers(0, 256, (40, 100))
    spec = InputSpec(size=32, lung_finder_size=32, crop_margin=0.0)
    made = prepare(radiograph(values), spec, lambda tensor: Box(0.25, 0.2, 0.75, 0.6))
    assert made.placement == Placement(100, 200, 20, 50, 40, 100)
    back = made.placement.to_radiograph(np.ones((16, 16), np.float32))
    assert back.shape == (100, 200)
    assert back[20:60, 50:150].min() == pytest.approx(1.0)
    assert back.sum() == pytest.approx(4000.0)


def test_a_missing_lung_finder_is_a_fault_of_ours():
    with pytest.raises(ValueError, match="lung finder"):
        prepare(radiograph(np.eye(9)), InputSpec(size=32, lung_finder_size=32))


side = st.floats(min_value=-3, max_value=3) | st.just(np.nan)


@given(
    box=st.builds(Box, side, side, side, side), rows=st.integers(1, 50), columns=st.integers(1, 50)
)
def test_no_box_makes_an_empty_or_outlying_crop(box, rows, columns):
    values = np.arange(rows * columns).reshape(rows, columns) % 256
    spec = InputSpec(size=32, lung_finder_size=32)
    placed = prepare(radiograph(values), spec, lambda tensor: box).placement
    assert placed.height >= max(1, rows / 3)
    assert placed.width >= max(1, columns / 3)
    assert placed.top >= 0
    assert placed.left >= 0
    assert placed.top + placed.height <= rows
    assert placed.left + placed.width <= columns


def test_the_lung_finder_sees_the_whole_radiograph_stretched():
    seen = []

    def find(tensor):
        seen.append(tensor)
        return Box(0, 0, 1, 1)

    values = np.linspace(100, 150, 4000).reshape(50, 80)
    prepare(radiograph(values), InputSpec(size=32, lung_finder_size=24), find)
    assert seen[0].shape == (1, 1, 24, 24)
    assert (seen[0].min(), seen[0].max()) == (0.0, 1.0)


def test_stretching_keeps_constant_planes_and_maps_the_percentiles():
    flat = np.full((1, 4, 4), 0.3, np.float32)
    assert stretch(flat) is flat
    plane = np.linspace(0.2, 0.4, 101, dtype=np.float32).reshape(1, 1, 101)
    stretched = stretch(plane)
    assert stretched[0, 0, 1] == pytest.approx(0.0, abs=1e-5)
    assert stretched[0, 0, 99] == pytest.approx(1.0, abs=1e-5)
    assert stretched[0, 0, 50] == pytest.approx(0.5, abs=1e-5)
