"""Looking around, in terms that hold for any radiograph."""

import pytest

from inference.records import Window
from viewer.pane.view_state import LARGEST_ZOOM, ViewState


def test_an_untouched_state_leaves_the_files_own_window_as_it_is() -> None:
    start = Window(40, 400, "SIGMOID", "LUNG")
    assert ViewState().window(start) is start


def test_the_same_state_means_the_same_change_on_any_detector() -> None:
    state = ViewState().windowed(0.25, 2.0)
    narrow, wide = state.window(Window(50, 100)), state.window(Window(2000, 4000))
    assert (narrow.centre, narrow.width) == (75, 200)
    assert (wide.centre, wide.width) == (3000, 8000)


def test_a_window_never_becomes_narrower_than_the_standard_allows() -> None:
    state = ViewState()
    for _ in range(200):
        state = state.windowed(0.0, 0.5)
    assert state.window(Window(10, 20)).width == 1.0


def test_one_cannot_move_off_the_radiograph_nor_zoom_without_end() -> None:
    state = ViewState().moved(5, -5)
    assert (state.centre_x, state.centre_y) == (1.0, 0.0)
    assert ViewState().zoomed(1e9).zoom == LARGEST_ZOOM


def test_fitting_keeps_the_window() -> None:
    state = ViewState().zoomed(4).moved(0.1, 0.1).windowed(0.1, 1.5).fitted()
    assert (state.zoom, state.centre_x, state.centre_y) == (1.0, 0.5, 0.5)
    assert state.window_scale == pytest.approx(1.5)


def test_an_inverted_radiograph_becomes_brighter_together_with_the_others() -> None:
    state = ViewState().windowed(-0.25, 1.0)  # the centre falls: brighter where not inverted
    assert state.window(Window(50, 100)).centre == 25
    assert state.window(Window(50, 100), is_mirrored=True).centre == 75
