"""Results reach real archives, or wait in the outbox with a sentence."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

pytest.importorskip("highdicom", reason="needs the extra dicom-io")
pytest.importorskip("pynetdicom", reason="needs the extra dicom-io")

from inference.archive.archive_config import ArchiveConfig
from inference.dicom_results.errors import SendError
from inference.dicom_results.outbox import Outbox
from inference.dicom_results.results import KINDS, write_result
from inference.dicom_results.send import send, store_scu, stow
from inference.pipeline import open_engine
from tests.department.orthanc_peer import Orthanc, free_port
from tests.department.returned_results import built, content_of, dcmtk, write_query


@pytest.fixture(scope="module")
def results(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """One file of each kind."""
    folder = tmp_path_factory.mktemp("results")
    path = write_query(folder / "query.dcm", PatientName="Äneas^Rüdiger=山田^太郎")
    content = content_of(path, open_engine(tiny_bundle))
    return tuple(write_result(built(path, content, kind), folder) for kind in KINDS)


def dimse(peer: Orthanc, **changes: object) -> ArchiveConfig:
    config = ArchiveConfig(
        "ward", ae_title=peer.aet, ae_host=peer.host, ae_port=peer.dicom_port, retries=0
    )
    return replace(config, **changes)  # type: ignore[arg-type]


def web(peer: Orthanc, **changes: object) -> ArchiveConfig:
    return replace(ArchiveConfig("ward", url=peer.dicomweb_url, retries=0), **changes)  # type: ignore[arg-type]


def check_arrived(peer: Orthanc, files: tuple[Path, ...]) -> None:
    for file in files:
        sent = pydicom.dcmread(file)
        came = peer.dataset(sent.SOPInstanceUID)
        assert came.get("PixelData") == sent.get("PixelData")
        assert str(came.PatientName) == str(sent.PatientName)
        assert came == sent


@pytest.mark.parametrize("way", [dimse, web])
def test_orthanc_stores_and_returns_each_result_unchanged(
    way: object, orthanc: Orthanc, results: tuple[Path, ...]
) -> None:
    config = way(orthanc)  # type: ignore[operator]
    steps = [step for step in send(config, results) if step is not None]
    assert [(step.file, step.done, step.total, step.problem) for step in steps] == [
        (file, number, 4, "") for number, file in enumerate(results, start=1)
    ]
    check_arrived(orthanc, results)
    # All in the query's study, in four series of their own.
    (study,) = orthanc.json("/studies")
    assert len(orthanc.json(f"/studies/{study}")["Series"]) == 4


@pytest.mark.parametrize("way", [dimse, web])
def test_a_second_sending_is_no_problem(
    way: object, orthanc: Orthanc, results: tuple[Path, ...]
) -> None:
    config = way(orthanc)  # type: ignore[operator]
    for _ in range(2):
        assert [step.problem for step in send(config, results) if step] == [""] * 4
    assert len(orthanc.find("Instance")) == 4


def test_storescu_of_dcmtk_sends_them_too(orthanc: Orthanc, results: tuple[Path, ...]) -> None:
    port = str(orthanc.dicom_port)
    subprocess.run(
        [dcmtk("storescu"), "-R", "-aec", orthanc.aet, orthanc.host, port, *map(str, results)],
        check=True,
        capture_output=True,
    )
    check_arrived(orthanc, results)


def test_a_wrong_ae_title_is_a_sentence(orthanc: Orthanc, results: tuple[Path, ...]) -> None:
    began = time.monotonic()
    with pytest.raises(SendError, match="Cannot send to ward: it is not called WRONG; correct"):
        list(store_scu(dimse(orthanc, ae_title="WRONG", retries=5), results))
    assert time.monotonic() - began < 5  # asking again would not change it


def test_an_archive_that_is_offline_is_a_sentence(results: tuple[Path, ...]) -> None:
    port = free_port()
    config = ArchiveConfig(
        "ward", ae_title="PACS", ae_host="127.0.0.1", ae_port=port, retries=1, connect_s=2
    )
    began = time.monotonic()
    with pytest.raises(SendError, match=r"nothing speaks DICOM at 127\.0\.0\.1"):
        list(store_scu(config, results))
    assert time.monotonic() - began >= 1  # it was tried again
    config = ArchiveConfig("ward", url=f"http://127.0.0.1:{port}/dicom-web", retries=0)
    with pytest.raises(SendError, match="cannot be reached"):
        list(stow(config, results))


def test_a_wrong_url_is_a_sentence(orthanc: Orthanc, results: tuple[Path, ...]) -> None:
    with pytest.raises(SendError, match="takes nothing at this url"):
        list(stow(web(orthanc, url=f"{orthanc.url}/nowhere"), results))


def test_an_archive_that_comes_back_gets_everything(
    results: tuple[Path, ...], tmp_path: Path
) -> None:
    port = free_port()
    config = ArchiveConfig(
        "ward", ae_title="STORESCP", ae_host="127.0.0.1", ae_port=port, retries=3, connect_s=2
    )
    steps = send(config, results)
    assert next(steps) is None  # nothing is there yet: it waits
    with storescp(port, tmp_path):
        done = [step for step in steps if step is not None]
    assert [step.problem for step in done] == [""] * 4
    assert len(list(tmp_path.iterdir())) == 4


def test_tls_is_verified(results: tuple[Path, ...], tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl (apt-get install openssl)")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key),
         "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    port, out = free_port(), tmp_path / "out"
    out.mkdir()
    config = ArchiveConfig(
        "ward", ae_title="STORESCP", ae_host="localhost", ae_port=port, ae_tls=True, retries=0
    )
    options = ("+tls", str(key), str(certificate), "-ic")
    with storescp(port, out, *options), pytest.raises(SendError, match="and its certificate"):
        list(store_scu(config, results))
    assert list(out.iterdir()) == []
    port = free_port()
    with storescp(port, out, *options):
        trusting = replace(config, ae_port=port, ca_file=str(certificate))
        assert [step.problem for step in store_scu(trusting, results) if step] == [""] * 4
    assert len(list(out.iterdir())) == 4


@contextmanager
def storescp(port: int, out: Path, *options: str) -> Iterator[None]:
    """DCMTK's receiver, until it listens."""
    process = subprocess.Popen(
        [dcmtk("storescp"), *options, "-od", str(out), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # It says nowhere that it listens, and a connection would count as an association.
        listening = re.compile(rf":{port:04X} \S+ 0A ")
        until = time.monotonic() + 20
        while not listening.search(Path("/proc/net/tcp").read_text()):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def test_what_is_no_dicom_file_is_a_sentence_and_the_others_go(
    orthanc: Orthanc, results: tuple[Path, ...], tmp_path: Path
) -> None:
    (tmp_path / "note.dcm").write_text("no DICOM")
    files = (tmp_path / "note.dcm", results[0], tmp_path / "gone.dcm")
    for way in (dimse, web):
        problems = {step.file.name: step.problem for step in send(way(orthanc), files) if step}
        assert problems == {
            "note.dcm": "note.dcm is missing or no DICOM file.",
            results[0].name: "",
            "gone.dcm": "gone.dcm is missing or no DICOM file.",
        }


# The outbox


def test_what_arrived_leaves_the_outbox_and_what_failed_stays(
    orthanc: Orthanc, results: tuple[Path, ...], tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "outbox")
    outbox.put("ward", [pydicom.dcmread(file) for file in results])
    waiting = outbox.waiting("ward")
    assert len(waiting) == 4
    assert outbox.archives() == ("ward",)
    assert (tmp_path / "outbox").stat().st_mode & 0o077 == 0
    with pytest.raises(SendError):
        list(outbox.send(dimse(orthanc, ae_title="WRONG")))
    assert outbox.waiting("ward") == waiting
    with closing(outbox.send(dimse(orthanc))) as steps:
        next(step for step in steps if step is not None)  # then the reader stops it
    assert len(outbox.waiting("ward")) == 3
    list(outbox.send(dimse(orthanc)))
    assert outbox.waiting("ward") == ()
    assert outbox.archives() == ()
    check_arrived(orthanc, results)


def test_a_stopped_sending_lets_go_at_once(results: tuple[Path, ...]) -> None:
    import socket

    with socket.socket() as silent:  # takes the connection, and never says a word
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        for config in (
            ArchiveConfig("ward", ae_title="PACS", ae_host="127.0.0.1", ae_port=port, read_s=2),
            ArchiveConfig("ward", url=f"http://127.0.0.1:{port}", read_s=2),
        ):
            steps = send(config, results)
            assert next(steps) is None
            began = time.monotonic()
            steps.close()
            assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden"])
def test_an_archives_name_cannot_lead_out_of_the_outbox(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        Outbox(tmp_path).waiting(name)
