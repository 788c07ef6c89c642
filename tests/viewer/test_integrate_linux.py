"""Registering the scheme on Linux, and leaving everything as it was."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from viewer.integration.errors import IntegrationError
from viewer.integration.linux import (
    DESKTOP_ID,
    Places,
    desktop_entry,
    integrate,
    remove,
    with_default,
    without_default,
)

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="desktop files are of Linux"
)
OTHERS = """# mine
[Added Associations]
image/png=a.desktop;

[Default Applications]
text/html=browser.desktop
x-scheme-handler/mailto=mail.desktop;

[Removed Associations]
image/png=b.desktop;"""


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, with bytes."""
    return {
        str(one.relative_to(folder)): one.read_bytes() if one.is_file() else None
        for one in sorted(folder.rglob("*"))
    }


@pytest.fixture
def places(tmp_path: Path) -> Places:
    home = tmp_path / "home"
    home.mkdir()
    data = home / ".local" / "share"
    return Places(
        data / "applications" / DESKTOP_ID,
        home / ".config" / "mimeapps.list",
        data / "kindred" / "integration.json",
    )


@pytest.mark.parametrize(
    "before", [None, "", "\n", OTHERS, "[Default Applications]\n", "junk \xa0"]
)
def test_removing_leaves_every_byte_as_it_was(
    places: Places, tmp_path: Path, before: str | None
) -> None:
    if before is not None:
        places.associations.parent.mkdir()
        places.associations.write_bytes(before.encode("latin-1"))
        places.associations.chmod(0o600)
    was = contents(tmp_path)
    said = list(integrate(places, ["/opt/kindred"]))
    assert f"Wrote {places.desktop}" in said
    assert f"x-scheme-handler/kindred={DESKTOP_ID};" in places.associations.read_text("latin-1")
    assert list(integrate(places, ["/opt/kindred"])) == [
        "Links open with Kindred already; nothing was changed."
    ]
    list(integrate(places, ["/moved/kindred"]))
    assert "/moved/kindred" in places.desktop.read_text()
    list(remove(places))
    assert contents(tmp_path) == was
    if before is not None:
        assert places.associations.stat().st_mode & 0o777 == 0o600
    assert list(remove(places)) == ["Links are not registered; nothing was changed."]
    assert contents(tmp_path) == was


def test_what_others_changed_meanwhile_stays(places: Places) -> None:
    list(integrate(places, ["/opt/kindred"]))
    with places.associations.open("a") as file:
        file.write("image/png=viewer.desktop\n")
    list(remove(places))
    assert places.associations.read_text() == ("[Default Applications]\nimage/png=viewer.desktop\n")


def test_what_opened_links_before_does_so_again(places: Places) -> None:
    places.associations.parent.mkdir()
    places.associations.write_text("[Default Applications]\nx-scheme-handler/kindred=old.desktop\n")
    list(integrate(places, ["/opt/kindred"]))
    text = places.associations.read_text()
    assert f"x-scheme-handler/kindred={DESKTOP_ID};old.desktop" in text
    with places.associations.open("a") as file:
        file.write("# changed\n")
    list(remove(places))
    assert "x-scheme-handler/kindred=old.desktop;\n# changed" in places.associations.read_text()


def test_a_list_kept_behind_a_link_stays_behind_it(places: Places, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles"
    real.write_text("[Default Applications]\n")
    places.associations.parent.mkdir()
    places.associations.symlink_to(real)
    list(integrate(places, ["/opt/kindred"]))
    assert places.associations.is_symlink()
    assert DESKTOP_ID in real.read_text()


def test_a_damaged_record_costs_nothing_but_exactness(places: Places) -> None:
    list(integrate(places, ["/opt/kindred"]))
    for damage in ("{", "[]", '{"before": 3, "after": "", "folders": []}'):
        places.record.write_text(damage)
        list(remove(places))
        assert DESKTOP_ID not in places.associations.read_text()
        assert not places.desktop.exists()
        list(integrate(places, ["/opt/kindred"]))


def test_a_place_that_cannot_be_written_is_a_sentence(places: Places) -> None:
    places.desktop.parent.parent.mkdir(parents=True)
    places.desktop.parent.write_text("a file where a folder should be")
    with pytest.raises(IntegrationError, match=r"Links are not registered: .* cannot be"):
        list(integrate(places, ["/opt/kindred"]))


def test_a_section_given_twice_and_other_keys_are_left_alone() -> None:
    text = "[Default Applications]\na/b=c\n[X]\nx-scheme-handler/kindred=mine\n"
    assert without_default(with_default(text)) == text
    assert with_default(text).index(DESKTOP_ID) < text.index("[X]") + len(DESKTOP_ID) + 40


@pytest.mark.parametrize("name", ["plain", "with blank", 'q"uote', "do$llar`", "b\\s"])
def test_any_path_of_the_program_is_quoted_for_the_desktop(tmp_path: Path, name: str) -> None:
    """Read back as the specification says, and by GLib where it is there."""
    program = tmp_path / name / "kindred"
    program.parent.mkdir()
    heard = tmp_path / "heard"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{heard}"\n')
    program.chmod(0o755)
    entry = tmp_path / "test.desktop"
    entry.write_text(desktop_entry([str(program), "open", "--"]))
    if shutil.which("gio") is None:
        pytest.skip("needs gio, of GLib")
    link = "kindred://open?file=/a%20b.dcm"
    subprocess.run(["gio", "launch", str(entry), link], check=True, timeout=30)
    for _ in range(100):
        if heard.exists() and heard.read_text().count("\n") == 3:
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert heard.read_text().split("\n") == ["open", "--", link, ""]


def test_a_per_cent_sign_is_no_field_of_the_entry() -> None:
    # Not tried with gio: GLib 2.74 looks for the program before it puts one sign for two.
    assert 'Exec="/a%%b/kindred" "open" %u\n' in desktop_entry(["/a%b/kindred", "open"])


@pytest.mark.parametrize("opener", [["gio", "open"], ["xdg-open"]])
def test_the_desktop_gives_a_link_to_the_registered_program(
    tmp_path: Path, opener: list[str]
) -> None:
    if shutil.which(opener[0]) is None:
        pytest.skip(f"needs {opener[0]}")
    home = tmp_path / "home"
    home.mkdir()
    data, config = home / "data", home / "config"
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_DATA_HOME": str(data),
        "XDG_CONFIG_HOME": str(config),
    }
    places = Places(
        data / "applications" / DESKTOP_ID, config / "mimeapps.list", data / "kindred" / "i.json"
    )
    program, heard = tmp_path / "program", tmp_path / "heard"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{heard}.new"\nmv {heard}.new {heard}\n')
    program.chmod(0o755)
    list(integrate(places, [str(program), "open", "--"]))
    link = "kindred://open?archive=main&study=1.2.3"
    subprocess.run([*opener, link], env=environment, check=True, timeout=30)
    for _ in range(100):
        if heard.exists():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert heard.read_text() == f"open\n--\n{link}\n"


def test_the_command_registers_and_takes_back_for_this_user_alone(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path)}
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        environment.pop(name, None)

    def kindred(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "viewer", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    said = kindred("integrate")
    assert f"Wrote {tmp_path}/.local/share/applications/{DESKTOP_ID}" in said
    assert (tmp_path / ".config" / "mimeapps.list").is_file()
    assert "Deleted" in kindred("integrate", "--remove")
    assert contents(tmp_path) == {}
