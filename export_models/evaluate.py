"""Measures a bundle on a table of cases, and writes what was found.

    bundle + cases -> split_embeddings -> measures, faithfulness, embedding_map
                                       -> report.json, index.html, embedding-map-<method>.json

It runs the exported files through `inference`, so what is measured is what ships, and not a
checkpoint that may differ from it.
"""

import json
import math
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export_models.datasets.read_cases import read_cases
from export_models.embedding_map import embedding_map
from export_models.faithfulness import measure_faithfulness
from export_models.measures import Truth, measure, truth_of
from export_models.query_pictures import query_pictures
from export_models.rankings import read_rankings
from export_models.report import render_report
from export_models.split_embeddings import (
    EvaluationProgress,
    SplitEmbeddings,
    embed_split,
    usable_methods,
)
from export_models.splits import check_splits
from inference.embedding_map import EmbeddingMap, map_file, write_map
from inference.errors import ExportError, InferenceError
from inference.model_bundle import BundleManifest, read_bundle
from inference.onnx_session import BundleSession, Provider

REPORT_FORMAT = 1
REPORT_JSON = "report.json"
REPORT_HTML = "index.html"


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What to measure.

    Attributes:
        split: "train", "valid", "test", or "" for every case.
        severity: Column whose numbers order cases by severity; "" for none.
        rankings: Table of raters' orders, used for nDCG in place of severity; or None.
        methods: Of the bundle; empty for all.
        seed: Of draws and bootstraps.
        pictures: Whether to show the best and worst queries. They are the cases' own
            images, so such a report may be given on only where these may.
        provider: Where to run.
        cache: Folder for embeddings; None for one inside the report's.
        faithfulness: How many queries to explain and to measure explanations on; 0 for none,
            since it costs hundreds of runs for each.
    """

    split: str = "test"
    severity: str = ""
    rankings: Path | None = None
    methods: tuple[str, ...] = ()
    seed: int = 0
    pictures: bool = True
    provider: Provider = "auto"
    cache: Path | None = None
    faithfulness: int = 0


def evaluate(
    bundle_folder: Path,
    cases_file: Path,
    out: Path,
    options: EvaluationOptions = EvaluationOptions(),
) -> Generator[EvaluationProgress, None, dict[str, Any]]:
    """Measure a bundle and write report.json, index.html and a map of embeddings into `out`.

    Args:
        bundle_folder: The bundle's.
        cases_file: Our plain table, or a data set in a public layout.
        out: Folder of the report; made if need be.
        options: What to measure.

    Returns:
        What `report.json` holds.

    Raises:
        InferenceError: Bundle or table cannot be used, a patient is in two splits, no case
            is in the split or can be read, or the report cannot be written.
    """
    bundle = read_bundle(bundle_folder)
    methods = usable_methods(bundle, options.methods)
    everything = read_cases(cases_file)
    check_splits(everything)
    cases = [case for case in everything if case.split == options.split or not options.split]
    if not cases:
        raise InferenceError(
            f"No case of {cases_file.name} is in the split {options.split!r}. Choose another."
        )
    rankings = read_rankings(options.rankings) if options.rankings is not None else None
    cases.sort(key=lambda case: case.case_id)  # draws must not depend on the table's order
    session = BundleSession(bundle, provider=options.provider)
    split = yield from embed_split(session, cases, methods, options.cache or out / "cache")
    truth = truth_of(
        bundle.manifest,
        split.cases,
        severity="" if rankings is not None else options.severity,
        rankings=rankings,
        seed=options.seed,
    )
    measured = yield from measure(split, bundle.manifest, truth)
    if options.faithfulness > 0:
        measured["faithfulness"] = yield from measure_faithfulness(
            session, split, truth, methods, options.faithfulness
        )
    report: dict[str, Any] = {
        "format": REPORT_FORMAT,
        "bundle": bundle.manifest.name,
        "bundle_version": bundle.manifest.version,
        "bundle_sha256": bundle.manifest.sha256,
        "cases": f"{cases_file.resolve().parent.name}/{cases_file.name}",
        "split": options.split,
        "severity": options.severity,
        "seed": options.seed,
        "case_count": len(split.cases),
        "labelled_count": int((truth.classes >= 0).sum()),
        "patient_count": len(set(truth.patients.tolist())),
        "unreadable": split.unreadable,
        "provider": session.provider,
        "classes": [one.name for one in bundle.manifest.classes],
        **measured,
    }
    pictures = []
    if options.pictures:
        yield EvaluationProgress("writing", 0, 2, "pictures")
        pictures = query_pictures(session, split, truth, methods[0])
    yield EvaluationProgress("writing", 1, 2, REPORT_HTML)
    plain = plain_values(report)
    found = _map(split, bundle.manifest, truth, methods[0])
    write_map(map_file(out, methods[0]), found)
    write_whole(out / REPORT_HTML, render_report(plain, pictures, found))
    write_whole(out / REPORT_JSON, json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
    yield EvaluationProgress("writing", 2, 2)
    return dict(plain)


def _map(
    split: SplitEmbeddings, manifest: BundleManifest, truth: Truth, method: str
) -> EmbeddingMap:
    """The map of a method's embeddings, for the report's figure and for programs."""
    return embedding_map(
        split.embeddings[method],
        manifest.methods[method].distance,
        [case.case_id for case in split.cases],
        ["" if one < 0 else manifest.classes[one].name for one in truth.classes],
        [case.severity for case in split.cases],
        bundle_sha256=manifest.sha256,
        method=method,
        seed=truth.seed,
    )


def plain_values(value: Any) -> Any:
    """The value as JSON can hold it: NaN becomes null, numbers get five decimals."""
    if isinstance(value, dict):
        return {str(name): plain_values(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(one) for one in value]
    if isinstance(value, float):
        return round(float(value), 5) if math.isfinite(value) else None
    return value


def write_whole(path: Path, text: str) -> None:
    """Write a text file, whole or not at all.

    Raises:
        ExportError: It cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ExportError(path, f"{error.strerror or error}; choose another folder") from error
