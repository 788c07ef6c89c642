"""The sheet of methods: a row for each, frames that tell, and nobody's identity."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from inference.method_comparison import TOP, MethodComparison, label_agreement
from inference.pipeline import Engine, open_engine
from inference.records import Header
from viewer.export.comparison_export import pseudonym
from viewer.export.sheet_brush import SheetBrush
from viewer.methods.export import (
    MethodsLayout,
    burned_in_warnings,
    export_job,
    render_methods,
)
from viewer.methods.jobs import QUERY, CasePicture, compare_job
from viewer.methods.words import FRAMES

Compared = tuple[MethodComparison, dict[str, CasePicture], Engine]


@pytest.fixture
def compared(tiny_bundle: Path, indexed: Path) -> Iterator[Compared]:
    engine = open_engine(tiny_bundle, indexed, "cpu")
    comparison: MethodComparison | None = None
    pictures = {}
    for step in compare_job(indexed / "dicom" / "image7.dcm", engine, exclude_patient=True):
        if isinstance(step, MethodComparison):
            comparison = step
        else:
            pictures[step.case_id] = step
    assert comparison is not None
    assert engine.catalogue is not None
    yield comparison, pictures, engine
    engine.catalogue.close()


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


def test_each_method_has_its_row_with_what_a_reader_needs(
    qapp: QApplication, compared: Compared, drawn_words: list[str]
) -> None:
    comparison, pictures, engine = compared
    render_methods(comparison, pictures, engine, today=date(2026, 3, 14))
    text = "\n".join(drawn_words)
    for row in comparison.rows:
        assert f"{row.title} ({row.method})" in drawn_words
        for one in row.neighbours:
            assert f"{one.rank} · similarity {one.similarity:.2f}" in drawn_words
    assert drawn_words.count("not measured") == 5
    assert "Label: Pneumonia" in drawn_words
    assert "● same label" in drawn_words
    assert "◇ other label" in drawn_words
    for part in ("Research use only", "bundle tiny 1.0 (", "catalogue of 8 cases", "2026-03-14"):
        assert part in text
    assert "1 of the query's patient left out" in text


def test_frames_have_the_colour_of_the_labels(qapp: QApplication, compared: Compared) -> None:
    comparison, pictures, engine = compared
    image = render_methods(comparison, pictures, engine)
    layout = MethodsLayout(len(comparison.rows))
    found = set()
    for index, row in enumerate(comparison.rows):
        for column, neighbour in enumerate(row.neighbours[:TOP]):
            area = layout.case_area(index, column)
            wanted = label_agreement(("Pneumonia",), neighbour.case, engine.bundle.manifest)
            left = int(area.left()) - 2
            colours = {
                image.pixelColor(left, y).name() for y in range(int(area.top()), int(area.bottom()))
            }
            for agreement, frame in FRAMES.items():
                assert (QColor(frame.colour).name() in colours) == (agreement == wanted)
            found.add(wanted)
    assert found == {"same", "other"}


def test_a_query_without_a_label_gets_neutral_frames(
    qapp: QApplication, compared: Compared, drawn_words: list[str]
) -> None:
    comparison, pictures, engine = compared
    unknown = replace(comparison, query=replace(comparison.query, same_case=None))
    render_methods(unknown, pictures, engine)
    assert "Label: not known" in drawn_words
    assert drawn_words.count("○ label undecided") == TOP * 5
    assert "● same label" not in drawn_words


@pytest.mark.parametrize("rows", [1, 3, 7])
def test_panes_lie_beside_each_other_on_the_sheet(rows: int) -> None:
    layout = MethodsLayout(rows)
    whole = QRectF(0, 0, layout.width, layout.body_height)
    areas = [layout.query_area()]
    areas += [layout.case_area(row, column) for row in range(rows) for column in range(TOP)]
    areas += [layout.heading_area(row) for row in range(rows)]
    for number, area in enumerate(areas):
        assert whole.contains(area)
        assert not any(area.intersects(other) for other in areas[:number])


def test_no_identity_is_on_the_sheet_or_in_the_file(
    qapp: QApplication, compared: Compared, drawn_words: list[str], tmp_path: Path
) -> None:
    comparison, pictures, engine = compared
    path = tmp_path / "out" / "methods.png"
    (exported,) = export_job(comparison, pictures, engine, path)
    assert exported.path == path
    text, content = "\n".join(drawn_words), path.read_bytes()
    assert engine.catalogue is not None
    for case in engine.catalogue.cases():
        for secret in (case.case_id, case.patient_id, case.path.name, "Report of", "Synthetic"):
            assert secret not in text
    assert pseudonym("case8") in text
    position, kinds = 8, set()
    while position < len(content):
        length, kind = struct.unpack(">I4s", content[position : position + 8])
        kinds.add(kind)
        position += 12 + length
    assert kinds <= {b"IHDR", b"pHYs", b"IDAT", b"IEND", b"sRGB", b"gAMA"}


def test_burned_in_text_is_told_without_naming_the_case(compared: Compared) -> None:
    _, pictures, _ = compared
    assert burned_in_warnings(pictures) == ()
    marked = {
        name: replace(one, radiograph=replace(one.radiograph, header=Header(
            burned_in_annotation="YES"
        )))
        for name, one in pictures.items()
        if name in (QUERY, "case8") and one.radiograph is not None
    }  # fmt: skip
    sentences = burned_in_warnings(marked)
    assert len(sentences) == 2
    assert "The file of the query says" in sentences[0]
    assert f"case {pseudonym('case8')}" in sentences[1]
    assert "case8" not in sentences[1]
