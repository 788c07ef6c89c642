"""What `catalogue.json` says: which files are published, with their checksums, and what they are.

Its format has a number. An earlier one is read step by step, a later one is refused.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from inference.errors import CatalogueError
from inference.records import Distance

FORMAT = 3
"""Of `catalogue.json` and of what it names. An earlier one is read through `_STEPS`, and written
anew as this one by the next indexing; a later one is refused."""

MANIFEST_NAME = "catalogue.json"
MAX_MANIFEST_BYTES = 16_000_000

DERIVED_NAME = re.compile(r"(records|embeddings|index|axes)-.*\.(sqlite|npy|hnsw)")
"""Names of published files, all of which can be made again."""


class NewerCatalogueError(CatalogueError):
    """A catalogue that a later version of Kindred made: neither read nor replaced."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One published file: its plain name, size in bytes and hex SHA-256."""

    name: str
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        if not DERIVED_NAME.fullmatch(self.name) or "/" in self.name or "\\" in self.name:
            raise ValueError(f"not the name of a catalogue's file: {self.name!r}")
        if not _is_count(self.bytes):
            raise ValueError("bytes are counted")


@dataclass(frozen=True, slots=True)
class StoredGraph:
    """The published graph of one method.

    Attributes:
        index: hnswlib's file.
        rows: Of the graph, those included that are no cases any more.
        axes: (1 + kept, length) float32, the `PrincipalAxes` that it is of; None where it
            holds the embeddings whole.
        kept: How many axes; 0 without any.
    """

    index: StoredFile
    rows: int
    axes: StoredFile | None = None
    kept: int = 0

    def __post_init__(self) -> None:
        if not _is_count(self.rows) or not _is_count(self.kept):
            raise ValueError("rows and axes are counted")
        if (self.axes is None) != (self.kept == 0):
            raise ValueError("axes have a file")


@dataclass(frozen=True, slots=True)
class StoredMethod:
    """The published embeddings of one method.

    Attributes:
        embeddings: (cases, length) float32.
        graph: Of them, or None where the method has none.
        length: Numbers in an embedding.
        distance: How two are compared.
        typical: Median distance between two random cases; above 0.
        nearest_quantiles: Of the distances from cases to their nearest case of another
            patient, by quantile such as "0.95": how near is near here.
    """

    embeddings: StoredFile
    graph: StoredGraph | None
    length: int
    distance: Distance
    typical: float
    nearest_quantiles: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = (self.typical, *self.nearest_quantiles.values())
        if not all(isinstance(one, int | float) and math.isfinite(one) for one in numbers):
            raise ValueError("distances must be numbers")
        if self.typical <= 0 or self.distance not in get_args(Distance):
            raise ValueError("no such distance")
        if not _is_count(self.length) or self.length < 1:
            raise ValueError("lengths are counted")

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """All that there are."""
        of_graph = () if self.graph is None else (self.graph.index, self.graph.axes)
        return tuple(one for one in (self.embeddings, *of_graph) if one is not None)


@dataclass(frozen=True, slots=True)
class CatalogueManifest:
    """Everything `catalogue.json` says.

    Attributes:
        bundle_name: For the user.
        bundle_sha256: Of the bundle that made the embeddings.
        maker: `maker_of` that bundle, then.
        revision: Another one whenever what is published would be another.
        built: When, in ISO 8601, UTC.
        count: Cases.
        refused: Files that are no cases.
        records: The cases' file.
        methods: By name.
        notes: Sentences for the user on the labels table.
    """

    bundle_name: str
    bundle_sha256: str
    maker: str
    revision: str
    built: str
    count: int
    refused: int
    records: StoredFile
    methods: dict[str, StoredMethod]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        texts = (self.bundle_name, self.bundle_sha256, self.maker, self.revision, *self.notes)
        if not all(isinstance(one, str) for one in texts):
            raise ValueError("names and notes are texts")
        if not _is_count(self.count) or not _is_count(self.refused):
            raise ValueError("cases are counted")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40


def manifest_text(manifest: CatalogueManifest) -> bytes:
    """What `catalogue.json` holds for a state."""
    content = asdict(manifest)
    whole = {"format": FORMAT, "checksum": _checksum(content), **content}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode()


def manifest_sha256(store: Path) -> str:
    """Hex SHA-256 of what is published as it lies there; "" where nothing can be read."""
    try:
        return hashlib.sha256((store / MANIFEST_NAME).read_bytes()).hexdigest()
    except OSError:
        return ""


def read_manifest(store: Path, folder: Path) -> CatalogueManifest:
    """Read what is published.

    Raises:
        CatalogueError: Nothing is, or it is damaged or of a newer format.
    """
    path = store / MANIFEST_NAME
    damaged = f"its {MANIFEST_NAME} is damaged; index the folder again to repair it"
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise CatalogueError(folder, damaged)
        content = json.loads(path.read_bytes())
        format_number = content.pop("format")
        if not isinstance(format_number, int) or isinstance(format_number, bool):
            raise CatalogueError(folder, damaged)
        if format_number > FORMAT:
            raise NewerCatalogueError(
                folder,
                f"it has format {format_number}, and this version reads up to {FORMAT}; "
                "update Kindred",
            )
        if content.pop("checksum") != _checksum(content):
            raise CatalogueError(folder, damaged)
        for number in range(format_number, FORMAT):
            _STEPS[number](content)
        return _manifest_from(content)
    except FileNotFoundError as error:
        raise CatalogueError(folder, "it was not indexed yet; index it first") from error
    except OSError as error:
        raise CatalogueError(folder, f"{MANIFEST_NAME} cannot be read") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CatalogueError(folder, damaged) from error


def manifest_format(store: Path) -> int:
    """The format of a manifest that was read, as it lies there."""
    return int(json.loads((store / MANIFEST_NAME).read_bytes())["format"])


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _manifest_from(content: dict[str, Any]) -> CatalogueManifest:
    methods = {}
    for name, method in content["methods"].items():
        graph = method["graph"]
        if graph is not None:
            axes = graph["axes"]
            graph = StoredGraph(
                **{
                    **graph,
                    "index": StoredFile(**graph["index"]),
                    "axes": None if axes is None else StoredFile(**axes),
                }
            )
        embeddings = StoredFile(**method["embeddings"])
        methods[name] = StoredMethod(**{**method, "embeddings": embeddings, "graph": graph})
    return CatalogueManifest(
        **{
            **content,
            "records": StoredFile(**content["records"]),
            "methods": methods,
            "notes": tuple(content["notes"]),
        }
    )


def _graphs_hold_every_case_once(content: dict[str, Any]) -> None:
    """From format 1, whose graphs were always built whole, to 2, where they are extended."""
    for method in content["methods"].values():
        method["rows"] = 0 if method["index"] is None else content["count"]


def _graphs_are_of_other_settings(content: dict[str, Any]) -> None:
    """From format 2 to 3, whose graphs have more links and may be of principal axes.

    Those of before are not read: every distance is computed until the folder is indexed again.
    """
    for method in content["methods"].values():
        del method["index"], method["rows"]
        method["graph"] = None


_STEPS: dict[int, Callable[[dict[str, Any]], None]] = {
    1: _graphs_hold_every_case_once,
    2: _graphs_are_of_other_settings,
}
"""What a manifest of each earlier format lacks, changed in place, one format at a time."""


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
