"""Embeddings in two dimensions, by t-SNE: for the report's figure and the viewer's map.

Deterministic: a fixed seed, a start from principal components, and cases in the order of
their ids. Distances on the map are those of neighbours only: how far apart two groups lie, and
how wide they are, means nothing.

Source: van der Maaten & Hinton 2008; Hu, Vasu & Hoogs 2021, figure 1 (with each class's image
    nearest to its centroid).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inference.catalogue import Catalogue
from inference.catalogue_store import find_store
from inference.embedding_map import EmbeddingMap, MapPoint, map_file, write_map
from inference.errors import CatalogueError, InferenceError
from inference.feature_similarity import unit
from inference.model_bundle import Bundle
from inference.neighbour_index import distances_between
from inference.records import Distance

PERPLEXITY = 30.0
_COMPONENTS = 50  # more are noise to t-SNE, and slow
_COLOURS = ("#3b6fb6", "#c8553d", "#5f9e6e", "#8a63b3", "#b98a2f", "#4d9fa8")
_UNKNOWN = "#b5b5b5"


def project(
    embeddings: NDArray[np.floating], distance: Distance, *, seed: int = 0
) -> tuple[NDArray[np.float64], float]:
    """Place embeddings in two dimensions.

    Args:
        embeddings: (n, length), finite.
        distance: "cosine" embeddings are brought to unit length first, which orders their
            distances as cosines do; "ssim" is projected by its pixels.
        seed: Of t-SNE.

    Returns:
        (n, 2) in [-1, 1], and the perplexity: 30, or less where there are few cases.

    Raises:
        ValueError: An embedding is not finite.
    """
    values = np.asarray(embeddings, np.float64)
    if not np.isfinite(values).all():
        raise ValueError("embeddings hold numbers that are not finite")
    count = len(values)
    if distance == "cosine":
        values = np.stack([unit(one) for one in values])
    perplexity = min(PERPLEXITY, (count - 1) / 3)
    if count < 4 or float(np.ptp(values, axis=0).max()) == 0:
        return _on_a_circle(count), perplexity  # nothing to tell apart
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    components = min(_COMPONENTS, *values.shape)
    reduced = PCA(components, svd_solver="full").fit_transform(values)
    reduced /= max(float(np.abs(reduced).max()), 1e-12)  # its start is scaled by the first's size
    init = "pca" if components >= 2 else "random"
    places = TSNE(
        2, perplexity=perplexity, init=init, random_state=seed, learning_rate="auto"
    ).fit_transform(reduced)
    places = np.asarray(places, np.float64)
    places -= (places.max(axis=0) + places.min(axis=0)) / 2
    return places / max(float(np.abs(places).max()), 1e-12), perplexity


def embedding_map(
    embeddings: NDArray[np.float32],
    distance: Distance,
    case_ids: Sequence[str],
    names: Sequence[str],
    severities: Sequence[dict[str, float]],
    *,
    bundle_sha256: str,
    method: str,
    seed: int = 0,
) -> EmbeddingMap:
    """The map of some cases; all sequences are in the order of the embeddings."""
    places, perplexity = project(embeddings, distance, seed=seed)
    points = tuple(
        MapPoint(case_id, round(float(x), 5), round(float(y), 5), name, dict(severity))
        for case_id, (x, y), name, severity in zip(case_ids, places, names, severities, strict=True)
    )
    centroids = {
        name: case_ids[nearest_to_centroid(embeddings, distance, np.array(names) == name)]
        for name in sorted(set(names) - {""})
    }
    return EmbeddingMap(bundle_sha256, method, points, centroids, perplexity, seed)


def nearest_to_centroid(
    embeddings: NDArray[np.float32], distance: Distance, chosen: NDArray[np.bool_]
) -> int:
    """The chosen row that is nearest to the mean of the chosen, by the method's distance."""
    rows = np.flatnonzero(chosen)
    values = embeddings[rows].astype(np.float64)
    if distance == "cosine":
        values = np.stack([unit(one) for one in values])
    centroid = values.mean(axis=0).astype(np.float32)
    return int(rows[distances_between(embeddings[rows], centroid, distance).argmin()])


def map_catalogue(folder: Path, bundle: Bundle, method: str, *, seed: int = 0) -> Path:
    """Compute a catalogue's map and put it beside the catalogue; return the file.

    Raises:
        CatalogueError: The folder has no catalogue of this bundle.
        InferenceError: It was indexed without the method, or has no cases.
    """
    catalogue = Catalogue.open(folder, bundle)
    try:
        if method not in catalogue.methods:
            raise InferenceError(
                f"The catalogue of {folder} was indexed without the method {method!r}; "
                f"it has {', '.join(catalogue.methods)}."
            )
        if not catalogue.count:
            raise InferenceError(f"The catalogue of {folder} has no cases to map.")
        store = find_store(catalogue.folder, bundle)
        if store is None:
            raise CatalogueError(folder, "it was removed meanwhile; index it again")
        cases = list(catalogue.cases())
        manifest = bundle.manifest
        classes = [manifest.class_of(case.findings) for case in cases]
        found = embedding_map(
            np.array(catalogue.embeddings(method)),
            manifest.methods[method].distance,
            [case.case_id for case in cases],
            ["" if one is None else manifest.classes[one].name for one in classes],
            [case.severity for case in cases],
            bundle_sha256=manifest.sha256,
            method=method,
            seed=seed,
        )
    finally:
        catalogue.close()
    path = map_file(store, method)
    write_map(path, found)
    return path


def map_figure(found: EmbeddingMap) -> Figure:
    """The map as a plot, coloured by class, with the centroids' nearest cases starred."""
    plot = Figure(figsize=(6.4, 5.2), layout="constrained")
    axes = plot.add_subplot()
    known = sorted({point.name for point in found.points} - {""})
    colours = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(known)}
    for name in ("", *known):
        points = [point for point in found.points if point.name == name]
        if points:
            axes.scatter(
                [point.x for point in points],
                [point.y for point in points],
                s=10,
                color=colours.get(name, _UNKNOWN),
                label=f"{name or 'not known'} ({len(points)})",
            )
    starred = {case_id: name for name, case_id in found.centroid_cases.items()}
    for point in found.points:
        if point.case_id in starred:
            axes.scatter(
                point.x, point.y, s=220, marker="*", color=colours[starred[point.case_id]],
                edgecolor="black", zorder=3,
            )  # fmt: skip
    axes.set(xticks=[], yticks=[], xlim=(-1.08, 1.08), ylim=(-1.08, 1.08))
    axes.legend(fontsize=8, loc="best")
    return plot


def _on_a_circle(count: int) -> NDArray[np.float64]:
    angles = 2 * np.pi * np.arange(count) / max(1, count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)
