"""Which cases of a catalogue a search may find: by finding, sex, age, view and source."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields

from inference.records import CaseRecord

MOST_OFFERED = 200
"""Of each kind of value, as many as a list can still be read; the most frequent ones."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What cases must have; an empty field asks for nothing. Text is compared without case.

    Attributes:
        finding: One of the case's findings.
        sex: "M" or "F".
        youngest, oldest: In years, both included. A case of unknown age passes neither.
        view: Such as "PA".
        source: The collection.
    """

    finding: str = ""
    sex: str = ""
    youngest: float | None = None
    oldest: float | None = None
    view: str = ""
    source: str = ""

    @property
    def count(self) -> int:
        """How many things are asked for; an age range is one."""
        asked = [getattr(self, one.name) for one in fields(self)]
        ages = self.youngest is not None or self.oldest is not None
        return sum(bool(value) for value in asked if isinstance(value, str)) + ages

    def accepts(self, case: CaseRecord) -> bool:
        """Whether the case has all that is asked for."""
        if self.finding and self.finding.casefold() not in (
            finding.casefold() for finding in case.findings
        ):
            return False
        for wanted, found in (
            (self.sex, case.sex),
            (self.view, case.view),
            (self.source, case.source),
        ):
            if wanted and wanted.casefold() != found.casefold():
                return False
        if self.youngest is None and self.oldest is None:
            return True
        if case.age is None:
            return False
        is_too_young = self.youngest is not None and case.age < self.youngest
        # Someone of 60.5 years is 60 years old to everybody.
        is_too_old = self.oldest is not None and case.age >= self.oldest + 1
        return not (is_too_young or is_too_old)

    def words(self) -> str:
        """What is asked for, such as "Pneumonia, female, 40–60 years, PA"."""
        sex = {"F": "female", "M": "male"}.get(self.sex, self.sex)
        ages = ""
        if self.youngest is not None and self.oldest is not None:
            ages = f"{self.youngest:g}–{self.oldest:g} years"
        elif self.youngest is not None:
            ages = f"from {self.youngest:g} years"
        elif self.oldest is not None:
            ages = f"up to {self.oldest:g} years"
        parts = (self.finding, sex, ages, self.view, self.source)
        return ", ".join(part for part in parts if part)


EVERY_CASE = CaseFilter()
"""Asks for nothing."""


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What there is to filter by in a catalogue, the most frequent first.

    Attributes:
        findings, sexes, views, sources: Up to `MOST_OFFERED` each.
        youngest, oldest: Of the cases whose age is known; None where none is.
    """

    findings: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    youngest: float | None = None
    oldest: float | None = None


def filter_choices(cases: Iterable[CaseRecord]) -> FilterChoices:
    """Collect what the cases differ in, reading each once."""
    findings: Counter[str] = Counter()
    sexes: Counter[str] = Counter()
    views: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    youngest: float | None = None
    oldest: float | None = None
    for case in cases:
        findings.update(case.findings)
        for counted, value in ((sexes, case.sex), (views, case.view), (sources, case.source)):
            if value:
                counted[value] += 1
        if case.age is not None:
            youngest = case.age if youngest is None else min(youngest, case.age)
            oldest = case.age if oldest is None else max(oldest, case.age)

    def offered(counted: Counter[str]) -> tuple[str, ...]:
        ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        return tuple(name for name, _ in ordered[:MOST_OFFERED])

    return FilterChoices(
        offered(findings), offered(sexes), offered(views), offered(sources), youngest, oldest
    )
