"""Training configurations: those that ship can be read, and mistakes are named."""

from pathlib import Path

import pytest

from export_models.config import ConfigError, read_config

CONFIGS = Path(__file__).parents[2] / "export_models" / "configs"
MINIMAL = """
name = "x"
version = "1"
condition = "X"
tables = ["cases.csv"]
[input]
size = 64
[[classes]]
name = "no"
findings = ["*"]
[[classes]]
name = "X"
findings = ["X"]
[stages.cnn]
epochs = 1
"""


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_configuration_that_ships_can_be_read(path: Path) -> None:
    config = read_config(path)
    assert config.name == path.stem
    assert config.network.classes == config.logits


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("epochs = 1", "epochs = 0"), "positive"),
        (("epochs = 1", "epoch = 1"), "epoch"),
        (("[stages.cnn]", "[stages.cmm]"), "cmm"),
        (("size = 64", "size = 65"), "multiple of 32"),
        (('tables = ["cases.csv"]', "tables = []"), "table"),
        (('name = "x"\n', ""), "name"),
        (('name = "x"', "name = x"), "TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, change: tuple[str, str], named: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(MINIMAL.replace(*change, 1))
    with pytest.raises(ConfigError, match=named):
        read_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        read_config(tmp_path / "none.toml")
