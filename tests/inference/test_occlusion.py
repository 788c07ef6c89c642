"""Occlusion against a plain loop, and against an independent library's scoring."""

import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.embedding_runs import embed
from inference.model_bundle import read_bundle
from inference.occlusion import OcclusionStep, Windows, hidden, occlusion, painted
from inference.onnx_session import BundleSession


@pytest.fixture(scope="module")
def session(tiny_bundle: Path) -> BundleSession:
    return BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)


def image(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((1, 32, 32)).astype(np.float32)


def run(
    session: BundleSession, method: str, one: NDArray[np.float32], other: NDArray[np.float32]
) -> list[OcclusionStep]:
    embeddings, _ = embed(session, np.stack([one, other]), method)
    return list(occlusion(session, one, embeddings[0], embeddings[1], method))


def test_windows_are_those_of_the_paper() -> None:
    windows = Windows.of(224)
    assert windows.box == 24
    assert windows.starts[:3] == (0, 5, 10)
    assert windows.starts[-1] + windows.box == 224
    assert len(windows.starts) == 41
    assert windows.level(16) == (0, 80, 160, 200)


@pytest.mark.parametrize("size", [32, 64, 160, 224, 320, 512])
def test_every_pixel_is_hidden_at_any_size(size: int) -> None:
    windows = Windows.of(size)
    for step in (16, 8, 4, 2, 1):
        starts = windows.level(step)
        assert starts[-1] + windows.box == size
        full = painted({(a, b): 1.0 for a in starts for b in starts}, windows, starts)
        assert (full == 1).all()


@pytest.mark.parametrize("method", ["cnn", "ig", "metric", "ig-severity", "ssim"])
def test_the_last_map_is_that_of_a_plain_loop(session: BundleSession, method: str) -> None:
    one, other = image(1), image(2)
    steps = run(session, method, one, other)

    def distance(tensor: NDArray[np.float32]) -> float:
        a = session.run(tensor[None], (method,)).embeddings[method].astype(np.float64)
        b = session.run(other[None], (method,)).embeddings[method].astype(np.float64)
        if method == "metric":
            return float(1 - a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        if method == "ssim":
            from skimage.metrics import structural_similarity

            side = round(len(a) ** 0.5)
            return float(
                1 - structural_similarity(
                    a.reshape(side, side), b.reshape(side, side), data_range=1.0
                )
            )  # fmt: skip
        return float(np.linalg.norm(a - b))

    before = distance(one)
    generator = np.random.default_rng(3)
    for row, column in generator.integers(0, 32, (6, 2)):
        rises = []
        for top in range(0, 30):
            for left in range(0, 30):
                if top <= row < top + 3 and left <= column < left + 3:
                    copy = one.copy()
                    copy[:, top : top + 3, left : left + 3] = 0.5
                    rises.append(max(0.0, distance(copy) - before))
        assert steps[-1].map[row, column] == pytest.approx(np.mean(rises), abs=2e-6)


@pytest.mark.parametrize(("method", "metric"), [("cnn", "euclidean"), ("metric", "cosine")])
def test_the_last_map_is_that_of_xaitk_saliency(
    session: BundleSession, method: str, metric: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its dependencies, while they are imported
        try:
            from xaitk_saliency.impls.gen_descriptor_sim_sal.similarity_scoring import (
                SimilarityScoring,
            )
        except ImportError:
            pytest.skip("xaitk-saliency, of the extra `test`, is not installed")
    one, other = image(1), image(2)
    steps = run(session, method, one, other)
    windows = Windows.of(32)
    places = [(top, left) for top in windows.starts for left in windows.starts]
    masks = np.ones((len(places), 32, 32), bool)
    for mask, (top, left) in zip(masks, places, strict=True):
        mask[top : top + windows.box, left : left + windows.box] = False
    covered = hidden(one, places, windows.box)
    embeddings, _ = embed(session, np.concatenate([one[None], other[None], covered]), method)
    (expected,) = SimilarityScoring(metric).generate(
        embeddings[0], embeddings[1:2], embeddings[2:], masks
    )
    found = steps[-1].map / steps[-1].map.max()
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_it_sharpens_and_visits_no_place_twice(
    session: BundleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited: list[tuple[int, int]] = []
    from inference import occlusion as module

    def seen(*args: object) -> NDArray[np.float32]:
        visited.extend(args[1])  # type: ignore[arg-type]
        return hidden(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "hidden", seen)
    steps = run(session, "cnn", image(1), image(2))
    count = len(Windows.of(32).starts) ** 2
    assert len(visited) == len(set(visited)) == count
    assert [step.is_final for step in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[-1].done == steps[-1].total == count
    assert all(a.done < b.done for a, b in pairwise(steps))
    # A rough map is there after a few boxes, and later ones come ever closer to the last.
    first = next(step for step in steps if step.done >= len(Windows.of(32).level(16)) ** 2)
    assert first.done <= 20
    assert first.map.any()
    errors = [float(np.abs(step.map - steps[-1].map).mean()) for step in (first, steps[-80])]
    assert errors[0] > errors[1] > 0


def test_a_level_is_whole_before_it_is_shown(session: BundleSession) -> None:
    steps = run(session, "cnn", image(1), image(2))
    levels = {len(Windows.of(32).level(step)) ** 2 for step in (16, 8, 4, 2, 1)}
    changed = [b.done for a, b in pairwise(steps) if not np.array_equal(a.map, b.map)]
    assert set(changed[-4:]) <= levels


def test_it_stops_where_it_is_closed(
    session: BundleSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = image(1), image(2)
    embeddings, _ = embed(session, np.stack([one, other]), "cnn")
    steps = occlusion(session, one, embeddings[0], embeddings[1], "cnn")
    next(steps)
    runs = []
    monkeypatch.setattr(session, "run_graph", lambda *_: runs.append(1))
    steps.close()
    assert not runs


def test_a_coarser_finest_step_is_a_coarser_grid(session: BundleSession) -> None:
    one, other = image(1), image(2)
    embeddings, _ = embed(session, np.stack([one, other]), "cnn")
    *_, last = occlusion(session, one, embeddings[0], embeddings[1], "cnn", finest_step=4)
    assert last.is_final
    assert last.total == len(Windows.of(32).level(4)) ** 2


def test_identical_and_constant_images_give_finite_maps(session: BundleSession) -> None:
    grey = np.full((1, 32, 32), 0.5, np.float32)
    for method in ("cnn", "ig", "metric", "ssim"):
        one = image(1)
        *_, last = run(session, method, one, one)
        assert np.isfinite(last.map).all()
        assert last.map.max() > 0  # hiding a part makes it differ from itself
        *_, last = run(session, method, grey, one)
        assert not last.map.any()  # a grey box on grey hides nothing
