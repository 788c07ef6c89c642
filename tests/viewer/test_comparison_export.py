"""The sheet shows what it should, where it should, and nobody's identity."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from inference.catalogue_build import build_catalogue
from inference.errors import ExportError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.pipeline import Analysis, CaseView, Engine, analyse, open_engine, view_case
from inference.radiograph_io import display_brightness
from inference.records import Header, Spacing
from viewer.export.comparison_export import (
    Overlay,
    identity_doubts,
    identity_warnings,
    pseudonym,
    render_comparison,
    save_comparison,
)
from viewer.export.sheet_brush import SheetBrush, fitted
from viewer.export.sheet_layout import SheetLayout
from viewer.pane.colour_maps import colour_table

TODAY = date(2026, 3, 14)
NO_OVERLAY = Overlay(is_shown=False)
Sheet = tuple[Analysis, list[CaseView], Engine]


@pytest.fixture(scope="module")
def sheet(
    tiny_bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_catalogue_folder: Callable[[Path], Path],
) -> Sheet:
    """A DICOM query of patient P-7 and all of its neighbours."""
    folder = make_catalogue_folder(tmp_path_factory.mktemp("comparison") / "Secret Name")
    session = BundleSession(read_bundle(tiny_bundle), provider="cpu")
    for _ in build_catalogue(folder, session, workers=1):
        pass
    engine = open_engine(tiny_bundle, folder, "cpu")
    *_, analysis = analyse(folder / "dicom" / "image7.dcm", engine, k=7)
    assert analysis.neighbours is not None
    return analysis, [view_case(one, engine) for one in analysis.neighbours], engine


def pixels(image: QImage) -> NDArray[np.uint8]:
    """(rows, columns, 3) uint8."""
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    whole = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), -1, 4)
    return whole[:, : plain.width(), :3].copy()


def with_neighbours(sheet: Sheet, count: int) -> Sheet:
    analysis, views, engine = sheet
    assert analysis.neighbours is not None
    return replace(analysis, neighbours=analysis.neighbours[:count]), views[:count], engine


@pytest.fixture
def drawn_words(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is drawn on a sheet, as it was asked for."""
    words: list[str] = []
    draw = SheetBrush.text

    def record(self: Any, x: float, y: float, width: float, text: str, **options: Any) -> None:
        words.append(text)
        draw(self, x, y, width, text, **options)

    monkeypatch.setattr(SheetBrush, "text", record)
    return words


def test_what_a_reader_needs_is_on_the_sheet(
    qapp: QApplication, sheet: Sheet, drawn_words: list[str]
) -> None:
    analysis, views, engine = with_neighbours(sheet, 4)
    notes = ("re-ranked by 2 of the reader's marks",)
    render_comparison(analysis, views, engine, notes=notes, today=TODAY)
    text = "\n".join(drawn_words)
    assert "Research use only, not for diagnosis" in text
    assert "relevance, low to high" in text
    assert "Deep Taylor saliency" in text
    assert "bundle tiny 1.0 (" in text
    assert "catalogue of 8 cases" in text
    assert "2026-03-14" in text
    assert notes[0] in text
    assert "Similarity by IG" in text
    assert "AUROC 0.75 (test)" in text
    assert "Query · PA · DX" in text
    assert analysis.probabilities is not None
    assert f"Pneumonia {analysis.probabilities[0]:.2f}" in text
    for neighbour in analysis.neighbours or ():
        assert f"{neighbour.rank}" in drawn_words
        assert f"similarity {neighbour.similarity:.2f} · distance" in text
        assert ", ".join(neighbour.case.findings) in text


def test_no_identity_is_on_the_sheet_or_in_the_file(
    qapp: QApplication, sheet: Sheet, drawn_words: list[str], tmp_path: Path
) -> None:
    analysis, views, engine = sheet
    path = tmp_path / "sheet.png"
    save_comparison(render_comparison(analysis, views, engine), path)
    text, content = "\n".join(drawn_words), path.read_bytes()
    assert engine.catalogue is not None
    secrets = {"Synthetic", "Person", "Secret", str(engine.catalogue.folder), "Report of case"}
    for case in engine.catalogue.cases():
        secrets |= {case.case_id, case.patient_id, case.path.name, case.path.stem}
    for secret in secrets:
        assert secret not in text
        # Compressed pixels may hold any three letters; nothing longer by chance.
        assert len(secret) < 6 or secret.encode() not in content
    assert pseudonym("case1") in text


