"""The picture of a pane, pixel by pixel."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from inference.display import display_brightness
from inference.records import Radiograph, Spacing, VoiLut
from viewer.pane.display_pixels import display_pixels
from viewer.pane.pane_picture import PanePicture, ShownOverlay
from viewer.pane.view_state import OverlayStyle, ViewState

MakeRadiograph = Callable[..., Radiograph]


def painted(
    picture: PanePicture,
    size: QSize,
    state: ViewState | None = None,
    style: OverlayStyle | None = None,
) -> np.ndarray:
    """(height, width, 3) uint8, red green blue, on a black ground."""
    image = QImage(size, QImage.Format.Format_RGB888)
    image.fill(0)
    painter = QPainter(image)
    picture.paint(painter, size, state or ViewState(), style or OverlayStyle(), smooth=False)
    painter.end()
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return lines[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def picture_of(radiograph: Radiograph) -> PanePicture:
    return PanePicture(radiograph, display_pixels(radiograph))


def test_at_its_own_size_the_radiograph_is_drawn_pixel_for_pixel(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    values = np.random.default_rng(3).integers(0, 1000, (160, 200)).astype(np.float32)
    radiograph = make_radiograph(values=values, is_inverted=True)
    shown = painted(picture_of(radiograph), QSize(200, 160))
    expected = display_brightness(radiograph)[..., None] * 255
    assert np.abs(shown - expected).max() <= 1


def test_inverting_inverts_on_top_of_what_the_file_asks_for(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    picture = picture_of(make_radiograph())
    plain = painted(picture, QSize(200, 160))
    inverted = painted(picture, QSize(200, 160), ViewState(is_inverted=True))
    assert np.abs(plain.astype(int) + inverted - 255).max() <= 1


def test_the_whole_radiograph_fits_and_is_centred(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    place = picture_of(make_radiograph()).rectangle(QSize(400, 500), ViewState())
    assert (place.width(), place.height()) == (400, 320)
    assert place.top() == 90


def test_unequal_spacing_is_shown_in_true_proportion(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    radiograph = make_radiograph(spacing=Spacing(1.0, 0.5, "PixelSpacing"))
    place = picture_of(radiograph).rectangle(QSize(1000, 1000), ViewState())
    assert place.height() / place.width() == pytest.approx(160 * 1.0 / (200 * 0.5))


def test_two_radiographs_of_different_size_look_at_the_same_place(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    values = np.tile(np.linspace(0, 1000, 1000, dtype=np.float32), (800, 1))
    state = ViewState(zoom=3, centre_x=0.3, centre_y=0.6)
    small = painted(picture_of(make_radiograph()), QSize(300, 240), state)
    large = painted(picture_of(make_radiograph(values=values)), QSize(300, 240), state)
    assert np.abs(small.astype(int) - large).max() <= 3


def test_the_overlay_lies_where_the_model_looked_and_nowhere_else(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    radiograph = make_radiograph(values=np.zeros((160, 200), np.float32))
    picture = picture_of(radiograph)
    picture.set_overlay(ShownOverlay(np.ones((8, 8), np.float32), 50, 40, 100, 80))
    shown = painted(picture, QSize(400, 320), style=OverlayStyle(opacity=1.0))
    # Qt blends the outermost half pixel of the map; twice that is left out here.
    assert (shown[90:230, 110:290].max(-1) > 200).all()
    assert shown[:78].max() == 0
    assert shown[:, :98].max() == 0
    assert shown[242:].max() == 0
    assert shown[:, 302:].max() == 0


def test_an_overlay_that_is_off_or_zero_changes_nothing(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    picture = picture_of(make_radiograph())
    plain = painted(picture, QSize(200, 160))
    picture.set_overlay(ShownOverlay(np.zeros((8, 8), np.float32), 0, 0, 200, 160))
    np.testing.assert_array_equal(painted(picture, QSize(200, 160)), plain)
    picture.set_overlay(ShownOverlay(np.ones((8, 8), np.float32), 0, 0, 200, 160))
    off = painted(picture, QSize(200, 160), style=OverlayStyle(is_on=False))
    np.testing.assert_array_equal(off, plain)


def test_opacity_mixes_the_overlay_with_the_anatomy(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    picture = picture_of(make_radiograph(values=np.zeros((160, 200), np.float32)))
    picture.set_overlay(ShownOverlay(np.ones((8, 8), np.float32), 0, 0, 200, 160))
    full = painted(picture, QSize(200, 160), style=OverlayStyle(opacity=1.0))[80, 100]
    some = painted(picture, QSize(200, 160), style=OverlayStyle(opacity=0.4))[80, 100]
    assert np.abs(some - 0.4 * full).max() <= 2


def test_the_first_drag_on_a_wide_voi_lut_does_not_turn_the_picture_white(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    # The table reaches to 65,535 and the data to 1000.
    entries = np.clip(np.arange(65536) / 1000, 0, 1).astype(np.float32)
    picture = picture_of(make_radiograph(voi_lut=VoiLut(0, entries)))
    before = painted(picture, QSize(200, 160))
    after = painted(picture, QSize(200, 160), ViewState().windowed(0.001, 1.0))
    assert abs(before.mean() - after.mean()) < 6
    assert isinstance(picture.window(ViewState()), VoiLut)


def test_changing_the_window_alone_does_not_sample_again(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    picture = picture_of(make_radiograph())
    painted(picture, QSize(200, 160))
    sampled = picture._sampled
    painted(picture, QSize(200, 160), ViewState().windowed(0.1, 1.2))
    assert picture._sampled is sampled
    painted(picture, QSize(200, 160), ViewState().zoomed(2))
    assert picture._sampled is not sampled


def test_linked_panes_brighten_together_whatever_their_photometric_interpretation(
    qtbot: QtBot, make_radiograph: MakeRadiograph
) -> None:
    values = np.tile(np.linspace(0, 1000, 200, dtype=np.float32), (160, 1))
    plain = picture_of(make_radiograph(values=values))
    inverted = picture_of(make_radiograph(values=1000 - values, is_inverted=True))
    for state in (ViewState(), ViewState().windowed(-0.2, 0.7)):
        one, other = (painted(one, QSize(200, 160), state) for one in (plain, inverted))
        assert np.abs(one.astype(int) - other).max() <= 1
