"""Each kind of result is what the standard asks for, by the word of other people's programs."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from skimage.draw import polygon2mask

pytest.importorskip("highdicom", reason="needs the extra dicom-io")

from inference.dicom_results.content import Look, ResultContent
from inference.dicom_results.errors import ReturnError
from inference.dicom_results.presentation_state import displayed_corners
from inference.dicom_results.results import KINDS, build_results, file_name, write_result
from inference.dicom_results.salient_region import salient_region
from inference.dicom_results.source import read_source
from inference.display import display_brightness
from inference.errors import ExportError
from inference.pipeline import Engine, open_engine
from inference.pseudonym import pseudonym
from inference.records import VoiLut, Window
from tests.department.returned_results import (
    MARKS,
    SECRETS,
    built,
    content_of,
    reread,
    validated,
    write_query,
)

NAMES = {
    "Japanese": ("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "Japanese, as older devices write it": (
        ["", "ISO 2022 IR 87"],
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    ),
    "Arabic": ("ISO_IR 127", "قباني^لنزار"),
    "Umlauts": ("ISO_IR 100", "Äneas^Rüdiger"),
    "Greek": ("ISO_IR 126", "Διονυσιος"),
}


@pytest.fixture(scope="module")
def engine(tiny_bundle: Path) -> Engine:
    return open_engine(tiny_bundle)


@pytest.fixture
def query(tmp_path: Path) -> Path:
    return write_query(tmp_path / "query.dcm")


@pytest.fixture
def content(query: Path, engine: Engine) -> ResultContent:
    return content_of(query, engine)


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program} (apt-get install dcmtk dicom3tools)")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "elements",
    [
        pytest.param({}, id="complete"),
        pytest.param({"BodyPartExamined": None, "PatientOrientation": None}, id="bare"),
        pytest.param({"BodyPartExamined": "HAND", "Laterality": "L"}, id="a side"),
        pytest.param({"PhotometricInterpretation": "MONOCHROME1"}, id="MONOCHROME1"),
        pytest.param({"PixelSpacing": [0.4, 0.2]}, id="rectangular pixels"),
        pytest.param({"FrameOfReferenceUID": "1.2.3.4"}, id="a frame of reference"),
        pytest.param({"PatientID": None, "PatientName": None}, id="nobody"),
        pytest.param(
            {"PatientBirthDate": None, "StudyDate": None, "StudyTime": None}, id="no dates"
        ),
        pytest.param({"LossyImageCompression": "01"}, id="lossy"),
        pytest.param({"WindowCenter": None, "WindowWidth": None}, id="no window"),
    ],
)
def test_dciodvfy_finds_no_error(
    kind: str, elements: dict[str, Any], tmp_path: Path, engine: Engine
) -> None:
    needs("dciodvfy")
    path = write_query(tmp_path / "query.dcm", **elements)
    written = write_result(built(path, content_of(path, engine), kind), tmp_path / "out")
    explained = (
        # Of our own numbers DICOM has no code: the scheme is named in the file, as it asks.
        "Unrecognized defined term <99KINDRED>",
        # Where neither body part nor side is known, the side may be empty, and is.
        "is only permitted to be empty when actually unknown",
        # What the source does not say is not invented.
        "would be needed to build DICOMDIR",
    )
    said = [line for line in validated(written) if not any(one in line for one in explained)]
    assert said == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_belongs_to_its_study_and_has_uids_of_its_own(
    kind: str, query: Path, content: ResultContent, tmp_path: Path
) -> None:
    source = pydicom.dcmread(query)
    one = reread(built(query, content, kind), tmp_path / "one.dcm")
    two = built(query, content, kind)
    for keyword in ("StudyInstanceUID", "PatientID", "PatientName", "AccessionNumber"):
        assert one[keyword].value == source[keyword].value
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID"):
        assert len({one[keyword].value, two[keyword].value, source[keyword].value}) == 3
    assert one.ContentQualification == "RESEARCH"
    assert one.SeriesDescription.endswith("research use only")
    assert one.SoftwareVersions == "0.1.0"
    assert source.SOPInstanceUID in str(one)
    assert one.file_meta.ImplementationVersionName == "KINDRED"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_neighbour_but_its_pseudonym_is_in_a_result(
    kind: str, query: Path, content: ResultContent, tmp_path: Path
) -> None:
    raw = write_result(built(query, content, kind), tmp_path).read_bytes()
    for secret in SECRETS:
        assert secret.encode() not in raw
    assert str(query).encode() not in raw
    assert (pseudonym(f"{SECRETS[0]}-1").encode() in raw) == (kind == "sr")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_script_go_back_as_they_came(
    kind: str, name: str, tmp_path: Path, engine: Engine
) -> None:
    charset, patient = NAMES[name]
    path = write_query(tmp_path / "q.dcm", SpecificCharacterSet=charset, PatientName=patient)
    made = reread(built(path, content_of(path, engine), kind), tmp_path / "made.dcm")
    assert made.SpecificCharacterSet == "ISO_IR 192"
    assert str(made.PatientName) == patient


def test_dcmtk_reads_a_name_as_utf8(tmp_path: Path, engine: Engine) -> None:
    needs("dcmdump")
    charset, patient = NAMES["Japanese, as older devices write it"]
    path = write_query(tmp_path / "q.dcm", SpecificCharacterSet=charset, PatientName=patient)
    written = write_result(built(path, content_of(path, engine), "sr"), tmp_path / "out")
    said = subprocess.run(
        ["dcmdump", "+P", "PatientName", str(written)], capture_output=True, check=True
    ).stdout.decode()
    assert patient in said


# The sheet


def test_dcmtk_shows_the_sheets_pixels_unchanged(
    query: Path, content: ResultContent, tmp_path: Path
) -> None:
    needs("dcm2pnm")
    written = write_result(built(query, content, "sc"), tmp_path / "out")
    subprocess.run(["dcm2pnm", "+op", str(written), str(tmp_path / "sheet.ppm")], check=True)
    shown = pnm(tmp_path / "sheet.ppm")
    np.testing.assert_array_equal(shown, content.sheet)


@pytest.mark.parametrize("said", ["NO", "YES", ""])
def test_a_sheet_says_whether_it_may_identify(
    said: Any, query: Path, content: ResultContent
) -> None:
    made = built(query, replace(content, sheet_identifies=said), "sc")
    assert made.get("BurnedInAnnotation", "") == said
    assert list(made.ImageType[:2]) == ["DERIVED", "SECONDARY"]
    assert "Research use only" in made.DerivationDescription
    assert content.engine.bundle.manifest.sha256 in made.DerivationDescription


def test_without_a_sheet_there_is_a_sentence_and_the_others_are_made(
    query: Path, content: ResultContent
) -> None:
    results = {one.kind: one for one in build_results(query, replace(content, sheet=None), KINDS)}
    assert results["sc"].problem == (
        "Cannot return the sheet as a Secondary Capture: no sheet was drawn."
    )
    assert all(results[kind].dataset is not None for kind in ("gsps", "seg", "sr"))


# The presentation state


def test_the_outline_encloses_the_salient_region(query: Path, content: ResultContent) -> None:
    region = salient_region(content)
    made = built(query, content, "gsps")
    (item,) = [
        one for one in made.GraphicAnnotationSequence if one.GraphicLayer == "SALIENT_REGION"
    ]
    inside = np.zeros(region.mask.shape, bool)
    for graphic in item.GraphicObjectSequence:
        assert graphic.GraphicAnnotationUnits == "PIXEL"
        points = np.array(graphic.GraphicData).reshape(-1, 2)
        assert (points[0] == points[-1]).all()
        assert points.min() >= 0
        assert (points <= [80, 96]).all()
        # A pixel's middle is at a half; parts within parts are holes.
        inside ^= polygon2mask(inside.shape, points[:, ::-1] - 0.5)
    disagree = np.count_nonzero(inside != region.mask)
    edge = sum(len(one) for one in region.outlines)
    assert region.mask.any()
    assert disagree <= max(0.02 * region.mask.sum(), edge)


def test_the_outline_has_the_stated_threshold(query: Path, content: ResultContent) -> None:
    analysis = content.analysis
    assert analysis.saliency is not None
    assert analysis.model_input is not None
    whole = analysis.model_input.placement.to_radiograph(analysis.saliency)
    for threshold in (0.3, 0.7):
        region = salient_region(replace(content, threshold=threshold))
        assert whole[region.mask].min() >= threshold
        assert (whole[~region.mask] >= threshold).mean() < 0.01  # specks
        made = built(query, replace(content, threshold=threshold), "gsps")
        assert f"{threshold:g}" in made.ContentDescription
        assert f"{threshold:g}" in made.GraphicLayerSequence[0].GraphicLayerDescription


def test_a_long_outline_fits_an_element(query: Path, content: ResultContent) -> None:
    analysis = content.analysis
    assert analysis.model_input is not None
    side = 400
    comb = np.zeros((side, side), np.float32)
    comb[:, ::4] = comb[:, 1::4] = 1.0  # teeth of two pixels, on one bar
    comb[:2] = 1.0
    ragged = np.random.default_rng(0).random((side, side)) < 0.5
    comb[2:, 1::4] *= ragged[2:, 1::4]
    placement = replace(
        analysis.model_input.placement, rows=side, columns=side, top=0, left=0, height=side,
        width=side,
    )  # fmt: skip
    altered = replace(
        analysis, saliency=comb, model_input=replace(analysis.model_input, placement=placement)
    )
    region = salient_region(replace(content, analysis=altered))
    longest = max(len(points) for points in region.outlines)
    assert longest > 1000
    assert longest * 2 * 4 < 65535


def test_marks_are_graphics_and_texts_where_the_reader_put_them(
    query: Path, content: ResultContent, tmp_path: Path
) -> None:
    made = reread(built(query, content, "gsps"), tmp_path / "made.dcm")
    (item,) = [one for one in made.GraphicAnnotationSequence if one.GraphicLayer == "MEASUREMENTS"]
    graphics = {one.GraphicType: list(one.GraphicData) for one in item.GraphicObjectSequence}
    assert graphics["POLYLINE"] == [5, 6, 30, 40]
    # The ends of the longer axis, then of the shorter one.
    assert graphics["ELLIPSE"] == [15, 25, 35, 25, 25, 20, 25, 30]
    assert graphics["POINT"] == [20, 12]
    texts = {one.UnformattedTextValue: list(one.AnchorPoint) for one in item.TextObjectSequence}
    assert texts["Größe 37° ▲"] == [20, 12]
    assert len(texts) == len(MARKS)
    orders = [layer.GraphicLayerOrder for layer in made.GraphicLayerSequence]
    assert orders == [1, 2, 3]


def test_marks_beside_the_radiograph_are_brought_to_its_edge(
    query: Path, content: ResultContent
) -> None:
    away = replace(MARKS[0], lines=(((-5.0, 10.0), (200.0, 400.0)),), anchor=(200.0, 400.0))
    made = built(query, replace(content, annotations=(away,)), "gsps")
    (item,) = [one for one in made.GraphicAnnotationSequence if one.GraphicLayer == "MEASUREMENTS"]
    assert list(item.GraphicObjectSequence[0].GraphicData) == [0, 10, 80, 96]


LOOKS = {
    "as the file asks": Look(),
    "another window": Look(Window(1000, 900)),
    "linear exact": Look(Window(1500, 2000, "LINEAR_EXACT")),
    "inverted": Look(is_inverted=True),
    "turned right": Look(quarter_turns=1),
    "upside down": Look(quarter_turns=2),
    "turned left": Look(quarter_turns=3),
    "flipped": Look(is_flipped=True),
    "turned right and flipped": Look(quarter_turns=1, is_flipped=True),
    "turned left and flipped": Look(quarter_turns=3, is_flipped=True),
    "a table": Look(VoiLut(0.0, np.linspace(0, 1, 4096, dtype=np.float32) ** 2)),
}


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_dcmtk_shows_the_radiograph_as_it_was_looked_at(
    name: str, photometric: str, tmp_path: Path, engine: Engine
) -> None:
    needs("dcmp2pgm")
    path = write_query(tmp_path / "q.dcm", PhotometricInterpretation=photometric)
    is_file_inverted = photometric == "MONOCHROME1"
    look = replace(LOOKS[name], is_inverted=LOOKS[name].is_inverted != is_file_inverted)
    content = content_of(path, engine, look=look)
    written = write_result(built(path, content, "gsps"), tmp_path / "out")
    subprocess.run(
        ["dcmp2pgm", "-p", str(written), str(path), str(tmp_path / "shown.pgm")],
        check=True,
        capture_output=True,
    )
    shown = pnm(tmp_path / "shown.pgm").astype(float)
    radiograph = content.analysis.radiograph
    assert radiograph is not None
    expected = display_brightness(replace(radiograph, is_inverted=look.is_inverted), look.window)
    expected = np.rot90(expected, -look.quarter_turns)
    if look.is_flipped:
        expected = expected[:, ::-1]
    assert shown.shape == expected.shape
    np.testing.assert_allclose(shown, 255 * expected, atol=2)


@pytest.mark.parametrize("is_flipped", [False, True])
@pytest.mark.parametrize("quarter_turns", range(4))
def test_the_displayed_corners_are_those_that_are_seen(
    quarter_turns: int, is_flipped: bool
) -> None:
    rows, columns = 5, 7
    places: NDArray[Any] = np.array(
        [[(column, row) for column in range(1, columns + 1)] for row in range(1, rows + 1)]
    )
    seen = np.rot90(places, -quarter_turns)
    seen = seen[:, ::-1] if is_flipped else seen
    first, last = displayed_corners(rows, columns, Look(None, False, quarter_turns, is_flipped))
    assert first == tuple(seen[0, 0])
    assert last == tuple(seen[-1, -1])


def test_rectangular_pixels_are_told(tmp_path: Path, engine: Engine) -> None:
    path = write_query(tmp_path / "q.dcm", PixelSpacing=[0.4, 0.2])
    made = built(path, content_of(path, engine), "gsps")
    (area,) = made.DisplayedAreaSelectionSequence
    assert [float(one) for one in area.PresentationPixelSpacing] == [0.4, 0.2]
    assert "PresentationPixelAspectRatio" not in area


# The segmentation


def test_highdicom_reads_the_same_mask(query: Path, content: ResultContent, tmp_path: Path) -> None:
    import highdicom as hd

    written = write_result(built(query, content, "seg"), tmp_path / "out")
    read = hd.seg.segread(written)
    mask = read.get_pixels_by_source_instance([pydicom.dcmread(query).SOPInstanceUID])
    np.testing.assert_array_equal(np.squeeze(mask) > 0, salient_region(content).mask)
    assert read.SegmentationType == "BINARY"
    (segment,) = read.SegmentSequence
    assert "0.5" in segment.SegmentDescription
    assert segment.SegmentAlgorithmType == "AUTOMATIC"


def test_an_empty_region_is_no_segmentation(query: Path, content: ResultContent) -> None:
    assert content.analysis.saliency is not None
    empty = replace(content.analysis, saliency=np.zeros_like(content.analysis.saliency))
    results = {
        one.kind: one for one in build_results(query, replace(content, analysis=empty), KINDS)
    }
    assert results["seg"].problem == (
        "Cannot return a segmentation: nowhere on the radiograph is the saliency 0.5 or more."
    )
    assert results["gsps"].dataset is not None
    layers = [one.GraphicLayer for one in results["gsps"].dataset.GraphicLayerSequence]
    assert layers == ["MEASUREMENTS", "RESEARCH_USE"]


# The report


def test_dsrdump_prints_the_report(query: Path, content: ResultContent, tmp_path: Path) -> None:
    needs("dsrdump")
    written = write_result(built(query, content, "sr"), tmp_path / "out")
    said = subprocess.run(
        ["dsrdump", "+Pl", "+U8", str(written)], capture_output=True, check=True
    ).stdout.decode()
    manifest = content.engine.bundle.manifest
    probability = content.analysis.probabilities
    assert probability is not None
    for words in (
        '"Imaging Measurement Report"',
        '"Model output for Pneumonia")="' + f"{probability[0]:.6f}"[:6],
        '"Distance between embeddings")="0.25"',
        '"Similarity, 0.5 for two random cases")="0.8"',
        f'"Pseudonym of the case")="{pseudonym(SECRETS[0] + "-1")}"',
        "Pleural effusion, Größe (from: report)",
        manifest.sha256,
        f"{manifest.name} {manifest.version}",
        "Research use only, not for diagnosis.",
        "PRELIMINARY",
        "UNVERIFIED",
        '"Device Observer Name")="Kindred"',
    ):
        assert words in said, words
    assert said.count('"Measurement Group"') == 3


def test_the_report_names_the_catalogue_and_the_warnings(
    query: Path, engine: Engine, tiny_catalogue_folder: Path
) -> None:
    from inference.catalogue_build import build_catalogue

    for _ in build_catalogue(tiny_catalogue_folder, engine.session, workers=1):
        pass
    opened = open_engine(engine.bundle.folder, tiny_catalogue_folder)
    assert opened.catalogue is not None
    content = content_of(query, opened, notes=("only PA",))
    content = replace(content, analysis=replace(content.analysis, warnings=("Mind this.",)))
    report = built(query, content, "sr")
    said = "\n".join(str(one.value) for one in report.iterall() if one.VR != "SQ")
    assert opened.catalogue.revision in said
    assert "Cases in the catalogue" in said
    assert "only PA" in said
    assert "Mind this." in said
    assert str(tiny_catalogue_folder) not in said


# What the source lacks


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"StudyInstanceUID": None}, "no Study Instance UID"),
        ({"SeriesInstanceUID": None}, "no Series Instance UID"),
        ({"StudyInstanceUID": "1.02.x"}, "'1.02.x' is not a UID"),
    ],
)
def test_a_source_that_nothing_can_belong_to_is_refused(
    elements: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.warns() if "x" in str(elements) else _nothing():
        path = write_query(tmp_path / "q.dcm", **elements)
    with pytest.raises(ReturnError, match=re.escape(words)):
        read_source(path)


def test_a_picture_is_refused(
    tmp_path: Path, make_picture: Callable[..., NDArray[np.uint8]]
) -> None:
    from PIL import Image

    Image.fromarray(make_picture(1)).save(tmp_path / "thorax.jpg")
    with pytest.raises(ReturnError, match=r"thorax\.jpg is not a DICOM file"):
        read_source(tmp_path / "thorax.jpg")


def test_what_is_no_date_is_left_out_and_said(tmp_path: Path, engine: Engine) -> None:
    path = write_query(tmp_path / "q.dcm")
    damaged = path.read_bytes().replace(b"19700131", b"31.1.70 ").replace(b"20240103", b"heute   ")
    path.write_bytes(damaged)
    results = list(build_results(path, content_of(path, engine), KINDS))
    assert [one.problem for one in results] == [""] * 4
    assert results[0].notes == (
        "The file's PatientBirthDate is not valid and is left out of the results.",
        "The file's StudyDate is not valid and is left out of the results.",
    )
    for one in results:
        assert one.dataset is not None
        assert one.dataset.PatientBirthDate in (None, "")


def test_no_patient_id_is_said(tmp_path: Path) -> None:
    source = read_source(write_query(tmp_path / "q.dcm", PatientID=None))
    assert source.notes == (
        "The file has no patient id: an archive may not find the results by patient.",
    )


def test_a_file_that_changed_is_refused(query: Path, content: ResultContent) -> None:
    other = write_query(query, Rows=48, Columns=160)
    with pytest.raises(ReturnError, match="changed since it was analysed"):
        list(build_results(other, content, ["sr"]))


def test_a_real_radiograph_of_a_thousand_rows(tmp_path: Path, engine: Engine) -> None:
    needs("dciodvfy")
    real = Path(__file__).parents[3] / "shared" / "data" / "dicom" / "RG3_UNC.dcm"
    if not real.is_file():
        pytest.skip("needs ../shared/data")
    content = content_of(real, engine, annotations=())
    for result in build_results(real, content, KINDS):
        assert result.dataset is not None, result.problem
        written = write_result(result.dataset, tmp_path)
        assert not [line for line in validated(written) if line.startswith("Error")]


# Writing


def test_a_result_is_written_whole_or_not_at_all(
    query: Path, content: ResultContent, tmp_path: Path
) -> None:
    made = built(query, content, "sr")
    written = write_result(made, tmp_path / "new" / "folder")
    assert written.name == f"SR.{made.SOPInstanceUID}.dcm" == file_name(made)
    assert [one.name for one in written.parent.iterdir()] == [written.name]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ExportError, match="choose another place"):
        write_result(made, tmp_path / "file")


def pnm(path: Path) -> NDArray[np.uint8]:
    """A binary or plain PGM or PPM picture."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image)


def _nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()
