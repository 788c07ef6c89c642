"""A real archive on the loopback: Orthanc with its DICOMweb plugin, for as long as a test needs it.

Debian: `apt-get install orthanc orthanc-dicomweb`. Its storage, ports and configuration are its
own, so that it disturbs no other Orthanc on the machine.
"""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom

PROGRAM = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
DICOMWEB = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Orthanc:
    """A running Orthanc, as tests see it.

    Attributes:
        host: Where it listens: the loopback.
        http_port, dicom_port: Free ports it was given.
        aet: Its application entity title; an association that calls another is refused.
        folder: Its own, with `orthanc.json`, `orthanc.log` and its storage.
    """

    host: str
    http_port: int
    dicom_port: int
    aet: str
    folder: Path

    @property
    def url(self) -> str:
        """Of its REST interface, without a slash at its end."""
        return f"http://{self.host}:{self.http_port}"

    @property
    def dicomweb_url(self) -> str:
        """The DICOMweb root: QIDO-RS, WADO-RS and STOW-RS."""
        return f"{self.url}/dicom-web"

    def rest(self, path: str, *, method: str = "GET", body: bytes | str | None = None) -> bytes:
        """Ask its REST interface, such as `/instances`.

        Raises:
            urllib.error.HTTPError: It answered with an error.
        """
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(f"{self.url}{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def json(self, path: str, **options: Any) -> Any:
        """The same, parsed."""
        return json.loads(self.rest(path, **options))

    def store(self, file: Path) -> str:
        """Put a DICOM file in by REST; Orthanc's id of the instance."""
        answer = self.json("/instances", method="POST", body=file.read_bytes())
        return str(answer["ID"])

    def find(self, level: str, **query: str) -> list[str]:
        """Orthanc's ids of what matches, such as `find("Instance", SOPInstanceUID=uid)`."""
        body = json.dumps({"Level": level, "Query": query})
        return list(self.json("/tools/find", method="POST", body=body))

    def dataset(self, sop_instance_uid: str) -> pydicom.Dataset:
        """An instance as Orthanc returns it; it must hold exactly one of that UID."""
        (instance,) = self.find("Instance", SOPInstanceUID=sop_instance_uid)
        return pydicom.dcmread(BytesIO(self.rest(f"/instances/{instance}/file")))

    def clear(self) -> None:
        """Remove everything it holds."""
        for study in self.json("/studies"):
            self.rest(f"/studies/{study}", method="DELETE")


def missing() -> str:
    """Why there is no Orthanc here; "" where there is one."""
    if PROGRAM is None:
        return "needs Orthanc (apt-get install orthanc)"
    if not DICOMWEB.is_file():
        return "needs Orthanc's DICOMweb plugin (apt-get install orthanc-dicomweb)"
    return ""


@contextmanager
def running_orthanc(folder: Path, **settings: Any) -> Iterator[Orthanc]:
    """Start Orthanc in a folder, wait until it answers, and stop it afterwards.

    Args:
        folder: Empty, for its storage and log.
        settings: More of its configuration, such as `Plugins=[...]` or `LuaScripts=[...]`.

    Raises:
        RuntimeError: It did not start; with the end of its log.
    """
    assert PROGRAM is not None
    http_port, dicom_port = free_port(), free_port()
    peer = Orthanc("127.0.0.1", http_port, dicom_port, "ORTHANC", folder)
    config = {
        "Name": "Kindred tests",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(DICOMWEB)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Ssl": False},
        "HttpPort": http_port,
        "DicomPort": dicom_port,
        "DicomAet": peer.aet,
        "DicomCheckCalledAet": True,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "OverwriteInstances": False,
        **settings,
    }
    (folder / "orthanc.json").write_text(json.dumps(config, indent=2))
    log = folder / "orthanc.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [PROGRAM, str(folder / "orthanc.json")],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(peer, process, log)
            yield peer
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(peer: Orthanc, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            peer.rest("/system")
            peer.rest("/dicom-web/studies")
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = log.read_text(errors="replace")[-2000:]
    raise RuntimeError(f"Orthanc did not start:\n{tail}")
