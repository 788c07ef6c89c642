"""The archive window, priors and the receiver in the window: with real peers and a real bundle."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from inference.archive import kept_outputs
from inference.archive.archive_client import has_dicomweb
from inference.archive.archive_errors import ArchiveError
from inference.archive.credentials import Passwords
from inference.archive.retrieved_files import RetrievedFiles
from inference.onnx_session import BundleSession
from inference.pipeline import analyse, open_engine
from tests.department.orthanc_peer import Orthanc, free_port, missing, running_orthanc
from viewer.archive.controller import ArchiveController
from viewer.archive.dialogs import ImageChooser, PasswordDialog
from viewer.archive.receiving import ReceivingController
from viewer.case.case_controller import CaseController
from viewer.frame.main_window import MainWindow
from viewer.integration.links import ArchiveLink
from viewer.preferences.settings import Settings

pytestmark = pytest.mark.skipif(not has_dicomweb(), reason="needs the extra dicom-io")

STORESCU = shutil.which("storescu", path="/usr/bin:/usr/local/bin")
STUDY = "1.2.826.0.1.3680043.10.999.{number}"


class Desk:
    """A window with everything that takes from archives."""

    def __init__(self, qtbot: QtBot, settings: Settings, cache: Path) -> None:
        self.qtbot = qtbot
        self.window = MainWindow()
        qtbot.addWidget(self.window)
        self.controller = CaseController(self.window, settings)
        self.files = RetrievedFiles(cache)
        self.archives = ArchiveController(
            self.window, self.controller, settings, files=self.files,
            passwords=Passwords(uses_keyring=False),
        )  # fmt: skip
        self.receiving = ReceivingController(self.window, self.controller, settings)
        self.faults: list[object] = []
        for one in (self.controller, self.archives, self.receiving):
            one.fault_found.connect(self.faults.append)
        self.window.show()
        self.controller.start(None, None, None)
        self.wait()

    def wait(self) -> None:
        def is_idle() -> bool:
            return not (self.controller.is_busy or self.archives.is_busy)

        self.qtbot.waitUntil(is_idle, timeout=60_000)

    @property
    def search(self) -> Any:
        return self.archives.search_window

    def open(self, number: int) -> None:
        self.archives.open_reference("main", STUDY.format(number=number))
        self.wait()


@pytest.fixture
def make_desk(
    qtbot: QtBot, tmp_path: Path, tiny_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Desk]]:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    made: list[Desk] = []

    def make(archives: dict[str, Any] | None = None, **receiver: Any) -> Desk:
        settings = Settings(
            bundle=str(tiny_bundle), provider="cpu", archives=archives or {}, receiver=receiver
        )
        made.append(Desk(qtbot, settings, tmp_path / "cache"))
        return made[-1]

    yield make
    for desk in made:
        desk.window.close()
        desk.receiving.shut_down()
        desk.archives.shut_down()
        desk.controller.shut_down()
        assert desk.faults == []


@pytest.fixture
def store(
    tmp_path: Path, dicom_writer: Callable[..., Path], make_picture: Callable[..., Any]
) -> Callable[..., Path]:
    """Write a radiograph of study `number`."""

    def write(number: int, view: int = 1, **elements: Any) -> Path:
        pixels = make_picture(10 * number + view).astype(np.uint16) * 16
        study = STUDY.format(number=number)
        uids = {
            "StudyInstanceUID": study, "SeriesInstanceUID": f"{study}.1",
            "SOPInstanceUID": f"{study}.1.{view}",
        }  # fmt: skip
        return dicom_writer(tmp_path / f"{number}-{view}.dcm", pixels, **{**uids, **elements})

    return write


@pytest.fixture
def desk(orthanc: Orthanc, make_desk: Callable[..., Desk], store: Callable[..., Path]) -> Desk:
    """With an archive that has three studies of P-1, one of them with two views, and another's."""
    orthanc.store(store(1, StudyDate="20260301", SeriesDate="20260301"))
    orthanc.store(store(2, StudyDate="20250115", SeriesDate="20250115"))
    orthanc.store(store(3, 1, StudyDate="20240620"))
    orthanc.store(store(3, 2, StudyDate="20240620", ViewPosition="LL"))
    orthanc.store(store(4, StudyDate="20250115", PatientID="P-2"))
    return make_desk({"main": {"url": orthanc.dicomweb_url}})


