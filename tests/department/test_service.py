"""`kindred serve` asked over its real socket: answers, refusals, limits, and what is not told."""

import base64
import http.client
import json
import platform
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inference.pipeline import Engine, analyse
from inference.pseudonym import pseudonym
from tests.department.service_peer import (
    TOKEN,
    Peer,
    answer_on,
    head,
    indexed_engine,
    serving,
)

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("uvicorn", reason="needs the extra serve")

from inference.service.door import is_own_name
from inference.service.errors import ServiceError
from inference.service.service_config import ServiceLimits

Writer = Callable[..., Path]


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path,
    make_catalogue_folder: Callable[[Path], Path],
) -> Engine:  # fmt: skip
    folder = make_catalogue_folder(tmp_path_factory.mktemp("service") / "Doe^Jane")
    return indexed_engine(folder, tiny_bundle)


@pytest.fixture(scope="module")
def peer(engine: Engine) -> Iterator[Peer]:
    with serving(engine) as running:
        yield running


@pytest.fixture(scope="module")
def query_file(
    tmp_path_factory: pytest.TempPathFactory, dicom_writer: Writer, make_picture: Callable[..., Any]
) -> Path:
    path = tmp_path_factory.mktemp("query") / "query.dcm"
    return dicom_writer(path, make_picture(31).astype(np.uint16) * 16, PatientID="P-31")


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so() and time.monotonic() < until:
        time.sleep(0.01)


def test_a_radiograph_is_answered_as_the_pipeline_answers_it(
    peer: Peer, engine: Engine, query_file: Path
) -> None:
    answer = peer.ask("/query?k=3&method=cnn", query_file.read_bytes())
    assert answer.status == 200, answer.body
    *_, expected = analyse(query_file, engine, method="cnn", k=3)
    assert [one["case_id"] for one in answer.json["neighbours"]] == [
        pseudonym(one.case.case_id) for one in expected.neighbours or ()
    ]
    assert [one["distance"] for one in answer.json["neighbours"]] == pytest.approx(
        [one.distance for one in expected.neighbours or ()], rel=1e-5
    )
    assert answer.json["probability"] == pytest.approx(max(expected.probabilities or ()))
    assert answer.json["research_use_only"] is True
    assert answer.json["method"] == "cnn"


def test_parameters_left_out_are_as_the_service_was_started(peer: Peer, query_file: Path) -> None:
    answer = peer.ask("/query", query_file.read_bytes()).json
    assert (answer["method"], len(answer["neighbours"])) == ("ig", 4)
    assert answer["saliency_png"] is None


def test_no_identity_of_any_case_or_folder_is_told(peer: Peer, engine: Engine) -> None:
    assert engine.catalogue is not None
    case = engine.catalogue.case("case7")
    answer = peer.ask("/query?k=7&exclude_patient=false", case.path.read_bytes())
    assert answer.json["query_case"] == pseudonym("case7")
    assert len(answer.json["neighbours"]) == 7
    for secret in ("case7", "case1", "P-7", "Doe", "image7", "/", "Synthetic"):
        told = {**answer.json, "warnings": []}
        assert secret not in json.dumps(told).replace("\\/", ""), secret


def test_the_querys_own_patient_is_left_out_unless_asked_for(peer: Peer, engine: Engine) -> None:
    assert engine.catalogue is not None
    content = engine.catalogue.case("case7").path.read_bytes()
    without = peer.ask("/query?k=8", content).json
    with_patient = peer.ask("/query?k=8&exclude_patient=false", content).json
    own = pseudonym("case7")
    assert own not in [one["case_id"] for one in without["neighbours"]]
    assert with_patient["neighbours"][0]["case_id"] == own


def test_the_saliency_map_lies_over_the_whole_radiograph(
    peer: Peer, engine: Engine, query_file: Path
) -> None:
    answer = peer.ask("/query?saliency=true", query_file.read_bytes()).json
    picture = Image.open(BytesIO(base64.b64decode(answer["saliency_png"])))
    *_, expected = analyse(query_file, engine, method="ig")
    assert expected.model_input is not None
    assert expected.saliency is not None
    on_radiograph = expected.model_input.placement.to_radiograph(expected.saliency)
    assert (picture.mode, picture.size) == ("L", on_radiograph.shape[::-1])
    np.testing.assert_allclose(np.asarray(picture) / 255, on_radiograph, atol=0.51 / 255)


