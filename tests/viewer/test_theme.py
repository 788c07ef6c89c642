"""The palette: enough contrast everywhere text is written."""

import pytest
from PySide6.QtGui import QPalette
from pytestqt.qtbot import QtBot

from viewer import theme


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", [theme.GROUND, theme.PANEL, theme.RAISED, "#000000"])
@pytest.mark.parametrize("text", [theme.TEXT, theme.QUIET, theme.ACCENT, theme.CAUTION])
def test_every_text_has_aa_contrast_on_every_ground(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


def test_the_reference_itself_knows_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_the_ground_is_near_black_and_panels_one_step_lighter() -> None:
    assert luminance(theme.GROUND) < 0.01
    assert luminance(theme.GROUND) < luminance(theme.PANEL) < luminance(theme.RAISED)


def test_selected_text_can_be_read(qtbot: QtBot) -> None:
    palette = theme.dark_palette()
    text = palette.color(QPalette.ColorRole.HighlightedText).name()
    assert contrast(text, palette.color(QPalette.ColorRole.Highlight).name()) >= 4.5
