"""One radiograph's whole way through a department, between real programs.

DCMTK's storescu sends it to the window and to Orthanc; the window has analysed it before anybody
asks; a second start of the program hands over a link, and it is opened from the archive; its
comparison goes back there, and what the archive returns is read by others. The window, the
command and the service name the same similar cases; that napari's dock shows those of the command
is `test_napari.py`.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pytestqt.qtbot import QtBot

from inference.archive.archive_client import has_dicomweb
from inference.archive.credentials import Passwords
from inference.pipeline import open_engine
from inference.pseudonym import pseudonym
from tests.department.orthanc_peer import Orthanc
from tests.department.returned_results import dcmtk, validated
from tests.department.service_peer import serving
from viewer.archive.controller import ArchiveController
from viewer.archive.receiving import ReceivingController
from viewer.case.case_controller import CaseController
from viewer.command_line import main
from viewer.commands.demo import DEMO_BUNDLE, DemoPlace, make_demo
from viewer.frame.main_window import MainWindow
from viewer.integration.link_desk import LinkDesk
from viewer.preferences.settings import Settings
from viewer.returning.content import pixels_of
from viewer.returning.controller import ReturnController

pytest.importorskip("highdicom", reason="needs the extra dicom-io")
pytest.importorskip("fastapi", reason="needs the extra serve")
pytestmark = [
    pytest.mark.skipif(not has_dicomweb(), reason="needs the extra dicom-io"),
    pytest.mark.skipif(
        shutil.which("dciodvfy") is None, reason="needs dciodvfy (apt-get install dicom3tools)"
    ),
]

ROOT = Path(__file__).parents[2]
RESULTS = {"sc": "OT", "gsps": "PR", "seg": "SEG", "sr": "SR"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The window as `viewer.app` builds it, as far as a department meets it."""

    window: MainWindow
    controller: CaseController
    receiving: ReceivingController
    returning: ReturnController

    @property
    def shown(self) -> list[str]:
        """The ids of the similar cases on the screen."""
        panel = self.window.neighbours
        found = (panel.neighbour(rank) for rank in range(1, panel.count + 1))
        return [one.case.case_id for one in found if one is not None]


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DemoPlace:
    """The demo with fewer phantoms, and a data folder of its own."""
    for name in ("DATA", "CONFIG", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    *_, last = make_demo(24)
    return last.place


@pytest.fixture
def desk(demo: DemoPlace, orthanc: Orthanc, qtbot: QtBot) -> Iterator[Desk]:
    """A window on the demo's catalogue, with the archive, and the receiver still off."""
    archive = {
        "url": orthanc.dicomweb_url, "ae_title": orthanc.aet, "ae_host": orthanc.host,
        "ae_port": orthanc.dicom_port,
    }  # fmt: skip
    settings = Settings(
        provider="cpu", neighbours=4, archives={"hospital": archive}, receiver={"port": 0}
    )
    passwords = Passwords(uses_keyring=False)
    window = MainWindow()
    qtbot.addWidget(window)
    controller = window.panel.begin(settings)
    archives = ArchiveController(window, controller, settings, passwords=passwords)
    receiving = ReceivingController(window, controller, settings)
    returning = ReturnController(window, controller.comparison, settings, passwords=passwords)
    links = LinkDesk(window, (), lambda: controller.engines.folder)
    links.open_from_archive = archives.open_link
    links.listen()
    faults: list[object] = []
    for one in (window.panel, archives, receiving, returning):
        one.fault_found.connect(faults.append)
    window.show()
    controller.start(None, demo.catalogue, None)
    qtbot.waitUntil(lambda: not controller.is_busy, timeout=60_000)
    yield Desk(window, controller, receiving, returning)
    window.close()
    window.panel.shut_down()
    assert faults == []


def run(program: str, *arguments: object) -> str:
    """One of DCMTK's programs, which must succeed; what it printed."""
    command = [dcmtk(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(errors="replace")


def test_a_radiograph_goes_through_the_department(
    desk: Desk, demo: DemoPlace, orthanc: Orthanc, tmp_path: Path, qtbot: QtBot,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def wait(until: Callable[[], bool]) -> None:
        qtbot.waitUntil(until, timeout=60_000)

    # It is sent to both, and analysed before anybody asks.
    desk.window.bound["received"].trigger()
    received = desk.receiving.received_window
    received.switch.setChecked(True)
    wait(lambda: desk.receiving.port != 0)
    run("storescu", "-aec", "KINDRED", "127.0.0.1", desk.receiving.port, demo.query)
    run("storescu", "-aec", orthanc.aet, orthanc.host, orthanc.dicom_port, demo.query)
    wait(lambda: received.table.rowCount() == 1)
    wait(lambda: "Pleural effusion " in received.table.item(0, 3).text())  # type: ignore[union-attr]
    assert desk.controller.query is None

    # A second start hands over a link: it is opened from the archive.
    query = dcmread(demo.query)
    link = f"kindred://open?archive=hospital&study={query.StudyInstanceUID}"
    second = subprocess.Popen([sys.executable, "-m", "viewer", "open", link], cwd=ROOT)
    wait(lambda: second.poll() is not None)
    assert second.returncode == 0
    wait(lambda: len(desk.controller.views) == 4 and not desk.controller.is_busy)
    analysis = desk.controller.analysis
    assert analysis is not None
    assert analysis.radiograph is not None
    assert analysis.radiograph.header.instance_uid == query.SOPInstanceUID
    assert analysis.path.resolve() != demo.query.resolve()
    assert not received.isVisible()  # it lay over the similar cases
    probability = analysis.probabilities[-1]
    assert received.table.item(0, 3).text().endswith(f"{probability:.2f}")  # type: ignore[union-attr]

    # The window, the command and the service name the same cases.
    chosen = ["--catalogue", str(demo.catalogue), "--json", "--provider", "cpu"]
    assert main(["query", str(demo.query), *chosen]) == 0
    printed = [one["case_id"] for one in json.loads(capsys.readouterr().out)["neighbours"]]
    assert len(printed) == 4
    assert desk.shown == printed
    pseudonyms = [pseudonym(one) for one in printed]
    with serving(open_engine(DEMO_BUNDLE, demo.catalogue, "cpu")) as service:
        answer = service.ask("/query?k=4", demo.query.read_bytes()).json
    assert [one["case_id"] for one in answer["neighbours"]] == pseudonyms

    # The comparison goes back, into the radiograph's own study.
    desk.window.bound["return_dicom"].trigger()
    dialog = desk.returning.dialog
    assert dialog is not None
    wait(lambda: dialog.return_button.isEnabled())
    assert dialog.kinds == tuple(RESULTS)
    sheet = pixels_of(dialog.preview.masked())
    dialog.destination.setCurrentIndex(dialog.destination.findData("hospital"))
    dialog.return_button.click()
    wait(lambda: desk.window.message_bar.text == "4 results are in the archive hospital.")
    (study,) = orthanc.json("/studies")
    back: dict[str, Path] = {}
    for instance in orthanc.json(f"/studies/{study}/instances"):
        file = tmp_path / f"{instance['ID']}.dcm"
        file.write_bytes(orthanc.rest(f"/instances/{instance['ID']}/file"))
        back[str(dcmread(file, specific_tags=["Modality"]).Modality)] = file
    assert set(back) == {"DX", *RESULTS.values()}

    # Others read what the archive returns.
    for modality in RESULTS.values():
        assert [one for one in validated(back[modality]) if one.startswith("Error")] == []
    report = run("dsrdump", "+Pl", "+U8", back["SR"])
    assert f'"Model output for Pleural effusion")="{probability:.6f}'[:-1] in report
    places = [report.index(f'"{one}"') for one in pseudonyms]
    assert places == sorted(places)
    run("dcm2pnm", "--write-png", back["OT"], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGB")), sheet)
