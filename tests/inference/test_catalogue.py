"""Reading a catalogue: neighbours, exclusions, recognising the query, and refusing damage."""

import json
import math
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from inference import catalogue as catalogue_module
from inference.catalogue import Catalogue
from inference.catalogue_build import build_catalogue
from inference.catalogue_manifest import CatalogueManifest, StoredFile
from inference.catalogue_statistics import nearest_quantiles, typical_distance
from inference.catalogue_store import find_store
from inference.errors import CatalogueError
from inference.model_bundle import Bundle, read_bundle
from inference.onnx_session import BundleSession


@pytest.fixture(scope="module")
def bundle(tiny_bundle: Path) -> Bundle:
    return read_bundle(tiny_bundle)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle) -> Path:
    """An indexed folder, shared: copy it before altering it."""
    from tests.conftest import fill_catalogue_folder

    folder = fill_catalogue_folder(tmp_path_factory.mktemp("built") / "folder")
    shutil.copy(folder / "image1.png", folder / "copy.png")
    session = BundleSession(bundle, provider="cpu", threads=1)
    for _ in build_catalogue(folder, session, workers=1):
        pass
    return folder


@pytest.fixture(scope="module")
def catalogue(built: Path, bundle: Bundle) -> Catalogue:
    return Catalogue.open(built, bundle)


@pytest.mark.parametrize("method", ["ig", "cnn", "metric", "ig-severity", "ssim"])
def test_neighbours_are_those_of_a_plain_loop(
    catalogue: Catalogue, bundle: Bundle, method: str
) -> None:
    from skimage.metrics import structural_similarity

    def apart(a: np.ndarray, b: np.ndarray) -> float:  # type: ignore[type-arg]
        a, b = a.astype(np.float64), b.astype(np.float64)
        if method == "ssim":
            sides = a.reshape(96, 96), b.reshape(96, 96)
            return 1 - float(structural_similarity(*sides, data_range=1.0))
        if bundle.manifest.methods[method].distance == "cosine":
            return 1 - float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))
        return math.dist(a, b)

    for case in catalogue.cases():
        query = catalogue.embedding(case.case_id, method)
        expected = sorted(
            (round(apart(catalogue.embedding(other.case_id, method), query), 9), other.case_id)
            for other in catalogue.cases()
        )
        found = catalogue.nearest(query, method=method, k=9)
        assert [neighbour.rank for neighbour in found] == list(range(1, 10))
        assert [neighbour.case.case_id for neighbour in found] == [one for _, one in expected]
        typical = catalogue.typical_distance(method)
        for neighbour, (distance, _) in zip(found, expected, strict=True):
            assert neighbour.distance == pytest.approx(distance, abs=1e-7)
            assert neighbour.similarity == pytest.approx(1 / (1 + distance / typical), abs=1e-6)


def test_exclusions_are_exact_and_counted(catalogue: Catalogue) -> None:
    query = catalogue.embedding("case5", "ig")
    assert catalogue.case("case5").patient_id == catalogue.case("case6").patient_id == "P-6"
    found = catalogue.nearest(query, method="ig", k=20, exclude_patient_id="P-6")
    ids = {neighbour.case.case_id for neighbour in found}
    assert len(ids) == 7
    assert not ids & {"case5", "case6"}
    assert catalogue.excluded_count(exclude_patient_id="P-6") == 2
    found = catalogue.nearest(
        query, method="ig", k=20, exclude_case_ids=["case1", "nobody"], exclude_patient_id=" P-6 "
    )
    assert len(found) == 6
    assert catalogue.excluded_count(["case1", "case5", "nobody"], "P-6") == 3
    assert catalogue.excluded_count() == 0  # an unknown patient excludes nobody


def test_a_condition_is_applied_exactly(catalogue: Catalogue) -> None:
    query = catalogue.embedding("case2", "ig")
    found = catalogue.nearest(query, method="ig", k=3, where=lambda case: case.sex == "M")
    assert {neighbour.case.case_id for neighbour in found} == {"case7", "case8"}
    assert catalogue.nearest(query, method="ig", k=3, where=lambda _: False) == ()


