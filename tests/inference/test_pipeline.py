"""The main job on real files, a real index and the tiny bundle."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inference.case_filter import CaseFilter
from inference.catalogue_build import build_catalogue
from inference.errors import BundleError, CatalogueError, UnreadableRadiographError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.pipeline import (
    Analysis,
    Engine,
    analyse,
    choose_bundle,
    mismatches,
    open_engine,
    result_json,
    view_case,
)
from inference.radiograph_io import read_radiograph
from inference.records import Header
from inference.relevance_feedback import Marks


@pytest.fixture
def engine(tiny_bundle: Path, tiny_catalogue_folder: Path) -> Engine:
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)
    for _ in build_catalogue(tiny_catalogue_folder, session, workers=1):
        pass
    return open_engine(tiny_bundle, tiny_catalogue_folder, "cpu")


def last(path: Path, engine: Engine, **options: Any) -> Analysis:
    *_, analysis = analyse(path, engine, **options)
    return analysis


def test_each_step_hands_over_a_fuller_result(
    engine: Engine, tmp_path: Path, make_picture: Callable[..., Any]
) -> None:
    path = tmp_path / "query.png"
    Image.fromarray(make_picture(99)).save(path)
    read, seen, found = list(analyse(path, engine, k=3))
    assert read.radiograph is not None
    assert (read.probabilities, read.saliency, read.neighbours) == (None, None, None)
    assert seen.probabilities is not None
    assert seen.saliency is not None
    assert seen.saliency.shape == (32, 32)
    assert seen.neighbours is None
    assert found.neighbours is not None
    assert [one.rank for one in found.neighbours] == [1, 2, 3]
    assert found.same_case is None
    assert found.excluded == 0
    timings = found.timings_ms
    assert set(timings) == {"read", "prepare", "model", "search", "total"}
    parts = [timings[step] for step in ("read", "prepare", "model", "search")]
    assert all(part > 0 for part in parts)
    assert timings["total"] == pytest.approx(sum(parts), abs=0.05)


@pytest.mark.parametrize("method", ["ig", "cnn", "metric"])
def test_neighbours_are_those_an_exhaustive_search_finds(
    engine: Engine, tmp_path: Path, make_picture: Callable[..., Any], method: str
) -> None:
    path = tmp_path / "query.png"
    Image.fromarray(make_picture(99)).save(path)
    analysis = last(path, engine, method=method, k=8)
    assert engine.catalogue is not None
    assert analysis.embedding is not None
    assert analysis.neighbours is not None
    distances = {}
    for case in engine.catalogue.cases():
        other = engine.catalogue.embedding(case.case_id, method).astype(float)
        distances[case.case_id] = (
            1 - analysis.embedding @ other
            if method == "metric"
            else np.linalg.norm(analysis.embedding - other)
        )
    assert [one.case.case_id for one in analysis.neighbours] == sorted(
        distances, key=lambda case_id: distances[case_id]
    )
    for one in analysis.neighbours:
        assert one.distance == pytest.approx(distances[one.case.case_id], abs=1e-5)


def test_the_query_itself_and_its_patient_are_left_out(engine: Engine, tmp_path: Path) -> None:
    assert engine.catalogue is not None
    query = engine.catalogue.folder / "image5.png"  # of patient P-6, as case6 is
    analysis = last(query, engine, k=8)
    assert analysis.same_case is not None
    assert analysis.same_case.case_id == "case5"
    assert analysis.excluded == 2
    assert analysis.neighbours is not None
    found = {one.case.case_id for one in analysis.neighbours}
    assert found == {f"case{number}" for number in (1, 2, 3, 4, 7, 8)}

    copy = tmp_path / "elsewhere.png"  # recognised by its pixels
    copy.write_bytes(query.read_bytes())
    assert last(copy, engine, k=8).excluded == 2


def test_the_patient_can_be_included(engine: Engine) -> None:
    assert engine.catalogue is not None
    query = engine.catalogue.folder / "image5.png"
    analysis = last(query, engine, k=8, exclude_patient=False)
    assert analysis.excluded == 0
    assert analysis.neighbours is not None
    assert len(analysis.neighbours) == 8
    assert analysis.neighbours[0].case.case_id == "case5"
    assert analysis.neighbours[0].distance == pytest.approx(0, abs=1e-6)
    assert analysis.neighbours[0].similarity == pytest.approx(1, abs=1e-6)


def test_the_patient_is_known_by_the_files_id_and_by_the_tables(
    engine: Engine, tmp_path: Path, dicom_writer: Callable[..., Path]
) -> None:
    """The file says P-2; its pixels are those of case 7, which the table gives to P-7."""
    assert engine.catalogue is not None
    original = engine.catalogue.folder / "dicom" / "image7.dcm"
    pixels = read_radiograph(original).values.astype(np.uint16)
    path = dicom_writer(tmp_path / "query.dcm", pixels, PatientID="P-2")
    analysis = last(path, engine, k=8)
    assert analysis.excluded == 2
    assert analysis.neighbours is not None
    found = {one.case.case_id for one in analysis.neighbours}
    assert found == {f"case{number}" for number in (1, 3, 4, 5, 6, 8)}


def test_when_nothing_is_left_it_says_why(
    tiny_bundle: Path, tmp_path: Path, make_picture: Callable[..., Any]
) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    Image.fromarray(make_picture(1)).save(folder / "only.png")
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu")
    for _ in build_catalogue(folder, session, workers=1):
        pass
    analysis = last(folder / "only.png", open_engine(tiny_bundle, folder, "cpu"))
    assert analysis.neighbours == ()
    assert analysis.warnings == (
        "The catalogue has nothing to compare with: all of its cases are of this patient.",
    )


def test_without_a_catalogue_the_model_still_answers(
    tiny_bundle: Path, tiny_catalogue_folder: Path
) -> None:
    engine = open_engine(tiny_bundle, provider="cpu")
    analysis = last(tiny_catalogue_folder / "image1.png", engine)
    assert analysis.probabilities is not None
    assert analysis.neighbours is None
    assert result_json(analysis, engine)["catalogue"] is None


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        pytest.param({"ViewPosition": "LL"}, "This is a lateral view (LL)", id="lateral"),
        pytest.param({"ViewPosition": "RLO"}, "gives the view as RLO", id="oblique"),
        pytest.param({"BodyPartExamined": "HAND"}, "the body part as HAND", id="body part"),
        pytest.param({"Modality": "MG"}, "the modality as MG", id="modality"),
        pytest.param({"BurnedInAnnotation": "YES"}, "may identify the patient", id="burned in"),
    ],
)
def test_what_the_model_was_not_made_for_is_said(
    engine: Engine,
    tmp_path: Path,
    dicom_writer: Callable[..., Path],
    make_picture: Callable[..., Any],
    header: dict[str, str],
    sentence: str,
) -> None:
    pixels = make_picture(50).astype(np.uint16) * 16
    path = dicom_writer(tmp_path / "query.dcm", pixels, PatientID="", **header)
    warnings = last(path, engine).warnings
    assert len(warnings) == 1
    assert sentence in warnings[0]
    plain = dicom_writer(tmp_path / "plain.dcm", pixels, PatientID="")
    assert last(plain, engine).warnings == ()


def test_a_view_with_a_further_word_counts_as_that_view(
    engine: Engine, tiny_catalogue_folder: Path
) -> None:
    radiograph = read_radiograph(tiny_catalogue_folder / "image1.png")
    supine = replace(radiograph, header=Header(view_position="AP SUPINE"))
    assert mismatches(supine, engine.bundle.manifest) == ()


def test_colour_where_grey_is_expected_and_the_reverse_is_said(
    tiny_bundle: Path, tiny_colour_bundle: Path, tiny_catalogue_folder: Path, tmp_path: Path
) -> None:
    colour = tmp_path / "colour.png"
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(pixels).save(colour)
    sentences = last(colour, open_engine(tiny_bundle, provider="cpu")).warnings
    assert any("is in colour" in one for one in sentences)
    colour_engine = open_engine(tiny_colour_bundle, provider="cpu")
    assert last(colour, colour_engine).warnings == ()
    grey = last(tiny_catalogue_folder / "image1.png", colour_engine)
    assert grey.warnings == ("The image is grey, and the model was made for colour.",)
    result = result_json(grey, colour_engine)
    assert list(result["probabilities"]) == ["Nevus", "Seborrheic keratosis", "Melanoma"]
    assert sum(result["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_a_constant_image_is_analysed_and_said(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "constant.png"
    Image.fromarray(np.full((40, 40), 77, np.uint8)).save(path)
    analysis = last(path, engine)
    assert "The image is constant: there is nothing to compare." in analysis.warnings
    json.dumps(result_json(analysis, engine), allow_nan=False)


def test_a_neighbour_is_viewed_with_its_own_saliency(engine: Engine) -> None:
    assert engine.catalogue is not None
    analysis = last(engine.catalogue.folder / "image1.png", engine, k=2)
    assert analysis.neighbours is not None
    view = view_case(analysis.neighbours[0], engine)
    own = last(view.neighbour.case.path, engine)
    assert own.saliency is not None
    np.testing.assert_array_equal(view.saliency, own.saliency)
    assert view.probabilities == own.probabilities
    assert view.probabilities == pytest.approx(view.neighbour.case.probabilities, abs=1e-6)
    assert view.warnings == ()
    assert view.placement.to_radiograph(view.saliency).shape == view.radiograph.shape


def test_a_neighbour_that_changed_or_went_since_is_said(
    engine: Engine, make_picture: Callable[..., Any]
) -> None:
    assert engine.catalogue is not None
    analysis = last(engine.catalogue.folder / "dicom" / "image7.dcm", engine, k=8)
    assert analysis.neighbours is not None
    neighbour = next(one for one in analysis.neighbours if one.case.path.suffix == ".png")
    Image.fromarray(make_picture(1234)).save(neighbour.case.path)
    assert "changed since it was indexed" in view_case(neighbour, engine).warnings[0]
    neighbour.case.path.unlink()
    with pytest.raises(UnreadableRadiographError):
        view_case(neighbour, engine)


def test_the_json_has_what_was_promised(engine: Engine) -> None:
    assert engine.catalogue is not None
    query = engine.catalogue.folder / "image2.png"
    analysis = last(query, engine, k=3)
    result = json.loads(json.dumps(result_json(analysis, engine), allow_nan=False))
    assert result["image"] == str(query.absolute())
    assert result["condition"] == "Pneumonia"
    assert 0 <= result["probability"] <= 1
    assert result["probabilities"]["No finding"] == pytest.approx(1 - result["probability"])
    assert result["bundle"]["name"] == "tiny"
    assert result["bundle"]["sha256"] == engine.bundle.manifest.sha256
    assert result["catalogue"] == {"path": str(engine.catalogue.folder), "cases": 8}
    assert result["excluded"] == 1
    assert result["query_case"] == "case2"
    assert result["warnings"] == []
    assert set(result["timings_ms"]) == {"read", "prepare", "model", "search", "total"}
    first = result["neighbours"][0]
    assert {
        "rank", "case_id", "path", "distance", "similarity", "probability", "findings",
        "patient_id",
    } <= set(first)  # fmt: skip
    case = engine.catalogue.case(first["case_id"])
    assert first["path"] == str(case.path)
    assert first["findings"] == list(case.findings)
    assert first["patient_id"] == case.patient_id
    assert first["probability"] == case.probabilities[0]


def test_only_cases_that_pass_the_filter_are_found(engine: Engine) -> None:
    assert engine.catalogue is not None
    query = engine.catalogue.folder / "image2.png"
    found = last(query, engine, k=8, only=CaseFilter("pneumonia", "M")).neighbours
    assert {one.case.case_id for one in found or ()} == {"case7", "case8"}
    nothing = last(query, engine, k=8, only=CaseFilter("Fracture"))
    assert nothing.neighbours == ()
    assert nothing.warnings[-1].endswith("none of its other cases passes the filter (Fracture).")


@pytest.mark.parametrize("method", ["ig", "metric"])
def test_feedback_moves_the_query_towards_what_is_relevant(engine: Engine, method: str) -> None:
    assert engine.catalogue is not None
    query = engine.catalogue.folder / "image2.png"
    before = last(query, engine, k=8, method=method).neighbours
    assert before is not None
    far = before[-1].case.case_id
    marks = Marks((far,), (before[0].case.case_id,))
    after = last(query, engine, k=8, method=method, marks=marks)
    ranks = {one.case.case_id: one.rank for one in after.neighbours or ()}
    distances = {one.case.case_id: one.distance for one in after.neighbours or ()}
    assert ranks.keys() == {one.case.case_id for one in before}
    assert distances[far] < before[-1].distance
    assert ranks[far] < before[-1].rank
    # What is known of the query itself stays: only the search moved.
    again = last(query, engine, k=8, method=method)
    np.testing.assert_array_equal(after.embedding, again.embedding)
    assert again.neighbours == before


def test_a_method_that_was_not_indexed_is_said(
    tiny_bundle: Path, tiny_catalogue_folder: Path
) -> None:
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu")
    for _ in build_catalogue(tiny_catalogue_folder, session, methods=["ig"], workers=1):
        pass
    engine = open_engine(tiny_bundle, tiny_catalogue_folder, "cpu")
    with pytest.raises(CatalogueError, match="indexed without the method cnn"):
        last(tiny_catalogue_folder / "image1.png", engine, method="cnn")


def test_the_bundle_of_the_catalogue_is_taken_where_none_is_named(
    engine: Engine,
    tiny_bundle: Path,
    tiny_colour_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert engine.catalogue is not None
    monkeypatch.setattr(
        "inference.pipeline.list_bundles", lambda: [tiny_colour_bundle, tiny_bundle]
    )
    assert choose_bundle("tiny-colour", engine.catalogue.folder) == tiny_bundle
    assert choose_bundle("tiny", engine.catalogue.folder) == tiny_bundle
    assert choose_bundle("tiny-colour", tmp_path) == "tiny-colour"
    assert choose_bundle("tiny-colour", None) == "tiny-colour"


def test_what_cannot_be_opened_is_said(tiny_bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        open_engine("no such bundle")
    with pytest.raises(CatalogueError, match="index it first"):
        open_engine(tiny_bundle, tmp_path, "cpu")
    with pytest.raises(UnreadableRadiographError):
        last(tmp_path / "absent.dcm", open_engine(tiny_bundle, provider="cpu"))
