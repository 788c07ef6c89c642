"""The settings dialog, with mouse and keys; the file it writes is the one that is read."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from viewer.frame.bindings import BINDINGS
from viewer.frame.main_window import MainWindow
from viewer.pane.view_state import OverlayStyle
from viewer.preferences.key_choices import KeyChoices
from viewer.preferences.keys_page import written_key
from viewer.preferences.settings import Settings, load_settings
from viewer.preferences.settings_controller import SettingsController
from viewer.preferences.settings_dialog import SettingsDialog

SAVE, CANCEL = QDialogButtonBox.StandardButton.Save, QDialogButtonBox.StandardButton.Cancel
OwnFile = '# mine\nneighbours = 9 # many\n\n[keys]\ninvert = "Ctrl+I"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    own = tmp_path / "settings.toml"
    own.write_text(OwnFile, encoding="utf-8")
    return own


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    one = MainWindow()
    qtbot.addWidget(one)
    one.set_count(4)
    one.show_workbench()
    one.tools.set_methods([("ig", "IG"), ("cnn", "CNN")], "ig")
    one.show()
    one.activateWindow()
    qtbot.waitUntil(one.isActiveWindow)
    return one


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, path: Path) -> Callable[[], SettingsDialog]:
    controller = SettingsController(window, lambda: ("ig", "cnn"), path)
    window.bound.set_keys({"invert": "Ctrl+I"})

    def show() -> SettingsDialog:
        qtbot.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        dialog = controller.dialog
        assert dialog is not None
        qtbot.waitUntil(dialog.isVisible)
        return dialog

    return show


def click(qtbot: QtBot, dialog: SettingsDialog, which: QDialogButtonBox.StandardButton) -> None:
    qtbot.mouseClick(dialog.buttons.button(which), Qt.MouseButton.LeftButton)


def test_every_setting_and_every_key_is_in_it(opened: Callable[[], SettingsDialog]) -> None:
    dialog = opened()
    for one in fields(Settings):
        if one.name not in ("keys", "links", "archives", "receiver"):
            assert dialog.editor(one.name).accessibleName()
    for binding in BINDINGS:
        dialog.keys.choose(binding.name)
        assert dialog.keys.name() == binding.name
    assert dialog.editor("links.roots").accessibleName()
    number = dialog.editor("neighbours")
    assert isinstance(number, QSpinBox)
    assert number.value() == 9  # what the user's file says


def test_saving_changes_the_file_and_the_window_at_once(
    qtbot: QtBot, window: MainWindow, path: Path, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    overlay, colours = dialog.editor("overlay"), dialog.editor("colour_map")
    assert isinstance(overlay, QCheckBox)
    assert isinstance(colours, QComboBox)
    overlay.setFocus()
    qtbot.keyClick(overlay, Qt.Key.Key_Space)
    qtbot.keyClick(colours, Qt.Key.Key_Down)
    own_patient = dialog.editor("exclude_patient")
    qtbot.keyClick(own_patient, Qt.Key.Key_Space)
    with (
        qtbot.waitSignal(dialog.finished),
        qtbot.waitSignal(window.results_area.filter.exclusion_changed) as excluded,
    ):
        window.results_area.filter.set_excludes_patient(is_excluded=True)
        click(qtbot, dialog, SAVE)
    assert excluded.args == [False]
    assert window.overlay_controls.style_shown == OverlayStyle(False, 0.4, "viridis")
    saved = load_settings(path)
    assert (saved.overlay, saved.colour_map, saved.exclude_patient) == (False, "viridis", False)
    assert path.read_text(encoding="utf-8").startswith("# mine\nneighbours = 9 # many\n")


def test_what_waits_for_the_next_start_is_said(
    qtbot: QtBot, window: MainWindow, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    provider = dialog.editor("provider")
    assert isinstance(provider, QComboBox)
    provider.setCurrentText("cpu")
    click(qtbot, dialog, SAVE)
    assert window.message_bar.text == "Saved. After the next start: provider."


def test_sections_are_written_as_sections(
    qtbot: QtBot, window: MainWindow, path: Path, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    port, roots = dialog.editor("receiver.port"), dialog.editor("links.roots")
    assert isinstance(port, QSpinBox)
    assert isinstance(roots, QPlainTextEdit)
    port.setValue(11200)
    roots.setPlainText(f"{path.parent}\n\n")
    click(qtbot, dialog, SAVE)
    saved = load_settings(path)
    assert saved.receiver == {"port": 11200}
    assert saved.links == {"roots": [str(path.parent)]}
    assert window.message_bar.text == "Saved. After the next start: links, receiver."


def test_cancel_changes_nothing(
    qtbot: QtBot, window: MainWindow, path: Path, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    qtbot.keyClick(dialog.editor("linked"), Qt.Key.Key_Space)
    dialog.keys.choices.give("flip", "J")
    click(qtbot, dialog, CANCEL)
    assert path.read_text(encoding="utf-8") == OwnFile
    assert window.overlay_controls.is_linked
    again = opened()
    linked = again.editor("linked")
    assert isinstance(linked, QCheckBox)
    assert linked.isChecked()
    assert again.keys.choices.keys("flip") == "H"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("catalogue", "/no/such/folder", "There is no folder /no/such/folder."),
        ("bundle", "no-such-bundle", "no-such-bundle"),
        ("receiver.ae_title", "A TITLE MUCH TOO LONG", "is no AE title"),
        ("receiver.host", "0.0.0.0", "name the AE titles that may send"),
    ],
)
def test_an_impossible_value_is_one_sentence_and_nothing_is_lost(
    qtbot: QtBot,
    path: Path,
    opened: Callable[[], SettingsDialog],
    name: str,
    text: str,
    sentence: str,
) -> None:
    dialog = opened()
    widget = dialog.editor(name)
    line = widget.lineEdit() if isinstance(widget, QComboBox) else widget
    assert isinstance(line, QLineEdit)
    line.setText(text)
    click(qtbot, dialog, SAVE)
    assert dialog.isVisible()
    assert sentence in dialog.problem
    assert line.text() == text
    assert path.read_text(encoding="utf-8") == OwnFile


def test_a_file_that_cannot_be_written_is_one_sentence(
    qtbot: QtBot, path: Path, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    path.write_text('neighbours = 9\ncatalogue = """\n"""\n', encoding="utf-8")
    number = dialog.editor("catalogue")
    assert isinstance(number, QLineEdit)
    number.setText(str(path.parent))
    click(qtbot, dialog, SAVE)
    assert dialog.isVisible()
    assert "edit it by hand" in dialog.problem


def test_the_defaults_come_back_and_leave_the_file(
    qtbot: QtBot, path: Path, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    click(qtbot, dialog, QDialogButtonBox.StandardButton.RestoreDefaults)
    click(qtbot, dialog, SAVE)
    assert load_settings(path) == Settings()
    assert "# mine" in path.read_text(encoding="utf-8")


def test_a_key_is_changed_by_pressing_it_and_works_at_once(
    qtbot: QtBot, window: MainWindow, path: Path, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    dialog.tabs.setCurrentIndex(1)
    dialog.keys.choose("flip")
    qtbot.mouseClick(dialog.keys.change_button, Qt.MouseButton.LeftButton)
    assert dialog.keys.capture.is_waiting
    qtbot.keyClick(dialog.keys.capture, Qt.Key.Key_J)
    assert not dialog.keys.capture.is_waiting
    assert dialog.keys.choices.keys("flip") == "J"
    click(qtbot, dialog, SAVE)
    assert load_settings(path).keys == {"invert": "Ctrl+I", "flip": "J"}
    assert window.bound["flip"].shortcut() == QKeySequence("J")
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_J)
    assert window.query.view.state.is_flipped


def test_tool_tips_name_the_key_that_is_bound_now(window: MainWindow) -> None:
    export, back = window.tools.export_button, window.results_area.bar.back
    assert export.toolTip().endswith("(E)")
    window.bound.set_keys({"export": "Ctrl+J", "query_back": ""})
    assert export.toolTip().endswith("identity (Ctrl+J)")
    assert back.toolTip() == back.accessibleName() == "Earlier query"
    window.bound.set_keys({})
    assert back.toolTip() == "Earlier query (Alt+Left)"


def test_a_taken_key_is_said_and_taken_by_pressing_it_again(
    qtbot: QtBot, opened: Callable[[], SettingsDialog]
) -> None:
    keys = opened().keys
    keys.choose("flip")
    keys.change_button.click()
    qtbot.keyClick(keys.capture, Qt.Key.Key_O)
    assert "O is taken: “overlay on or off”" in keys.message
    assert keys.choices.keys("flip") == "H"
    qtbot.keyClick(keys.capture, Qt.Key.Key_O)
    assert (keys.choices.keys("flip"), keys.choices.keys("overlay")) == ("O", "")
    keys.choose("overlay")
    keys.reset_button.click()
    assert "O is taken: “exchange left and right”" in keys.message
    keys.reset_all_button.click()
    assert keys.choices.changes == {}


def test_escape_leaves_the_key_and_the_dialog_stays(
    qtbot: QtBot, opened: Callable[[], SettingsDialog]
) -> None:
    dialog = opened()
    dialog.tabs.setCurrentIndex(1)
    dialog.keys.choose("flip")
    dialog.keys.change_button.click()
    qtbot.keyClick(dialog.keys.capture, Qt.Key.Key_Escape)
    assert not dialog.keys.capture.is_waiting
    assert dialog.isVisible()
    assert dialog.keys.choices.keys("flip") == "H"


@pytest.mark.parametrize("key", ["Return", "Left", "Shift+Up", "+", "Tab"])
def test_keys_of_the_panes_are_not_given_away(key: str) -> None:
    assert "use" in KeyChoices({}).problem("flip", key)


def test_further_keys_and_none() -> None:
    choices = KeyChoices({})
    choices.give("flip", "J", is_further=True)
    assert choices.keys("flip") == "H J"
    choices.clear("flip")
    assert choices.changes == {"flip": ""}
    assert choices.reset("flip") == ""
    assert choices.changes == {}


@pytest.mark.parametrize(
    ("key", "modifiers", "written"),
    [
        (Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier, "Ctrl+I"),
        (Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier, "?"),
        (Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier, "Shift+T"),
        (Qt.Key.Key_5, Qt.KeyboardModifier.KeypadModifier, "5"),
        (Qt.Key.Key_F12, Qt.KeyboardModifier.AltModifier, "Alt+F12"),
    ],
)
def test_keys_are_written_as_the_settings_read_them(
    key: Qt.Key, modifiers: Qt.KeyboardModifier, written: str
) -> None:
    assert written_key(key, modifiers) == written
    Settings(keys={"flip": written, "sigmoid": "", "turn_left": "", "case_5": "", "keys": ""}) if (
        written in ("Shift+T", "5", "?")
    ) else Settings(keys={"flip": written})
