"""An indexer that says on its standard output what it is doing, for tests that stop it there.

    python -m tests.inference.announcing_indexer FOLDER BUNDLE [--limit BYTES]
        [--kill STAGE --after TIMES --delay SECONDS]

Each line is a time of the monotonic clock and a stage. Files may grow to so many bytes, as on a
disk that is full. When a stage comes for the so many-th time, the kernel is asked for a SIGKILL so
much later, which no scheduling of a busy machine puts off into another stage. Ends with 3 and a
sentence after an expected problem.
"""

import argparse
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from inference import catalogue_build, catalogue_publish
from inference.catalogue_database import WorkDatabase
from inference.errors import CatalogueError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from tests.inference.catalogue_states import use_axes

STAGES = (
    "listing",
    "reading",
    "writing embeddings",
    "publishing embeddings",
    "building the index",
    "publishing the index",
    "publishing records",
    "publishing the manifest",
    "clearing up",
)

_current = "starting"
_options = argparse.Namespace()


def announce(stage: str) -> str:
    """Say what is being done from now on; returns what was done before."""
    global _current
    before, _current = _current, stage
    print(f"{time.monotonic():.6f} {stage}", flush=True)
    if stage == _options.kill:
        _options.after -= 1
        if _options.after == 0:
            be_killed(_options.delay)
    return before


def be_killed(seconds: float) -> None:
    """Have this process killed so much later: by the kernel's clock, where it can be asked."""
    if sys.platform == "win32":
        threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGTERM]).start()  # ends it at once
        return
    event = (ctypes.c_int * 16)()  # struct sigevent: 8 bytes of value, the signal, how: a signal
    event[2], event[3] = signal.SIGKILL, 0
    timer = ctypes.c_void_p()
    system = ctypes.CDLL(None, use_errno=True)
    if not hasattr(system, "timer_create") or system.timer_create(1, event, ctypes.byref(timer)):
        threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGKILL]).start()
        return
    nanoseconds = max(1, round(seconds * 1e9))
    once = (ctypes.c_long * 4)(0, 0, nanoseconds // 10**9, nanoseconds % 10**9)
    assert system.timer_settime(timer, 0, once, None) == 0


def announced(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its stage announced when it begins and the one before when it ends."""

    def call(*arguments: Any, **options: Any) -> Any:
        before = announce(stage)
        try:
            return function(*arguments, **options)
        finally:
            announce(before)

    return call


def announced_steps(
    stage: str, function: Callable[..., Iterator[Any]]
) -> Callable[..., Iterator[Any]]:
    """As `announced`, for a generator."""

    def steps(*arguments: Any, **options: Any) -> Iterator[Any]:
        before = announce(stage)
        yield from function(*arguments, **options)
        announce(before)

    return steps


def main() -> int:
    """Index, and say what is being done."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--kill", choices=STAGES)
    parser.add_argument("--after", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.parse_args(namespace=_options)
    use_axes()
    catalogue_build.COMMIT_EVERY_S = 0.02  # more moments to be stopped in
    for owner, name, stage in (
        (WorkDatabase, "put", "writing embeddings"),
        (WorkDatabase, "commit", "writing embeddings"),
        (catalogue_publish, "_write_embeddings", "publishing embeddings"),
        (catalogue_publish, "_publish_graph", "publishing the index"),
        (catalogue_publish, "_write_records", "publishing records"),
        (catalogue_publish, "write_manifest", "publishing the manifest"),
        (catalogue_publish, "remove_unpublished", "clearing up"),
    ):
        setattr(owner, name, announced(stage, getattr(owner, name)))
    catalogue_publish._write_graph = announced_steps(
        "building the index", catalogue_publish._write_graph
    )
    session = BundleSession(read_bundle(_options.bundle), provider="cpu", threads=1)
    if _options.limit:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_options.limit, _options.limit))
    announce("starting")
    try:
        for step in catalogue_build.build_catalogue(_options.folder, session, workers=1):
            if step.stage in ("listing", "reading") and _current != step.stage:
                announce(step.stage)
    except CatalogueError as error:
        print(error, flush=True)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