def test_pictures_and_other_names_of_dicom_are_taken_too(
    peer: Peer, make_picture: Callable[..., Any]
) -> None:
    content = BytesIO()
    Image.fromarray(make_picture(4)).save(content, "PNG")
    for kind in ("image/png", "application/octet-stream", "Image/JPEG; q=1"):
        answer = peer.ask("/query", content.getvalue(), Content_Type=kind)
        assert answer.status == 200, answer.body
        assert answer.json["query_case"] == pseudonym("case4")  # by its pixels


def test_a_neighbour_can_be_looked_at_by_its_pseudonym(peer: Peer, engine: Engine) -> None:
    answer = peer.ask(f"/cases/{pseudonym('case7')}/picture")
    assert answer.headers["content-type"] == "image/png"
    picture = Image.open(BytesIO(answer.body))
    assert picture.size == (40, 48)
    assert picture.info == {}
    assert peer.ask("/cases/00000000/picture").status == 404
    for path in ("case7", "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "0" * 9, "0000000%00"):
        assert peer.ask(f"/cases/{path}/picture").status in (404, 422), path


def test_a_picture_that_may_name_the_patient_is_not_shown(
    tmp_path: Path, tiny_bundle: Path, dicom_writer: Writer, make_picture: Callable[..., Any]
) -> None:
    (tmp_path / "cases").mkdir()
    for number, burned_in in enumerate(("YES", "NO")):
        pixels = make_picture(number).astype(np.uint16) * 16
        file = tmp_path / "cases" / f"{burned_in}.dcm"
        dicom_writer(file, pixels, BurnedInAnnotation=burned_in, PatientID=f"P-{number}")
    engine = indexed_engine(tmp_path / "cases", tiny_bundle)
    assert engine.catalogue is not None
    with serving(engine) as peer:
        statuses = {
            case.path.stem: peer.ask(f"/cases/{pseudonym(case.case_id)}/picture").status
            for case in engine.catalogue.cases()
        }
    assert statuses == {"YES": 403, "NO": 200}


def test_version_and_health(peer: Peer, engine: Engine) -> None:
    health = peer.ask("/health", token=None)
    assert health.json == {"status": "ok", "research_use_only": True}
    version = peer.ask("/version").json
    assert version["bundle"]["sha256"] == engine.bundle.manifest.sha256
    assert version["catalogue"] == {"cases": 8}
    assert set(version["methods"]) == {"ig", "cnn", "metric", "ig-severity", "ssim"}
    assert "Doe" not in json.dumps(version)


def test_the_description_needs_nothing_from_elsewhere(peer: Peer) -> None:
    page = peer.ask("/", token=None)
    assert page.headers["content-type"].startswith("text/html")
    text = page.body.decode()
    assert "Research use only" in text
    assert "POST /query" in text
    assert not re.search(r"<script|https?://|src=", text)
    schema = peer.ask("/openapi.json", token=None).json
    assert "Research use only" in schema["info"]["description"]
    assert peer.ask("/docs").status == 404


@pytest.mark.parametrize(
    "token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é" * 40]
)
def test_without_the_token_nothing_is_told(peer: Peer, query_file: Path, token: str | None) -> None:
    for path, body in (("/version", None), ("/query", query_file.read_bytes()), ("/nothing", None)):
        answer = peer.ask(path, body, token=token)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "token" in answer.sentence
    assert peer.ask("/version", token=None, Authorization=f"Basic {TOKEN}").status == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{port}", 200),
        ("127.0.0.1:{port}", 200),
        ("[::1]:{port}", 200),
        ("evil.example:{port}", 421),
        ("127.0.0.1.evil.example:{port}", 421),
        ("127.0.0.1", 421),
        ("127.0.0.1:1", 421),
        ("192.0.2.1:{port}", 421),
        ("127.0.0.1:{port}@evil.example", 400),
        ("", 400),
    ],
)
def test_another_host_is_turned_away(peer: Peer, host: str, status: int) -> None:
    assert peer.ask("/health", Host=host.format(port=peer.port)).status == status


def test_two_hosts_or_none_are_turned_away(peer: Peer) -> None:
    for lines in (b"GET /health HTTP/1.0\r\n\r\n", b"GET /health HTTP/1.1\r\n\r\n"):
        with peer.connect() as connection:
            connection.sendall(lines)
            assert answer_on(connection).split(b"\r\n")[0].split()[1] == b"400"