def test_a_study_is_searched_and_opened_by_keys(desk: Desk) -> None:
    desk.window.bound["archive"].trigger()
    search = desk.search
    desk.qtbot.keyClicks(search.patient_id, "P-1")
    desk.qtbot.keyClick(search.patient_id, Qt.Key.Key_Return)
    desk.wait()
    rows = [search.table.item(row, 0).text() for row in range(search.table.rowCount())]
    assert rows == ["2026-03-01", "2025-01-15", "2024-06-20"]
    assert search.table.item(0, 2).text() == "Synthetic, Person"
    assert search.state.text() == "3 studies."
    desk.qtbot.keyClick(search.table, Qt.Key.Key_Return)
    desk.wait()
    assert desk.window.query.view.radiograph is not None
    assert desk.window.query.view.radiograph.header.instance_uid == STUDY.format(number=1) + ".1.1"
    assert not search.isVisible()
    assert "DX" in desk.window.tools.title
    assert "Synthetic" not in desk.window.windowTitle()


def test_priors_are_shown_beside_the_query_and_go_with_it(desk: Desk) -> None:
    desk.open(1)
    desk.window.bound["priors"].trigger()
    desk.wait()
    search = desk.search
    rows = [search.table.item(row, 0).text() for row in range(search.table.rowCount())]
    assert rows == ["2025-01-15", "2024-06-20"]
    search.table.setFocus()
    desk.qtbot.keyClick(search.table, Qt.Key.Key_Return)
    desk.wait()
    prior = desk.archives.prior
    assert prior is not None, search.state.text()
    assert prior.title == "prior · 2025-01-15"
    assert "from main" in prior.caption
    assert prior.isVisible()
    assert prior.view.overlay is None
    # Linked as the others are, and no case.
    desk.window.query.view.state_changed.emit(replace(desk.window.query.view.state, zoom=2.0))
    assert prior.view.state.zoom == 2.0
    assert prior.view in desk.window.all_views()
    assert all(view.radiograph.path != prior.view.radiograph.path  # type: ignore[union-attr]
               for view in desk.controller.views.values())  # fmt: skip
    desk.window.enlarge(0)
    assert not prior.isVisible()
    desk.window.enlarge(None)
    assert prior.isVisible()
    desk.open(4)  # another patient
    assert desk.archives.prior is None
    assert desk.window.query.view.radiograph is not None
    assert desk.window.query.view not in [None]
    assert len(desk.window.all_views()) == 1 + desk.window.neighbours.count


def test_a_study_of_another_patient_is_no_prior(desk: Desk) -> None:
    desk.open(1)
    desk.archives.show_search()
    desk.search.patient_id.setText("P-2")
    desk.search.search()
    desk.wait()
    desk.search.show_chosen_as_prior()
    desk.wait()
    assert "of another patient" in desk.search.state.text()
    assert desk.archives.prior is None


def test_of_several_radiographs_the_user_chooses(desk: Desk) -> None:
    desk.open(3)
    chooser = desk.search.findChild(ImageChooser)
    assert chooser is not None
    assert chooser.list.count() == 2
    chooser.list.setCurrentRow(1)
    chooser.choose()
    desk.wait()
    assert desk.window.query.view.radiograph is not None
    assert desk.window.query.view.radiograph.header.view_position == "LL"


