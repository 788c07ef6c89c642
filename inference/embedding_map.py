"""The map of a catalogue: every case as a point, near those it resembles.

`kindred-train embedding-map` writes it beside the catalogue as JSON, with scikit-learn's t-SNE.
Where there is none, the viewer computes one itself (`embedding_projection.py`) and keeps the
places alone, by the checksum of what was projected (`kept_places`). A query has no point of its
own on a t-SNE map: `place_query` puts it among its nearest cases.
"""

import contextlib
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.errors import CatalogueError, ExportError
from inference.records import Distance, Neighbour

FORMAT = 1
MAX_BYTES = 64_000_000
MOST_KEPT = 20
"""Sets of places in the user's data folder; the oldest make room."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """One case.

    Attributes:
        case_id: In its catalogue or table.
        x, y: In [-1, 1].
        name: Of its class of the bundle; "" where unknown.
        severity: By column.
    """

    case_id: str
    x: float
    y: float
    name: str = ""
    severity: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.x) and math.isfinite(self.y)):
            raise ValueError(f"the place of {self.case_id} is not a number")


@dataclass(frozen=True, slots=True)
class EmbeddingMap:
    """A map and what it was made from.

    Attributes:
        bundle_sha256: Of the bundle whose embeddings were projected.
        method: Whose.
        points: All cases.
        centroid_cases: By class the case nearest to the mean of its embeddings.
        perplexity, seed: Of t-SNE.
    """

    bundle_sha256: str
    method: str
    points: tuple[MapPoint, ...]
    centroid_cases: dict[str, str]
    perplexity: float
    seed: int


def map_file(folder: Path, method: str) -> Path:
    """Where the map of a method lies, beside a catalogue's other files or in a report."""
    return folder / f"embedding-map-{method}.json"


def write_map(path: Path, found: EmbeddingMap) -> None:
    """Write a map, whole or not at all.

    Raises:
        ExportError: It cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"format": FORMAT, **asdict(found)}, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ExportError(path, f"{error.strerror or error}; choose another folder") from error


def read_map(path: Path, bundle_sha256: str) -> EmbeddingMap:
    """Read a map made with this bundle.

    Raises:
        CatalogueError: It is missing, damaged, of a newer format or of another bundle.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CatalogueError(path, "its map is too large to be one")
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise CatalogueError(path, "its map is of a newer version; update Kindred")
        found = EmbeddingMap(
            str(content["bundle_sha256"]),
            str(content["method"]),
            tuple(
                MapPoint(
                    str(one["case_id"]), float(one["x"]), float(one["y"]), str(one["name"]),
                    {str(name): float(value) for name, value in one["severity"].items()},
                )
                for one in content["points"]
            ),
            {str(name): str(case) for name, case in content["centroid_cases"].items()},
            float(content["perplexity"]),
            int(content["seed"]),
        )  # fmt: skip
    except FileNotFoundError as error:
        raise CatalogueError(
            path, "it has no map yet; make one with kindred-train embedding-map"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CatalogueError(path, "its map is damaged; make it again") from error
    if found.bundle_sha256 != bundle_sha256:
        raise CatalogueError(path, "its map was made with another bundle; make it again")
    return found


def place_query(found: EmbeddingMap, neighbours: Sequence[Neighbour]) -> tuple[float, float] | None:
    """Where a query belongs: among its nearest cases, the nearer the heavier.

    Not a projection of the query, and the viewer says so. Weights are exp(-d / d1), with d1
    the nearest case's distance.

    Args:
        found: The map.
        neighbours: Of the query, the nearest first; those that are not on the map do not count.

    Returns:
        (x, y), or None where no neighbour is on the map.
    """
    places = {point.case_id: (point.x, point.y) for point in found.points}
    known = [one for one in neighbours if one.case.case_id in places]
    if not known:
        return None
    distances = np.array([one.distance for one in known])
    nearest = float(distances.min())
    if nearest <= 0:
        weights = (distances <= 0).astype(np.float64)
    else:
        weights = np.exp(1 - distances / nearest)
    x, y = np.average([places[one.case.case_id] for one in known], axis=0, weights=weights)
    return float(x), float(y)


def places_key(embeddings: NDArray[np.floating], distance: Distance) -> str:
    """What places depend on, as a hex SHA-256: another catalogue or method has another."""
    digest = hashlib.sha256(f"t-SNE 1 {distance} {embeddings.shape}".encode())
    digest.update(np.ascontiguousarray(embeddings, "<f4").data)
    return digest.hexdigest()


def kept_places(folder: Path, key: str, count: int) -> NDArray[np.float64] | None:
    """Places that were kept, (count, 2) in [-1, 1]; None where there are none that fit."""
    with contextlib.suppress(OSError, ValueError, EOFError):
        path = folder / f"{key}.npy"
        if path.stat().st_size > MAX_BYTES:
            return None
        places = np.load(path, allow_pickle=False)
        is_sound = places.shape == (count, 2) and places.dtype == np.float64
        if is_sound and np.isfinite(places).all() and np.abs(places).max() <= 1:
            return np.asarray(places)
    return None


def keep_places(folder: Path, key: str, places: NDArray[np.float64]) -> None:
    """Keep places for the next time, whole or not at all; where that fails, nothing is lost."""
    partial = folder / f"{key}.partial"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            np.save(stream, np.asarray(places, np.float64), allow_pickle=False)
        partial.replace(folder / f"{key}.npy")
        kept = sorted(folder.glob("*.npy"), key=lambda one: one.stat().st_mtime)
        for path in kept[:-MOST_KEPT]:
            path.unlink()
