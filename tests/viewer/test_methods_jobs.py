"""Pictures come once for each case, small, and as the radiograph looks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.method_comparison import MethodComparison
from inference.pipeline import open_engine
from inference.radiograph_io import display_brightness
from inference.records import Radiograph, Spacing, Window
from viewer.methods.jobs import QUERY, CasePicture, compare_job, reduced


def test_every_case_is_pictured_once_and_a_missing_file_stops_nothing(
    tiny_bundle: Path, indexed: Path
) -> None:
    engine = open_engine(tiny_bundle, indexed, "cpu")
    (indexed / "image3.png").unlink()
    steps = list(compare_job(indexed / "image1.png", engine, exclude_patient=True))
    assert engine.catalogue is not None
    engine.catalogue.close()
    rows = [one for one in steps if isinstance(one, MethodComparison)]
    pictures = [one for one in steps if isinstance(one, CasePicture)]
    assert isinstance(steps[0], MethodComparison)
    assert len(rows) == 5
    shown = {one.case.case_id for row in rows[-1].rows for one in row.neighbours}
    names = [one.case_id for one in pictures]
    assert sorted(names) == sorted({QUERY, *shown})
    problems = {one.case_id: one.problem for one in pictures if one.radiograph is None}
    assert list(problems) == ["case3"]
    assert "image3.png" in problems["case3"]


@pytest.mark.parametrize("is_inverted", [False, True])
def test_a_reduced_radiograph_looks_like_the_whole_one(
    make_radiograph: Callable[..., Radiograph], is_inverted: bool
) -> None:
    whole = make_radiograph(
        is_inverted=is_inverted,
        windows=(Window(400, 600, "LINEAR_EXACT"),),
        spacing=Spacing(0.5, 0.25, "PixelSpacing"),
    )
    small = reduced(whole, 100)
    assert small.shape == (80, 100)
    assert small.header == whole.header
    blocks = display_brightness(whole).reshape(80, 2, 100, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(display_brightness(small), blocks, atol=0.01)
    assert small.spacing is not None
    assert (small.spacing.row_mm, small.spacing.column_mm) == (1.0, 0.5)


def test_a_reduced_colour_picture_keeps_its_colours(
    make_radiograph: Callable[..., Radiograph],
) -> None:
    values = np.zeros((40, 60, 3), np.float32)
    values[..., 0], values[..., 2] = 200, 50
    small = reduced(make_radiograph(values=values, windows=(Window(128, 256),)), 30)
    assert small.shape == (20, 30)
    np.testing.assert_allclose(small.values[10, 10], [200, 0, 50], atol=0.01)
