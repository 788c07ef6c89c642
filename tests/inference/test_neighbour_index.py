"""Neighbours against plain loops, and no forged graph reaches hnswlib."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.hnsw_file import M, graph_problem
from inference.neighbour_index import (
    SSIM_SIDE,
    GraphRows,
    GraphSpace,
    HnswGraph,
    NeighbourSearch,
    distances_between,
    extend_graph,
    read_graph,
    ssim_distances,
    write_graph,
)
from inference.records import Distance

Vectors = NDArray[np.float32]


def clustered(count: int, length: int, seed: int = 0) -> Vectors:
    """Vectors in clusters with spread inside, as embeddings of images are."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(20, length))
    chosen = generator.integers(0, 20, count)
    return (centres[chosen] + 0.5 * generator.normal(size=(count, length))).astype(np.float32)


def graph(path: Path, vectors: Vectors, distance: Distance) -> Path:
    space = GraphSpace(vectors.shape[1], distance)
    assert list(write_graph(path, vectors, space))[-1] == len(vectors)
    return path


def plain_distance(a: Vectors, b: Vectors, distance: Distance) -> float:
    if distance == "l2":
        return math.sqrt(math.fsum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)))
    dot = math.fsum(float(x) * float(y) for x, y in zip(a, b, strict=True))
    lengths = math.hypot(*map(float, a)) * math.hypot(*map(float, b))
    return 1.0 - dot / lengths if lengths else 1.0


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_exact_search_is_that_of_a_plain_loop(distance: Distance) -> None:
    vectors = clustered(300, 24)
    vectors[7] = 0.0
    search = NeighbourSearch(vectors, distance)
    for query in (vectors[3], clustered(1, 24, seed=9)[0], np.zeros(24, np.float32)):
        rows, distances = search.nearest(query, 10)
        plain = [plain_distance(one, query, distance) for one in vectors]
        expected = sorted(range(300), key=lambda row: (round(plain[row], 12), row))[:10]
        assert rows.tolist() == expected
        np.testing.assert_allclose(distances, [plain[row] for row in expected], atol=1e-9)


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_near_neighbours_far_from_the_origin_keep_their_order(distance: Distance) -> None:
    """In single precision, |a|² + |b|² - 2ab of these has no correct digit left."""
    generator = np.random.default_rng(2)
    base = 1000 + generator.normal(size=256)
    steps = np.linspace(0, 1, 200)[:, None] * generator.normal(size=256)
    vectors = (base + 0.1 * steps).astype(np.float32)
    rows, _ = NeighbourSearch(vectors, distance).nearest(vectors[0], 20)
    plain = [plain_distance(one, vectors[0], distance) for one in vectors]
    assert [plain[row] for row in rows] == pytest.approx(sorted(plain)[:20], abs=1e-12)


def test_ties_go_to_the_lower_row() -> None:
    vectors = np.repeat(clustered(4, 8), 50, axis=0)
    rows, distances = NeighbourSearch(vectors, "l2").nearest(vectors[60], 60)
    assert rows[:50].tolist() == list(range(50, 100))
    assert (distances[:50] == 0).all()


def test_k_are_returned_where_k_are_left_and_never_what_is_excluded(tmp_path: Path) -> None:
    vectors = clustered(500, 16)
    through = read_graph(graph(tmp_path / "g", vectors, "l2"), 500, GraphSpace(16, "l2"))
    allowed = np.zeros(500, np.bool_)
    allowed[::100] = True
    for search in (NeighbourSearch(vectors, "l2"), NeighbourSearch(vectors, "l2", graph=through)):
        near, _ = search.nearest(vectors[0], 40)
        rows, _ = search.nearest(vectors[0], 10, excluded=near.tolist())
        assert len(rows) == 10
        assert not set(rows) & set(near)
        assert set(search.nearest(vectors[0], 10, allowed=allowed)[0]) == set(range(0, 500, 100))
        assert len(search.nearest(vectors[0], 10, allowed=allowed, excluded=[100])[0]) == 4
        assert len(search.nearest(vectors[0], 1000)[0]) == 500
        assert len(search.nearest(vectors[0], 10, excluded=list(range(495)))[0]) == 5
        assert len(search.nearest(vectors[0], 10, excluded=list(range(500)))[0]) == 0


