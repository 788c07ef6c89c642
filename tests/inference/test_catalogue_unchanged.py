"""Indexing a folder in which nothing changed ends after listing it, and only then."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference import catalogue_build
from inference.catalogue import Catalogue
from inference.catalogue_build import BuildProgress, build_catalogue, check_catalogue
from inference.catalogue_store import find_store
from inference.errors import CatalogueError
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession

METHODS = ["ig", "cnn"]


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    return read_bundle(tiny_bundle)


@pytest.fixture(scope="module")
def session(bundle: Bundle) -> BundleSession:
    return BundleSession(bundle, provider="cpu", threads=1)


class Indexer:
    """Indexes a folder, and knows whether a run had to plan anything."""

    def __init__(
        self, folder: Path, session: BundleSession, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._folder = folder
        self._session = session
        self.plans = 0
        make_plan = catalogue_build.make_plan

        def counted(*arguments: object, **options: object) -> object:
            self.plans += 1
            return make_plan(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(catalogue_build, "make_plan", counted)

    def run(self, **options: object) -> list[BuildProgress]:
        options = {"methods": METHODS, "workers": 1, **options}
        return list(build_catalogue(self._folder, self._session, **options))  # type: ignore[arg-type]

    def is_planned(self, **options: object) -> bool:
        before = self.plans
        self.run(**options)
        return self.plans > before


@pytest.fixture
def indexer(
    tiny_catalogue_folder: Path, session: BundleSession, monkeypatch: pytest.MonkeyPatch
) -> Indexer:
    one = Indexer(tiny_catalogue_folder, session, monkeypatch)
    one.run()
    assert one.plans == 1
    return one


def touch(path: Path) -> None:
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


def test_an_unchanged_folder_is_not_planned_and_says_the_same(
    indexer: Indexer, tiny_catalogue_folder: Path, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    (folder / "words.jpg").write_text("this is no picture")
    (folder / "notes").write_text("nothing that a radiograph begins with")
    first = indexer.run()
    before = Catalogue.open(folder, bundle)
    assert indexer.is_planned() is False
    again = indexer.run()
    assert again[-1] == first[-1] == BuildProgress("indexing", 8, 8, "", 1)
    after = Catalogue.open(folder, bundle)
    assert after.revision == before.revision
    assert after.refused == before.refused
    assert after.built == before.built


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: touch(folder / "image1.png"),
        lambda folder: touch(folder / "dicom" / "image7.dcm"),
        lambda folder: (folder / "image1.png").unlink(),
        lambda folder: (folder / "image1.png").rename(folder / "image0.png"),
        lambda folder: (folder / "notes").write_text("a file of any kind"),
        lambda folder: (folder / "dicom").rename(folder / "other"),
        lambda folder: (folder / "DICOMDIR").write_bytes(b""),
    ],
    ids=["time", "time inside", "removed", "renamed", "added", "folder renamed", "DICOMDIR"],
)
def test_any_change_to_the_folder_is_planned_for(
    indexer: Indexer, tiny_catalogue_folder: Path, change: Callable[[Path], object]
) -> None:
    change(tiny_catalogue_folder)
    assert indexer.is_planned()
    assert not indexer.is_planned()


def test_new_labels_are_planned_for_though_size_and_time_are_the_same(
    indexer: Indexer, tiny_catalogue_folder: Path, tmp_path: Path, bundle: Bundle
) -> None:
    table = tiny_catalogue_folder / "cases.csv"
    stat = table.stat()
    table.write_text(table.read_text().replace("P-2", "P-3"))
    os.utime(table, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert table.stat().st_size == stat.st_size
    assert indexer.is_planned()
    assert Catalogue.open(tiny_catalogue_folder, bundle).case("case2").patient_id == "P-3"
    other = tmp_path / "labels.csv"
    other.write_text("file,patient_id\nimage1.png,Q\n")
    assert indexer.is_planned(labels=other)
    assert not indexer.is_planned(labels=other)
    table.unlink()
    assert indexer.is_planned()  # the folder changed; the table given last is still there
    assert not indexer.is_planned()
    other.unlink()
    assert indexer.is_planned()


def test_more_methods_or_other_rules_are_planned_for(
    indexer: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not indexer.is_planned(methods=["ig"])  # what is there stays
    assert indexer.is_planned(methods=["metric"])
    assert not indexer.is_planned()
    monkeypatch.setattr(catalogue_build, "RULES_VERSION", catalogue_build.RULES_VERSION + 1)
    assert indexer.is_planned()


@pytest.mark.parametrize("kind", ["records-*", "embeddings-cnn-*", "index-ig-*", "catalogue.json"])
def test_a_published_file_that_is_damaged_is_made_again(
    indexer: Indexer, tiny_catalogue_folder: Path, bundle: Bundle, session: BundleSession, kind: str
) -> None:
    """One bit, with the size and time that the file had."""
    store = find_store(tiny_catalogue_folder, bundle)
    assert store is not None
    (path,) = store.glob(kind)
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert indexer.is_planned()
    assert check_catalogue(tiny_catalogue_folder, session) == []
    assert not indexer.is_planned()


def test_a_file_that_could_not_be_read_is_tried_again(
    indexer: Indexer,
    tiny_catalogue_folder: Path,
    bundle: Bundle,
    make_picture: Callable[..., NDArray[np.uint8]],
) -> None:
    """Its size and time need not change: a decoder may have lacked memory the first time."""
    path = tiny_catalogue_folder / "mended.png"
    Image.fromarray(make_picture(50)).save(path)
    content, stat = path.read_bytes(), path.stat()
    path.write_bytes(bytes(len(content)))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    indexer.run()
    assert [step.stage for step in indexer.run() if step.current == "mended.png"] == ["reading"]
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert indexer.is_planned()
    catalogue = Catalogue.open(tiny_catalogue_folder, bundle)
    assert catalogue.count == 9
    assert catalogue.refused == ()


def test_what_an_interrupted_run_left_is_planned_for(
    indexer: Indexer, tiny_catalogue_folder: Path, session: BundleSession,
    make_picture: Callable[..., NDArray[np.uint8]],
) -> None:  # fmt: skip
    for number in range(3):
        picture = Image.fromarray(make_picture(60 + number))
        picture.save(tiny_catalogue_folder / f"new{number}.png")
    steps = build_catalogue(tiny_catalogue_folder, session, methods=METHODS, workers=1)
    for step in steps:
        if step.stage == "reading" and step.done == 2:
            steps.close()
    assert [step.total for step in indexer.run() if step.stage == "reading"] == [1, 1]
    assert not indexer.is_planned()
    steps = build_catalogue(tiny_catalogue_folder, session, methods=METHODS, workers=1)
    next(steps)
    steps.close()
    assert not indexer.is_planned()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs what no other system has")
def test_what_is_no_file_changes_nothing(indexer: Indexer, tiny_catalogue_folder: Path) -> None:
    os.mkfifo(tiny_catalogue_folder / "pipe.png")
    assert not indexer.is_planned()


def test_an_emptied_folder_is_still_an_error(indexer: Indexer, tiny_catalogue_folder: Path) -> None:
    for path in tiny_catalogue_folder.rglob("*"):
        if path.is_file() and ".kindred" not in path.parts:
            path.unlink()
    with pytest.raises(CatalogueError, match="no radiographs"):
        indexer.run()
    with pytest.raises(CatalogueError, match="no radiographs"):
        indexer.run()
