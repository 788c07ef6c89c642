"""The picture of queries, their nearest cases and why."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export_models.retrieval_figure import (
    NEAREST,
    ShownQuery,
    parse_kind,
    retrieval_figure,
    under_map,
)
from inference.errors import InferenceError
from inference.similarity_saliency import KINDS


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two classes that differ, and one healthy case that looks ill."""
    generator = np.random.default_rng(0)
    rows = ["case_id,file,patient_id,split,findings"]
    for number in range(11):
        looks_ill = number % 2 == 1 or number == 10
        values = generator.integers(0, 40, (32, 32), np.uint8)
        values[slice(0, 8) if looks_ill else slice(24, 32)] += 180
        Image.fromarray(values).save(tmp_path / f"{number}.png")
        finding = "Pneumonia" if number % 2 == 1 else "No finding"
        rows.append(f"c{number:02},{number}.png,p{number},test,{finding}")
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def run(bundle: Path, table: Path, out: Path, **options: object) -> list[ShownQuery]:
    steps = retrieval_figure(bundle, table, out, method="cnn", provider="cpu", **options)  # type: ignore[arg-type]
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return list(stop.value)


def test_right_and_wrong_queries_of_each_class(
    tiny_bundle: Path, table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out" / "figure.png"
    shown = run(tiny_bundle, table, out)
    right = [row for row in shown if row.is_right]
    wrong = [row for row in shown if not row.is_right]
    assert all(len(row.nearest) == NEAREST and row.query not in row.nearest for row in shown)
    assert {row.query % 2 for row in right} <= {0, 1}
    assert [row.query for row in wrong] == [10]  # the healthy case that looks ill
    with Image.open(out) as picture:
        assert picture.format == "PNG"
        assert picture.width > 500
    assert not list(out.parent.glob("*.partial"))


def test_a_flat_map_leaves_the_picture_clear() -> None:
    picture = np.random.default_rng(0).random((8, 8, 3))
    flat = under_map(picture, np.full((8, 8), 3.0))
    np.testing.assert_allclose(flat, np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2))
    values = np.zeros((8, 8))
    values[2, 3] = 1
    raised = under_map(picture, values)
    changed = np.abs(raised - flat).max(axis=2) > 1e-9
    assert changed[2, 3]
    assert changed.sum() == 1


def test_unknown_maps_are_said() -> None:
    assert parse_kind("occlusion", KINDS) == "occlusion"
    with pytest.raises(InferenceError, match="There is no map 'heat'"):
        parse_kind("heat", KINDS)
