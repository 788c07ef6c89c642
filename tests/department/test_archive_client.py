"""Search and retrieve: against a real Orthanc, and against servers that misbehave."""

import base64
import datetime
import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from inference.archive.archive_client import ArchiveClient, has_dicomweb
from inference.archive.archive_config import ArchiveConfig, archives_from
from inference.archive.archive_errors import (
    ArchiveError,
    ArchiveLoginError,
    ArchiveSettingsError,
    NoPasswordError,
    NoStudyError,
)
from inference.archive.archive_matches import RemoteImage, clean, shown_name
from inference.archive.archive_query import StudyQuery
from inference.archive.credentials import Passwords
from inference.archive.retrieved_files import RetrievedFiles
from inference.errors import InferenceError
from inference.radiograph_io import read_radiograph
from tests.department.orthanc_peer import Orthanc, missing, running_orthanc

pytestmark = pytest.mark.skipif(not has_dicomweb(), reason="needs the extra dicom-io")

T = TypeVar("T")
Writer = Callable[..., Path]
IMAGE = RemoteImage("1.2.3", "1.2.3.4", "1.2.3.4.5", "DX")


def answer_of(steps: Generator[None, None, T]) -> T:
    """Run a generator to its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            answer: T = end.value
            return answer


@pytest.fixture
def files(tmp_path: Path) -> Iterator[RetrievedFiles]:
    kept = RetrievedFiles(tmp_path / "cache")
    yield kept
    kept.close()


@pytest.fixture
def radiograph(
    tmp_path: Path, dicom_writer: Writer, make_picture: Callable[..., Any]
) -> Callable[..., Path]:
    def write(name: str = "one.dcm", seed: int = 1, **elements: Any) -> Path:
        return dicom_writer(tmp_path / name, make_picture(seed).astype(np.uint16) * 16, **elements)

    return write


def client(url: str, **changes: Any) -> ArchiveClient:
    limits = {"connect_s": 2.0, "read_s": 2.0, "total_s": 4.0, "retries": 0}
    return ArchiveClient(ArchiveConfig("main", url, **{**limits, **changes}), Passwords())


# A real archive


@pytest.fixture(scope="module")
def utf8_orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    """As hospitals beyond Latin 1 configure it."""
    if missing():
        pytest.skip(missing())
    with running_orthanc(tmp_path_factory.mktemp("utf8"), DefaultEncoding="Utf8") as peer:
        yield peer


NAMES = {
    "Yamada^Tarou=山田^太郎=やまだ^たろう": "Yamada, Tarou · 山田, 太郎",
    "قباني^لنزار": "قباني, لنزار",
    "Müller^Jürgen": "Müller, Jürgen",
}


def test_names_of_every_script_are_found_and_opened(
    utf8_orthanc: Orthanc, radiograph: Callable[..., Path], files: RetrievedFiles
) -> None:
    utf8_orthanc.clear()
    for number, name in enumerate(NAMES):
        utf8_orthanc.store(
            radiograph(
                f"{number}.dcm", number, PatientName=name, SpecificCharacterSet="ISO_IR 192",
                PatientID=f"N-{number}", StudyDate=f"2026030{number + 1}",
            )
        )  # fmt: skip
    web = client(utf8_orthanc.dicomweb_url)
    found = answer_of(web.search(StudyQuery(first=datetime.date(2026, 3, 1))))
    assert [one.patient_name for one in found.studies] == list(NAMES.values())[::-1]
    assert "Yamada" not in repr(found)  # nor in a log
    for study in found.studies:
        (image,) = answer_of(web.find_images(study.uid))
        path = answer_of(web.retrieve(image, files))
        assert read_radiograph(path).header.patient_id == study.patient_id
        assert path.name.startswith("DX-2026-03-0")


def test_what_is_retrieved_is_what_was_stored(
    orthanc: Orthanc, radiograph: Callable[..., Path], files: RetrievedFiles
) -> None:
    stored = radiograph()
    orthanc.store(stored)
    web = client(orthanc.dicomweb_url)
    (study,) = answer_of(web.search(StudyQuery(patient_id="P-1"))).studies
    (image,) = answer_of(web.find_images(study.uid))
    path = answer_of(web.retrieve(image, files))
    assert read_radiograph(path).pixel_sha256 == read_radiograph(stored).pixel_sha256
    orthanc.clear()
    assert answer_of(web.retrieve(image, files)) == path  # not asked for again
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
    files.close()
    assert not path.parent.exists()


def test_searches_narrow_by_each_field(orthanc: Orthanc, radiograph: Callable[..., Path]) -> None:
    orthanc.store(radiograph("a.dcm", 1, PatientID="A", AccessionNumber="7", StudyDate="20260101"))
    orthanc.store(
        radiograph(
            "b.dcm", 2, PatientID="B", AccessionNumber="8", StudyDate="20260201", Modality="CR"
        )
    )
    web = client(orthanc.dicomweb_url)

    def ids(**fields: Any) -> list[str]:
        return [one.patient_id for one in answer_of(web.search(StudyQuery(**fields))).studies]

    assert ids(patient_id="A") == ["A"]
    assert ids(accession="8") == ["B"]
    assert ids(first=datetime.date(2026, 1, 15)) == ["B"]
    assert ids(last=datetime.date(2026, 1, 15)) == ["A"]
    assert ids(modality="CR") == ["B"]
    assert ids(patient_id="?", modality="DX") == ["A"]
    assert sorted(ids(patient_id="*", last=datetime.date(2027, 1, 1))) == ["A", "B"]
    assert ids(patient_id="A*") == ["A"]
    assert ids(patient_id="nobody") == []


def test_priors_are_the_same_patients_earlier_radiographs(
    orthanc: Orthanc, radiograph: Callable[..., Path]
) -> None:
    for name, patient, date in (
        ("old.dcm", "P*1", "20240101"), ("open.dcm", "P*1", "20260101"),
        ("later.dcm", "P*1", "20270101"), ("other.dcm", "PX1", "20240101"),
    ):  # fmt: skip
        uid = _uid(name)
        orthanc.store(
            radiograph(
                name, PatientID=patient, StudyDate=date, StudyInstanceUID=uid,
                SeriesInstanceUID=f"{uid}.1", SOPInstanceUID=f"{uid}.1.1",
            )
        )  # fmt: skip
    web = client(orthanc.dicomweb_url)
    found = answer_of(web.prior_studies("P*1", _uid("open.dcm")))
    # "P*1" asks the archive for PX1 too.
    assert [one.uid for one in found.studies] == [_uid("old.dcm")]
    with pytest.raises(InferenceError, match="names no patient"):
        answer_of(web.prior_studies(""))


def test_a_study_without_radiographs_is_a_sentence(
    orthanc: Orthanc, radiograph: Callable[..., Path]
) -> None:
    orthanc.store(radiograph(Modality="SR", StudyInstanceUID="1.2.77"))
    web = client(orthanc.dicomweb_url)
    with pytest.raises(NoStudyError, match="holds no radiographs: it is SR"):
        answer_of(web.find_images("1.2.77"))
    with pytest.raises(NoStudyError, match="no such study"):
        answer_of(web.find_images("1.2.78"))
    with pytest.raises(NoStudyError, match="no DICOM UID"):
        answer_of(web.find_images("1.2/../../instances"))


# Servers that misbehave


Respond = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(respond: Respond, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A small HTTP server on the loopback that answers every GET with `respond`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                respond(self)
            except OSError:
                self.close_connection = True  # the client has had enough, which is tested

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        http.block_on_close = False
        if context is not None:
            http.socket = context.wrap_socket(http.socket, server_side=True)
        threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True).start()
        try:
            scheme = "http" if context is None else "https"
            yield f"{scheme}://127.0.0.1:{http.server_address[1]}/web"
        finally:
            http.shutdown()


def send(
    handler: BaseHTTPRequestHandler, body: bytes, kind: str = "application/dicom+json",
    status: int = 200, **headers: str,
) -> None:  # fmt: skip
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def match(number: int) -> dict[str, Any]:
    return {
        "0020000D": {"vr": "UI", "Value": [f"1.2.3.{number}"]},
        "00100020": {"vr": "LO", "Value": [f"P-{number}"]},
    }


def searched(respond: Respond, **changes: Any) -> Any:
    with server(respond) as url:
        return answer_of(client(url, **changes).search(StudyQuery(patient_id="P")))


MULTIPART = 'multipart/related; type="application/dicom"; boundary=b'


def part(content: bytes, end: bytes = b"\r\n--b--\r\n") -> bytes:
    return b"--b\r\nContent-Type: application/dicom\r\n\r\n" + content + end


@pytest.mark.parametrize("heeds_paging", [True, False])
def test_ten_thousand_matches_are_cut_with_a_sentence(heeds_paging: bool) -> None:
    asked = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        every = [match(number) for number in range(10_000)]
        if heeds_paging:
            at = int(handler.path.split("offset=")[1].split("&")[0])
            every = every[at : at + 100]
        send(handler, json.dumps(every).encode())

    found = searched(respond)
    assert len(found.studies) == 500
    assert found.notes == ("More than 500 matches: narrow the search.",)
    assert len(asked) <= 6


def test_an_archive_that_repeats_itself_ends() -> None:
    page = json.dumps([match(number) for number in range(100)]).encode()
    assert len(searched(lambda handler: send(handler, page)).studies) == 100


def test_matches_that_are_none_are_left_out() -> None:
    wrong: list[Any] = [
        {}, {"0020000D": {"Value": ["../etc"]}}, {"0020000D": {"Value": [{"x": 1}]}},
        {"0020000D": "1.2.3"}, {"0020000D": {"Value": "1.2.3"}}, match(1) | {"00100010": 5},
        match(2) | {"00100010": {"Value": [{"Alphabetic": "A\u202eB\x00\nC^\u2066D" + "x" * 999}]}},
    ]  # fmt: skip
    found = searched(lambda handler: send(handler, json.dumps(wrong).encode()))
    assert [one.uid for one in found.studies] == ["1.2.3.1", "1.2.3.2"]
    assert found.studies[1].patient_name.startswith("A B C, Dxxx")
    assert len(found.studies[1].patient_name) <= 130


@pytest.mark.parametrize(
    ("body", "kind", "status", "sentence"),
    [
        (b"<html>log in</html>", "text/html", 200, "answers with text/html, which is not a DICOM"),
        (b"<html>log in</html>", "application/json", 200, "not what DICOMweb says"),
        (b"[" * 100_000, "application/json", 200, "not what DICOMweb says"),
        (b"[1, 2]", "application/dicom+json", 200, "not what DICOMweb says"),
        (b'"text"', "application/dicom+json", 200, "not what DICOMweb says"),
        (b"", "text/plain", 404, "no such thing"),
        (b"", "text/plain", 500, "a fault of its own"),
        (b"", "text/plain", 503, "is busy"),
        (b"", "text/plain", 401, "wants a user"),
    ],
)
def test_wrong_answers_are_sentences(body: bytes, kind: str, status: int, sentence: str) -> None:
    with pytest.raises(ArchiveError, match=sentence):
        searched(lambda handler: send(handler, body, kind, status))


def test_no_content_is_no_match() -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(204)
        handler.end_headers()

    assert searched(respond).studies == ()


def test_an_answer_without_end_is_cut() -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", MULTIPART)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(1 << 16))

    with server(respond) as url, pytest.raises(ArchiveError, match="more than 1 MB"):
        answer_of(client(url, max_object_mb=1).retrieve(IMAGE, RetrievedFiles()))


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_slow_drip_ends_at_the_deadline(where: str) -> None:
    stop = threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        if where == "body":
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
        while not stop.wait(0.1):
            handler.wfile.write(b"[")
            handler.wfile.flush()

    begun = time.monotonic()
    with pytest.raises(ArchiveError, match="did not answer within 1 s"):
        searched(respond, total_s=1.0)
    assert time.monotonic() - begun < 3
    stop.set()


def test_it_can_be_stopped_at_once_and_leaves_no_connection() -> None:
    closed = threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        if not handler.connection.recv(1):  # until the client goes
            closed.set()

    with server(respond) as url:
        steps = client(url, read_s=60.0, total_s=60.0).search(StudyQuery(patient_id="P"))
        for _ in range(3):
            next(steps)
        begun = time.monotonic()
        steps.close()
        assert time.monotonic() - begun < 0.5
        assert closed.wait(2)


def test_half_a_file_is_never_seen(tmp_path: Path, radiograph: Callable[..., Path]) -> None:
    content = radiograph(
        StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.4", SOPInstanceUID="1.2.3.4.5"
    ).read_bytes()
    kept = RetrievedFiles(tmp_path / "cache")
    halves = {
        "sent half a file": part(content[:1000], b""),
        "cut short": part(content[: len(content) // 2]),
        "not what DICOMweb says": part(b"not DICOM"),
        "answers with text/html": b"<html>",
    }
    for sentence, body in halves.items():
        kind = "text/html" if "html" in sentence else MULTIPART
        respond = partial(send, body=body, kind=kind)
        with server(respond) as url, pytest.raises(InferenceError, match=sentence):
            answer_of(client(url).retrieve(IMAGE, kept))

    def breaks_off(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", MULTIPART)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(part(content[:1000], b""))
        handler.close_connection = True

    with server(breaks_off) as url, pytest.raises(ArchiveError, match="broke off"):
        answer_of(client(url).retrieve(IMAGE, kept))
    assert not list((tmp_path / "cache").rglob("*.dcm"))
    assert not list((tmp_path / "cache").rglob("*.partial"))
    with server(lambda one: send(one, part(content), MULTIPART)) as url:
        assert answer_of(client(url).retrieve(IMAGE, kept)).is_file()  # and the whole one is
    kept.close()


def test_another_image_than_asked_for_is_not_opened(
    files: RetrievedFiles, radiograph: Callable[..., Path]
) -> None:
    content = radiograph(SOPInstanceUID="9.9.9").read_bytes()
    respond = partial(send, body=part(content), kind=MULTIPART)
    sentence = "another image than it was asked for"
    with server(respond) as url, pytest.raises(ArchiveError, match=sentence):
        answer_of(client(url).retrieve(IMAGE, files))


def test_it_is_not_sent_on_to_another_host() -> None:
    reached = []
    with server(lambda handler: reached.append(handler.path)) as elsewhere:

        def respond(handler: BaseHTTPRequestHandler) -> None:
            send(handler, b"", status=302, Location=elsewhere)

        with pytest.raises(ArchiveError, match=r"sends us on to 127\.0\.0\.1"):
            searched(respond)
    assert reached == []


def test_on_the_same_host_it_is_sent_on_but_not_in_circles() -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/new"):
            send(handler, json.dumps([match(1)]).encode())
        else:
            send(handler, b"", status=301, Location="/new/studies")

    assert len(searched(respond).studies) == 1
    with pytest.raises(ArchiveError, match="in circles"):
        searched(lambda handler: send(handler, b"", status=307, Location=handler.path))


def test_a_busy_archive_is_asked_again_when_it_says() -> None:
    times: list[float] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        times.append(time.monotonic())
        if len(times) == 1:
            send(handler, b"", status=503, Retry_After="1")
        else:
            send(handler, b"[]")

    assert searched(respond, retries=2).studies == ()
    assert len(times) == 2
    assert times[1] - times[0] >= 1
    begun = time.monotonic()
    with pytest.raises(ArchiveError, match="is busy"):  # longer than we would wait
        searched(lambda one: send(one, b"", status=429, Retry_After="3600"), retries=2)
    assert time.monotonic() - begun < 1


def test_an_offline_archive_is_a_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/web"
    with pytest.raises(ArchiveError, match="is offline"):
        answer_of(client(url).search(StudyQuery(patient_id="P")))


def test_a_certificate_is_verified(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key),
             "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with server(lambda handler: send(handler, b"[]"), context) as url:
        with pytest.raises(ArchiveError, match="is not trusted"):
            answer_of(client(url).search(StudyQuery(patient_id="P")))
        trusted = client(url, ca_file=str(certificate))
        assert answer_of(trusted.search(StudyQuery(patient_id="P"))).studies == ()
        lost = client(url, ca_file=str(tmp_path / "missing.pem"))
        with pytest.raises(ArchiveError, match="cannot be asked"):
            answer_of(lost.search(StudyQuery(patient_id="P")))


# Passwords


def test_without_a_keyring_a_password_lasts_for_the_session() -> None:
    seen: list[str] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("Authorization", ""))
        is_right = seen[-1] == f"Basic {base64.b64encode('reader:gehört'.encode()).decode()}"
        send(handler, b"[]", status=200 if is_right else 401)

    passwords = Passwords()
    assert not passwords.can_keep  # of keyring, only the backend that fails is there
    with server(respond) as url:
        config = ArchiveConfig("main", url, user="reader", retries=0)
        web = ArchiveClient(config, passwords)
        with pytest.raises(NoPasswordError, match="no keyring, so that passwords last for this"):
            answer_of(web.search(StudyQuery(patient_id="P")))
        assert seen == []
        assert passwords.give(config, "wrong", keep=True) is False
        with pytest.raises(ArchiveLoginError, match="check the user and password"):
            answer_of(web.search(StudyQuery(patient_id="P")))
        passwords.give(config, "gehört", keep=False)
        assert answer_of(web.search(StudyQuery(patient_id="P"))).studies == ()
    assert "gehört" not in repr(passwords)


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the computer has, tests leave it alone."""
    import keyring
    from keyring.backends import fail

    monkeypatch.setattr(keyring.core, "_keyring_backend", fail.Keyring())


