"""What Kindred leaves behind and whom it speaks to: whole private files without names, and nobody.

Index, query, export and window are run as a user runs them, each in a process of its own, in
folders of its own, in a network that ends at this computer where such a one may be made, and
watched twice: by Python's audit events and, where strace is there, by the kernel.
"""

import ast
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
PATIENT = ("Findme", "Secretive", "19701231", "4711-0815")
"""Names, a date of birth and an accession number of the DICOM files."""

COMMANDS = ("index", "query", "open")


@dataclass(frozen=True)
class Traced:
    """What became of the commands.

    Attributes:
        home: Holds whatever they wrote, and nothing else but `cases`.
        cases: The catalogue's folder, with `.kindred` in it.
        events: What Python noticed.
        calls: The kernel's lines on sockets; None where nobody watched.
        is_alone: Whether there was no network beyond this computer.
    """

    home: Path
    cases: Path
    events: list[dict[str, str]]
    calls: list[str] | None
    is_alone: bool


def _can(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def traced(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_bundle: Path,
    dicom_writer: Callable[..., Path],
    make_picture: Callable[..., NDArray[np.uint8]],
) -> Traced:
    home = tmp_path_factory.mktemp("home")
    cases = home / "cases"
    cases.mkdir()
    identity = {
        "PatientName": "Findme^Secretive",
        "PatientBirthDate": "19701231",
        "AccessionNumber": "4711-0815",
    }
    for number in range(6):
        pixels = make_picture(number).astype(np.uint16) * 16
        dicom_writer(cases / f"{number}.dcm", pixels, PatientID=f"P-{number}", **identity)
    (home / "query").mkdir()
    query = dicom_writer(
        home / "query" / "q.dcm",
        make_picture(9).astype(np.uint16) * 16,
        **identity,
        PatientID="P-9",
    )
    places = {
        name: str(home / name)
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    }
    for place in places.values():
        Path(place).mkdir(mode=0o700)
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {
        **os.environ,
        **places,
        "XDG_RUNTIME_DIR": str(runtime),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(runtime),
    }
    with_catalogue = ["--catalogue", str(cases), "--bundle", str(tiny_bundle)]
    arguments = {
        "index": ["index", str(cases), "--bundle", str(tiny_bundle)],
        "query": [
            *("query", str(query), *with_catalogue, "--json"),
            *("--export", str(home / "out" / "sheet.png")),
        ],
        "open": ["open", str(query), *with_catalogue],
    }
    alone = ["unshare", "-n"] if _can("unshare", "-n") else []
    watched = ["strace", "-f", "-qq", "-e", "trace=network", "-o"]
    is_watched = _can("strace", "-f", "-o", os.devnull)
    trace = tmp_path_factory.mktemp("trace")
    calls: list[str] = []
    before = os.umask(0)  # the user's own habits do not help
    try:
        for name in COMMANDS:
            kernel = trace / f"{name}.strace"
            done = subprocess.run(
                [
                    *alone,
                    *([*watched, str(kernel)] if is_watched else []),
                    *(sys.executable, "-m", "tests.traced_command"),
                    *(str(trace / "events"), *arguments[name]),
                ],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=280,
                check=False,
            )
            assert done.returncode == 0, f"{name}: {done.stdout[-500:]} {done.stderr[-2000:]}"
            if name == "open":
                assert "shown: 4 cases" in done.stdout, done.stderr[-2000:]
            if is_watched:
                calls += kernel.read_text(errors="replace").splitlines()
    finally:
        os.umask(before)
    events = [json.loads(line) for line in (trace / "events").read_text().splitlines()]
    return Traced(home, cases, events, calls if is_watched else None, bool(alone))


pytestmark = pytest.mark.timeout(600)
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither modes nor XDG")


@posix
def test_nobody_is_spoken_to(traced: Traced) -> None:
    spoken = [
        event for event in traced.events if event["event"].split(".")[0] not in ("os", "open")
    ]
    assert [event for event in spoken if event["event"] != "sqlite3.connect"] == []


@posix
def test_the_kernel_saw_no_network_either(traced: Traced) -> None:
    if traced.calls is None:
        pytest.skip("there is no strace here, or it may not be used")
    assert any("AF_UNIX" in call for call in traced.calls)  # it does see sockets
    # An address that a packet could leave the computer for; a socket alone speaks to nobody, and
    # pydicom binds one to "::1" where the package requests is installed.
    spoken = [call for call in traced.calls if "sa_family=AF_INET" in call]
    assert [call for call in spoken if not ("bind(" in call and '"::1"' in call)] == []


@posix
def test_what_is_written_is_private_to_the_user(traced: Traced) -> None:
    found = 0
    ours = {traced.home / "query", *(traced.home / "query").iterdir(), *traced.cases.glob("*.dcm")}
    for path in traced.home.rglob("*"):
        if path in ours or path == traced.cases:
            continue
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert mode & 0o077 == 0, f"{path.relative_to(traced.home)} has mode {mode:o}"
        found += path.is_file()
    assert found > 15  # the catalogue, the settings, the export


@posix
def test_no_name_is_in_anything_written(traced: Traced) -> None:
    """In the catalogue, settings, thumbnails, logs and the export: as text of any width."""
    written = [
        path
        for path in traced.home.rglob("*")
        if path.is_file() and path.suffix != ".dcm" and path.parent != traced.home / "query"
    ]
    assert len(written) > 15
    for path in written:
        content = path.read_bytes()
        for word in PATIENT:
            for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
                assert word.encode(encoding) not in content, path.name
            assert word.lower() not in path.name.lower()


@posix
def test_nothing_is_written_in_place(traced: Traced) -> None:
    """Every file becomes whole under another name first; two have their own ways."""
    moved = {event["path"] for event in traced.events if event["event"] == "os.rename"}
    removed = {event["path"] for event in traced.events if event["event"] == "os.remove"}
    in_place = set()
    for event in traced.events:
        path = event["path"]
        if event["event"] != "open" or not path.startswith(str(traced.home)):
            continue
        if path not in moved | removed:
            in_place.add(Path(path).name)
    # The lock holds nothing but who has it; SQLite has its journal, and is opened by a path of
    # ours once so that nobody else may read it.
    assert in_place <= {"writer.lock", "catalogue.sqlite"}
    assert any(path.endswith("catalogue.json.partial") for path in moved)
    assert any(path.endswith(".hnsw") or "index-" in path for path in moved)


WRITES = {"write_text", "write_bytes"}
IN_PLACE = {
    "viewer/fault_log.py": "a log is added to",
    "inference/writer_lock.py": "a lock says who holds it",
    "inference/hnsw_file.py": "a graph that is not published yet",
    "inference/catalogue_store.py": "`private_file`, which is given partial names",
}


@pytest.mark.parametrize("package", ["inference", "viewer"])
def test_the_code_writes_to_partial_files_alone(package: str) -> None:
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            target, called = ast.unparse(node.func.value), node.func.attr
            modes = [one.value for one in node.args if isinstance(one, ast.Constant)]
            is_writing = called in WRITES or (
                called == "open"
                and any(isinstance(mode, str) and re.fullmatch(r"[rwax]b?\+?b?", mode) and
                        re.search(r"[wax+]", mode) for mode in modes)
            )  # fmt: skip
            if is_writing and not re.search("partial|buffer|temporary", target):
                found[f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"] = ast.unparse(node)[:80]
    left = {place: call for place, call in found.items() if place.rsplit(":", 1)[0] not in IN_PLACE}
    assert left == {}


_LONGER = """
import os, sys, time
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from pathlib import Path
BundleSession(read_bundle(Path(sys.argv[1])), provider="cpu")
time.sleep(14)
os._exit(0)
"""


@posix
def test_the_models_runtime_tells_nobody_that_it_runs(tiny_bundle: Path, tmp_path: Path) -> None:
    """onnxruntime's telemetry waits some seconds: a program that lives longer is watched."""
    if not _can("strace", "-f", "-o", os.devnull):
        pytest.skip("there is no strace here, or it may not be used")
    seen = tmp_path / "strace"
    watched = ("strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(seen))
    subprocess.run(
        [*watched, sys.executable, "-c", _LONGER, str(tiny_bundle)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "TELEMETRY" not in name},
        timeout=120,
        check=True,
    )
    assert "sa_family=AF_INET" not in seen.read_text(errors="replace")
