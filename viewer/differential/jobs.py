"""Comparing two classes of the catalogue in the background, without Qt.

list_classes   catalogue     -> the classes and findings there are, each with its cases
compare_job    two of them   -> ClassMeansProgress, ever sharper
"""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from inference.catalogue import Catalogue
from inference.class_saliency import ClassMap, ClassMeansProgress, class_means
from inference.errors import InferenceError
from inference.model_bundle import BundleManifest
from inference.onnx_session import BundleSession
from inference.records import CaseRecord
from viewer.translation import tr

FEWEST = 5
"""A mean of fewer cases shows them, not their class."""


@dataclass(frozen=True, slots=True)
class CaseClass:
    """Cases that have something in common.

    Attributes:
        title: For the user, such as "finding Effusion".
        paths: Of their files, by case id.
    """

    title: str
    paths: dict[str, Path] = field(repr=False)


def list_classes(
    catalogue: Catalogue, manifest: BundleManifest
) -> Generator[tuple[CaseClass, ...], None, None]:
    """The bundle's classes, the one it looks for first, then findings, the most frequent first."""
    cases = tuple(catalogue.cases())
    classes = [
        CaseClass(
            tr("class {name}").format(name=one.name),
            _paths(case for case in cases if manifest.class_of(case.findings) == index),
        )
        for index, one in reversed(list(enumerate(manifest.classes)))
    ]
    counted = Counter(finding for case in cases for finding in set(case.findings))
    findings = [
        CaseClass(
            tr("finding {name}").format(name=name),
            _paths(case for case in cases if name in case.findings),
        )
        for name, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]
    yield tuple(one for one in (*classes, *findings) if one.paths)


def compare_job(
    one: CaseClass,
    other: CaseClass,
    limit: int,
    session: BundleSession,
    method: str,
    kind: ClassMap,
) -> Generator[ClassMeansProgress, None, None]:
    """Average two classes, a case of each in turn. Cases of both are left out of both.

    Args:
        one, other: To be compared.
        limit: Cases of each at most, evenly chosen; 0 for all.
        session: An opened bundle.
        method, kind: As in `class_means`.

    Raises:
        InferenceError: A class has too few cases, or as `class_means`.
    """
    chosen = {}
    for title, own, others in (
        (one.title, one.paths, other.paths),
        (other.title, other.paths, one.paths),
    ):
        paths = [path for case_id, path in sorted(own.items()) if case_id not in others]
        if len(paths) < FEWEST:
            raise InferenceError(
                tr(
                    "Too few cases: {title} has {count} that do not belong to both, and a mean "
                    "needs at least {few}. Choose other classes."
                ).format(title=title, count=len(paths), few=FEWEST)
            )
        chosen[title] = _evenly(paths, limit)
    yield from class_means(chosen, session, method, kind)


def shared_count(one: CaseClass, other: CaseClass) -> int:
    """How many cases belong to both."""
    return len(one.paths.keys() & other.paths.keys())


def _evenly(paths: Sequence[Path], limit: int) -> list[Path]:
    if not limit or len(paths) <= limit:
        return list(paths)
    return [paths[row] for row in np.linspace(0, len(paths) - 1, limit).round().astype(int)]


def _paths(cases: Iterable[CaseRecord]) -> dict[str, Path]:
    return {case.case_id: case.path for case in cases}
