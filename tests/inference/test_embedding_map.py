"""The map's file: written, read, refused; and where a query goes on it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.embedding_map import (
    MOST_KEPT,
    EmbeddingMap,
    MapPoint,
    keep_places,
    kept_places,
    map_file,
    place_query,
    places_key,
    read_map,
    write_map,
)
from inference.errors import CatalogueError, ExportError
from inference.records import CaseRecord, Neighbour

FOUND = EmbeddingMap(
    "abc",
    "ig",
    (MapPoint("a", 0.5, -1, "Ill", {"extent": 2.5}), MapPoint("b", -0.5, 1)),
    {"Ill": "a"},
    12.5,
    7,
)


def neighbour(case_id: str, distance: float) -> Neighbour:
    return Neighbour(1, CaseRecord(case_id, Path(case_id)), distance, 0.5)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = map_file(tmp_path / "new", "cnn-ig")
    assert path.name == "embedding-map-cnn-ig.json"
    write_map(path, FOUND)
    assert read_map(path, "abc") == FOUND
    (tmp_path / "taken").write_text("")
    with pytest.raises(ExportError):
        write_map(map_file(tmp_path / "taken", "ig"), FOUND)


def test_what_is_no_map_of_this_bundle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    with pytest.raises(CatalogueError, match="no map yet"):
        read_map(path, "abc")
    write_map(path, FOUND)
    with pytest.raises(CatalogueError, match="another bundle"):
        read_map(path, "abd")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "format": 2}))
    with pytest.raises(CatalogueError, match="newer version"):
        read_map(path, "abc")
    content["points"][0]["x"] = float("nan")
    for damaged in ("", "[]", "{}", "null", json.dumps(content), '{"format": 1}', "\xff"):
        path.write_text(damaged, encoding="latin-1")
        with pytest.raises(CatalogueError, match="damaged"):
            read_map(path, "abc")


def test_a_query_goes_among_its_nearest() -> None:
    assert place_query(FOUND, [neighbour("a", 0), neighbour("b", 1)]) == (0.5, -1)
    assert place_query(FOUND, [neighbour("a", 2), neighbour("b", 2)]) == (0, 0)
    placed = place_query(FOUND, [neighbour("a", 1), neighbour("b", 3), neighbour("gone", 0.1)])
    assert placed is not None
    assert 0 < placed[0] < 0.5
    assert place_query(FOUND, [neighbour("gone", 1)]) is None
    assert place_query(replace(FOUND, points=()), []) is None


def test_places_are_kept_by_what_was_projected(tmp_path: Path) -> None:
    folder, values = tmp_path / "maps", np.arange(12, dtype=np.float32).reshape(6, 2)
    key = places_key(values, "l2")
    assert key == places_key(values.copy(), "l2")
    assert len({key, places_key(values, "cosine"), places_key(values + 1, "l2")}) == 3
    assert places_key(values.reshape(4, 3), "l2") != key
    assert kept_places(folder, key, 6) is None
    places = np.linspace(-1, 1, 12).reshape(6, 2)
    keep_places(folder, key, places)
    found = kept_places(folder, key, 6)
    assert found is not None
    np.testing.assert_array_equal(found, places)
    assert kept_places(folder, key, 7) is None
    file = folder / f"{key}.npy"
    for damaged in (b"", b"x", file.read_bytes()[:-9]):
        file.write_bytes(damaged)
        assert kept_places(folder, key, 6) is None
    for wrong in (places * 2, places * np.nan):
        keep_places(folder, key, wrong)
        assert kept_places(folder, key, 6) is None
    for number in range(MOST_KEPT + 5):
        keep_places(folder, f"{number}", places)
    assert len(list(folder.iterdir())) == MOST_KEPT
    (tmp_path / "file").write_text("")
    keep_places(tmp_path / "file", key, places)  # cannot be, and stops nothing
