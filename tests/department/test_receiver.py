"""The receiver against DCMTK's senders and against hostile connections."""

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from inference.archive.archive_errors import ReceiverError
from inference.archive.received_files import Received
from inference.archive.receiver_config import ReceiverConfig
from inference.archive.store_scp import Receiver
from inference.radiograph_io import read_radiograph

# pynetdicom brings programs of the same names; these are DCMTK's.
STORESCU, ECHOSCU, FINDSCU = (
    shutil.which(name, path="/usr/bin:/usr/local/bin")
    for name in ("storescu", "echoscu", "findscu")
)
pytestmark = pytest.mark.skipif(
    not (STORESCU and ECHOSCU and FINDSCU), reason="needs DCMTK (apt-get install dcmtk)"
)

Start = Callable[..., "Started"]


class Started:
    """A receiver that runs, and what it said."""

    def __init__(self, config: ReceiverConfig) -> None:
        self.received: list[Received] = []
        self.refused: list[str] = []
        self.receiver = Receiver(config, self.received.append, self.refused.append)
        self.receiver.start()
        self.folder = config.folder

    def send(self, *files: Path, calling: str = "PACS", called: str = "KINDRED") -> Any:
        return self._run(STORESCU, *map(str, files), calling=calling, called=called)

    def echo(self, calling: str = "PACS", called: str = "KINDRED") -> Any:
        return self._run(ECHOSCU, calling=calling, called=called)

    def find(self) -> Any:
        return self._run(FINDSCU, "-S", "-k", "0008,0052=STUDY", calling="PACS", called="KINDRED")

    def _run(self, program: str | None, *arguments: str, calling: str, called: str) -> Any:
        head, *others = arguments or ("",)
        options = [head, *others] if head.startswith("-") else []
        files = [] if options or not head else [head, *others]
        return subprocess.run(
            [
                str(program), "-v", "-aet", calling, "-aec", called, "-to", "20", *options,
                "127.0.0.1", str(self.receiver.port), *files,
            ],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.receiver.port), timeout=10)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a receiver with some values of its configuration."""
    running: list[Started] = []

    def begin(**changes: Any) -> Started:
        config = ReceiverConfig(**{"folder": tmp_path / "received", "port": 0, **changes})
        running.append(Started(config))
        return running[-1]

    yield begin
    for one in running:
        one.receiver.stop()


@pytest.fixture
def radiograph(
    tmp_path: Path, dicom_writer: Callable[..., Path], make_picture: Callable[..., Any]
) -> Callable[..., Path]:
    """Write a radiograph with some elements of its own."""

    def write(name: str = "one.dcm", seed: int = 1, **elements: Any) -> Path:
        pixels = make_picture(seed, elements.pop("size", (48, 40))).astype(np.uint16) * 16
        return dicom_writer(tmp_path / name, pixels, **elements)

    return write


def stored(started: Started) -> list[str]:
    return sorted(one.name for one in started.folder.iterdir())


def test_a_radiograph_is_received_as_it_was_sent(
    start: Start, radiograph: Callable[..., Path]
) -> None:
    started = start()
    file = radiograph(PatientName="Müller^Jürgen", SpecificCharacterSet="ISO_IR 100")
    assert started.send(file).returncode == 0
    (received,) = started.received
    assert (received.is_new, received.sender) == (True, "PACS")
    sent, came = pydicom.dcmread(file), pydicom.dcmread(received.path)
    assert came == sent
    assert stored(started) == [f"{sent.SOPInstanceUID}.dcm"]
    if os.name == "posix":
        assert received.path.stat().st_mode & 0o077 == 0


def test_echo_and_the_titles_that_are_let_in(start: Start) -> None:
    started = start(allow=("PACS", "OTHER"))
    assert started.echo().returncode == 0
    wrong_caller = started.echo(calling="STRANGER")
    assert wrong_caller.returncode != 0
    assert "Calling AE Title Not Recognized" in wrong_caller.stdout + wrong_caller.stderr
    wrong_called = started.echo(called="NOBODY")
    assert wrong_called.returncode != 0
    assert "Called AE Title Not Recognized" in wrong_called.stdout + wrong_called.stderr
    assert any("STRANGER was not let in" in reason for reason in started.refused)


def test_without_a_list_only_this_computer_may_send(tmp_path: Path) -> None:
    with pytest.raises(ReceiverError, match="name the AE titles"):
        ReceiverConfig(tmp_path, host="0.0.0.0")
    assert ReceiverConfig(tmp_path, host="0.0.0.0", allow=("PACS",)).is_local is False
    assert ReceiverConfig(tmp_path).is_local


def test_the_same_object_twice_is_kept_once(start: Start, radiograph: Callable[..., Path]) -> None:
    started = start()
    file = radiograph()
    assert [started.send(file).returncode for _ in range(2)] == [0, 0]
    assert [one.is_new for one in started.received] == [True, False]
    assert len(stored(started)) == 1


def test_another_image_under_a_uid_that_is_there_is_refused(
    start: Start, radiograph: Callable[..., Path]
) -> None:
    started = start()
    first = radiograph(seed=1, SOPInstanceUID="1.2.3.4")
    started.send(first)
    answer = started.send(radiograph("two.dcm", seed=2, SOPInstanceUID="1.2.3.4"))
    assert "another image has this UID" in " ".join(started.refused)
    assert "CannotUnderstand" in answer.stdout + answer.stderr
    kept = started.folder / "1.2.3.4.dcm"
    assert read_radiograph(kept).pixel_sha256 == read_radiograph(first).pixel_sha256


def test_other_objects_are_refused(
    start: Start, radiograph: Callable[..., Path], tmp_path: Path
) -> None:
    started = start()
    ct = radiograph("ct.dcm", SOPClassUID="1.2.840.10008.5.1.4.1.1.2", Modality="CT")
    dataset = pydicom.dcmread(ct)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.save_as(ct)
    answer = started.send(ct)
    assert answer.returncode != 0
    assert "No valid Presentation Context" in answer.stdout + answer.stderr
    assert started.find().returncode != 0  # it answers no searches
    capture = "1.2.840.10008.5.1.4.1.1.7"
    scan = radiograph("scan.dcm", SOPClassUID=capture, Modality="OT")
    dataset = pydicom.dcmread(scan)
    dataset.file_meta.MediaStorageSOPClassUID = capture
    dataset.save_as(scan)
    started.send(scan)
    assert "modality is OT" in " ".join(started.refused)
    assert started.received == []
    assert stored(started) == []


def test_a_radiograph_without_its_pixels_is_refused(
    start: Start, radiograph: Callable[..., Path]
) -> None:
    started = start()
    file = radiograph()
    dataset = pydicom.dcmread(file)
    dataset.PixelData = dataset.PixelData[: len(dataset.PixelData) // 2]
    dataset.save_as(file)
    answer = started.send(file)
    assert "CannotUnderstand" in answer.stdout + answer.stderr
    assert stored(started) == []


def test_size_quota_and_rate_are_limited(start: Start, radiograph: Callable[..., Path]) -> None:
    large = radiograph("large.dcm", size=(1000, 800))  # 1.6 MB
    small = radiograph("small.dcm")
    started = start(max_object_mb=1)
    assert started.send(large).returncode != 0
    assert any("more than 1 MB" in reason for reason in started.refused)
    assert started.send(small).returncode == 0  # it goes on
    assert len(stored(started)) == 1
    narrow = start(folder=started.folder.parent / "narrow", quota_gb=2e-6)  # 2 kB
    narrow.send(small)
    assert any("quota" in reason for reason in narrow.refused)
    assert stored(narrow) == []
    slow = start(folder=started.folder.parent / "slow", objects_per_minute=2)
    for number in range(3):
        slow.send(radiograph(f"{number}.dcm", seed=number))
    assert len(slow.received) == 2
    assert any("too many objects" in reason for reason in slow.refused)


def test_a_flood_of_connections_is_bounded_and_ends(start: Start) -> None:
    started = start(max_associations=2, request_s=1.0)
    before = threading.active_count()
    connections = [started.connect() for _ in range(60)]
    try:
        time.sleep(0.7)
        # Two threads each, for no more than the associations and the few that wait.
        assert threading.active_count() - before <= 2 * (2 + 8)
        assert any("too many connections" in reason for reason in started.refused)
    finally:
        time.sleep(2)  # half-open ones are let go without the peer's help
        assert started.echo().returncode == 0
        for one in connections:
            one.close()


def test_associations_beyond_the_limit_are_refused_until_one_ends(start: Start) -> None:
    from pynetdicom import AE

    started = start(max_associations=2)
    sender = AE(ae_title="HOLDER")
    sender.add_requested_context("1.2.840.10008.1.1")
    held = [
        sender.associate("127.0.0.1", started.receiver.port, ae_title="KINDRED") for _ in range(2)
    ]
    assert all(one.is_established for one in held)
    answer = started.echo()
    assert answer.returncode != 0
    assert "Local Limit Exceeded" in answer.stdout + answer.stderr
    held[0].release()
    time.sleep(1)
    assert started.echo().returncode == 0
    held[1].release()


def test_a_silent_association_is_let_go(start: Start) -> None:
    from pynetdicom import AE

    started = start(idle_s=1.0)
    sender = AE(ae_title="SILENT")
    sender.add_requested_context("1.2.840.10008.1.1")
    held = sender.associate("127.0.0.1", started.receiver.port, ae_title="KINDRED")
    assert held.is_established
    time.sleep(3)
    assert not held.is_established


@pytest.mark.parametrize("length", [0xFFFFFFFF, 50_000_000])
def test_a_pdu_that_claims_gigabytes_is_broken_off(start: Start, length: int) -> None:
    started = start()
    with started.connect() as peer:
        peer.sendall(struct.pack(">BBL", 1, 0, length) + bytes(1000))
        peer.settimeout(5)
        assert _rest(peer) is not None
    assert any("claimed" in reason for reason in started.refused)
    assert started.echo().returncode == 0


def test_a_pdu_that_drips_is_broken_off(start: Start) -> None:
    started = start(idle_s=1.0, request_s=20.0)
    with started.connect() as peer:
        peer.sendall(struct.pack(">BBL", 1, 0, 1000))
        begun = time.monotonic()
        peer.settimeout(0.3)
        while time.monotonic() - begun < 8:
            try:
                peer.sendall(b"x")
                if not peer.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - begun < 6
    assert started.echo().returncode == 0


def test_noise_is_survived(start: Start) -> None:
    started = start(request_s=1.0)
    for seed in range(10):
        with started.connect() as peer:
            peer.sendall(np.random.default_rng(seed).bytes(300))
            peer.settimeout(5)
            _rest(peer)
    time.sleep(2)  # what is left of them counts as long as a request may take
    assert started.echo().returncode == 0


def test_a_port_that_is_taken_is_a_sentence(start: Start, tmp_path: Path) -> None:
    started = start()
    taken = ReceiverConfig(tmp_path / "other", port=started.receiver.port)
    with pytest.raises(ReceiverError, match="Choose another port"):
        Receiver(taken, lambda received: None).start()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReceiverError, match="Name another folder"):
        Receiver(ReceiverConfig(tmp_path / "file" / "below"), lambda received: None)


def test_a_uid_that_is_a_path_goes_nowhere(start: Start, tmp_path: Path) -> None:
    from inference.archive.received_files import ReceivedFolder, Refusal

    folder = ReceivedFolder(tmp_path / "in", quota_bytes=1 << 20)
    for uid in ("../../evil", "1.2/3", "", "1." * 40, "1.2.3\n"):
        with pytest.raises(Refusal, match="no UID"):
            folder.take(uid, "1.2.840.10008.5.1.4.1.1.1", b"DICM", "PACS")
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


def _rest(peer: socket.socket) -> bytes:
    """Everything until the connection ends; fails where it does not."""
    found = b""
    try:
        while chunk := peer.recv(4096):
            found += chunk
    except ConnectionError:
        pass
    return found
