"""`kindred receive` as a process of its own, sent to by DCMTK."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.archive.archive_errors import ReceiverError
from inference.archive.receiver_config import ReceiverConfig, receiver_from
from inference.catalogue import Catalogue
from inference.model_bundle import read_bundle
from viewer.command_line import main
from viewer.commands.exit_codes import PROBLEM, STOPPED
from viewer.commands.receive import Receiving, receiver_config
from viewer.preferences.settings import Settings

STORESCU = shutil.which("storescu", path="/usr/bin:/usr/local/bin")


@pytest.fixture
def receiving(tmp_path: Path, tiny_bundle: Path) -> Iterator[Callable[..., Any]]:
    """Start the command with some options; gives the process and the port it listens on."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> tuple[subprocess.Popen[str], int]:
        environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
        command = [
            sys.executable, "-m", "viewer", "receive", "--port", "0", "--provider", "cpu",
            "--bundle", str(tiny_bundle), *options,
        ]  # fmt: skip
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        running.append(process)
        assert process.stderr is not None
        said = process.stderr.readline()
        assert "listens at" in said, said
        return process, int(said.split("127.0.0.1:")[1].split(" ")[0])

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.skipif(not STORESCU, reason="needs DCMTK (apt-get install dcmtk)")
def test_it_receives_analyses_indexes_and_stops(
    receiving: Callable[..., Any], tmp_path: Path, tiny_bundle: Path,
    dicom_writer: Callable[..., Path], make_picture: Callable[..., Any],
) -> None:  # fmt: skip
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    process, port = receiving("--catalogue", str(catalogue), "--index", "--allow", "PACS")
    guard = threading.Timer(120, process.kill)
    guard.start()
    file = dicom_writer(tmp_path / "one.dcm", make_picture(1).astype(np.uint16) * 16)
    for calling, expected in (("STRANGER", False), ("PACS", True)):
        command = [
            str(STORESCU), "-aet", calling, "-aec", "KINDRED", "127.0.0.1", str(port), str(file),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert (done.returncode == 0) is expected
    path, condition, probability = process.stdout.readline().rstrip("\n").split("\t")
    assert Path(path).parent == catalogue / "received"
    assert condition == "Pneumonia"
    assert 0 <= float(probability) <= 1
    assert "STRANGER was not let in" in process.stderr.readline()
    assert "up to date" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == STOPPED
    guard.cancel()
    with closing(Catalogue.open(catalogue, read_bundle(tiny_bundle))) as opened:
        assert opened.count == 1


def test_wrong_options_are_sentences(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny_bundle: Path
) -> None:
    for options, sentence in (
        (["--host", "0.0.0.0"], "name the AE titles"),
        (["--aet", "TOO LONG FOR AN AE TITLE"], "is no AE title"),
        (["--port", "99999"], "is no port"),
        (["--index"], "--index needs --catalogue"),
        (["--index", "--catalogue", str(tmp_path / "a")], "must lie in its folder"),
    ):
        given = ["receive", "--to", str(tmp_path / "in"), "--bundle", str(tiny_bundle), *options]
        assert main(given) == PROBLEM
        assert sentence in capsys.readouterr().err


def test_the_command_line_goes_before_the_settings(tmp_path: Path) -> None:
    settings = Settings(receiver={"port": 104, "allow": ["PACS"], "folder": str(tmp_path)})
    config = receiver_config(settings, port=None, allow=["OTHER"], ae_title="ME", index=False)
    assert (config.port, config.allow, config.ae_title) == (104, ("OTHER",), "ME")
    assert config.folder == tmp_path
    with pytest.raises(ReceiverError):
        Receiving(ReceiverConfig(tmp_path, index=True), None, None)


@pytest.mark.parametrize(
    "section",
    [{"port": "x"}, {"prot": 1}, {"allow": "PACS"}, {"quota_gb": 0}, {"host": "0.0.0.0"}, 5],
)
def test_wrong_settings_are_told(section: object) -> None:
    with pytest.raises(ValueError, match="receiver"):
        receiver_from(section)