def test_a_keyring_keeps_a_password_for_one_address(tmp_path: Path) -> None:
    import keyring.backend
    import keyring.core

    class InMemory(keyring.backend.KeyringBackend):
        priority = 1
        kept: dict[tuple[str, str], str] = {}  # noqa: RUF012 - one for the test

        def get_password(self, service: str, username: str) -> str | None:
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self.kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del self.kept[service, username]

    keyring.core.set_keyring(InMemory())
    config = ArchiveConfig("main", "https://pacs.example.org", user="reader")
    assert Passwords().give(config, "secret", keep=True)
    assert Passwords().password(config) == "secret"
    with pytest.raises(NoPasswordError):  # another server of the same name
        Passwords().password(replace(config, url="https://elsewhere.example.org"))


# Settings


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"url": "http://pacs.example.org"}, "allow_plain_http"),
        ({"url": "ftp://pacs.example.org"}, "is no address"),
        ({"url": "https://reader:secret@pacs.example.org"}, "holds a user or password"),
        ({"url": "https://pacs.example.org?a=1"}, r"may not have \? or #"),
        ({"password": "secret"}, "no password belongs there"),
        ({"url": "https://a.b", "retries": 99}, "retries must be from 0 to 10"),
        ({"url": "https://a.b", "retries": True}, "retries must be a whole number"),
        ({"url": "https://a.b", "quido": "x"}, "no setting 'quido'"),
        ({"url": "https://a.b", "qido": "../x"}, "no path prefix"),
        ({"ae_title": "PACS"}, "needs ae_host"),
        ({"ae_title": "MUCH TOO LONG A TITLE", "ae_host": "x"}, "no AE title"),
        ({}, "neither url nor ae_title"),
    ],
)
def test_wrong_settings_are_told(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ArchiveSettingsError, match=sentence) as caught:
        archives_from({"main": section})
    assert "secret" not in str(caught.value)


