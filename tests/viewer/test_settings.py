"""Settings are put together in order, and a mistake in a file is named."""

import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from inference.bundle_store import resources_folder
from viewer.preferences.settings import Settings, SettingsError, load_settings


def test_the_shipped_file_lists_every_setting_with_its_default() -> None:
    text = (resources_folder() / "settings.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == asdict(Settings())


def test_the_command_line_comes_before_the_users_file_and_that_before_the_defaults(
    tmp_path: Path,
) -> None:
    own = tmp_path / "settings.toml"
    own.write_text('neighbours = 7\nmethod = "cnn"\n', encoding="utf-8")
    settings = load_settings(own, {"method": "metric", "bundle": None})
    assert settings == Settings(neighbours=7, method="metric")
    assert load_settings(tmp_path / "absent.toml") == Settings()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("neigbours = 3", "no setting 'neigbours'; did you mean neighbours", id="typo"),
        pytest.param("neighbours = 0", "neighbours must be from 1 to 50", id="range"),
        pytest.param("neighbours = true", "neighbours must be a whole number", id="bool as int"),
        pytest.param('overlay = "yes"', "overlay must be true or false, not 'yes'", id="type"),
        pytest.param("overlay_opacity = 1", None, id="a whole number is a number"),
        pytest.param('colour_map = "jet"', "colour_map must be one of inferno", id="colours"),
        pytest.param('provider = "tpu"', 'provider must be "auto"', id="provider"),
        pytest.param("neighbours = ", "it is not a TOML file", id="not TOML"),
    ],
)
def test_a_mistake_in_the_users_file_is_named(
    tmp_path: Path, text: str, sentence: str | None
) -> None:
    own = tmp_path / "settings.toml"
    own.write_text(text, encoding="utf-8")
    if sentence is None:
        assert load_settings(own).overlay_opacity == 1
        return
    with pytest.raises(SettingsError) as caught:
        load_settings(own)
    assert sentence in str(caught.value)
    assert str(own) in str(caught.value)
