"""The recipe in which Orthanc asks `kindred serve`: a radiograph is sent, and its answer is there.

Real on both sides: Orthanc with its Lua, DCMTK's storescu, and the service.
"""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.pipeline import Engine, analyse
from inference.pseudonym import pseudonym
from tests.department.orthanc_peer import Orthanc, missing, running_orthanc
from tests.department.returned_results import dcmtk
from tests.department.service_peer import TOKEN, indexed_engine, serving

pytest.importorskip("fastapi", reason="needs the extra serve")
pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SCRIPT = Path(__file__).parents[2] / "resources" / "integration" / "orthanc" / "kindred_answers.lua"
SETTINGS = {
    "LuaScripts": [str(SCRIPT)],
    "UserMetadata": {"KindredAnswer": 4750},
    "StableAge": 1,
}


@pytest.fixture
def engine(tiny_catalogue_folder: Path, tiny_bundle: Path) -> Engine:
    return indexed_engine(tiny_catalogue_folder, tiny_bundle)


def send(orthanc: Orthanc, *files: Path) -> None:
    command = [dcmtk("storescu"), "-aec", orthanc.aet, orthanc.host, str(orthanc.dicom_port)]
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=60)


def wait_for(found: Callable[[], Any]) -> Any:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        value = found()
        if value:
            return value
        time.sleep(0.2)
    raise AssertionError("it did not come")


def kept_answer(orthanc: Orthanc) -> Any:
    """The metadata of the only study, or None while it has none."""
    for study in orthanc.json("/studies"):
        if "KindredAnswer" in orthanc.json(f"/studies/{study}/metadata"):
            return orthanc.json(f"/studies/{study}/metadata/KindredAnswer")
    return None


def test_the_recipe_is_in_the_readme_of_recipes() -> None:
    text = (SCRIPT.parents[1] / "README.md").read_text()
    assert "`orthanc/kindred_answers.lua`" in text
    for key in ("UserMetadata", "StableAge", "KINDRED_SERVICE", "KINDRED_TOKEN_FILE"):
        assert key in text
        assert key in SCRIPT.read_text()


def test_a_sent_radiograph_has_its_answer_on_its_study(
    tmp_path: Path, engine: Engine, dicom_writer: Callable[..., Path],
    make_picture: Callable[..., Any], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    study = {"StudyInstanceUID": "1.2.840.99.5", "PatientID": "P-31"}
    small = make_picture(31).astype(np.uint16) * 16
    large = np.kron(make_picture(32).astype(np.uint16) * 16, np.ones((40, 40), np.uint16))
    files = [
        dicom_writer(tmp_path / f"{values.size}.dcm", values, **study) for values in (small, large)
    ]
    assert files[1].stat().st_size > 6_000_000  # of a real radiograph's size
    other = dicom_writer(tmp_path / "ct.dcm", np.ones((8, 8), np.uint16), Modality="CT", **study)
    refused = dicom_writer(tmp_path / "frames.dcm", small, NumberOfFrames=2, **study)
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "peer").mkdir()
    with serving(engine) as service:
        monkeypatch.setenv("KINDRED_SERVICE", service.url)
        monkeypatch.setenv("KINDRED_TOKEN_FILE", str(tmp_path / "token"))
        with running_orthanc(tmp_path / "peer", **SETTINGS) as orthanc:
            send(orthanc, refused, *files, other)
            answers = wait_for(lambda: kept_answer(orthanc))
            assert len(answers) == 2
            for file in files:
                *_, expected = analyse(file, engine)
                assert expected.radiograph is not None
                answer = answers[expected.radiograph.header.instance_uid]
                assert [one["case_id"] for one in answer["neighbours"]] == [
                    pseudonym(one.case.case_id) for one in expected.neighbours or ()
                ]
                assert len(answer["neighbours"]) == 4
            assert "Synthetic" not in json.dumps(answers)
            log = (orthanc.folder / "orthanc.log").read_text(errors="replace")
    assert TOKEN not in log


@pytest.mark.parametrize("fault", ["no token", "wrong token", "no service"])
def test_without_an_answer_the_study_is_stored_all_the_same(
    tmp_path: Path, engine: Engine, dicom_writer: Callable[..., Path],
    make_picture: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, fault: str,
) -> None:  # fmt: skip
    file = dicom_writer(tmp_path / "one.dcm", make_picture(31).astype(np.uint16) * 16)
    if fault != "no token":
        (tmp_path / "token").write_text("x" * 40 if fault == "wrong token" else TOKEN)
    (tmp_path / "peer").mkdir()
    with serving(engine) as service:
        url = "http://127.0.0.1:1" if fault == "no service" else service.url
        monkeypatch.setenv("KINDRED_SERVICE", url)
        monkeypatch.setenv("KINDRED_TOKEN_FILE", str(tmp_path / "token"))
        with running_orthanc(tmp_path / "peer", **SETTINGS) as orthanc:
            send(orthanc, file)
            log = orthanc.folder / "orthanc.log"
            wait_for(lambda: "Kindred: no " in log.read_text(errors="replace"))
            assert len(orthanc.json("/instances")) == 1
            assert kept_answer(orthanc) is None
            assert TOKEN not in log.read_text(errors="replace")
