"""Search at 10³ to 10⁶ cases: build time, memory, latency and recall, of several indexes.

    python -m tests.benchmarks.search_scale [--counts 1000 10000 100000 1000000]
        [--real EMBEDDINGS.npy] [--plot FILE.png] [--json FILE]

Vectors of 1,024 numbers in clusters: 1,000 centres on the unit sphere, each case one of them
plus noise as long as the centre, at least 0 as after a ReLU. With `--real` the
centres are every other row of a file of real embeddings, rotated into 1,024 numbers; noise is as
long as the median distance of a row to its nearest. These rows are among the cases as they are,
once each, and of the others, around which there is no cluster, a fifth is among the queries. The
other queries are drawn as the cases are.

Noise has 16 directions of its own (`--directions`): several times as many as the real embeddings
have around any of them, which is 3 to 5 (maximum likelihood over 10 to 40 nearest, Levina & Bickel
2004), and with more of them search is harder for every index.

Every index runs in a process of its own, so that its resident memory can be told; it searches
the same 500 queries one by one with one thread. Building takes two threads; its time and that of a
search are told by the clock and as processor time, which other programs on the machine lengthen
less. Recall@10 is against exact distances. The vectors lie in a file that is mapped, as a
catalogue's are: indexes that keep a copy pay for it. "As in a catalogue" is the program's own code,
from choosing the axes to the final order.

Source: Malkov & Yashunin 2018 (HNSW), settings M and efConstruction as in its section 4.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.graph_space import GraphSpace, principal_axes
from inference.neighbour_index import NeighbourSearch, read_graph, write_graph
from tests.benchmarks.measuring import table

LENGTH = 1024
CLUSTERS = 1000
DIRECTIONS = 16
ASKED, FIRST = 99, 100  # seeds: of the queries, and of the first of the cases
QUERIES = 500
K = 10
CHUNK = 50_000

Vectors = NDArray[np.float32]


def draw(count: int, seed: int, real: Vectors | None, among: int = DIRECTIONS) -> Vectors:
    """So many vectors; the clusters are the same for every seed."""
    fixed = np.random.default_rng(0)
    generator = np.random.default_rng(seed)
    directions = fixed.normal(size=(among, LENGTH)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    noise = generator.normal(size=(count, among)).astype(np.float32) / among**0.5
    if real is None:
        centres = fixed.normal(size=(CLUSTERS, LENGTH)).astype(np.float32)
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        chosen = centres[generator.integers(0, CLUSTERS, count)]
        return np.maximum(chosen + noise @ directions, 0)
    rotation, _ = np.linalg.qr(fixed.normal(size=(LENGTH, real.shape[1])))
    rotated: Vectors = real @ rotation.T.astype(np.float32)
    centres, cases, queries = rotated[::3], rotated[1::3], rotated[2::3]
    apart = exact(centres, centres)[:, 1]  # each one's nearest other
    reach = float(np.median(np.linalg.norm(centres - centres[apart], axis=1)))
    chosen = centres[generator.integers(0, len(centres), count)]
    vectors: Vectors = chosen + reach * (noise @ directions)
    if seed in (FIRST, ASKED):
        own = (cases if seed == FIRST else queries[:: len(queries) // 50])[: count // 2]
        vectors[: len(own)] = own
    return vectors


def exact(vectors: Vectors, queries: Vectors) -> NDArray[np.int64]:
    """(n, K) rows of the nearest, in float32 by blocks and ordered in float64."""
    best: list[NDArray[np.int64]] = []
    distances: list[NDArray[np.float64]] = []
    for start in range(0, len(vectors), CHUNK):
        part = np.asarray(vectors[start : start + CHUNK])
        squares = (part.astype(np.float64) ** 2).sum(1)
        found = squares[None] - 2 * (queries @ part.T).astype(np.float64)
        keep = np.argpartition(found, min(4 * K, len(part) - 1), axis=1)[:, : 4 * K]
        best.append(keep + start)
        distances.append(np.take_along_axis(found, keep, axis=1))
    rows, values = np.concatenate(best, axis=1), np.concatenate(distances, axis=1)
    return np.take_along_axis(rows, np.argsort(values, axis=1)[:, :K], axis=1)


def resident_mb() -> float:
    """Memory that is the process's own: anonymous, without mapped files."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    found = [line for line in text.splitlines() if line.startswith("RssAnon")]
    return int(found[0].split()[1]) / 1024


