"""Indexing a folder: everything once, only what changed after that, and nothing lost."""

import hashlib
import json
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference import catalogue as catalogue_module
from inference import catalogue_build, catalogue_publish, catalogue_store
from inference.catalogue import Catalogue, has_catalogue
from inference.catalogue_build import BuildProgress, build_catalogue, check_catalogue
from inference.catalogue_manifest import FORMAT, read_manifest
from inference.catalogue_store import find_store, store_candidates
from inference.errors import BundleError, CatalogueError, InferenceError, LabelsTableError
from inference.graph_space import GraphSpace
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession, ModelOutput
from inference.preprocess import prepare
from inference.radiograph_io import read_radiograph
from inference.writer_lock import writer_lock
from tests.inference.catalogue_states import use_axes

METHODS = ("ig", "cnn", "metric", "ig-severity", "ssim")


class CountingSession(BundleSession):
    """A real session that remembers what it was asked to embed."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle, provider="cpu", threads=1)
        self.asked: list[tuple[str, ...]] = []

    def run(self, tensor, methods=("ig",), *, feature_maps=False) -> ModelOutput:  # type: ignore[no-untyped-def]
        self.asked.append(tuple(methods))
        return super().run(tensor, methods, feature_maps=feature_maps)


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    return read_bundle(tiny_bundle)


@pytest.fixture
def session(bundle: Bundle) -> CountingSession:
    return CountingSession(bundle)


def build(folder: Path, session: BundleSession, **options: object) -> list[BuildProgress]:
    return list(build_catalogue(folder, session, workers=1, **options))  # type: ignore[arg-type]


def state(folder: Path, bundle: Bundle) -> dict[str, object]:
    """Everything a reader can see, comparable."""
    catalogue = Catalogue.open(folder, bundle)
    try:
        return {
            "cases": list(catalogue.cases()),
            "refused": catalogue.refused,
            "neighbours": {
                method: [
                    [
                        (neighbour.case.case_id, neighbour.distance)
                        for neighbour in catalogue.nearest(vector, method=method, k=4)
                    ]
                    for vector in catalogue.embeddings(method)
                ]
                for method in catalogue.methods
            },
        }
    finally:
        catalogue.close()


def embedded_again(path: Path, session: BundleSession, method: str) -> NDArray[np.float32]:
    tensor = prepare(read_radiograph(path), session.bundle.manifest.input).tensor
    return BundleSession.run(session, tensor, [method]).embeddings[method]


def test_a_folder_becomes_a_catalogue(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    assert not has_catalogue(folder, bundle)
    steps = build(folder, session)
    assert has_catalogue(folder, bundle)
    assert [step.stage for step in steps if step.done == 0][:2] == ["listing", "reading"]
    assert steps[-1] == BuildProgress("indexing", 8, 8)
    assert session.asked == [METHODS] * 8

    catalogue = Catalogue.open(folder, bundle)
    assert catalogue.count == len(catalogue.cases()) == 8
    assert catalogue.methods == METHODS
    assert catalogue.refused == ()
    case = catalogue.case("case2")
    assert case.path == folder / "image2.png"
    assert case.findings == ("Pneumonia", "Effusion")
    assert case.findings_source == "table; severity by radiologist"
    assert (case.patient_id, case.sex, case.age, case.view) == ("P-2", "F", 42.0, "PA")
    assert case.severity == {"severity_extent": 1.0}
    assert case.report == "Report of case 2, in words."
    assert catalogue.case("case8").patient_id == "P-8"
    for case in catalogue.cases():
        assert case.pixel_sha256 == read_radiograph(case.path).pixel_sha256
        (probability,) = case.probabilities
        assert 0 <= probability <= 1
        for method in METHODS:
            np.testing.assert_array_equal(
                catalogue.embedding(case.case_id, method),
                embedded_again(case.path, session, method),
            )
    assert check_catalogue(folder, session) == []


def test_without_a_table_the_file_itself_says_what_it_knows(
    tmp_path: Path, session: CountingSession, bundle: Bundle, dicom_writer: Callable[..., Path]
) -> None:
    pixels = np.arange(48 * 40, dtype=np.uint16).reshape(48, 40)
    (tmp_path / "a").mkdir()
    dicom_writer(
        tmp_path / "a" / "IM1", pixels, PatientID=" 77 ", PatientSex="F", PatientAge="033Y"
    )
    build(tmp_path, session)
    (case,) = Catalogue.open(tmp_path, bundle).cases()
    assert case.case_id == "a/IM1"
    assert (case.patient_id, case.sex, case.age, case.view) == ("77", "F", 33.0, "PA")
    assert case.findings == ()
    assert case.findings_source == ""


def test_names_are_nowhere_in_the_store(
    tmp_path: Path, session: CountingSession, bundle: Bundle, dicom_writer: Callable[..., Path]
) -> None:
    dicom_writer(
        tmp_path / "IM1",
        np.arange(48 * 40, dtype=np.uint16).reshape(48, 40),
        PatientName="Findme^Secret",
        PatientBirthDate="19701231",
    )
    build(tmp_path, session)
    store = find_store(tmp_path, bundle)
    assert store is not None
    for path in store.iterdir():
        content = path.read_bytes()
        assert b"Findme" not in content
        assert b"19701231" not in content


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_everything_stored_is_private_to_the_user(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    before = os.umask(0)
    try:
        build(tiny_catalogue_folder, session)
    finally:
        os.umask(before)
    store = find_store(tiny_catalogue_folder, bundle)
    assert store is not None
    for path in (store.parent, store):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in store.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_running_it_again_does_nothing(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session)
    store = find_store(folder, bundle)
    assert store is not None
    before = {path.name: path.stat().st_mtime_ns for path in store.glob("*-*")}
    session.asked.clear()
    steps = build(folder, session)
    assert session.asked == []
    assert {step.stage for step in steps} == {"listing", "indexing"}
    assert {path.name: path.stat().st_mtime_ns for path in store.glob("*-*")} == before


def test_only_what_changed_is_embedded_again(
    tiny_catalogue_folder: Path,
    session: CountingSession,
    bundle: Bundle,
    make_picture: Callable[..., NDArray[np.uint8]],
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session)
    session.asked.clear()
    Image.fromarray(make_picture(99)).save(folder / "image1.png")
    Image.fromarray(make_picture(98)).save(folder / "new.png")
    (folder / "image2.png").unlink()
    shutil.move(folder / "image3.png", folder / "dicom" / "moved.png")
    build(folder, session)
    assert len(session.asked) == 3  # changed, new, and moved, which is a new name
    catalogue = Catalogue.open(folder, bundle)
    ids = [case.case_id for case in catalogue.cases()]
    assert ids == [
        "case1", "case4", "case5", "case6", "case7", "case8", "dicom/moved.png", "new.png",
    ]  # fmt: skip
    for case in catalogue.cases():
        np.testing.assert_array_equal(
            catalogue.embedding(case.case_id, "ig"), embedded_again(case.path, session, "ig")
        )
    assert any("2 rows" in note for note in catalogue.notes)
    assert any("2 radiographs without a row" in note for note in catalogue.notes)


def test_new_labels_change_the_cases_and_embed_nothing(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session)
    before = Catalogue.open(folder, bundle).embedding("case1", "ig")
    session.asked.clear()
    text = (folder / "cases.csv").read_text().replace("case1,", "renamed,").replace("P-2", "P-22")
    (folder / "cases.csv").write_text(text)
    build(folder, session)
    assert session.asked == []
    catalogue = Catalogue.open(folder, bundle)
    np.testing.assert_array_equal(catalogue.embedding("renamed", "ig"), before)
    assert catalogue.case("case2").patient_id == "P-22"
    with pytest.raises(KeyError):
        catalogue.case("case1")
    (folder / "cases.csv").unlink()
    build(folder, session)
    assert session.asked == []
    assert Catalogue.open(folder, bundle).case("image2.png").findings == ()


def test_a_table_from_elsewhere_is_remembered(
    tiny_catalogue_folder: Path, tmp_path: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder, elsewhere = tiny_catalogue_folder, tmp_path / "labels.csv"
    shutil.move(folder / "cases.csv", elsewhere)
    build(folder, session, labels=elsewhere)
    build(folder, session)
    assert Catalogue.open(folder, bundle).case("case2").patient_id == "P-2"
    elsewhere.unlink()
    build(folder, session)
    catalogue = Catalogue.open(folder, bundle)
    assert catalogue.case("case2").patient_id == "P-2"
    assert "kept" in catalogue.notes[0]


def test_a_table_that_is_wrong_stops_and_changes_nothing(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session)
    before = state(folder, bundle)
    with (folder / "cases.csv").open("a") as table:
        table.write("case1,other.png,,,,,,,\n")
    with pytest.raises(LabelsTableError, match="already has"):
        build(folder, session)
    assert state(folder, bundle) == before
    with pytest.raises(LabelsTableError, match="no such file"):
        build(folder, session, labels=folder / "none.csv")


def test_masks_that_the_table_names_are_no_cases(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session)
    (folder / "cases.csv").write_text("file,lesion_mask\nimage1.png,image2.png\n")
    build(folder, session)
    catalogue = Catalogue.open(folder, bundle)
    assert catalogue.count == 7
    assert all(case.path.name != "image2.png" for case in catalogue.cases())
    assert catalogue.refused == ()
    assert not any("masks" in note for note in catalogue.notes)


def test_a_table_spelled_on_another_system_matches(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    (tiny_catalogue_folder / "cases.csv").write_text("file,case_id\nDICOM\\Image7.DCM,seven\n")
    build(tiny_catalogue_folder, session)
    assert Catalogue.open(tiny_catalogue_folder, bundle).case("seven").path.name == "image7.dcm"


def test_an_id_that_is_another_files_path_stays_unambiguous(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    (tiny_catalogue_folder / "cases.csv").write_text("file,case_id\nimage1.png,image2.png\n")
    build(tiny_catalogue_folder, session)
    catalogue = Catalogue.open(tiny_catalogue_folder, bundle)
    assert catalogue.case("image2.png").path.name == "image1.png"
    assert catalogue.case("./image2.png").path.name == "image2.png"


def test_files_that_cannot_be_read_are_listed_and_stop_nothing(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    whole = (folder / "image1.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.dcm").touch()
    (folder / "words.jpg").write_text("this is no picture")
    steps = build(folder, session)
    assert steps[-1].refused == 3
    catalogue = Catalogue.open(folder, bundle)
    assert catalogue.count == 8
    assert [str(path) for path, reason in catalogue.refused] == [
        "cut.png",
        "empty.dcm",
        "words.jpg",
    ]
    assert all(reason for _, reason in catalogue.refused)
    shutil.copy(folder / "image1.png", folder / "cut.png")  # mended
    (folder / "image2.png").write_bytes(b"")  # broken since
    build(folder, session)
    catalogue = Catalogue.open(folder, bundle)
    assert [str(path) for path, _ in catalogue.refused] == ["empty.dcm", "image2.png", "words.jpg"]
    assert catalogue.count == 8


def test_the_same_pixels_twice_are_two_cases(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    shutil.copy(folder / "image1.png", folder / "copy.png")
    build(folder, session)
    catalogue = Catalogue.open(folder, bundle)
    assert catalogue.count == 9
    first, second, *_ = catalogue.nearest(catalogue.embedding("case1", "ig"), method="ig", k=3)
    assert [first.case.case_id, second.case.case_id] == ["case1", "copy.png"]
    assert first.distance == second.distance == 0
    assert first.similarity == 1
    pixels = catalogue.case("case1").pixel_sha256
    assert [case.case_id for case in catalogue.same_pixels(pixels)] == ["case1", "copy.png"]


def test_a_new_method_is_the_only_one_computed(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session, methods=["ig"])
    assert session.asked == [("ig",)] * 8
    session.asked.clear()
    build(folder, session, methods=["cnn"])
    assert session.asked == [("cnn",)] * 8
    assert Catalogue.open(folder, bundle).methods == ("ig", "cnn")
    session.asked.clear()
    build(folder, session, methods=["ig"])
    assert session.asked == []
    with pytest.raises(InferenceError, match="has no method"):
        build(folder, session, methods=["magic"])


def test_another_bundle_has_another_index(
    tiny_catalogue_folder: Path,
    tmp_path: Path,
    session: CountingSession,
    bundle: Bundle,
    make_bundle: Callable[..., Path],
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session, methods=["ig"])
    lungs = read_bundle(make_bundle(tmp_path / "lungs", with_lung_finder=True))
    with pytest.raises(CatalogueError, match="not indexed with the bundle"):
        Catalogue.open(folder, lungs)
    other = CountingSession(lungs)
    build(folder, other, methods=["ig"])
    assert len(list((folder / ".kindred").iterdir())) == 2
    one, two = Catalogue.open(folder, bundle), Catalogue.open(folder, lungs)
    assert one.bundle_sha256 != two.bundle_sha256
    assert not np.array_equal(one.embedding("case1", "ig"), two.embedding("case1", "ig"))
    # The lung finder ran in this process, asked by the decoders: the same crop as elsewhere.
    spec = lungs.manifest.input
    for case in two.cases():
        tensor = prepare(read_radiograph(case.path), spec, other.find_lungs).tensor
        expected = other.run(tensor, ["ig"]).embeddings["ig"]
        np.testing.assert_array_equal(two.embedding(case.case_id, "ig"), expected)
    assert check_catalogue(folder, other) == []


def test_a_store_of_another_bundle_under_this_name_is_refused(
    tiny_catalogue_folder: Path, tmp_path: Path, session: CountingSession, bundle: Bundle,
    make_bundle: Callable[..., Path],
) -> None:  # fmt: skip
    folder = tiny_catalogue_folder
    build(folder, session, methods=["ig"])
    lungs = read_bundle(make_bundle(tmp_path / "lungs", with_lung_finder=True))
    store_candidates(folder, bundle)[0].rename(store_candidates(folder, lungs)[0])
    with pytest.raises(CatalogueError, match="another bundle"):
        Catalogue.open(folder, lungs)
    other = CountingSession(lungs)
    build(folder, other, methods=["ig"])
    assert check_catalogue(folder, other) == []


def test_what_an_earlier_pixel_pipeline_embedded_is_embedded_again(
    tiny_catalogue_folder: Path,
    session: CountingSession,
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session, methods=["ig"])
    monkeypatch.setattr(catalogue_store, "PIXELS_VERSION", catalogue_store.PIXELS_VERSION + 1)
    with pytest.raises(CatalogueError, match="another version"):
        Catalogue.open(folder, bundle)
    build(folder, session, methods=["ig"])
    assert len(session.asked) == 16
    assert Catalogue.open(folder, bundle).count == 8


def test_a_cancelled_build_goes_on_where_it_was(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    steps = build_catalogue(folder, session, workers=1)
    for step in steps:
        if step.stage == "reading" and step.done == 5:
            break
    steps.close()
    assert not has_catalogue(folder, bundle)
    with pytest.raises(CatalogueError, match="index it first"):
        Catalogue.open(folder, bundle)
    assert len(session.asked) == 5
    build(folder, session)
    assert len(session.asked) == 8
    resumed = state(folder, bundle)
    shutil.rmtree(folder / ".kindred")
    build(folder, session)
    assert state(folder, bundle) == resumed


def test_several_at_once_give_the_same_and_only_a_few_are_held(
    tiny_catalogue_folder: Path,
    session: CountingSession,
    bundle: Bundle,
    make_picture: Callable[..., NDArray[np.uint8]],
) -> None:
    folder = tiny_catalogue_folder
    for number in range(100, 120):
        Image.fromarray(make_picture(number)).save(folder / f"{number}.png")
    build(folder, session)
    alone = state(folder, bundle)
    shutil.rmtree(folder / ".kindred")
    session.asked.clear()
    held = [
        len(session.asked) - step.done
        for step in build_catalogue(folder, session, workers=3)
        if step.stage == "reading"
    ]
    assert state(folder, bundle) == alone
    assert len(session.asked) == 28
    assert 0 < max(held) <= 13  # of 28: four for each of three, and one


def test_a_bundle_that_fails_on_the_way_stops_and_keeps_what_was_stored(
    tiny_catalogue_folder: Path,
    session: CountingSession,
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class FailingSession(CountingSession):
        def run(self, *arguments, **options) -> ModelOutput:  # type: ignore[no-untyped-def]
            if len(self.asked) == 5:
                raise BundleError("tiny", "a graph of it cannot be run")
            return super().run(*arguments, **options)

    monkeypatch.setattr(catalogue_build, "COMMIT_EVERY_S", 0.0)
    with pytest.raises(BundleError, match="cannot be run"):
        list(build_catalogue(tiny_catalogue_folder, FailingSession(bundle), workers=1))
    build(tiny_catalogue_folder, session)
    assert len(session.asked) == 3
    assert Catalogue.open(tiny_catalogue_folder, bundle).count == 8


def test_a_reader_keeps_its_state_while_another_is_published(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session)
    reader = Catalogue.open(folder, bundle)
    ids = [case.case_id for case in reader.cases()]
    (folder / "image1.png").unlink()
    for step in build_catalogue(folder, session, workers=1):
        if step.stage == "listing":
            during = Catalogue.open(folder, bundle)
            assert [case.case_id for case in during.cases()] == ids
    assert Catalogue.open(folder, bundle).count == 7
    # This one's methods are first touched now, after their files were replaced.
    if sys.platform != "win32":
        assert [case.case_id for case in reader.cases()] == ids
        found = reader.nearest(reader.embedding("case1", "cnn"), method="cnn", k=8)
        assert {neighbour.case.case_id for neighbour in found} == set(ids)


def test_a_second_writer_is_told_who_the_first_is(
    tiny_catalogue_folder: Path, session: CountingSession
) -> None:
    steps = build_catalogue(tiny_catalogue_folder, session, workers=1)
    next(steps)
    with pytest.raises(CatalogueError, match=f"process {os.getpid()} on "):
        build(tiny_catalogue_folder, session)
    steps.close()
    build(tiny_catalogue_folder, session)


def test_a_lock_file_that_a_dead_process_left_holds_nobody(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    store = store_candidates(tiny_catalogue_folder, bundle)[0]
    store.mkdir(parents=True)
    (store / "writer.lock").write_text('{"pid": 1, "host": "here", "since": "long ago"}')
    with writer_lock(store, tiny_catalogue_folder):
        pass
    build(tiny_catalogue_folder, session)


def test_where_the_folder_cannot_be_written_the_users_own_is_used(
    tiny_catalogue_folder: Path,
    tmp_path: Path,
    session: CountingSession,
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plain file in the place of `.kindred` stops even root, whom no mode would stop."""
    folder = tiny_catalogue_folder
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    (folder / ".kindred").write_text("")
    build(folder, session)
    assert check_catalogue(folder, session) == []
    store = find_store(folder, bundle)
    assert store is not None
    assert store.is_relative_to(tmp_path / "data")
    (folder / ".kindred").unlink()
    session.asked.clear()
    build(folder, session)  # now it fits into the folder itself
    assert find_store(folder, bundle) == store_candidates(folder, bundle)[0]


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such mode there")
def test_a_folder_marked_read_only_is_left_alone_even_by_an_administrator(
    tiny_catalogue_folder: Path,
    tmp_path: Path,
    session: CountingSession,
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tiny_catalogue_folder
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    mode = folder.stat().st_mode
    folder.chmod(0o555)
    try:
        build(folder, session)
        assert not (folder / ".kindred").exists()
        store = find_store(folder, bundle)
        assert store is not None
        assert store.is_relative_to(tmp_path / "data")
    finally:
        folder.chmod(mode)


def test_a_very_long_path_and_any_script_work(
    tmp_path: Path, session: CountingSession, bundle: Bundle,
    make_picture: Callable[..., NDArray[np.uint8]], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    folder = tmp_path / "胸部 Röntgen #1?" if sys.platform != "win32" else tmp_path / "胸部"
    for part in ["x" * 120] * (0 if sys.platform == "win32" else 6):
        folder /= part
    folder.mkdir(parents=True)
    Image.fromarray(make_picture(1)).save(folder / "レントゲン.png")
    build(folder, session, methods=["ig"])
    assert check_catalogue(folder, session) == []
    assert Catalogue.open(folder, bundle).case("レントゲン.png").path.is_file()


@pytest.mark.parametrize("kind", ["missing", "empty", "a file"])
def test_a_folder_that_has_nothing_is_a_sentence(
    tmp_path: Path, session: CountingSession, kind: str
) -> None:
    folder = tmp_path / "folder"
    if kind == "empty":
        folder.mkdir()
    elif kind == "a file":
        folder.touch()
    with pytest.raises(CatalogueError, match=r"no such folder|no radiographs"):
        build(folder, session)


def test_a_newer_format_is_neither_read_nor_replaced(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session, methods=["ig"])
    store = find_store(folder, bundle)
    assert store is not None
    manifest = json.loads((store / "catalogue.json").read_text())
    (store / "catalogue.json").write_text(json.dumps({**manifest, "format": 99}))
    for use in (lambda: Catalogue.open(folder, bundle), lambda: build(folder, session)):
        with pytest.raises(CatalogueError, match="update Kindred"):
            use()
    assert json.loads((store / "catalogue.json").read_text())["format"] == 99


def test_a_few_new_and_removed_cases_extend_the_graph_and_many_build_it_anew(
    tiny_catalogue_folder: Path,
    session: CountingSession,
    bundle: Bundle,
    make_picture: Callable[..., NDArray[np.uint8]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As above the limit of exact search: the graph is what is searched, and gives the same."""
    folder = tiny_catalogue_folder
    for number in range(100, 130):
        Image.fromarray(make_picture(number)).save(folder / f"{number}.png")
    build(folder, session)
    whole: list[int] = []
    write_graph = catalogue_publish.write_graph

    def counted(path: Path, vectors: NDArray[np.float32], space: GraphSpace) -> Iterator[int]:
        whole.append(len(vectors))
        return write_graph(path, vectors, space)

    monkeypatch.setattr(catalogue_publish, "write_graph", counted)
    monkeypatch.setattr(catalogue_module, "EXACT_LIMIT", 1)

    def rows() -> set[int]:
        store = find_store(folder, bundle)
        assert store is not None
        methods = read_manifest(store, folder).methods
        return {method.graph.rows for method in methods.values() if method.graph is not None}

    def assert_same_as_exact() -> None:
        catalogue = Catalogue.open(folder, bundle)
        for method in ("ig", "cnn", "metric"):
            for vector in catalogue.embeddings(method):
                exact = catalogue.nearest(vector, method=method, k=5, exact=True)
                assert catalogue.nearest(vector, method=method, k=5) == exact
        catalogue.close()
        assert check_catalogue(folder, session) == []

    Image.fromarray(make_picture(99)).save(folder / "a-new.png")  # comes first: all rows move
    build(folder, session)
    assert (whole, rows()) == ([], {39})
    assert_same_as_exact()
    for number in (103, 104, 105):
        (folder / f"{number}.png").unlink()
    build(folder, session)
    assert (whole, rows()) == ([], {39})  # three of them are no cases any more
    assert Catalogue.open(folder, bundle).count == 36
    assert_same_as_exact()
    shutil.copy(folder / "106.png", folder / "twin.png")
    build(folder, session)
    assert (whole, rows()) == ([], {40})
    assert_same_as_exact()
    for number in range(110, 120):
        (folder / f"{number}.png").unlink()
    build(folder, session)
    assert (whole, rows()) == ([27] * 4, {27})  # too many dead ones
    assert_same_as_exact()


def test_a_graph_of_principal_axes_is_published_gone_on_with_and_mended(
    tiny_catalogue_folder: Path,
    session: CountingSession,
    bundle: Bundle,
    make_picture: Callable[..., NDArray[np.uint8]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_axes(monkeypatch.setattr)
    monkeypatch.setattr(catalogue_module, "EXACT_LIMIT", 1)
    folder = tiny_catalogue_folder
    for number in range(100, 130):
        Image.fromarray(make_picture(number)).save(folder / f"{number}.png")
    build(folder, session)
    before = state(folder, bundle)
    store = find_store(folder, bundle)
    assert store is not None

    def axes_of_ig() -> Path:
        graph = read_manifest(store, folder).methods["ig"].graph
        assert graph is not None
        assert graph.axes is not None
        assert graph.kept == 3
        return store / graph.axes.name

    axes = axes_of_ig()
    written = axes.read_bytes()
    Image.fromarray(make_picture(99)).save(folder / "new.png")
    build(folder, session)
    assert axes_of_ig() == axes  # the graph was extended, and has the axes that it had
    assert check_catalogue(folder, session) == []
    (folder / "new.png").unlink()
    build(folder, session)
    for damaged in (written[:-1], bytes(len(written)), None):
        axes = axes_of_ig()
        if damaged is None:
            axes.unlink()
        else:
            axes.write_bytes(damaged)
        assert state(folder, bundle) == before  # by all distances
        assert any(axes.name in problem for problem in check_catalogue(folder, session))
        build(folder, session)
        assert axes_of_ig().read_bytes()[:64] == written[:64]
        assert state(folder, bundle) == before
        assert check_catalogue(folder, session) == []


@pytest.mark.parametrize("format_number", [1, 2])
def test_a_catalogue_of_an_earlier_format_is_read_and_written_anew(
    tiny_catalogue_folder: Path,
    session: CountingSession,
    bundle: Bundle,
    monkeypatch: pytest.MonkeyPatch,
    format_number: int,
) -> None:
    monkeypatch.setattr(catalogue_module, "EXACT_LIMIT", 1)  # graphs are searched, if there are any
    folder = tiny_catalogue_folder
    build(folder, session)
    before = state(folder, bundle)
    store = find_store(folder, bundle)
    assert store is not None
    written = sorted(path.name for path in store.glob("*-*"))
    write_earlier_format(store, format_number)
    assert state(folder, bundle) == before
    assert check_catalogue(folder, session) == []
    session.asked.clear()
    build(folder, session)
    assert session.asked == []
    assert sorted(path.name for path in store.glob("*-*")) == written
    assert json.loads((store / "catalogue.json").read_text())["format"] == FORMAT
    assert state(folder, bundle) == before
    assert check_catalogue(folder, session) == []


def write_earlier_format(store: Path, number: int) -> None:
    """Turn a store into what was written before graphs were extended (1), or had axes (2)."""
    content = json.loads((store / "catalogue.json").read_text())
    for name in ("format", "checksum"):
        del content[name]
    for method in content["methods"].values():
        graph = method.pop("graph")
        method["index"] = graph and graph["index"]
        if number == 2:
            method["rows"] = graph["rows"] if graph else 0
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    whole = {"format": number, "checksum": digest, **content}
    (store / "catalogue.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False))
    with closing(sqlite3.connect(store / "catalogue.sqlite")) as database, database:
        database.execute("DELETE FROM meta WHERE key = 'published'")


def test_a_database_of_another_format_is_filled_again_or_left_alone(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    build(folder, session)
    before = state(folder, bundle)
    store = find_store(folder, bundle)
    assert store is not None
    session.asked.clear()
    path = store / "catalogue.sqlite"
    path.unlink()
    with closing(sqlite3.connect(path)) as database, database:  # other tables, no number
        database.execute("CREATE TABLE files (name TEXT)")
    build(folder, session)
    assert session.asked == []
    assert state(folder, bundle) == before
    assert check_catalogue(folder, session) == []
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA user_version = 99")
    content = path.read_bytes()
    with pytest.raises(CatalogueError, match="update Kindred"):
        build(folder, session)
    assert any("update Kindred" in problem for problem in check_catalogue(folder, session))
    assert path.read_bytes() == content
    assert state(folder, bundle) == before  # what was published can be read all the same


def test_a_forged_manifest_is_replaced_by_what_the_database_says(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    """Its own checksum is right, and so is that of the embeddings that somebody altered."""
    folder = tiny_catalogue_folder
    build(folder, session)
    before = state(folder, bundle)
    store = find_store(folder, bundle)
    assert store is not None
    content = json.loads((store / "catalogue.json").read_text())
    version = content.pop("format")
    del content["checksum"]
    stored = content["methods"]["ig"]["embeddings"]
    path = store / stored["name"]
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\0")
    stored["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    forged = json.dumps({"format": version, "checksum": digest, **content})
    (store / "catalogue.json").write_text(forged)
    assert any("altered since" in problem for problem in check_catalogue(folder, session))
    session.asked.clear()
    build(folder, session)
    assert session.asked == []
    assert state(folder, bundle) == before
    assert check_catalogue(folder, session) == []


def test_a_lost_database_is_filled_with_sound_rows_alone(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    """The list of cases that it is filled from was altered, with checksums to match."""
    folder = tiny_catalogue_folder
    build(folder, session)
    before = state(folder, bundle)
    store = find_store(folder, bundle)
    assert store is not None
    (store / "catalogue.sqlite").unlink()
    content = json.loads((store / "catalogue.json").read_text())
    version = content.pop("format")
    del content["checksum"]
    path = store / content["records"]["name"]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE cases SET content = '{' WHERE row = 2")
        database.execute("UPDATE cases SET row = 4711 WHERE row = 3")
    altered = path.read_bytes()
    digest = hashlib.sha256(altered).hexdigest()
    content["records"] |= {"bytes": len(altered), "sha256": digest}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    forged = json.dumps({"format": version, "checksum": digest, **content})
    (store / "catalogue.json").write_text(forged)
    session.asked.clear()
    build(folder, session)
    assert len(session.asked) == 2  # those two rows' files are embedded again
    assert state(folder, bundle) == before
    assert check_catalogue(folder, session) == []


def test_check_says_what_is_wrong(
    tiny_catalogue_folder: Path, session: CountingSession, bundle: Bundle
) -> None:
    folder = tiny_catalogue_folder
    assert "index it first" in check_catalogue(folder, session)[0]
    build(folder, session)
    (folder / "image1.png").unlink()
    (problem,) = check_catalogue(folder, session)
    assert "not there any more" in problem
    shutil.copy(folder / "image2.png", folder / "image1.png")
    assert any("image1.png was changed" in problem for problem in check_catalogue(folder, session))
    build(folder, session)
    store = find_store(folder, bundle)
    assert store is not None
    with sqlite3.connect(store / "catalogue.sqlite") as database:
        database.execute("UPDATE files SET size = 1 WHERE path = 'image1.png'")
    database.close()
    assert any("1 rows" in problem for problem in check_catalogue(folder, session))
    build(folder, session)
    assert check_catalogue(folder, session) == []
    (index,) = store.glob("index-cnn-*")
    index.write_bytes(index.read_bytes()[:-1])
    assert any("index-cnn" in problem for problem in check_catalogue(folder, session))
