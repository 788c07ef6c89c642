"""Query by region on a tiny catalogue: whole radiographs rank as the method does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference.errors import InferenceError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.preprocess import Box, Placement, prepare
from inference.radiograph_io import read_radiograph
from inference.records import CaseRecord, Neighbour
from inference.region_query import Block, Candidate, rank_by_region, region_on_input
from inference.similarity_saliency import prepare_explanation


@pytest.fixture(scope="module")
def session(tiny_bundle: Path) -> BundleSession:
    return BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)


def spot(row: int, column: int, background: int = 40) -> NDArray[np.uint8]:
    values = np.full((64, 64), background, np.uint8)
    values[row * 16 : row * 16 + 16, column * 16 : column * 16 + 16] = 220
    return values


def save(path: Path, values: NDArray[np.uint8]) -> Neighbour:
    Image.fromarray(values).save(path)
    return Neighbour(1, CaseRecord(path.stem, path), 0.0, 1.0)


@pytest.mark.parametrize("method", ["cnn", "ig", "metric"])
def test_the_whole_radiograph_ranks_as_the_method_does(
    session: BundleSession,
    tmp_path: Path,
    make_picture: Callable[..., NDArray[np.uint8]],
    method: str,
) -> None:
    spec = session.bundle.manifest.input
    neighbours = [save(tmp_path / f"{number}.png", make_picture(number)) for number in range(6)]
    prepared = [
        prepare_explanation(prepare(read_radiograph(one.case.path), spec), session, method)
        for one in neighbours
    ]
    *_, last = rank_by_region(prepared[0], Box(0, 0, 1, 1), neighbours, session)
    a = prepared[0].embedding.astype(float)
    expected = {}
    for neighbour, other in zip(neighbours, prepared, strict=True):
        b = other.embedding.astype(float)
        value = 1 - a @ b if method == "metric" else np.linalg.norm(a - b)
        expected[neighbour.case.case_id] = value
    assert {one.neighbour.case.case_id: one.distance for one in last.matches} == pytest.approx(
        expected, abs=1e-5
    )
    assert [one.rank for one in last.matches] == [1, 2, 3, 4, 5, 6]
    assert last.matches[0].neighbour.case.case_id == "0"
    assert last.matches[0].place == pytest.approx((0, 0, 48, 40))


def test_a_region_is_found_elsewhere() -> None:
    """With features that know no place, the same patch at another place is at distance 0."""
    generator = np.random.default_rng(0)
    query, case = generator.random((2, 3, 6, 6)).astype(np.float32)
    region = Box(1 / 6, 2.5 / 6, 3 / 6, 4 / 6)
    block = Block.of(region, 6, 6)
    assert (block.row, block.column) == (2, 1)
    np.testing.assert_allclose(block.weights, [[1 / 6, 1 / 6], [1 / 3, 1 / 3]])
    case[:, 4:6, 3:5] = query[:, 2:4, 1:3]
    wanted = block.features(query)[2, 1]
    plain = (query[:, 2, 1] + query[:, 2, 2]) / 6 + (query[:, 3, 1] + query[:, 3, 2]) / 3
    np.testing.assert_allclose(wanted, plain, rtol=1e-6)
    distances = np.linalg.norm(block.features(case) - wanted, axis=2)
    assert np.unravel_index(distances.argmin(), distances.shape) == (4, 3)
    moved = block.region_at(4, 3)
    assert (moved.left, moved.top) == pytest.approx((3 / 6, 4.5 / 6))


def test_the_case_that_has_the_region_comes_first(session: BundleSession, tmp_path: Path) -> None:
    spec = session.bundle.manifest.input
    query = save(tmp_path / "query.png", spot(1, 2))
    cases = [
        save(tmp_path / "same.png", np.maximum(spot(1, 2), spot(3, 3))),
        save(tmp_path / "other.png", spot(3, 0)),
    ]
    prepared = prepare_explanation(prepare(read_radiograph(query.case.path), spec), session, "cnn")
    steps = list(rank_by_region(prepared, Box(0.5, 0.25, 0.75, 0.5), cases, session))
    first = steps[-1].matches[0]
    assert first.neighbour.case.case_id == "same"
    assert first.distance == pytest.approx(0, abs=1e-5)
    assert first.place == pytest.approx((16, 32, 16, 16))
    assert steps[-1].is_final
    assert not steps[0].is_final
    assert steps[0].done == 1


def test_feature_maps_are_kept_for_the_next_region(
    session: BundleSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = session.bundle.manifest.input
    cases = [save(tmp_path / f"{n}.png", spot(n % 4, n // 4)) for n in range(5)]
    prepared = prepare_explanation(
        prepare(read_radiograph(cases[0].case.path), spec), session, "cnn"
    )
    known: dict[str, Candidate] = {}
    *_, once = rank_by_region(prepared, Box(0, 0, 0.5, 0.5), cases, session, known)
    assert set(known) == {one.case.case_id for one in cases}
    monkeypatch.setattr(session, "run_graph", None)
    steps = list(rank_by_region(prepared, Box(0, 0, 0.5, 0.5), cases, session, known))
    assert steps == [replace(once)]


def test_a_region_without_area_is_the_position_around_it(
    session: BundleSession, tmp_path: Path
) -> None:
    block = Block.of(Box(0.3, 0.6, 0.3, 0.6), 4, 4)
    assert (block.row, block.column) == (2, 1)
    assert block.weights.tolist() == [[1.0]]
    assert block.region == Box(0.25, 0.5, 0.5, 0.75)
    assert Block.of(Box(1, 1, 1, 1), 4, 4).row == 3
    assert Block.of(Box(0, 0, 0, 0), 4, 4).column == 0
    turned = Block.of(Box(0.75, 0.5, 0.25, 0.0), 4, 4)  # dragged from lower right to upper left
    assert turned.region == Box(0.25, 0.0, 0.75, 0.5)
    for side in (1, 7, 13):  # shares that rounding could push over an edge
        for part in range(side):
            edge = Block.of(Box(part / side, 0, (part + 1) / side, 1), side, side)
            assert edge.weights.shape == (side, 1)
            assert edge.column == part


def test_black_radiographs_give_no_nan(session: BundleSession, tmp_path: Path) -> None:
    spec = session.bundle.manifest.input
    black = save(tmp_path / "black.png", np.zeros((64, 64), np.uint8))
    for method in ("cnn", "metric"):
        prepared = prepare_explanation(
            prepare(read_radiograph(black.case.path), spec), session, method
        )
        *_, last = rank_by_region(prepared, Box(0.2, 0.2, 0.2, 0.2), [black], session)
        assert np.isfinite(last.matches[0].distance)


def test_what_cannot_be_read_is_named(session: BundleSession, tmp_path: Path) -> None:
    spec = session.bundle.manifest.input
    good = save(tmp_path / "good.png", spot(0, 0))
    gone = Neighbour(2, CaseRecord("gone", tmp_path / "gone.png"), 1.0, 0.5)
    prepared = prepare_explanation(prepare(read_radiograph(good.case.path), spec), session, "cnn")
    *_, last = rank_by_region(prepared, Box(0, 0, 1, 1), [gone, good], session)
    assert [one.neighbour.case.case_id for one in last.matches] == ["good"]
    assert last.unreadable[0].startswith("gone: ")
    *_, last = rank_by_region(prepared, Box(0, 0, 1, 1), [], session)
    assert last.matches == ()
    assert last.is_final
    ssim = prepare_explanation(prepare(read_radiograph(good.case.path), spec), session, "ssim")
    with pytest.raises(InferenceError, match="No query by region"):
        next(rank_by_region(ssim, Box(0, 0, 1, 1), [good], session))


def test_a_region_is_cut_to_what_the_model_saw() -> None:
    placement = Placement(100, 100, 20, 20, 50, 50)
    assert region_on_input(placement, 10, 30, 20, 20) == Box(0.2, 0.0, 0.6, 0.2)
    with pytest.raises(InferenceError, match="did not see this region"):
        region_on_input(placement, 0, 0, 10, 10)
