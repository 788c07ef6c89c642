import numpy as np
import pytest

from inference.records import Header, Radiograph, VoiLut, Window


@pytest.mark.parametrize(
    ("width", "function"),
    [(0.5, "LINEAR"), (0, "LINEAR"), (0, "SIGMOID"), (-1, "LINEAR_EXACT"), (np.nan, "LINEAR")],
)
def test_a_window_too_narrow_for_its_function_cannot_exist(width, function):
    with pytest.raises(ValueError, match="width"):
        Window(0, width, function)


def test_narrow_windows_that_mean_something_can_exist():
    assert Window(0, 1).width == 1
    assert Window(0, 0.01, "SIGMOID").width == 0.01


def make(values, **more):
    return Radiograph(None, values, False, more.pop("windows", (Window(0, 1),)), **more)


def test_arrays_become_read_only_and_stay_out_of_repr():
    padding = np.zeros((2, 3), bool)
    found = make(np.zeros((2, 3), np.float32), padding=padding)
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        padding[0, 0] = True
    with pytest.raises(ValueError, match="read-only"):
        VoiLut(0, np.zeros(2, np.float32)).entries[0] = 1
    assert "array" not in repr(found)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4), (2, 3, 3, 1), (2, 3, 2)])
def test_only_grey_and_three_channels_are_radiographs(shape):
    with pytest.raises(ValueError, match="values must be"):
        make(np.zeros(shape, np.float32))


def test_a_radiograph_without_a_window_cannot_exist():
    with pytest.raises(ValueError, match="window"):
        make(np.zeros((2, 3), np.float32), windows=())


def test_shape_is_rows_and_columns_also_in_colour():
    assert make(np.zeros((2, 5), np.float32)).shape == (2, 5)
    colour = make(np.zeros((2, 5, 3), np.float32))
    assert (colour.shape, colour.is_colour) == ((2, 5), True)


def test_radiographs_are_not_compared_by_their_pixels():
    first, second = (make(np.zeros((2, 2), np.float32)) for _ in range(2))
    assert first != second


def test_an_empty_header_claims_nothing():
    assert Header().patient_orientation is None
    assert Header().patient_age is None
    assert Header().modality == ""
