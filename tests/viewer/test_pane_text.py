"""Letters, window and scale: never invented."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from inference.records import Radiograph, Spacing, VoiLut, Window
from viewer.pane.pane_text import (
    orientation_letters,
    paint_words,
    scale_bar,
    source_words,
    window_words,
)


def test_letters_name_the_edges_that_row_and_column_come_from_and_go_to() -> None:
    assert orientation_letters(("L", "F")) == ("R", "L", "H")
    assert orientation_letters(("R", "F")) == ("L", "R", "H")  # a flipped file
    assert orientation_letters(("A", "FL")) == ("P", "A", "HR")


def test_without_the_tag_there_are_no_letters() -> None:
    assert orientation_letters(None) == ()


def test_without_spacing_there_is_no_scale(make_radiograph: Callable[..., Radiograph]) -> None:
    assert scale_bar(make_radiograph(), 400, 120) is None


def test_the_bar_is_as_long_as_it_says(
    make_radiograph: Callable[..., Radiograph], spacing: Spacing
) -> None:
    radiograph = make_radiograph(spacing=spacing)  # 200 columns of 0.5 mm: 100 mm wide
    bar = scale_bar(radiograph, 400, 150)
    assert bar is not None
    assert bar.words == "2 cm"
    assert bar.pixels == pytest.approx(400 * 20 / 100)
    assert bar.source == "ImagerPixelSpacing, at detector"


def test_the_width_counts_the_distance_between_columns(
    make_radiograph: Callable[..., Radiograph], spacing: Spacing
) -> None:
    radiograph = make_radiograph(spacing=replace(spacing, row_mm=9.0))
    bar = scale_bar(radiograph, 400, 150)
    assert bar is not None
    assert bar.words == "2 cm"


def test_at_detector_is_said_once() -> None:
    said = Spacing(1, 1, "ImagerPixelSpacing, at detector", is_at_detector=True)
    assert source_words(said) == "ImagerPixelSpacing, at detector"
    assert source_words(Spacing(1, 1, "PixelSpacing")) == "PixelSpacing"


def test_a_window_is_told_in_whole_units_unless_it_is_narrow() -> None:
    assert window_words(Window(1024, 2048)) == "W 2048 L 1024"
    assert window_words(Window(0.5, 1, "LINEAR_EXACT")) == "W 1.00 L 0.50"
    assert window_words(Window(40, 400, name="LUNG")) == "W 400 L 40 · LUNG"
    assert window_words(VoiLut(0, np.zeros(2, np.float32))) == "VOI LUT"


def test_words_can_be_read_on_white(qtbot: QtBot) -> None:
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    paint_words(painter, image.rect(), ("R", "L", "H"), "W 2048 L 1024", None)
    painter.end()
    beside_the_letter = image.pixelColor(7, 100)
    assert beside_the_letter.value() < 110  # the letter's plate
    assert image.pixelColor(60, 100).value() == 255
