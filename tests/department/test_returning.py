"""From the window, and from the command, back into a real archive."""

import json
import threading
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

pytest.importorskip("highdicom", reason="needs the extra dicom-io")

from inference.archive.credentials import Passwords
from inference.catalogue_build import build_catalogue
from inference.dicom_results.outbox import Outbox
from inference.errors import InferenceError
from inference.pipeline import open_engine
from inference.radiograph_io import read_radiograph
from inference.records import Window
from tests.conftest import fill_catalogue_folder
from tests.department.orthanc_peer import Orthanc
from tests.department.returned_results import content_of, write_query
from tests.viewer.layout_checks import layout_faults, unnamed
from viewer.archive.dialogs import PasswordDialog
from viewer.command_line import main
from viewer.export.export_controller import Comparison
from viewer.frame.main_window import MainWindow
from viewer.measuring.mark import Mark
from viewer.pane.view_state import OverlayStyle, ViewState
from viewer.preferences.settings import Settings
from viewer.returning.content import annotations_of, look_of, pixels_of
from viewer.returning.controller import ReturnController
from viewer.returning.outbox_dialog import OutboxDialog


@pytest.fixture(scope="module")
def catalogue(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = fill_catalogue_folder(tmp_path_factory.mktemp("returning") / "cases")
    for _ in build_catalogue(folder, open_engine(tiny_bundle).session, workers=1):
        pass
    return folder


@pytest.fixture
def query(tmp_path: Path) -> Path:
    return write_query(tmp_path / "query.dcm", PatientName="Äneas^Rüdiger")


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    made = MainWindow()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(uses_keyring=False)


@pytest.fixture
def returning(
    window: MainWindow,
    query: Path,
    passwords: Passwords,
    tiny_bundle: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> Callable[[dict[str, object]], ReturnController]:
    """The controller on a window that shows the query, with archives as given."""

    def make(archives: dict[str, object]) -> ReturnController:
        content = content_of(query, open_engine(tiny_bundle))
        comparison = Comparison(content.analysis, (), content.engine, OverlayStyle())
        settings = replace(Settings(), archives=archives)
        outbox = Outbox(tmp_path / "outbox")
        controller = ReturnController(
            window, lambda: comparison, settings, passwords=passwords, outbox=outbox
        )
        controller.fault_found.connect(lambda error: pytest.fail(repr(error)))
        window.bound["return_dicom"].trigger()
        dialog = controller.dialog
        assert dialog is not None
        qtbot.waitUntil(lambda: "9904" in dialog.line("sr"), timeout=30_000)
        return controller

    return make


def test_the_window_writes_what_was_chosen_to_a_folder(
    returning: Callable[[dict[str, object]], ReturnController],
    window: MainWindow,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller = returning({})
    dialog = controller.dialog
    assert dialog is not None
    assert dialog.kinds == ("sc", "gsps", "seg", "sr")
    assert "9903, Kindred salient region, research use only: SEG" in dialog.line("seg")
    dialog.boxes["seg"].setChecked(False)
    dialog.confirm.setChecked(True)
    folder = tmp_path / "results"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    dialog.return_button.click()
    qtbot.waitUntil(lambda: "3 results were written" in window.message_bar.text, timeout=30_000)
    found = {pydicom.dcmread(file).Modality for file in folder.iterdir()}
    assert found == {"OT", "PR", "SR"}
    assert controller.dialog is None


def test_the_window_sends_to_an_archive(
    returning: Callable[[dict[str, object]], ReturnController],
    window: MainWindow,
    orthanc: Orthanc,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    port = orthanc.dicom_port
    ward = {"ae_title": "WRONG", "ae_host": orthanc.host, "ae_port": port, "retries": 0}
    controller = returning({"ward": ward})
    dialog = controller.dialog
    assert dialog is not None
    dialog.destination.setCurrentIndex(1)
    dialog.confirm.setChecked(True)
    dialog.return_button.click()
    qtbot.waitUntil(lambda: "wait in the outbox" in window.message_bar.text, timeout=30_000)
    assert "correct the AE title" in window.message_bar.text
    assert len(Outbox(tmp_path / "outbox").waiting("ward")) == 4
    controller._archives["ward"] = replace(controller._archives["ward"], ae_title=orthanc.aet)
    window.bound["return_dicom"].trigger()
    dialog = controller.dialog
    assert dialog is not None
    assert dialog.destination.itemText(1) == "To the archive ward, with 4 that wait"
    dialog.reject()
    controller.send_waiting()
    expected = "4 results are in the archive ward."
    qtbot.waitUntil(lambda: window.message_bar.text == expected, timeout=30_000)
    assert Outbox(tmp_path / "outbox").waiting("ward") == ()
    series = [orthanc.json(f"/series/{one}")["MainDicomTags"] for one in orthanc.json("/series")]
    assert {one["Modality"] for one in series} == {"OT", "PR", "SEG", "SR"}
    (patient,) = orthanc.json("/patients")
    assert orthanc.json(f"/patients/{patient}")["MainDicomTags"]["PatientName"] == "Äneas^Rüdiger"


def test_what_waits_can_be_discarded_after_a_question(
    returning: Callable[[dict[str, object]], ReturnController],
    window: MainWindow,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobody = {"ae_title": "ANY", "ae_host": "127.0.0.1", "ae_port": 1, "retries": 0}
    controller = returning({"ward": nobody})
    dialog = controller.dialog
    assert dialog is not None
    assert not dialog.outbox_button.isVisible()
    dialog.destination.setCurrentIndex(1)
    dialog.confirm.setChecked(True)
    dialog.return_button.click()
    qtbot.waitUntil(lambda: "wait in the outbox" in window.message_bar.text, timeout=30_000)
    outbox = Outbox(tmp_path / "outbox")
    # One more, for an archive that the settings do not have any more.
    (kept,) = outbox.put("former", [pydicom.dcmread(outbox.waiting("ward")[0])])
    window.bound["return_dicom"].trigger()
    dialog = controller.dialog
    assert dialog is not None
    assert dialog.outbox_button.text() == "Outbox (5)…"
    dialog.outbox_button.click()
    shown = controller.outbox_dialog
    assert shown is not None
    texts = [shown.list.item(row).text() for row in range(shown.list.count())]
    assert sum(one.startswith("ward · ") for one in texts) == 4
    assert any(one.startswith("ward · Structured Report · Äneas, Rüdiger · 20") for one in texts), (
        texts
    )
    assert layout_faults(shown) == []
    assert unnamed(shown) == []
    assert not shown.discard_button.isEnabled()

    asked: list[str] = []

    def answer(button: QMessageBox.StandardButton) -> None:
        monkeypatch.setattr(
            QMessageBox, "warning", lambda *given: (asked.append(given[2]), button)[1]
        )

    row = next(row for row, one in enumerate(texts) if "Structured Report" in one)
    shown.list.setCurrentRow(row)
    answer(QMessageBox.StandardButton.Cancel)
    shown.discard_button.click()
    assert len(outbox.waiting("ward")) == 4
    answer(QMessageBox.StandardButton.Discard)
    shown.discard_button.click()
    assert {one.name.partition(".")[0] for one in outbox.waiting("ward")} == {"OT", "PR", "SEG"}
    assert kept.exists()
    assert shown.list.count() == 4
    assert dialog.destination.itemText(1) == "To the archive ward, with 3 that wait"
    assert dialog.outbox_button.text() == "Outbox (4)…"
    shown.list.selectAll()
    shown.discard_button.click()
    assert asked == [
        "Delete this result for good, without sending it to the archive ward?",
        "Delete this result for good, without sending it to the archive ward?",
        "Delete these 4 results for good, without sending them?",
    ]
    assert outbox.archives() == ()
    assert controller.outbox_dialog is None  # nothing is left to be listed
    assert dialog.destination.itemText(1) == "To the archive ward"
    assert not dialog.outbox_button.isVisible()
    dialog.reject()
    controller.send_waiting()  # the message that offers it is still there
    assert window.message_bar.text == "Nothing waits for the archive ward."


def test_what_cannot_be_discarded_is_said_and_stays_listed(
    returning: Callable[[dict[str, object]], ReturnController],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outbox = Outbox(tmp_path / "outbox")
    folder = tmp_path / "outbox" / "ward"
    (folder / "SR.1.dcm").mkdir(parents=True)  # whose kind nothing can unlink
    dialog = returning({}).dialog
    assert dialog is not None
    (one,) = outbox.results()
    assert (one.modality, one.patient) == ("SR", "")
    with pytest.raises(InferenceError, match=r"Cannot discard SR\.1\.dcm"):
        outbox.discard(one)
    monkeypatch.setattr(QMessageBox, "warning", lambda *_: QMessageBox.StandardButton.Discard)
    dialog.outbox_button.click()
    shown = dialog.findChild(OutboxDialog)
    assert shown is not None
    shown.list.selectAll()
    shown.discard_button.click()
    assert "Cannot discard SR.1.dcm" in shown.problem
    assert shown.list.count() == 1


def test_a_password_is_that_of_the_search_and_another_is_asked_for_where_it_is_wrong(
    returning: Callable[[dict[str, object]], ReturnController],
    window: MainWindow,
    passwords: Passwords,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    given: list[str] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            scheme, _, word = self.headers["Authorization"].partition(" ")
            assert scheme == "Basic"
            given.append(b64decode(word).decode())
            while size := int(self.rfile.readline(), 16):  # it comes in chunks
                self.rfile.read(size + 2)
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        controller = returning({"ward": {"url": url, "user": "reader", "retries": 0}})
        config = controller._archives["ward"]
        passwords.give(config, "old", keep=False)  # as the search for studies does
        dialog = controller.dialog
        assert dialog is not None
        dialog.destination.setCurrentIndex(1)
        dialog.confirm.setChecked(True)
        dialog.return_button.click()
        for password in ("old", "new"):
            qtbot.waitUntil(lambda: window.findChild(PasswordDialog) is not None, timeout=30_000)
            asking = window.findChild(PasswordDialog)
            assert asking is not None
            assert given[-1] == f"reader:{password}"
            assert "it does not let us in" in asking.findChildren(QLabel)[0].text()
            if password == "old":
                asking.password.setText("new")
                qtbot.keyClick(asking.password, Qt.Key.Key_Return)
            else:
                asking.reject()
            qtbot.waitUntil(lambda asking=asking: not isValid(asking), timeout=30_000)
        server.shutdown()
    assert len(Outbox(tmp_path / "outbox").waiting("ward")) == 4


def test_another_threshold_is_another_region(
    returning: Callable[[dict[str, object]], ReturnController], qtbot: QtBot
) -> None:
    controller = returning({})
    dialog = controller.dialog
    assert dialog is not None
    dialog.threshold.setValue(0.95)
    assert not dialog.return_button.isEnabled()
    qtbot.waitUntil(lambda: "9904" in dialog.line("sr"), timeout=30_000)


def test_a_picture_says_in_the_dialog_that_it_has_no_study(
    window: MainWindow, catalogue: Path, tiny_bundle: Path, qtbot: QtBot
) -> None:
    content = content_of(catalogue / "image1.png", open_engine(tiny_bundle))
    comparison = Comparison(content.analysis, (), content.engine, OverlayStyle())
    passwords = Passwords(uses_keyring=False)
    controller = ReturnController(window, lambda: comparison, Settings(), passwords=passwords)
    controller.open()
    dialog = controller.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: "is not a DICOM file" in dialog.line("sr"), timeout=30_000)
    assert dialog.kinds == ()
    assert not dialog.return_button.isEnabled()


# The command


def test_the_command_writes_and_sends(
    query: Path,
    catalogue: Path,
    tiny_bundle: Path,
    orthanc: Orthanc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "kindred").mkdir(parents=True)
    (tmp_path / "config" / "kindred" / "settings.toml").write_text(
        f'[archives.ward]\nurl = "{orthanc.dicomweb_url}"\n'
    )
    out = tmp_path / "out"
    code = main(
        ["query", str(query), "--catalogue", str(catalogue), "--bundle", str(tiny_bundle),
         "--json", "--gsps", "--sr", "--dicom-out", str(out), "--send-to", "ward"]
    )  # fmt: skip
    said = capsys.readouterr()
    assert code == 0, said.err
    written = {pydicom.dcmread(file).Modality: file for file in out.iterdir()}
    assert set(written) == {"PR", "SR"}
    assert len(orthanc.find("Instance")) == 2
    # The report holds the numbers that the command printed.
    answer = json.loads(said.out)
    report = pydicom.dcmread(written["SR"])
    numbers = [float(one.value) for one in report.iterall() if one.keyword == "NumericValue"]
    first = answer["neighbours"][0]
    for value in (answer["probability"], first["distance"], first["similarity"]):
        assert any(value == pytest.approx(one, rel=1e-6) for one in numbers)
    raw = written["SR"].read_bytes()
    for neighbour in answer["neighbours"]:
        for secret in ("case_id", "path"):
            assert neighbour[secret].encode() not in raw


def test_an_unknown_archive_is_a_sentence(
    query: Path, catalogue: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(
        ["query", str(query), "--catalogue", str(catalogue), "--bundle", str(tiny_bundle),
         "--send-to", "nowhere"]
    )  # fmt: skip
    assert code == 3
    assert "there is no such archive in the settings" in capsys.readouterr().err


# What is on the screen


def test_marks_go_out_with_their_points_and_words(query: Path) -> None:
    radiograph = read_radiograph(query)
    marks = (
        Mark("length", ((10.0, 10.0), (40.0, 50.0))),
        Mark("ellipse", ((5.0, 6.0), (25.0, 16.0))),
        Mark("arrow", ((0.0, 0.0), (30.0, 40.0))),
        Mark("text", ((7.0, 8.0),), "Größe"),
    )
    length, ellipse, arrow, text = annotations_of(marks, radiograph)
    assert length.lines == (((10.0, 10.0), (40.0, 50.0)),)
    assert length.words.startswith("10.0 mm")  # 50 pixels of 0.2 mm
    assert ellipse.ellipse == ((5.0, 6.0), (25.0, 16.0))
    shaft, head = arrow.lines
    assert shaft == ((0.0, 0.0), (30.0, 40.0))
    assert head[1] == (30.0, 40.0)
    for end in (head[0], head[2]):  # behind the tip, on both sides of the shaft
        assert np.hypot(*np.subtract(end, head[1])) == pytest.approx(0.02 * 96)
        assert np.dot(np.subtract(end, head[1]), (30.0, 40.0)) < 0
    assert (text.words, text.anchor) == ("Größe", (7.0, 8.0))


def test_a_look_is_inverted_once(query: Path) -> None:
    radiograph = read_radiograph(query)
    window = Window(100.0, 50.0)
    state = ViewState(is_inverted=True, quarter_turns=3, is_flipped=True)
    look = look_of(state, window, radiograph)
    assert (look.window, look.is_inverted) == (window, True)
    assert (look.quarter_turns, look.is_flipped) == (3, True)
    mirrored = replace(radiograph, is_inverted=True)
    assert not look_of(state, window, mirrored).is_inverted


def test_a_sheet_of_any_width_keeps_its_pixels() -> None:
    image = QImage(5, 3, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    image.setPixelColor(4, 2, QColor(200, 100, 50))
    pixels = pixels_of(image)
    assert pixels.shape == (3, 5, 3)
    assert tuple(pixels[2, 4]) == (200, 100, 50)
    assert tuple(pixels[0, 0]) == (10, 20, 30)
