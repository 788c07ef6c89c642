"""A second `kindred`, in a process of its own, and the window that runs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from viewer.command_line import main
from viewer.commands.open import Opening, opening
from viewer.frame.main_window import MainWindow
from viewer.integration.link_desk import LinkDesk
from viewer.integration.links import LinkError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "cases"
    inside.mkdir()
    for path in (inside / "a.png", tmp_path / "b.png"):
        Image.new("L", (8, 8)).save(path)
    return inside


@pytest.fixture
def opened(qtbot: QtBot, folder: Path) -> Iterator[list[Path]]:
    """What the window that runs was asked to open."""
    window = MainWindow()
    qtbot.addWidget(window)
    heard: list[Path] = []
    window.radiograph_wished.connect(heard.append)
    window.folder_wished.connect(heard.append)
    window.browse_wished.connect(lambda path: heard.append(path / "browsed"))
    desk = LinkDesk(window, (), lambda: folder)
    desk.listen()
    yield heard
    window.close()


def kindred(qtbot: QtBot, *arguments: str, cwd: Path = ROOT) -> tuple[int, str]:
    """Run the command while the window goes on; its exit code and what it says."""
    script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from viewer.command_line import main"
    running = subprocess.Popen(
        [sys.executable, "-c", f"{script}; sys.exit(main())", str(ROOT), *arguments],
        cwd=cwd,
        stderr=subprocess.PIPE,
        text=True,
    )
    qtbot.waitUntil(lambda: running.poll() is not None, timeout=60_000)
    return running.returncode, running.communicate()[1]


def test_a_second_start_hands_over_and_ends(qtbot: QtBot, opened: list[Path], folder: Path) -> None:
    assert kindred(qtbot, "a.png", cwd=folder) == (0, "")
    assert kindred(qtbot, str(folder)) == (0, "")
    assert kindred(qtbot) == (0, "")
    assert kindred(qtbot, f"kindred://open?file={folder / 'a.png'}") == (0, "")
    assert kindred(qtbot, "open", "--browse", ".", cwd=folder) == (0, "")
    assert opened == [
        folder / "a.png", folder, (folder / "a.png").resolve(), folder / "browsed",
    ]  # fmt: skip


def test_what_the_window_refuses_is_said_by_both(
    qtbot: QtBot, opened: list[Path], folder: Path
) -> None:
    code, said = kindred(qtbot, f"kindred://open?file={folder.parent / 'b.png'}")
    assert (code, opened) == (3, [])
    assert said.startswith("kindred: This link is not opened: it leads out of the folders")
    code, said = kindred(qtbot, str(folder / "gone.png"))
    assert (code, said) == (3, "kindred: There is no gone.png to open.\n")


@pytest.mark.parametrize("extra", ["--new-window", "--bundle=x", "--provider=cpu"])
def test_a_window_of_its_own_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, extra: str
) -> None:
    def fail(_: object) -> bool:
        raise AssertionError("it was handed over")

    own: list[object] = []
    monkeypatch.setattr("viewer.commands.open.handed_over", fail)

    def run(asked: Opening, *_: object) -> int:
        own.append(asked.image)
        return 0

    monkeypatch.setattr("viewer.commands.open.run_window", run)
    assert main(["open", "a.png", extra]) == 0
    assert own == [Path("a.png")]


def test_the_argument_is_a_radiograph_a_folder_or_a_link(tmp_path: Path) -> None:
    assert opening(None, None) == Opening()
    assert opening(str(tmp_path), None) == Opening(None, tmp_path)
    assert opening(str(tmp_path / "a"), tmp_path) == Opening(tmp_path / "a", tmp_path)
    link = "kindred://open?archive=a&study=1.2"
    assert opening(link, None) == Opening(link=link)
    assert opening(str(tmp_path), None, is_browsed=True) == Opening(browsed=tmp_path)
    assert opening("disc/DICOMDIR", None) == Opening(browsed=Path("disc/DICOMDIR"))
    with pytest.raises(LinkError):
        opening("kindred:///etc/passwd", None)