Search = Callable[[Vectors], NDArray[np.integer]]


def build_exact(vectors: Vectors, scratch: Path) -> dict[str, Search]:
    """All distances by BLAS, block by block, as below the catalogue's limit."""
    squares = np.concatenate(
        [(vectors[i : i + CHUNK] ** 2).sum(1) for i in range(0, len(vectors), CHUNK)]
    )

    def search(query: Vectors) -> NDArray[np.integer]:
        products = np.concatenate(
            [vectors[i : i + CHUNK] @ query for i in range(0, len(vectors), CHUNK)]
        )
        found = squares - 2 * products
        keep = np.argpartition(found, min(K, len(found) - 1))[:K]
        return keep[np.argsort(found[keep])]

    return {"exact": search}


def build_hnswlib(vectors: Vectors, scratch: Path, m: int) -> dict[str, Search]:
    """Full vectors inside the graph."""
    import hnswlib

    index = hnswlib.Index(space="l2", dim=vectors.shape[1])
    index.init_index(len(vectors), M=m, ef_construction=200, random_seed=1)
    for start in range(0, len(vectors), CHUNK):
        index.add_items(vectors[start : start + CHUNK], num_threads=2)
    return {
        f"hnswlib M {m}, ef {ef}": _hnswlib_search(index, ef)
        for ef in (50, 100, 200, 400, 800, 1600)
    }


def _hnswlib_search(index: Any, ef: int) -> Search:
    def search(query: Vectors) -> NDArray[np.integer]:
        index.set_ef(ef)
        rows: NDArray[np.integer] = index.knn_query(query, k=K, num_threads=1)[0][0]
        return rows

    return search


def build_as_in_a_catalogue(vectors: Vectors, scratch: Path) -> dict[str, Search]:
    """A graph of principal axes, written, read and searched by the program itself."""
    space = GraphSpace(vectors.shape[1], "l2", principal_axes(vectors, "l2"))
    path = scratch / "index.hnsw"
    for _ in write_graph(path, vectors, space):
        pass
    search = NeighbourSearch(vectors, "l2", graph=read_graph(path, len(vectors), space))
    what = "whole" if space.axes is None else f"{space.dimension} axes"
    return {f"as in a catalogue, {what}": lambda query: search.nearest(query, K)[0]}


def build_reduced(vectors: Vectors, scratch: Path, m: int) -> dict[str, Search]:
    """The same axes with other settings; candidates are ordered by the mapped vectors."""
    import hnswlib

    space = GraphSpace(vectors.shape[1], "l2", principal_axes(vectors, "l2"))
    index = hnswlib.Index(space=space.hnsw_space, dim=space.dimension)
    index.init_index(len(vectors), M=m, ef_construction=200, random_seed=1)
    for start in range(0, len(vectors), CHUNK):
        index.add_items(space.place(vectors[start : start + CHUNK]), num_threads=2)

    def searching(ef: int, candidates: int) -> Search:
        def search(query: Vectors) -> NDArray[np.integer]:
            index.set_ef(ef)
            wanted = min(candidates, len(vectors))
            rows = index.knn_query(space.place(query[None]), k=wanted, num_threads=1)[0][0]
            rows = np.sort(rows.astype(np.int64))
            difference = vectors[rows] - query
            return rows[np.argsort((difference * difference).sum(1), kind="stable")[:K]]

        return search

    return {
        f"hnswlib of {space.dimension} numbers, M {m}, ef {ef}, {n} re-ranked": searching(ef, n)
        for ef, n in ((100, 50), (200, 50), (200, 200), (400, 100), (400, 400))
    }