def test_only_configured_pages_may_ask(engine: Engine) -> None:
    with serving(engine, origins=("https://ohif.example",)) as peer:
        for origin in ("https://evil.example", "null", "https://ohif.example.evil.example"):
            answer = peer.ask("/version", Origin=origin)
            assert answer.status == 403
            assert "access-control-allow-origin" not in answer.headers
        answer = peer.ask("/version", Origin="https://ohif.example")
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "https://ohif.example"
        # Before asking with a token a browser asks whether it may, and shows none.
        asked = {"Access_Control_Request_Method": "POST", "Origin": "https://ohif.example"}
        answer = peer.ask("/query", token=None, method="OPTIONS", **asked)
        assert answer.status == 204
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert peer.ask("/query", token=None, Origin="https://ohif.example").status == 401
    with serving(engine) as peer:
        assert peer.ask("/health", Origin=peer.url).status == 403


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("k=0", "k"),
        ("k=51", "50"),
        ("k=99999999999999999999999", "k"),
        ("k=four", "k"),
        ("k=nan", "k"),
        ("method=nothing", "ig"),
        ("method=", "ig"),
        ("k=", "k"),
        ("method=../../etc/passwd", "ig"),
        ("method=" + "a" * 100, "method"),
        ("exclude_patient=perhaps", "exclude_patient"),
        ("neighbors=4", "exclude_patient"),
        ("name=Doe", "method"),
    ],
)
def test_a_wrong_parameter_is_a_sentence(
    peer: Peer, query_file: Path, options: str, word: str
) -> None:
    answer = peer.ask(f"/query?{options}", query_file.read_bytes())
    assert answer.status == 422
    assert word in answer.sentence
    assert "Doe" not in answer.sentence
    assert "passwd" not in answer.sentence


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"garbage", 422),
        (bytes(128) + b"DICM", 422),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), 422),
        (b"PK\x03\x04", 422),
        (bytes(range(256)) * 100, 422),
    ],
)
def test_what_is_no_radiograph_is_a_sentence(peer: Peer, content: bytes, status: int) -> None:
    answer = peer.ask("/query", content)
    assert answer.status == status
    assert answer.sentence


def test_a_radiograph_cut_anywhere_is_a_sentence_without_its_patient(
    peer: Peer, tmp_path: Path, dicom_writer: Writer, make_picture: Callable[..., Any]
) -> None:
    pixels = make_picture(1).astype(np.uint16) * 16
    whole = dicom_writer(tmp_path / "a", pixels, PatientName="Doe^Jane", PatientID="4711")
    content = whole.read_bytes()
    for length in (140, 300, 500, 700, 900, len(content) // 2, len(content) - 1):
        answer = peer.ask("/query", content[:length])
        assert answer.status == 422, length
        for secret in ("Doe", "4711", "/"):
            assert secret not in answer.sentence
    assert not any("Doe" in line or "4711" in line for line in peer.log)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "text/html"},
        {"Content_Type": "multipart/form-data; boundary=x"},
        {"Content_Type": ""},
        {"Content_Encoding": "gzip"},
    ],
)
def test_another_type_is_turned_away(peer: Peer, headers: dict[str, str]) -> None:
    answer = peer.ask("/query", b"x", **headers)
    assert answer.status == 415
    assert "application/dicom" in answer.sentence


def test_paths_and_methods_that_are_not_there(peer: Peer) -> None:
    for path in ("/nothing", "//query", "/query/", "/../etc/passwd", "/%2e%2e/", "/cases"):
        answer = peer.ask(path)
        assert answer.status == 404, path
        assert "lists" in answer.sentence
    answer = peer.ask("/query")
    assert answer.status == 405
    assert answer.headers["allow"] == "POST"
    assert peer.ask("/health", method="DELETE").status == 405


def test_too_large_a_body_is_refused_whether_announced_or_not(
    engine: Engine, query_file: Path
) -> None:
    with serving(engine, limits=ServiceLimits(max_body_bytes=20_000)) as peer:
        assert peer.ask("/query", query_file.read_bytes()).status == 200
        answer = peer.ask("/query", bytes(5_000_000))
        assert answer.status == 413
        assert "MB" in answer.sentence
        with peer.connect() as connection:  # in chunks, without a length
            connection.sendall(head("/query", peer, Transfer_Encoding="chunked"))
            with suppress(OSError):
                for _ in range(40):
                    connection.sendall(b"400\r\n" + bytes(1024) + b"\r\n")
                connection.sendall(b"0\r\n\r\n")
            assert b" 413 " in answer_on(connection).split(b"\r\n")[0]
        with peer.connect() as connection:  # one that waits to hear whether it may
            lines = head("/query", peer, Content_Length="999999999", Expect="100-continue")
            connection.sendall(lines)
            assert b" 413 " in answer_on(connection).split(b"\r\n")[0]