def test_wrong_queries_are_our_own_fault() -> None:
    search = NeighbourSearch(clustered(5, 8), "l2")
    for query, k in (
        (np.zeros(9, np.float32), 1),
        (np.full(8, np.nan, np.float32), 1),
        (np.zeros(8, np.float32), 0),
    ):
        with pytest.raises(ValueError):
            search.nearest(query, k)
    assert len(NeighbourSearch(np.empty((0, 8), np.float32), "l2").nearest(query, 3)[0]) == 0


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_the_graph_recalls_what_exhaustive_search_finds(tmp_path: Path, distance: Distance) -> None:
    """Recall@10 of the graph over 100 queries that are not in it: at least 0.99."""
    vectors = clustered(5000, 64)
    exact = NeighbourSearch(vectors, distance)
    path = graph(tmp_path / "g", vectors, distance)
    through = NeighbourSearch(
        vectors, distance, graph=read_graph(path, 5000, GraphSpace(64, distance))
    )
    found = 0
    noise = np.random.default_rng(5).normal(size=(100, 64)).astype(np.float32)
    for query in vectors[:100] + 0.5 * noise:
        rows, distances = exact.nearest(query, 10)
        others, other_distances = through.nearest(query, 10)
        found += len(set(rows) & set(others))
        if set(rows) == set(others):  # then the order and the figures are the same, too
            np.testing.assert_array_equal(rows, others)
            np.testing.assert_array_equal(distances, other_distances)
    assert found / 1000 >= 0.99


def test_the_same_embeddings_give_the_same_file(tmp_path: Path) -> None:
    vectors = clustered(700, 16)
    first = graph(tmp_path / "a", vectors, "cosine").read_bytes()
    assert graph(tmp_path / "b", vectors, "cosine").read_bytes() == first


@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_an_extended_graph_finds_what_exhaustive_search_finds(
    tmp_path: Path, distance: Distance
) -> None:
    """Extended three times, with cases removed and all rows in another order: recall 0.99."""
    generator = np.random.default_rng(11)
    everything = clustered(3000, 48)
    present = np.arange(1500)
    path, rows = graph(tmp_path / "0", everything[present], distance), 1500
    for step in range(1, 4):
        gone = generator.choice(present, 100, replace=False)
        following = np.arange(1000 + 500 * step, 1500 + 500 * step)
        after = generator.permutation(np.concatenate([np.setdiff1d(present, gone), following]))
        place = {int(one): row for row, one in enumerate(after)}
        kept = np.array([place.get(int(one), -1) for one in present])
        added = np.flatnonzero(~np.isin(after, present))
        changes = GraphRows(kept, added, rows - len(present))
        extended = tmp_path / str(step)
        steps = list(
            extend_graph(extended, path, changes, everything[after], GraphSpace(48, distance))
        )
        assert steps[-1] == len(after)
        rows += 500
        present, path = after, extended
        assert graph_problem(path, len(after), 48, rows) == ""
        assert graph_problem(path, len(after), 48) != ""
        assert changes.dead_share == pytest.approx((rows - len(after)) / rows)
    vectors = everything[present]
    exact = NeighbourSearch(vectors, distance)
    found = read_graph(path, len(present), GraphSpace(48, distance), rows)
    through = NeighbourSearch(vectors, distance, graph=found)
    hits = 0
    noise = generator.normal(size=(100, 48)).astype(np.float32)
    for query in vectors[:100] + 0.5 * noise:
        near = found.candidates(query, 10)
        assert near is not None
        assert near.max() < len(present)  # never a case that is gone
        hits += len(set(exact.nearest(query, 10)[0]) & set(through.nearest(query, 10)[0]))
    assert hits / 1000 >= 0.99


def test_a_graph_that_hides_cases_as_deleted_is_refused(tmp_path: Path) -> None:
    """A mark of deletion on a row that is a case, and one missing on a row that is none."""
    vectors = clustered(60, 8)
    earlier = graph(tmp_path / "earlier", vectors, "l2")
    kept = np.concatenate([np.arange(50), np.full(10, -1)])
    path = tmp_path / "extended"
    changes = GraphRows(kept, np.empty(0, np.int64), 0)
    assert list(extend_graph(path, earlier, changes, vectors[:50], GraphSpace(8, "l2"))) == [50]
    content = path.read_bytes()
    header, row_bytes = 96, 4 * (2 * M + 1) + 4 * 8 + 8
    assert graph_problem(path, 50, 8, 60) == ""
    for row in (3, 55):
        forged = bytearray(content)
        forged[header + row * row_bytes + 2] ^= 1
        path.write_bytes(forged)
        assert "deleted rows" in graph_problem(path, 50, 8, 60)


def test_ssim_is_scikit_images() -> None:
    from skimage.metrics import structural_similarity

    generator = np.random.default_rng(0)
    pictures = generator.random((5, SSIM_SIDE, SSIM_SIDE)).astype(np.float32)
    pictures[1] = (pictures[0] + 0.1 * pictures[1]).clip(0, 1)
    pictures[2], pictures[3] = 0.0, 1.0
    flat = pictures.reshape(5, -1)
    found = ssim_distances(flat, flat)
    for row, one in enumerate(pictures.astype(np.float64)):
        for column, other in enumerate(pictures.astype(np.float64)):
            expected = 1 - structural_similarity(other, one, data_range=1.0)
            assert found[row, column] == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(distances_between(flat, flat[1], "ssim"), found[1], atol=1e-12)
    rows, distances = NeighbourSearch(flat, "ssim").nearest(flat[1], 2)
    assert rows.tolist() == [1, 0]
    assert distances[0] == pytest.approx(0, abs=1e-12)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return graph(tmp_path_factory.mktemp("graph") / "sound", clustered(400, 16), "l2")


