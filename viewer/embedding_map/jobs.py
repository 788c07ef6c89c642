"""The map of a catalogue in the background, as plain generators that know nothing of Qt.

    map_job        catalogue, method     -> MapContent, then Projection, ever better
    place_job      analysis, method      -> QueryOnMap
    thumbnail_job  case, row             -> MapThumbnail

Places are found once: kept ones, and a map that `kindred-train embedding-map` put beside the
catalogue, are used where they belong to exactly what the catalogue holds now.
"""

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from inference.bundle_store import user_data_folder
from inference.catalogue import Catalogue
from inference.catalogue_manifest import MANIFEST_NAME
from inference.catalogue_store import find_store
from inference.embedding_map import (
    keep_places,
    kept_places,
    map_file,
    places_key,
    read_map,
)
from inference.embedding_projection import FEWEST, MOST, Projection, project
from inference.errors import CatalogueError, InferenceError
from inference.feature_similarity import unit
from inference.model_bundle import Bundle
from inference.neighbour_index import distances_between
from inference.pipeline import Analysis, Engine
from inference.records import CaseRecord, Distance, Neighbour
from inference.safe_reading import read_aside
from viewer.pane.thumbnail import thumbnail
from viewer.translation import tr

MOST_FINDINGS = 6
"""Told apart by shape and colour; the rest is "other"."""