def test_the_file_has_no_text_chunks(qapp: QApplication, sheet: Sheet, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "sheet.png"
    save_comparison(render_comparison(*with_neighbours(sheet, 1)), path)
    content, position, kinds = path.read_bytes(), 8, set()
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        kinds.add(kind)
        position += 12 + length
    assert kinds <= {b"IHDR", b"pHYs", b"IDAT", b"IEND", b"sRGB", b"gAMA"}


@pytest.mark.parametrize("count", range(8))
def test_panes_lie_beside_each_other_on_the_sheet(
    qapp: QApplication, sheet: Sheet, count: int
) -> None:
    analysis, views, engine = with_neighbours(sheet, count)
    image = render_comparison(analysis, views, engine, NO_OVERLAY)
    layout = SheetLayout.of(count, [view.radiograph for view in views])
    assert (image.width(), image.height()) == (layout.width, layout.height)
    panes = [layout.query_area(), *(layout.neighbour_area(index) for index in range(count))]
    whole = QRectF(0, 0, image.width(), image.height())
    for number, pane in enumerate(panes):
        assert whole.contains(pane)
        assert not any(pane.intersects(other) for other in panes[:number])
    # Captions and footer stay clear of the panes below them.
    lowest = max(pane.bottom() for pane in panes)
    assert lowest + layout.caption <= layout.gap + layout.body_height + 1
    assert image.height() - (layout.gap + layout.body_height) >= 3 * layout.line


def test_a_pane_shows_the_radiograph_as_the_file_asks(qapp: QApplication, sheet: Sheet) -> None:
    analysis, views, engine = with_neighbours(sheet, 4)
    drawn = pixels(render_comparison(analysis, views, engine, NO_OVERLAY))
    layout = SheetLayout.of(4, [view.radiograph for view in views])
    for index, view in enumerate(views):
        inside = fitted(layout.neighbour_area(index), view.radiograph)
        brightness = display_brightness(view.radiograph) * 255
        rows, columns = brightness.shape
        for row, column in ((rows // 2, columns // 2), (rows // 4, columns // 3)):
            x = round(inside.left() + (column + 0.5) * inside.width() / columns)
            y = round(inside.top() + (row + 0.5) * inside.height() / rows)
            assert drawn[y, x] == pytest.approx(brightness[row, column], abs=4)


def test_the_overlay_is_the_colour_map_over_the_radiograph(
    qapp: QApplication, sheet: Sheet
) -> None:
    analysis, views, engine = with_neighbours(sheet, 1)
    layout = SheetLayout.of(1, [view.radiograph for view in views])
    inside = fitted(layout.neighbour_area(0), views[0].radiograph)
    flat = np.full_like(views[0].saliency, 0.8)
    even = [replace(views[0], saliency=flat)]
    plain = pixels(render_comparison(analysis, even, engine, NO_OVERLAY)).astype(float)
    overlay = Overlay(opacity=0.5, colour_map="viridis")
    drawn = pixels(render_comparison(analysis, even, engine, overlay)).astype(float)
    colour = colour_table("viridis")[round(0.8 * 255)]
    share = 0.5 * colour[3] / 255
    x, y = round(inside.center().x()), round(inside.center().y())
    expected = (1 - share) * plain[y, x] + share * colour[:3]
    np.testing.assert_allclose(drawn[y, x], expected, atol=3)

    nothing = [replace(views[0], saliency=np.zeros_like(flat))]
    clear = pixels(render_comparison(analysis, nothing, engine, overlay))
    np.testing.assert_array_equal(clear[y, x], plain[y, x])


def test_the_scale_bar_is_as_long_as_it_says(
    qapp: QApplication, sheet: Sheet, drawn_words: list[str]
) -> None:
    analysis, views, engine = with_neighbours(sheet, 1)
    radiograph = replace(
        views[0].radiograph,
        values=np.zeros((400, 300), np.float32),
        padding=None,
        spacing=Spacing(0.5, 0.8, "PixelSpacing"),
    )
    black = [replace(views[0], radiograph=radiograph)]
    drawn = pixels(render_comparison(analysis, black, engine, NO_OVERLAY))
    layout = SheetLayout.of(1, [radiograph])
    area = layout.neighbour_area(0)
    inside = fitted(area, radiograph)
    row = round(inside.bottom() - layout.gap - layout.text / 12)
    part = drawn[row, round(area.left()) : round(area.right())]
    length = int((part > 200).all(axis=1).sum())
    # 300 columns of 0.8 mm are 240 mm, 400 rows of 0.5 mm are 200: the pane's width is 240 mm.
    assert "5 cm" in drawn_words
    assert length == pytest.approx(50 * area.width() / 240, abs=3)


def test_without_spacing_there_are_no_millimetres(
    qapp: QApplication, sheet: Sheet, drawn_words: list[str]
) -> None:
    analysis, views, engine = with_neighbours(sheet, 1)
    assert analysis.radiograph is not None
    analysis = replace(analysis, radiograph=replace(analysis.radiograph, spacing=None))
    views = [replace(views[0], radiograph=replace(views[0].radiograph, spacing=None))]
    render_comparison(analysis, views, engine)
    assert not any(word.endswith((" cm", " mm")) for word in drawn_words)


def test_a_case_that_cannot_be_read_leaves_a_note_in_its_pane(
    qapp: QApplication, sheet: Sheet, drawn_words: list[str]
) -> None:
    analysis, views, engine = with_neighbours(sheet, 3)
    render_comparison(analysis, views[:2], engine)
    assert drawn_words.count("This case could not be read") == 1


def test_long_findings_are_left_out_as_whole_names(
    qapp: QApplication, sheet: Sheet, drawn_words: list[str]
) -> None:
    analysis, views, engine = with_neighbours(sheet, 1)
    assert analysis.neighbours is not None
    names = tuple(f"Finding number {number}" for number in range(12))
    case = replace(analysis.neighbours[0].case, findings=names)
    analysis = replace(analysis, neighbours=(replace(analysis.neighbours[0], case=case),))
    render_comparison(analysis, views, engine)
    assert any(word.startswith("Finding number 0, ") and " more" in word for word in drawn_words)


def test_a_mismatch_is_said_on_the_sheet(
    qapp: QApplication, sheet: Sheet, drawn_words: list[str]
) -> None:
    analysis, views, engine = with_neighbours(sheet, 1)
    assert analysis.radiograph is not None
    lateral = replace(analysis.radiograph, header=Header(view_position="LL"))
    render_comparison(replace(analysis, radiograph=lateral), views, engine)
    assert any(word.startswith("▲ This is a lateral view (LL)") for word in drawn_words)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_no_text_is_cut(
    qapp: QApplication, sheet: Sheet, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    cut: list[str] = []
    draw = SheetBrush.text

    def measure(self: SheetBrush, *place: Any, **options: Any) -> None:
        *_, width, words = place
        if self.width(words, bold=options.get("bold", False)) > width + 0.5:
            cut.append(words)
        draw(self, *place, **options)

    monkeypatch.setattr(SheetBrush, "text", measure)
    analysis, views, engine = with_neighbours(sheet, count)
    assert analysis.radiograph is not None
    header = Header(modality="MG", body_part="HAND", view_position="LL")
    wrong = replace(analysis.radiograph, header=header)
    render_comparison(replace(analysis, radiograph=wrong), views, engine)
    assert cut == []


def test_burned_in_text_is_warned_of_in_query_and_cases(sheet: Sheet) -> None:
    analysis, views, _ = with_neighbours(sheet, 2)
    assert identity_warnings(analysis, views) == ()
    burned = Header(burned_in_annotation="YES")
    assert analysis.radiograph is not None
    query = replace(analysis, radiograph=replace(analysis.radiograph, header=burned))
    case = replace(views[1], radiograph=replace(views[1].radiograph, header=burned))
    (first, second) = identity_warnings(query, [views[0], case])
    assert "The file of the query says" in first
    assert "The file of case 2 says" in second


@pytest.mark.parametrize("modality", ["", "US", "SC", "OT", "XC"])
def test_a_file_that_may_hold_text_and_does_not_say_is_doubted(sheet: Sheet, modality: str) -> None:
    analysis, _, _ = with_neighbours(sheet, 2)
    dicom = [view for view in sheet[1] if view.radiograph.header.modality == "DX"]
    assert dicom
    assert identity_doubts(analysis, dicom) == ()  # radiographs that keep silent, as is usual
    assert analysis.radiograph is not None
    silent = replace(analysis.radiograph, header=Header(modality=modality))
    (doubt,) = identity_doubts(replace(analysis, radiograph=silent), dicom)
    assert doubt.startswith("The file of the query does not say whether text is burned into")
    clean = Header(modality=modality, burned_in_annotation="NO")
    said = replace(analysis, radiograph=replace(analysis.radiograph, header=clean))
    assert identity_doubts(said, ()) == ()


def test_what_cannot_be_written_leaves_the_old_file(
    qapp: QApplication, sheet: Sheet, tmp_path: Path
) -> None:
    image = render_comparison(*with_neighbours(sheet, 0))
    (tmp_path / "sheet.png").write_text("old")
    with pytest.raises(ExportError, match=r"Cannot write sheet\.png"):
        save_comparison(image, tmp_path / "sheet.png" / "sheet.png")
    assert (tmp_path / "sheet.png").read_text() == "old"
    folder = tmp_path / "taken.png"
    folder.mkdir()
    with pytest.raises(ExportError):
        save_comparison(image, folder)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["sheet.png", "taken.png"]