def build_faiss(vectors: Vectors, scratch: Path, half: bool) -> dict[str, Search]:
    """The peer, whole or with vectors of half precision."""
    import faiss

    faiss.omp_set_num_threads(2)
    length = vectors.shape[1]
    if half:
        index = faiss.IndexHNSWSQ(length, faiss.ScalarQuantizer.QT_fp16, 16)
        index.train(vectors[:1000])
    else:
        index = faiss.IndexHNSWFlat(length, 16)
    index.hnsw.efConstruction = 200
    for start in range(0, len(vectors), CHUNK):
        index.add(vectors[start : start + CHUNK])
    faiss.omp_set_num_threads(1)

    def searching(ef: int) -> Search:
        def search(query: Vectors) -> NDArray[np.integer]:
            index.hnsw.efSearch = ef
            rows: NDArray[np.integer] = index.search(query[None], K)[1][0]
            return rows

        return search

    name = "faiss HNSW, float16" if half else "faiss HNSW"
    return {f"{name}, ef {ef}": searching(ef) for ef in (100, 200)}


def build_usearch(vectors: Vectors, scratch: Path) -> dict[str, Search]:
    """Another peer, with vectors of half precision; the catalogue's settings."""
    from usearch.index import Index

    index = Index(
        ndim=vectors.shape[1], metric="l2sq", dtype="f16", connectivity=16,
        expansion_add=200, expansion_search=200,
    )  # fmt: skip
    for start in range(0, len(vectors), CHUNK):
        part = np.asarray(vectors[start : start + CHUNK])
        index.add(np.arange(start, start + len(part)), part, threads=2)

    def searching(ef: int) -> Search:
        def search(query: Vectors) -> NDArray[np.integer]:
            index.expansion_search = ef
            rows: NDArray[np.integer] = index.search(query, K, threads=1).keys.astype(np.int64)
            return rows

        return search

    return {f"usearch, float16, M 16, ef {ef}": searching(ef) for ef in (100, 200, 400)}


BUILDERS: dict[str, Callable[[Vectors, Path], dict[str, Search]]] = {
    "exact": build_exact,
    "hnswlib 16": lambda vectors, scratch: build_hnswlib(vectors, scratch, 16),
    "hnswlib 24": lambda vectors, scratch: build_hnswlib(vectors, scratch, 24),
    "catalogue": build_as_in_a_catalogue,
    "reduced 16": lambda vectors, scratch: build_reduced(vectors, scratch, 16),
    "reduced 32": lambda vectors, scratch: build_reduced(vectors, scratch, 32),
    "usearch half": build_usearch,
    "faiss": lambda vectors, scratch: build_faiss(vectors, scratch, False),
    "faiss half": lambda vectors, scratch: build_faiss(vectors, scratch, True),
}


def measure(builder: str, folder: Path, answers: Any) -> None:
    """In a process of its own: build, then search; one row for each setting."""
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    queries = np.load(folder / "queries.npy")
    truth = np.load(folder / "truth.npy")
    before = resident_mb()
    start, worked = time.perf_counter(), time.process_time()
    searches = BUILDERS[builder](vectors, folder)
    seconds, processor = time.perf_counter() - start, time.process_time() - worked
    memory = resident_mb() - before
    used = queries if len(vectors) < 500_000 or builder != "exact" else queries[:50]
    for name, search in searches.items():
        for query in used[:20]:
            search(query)
        times, busy, hits = [], [], 0
        for query, expected in zip(used, truth, strict=False):
            begin, worked = time.perf_counter(), time.thread_time()
            rows = search(query)
            busy.append((time.thread_time() - worked) * 1e3)
            times.append((time.perf_counter() - begin) * 1e3)
            # By distance, not by row: of equals it does not matter which is found.
            furthest = np.linalg.norm(vectors[expected[-1]] - query) * (1 + 1e-5)
            found = np.linalg.norm(vectors[np.unique(rows)] - query, axis=1)
            hits += int((found <= furthest).sum())
        answers.put({
            "index": name, "cases": len(vectors), "build_s": seconds,
            "build_cpu_s": processor, "memory_mb": memory,
            "p50_ms": statistics.median(times), "p99_ms": float(np.percentile(times, 99)),
            "p99_cpu_ms": float(np.percentile(busy, 99)),
            "recall_at_10": hits / (K * len(used)),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        })  # fmt: skip
    answers.put(None)