def test_a_link_opens_one_instance_of_a_configured_archive(desk: Desk) -> None:
    study = STUDY.format(number=3)
    desk.archives.open_link(ArchiveLink("main", study, f"{study}.1", f"{study}.1.1"))
    desk.wait()
    assert desk.window.query.view.radiograph is not None
    assert desk.window.query.view.radiograph.header.instance_uid == f"{study}.1.1"
    with pytest.raises(ArchiveError, match="is not configured"):
        desk.archives.open_link(ArchiveLink("elsewhere", study))
    desk.archives.open_link(ArchiveLink("main", "1.2.3"))
    desk.wait()
    assert "no such study" in desk.search.state.text()


def test_what_was_found_is_opened_where_it_was_found(
    make_desk: Callable[..., Desk], orthanc: Orthanc, store: Callable[..., Path]
) -> None:
    orthanc.store(store(1))
    desk = make_desk(
        {
            "main": {"url": orthanc.dicomweb_url},
            "other": {"url": f"http://127.0.0.1:{free_port()}/x", "retries": 0},
        }
    )
    desk.archives.show_search()
    desk.search.patient_id.setText("P-1")
    desk.search.search()
    desk.wait()
    desk.search.choose_archive("other")
    desk.search.open_chosen()
    desk.wait()
    assert desk.window.query.view.radiograph is not None


