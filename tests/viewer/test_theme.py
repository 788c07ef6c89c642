"""The palette and the style sheet: enough contrast everywhere text is written.

WCAG 2.2: 4.5 : 1 for text (1.4.3); 3 : 1 for what marks the focus or the edge of a field
(1.4.11). What is switched off is exempt there; here it has 3 : 1 all the same.
"""

import re
from pathlib import Path

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


GROUNDS = (theme.GROUND, theme.PANEL, theme.RAISED)
COLOUR = r"(#[0-9a-fA-F]{6})"


def rules() -> list[tuple[str, dict[str, str]]]:
    """Selectors and their declarations, one selector at a time."""
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", theme.STYLE_SHEET):
        pairs = [line.split(":", 1) for line in body.split(";") if ":" in line]
        declared = {name.strip(): value.strip() for name, value in pairs}
        found += [(one.strip(), declared) for one in selectors.split(",")]
    return found


def grounds_of(selector: str) -> list[str]:
    """What may lie behind the text of a selector: its own ground, its plain widget's, or any."""
    kind = re.split(r"[:\[ ]", selector)[0]
    own = [
        declared["background"]
        for one, declared in rules()
        if "background" in declared and one == selector
    ]
    states = [
        declared["background"]
        for one, declared in rules()
        if "background" in declared and "::" not in one and re.split(r"[:\[ ]", one)[0] == kind
    ]
    found = [one for one in own or states if re.fullmatch(COLOUR, one)]
    return found or list(GROUNDS)


def test_every_rule_of_the_style_sheet_has_aa_contrast() -> None:
    checked = 0
    for selector, declared in rules():
        colour = re.search(COLOUR, declared.get("color", ""))
        if colour is None:
            continue
        needed = 3.0 if ":disabled" in selector else 4.5
        for ground in grounds_of(selector):
            assert contrast(colour.group(), ground) >= needed, (selector, ground)
            checked += 1
    assert checked > 12


def test_text_on_every_ground_that_a_state_brings_can_be_read() -> None:
    """Hover, pressed, checked and chosen change the ground below a text that stays."""
    for selector, declared in rules():
        ground = re.fullmatch(COLOUR, declared.get("background", ""))
        if ground is not None and "indicator" not in selector:
            assert contrast(theme.TEXT, ground.group()) >= 4.5, selector


def test_focus_and_the_edges_of_fields_can_be_seen() -> None:
    for ground in GROUNDS:
        assert contrast(theme.ACCENT, ground) >= 3
    for ground in (theme.GROUND, theme.PANEL):
        assert contrast(theme.FIELD_LINE, ground) >= 3
    bordered = {
        selector
        for selector, declared in rules()
        if ":focus" in selector and theme.ACCENT in declared.get("border", "")
    }
    for kind in ("QPushButton", "QToolButton", "QComboBox", "QCheckBox", "QLineEdit", "QSlider"):
        assert f"{kind}:focus" in bordered


@pytest.mark.parametrize("group", [QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive])
def test_every_pair_of_the_palette_has_aa_contrast(
    qtbot: QtBot, group: QPalette.ColorGroup
) -> None:
    role, palette = QPalette.ColorRole, theme.dark_palette()
    pairs = [
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.PlaceholderText, role.Base),
        (role.ButtonText, role.Button),
        (role.ToolTipText, role.ToolTipBase),
        (role.HighlightedText, role.Highlight),
        (role.Link, role.Base),
        (role.LinkVisited, role.Window),
        (role.BrightText, role.Window),
    ]
    for text, ground in pairs:
        found = contrast(palette.color(group, text).name(), palette.color(group, ground).name())
        assert found >= 4.5, (text, ground)


def test_what_is_switched_off_can_still_be_made_out(qtbot: QtBot) -> None:
    palette, off = theme.dark_palette(), QPalette.ColorGroup.Disabled
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        for ground in GROUNDS:
            assert contrast(palette.color(off, role).name(), ground) >= 3


def test_no_widget_writes_in_a_colour_of_its_own() -> None:
    """All text colours are the theme's, and therefore among those that are checked above."""
    viewer = Path(theme.__file__).parent
    for path in viewer.glob("*.py"):
        if path.name != "theme.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"[\"' ;{]color: ?#", text), path.name


def test_the_pictures_of_the_style_sheet_are_there() -> None:
    pictures = re.findall(r'url\("([^"]+)"\)', theme.STYLE_SHEET)
    assert len(pictures) == 3
    for one in pictures:
        assert Path(one).is_file()
        assert Path(one.replace(".png", "@2x.png")).is_file()
