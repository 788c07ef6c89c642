"""The recipes in `resources/integration`, as far as their programs are here."""

import json
import re
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QProcess
from PySide6.QtQml import QJSEngine
from pytestqt.qtbot import QtBot

from tests.department.orthanc_peer import missing, running_orthanc
from viewer.frame.main_window import MainWindow
from viewer.integration.link_desk import LinkDesk
from viewer.integration.links import ArchiveLink, parse_link

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "resources" / "integration"
SERVE_FOLDERS = Path("/usr/share/orthanc/plugins/libServeFolders.so")
DICOMWEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
Writer = Callable[..., Path]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    one = MainWindow()
    qtbot.addWidget(one)
    yield one
    one.close()


@pytest.fixture
def asked(window: MainWindow) -> list[ArchiveLink]:
    """What the window that runs was asked to open from an archive."""
    heard: list[ArchiveLink] = []
    desk = LinkDesk(window, (), lambda: None)
    desk.open_from_archive = heard.append
    desk.listen()
    return heard


def write_study(path: Path, dicom_writer: Writer, uid: str = "1.2.840.99.1") -> Path:
    values = np.full((16, 16), 7, np.uint16)
    return dicom_writer(path, values, StudyInstanceUID=uid, StudyDescription="<b>Thorax</b>")


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_orthanc_opens_what_arrives(
    tmp_path: Path, dicom_writer: Writer, asked: list[ArchiveLink], qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    command = tmp_path / "kindred"
    command.write_text(f'#!/bin/sh\ncd "{ROOT}" && exec "{sys.executable}" -m viewer "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("KINDRED_COMMAND", str(command))
    scripts = [str(RECIPES / "orthanc_open.lua")]
    (tmp_path / "peer").mkdir()
    with running_orthanc(tmp_path / "peer", LuaScripts=scripts, StableAge=1) as orthanc:
        orthanc.store(write_study(tmp_path / "a.dcm", dicom_writer))
        qtbot.waitUntil(lambda: bool(asked), timeout=60_000)
    assert asked == [ArchiveLink("orthanc", "1.2.840.99.1")]


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_orthancs_script_lets_only_a_uid_become_a_command(
    tmp_path: Path, dicom_writer: Writer
) -> None:
    heard = tmp_path / "heard"
    (tmp_path / "peer").mkdir()
    with running_orthanc(tmp_path / "peer", ExecuteLuaEnabled=True) as orthanc:
        for uid in ('1.2";touch heard;"', "1.2$(touch heard)", "1.2`touch heard`", "", "1." * 40):
            script = (RECIPES / "orthanc_open.lua").read_text()
            script = script.replace("os.execute(", "print('COMMAND ' .. ")
            script += f"\nOnStableStudy('x', {{StudyInstanceUID = [==[{uid}]==]}}, {{}})\n"
            answer = _run_lua(orthanc.rest, script)
            assert "COMMAND" not in answer, uid
        script = script.rpartition("OnStableStudy")[0]
        script += "OnStableStudy('x', {StudyInstanceUID = '1.2.3'}, {})\n"
        answer = _run_lua(orthanc.rest, script)
        assert 'open -- "kindred://open?archive=orthanc&study=1.2.3" &' in answer
    assert not heard.exists()


def _run_lua(rest: Callable[..., bytes], script: str) -> str:
    return rest("/tools/execute-script", method="POST", body=script).decode()


@pytest.mark.skipif(
    bool(missing()) or not SERVE_FOLDERS.is_file(),
    reason=missing() or "needs Orthanc's ServeFolders plugin",
)
def test_orthanc_serves_a_page_whose_links_are_followed(
    tmp_path: Path, dicom_writer: Writer, asked: list[ArchiveLink], window: MainWindow
) -> None:
    (tmp_path / "peer").mkdir()
    settings = {
        "Plugins": [str(DICOMWEB), str(SERVE_FOLDERS)],
        "ServeFolders": {"/kindred": str(RECIPES / "orthanc_page")},
    }
    with running_orthanc(tmp_path / "peer", **settings) as orthanc:
        orthanc.store(write_study(tmp_path / "a.dcm", dicom_writer))
        page = orthanc.rest("/kindred/index.html").decode()
        scripts = [
            orthanc.rest(f"/kindred/{name}").decode() for name in re.findall(r'src="(.*?)"', page)
        ]
        studies = orthanc.rest("/studies?expand&since=0&limit=200").decode()
    assert "listStudies(document" in scripts[1]
    engine = QJSEngine()
    # As little of a page as the script uses; there is no browser here.
    engine.evaluate(
        "var page = {createElement: kind => ({kind, children: [], appendChild(one) "
        "{ this.children.push(one) }})}"
    )
    assert not engine.evaluate(_without_async(scripts[0])).isError()
    made = engine.evaluate(
        f"JSON.stringify(rowOf(page, 'orthanc', {json.dumps(json.loads(studies)[0])}))"
    )
    cells = json.loads(made.toString())["children"]
    assert [cell["textContent"] for cell in cells[:4]][3] == "<b>Thorax</b>"
    (anchor,) = cells[4]["children"]
    assert parse_link(anchor["href"]) == ArchiveLink("orthanc", "1.2.840.99.1")
    bad = engine.evaluate("kindredLink('orthanc', '1.2&file=/etc/passwd')")
    assert bad.isNull()


def _without_async(script: str) -> str:
    """Qt's engine knows no `async`; what is in it is Orthanc's answer, read above."""
    return script.split("// The newest studies")[0]


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("?StudyInstanceUIDs=1.2.3", ArchiveLink("hospital", "1.2.3")),
        ("?StudyInstanceUIDs=1.2.3,4.5.6&x=1", ArchiveLink("hospital", "1.2.3")),
        ("?StudyInstanceUIDs=1.2%26run", None),
        ("", None),
    ],
)
def test_the_bookmark_for_ohif_makes_a_link_of_its_address(
    address: str, link: ArchiveLink | None
) -> None:
    engine = QJSEngine()
    query = json.dumps(dict(urllib.parse.parse_qsl(address.lstrip("?"))))
    engine.evaluate(
        "var said = '', location = {search: '', href: ''}; function alert(text) { said = text }"
        f"function URLSearchParams() {{ this.get = key => ({query})[key] }}"
    )
    script = (RECIPES / "ohif_bookmarklet.js").read_text().removeprefix("javascript:")
    assert not engine.evaluate(script).isError()
    href = engine.evaluate("location.href").toString()
    assert (parse_link(href) if href else None) == link
    assert (engine.evaluate("said").toString() == "") == (link is not None)


