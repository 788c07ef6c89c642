"""`POST /query/archive`: a radiograph that the service fetches from a real Orthanc."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.archive.archive_config import ArchiveConfig
from inference.pipeline import Engine
from tests.department.orthanc_peer import Orthanc, free_port
from tests.department.service_peer import Answered, Peer, indexed_engine, serving

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("dicomweb_client", reason="needs the extra dicom-io")

STUDY = "1.2.840.99.6"


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, tiny_bundle: Path,
    make_catalogue_folder: Callable[[Path], Path],
) -> Engine:  # fmt: skip
    return indexed_engine(make_catalogue_folder(tmp_path_factory.mktemp("a") / "c"), tiny_bundle)


@pytest.fixture
def peer(engine: Engine, orthanc: Orthanc) -> Iterator[Peer]:
    archives = {
        "orthanc": ArchiveConfig("orthanc", orthanc.dicomweb_url),
        "gone": ArchiveConfig("gone", f"http://127.0.0.1:{free_port()}", retries=0),
    }
    with serving(engine, archives=archives) as running:
        yield running


def ask(peer: Peer, **wanted: Any) -> Answered:
    body = json.dumps(wanted).encode()
    return peer.ask("/query/archive?k=3", body, Content_Type="application/json")


def test_a_study_of_an_archive_is_answered_as_its_file_is(
    peer: Peer, orthanc: Orthanc, tmp_path: Path, dicom_writer: Callable[..., Path],
    make_picture: Callable[..., Any],
) -> None:  # fmt: skip
    values = [make_picture(number).astype(np.uint16) * 16 for number in (41, 42)]
    first = dicom_writer(tmp_path / "one.dcm", values[0], StudyInstanceUID=STUDY)
    orthanc.store(first)
    answer = ask(peer, archive="orthanc", study=STUDY)
    assert answer.status == 200, answer.body
    expected = peer.ask("/query?k=3", first.read_bytes())
    assert answer.json["neighbours"] == expected.json["neighbours"]
    second = dicom_writer(
        tmp_path / "two.dcm", values[1], StudyInstanceUID=STUDY, SOPInstanceUID="1.2.840.99.6.2"
    )
    orthanc.store(second)
    answer = ask(peer, archive="orthanc", study=STUDY)
    assert answer.status == 422
    assert "2 radiographs" in answer.sentence
    answer = ask(peer, archive="orthanc", study=STUDY, instance="1.2.840.99.6.2")
    expected = peer.ask("/query?k=3", second.read_bytes())
    assert answer.json["neighbours"] == expected.json["neighbours"]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"archive": "orthanc", "study": "1.2.3.4"}, 404),
        ({"archive": "other", "study": STUDY}, 404),
        ({"archive": "http://evil.example", "study": STUDY}, 404),
        ({"archive": "gone", "study": STUDY}, 502),
        ({"archive": "orthanc", "study": "../../instances"}, 422),
        ({"archive": "orthanc", "study": "1.2?x=1"}, 422),
        ({"archive": "orthanc", "study": STUDY, "instance": "*"}, 422),
        ({"archive": "orthanc"}, 422),
        ({"archive": "orthanc", "study": STUDY, "url": "http://evil.example"}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_fetched_is_a_sentence(
    peer: Peer, wanted: dict[str, str], status: int
) -> None:
    answer = ask(peer, **wanted)
    assert answer.status == status, answer.body
    assert answer.sentence
    assert "evil" not in answer.sentence


def test_what_is_no_json_is_a_sentence(peer: Peer) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff" * 9, b"[" * 100_000):
        answer = peer.ask("/query/archive", body, Content_Type="application/json")
        assert answer.status in (400, 422), body[:9]
        assert answer.sentence


def test_without_archives_there_is_no_such_path(engine: Engine) -> None:
    with serving(engine) as peer:
        assert ask(peer, archive="orthanc", study=STUDY).status == 404
        assert "/query/archive" not in peer.ask("/openapi.json").json["paths"]
