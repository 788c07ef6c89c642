"""How findings and severity are distributed among the nearest cases, beside the whole catalogue."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from inference.case_filter import FilterChoices, filter_choices
from inference.records import CaseRecord
from viewer.translation import tr

_MOST_ROWS = 8
_BINS = 4


@dataclass(frozen=True, slots=True)
class CatalogueSummary:
    """What a catalogue consists of.

    Attributes:
        choices: What there is to filter by.
        labelled: Cases with at least one finding.
        findings: Cases that have each finding.
        severity: The known values of each severity column.
    """

    choices: FilterChoices = field(default_factory=FilterChoices)
    labelled: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    severity: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One line of the chart.

    Attributes:
        name: Of the finding, or a range of severity.
        near: Share among the nearest cases, in [0, 1].
        base: Share in the whole catalogue.
    """

    name: str
    near: float
    base: float


@dataclass(frozen=True, slots=True)
class ShareGroup:
    """Lines that belong together.

    Attributes:
        title: Such as "Findings of 20 cases with a label".
        rows: At least one.
    """

    title: str
    rows: tuple[ShareRow, ...]


def summarise(cases: Iterable[CaseRecord]) -> CatalogueSummary:
    """Read every case once."""
    seen: list[CaseRecord] = []
    findings: Counter[str] = Counter()
    severity: dict[str, list[float]] = {}
    labelled = 0
    for case in cases:
        findings.update(set(case.findings))
        labelled += bool(case.findings)
        for name, value in case.severity.items():
            severity.setdefault(name, []).append(value)
        seen.append(case)
    values = {name: tuple(found) for name, found in severity.items()}
    return CatalogueSummary(filter_choices(seen), labelled, findings, values)


def share_groups(
    nearest: Sequence[CaseRecord], summary: CatalogueSummary
) -> tuple[ShareGroup, ...]:
    """The chart: findings, then each severity column that the nearest have values of.

    Args:
        nearest: The k nearest cases.
        summary: Of their catalogue.
    """
    groups = []
    labelled = [case for case in nearest if case.findings]
    if labelled and summary.labelled:
        near = Counter(finding for case in labelled for finding in set(case.findings))
        names = sorted(
            near | summary.findings, key=lambda name: (-near[name], -summary.findings[name], name)
        )
        rows = tuple(
            ShareRow(name, near[name] / len(labelled), summary.findings[name] / summary.labelled)
            for name in names[:_MOST_ROWS]
        )
        groups.append(
            ShareGroup(
                tr("Findings of the {count} nearest with a label").format(count=len(labelled)), rows
            )
        )
    for name, everywhere in summary.severity.items():
        values = [case.severity[name] for case in nearest if name in case.severity]
        if values:
            title = tr("{name} of the {count} nearest with one").format(
                name=name.replace("_", " ").capitalize(), count=len(values)
            )
            groups.append(ShareGroup(title, _severity_rows(values, everywhere)))
    return tuple(groups)


def _severity_rows(values: Sequence[float], everywhere: Sequence[float]) -> tuple[ShareRow, ...]:
    low, high = min(everywhere), max(everywhere)
    if low == high:
        return (ShareRow(f"{low:g}", 1.0, 1.0),)
    width = (high - low) / _BINS
    rows = []
    for index in range(_BINS):
        start, end = low + index * width, low + (index + 1) * width
        # Each bin holds its lower edge; the last holds its upper one too.
        is_last = index == _BINS - 1

        def share(
            of: Sequence[float], start: float = start, end: float = end, last: bool = is_last
        ) -> float:
            return sum(start <= one and (one < end or last) for one in of) / len(of)

        rows.append(ShareRow(f"{start:.3g}–{end:.3g}", share(values), share(everywhere)))
    return tuple(rows)