DRAWN = (
    "as in a catalogue", "exact", "hnswlib M 16, ef 400", "faiss HNSW, ef 200",
    "faiss HNSW, float16, ef 200", "usearch, float16, M 16, ef 400",
)  # fmt: skip


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """How build time, memory and latency grow with the cases, and what is found."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 3.6), layout="constrained")
    panels = figure.subplots(1, 4)
    titles = {
        "build_cpu_s": ("build, s of one core", 1e-2),
        "memory_mb": ("memory, MB", 1.0),
        "p99_cpu_ms": ("p99 of a search, ms of one core", 1e-2),
        "recall_at_10": ("recall@10", 0.0),
    }
    for axes, (key, (title, least)) in zip(panels, titles.items(), strict=True):
        for name in DRAWN:
            mine = [row for row in rows if row["index"].startswith(name)]
            axes.plot([row["cases"] for row in mine], [max(row[key], least) for row in mine],
                      marker="o", markersize=3, linewidth=1, label=name)  # fmt: skip
        axes.set(title=title, xlabel="cases", xscale="log", yscale="log" if least else "linear")
        axes.grid(visible=True, alpha=0.3)
    panels[2].axhline(5, color="black", linewidth=0.8, linestyle=":")
    panels[3].axhline(0.99, color="black", linewidth=0.8, linestyle=":")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=6,
                  fontsize=8)  # fmt: skip
    figure.savefig(path, dpi=100)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", type=int, nargs="+", default=[10**n for n in (3, 4, 5, 6)])
    parser.add_argument("--index", nargs="+", default=list(BUILDERS), choices=list(BUILDERS))
    parser.add_argument("--real", type=Path)
    parser.add_argument("--directions", type=int, default=DIRECTIONS)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    real = None if options.real is None else np.load(options.real).astype(np.float32)
    among = options.directions
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of the processes that are started
    context = multiprocessing.get_context("spawn")
    rows: list[dict[str, Any]] = []
    for count in options.counts:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            vectors = np.lib.format.open_memmap(
                folder / "vectors.npy", "w+", np.float32, (count, LENGTH)
            )
            for start in range(0, count, CHUNK):
                part = min(CHUNK, count - start)
                vectors[start : start + part] = draw(part, FIRST + start, real, among)
            vectors.flush()
            queries = draw(QUERIES, ASKED, real, among)
            np.save(folder / "queries.npy", queries)
            np.save(folder / "truth.npy", exact(vectors, queries))
            del vectors
            for builder in options.index:
                answers = context.Queue()
                process = context.Process(target=measure, args=(builder, folder, answers))
                process.start()
                while (row := answers.get()) is not None:
                    rows.append(row)
                    print(row, flush=True)
                process.join()
                if options.json is not None:
                    options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(table(
        ("cases", "index", "build s", "build CPU s", "memory MB", "p50 ms", "p99 ms", "p99 CPU ms",
         "recall@10"),
        [(f"{row['cases']:,}", row["index"], f"{row['build_s']:.1f}",
          f"{row['build_cpu_s']:.1f}", f"{row['memory_mb']:,.0f}",
          f"{row['p50_ms']:.2f}", f"{row['p99_ms']:.2f}", f"{row['p99_cpu_ms']:.2f}",
          f"{row['recall_at_10']:.4f}")
         for row in rows],
    ))  # fmt: skip
    if options.plot is not None:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
