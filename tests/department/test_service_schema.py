"""The running service fuzzed by schemathesis with its own description.

A few examples by default; KINDRED_FUZZ=500 asks for that many for each path.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.archive.archive_config import ArchiveConfig
from inference.service.service_config import ServiceLimits
from tests.department.service_peer import TOKEN, indexed_engine, serving

pytest.importorskip("fastapi", reason="needs the extra serve")
PROGRAM = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
EXAMPLES = os.environ.get("KINDRED_FUZZ", "5")


@pytest.mark.timeout(3600)
@pytest.mark.skipif(
    PROGRAM is None or importlib.util.find_spec("schemathesis") is None,
    reason="needs schemathesis",
)
def test_every_answer_to_every_request_is_as_described(
    tmp_path: Path, tiny_bundle: Path, make_catalogue_folder: Callable[[Path], Path]
) -> None:
    engine = indexed_engine(make_catalogue_folder(tmp_path / "cases"), tiny_bundle)
    # So that its path is asked too; no request guesses the archive's name.
    archives = {"one-of-our-own": ArchiveConfig("one-of-our-own", "http://127.0.0.1:9")}
    limits = ServiceLimits(per_minute=1_000_000)
    with serving(engine, limits=limits, archives=archives) as peer:
        done = subprocess.run(
            [
                str(PROGRAM), "run", f"{peer.url}/openapi.json",
                "--header", f"Authorization: Bearer {TOKEN}",
                "--max-examples", EXAMPLES, "--seed", "1", "--checks", "all",
                # That any bytes are a radiograph no description can promise.
                "--exclude-checks", "positive_data_acceptance",
                "--suppress-health-check", "all", "--warnings", "off",
            ],
            cwd=tmp_path, env={**os.environ, "NO_COLOR": "1"},
            capture_output=True, text=True, timeout=3500, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
        assert peer.ask("/health").status == 200
    assert len(peer.log) > 20  # it was asked
    assert not any(TOKEN in line for line in peer.log)