def test_a_slow_client_is_let_go(engine: Engine) -> None:
    limits = ServiceLimits(head_s=0.5, body_s=0.5)
    with serving(engine, limits=limits) as peer:
        with peer.connect() as connection:  # nothing at all
            assert b" 408 " in answer_on(connection).split(b"\r\n")[0]
        with peer.connect() as connection:  # lines that never end: each byte is no new time
            began = time.monotonic()
            with suppress(OSError):
                while time.monotonic() - began < 20:
                    connection.sendall(b"X")
                    time.sleep(0.05)
            assert time.monotonic() - began < 15
        with peer.connect() as connection:  # a body that stops
            connection.sendall(head("/query", peer, Content_Length="1000") + b"abc")
            assert b" 408 " in answer_on(connection).split(b"\r\n")[0]
        assert peer.ask("/health").status == 200


def test_a_client_that_goes_away_leaves_nothing(engine: Engine, query_file: Path) -> None:
    content = query_file.read_bytes()
    with serving(engine, limits=ServiceLimits(waiting=0)) as peer:
        for sent in (10, len(content) - 1):
            with peer.connect() as connection:
                lines = head("/query", peer, Content_Length=str(len(content)))
                connection.sendall(lines + content[:sent])
        until = time.monotonic() + 30
        while (answer := peer.ask("/query", content)).status == 503:  # its place is free again
            assert time.monotonic() < until
            time.sleep(0.05)
        assert answer.status == 200


def test_what_is_not_http_is_told_so(peer: Peer) -> None:
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"A" * 40_000 + b"\r\n\r\n"):
        with peer.connect() as connection:
            connection.sendall(garbage + b"\r\n\r\n")
            with suppress(ConnectionResetError):  # it had not read all of it
                received = answer_on(connection)
                assert b" 400 " in received.split(b"\r\n")[0]
                assert set(json.loads(received.split(b"\r\n\r\n")[1])) == {"error", "message"}
    with peer.connect() as connection:  # chunks that are none, in the middle of a body
        connection.sendall(head("/query", peer, Transfer_Encoding="chunked") + b"zz\r\n")
        answer_on(connection)
    assert peer.ask("/health").status == 200


def test_beyond_the_queue_is_busy_and_says_when_to_ask_again(
    engine: Engine, query_file: Path
) -> None:
    content = query_file.read_bytes()
    with serving(engine, limits=ServiceLimits(waiting=1)) as peer:
        holding = []
        for _ in range(2):  # two that have a place, and are not finished sending
            connection = peer.connect()
            lines = head("/query", peer, Content_Length=str(len(content)), Expect="100-continue")
            connection.sendall(lines)
            assert b" 100 " in connection.recv(4096)
            holding.append(connection)
        answer = peer.ask("/query", content)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert peer.ask("/health").status == 200
        for connection in holding:
            with connection:
                connection.sendall(content)
                assert b" 200 " in answer_on(connection).split(b"\r\n")[0]
        assert peer.ask("/query", content).status == 200


