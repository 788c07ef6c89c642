"""t-SNE maps: the same every time, neighbours stay neighbours, centroids' cases."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export_models.embedding_map import (
    embedding_map,
    map_catalogue,
    map_figure,
    nearest_to_centroid,
    project,
)
from inference.catalogue_build import build_catalogue
from inference.embedding_map import read_map
from inference.errors import CatalogueError, InferenceError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession


def groups(count: int = 20) -> NDArray[np.float32]:
    """Three groups far apart, in 16 dimensions."""
    generator = np.random.default_rng(0)
    centres = generator.normal(size=(3, 16)) * 10
    return np.concatenate([one + generator.normal(size=(count, 16)) for one in centres]).astype(
        np.float32
    )


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_groups_stay_together_and_the_map_is_repeatable(distance: str) -> None:
    values = groups()
    places, perplexity = project(values, distance, seed=3)  # type: ignore[arg-type]
    assert perplexity == pytest.approx(59 / 3)
    assert np.abs(places).max() == pytest.approx(1)
    labels = np.repeat([0, 1, 2], 20)
    apart = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (labels[apart.argmin(1)] == labels).all()
    again, _ = project(values, distance, seed=3)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again, places)


def test_few_and_identical_cases_get_places() -> None:
    for values in (groups()[:1], groups()[:3], np.ones((9, 5)), np.zeros((0, 4))):
        places, _ = project(values, "l2")
        assert places.shape == (len(values), 2)
        assert np.isfinite(places).all()
    places, _ = project(np.concatenate([np.zeros((3, 8)), groups(2)[:, :8]]), "cosine")
    assert np.isfinite(places).all()
    with pytest.raises(ValueError, match="not finite"):
        project(np.array([[np.nan, 1.0]]), "l2")


def test_the_starred_case_is_the_nearest_to_the_mean() -> None:
    values = groups()
    chosen = np.arange(60) < 20
    centroid = values[:20].mean(0)
    expected = np.linalg.norm(values[:20] - centroid, axis=1).argmin()
    assert nearest_to_centroid(values, "l2", chosen) == expected
    units = values / np.linalg.norm(values, axis=1, keepdims=True)
    assert nearest_to_centroid(values, "cosine", ~chosen) == 20 + np.argmax(
        units[20:] @ units[20:].mean(0)
    )


def test_the_figure_knows_every_class() -> None:
    names = ["a"] * 20 + ["b"] * 20 + [""] * 20
    found = embedding_map(
        groups(), "l2", [f"c{n}" for n in range(60)], names, [{}] * 60,
        bundle_sha256="x", method="ig",
    )  # fmt: skip
    assert set(found.centroid_cases) == {"a", "b"}
    legend = map_figure(found).axes[0].get_legend()
    assert legend is not None
    texts = [one.get_text() for one in legend.get_texts()]
    assert texts == ["not known (20)", "a (20)", "b (20)"]


def test_a_catalogues_map_lies_beside_it(tiny_bundle: Path, tiny_catalogue_folder: Path) -> None:
    bundle = read_bundle(tiny_bundle)
    with pytest.raises(CatalogueError, match="not indexed"):
        map_catalogue(tiny_catalogue_folder, bundle, "ig")
    session = BundleSession(bundle, provider="cpu", threads=1)
    for _ in build_catalogue(tiny_catalogue_folder, session, methods=("ig",)):
        pass
    path = map_catalogue(tiny_catalogue_folder, bundle, "ig")
    found = read_map(path, bundle.manifest.sha256)
    assert len(found.points) == 8
    assert {point.name for point in found.points} == {"No finding", "Pneumonia"}
    assert found.centroid_cases["Pneumonia"].startswith("case")
    assert any(point.severity for point in found.points)
    with pytest.raises(InferenceError, match="without the method 'cnn'"):
        map_catalogue(tiny_catalogue_folder, bundle, "cnn")
    for _ in build_catalogue(tiny_catalogue_folder, session, methods=("ig",)):
        pass
    assert path.is_file()  # indexing again leaves it
