"""Class means against a plain average, and their difference."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.class_saliency import class_means, difference
from inference.errors import InferenceError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.preprocess import prepare
from inference.radiograph_io import read_radiograph
from inference.similarity_saliency import explain, prepare_explanation


@pytest.fixture(scope="module")
def session(tiny_bundle: Path) -> BundleSession:
    return BundleSession(read_bundle(tiny_bundle), provider="cpu", threads=1)


def files(folder: Path, row: int, count: int, seed: int) -> list[Path]:
    """Dark noise with a bright band at a quarter of the height."""
    generator = np.random.default_rng(seed)
    paths = []
    for number in range(count):
        values = generator.integers(0, 60, (32, 32), np.uint8)
        values[row * 8 : row * 8 + 8] += 150
        paths.append(folder / f"{seed}-{number}.png")
        Image.fromarray(values).save(paths[-1])
    return paths


def test_means_are_plain_averages(session: BundleSession, tmp_path: Path) -> None:
    cases = {"above": files(tmp_path, 0, 3, 1), "below": files(tmp_path, 3, 2, 2)}
    steps = list(class_means(cases, session, "cnn"))
    assert [step.done for step in steps] == [1, 2, 3, 4, 5]
    assert [step.is_final for step in steps] == [False] * 4 + [True]
    means = steps[-1].means
    assert [one.count for one in means.values()] == [3, 2]
    brightness, maps = [], []
    for path in cases["above"]:
        one = prepare(read_radiograph(path), session.bundle.manifest.input)
        prepared = prepare_explanation(one, session, "cnn")
        (shown,) = explain(prepared, prepared, session, "activation")
        brightness.append(one.tensor[0, 0])
        maps.append(shown.map / shown.map.mean())
    np.testing.assert_allclose(means["above"].radiograph, np.mean(brightness, 0), atol=1e-6)
    np.testing.assert_allclose(means["above"].saliency, np.mean(maps, 0), rtol=1e-5)
    np.testing.assert_allclose(
        means["above"].spread, np.std(maps, 0, ddof=1) / np.sqrt(3), atol=1e-5
    )
    apart = difference(means["above"], means["below"])
    assert apart[:8].mean() > 0.5
    assert apart[-8:].mean() < -0.5
    assert apart.mean() == pytest.approx(0, abs=1e-6)


def test_black_and_unreadable_cases(session: BundleSession, tmp_path: Path) -> None:
    black = tmp_path / "black.png"
    Image.new("L", (32, 32)).save(black)
    *_, last = class_means({"a": [black, tmp_path / "gone.png"]}, session, "cnn")
    assert last.means["a"].count == 1
    assert (last.means["a"].saliency == 1).all()
    assert (last.means["a"].spread == 0).all()
    assert len(last.unreadable) == 1
    with pytest.raises(InferenceError, match="None of the cases"):
        list(class_means({"a": [tmp_path / "gone.png"], "b": []}, session, "cnn"))
    with pytest.raises(InferenceError, match="no feature map"):
        list(class_means({"a": [black]}, session, "ssim"))


def test_deep_taylor_maps_are_averaged_too(session: BundleSession, tmp_path: Path) -> None:
    paths = files(tmp_path, 1, 3, 5)
    *_, last = class_means({"a": paths}, session, "ssim", "saliency")  # for any method
    spec, maps = session.bundle.manifest.input, []
    for path in paths:
        found = session.run(prepare(read_radiograph(path), spec).tensor, ()).saliency
        maps.append(found / found.mean())
    np.testing.assert_allclose(last.means["a"].saliency, np.mean(maps, 0), rtol=1e-5)
