"""The user's file is changed where it must be, and nowhere else."""

import tomllib
from pathlib import Path

import pytest

from viewer.preferences.settings import Settings, SettingsError, load_settings
from viewer.preferences.settings_file import changed_text, toml_value, write_changes

FILE = """\
# My own file. Do not lose this.
neighbours = 9   # as at the board
method = "cnn"

[keys]
# the left hand
invert = "Ctrl+I"
"""


def test_comments_order_and_other_entries_stay() -> None:
    changed = changed_text(
        FILE, {"": {"neighbours": 6, "provider": "cpu"}, "keys": {"flip": "Ctrl+H"}}
    )
    assert changed.splitlines() == [
        "# My own file. Do not lose this.",
        "neighbours = 6   # as at the board",
        'method = "cnn"',
        'provider = "cpu"',
        "",
        "[keys]",
        "# the left hand",
        'invert = "Ctrl+I"',
        'flip = "Ctrl+H"',
    ]


def test_what_is_set_back_loses_its_line_alone() -> None:
    changed = changed_text(FILE, {"": {"neighbours": None}, "keys": {"invert": None, "flip": None}})
    assert tomllib.loads(changed) == {"method": "cnn", "keys": {}}
    assert "# My own file" in changed
    assert "# the left hand" in changed


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "kindred" / "settings.toml"
    write_changes(
        path, {"": {"overlay": False}, "keys": {"sigmoid": ""}, "links": {"roots": ["/a"]}}
    )
    assert load_settings(path) == Settings(
        overlay=False, keys={"sigmoid": ""}, links={"roots": ["/a"]}
    )
    assert [one.name for one in path.parent.iterdir()] == ["settings.toml"]


def test_nothing_changed_is_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    write_changes(path, {"": {"overlay": None}, "keys": {}})
    assert not path.exists()


@pytest.mark.parametrize(
    "value",
    ["", 'C:\\Röntgen\\"new"', "tab\there", "שלום # no comment", 0.25, 7, True, ["a", "b # c"]],
)
def test_every_value_is_read_as_it_was_written(value: object) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}") == {"x": value}
    changed = changed_text('catalogue = "old # not a comment" # why\n', {"": {"catalogue": value}})
    assert tomllib.loads(changed) == {"catalogue": value}
    assert changed.rstrip().endswith("# why")


def test_unknown_entries_of_another_version_stay() -> None:
    changed = changed_text(
        "later = [1,\n 2]\n[beyond]\nx = 1\n", {"": {"overlay": False}, "keys": {"fit": "J"}}
    )
    content = tomllib.loads(changed)
    assert content == {
        "later": [1, 2],
        "overlay": False,
        "beyond": {"x": 1},
        "keys": {"fit": "J"},
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param('catalogue = """a\nb"""\n', "edit it by hand", id="over several lines"),
        pytest.param('keys = {invert = "J"}\n', "edit it by hand", id="keys in one line"),
        pytest.param("neighbours = \n", "is not a TOML file", id="no TOML"),
    ],
)
def test_what_cannot_be_changed_safely_is_left_alone(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=sentence):
        write_changes(path, {"": {"catalogue": "c"}, "keys": {"invert": "Ctrl+I"}})
    assert path.read_text(encoding="utf-8") == text


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "kindred").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(SettingsError, match="it cannot be written"):
        write_changes(tmp_path / "kindred" / "settings.toml", {"": {"overlay": False}})
