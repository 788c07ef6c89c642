"""A process that answers lines with lines of JSON, watched for its death and for silence."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class WorkerProcess:
    """Started when it is first asked something, and again after it died or said nothing."""

    def __init__(self, module: str, *arguments: str, seconds: float) -> None:
        """
        Args:
            module: To be run. It says one line of JSON when it is ready.
            arguments: Its arguments.
            seconds: How long it may take over an answer.
        """
        self._command = [sys.executable, "-m", module, *arguments]
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self.ready: dict[str, Any] = {}

    def ask(self, line: str) -> dict[str, Any]:
        """Its answer; where it gives none, `kind` is "crash" or "hang" and `said` the signal."""
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(os.fsencode(line) + b"\n")
        process.stdin.flush()
        answer = _answer(process, self._seconds)
        if answer is not None:
            return answer
        is_hanging = process.poll() is None
        self.end()
        if is_hanging:
            return {"kind": "hang", "said": f"nothing in {self._seconds:.0f} s"}
        return {"kind": "crash", "said": f"signal {-process.returncode}"}

    def _start(self) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        ready = _answer(self._process, 180)
        assert ready is not None, f"{self._command} does not start"
        self.ready = ready
        return self._process

    def end(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _answer(process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any] | None:
    """A line of JSON, or None where the process ended or said nothing for so long."""
    assert process.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([process.stdout], [], [], seconds)[0]:
            return None
        more = os.read(process.stdout.fileno(), 1 << 16)
        if not more:
            process.wait()
            return None
        line += more
    answer: dict[str, Any] = json.loads(line)
    return answer