_NEAREST = 10  # of the query, that its place is between
_THUMBNAIL = 224


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """One way of telling the cases apart.

    Attributes:
        title: What by, such as "Finding".
        names: Of the groups.
        group: (n,) int, the group of each case; -1 where nothing is known.
        starred: By group the row that is nearest to the mean of its embeddings.
    """

    title: str
    names: tuple[str, ...]
    group: NDArray[np.int64] = field(repr=False)
    starred: dict[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """A number of the cases.

    Attributes:
        title: Such as "severity extent".
        values: (n,) float64; not a number where it is not known.
    """

    title: str
    values: NDArray[np.float64] = field(repr=False)

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest."""
        return float(np.nanmin(self.values)), float(np.nanmax(self.values))


@dataclass(frozen=True, slots=True, eq=False)
class MapContent:
    """What is on the map, without its places.

    Attributes:
        cases: By row.
        groupings: At least one; its stars are shown with scales too.
        scales: Empty where no case has any severity.
        method, title: Whose embeddings.
        total: Cases of the catalogue; more than `cases` where only some are shown.
    """

    cases: tuple[CaseRecord, ...] = field(repr=False)
    groupings: tuple[Grouping, ...]
    scales: tuple[Scale, ...]
    method: str
    title: str
    total: int


@dataclass(frozen=True, slots=True)
class QueryOnMap:
    """Where the query belongs.

    Attributes:
        row: It is this very case; None where it is none of them.
        neighbours: Its nearest cases, among which it is placed otherwise.
    """

    row: int | None
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MapThumbnail:
    """A case, small. `problem` says why there is no picture."""

    row: int
    picture: QImage | None = field(repr=False)
    problem: str = ""


def maps_folder() -> Path:
    """Where places are kept."""
    return user_data_folder() / "maps"


def map_job(
    catalogue: Catalogue, bundle: Bundle, method: str, folder: Path | None = None
) -> Generator[MapContent | Projection, None, None]:
    """The cases, then their places.

    Args:
        catalogue: To be mapped.
        bundle: It was indexed with.
        method: Whose embeddings.
        folder: Where places are kept; None: `maps_folder`.

    Raises:
        InferenceError: There are too few cases, or it was indexed without the method.
    """
    folder = folder or maps_folder()
    if method not in catalogue.methods:
        raise CatalogueError(
            catalogue.folder, f"it was indexed without the method {method}; index it again"
        )
    if catalogue.count < FEWEST:
        raise InferenceError(
            tr("A map needs at least {few} cases, and this catalogue has {count}.").format(
                few=FEWEST, count=catalogue.count
            )
        )
    manifest = bundle.manifest
    rows = np.arange(catalogue.count)
    if catalogue.count > MOST:
        rows = np.linspace(0, catalogue.count - 1, MOST).round().astype(np.int64)
    wanted = set(rows.tolist())
    cases = tuple(case for row, case in enumerate(catalogue.cases()) if row in wanted)
    embeddings = np.asarray(catalogue.embeddings(method)[rows])
    distance = manifest.methods[method].distance
    classes = [manifest.class_of(case.findings) for case in cases]
    groupings = (
        _grouping(
            tr("Class"),
            [None if one is None else manifest.classes[one].name for one in classes],
            tuple(one.name for one in manifest.classes),
            embeddings,
            distance,
        ),
        _by_finding(cases, embeddings, distance),
    )
    title = manifest.methods[method].title
    yield MapContent(cases, groupings, _scales(cases), method, title, catalogue.count)
    known = _written_places(catalogue, bundle, method, cases)
    key = places_key(embeddings, distance)
    if known is None:
        known = kept_places(folder, key, len(cases))
    if known is not None:
        yield Projection(known, 1, 1, True)
        return
    for step in project(embeddings, distance):
        if step.is_final:
            keep_places(folder, key, step.places)
        yield step


def place_job(
    analysis: Analysis, engine: Engine, method: str, cases: Sequence[CaseRecord]
) -> Generator[QueryOnMap, None, None]:
    """Which case the query is, or which are nearest to it by the map's method.

    Raises:
        InferenceError: As the search.
    """
    catalogue = engine.catalogue
    assert catalogue is not None
    assert analysis.radiograph is not None
    assert analysis.model_input is not None
    rows = {case.case_id: row for row, case in enumerate(cases)}
    same = catalogue.find_query(analysis.path, analysis.radiograph.pixel_sha256)
    if same is not None and same.case_id in rows:
        yield QueryOnMap(rows[same.case_id], ())
        return
    embedding = analysis.embedding
    if method != analysis.method or embedding is None:
        output = engine.session.run(analysis.model_input.tensor, (method,))
        embedding = output.embeddings[method]
    is_all = len(cases) == catalogue.count
    found = catalogue.nearest(
        embedding,
        method=method,
        k=_NEAREST,
        where=None if is_all else lambda case: case.case_id in rows,
    )
    yield QueryOnMap(None, found)


def thumbnail_job(row: int, case: CaseRecord) -> Generator[MapThumbnail, None, None]:
    """A case's radiograph, small."""
    try:
        yield MapThumbnail(row, thumbnail(read_aside(case.path), _THUMBNAIL))
    except InferenceError as error:
        yield MapThumbnail(row, None, str(error))


def _grouping(
    title: str,
    of_case: Sequence[str | None],
    names: tuple[str, ...],
    embeddings: NDArray[np.float32],
    distance: Distance,
) -> Grouping:
    present = tuple(name for name in names if name in of_case)
    number = {name: index for index, name in enumerate(present)}
    group = np.array([-1 if one is None else number[one] for one in of_case], np.int64)
    starred = {
        index: _nearest_to_centre(embeddings, distance, np.flatnonzero(group == index))
        for index in range(len(present))
    }
    return Grouping(title, present, group, starred)


def _by_finding(
    cases: Sequence[CaseRecord], embeddings: NDArray[np.float32], distance: Distance
) -> Grouping:
    """By the most frequent findings; a case with several of them by the rarest, which says more."""
    counted = Counter(finding for case in cases for finding in set(case.findings))
    ordered = [name for name, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
    shown, other = ordered[:MOST_FINDINGS], tr("other findings")

    def of(case: CaseRecord) -> str | None:
        if not case.findings:
            return None
        own = [name for name in shown if name in case.findings]
        return own[-1] if own else other

    names = (*shown, *([other] if len(ordered) > MOST_FINDINGS else []))
    return _grouping(tr("Finding"), [of(case) for case in cases], names, embeddings, distance)


def _scales(cases: Sequence[CaseRecord]) -> tuple[Scale, ...]:
    columns = sorted({name for case in cases for name in case.severity})
    return tuple(
        Scale(
            name.replace("_", " "),
            np.array([case.severity.get(name, np.nan) for case in cases], np.float64),
        )
        for name in columns
    )


def _nearest_to_centre(
    embeddings: NDArray[np.float32], distance: Distance, rows: NDArray[np.int64]
) -> int:
    values = embeddings[rows].astype(np.float64)
    if distance == "cosine":
        values = np.stack([unit(one) for one in values])
    centre = values.mean(axis=0).astype(np.float32)
    return int(rows[distances_between(embeddings[rows], centre, distance).argmin()])


def _written_places(
    catalogue: Catalogue, bundle: Bundle, method: str, cases: Sequence[CaseRecord]
) -> NDArray[np.float64] | None:
    """Of a map beside the catalogue, where it is younger than it and of the same cases."""
    store = find_store(catalogue.folder, bundle)
    if store is None:
        return None
    path = map_file(store, method)
    try:
        if path.stat().st_mtime < (store / MANIFEST_NAME).stat().st_mtime:
            return None
        found = read_map(path, bundle.manifest.sha256)
    except (OSError, CatalogueError):
        return None
    if [point.case_id for point in found.points] != [case.case_id for case in cases]:
        return None
    return np.array([(point.x, point.y) for point in found.points])