def test_a_silent_archive_never_freezes_the_window(
    make_desk: Callable[..., Desk], qtbot: QtBot
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/web"
        desk = make_desk({"main": {"url": url, "retries": 0}})
        desk.archives.show_search()
        desk.search.patient_id.setText("P-1")
        ticks: list[float] = []
        timer = QTimer()
        timer.timeout.connect(lambda: ticks.append(time.monotonic()))
        timer.start(10)
        desk.search.search()
        assert desk.search.state.text() == "Searching main…"
        assert not desk.search.search_button.isEnabled()
        qtbot.wait(800)
        timer.stop()
        assert max(np.diff(ticks)) < 0.3
        begun = time.monotonic()
        qtbot.keyClick(desk.search, Qt.Key.Key_Escape)
        assert not desk.archives.is_busy
        assert desk.search.state.text() == "Stopped."
        desk.archives.shut_down()  # waits for the thread
        assert time.monotonic() - begun < 2


def test_without_an_archive_it_is_said_where_to_name_one(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.archives.show_search()
    assert "settings.toml" in desk.search.state.text()
    assert not desk.search.search_button.isEnabled()
    desk.archives.show_priors()
    assert desk.window.message_bar.text == "Open a radiograph first."


def test_a_date_that_is_none_is_told_before_anything_is_asked(desk: Desk) -> None:
    desk.archives.show_search()
    desk.search.first.setText("yesterday")
    desk.search.search()
    assert "is no date; type it as 2026-03-01" in desk.search.state.text()
    desk.search.first.clear()
    desk.search.search()
    desk.wait()
    assert "Give a patient id" in desk.search.state.text()


def test_a_password_is_asked_for_and_used(
    make_desk: Callable[..., Desk], store: Callable[..., Path], tmp_path: Path
) -> None:
    if missing():
        pytest.skip(missing())
    folder = tmp_path / "locked"
    folder.mkdir()
    with running_orthanc(folder, DefaultEncoding="Utf8") as peer:
        url = peer.dicomweb_url
        peer.store(store(1))
        # The open archive, named with a user: it is asked without a password being known.
        desk = make_desk({"main": {"url": url, "user": "reader"}})
        desk.archives.open_reference("main", STUDY.format(number=1))
        desk.wait()
        dialog = desk.search.findChild(PasswordDialog)
        assert dialog is not None
        assert not dialog.keeps.isEnabled()  # no keyring
        dialog.password.setText("gehört")
        dialog._accept()
        desk.wait()
        assert desk.window.query.view.radiograph is not None


needs_dcmtk = pytest.mark.skipif(not STORESCU, reason="needs DCMTK (apt-get install dcmtk)")


def send(port: int, file: Path) -> int:
    command = [str(STORESCU), "-aec", "KINDRED", "127.0.0.1", str(port), str(file)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


@needs_dcmtk
def test_what_is_sent_is_analysed_and_opens_with_its_answer(
    make_desk: Callable[..., Desk], store: Callable[..., Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    desk = make_desk(port=0, folder=str(tmp_path / "in"))
    desk.window.bound["received"].trigger()
    shown = desk.receiving.received_window
    assert desk.receiving.port == 0  # off until it is switched on
    shown.switch.setChecked(True)
    desk.qtbot.waitUntil(lambda: desk.receiving.port != 0, timeout=20_000)
    assert "127.0.0.1" in shown.state.text()
    file = store(1)
    assert send(desk.receiving.port, file) == 0

    def has_answer() -> bool:
        return shown.table.rowCount() == 1 and "Pneumonia 0." in shown.table.item(0, 3).text()

    desk.qtbot.waitUntil(has_answer, timeout=30_000)
    assert "Received from" in desk.window.message_bar.text
    assert len(list(kept_outputs._folder().iterdir())) == 1
    engine = desk.controller.engines.engine
    assert engine is not None
    *_, waited_for = analyse(file, engine)
    # The reader's own analysis runs no model; what it shows is what a model run shows.
    monkeypatch.setattr(BundleSession, "run", None)
    desk.qtbot.keyClick(shown.table, Qt.Key.Key_Return)
    desk.wait()
    analysis = desk.controller.analysis
    assert analysis is not None
    assert analysis.probabilities == waited_for.probabilities
    assert waited_for.saliency is not None
    np.testing.assert_array_equal(analysis.saliency, waited_for.saliency)
    port = desk.receiving.port
    shown.switch.setChecked(False)
    assert shown.state.text() == "The receiver is off."
    assert send(port, file) != 0


@needs_dcmtk
def test_a_taken_port_switches_itself_off_with_a_sentence(
    make_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        desk = make_desk(port=taken.getsockname()[1], folder=str(tmp_path / "in"))
        shown = desk.receiving.received_window
        shown.switch.setChecked(True)
        desk.qtbot.waitUntil(lambda: "Choose another port" in shown.state.text(), timeout=20_000)
        assert not shown.switch.isChecked()


def test_the_list_goes_only_where_it_covers_what_is_opened(
    make_desk: Callable[..., Desk], store: Callable[..., Path], tmp_path: Path
) -> None:
    desk = make_desk(port=0, folder=str(tmp_path / "in"))
    desk.window.move(0, 0)
    desk.window.bound["received"].trigger()
    shown = desk.receiving.received_window
    shown.move(desk.window.frameGeometry().right() + 50, 0)
    desk.window.open_path(store(1))
    assert shown.isVisible()
    shown.move(100, 100)
    desk.window.open_path(store(2))
    assert not shown.isVisible()
    desk.wait()


def test_kept_outputs_are_of_exactly_one_input(tiny_bundle: Path, tmp_path: Path) -> None:
    engine = open_engine(tiny_bundle, None, "cpu")
    sha = engine.bundle.manifest.sha256
    tensor = np.random.default_rng(1).random((1, 1, 32, 32), np.float32)
    output = engine.session.run(tensor, ("ig",))
    folder = tmp_path / "kept"
    kept_outputs.keep(tensor, sha, "ig", output, folder)
    found = kept_outputs.recalled(tensor, sha, "ig", folder)
    assert found is not None
    np.testing.assert_array_equal(found.embeddings["ig"], output.embeddings["ig"])
    assert kept_outputs.recalled(tensor, sha, "cnn", folder) is None
    assert kept_outputs.recalled(tensor, "0" * 64, "ig", folder) is None
    assert kept_outputs.recalled(tensor + 1e-6, sha, "ig", folder) is None
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert kept_outputs.recalled(tensor, sha, "ig", folder) is None
    assert list(folder.iterdir()) == []  # made again next time