def test_good_settings_are_taken() -> None:
    found = archives_from(
        {"a": {"url": "http://127.0.0.1:8042/dicom-web/"}, "b": {"ae_title": "P", "ae_host": "h"}}
    )
    assert found["a"].url == "http://127.0.0.1:8042/dicom-web"
    assert ArchiveConfig("c", "http://pacs.example.org", allow_plain_http=True).url
    with pytest.raises(ArchiveSettingsError, match="letters, digits"):
        archives_from({"../x": {"url": "https://a.b"}})


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"patient_id": "*"}, {"patient_id": "a\\b"}, {"accession": "x" * 65},
        {"patient_id": "a\nb"},
        {"first": datetime.date(2026, 2, 1), "last": datetime.date(2026, 1, 1)},
    ],
)  # fmt: skip
def test_a_search_for_everything_or_nonsense_is_not_sent(fields: dict[str, Any]) -> None:
    with pytest.raises(InferenceError):
        StudyQuery(**fields).filters()


def test_names_are_read_as_they_are_said() -> None:
    assert shown_name("Doe^Jane^Q^Dr") == "Doe, Jane Q"
    assert shown_name("^Jane") == "Jane"
    assert clean("می‌خواهم") == "می‌خواهم"  # the joiner belongs to the word


# The cache


def test_the_cache_forgets_the_oldest_and_what_was_left_behind(
    tmp_path: Path, radiograph: Callable[..., Path]
) -> None:
    content = radiograph().read_bytes()
    root = tmp_path / "cache"
    left = root / "dead"
    left.mkdir(parents=True)
    (left / "x.dcm").write_bytes(content)
    kept = RetrievedFiles(root, max_bytes=int(2.5 * len(content)))
    paths = [
        kept.keep(
            "main", replace(IMAGE, instance_uid=f"1.{number}"), lambda one: _put(one, content)
        )
        for number in range(4)
    ]
    assert not left.exists()
    assert [path.exists() for path in paths] == [False, False, True, True]
    other = RetrievedFiles(root)
    other.keep("main", IMAGE, lambda one: _put(one, content))
    assert paths[3].exists()  # its program runs
    kept.close()
    other.close()
    assert list(root.iterdir()) == []


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    time.sleep(0.01)  # a file of its own time


def _uid(name: str) -> str:
    return f"1.2.826.0.1.3680043.10.999.{sum(name.encode())}"