def test_the_query_is_recognised_by_its_file_and_by_its_pixels(
    catalogue: Catalogue, built: Path, tmp_path: Path
) -> None:
    pixels = catalogue.case("case1").pixel_sha256
    by_path = catalogue.find_query(built / "dicom" / ".." / "copy.png", "")
    assert by_path is not None
    assert by_path.case_id == "copy.png"
    by_pixels = catalogue.find_query(tmp_path / "elsewhere.png", pixels)
    assert by_pixels is not None
    assert by_pixels.case_id == "case1"
    assert catalogue.find_query(tmp_path / "elsewhere.png", "0" * 64) is None
    assert catalogue.find_query(tmp_path / "elsewhere.png", "") is None


def test_cases_are_a_sequence(catalogue: Catalogue) -> None:
    cases = catalogue.cases()
    assert cases[0].case_id == "case1"
    assert cases[-1].case_id == "copy.png"
    assert [case.case_id for case in cases[1:3]] == ["case2", "case3"]
    with pytest.raises(IndexError):
        cases[9]
    with pytest.raises(KeyError):
        catalogue.case("nobody")
    with pytest.raises(KeyError):
        catalogue.embedding("nobody", "ig")
    assert list(cases) == [catalogue.case(case.case_id) for case in cases]


def test_the_graph_and_exhaustive_search_agree_through_a_catalogue(
    built: Path, bundle: Bundle, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recall against exhaustive search, over every case as query: 1.0, in the same order."""
    monkeypatch.setattr(catalogue_module, "EXACT_LIMIT", 1)
    through_graph = Catalogue.open(built, bundle)
    for method in ("ig", "cnn", "metric"):
        for case in catalogue.cases():
            query = catalogue.embedding(case.case_id, method)
            for options in ({}, {"exclude_patient_id": case.patient_id}):
                expected = catalogue.nearest(query, method=method, k=4, **options)
                assert through_graph.nearest(query, method=method, k=4, **options) == expected


def test_a_damaged_graph_costs_nothing_but_time(
    built: Path, tmp_path: Path, bundle: Bundle, catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(catalogue_module, "EXACT_LIMIT", 1)
    folder = shutil.copytree(built, tmp_path / "folder")
    store = find_store(folder, bundle)
    assert store is not None
    for index in store.glob("index-*"):
        index.write_bytes(b"\xff" * index.stat().st_size)
    query = catalogue.embedding("case3", "ig")
    found = Catalogue.open(folder, bundle).nearest(query, method="ig", k=4)
    expected = catalogue.nearest(query, method="ig", k=4)
    assert [one.case.case_id for one in found] == [one.case.case_id for one in expected]


@pytest.mark.parametrize("what", ["records", "embeddings-ig", "catalogue.json"])
@pytest.mark.parametrize("how", ["flip", "cut", "empty", "missing", "swap", "link"])
def test_damage_is_refused_with_a_sentence(
    built: Path, tmp_path: Path, bundle: Bundle, what: str, how: str
) -> None:
    folder = shutil.copytree(built, tmp_path / "folder")
    store = find_store(folder, bundle)
    assert store is not None
    (path,) = store.glob(f"{what}*" if what == "catalogue.json" else f"{what}-[0-9a-f]*")
    content = bytearray(path.read_bytes())
    if how == "flip":
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
    elif how == "cut":
        path.write_bytes(content[:-40])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "missing":
        path.unlink()
    elif how == "swap":
        (other,) = store.glob("embeddings-cnn-*")
        shutil.copy(other, path)
    else:
        moved = path.rename(tmp_path / "moved")
        try:
            path.symlink_to(moved)
        except OSError:
            pytest.skip("links need a privilege here")
        if what == "catalogue.json":
            pytest.skip("its own checksum is enough: it names nothing outside")
    with pytest.raises(CatalogueError, match="index"):
        Catalogue.open(folder, bundle).nearest(np.zeros(16, np.float32), method="ig", k=1)


def test_a_manifest_that_names_files_elsewhere_is_refused(
    built: Path, tmp_path: Path, bundle: Bundle
) -> None:
    import hashlib

    folder = shutil.copytree(built, tmp_path / "folder")
    store = find_store(folder, bundle)
    assert store is not None
    content = json.loads((store / "catalogue.json").read_text())
    version = content.pop("format")
    del content["checksum"]
    content["records"]["name"] = "records-../../../../secret.sqlite"
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    forged = {"format": version, "checksum": digest, **content}
    (store / "catalogue.json").write_text(json.dumps(forged))
    with pytest.raises(CatalogueError, match="damaged"):
        Catalogue.open(folder, bundle)


@pytest.mark.parametrize("text", ["[]", "{}", "null", "[" * 100_000, '{"format": true}', "\xff"])
def test_a_manifest_that_is_none_is_refused(
    built: Path, tmp_path: Path, bundle: Bundle, text: str
) -> None:
    folder = shutil.copytree(built, tmp_path / "folder")
    store = find_store(folder, bundle)
    assert store is not None
    (store / "catalogue.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CatalogueError, match="damaged"):
        Catalogue.open(folder, bundle)


def test_the_typical_distance_is_the_median_of_all_pairs_nearly() -> None:
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(60, 8)).astype(np.float32)
    pairs = [math.dist(a, b) for i, a in enumerate(vectors) for b in vectors[:i]]
    assert typical_distance(vectors, "l2") == pytest.approx(float(np.median(pairs)), rel=0.03)
    assert typical_distance(vectors[:1], "l2") == 1.0
    assert typical_distance(vectors[:0], "l2") == 1.0
    assert typical_distance(np.ones((9, 8), np.float32), "l2") == 1.0
    mostly_equal = np.zeros((9, 8), np.float32)
    mostly_equal[0] = 1
    assert typical_distance(mostly_equal, "l2") == pytest.approx(math.sqrt(8))


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_nearest_quantiles_leave_out_the_case_and_its_patient(distance: str) -> None:
    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(40, 8)).astype(np.float32)
    patients = np.array(["", "", *(f"p{row // 3}" for row in range(38))])
    plain = []
    for row in range(40):
        others = [
            other
            for other in range(40)
            if other != row and (not patients[row] or patients[row] != patients[other])
        ]
        a = vectors[row].astype(float)
        if distance == "l2":
            plain.append(min(math.dist(a, vectors[other]) for other in others))
        else:
            plain.append(
                min(
                    1 - a @ vectors[other] / np.linalg.norm(a) / np.linalg.norm(vectors[other])
                    for other in others
                )
            )
    found = nearest_quantiles(vectors, distance, patients)  # type: ignore[arg-type]
    assert found["0.5"] == pytest.approx(float(np.quantile(plain, 0.5)), abs=1e-6)
    assert found["0.95"] == pytest.approx(float(np.quantile(plain, 0.95)), abs=1e-6)
    assert nearest_quantiles(vectors[:1], "l2", patients[:1]) == {}
    assert nearest_quantiles(vectors[:0], "l2", patients[:0]) == {}
    assert nearest_quantiles(vectors[2:4], "l2", np.array(["p", "p"])) == {}


def test_a_list_that_is_replaced_while_it_is_checked_is_looked_for_again(
    built: Path, tmp_path: Path, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built, folder)
    is_sound, read_manifest = catalogue_module.is_sound, catalogue_module.read_manifest
    gone: list[Path] = []

    def vanishing(store: Path, stored: StoredFile) -> bool:
        if gone or not stored.name.startswith("records"):
            return is_sound(store, stored)
        gone.append((store / stored.name).rename(store / "removed"))
        return is_sound(store, stored)

    def published_again(store: Path, folder: Path) -> CatalogueManifest:
        manifest = read_manifest(store, folder)
        if gone and gone[0].exists():
            gone[0].rename(store / manifest.records.name)
        return manifest

    monkeypatch.setattr(catalogue_module, "is_sound", vanishing)
    monkeypatch.setattr(catalogue_module, "read_manifest", published_again)
    assert len(Catalogue.open(folder, bundle).cases()) > 0
    assert gone


def test_findings_are_counted_as_the_cases_have_them(catalogue: Catalogue) -> None:
    expected = Counter(case.findings for case in catalogue.cases())
    assert len(expected) > 1
    assert catalogue.findings() == expected
