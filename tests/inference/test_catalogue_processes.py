"""One writer at a time and many readers meanwhile, as processes of their own."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference.catalogue import Catalogue
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession
from tests.inference.catalogue_states import build

ROOT = Path(__file__).parents[2]
READERS = 3
STEPS = 3


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return read_bundle(tiny_bundle)


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def draw(folder: Path, numbers: range, make_picture: Callable[..., NDArray[np.uint8]]) -> None:
    folder.mkdir(exist_ok=True)
    for number in numbers:
        Image.fromarray(make_picture(number)).save(folder / f"{number:03d}.png")


def test_readers_see_one_whole_state_or_the_next_while_it_is_built(
    tmp_path: Path, bundle: Bundle, make_picture: Callable[..., NDArray[np.uint8]]
) -> None:
    folder = tmp_path / "folder"
    session = BundleSession(bundle, provider="cpu", threads=1)
    draw(folder, range(10), make_picture)
    build(folder, session)
    arguments = (str(folder), str(bundle.folder))
    readers = [start("tests.inference.catalogue_reader", *arguments) for _ in range(READERS)]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        for step in range(1, STEPS + 1):
            draw(folder, range(10 * step, 10 * step + 10), make_picture)
            (folder / f"{step:03d}.png").unlink()
            writer = start("tests.inference.announcing_indexer", *arguments)
            _, errors = writer.communicate(timeout=200)
            assert writer.returncode == 0, errors
        answers = [json.loads(reader.communicate(timeout=100)[0]) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    seen = set()
    for answer in answers:
        assert answer["problems"] == []
        assert answer["times"] >= STEPS
        seen |= set(answer["counts"])
    assert seen <= {10 + 9 * step for step in range(STEPS + 1)}  # published states alone
    assert len(seen) >= 3  # and they did read meanwhile
    assert Catalogue.open(folder, bundle).count == 10 + 9 * STEPS


def test_of_several_writers_one_writes_and_the_others_say_who_it_is(
    tmp_path: Path, bundle: Bundle, make_picture: Callable[..., NDArray[np.uint8]]
) -> None:
    folder = tmp_path / "folder"
    draw(folder, range(40), make_picture)
    arguments = (str(folder), str(bundle.folder))
    first = start("tests.inference.announcing_indexer", *arguments)
    assert first.stdout is not None
    for line in first.stdout:
        if "reading" in line:
            break
    others = [start("tests.inference.announcing_indexer", *arguments) for _ in range(2)]
    for other in others:
        output, errors = other.communicate(timeout=200)
        assert first.poll() is None, "the first one was done too soon for this test"
        assert other.returncode == 3, errors
        assert re.search(rf"being indexed by process {first.pid} on \S+ since \d{{4}}-", output)
    _, errors = first.communicate(timeout=200)
    assert first.returncode == 0, errors
    assert Catalogue.open(folder, bundle).count == 40
