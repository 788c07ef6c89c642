"""What the README says is there is there, and its commands are those that are tried."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from viewer.commands.system_check import SYSTEM_PACKAGES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def map_paths() -> list[str]:
    """The paths of the README's map, from its indentation."""
    block = README.split("## Map", 1)[1].split("```", 2)[1]
    paths, folder = [], ""
    for line in block.splitlines():
        found = re.match(r"( {4})?(\S+)", line)
        if found is None:
            continue
        name = found.group(2)
        if found.group(1):
            paths.append(folder + name)
        else:
            folder = name if name.endswith("/") else ""
            paths.append(name)
    return paths


def command(name: str) -> str:
    """The one line of the code block marked with a name."""
    return README.split(f"<!-- {name} -->\n```sh\n", 1)[1].split("\n```", 1)[0]


def test_the_map_was_found() -> None:
    assert len(map_paths()) > 40
    assert "inference/pipeline.py" in map_paths()


@pytest.mark.parametrize("path", map_paths())
def test_every_path_of_the_map_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_picture_exists() -> None:
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / path).is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="the check is a bash script")
@pytest.mark.parametrize("name", ["demo", "tests"])
def test_ci_runs_the_readmes_own_commands(name: str) -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    function = script[script.index("readme_command() {") : script.index("\n}\n") + 3]
    found = subprocess.run(
        ["bash", "-c", f"{function}\nreadme_command {name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert found == command(name) + "\n"
    assert "\n" not in command(name)
    assert f"readme_command {name}" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("name", ["demo", "tests"])
def test_the_commands_install_every_system_package(name: str) -> None:
    words = command(name).split()
    assert not set(SYSTEM_PACKAGES) - set(words)
    assert {"g++", "python3-dev", "python3-venv"} <= set(words)