def test_kindred_answers_as_weasis_calls_it(
    tmp_path: Path, window: MainWindow, asked: list[ArchiveLink], qtbot: QtBot
) -> None:
    """A process with the parameters one by one, no shell; it ends before Weasis gives up."""
    text = (RECIPES / "README.md").read_text()
    lines = text.split("Parameters, one per line:\n\n```\n")[1].split("\n```")[0].splitlines()
    folder = tmp_path / "weasis selection"
    folder.mkdir()
    given = [line.replace("{dicom:selection.folder}", str(folder)) for line in lines]
    browsed: list[Path] = []
    window.browse_wished.connect(browsed.append)
    process = QProcess()
    process.setWorkingDirectory(str(ROOT))
    with qtbot.waitSignal(process.finished, timeout=60_000):
        process.start(sys.executable, ["-m", "viewer", *given])
    said = bytes(process.readAllStandardError().data())
    assert (process.exitStatus(), process.exitCode()) == (process.ExitStatus.NormalExit, 0), said
    assert browsed == [folder]


def test_every_file_of_the_recipes_is_named_in_their_readme() -> None:
    text = (RECIPES / "README.md").read_text()
    for name in ("orthanc_open.lua", "ohif_bookmarklet.js", "orthanc_page/"):
        assert f"`{name}`" in text
        assert (RECIPES / name).exists()