def test_many_at_once_get_the_same_answer_one_after_the_other(
    engine: Engine, query_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = query_file.read_bytes()
    running, most = 0, 0
    run = engine.session.run

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.01)
        try:
            return run(*arguments, **options)
        finally:
            running -= 1

    monkeypatch.setattr(engine.session, "run", counted)
    answers: list[Any] = []
    with serving(engine, limits=ServiceLimits(waiting=20)) as peer:
        threads = [
            threading.Thread(target=lambda: answers.append(peer.ask("/query", content)))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [one.status for one in answers] == [200] * 12
    told = [one.json["neighbours"] for one in answers]
    assert told == [told[0]] * 12
    assert most == 1


def test_too_many_requests_in_a_minute_are_told_to_wait(engine: Engine) -> None:
    with serving(engine, limits=ServiceLimits(per_minute=3)) as peer:
        statuses = [peer.ask("/version").status for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert 1 <= int(peer.ask("/version").headers["retry-after"]) <= 60
        assert peer.ask("/health", token=None).status == 200


def test_too_many_connections_are_told_to_wait(engine: Engine) -> None:
    with serving(engine, limits=ServiceLimits(connections=3)) as peer:
        held = [peer.connect() for _ in range(3)]
        with peer.connect() as connection:
            assert b" 503 " in answer_on(connection).split(b"\r\n")[0]
        for connection in held:
            connection.close()
        until = time.monotonic() + 30
        while True:
            with suppress(ConnectionError):
                if peer.ask("/health").status == 200:
                    break
            assert time.monotonic() < until
            time.sleep(0.05)


def test_an_analysis_that_takes_too_long_is_given_up(
    engine: Engine, query_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    run = engine.session.run

    def slow(*arguments: Any, **options: Any) -> Any:
        released.wait(60)
        return run(*arguments, **options)

    monkeypatch.setattr(engine.session, "run", slow)
    with serving(engine, limits=ServiceLimits(job_s=0.3)) as peer:
        answer = peer.ask("/query", query_file.read_bytes())
        assert answer.status == 503
        assert "retry-after" in answer.headers
        released.set()


def test_stopped_it_finishes_what_it_began(
    engine: Engine, query_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, released = threading.Event(), threading.Event()
    run = engine.session.run

    def slow(*arguments: Any, **options: Any) -> Any:
        began.set()
        released.wait(60)
        return run(*arguments, **options)

    monkeypatch.setattr(engine.session, "run", slow)
    answers: list[Any] = []
    content = query_file.read_bytes()
    with serving(engine) as peer:
        asking = threading.Thread(target=lambda: answers.append(peer.ask("/query", content)))
        asking.start()
        assert began.wait(60)
        peer.stop()
        until = time.monotonic() + 30
        with suppress(ConnectionError):
            while time.monotonic() < until:  # nobody new is let in
                peer.connect().close()
                time.sleep(0.05)
        assert time.monotonic() < until
        released.set()
        asking.join(60)
    assert [one.status for one in answers] == [200]


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_it_listens_at_other_names_of_this_computer(engine: Engine, host: str) -> None:
    try:
        with serving(engine, host=host) as peer:
            connection = http.client.HTTPConnection(host, peer.port, timeout=60)
            connection.request("GET", "/health")
            assert connection.getresponse().status == 200
            connection.close()
    except ServiceError as error:
        if host == "::1":
            pytest.skip(f"this computer has no IPv6: {error}")
        raise


@pytest.mark.parametrize(
    ("name", "local", "remote"),
    [
        ("127.0.0.1", True, True),
        ("::1", True, True),
        ("localhost", True, True),
        ("192.0.2.7", False, True),
        (platform.node().lower(), platform.node() == "localhost", True),
        ("evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
    ],
)
def test_which_names_are_this_computers(name: str, local: bool, remote: bool) -> None:
    assert is_own_name(name, is_local=True) is local
    assert is_own_name(name, is_local=False) is remote


def test_files_of_requests_are_private_and_gone_afterwards(
    engine: Engine, query_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left = tmp_path / "left"  # by a service that was killed
    left.mkdir()
    (left / "patient").touch()
    seen: list[tuple[int, int]] = []
    run = engine.session.run

    def looked(*arguments: Any, **options: Any) -> Any:
        (folder,) = tmp_path.iterdir()
        (file,) = (one for one in folder.iterdir() if one.name != "writer.lock")
        seen.append((folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777))
        return run(*arguments, **options)

    monkeypatch.setattr(engine.session, "run", looked)
    with serving(engine, kept=tmp_path) as peer:
        assert peer.ask("/query", query_file.read_bytes()).status == 200
        assert peer.ask("/query", b"garbage").status == 422
        (folder,) = tmp_path.iterdir()
        assert [one.name for one in folder.iterdir()] == ["writer.lock"]
    assert seen == [(0o700, 0o600)]
    assert list(tmp_path.iterdir()) == []


def test_a_fault_is_kept_and_told_without_its_text(
    engine: Engine, query_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("Doe^Jane")

    monkeypatch.setattr(engine.session, "run", broken)
    with serving(engine) as peer:
        answer = peer.ask("/query", query_file.read_bytes())
        assert answer.status == 500
        assert "Doe" not in answer.sentence
        wait_until(lambda: bool(peer.faults))  # it is kept after it was told
        assert [type(one) for one in peer.faults] == [RuntimeError]
        assert not any("Doe" in line for line in peer.log)
        peer.faults.clear()


def test_the_log_says_what_was_asked_and_nothing_that_was_written(peer: Peer) -> None:
    peer.log.clear()
    peer.ask("/cases/Doe-Jane/picture?name=Doe")
    peer.ask("/Doe/Jane")
    peer.ask("/health", method="DOE")
    wait_until(lambda: len(peer.log) >= 3)  # a line follows its answer
    assert [re.sub(r"\d+ ms", "N ms", line) for line in peer.log] == [
        "GET /cases/{case_id}/picture 422, N ms",
        "GET - 404, N ms",
        "? /health 405, N ms",
    ]
