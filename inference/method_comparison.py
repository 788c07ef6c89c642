"""One query by every retrieval method: who finds what, and how well each was measured.

    path -> analyse (first method) -+-> MethodRow
                                    '-> embedding of the next method -> MethodRow -> ...

The methods are those that the bundle has and the catalogue was indexed with. Whether a case
agrees is a matter of labels alone: the query's own, where it is itself a case of the
catalogue, and never what a model says of it.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from inference.case_filter import EVERY_CASE, CaseFilter
from inference.errors import CatalogueError
from inference.model_bundle import BundleManifest
from inference.pipeline import Analysis, Engine, analyse, with_neighbours
from inference.records import CaseRecord, Neighbour

TOP = 4
"""How many cases each method shows, as in the papers' figures."""

LabelAgreement = Literal["same", "other", "unknown"]

_SPLITS = {"test": "test", "valid": "validation", "validation": "validation"}  # best first


@dataclass(frozen=True, slots=True)
class MeasuredFigure:
    """How well a method was measured to find cases of the query's kind.

    Attributes:
        name: What was measured, such as "top-4 of 10".
        value: In [0, 1].
        split: On which cases: "test" or "validation".
    """

    name: str
    value: float
    split: str

    def words(self) -> str:
        """Such as "top-4 of 10: 0.63 (test)"."""
        return f"{self.name}: {self.value:.2f} ({self.split})"


@dataclass(frozen=True, slots=True)
class MethodRow:
    """What one method finds.

    Attributes:
        method: Its name in the bundle.
        title: As shown to the user.
        neighbours: The most similar cases, the nearest first.
        figures: What the bundle's measurements say of the method, the first to be shown first;
            empty where nothing was measured.
    """

    method: str
    title: str
    neighbours: tuple[Neighbour, ...]
    figures: tuple[MeasuredFigure, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class MethodComparison:
    """The methods so far.

    Attributes:
        query: The query, analysed by the first method.
        rows: Of the methods that are done, in the bundle's order.
        total: How many methods there will be.
        not_indexed: Methods of the bundle that the catalogue was indexed without.
        only: Which cases could be found.
    """

    query: Analysis
    rows: tuple[MethodRow, ...]
    total: int
    not_indexed: tuple[str, ...] = ()
    only: CaseFilter = EVERY_CASE

    @property
    def is_final(self) -> bool:
        """Whether every method is done."""
        return len(self.rows) == self.total

    @property
    def query_label(self) -> tuple[str, ...]:
        """The query's findings where it is a case of the catalogue; else empty."""
        return self.query.same_case.findings if self.query.same_case else ()


def compare_methods(
    path: Path,
    engine: Engine,
    *,
    k: int = TOP,
    exclude_patient: bool = True,
    only: CaseFilter = EVERY_CASE,
) -> Generator[MethodComparison, None, None]:
    """Find the most similar cases by each method of bundle and catalogue.

    Args:
        path: The query's file.
        engine: With a catalogue.
        k: How many cases per method.
        exclude_patient: As in `analyse`.
        only: As in `analyse`, for every method.

    Yields:
        The comparison after each method.

    Raises:
        CatalogueError: No catalogue is open, or none of the methods is in its index.
        InferenceError: As `analyse`.
    """
    manifest, catalogue = engine.bundle.manifest, engine.catalogue
    if catalogue is None:
        raise CatalogueError(path, "none is open; open a folder of past cases first")
    offered = tuple(manifest.methods)
    methods = [name for name in offered if name in catalogue.methods]
    if not methods:
        raise CatalogueError(catalogue.folder, "it holds no method of the bundle; index it again")
    missing = tuple(name for name in offered if name not in methods)
    steps = analyse(
        path, engine, method=methods[0], k=k, exclude_patient=exclude_patient, only=only
    )
    *_, query = steps
    rows: list[MethodRow] = []
    for name in methods:
        found = query
        if name != query.method:
            found = with_neighbours(
                _embedded(query, name, engine), catalogue, k, exclude_patient, only=only
            )
        title, figures = manifest.methods[name].title, measured_figures(manifest, name)
        rows.append(MethodRow(name, title, found.neighbours or (), figures))
        yield MethodComparison(query, tuple(rows), len(methods), missing, only)


def label_agreement(
    query_label: tuple[str, ...], case: CaseRecord, manifest: BundleManifest
) -> LabelAgreement:
    """Whether a case is of the query's class, by their labels; "unknown" where either has none."""
    wanted, found = manifest.class_of(query_label), manifest.class_of(case.findings)
    if wanted is None or found is None:
        return "unknown"
    return "same" if wanted == found else "other"


def measured_figures(manifest: BundleManifest, method: str) -> tuple[MeasuredFigure, ...]:
    """What was measured of a method's retrieval, on the best split that has any of it.

    First the papers' class consistency (the share of the query's class among the first four of
    ten cases, four of which are of it), then precision at 5, then nDCG@10 by severity.
    """
    for split, spoken in _SPLITS.items():
        row = _row(manifest.metrics.get(split), method)
        values = {
            "top-4 of 10": _nested(row, "precision", "4/10"),
            "P@5": row.get("p_at_5"),
            "severity nDCG@10": row.get("ndcg_at_10", _nested(row, "ndcg_mean", "10")),
        }
        figures = tuple(
            MeasuredFigure(name, number, spoken)
            for name, value in values.items()
            if (number := _share(value)) is not None
        )
        if figures:
            return figures
    return ()


def comparison_json(comparison: MethodComparison, engine: Engine) -> dict[str, Any]:
    """A comparison as the JSON of `kindred compare`."""
    manifest, query = engine.bundle.manifest, comparison.query
    label = comparison.query_label
    return {
        "image": str(query.path.absolute()),
        "bundle": {"name": manifest.name, "version": manifest.version, "sha256": manifest.sha256},
        "query_case": query.same_case.case_id if query.same_case else None,
        "query_findings": list(label),
        "excluded": query.excluded,
        "not_indexed": list(comparison.not_indexed),
        "methods": [
            {
                "method": row.method,
                "title": row.title,
                "measured": {
                    figure.name: {"value": figure.value, "split": figure.split}
                    for figure in row.figures
                },
                "neighbours": [
                    {
                        "rank": one.rank,
                        "case_id": one.case.case_id,
                        "path": str(one.case.path),
                        "distance": one.distance,
                        "similarity": one.similarity,
                        "findings": list(one.case.findings),
                        "label": label_agreement(label, one.case, manifest),
                    }
                    for one in row.neighbours
                ],
            }
            for row in comparison.rows
        ],
        "warnings": list(query.warnings),
    }


def _embedded(query: Analysis, method: str, engine: Engine) -> Analysis:
    assert query.model_input is not None
    # The same run as when the catalogue was built, so that the same pixels are at distance 0.
    output = engine.session.run(query.model_input.tensor, (method,))
    return replace(query, method=method, embedding=output.embeddings[method], neighbours=None)


def _row(figures: Any, method: str) -> Mapping[str, Any]:
    """Of one split: by method beneath "methods" after evaluation, at the top after training."""
    by_method = figures.get("methods", figures) if isinstance(figures, dict) else None
    row = by_method.get(method) if isinstance(by_method, dict) else None
    return row if isinstance(row, dict) else {}


def _nested(row: Mapping[str, Any], name: str, key: str) -> Any:
    inner = row.get(name)
    return inner.get(key) if isinstance(inner, dict) else None


def _share(value: Any) -> float | None:
    """A number in [0, 1]; the mean where a range is given as mean, lowest, highest."""
    if isinstance(value, list) and value:
        value = value[0]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else None