def test_a_sound_graph_has_no_problem_and_another_one_has(sound: Path) -> None:
    assert graph_problem(sound, 400, 16) == ""
    assert graph_problem(sound, 401, 16)
    assert graph_problem(sound, 400, 17)
    for count in (0, 1, 2):
        path = graph(sound.with_name(f"{count}"), clustered(count, 4), "l2") if count else None
        if path:
            assert graph_problem(path, count, 4) == ""


HEADER_NUMBERS = {
    "level 0 offset": 0,
    "capacity": 8,
    "count": 16,
    "row bytes": 24,
    "label offset": 32,
    "vector offset": 40,
    "top floor": 48,
    "entry": 52,
    "M": 56,
    "M0": 64,
    "construction M": 72,
}


@pytest.mark.parametrize("name", HEADER_NUMBERS)
@pytest.mark.parametrize("value", [0, 1, 5, 401, 2**31 - 1, 2**32 - 1])
def test_a_forged_header_is_refused_before_hnswlib_reads_it(
    sound: Path, tmp_path: Path, name: str, value: int
) -> None:
    content = bytearray(sound.read_bytes())
    before = bytes(content)
    struct.pack_into("<I", content, HEADER_NUMBERS[name], value)
    forged = tmp_path / "forged"
    forged.write_bytes(content)
    if bytes(content) == before:
        pytest.skip("this is what was there")
    if name == "entry" and not graph_problem(forged, 400, 16):
        pytest.skip("another row of the top floor is a sound entry")
    with pytest.raises(ValueError):
        read_graph(forged, 400, GraphSpace(16, "l2"))


def test_random_damage_is_refused_or_harmless(sound: Path, tmp_path: Path) -> None:
    """Whatever passes the check is searched: a crash would end the tests."""
    content = np.frombuffer(sound.read_bytes(), np.uint8)
    generator = np.random.default_rng(4)
    vectors = clustered(400, 16)
    refused = 0
    for number in range(150):
        damaged = content.copy()
        places = generator.integers(0, len(damaged), generator.integers(1, 20))
        damaged[places] = generator.integers(0, 256, len(places))
        if number % 3 == 0:
            damaged = damaged[: generator.integers(0, len(damaged))]
        path = tmp_path / f"{number}"
        path.write_bytes(damaged.tobytes())
        try:
            found = read_graph(path, 400, GraphSpace(16, "l2"))
        except ValueError:
            refused += 1
            continue
        rows, distances = NeighbourSearch(vectors, "l2", graph=found).nearest(vectors[5], 5)
        assert len(rows) == 5
        np.testing.assert_array_equal(distances, distances_between(vectors[rows], vectors[5], "l2"))
    assert refused > 50


def test_a_graph_in_islands_falls_back_to_exact_search(tmp_path: Path) -> None:
    """Very many equal rows make hnswlib find fewer than it was asked for."""
    vectors = np.repeat(clustered(3, 8), 400, axis=0)
    found = read_graph(graph(tmp_path / "g", vectors, "l2"), 1200, GraphSpace(8, "l2"))
    rows, distances = NeighbourSearch(vectors, "l2", graph=found).nearest(vectors[0], 450)
    assert len(rows) == 450
    assert (np.diff(distances) >= 0).all()


def test_a_graph_that_was_not_written_whole_is_an_error(tmp_path: Path) -> None:
    """hnswlib says nothing when the disk is full; a limit on file size stands for the disk."""
    resource = pytest.importorskip("resource")
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OSError):
            graph(tmp_path / "g", clustered(400, 16), "l2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_search_uses_the_graph_only_where_nothing_is_filtered(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read_graph(sound, 400, GraphSpace(16, "l2"))
    asked: list[int] = []
    candidates = HnswGraph.candidates

    def counting(self: HnswGraph, query: Vectors, k: int) -> NDArray[np.int64] | None:
        asked.append(k)
        return candidates(self, query, k)

    monkeypatch.setattr(HnswGraph, "candidates", counting)
    search = NeighbourSearch(clustered(400, 16), "l2", graph=found)
    query = clustered(1, 16, seed=3)[0]
    search.nearest(query, 4)
    search.nearest(query, 4, excluded=[1, 2])
    assert asked == [4, 6]
    search.nearest(query, 4, exact=True)
    search.nearest(query, 4, allowed=np.ones(400, np.bool_))
    assert asked == [4, 6]
