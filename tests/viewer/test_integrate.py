"""Which command links are given to, and what macOS is told."""

import plistlib
import subprocess
import sys
from pathlib import Path

import pytest

from viewer.command_line import main
from viewer.integration.integrate import opening_command
from viewer.integration.macos import BUNDLE_KEYS, instruction

ROOT = Path(__file__).parents[2]


def test_the_command_is_there_and_refuses_a_bad_link_without_opening_anything() -> None:
    command = opening_command()
    assert command[-2:] == ["open", "--"]
    done = subprocess.run(
        [*command, "kindred://run?command=ls"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("kindred: This link is not opened: ")


def test_what_follows_a_link_is_wrong_usage_and_no_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["open", "--", "kindred://open?file=/a", "--export", "x"]) == 2
    assert main(["open", "--", "kindred://open?file=/a --new-window"]) == 3


def test_a_packed_program_is_called_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/kindred/kindred")
    assert opening_command() == ["/opt/kindred/kindred", "open", "--"]


def test_macos_is_told_what_a_bundle_needs() -> None:
    assert BUNDLE_KEYS in "\n".join(instruction(remove=False))
    keys = plistlib.loads(f'<plist version="1.0"><dict>{BUNDLE_KEYS}</dict></plist>'.encode())
    assert keys["CFBundleURLTypes"][0]["CFBundleURLSchemes"] == ["kindred"]
    assert "Nothing was changed" in next(instruction(remove=True))
