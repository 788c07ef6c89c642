"""`kindred serve` as a process, and a client as 3D Slicer's Python has it: urllib alone."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from export_models.phantom import draw_phantom, query_spec, write_phantom_cases, write_phantom_dicom
from inference.bundle_store import find_bundle
from inference.pseudonym import pseudonym
from inference.service.access_token import read_or_make_token
from inference.service.errors import MissingServeExtraError, ServiceError
from inference.service.service_config import ServiceConfig, ServiceLimits, check_extra
from tests.department.service_peer import TOKEN, indexed_engine
from viewer.command_line import main
from viewer.commands.exit_codes import PROBLEM, STOPPED

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("uvicorn", reason="needs the extra serve")


def similar_cases(url: str, token: str, file: Path) -> Any:
    """What a host needs to write: nothing but Python's own library."""
    request = urllib.request.Request(
        f"{url}/query?k=4",
        data=file.read_bytes(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/dicom"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


@pytest.fixture
def catalogue(tiny_catalogue_folder: Path, tiny_bundle: Path) -> Path:
    indexed_engine(tiny_catalogue_folder, tiny_bundle)
    return tiny_catalogue_folder


@pytest.fixture
def started(tmp_path: Path, tiny_bundle: Path) -> Iterator[Callable[..., Any]]:
    """Start the command with some options; gives the process, its address and its token file."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> tuple[subprocess.Popen[str], str, Path]:
        environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
        environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
        command = [
            sys.executable, "-m", "viewer", "serve", "--provider", "cpu",
            "--bundle", str(tiny_bundle), *options,
        ]  # fmt: skip
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        running.append(process)
        guard = threading.Timer(240, process.kill)
        guard.daemon = True
        guard.start()
        assert process.stderr is not None
        first, second = process.stderr.readline(), process.stderr.readline()
        assert "at http://" in first, first
        url = first.split(" at ")[1].split("/. ")[0]
        return process, url, Path(second.split("token is in ")[1].rstrip(".\n"))

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def phantoms(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A catalogue of a few phantoms, a phantom of nobody in it, and the bundle for both."""
    bundle = find_bundle("phantom-effusion")
    folder = tmp_path / "phantoms"
    for _ in write_phantom_cases(folder, 10, 7, size=160, workers=1):
        pass
    indexed_engine(folder, bundle)
    query = tmp_path / "Doe^Jane.dcm"
    write_phantom_dicom(draw_phantom(query_spec(7), 160), query)
    return folder, query, bundle


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to be heard")
def test_a_client_with_urllib_gets_the_same_four_as_kindred_query(
    started: Callable[..., Any], phantoms: tuple[Path, Path, Path], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    catalogue, file, bundle = phantoms
    chosen = ["--catalogue", str(catalogue), "--bundle", str(bundle)]
    process, url, token_file = started(*chosen)
    assert token_file.stat().st_mode & 0o777 == 0o600
    token = token_file.read_text().strip()
    answer = similar_cases(url, token, file)
    assert main(["query", str(file), *chosen, "--json", "--provider", "cpu"]) == 0
    expected = json.loads(capsys.readouterr().out)
    assert [one["case_id"] for one in answer["neighbours"]] == [
        pseudonym(one["case_id"]) for one in expected["neighbours"]
    ]
    assert len(answer["neighbours"]) == 4
    for one, other in zip(answer["neighbours"], expected["neighbours"], strict=True):
        assert one["similarity"] == pytest.approx(other["similarity"], rel=1e-5)
        assert one["findings"] == other["findings"]
    assert answer["probability"] == pytest.approx(expected["probability"], rel=1e-5)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        similar_cases(url, "wrong", file)
    command_line = Path(f"/proc/{process.pid}/cmdline")
    assert not command_line.exists() or token not in command_line.read_text()
    process.send_signal(signal.SIGTERM)
    out, log = process.communicate(timeout=120)
    assert process.returncode == 0, log
    assert "POST /query 200" in log
    assert "POST - 401" in log
    for secret in (token, "Doe", "Traceback"):
        assert secret not in out + log
    assert list((tmp_path / "cache" / "kindred" / "uploads").iterdir()) == []


def test_ctrl_c_stops_it(started: Callable[..., Any], catalogue: Path) -> None:
    process, _, _ = started("--catalogue", str(catalogue), "--port", "0")
    process.send_signal(signal.SIGINT)
    _, log = process.communicate(timeout=120)
    assert process.returncode == STOPPED, log
    assert "Traceback" not in log


def test_a_token_file_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "token"
    token = read_or_make_token(path)
    assert len(token) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_make_token(path) == token
    assert read_or_make_token(tmp_path / "other") != token


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize(
    ("content", "mode", "sentence"),
    [
        (TOKEN, 0o644, "Others can read"),
        (TOKEN, 0o620, "Others can read"),
        ("short", 0o600, "holds no token"),
        ("a" * 31 + "\n" + "b" * 31, 0o600, "holds no token"),
        ("é" * 40, 0o600, "not text"),
        ("", 0o600, "holds no token"),
    ],
)
def test_a_token_file_that_cannot_be_trusted_is_a_sentence(
    tmp_path: Path, content: str, mode: int, sentence: str
) -> None:
    path = tmp_path / "token"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(ServiceError, match=sentence):
        read_or_make_token(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_token_file_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ServiceError):
        read_or_make_token(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ServiceError, match="another one"):
        read_or_make_token(tmp_path / "file" / "token")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe", 0o600)
        with pytest.raises(ServiceError, match="regular"):
            read_or_make_token(tmp_path / "pipe")


def test_wrong_options_are_sentences(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, catalogue: Path, tiny_bundle: Path
) -> None:
    token = ["--token-file", str(tmp_path / "token")]
    for options, sentence in (
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "pacs.example.org"], "--allow-remote"),
        (["--port", "99999"], "is no port"),
        (["--host", "192.0.2.1", "--allow-remote"], "Cannot listen"),
        (["--allow-origin", "*"], "is no origin"),
        (["--allow-origin", "https://a.example/path"], "is no origin"),
        (["--method", "nothing"], "no method 'nothing'"),
        (["--catalogue", str(tmp_path / "none")], "Cannot use the catalogue"),
    ):
        given = ["serve", "--catalogue", str(catalogue), "--bundle", str(tiny_bundle), *token]
        assert main([*given, "--provider", "cpu", *options]) == PROBLEM, options
        assert sentence in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingServeExtraError, match=r"kindred-viewer\[serve\]"):
        check_extra()
    assert main(["serve", "--catalogue", str(catalogue)]) == PROBLEM
    assert "pip install" in capsys.readouterr().err


def test_a_remote_address_needs_its_own_word() -> None:
    with pytest.raises(ServiceError, match="allow-remote"):
        ServiceConfig(TOKEN, host="0.0.0.0")
    assert not ServiceConfig(TOKEN, host="0.0.0.0", allow_remote=True).is_local
    assert TOKEN not in repr(ServiceConfig(TOKEN))
    with pytest.raises(ServiceError):
        ServiceLimits(head_s=0)
