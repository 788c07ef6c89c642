"""Background jobs on results: searching again, summing up a catalogue, reading pinned cases."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

from inference.case_filter import CaseFilter
from inference.catalogue import Catalogue
from inference.errors import InferenceError
from inference.pipeline import Analysis, Engine, with_neighbours
from inference.records import CaseRecord, Radiograph
from inference.relevance_feedback import Marks
from inference.safe_reading import read_aside
from viewer.pane.display_pixels import DisplayPixels, display_pixels
from viewer.results.distribution import CatalogueSummary, summarise

_NOTHING_LEFT = "The catalogue has nothing to compare with"


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """The same query, searched for in another way."""

    analysis: Analysis


@dataclass(frozen=True, slots=True, eq=False)
class PinnedCase:
    """A pinned case, ready to be drawn."""

    case: CaseRecord
    radiograph: Radiograph
    pixels: DisplayPixels = field(repr=False)


@dataclass(frozen=True, slots=True)
class PinnedCases:
    """Those that could be read, and sentences on the others."""

    cases: tuple[PinnedCase, ...]
    problems: tuple[str, ...]


def search_again(
    analysis: Analysis,
    engine: Engine,
    k: int,
    *,
    exclude_patient: bool,
    only: CaseFilter,
    marks: Marks,
) -> Generator[Searched, None, None]:
    """Search for a query whose embedding is known: no model runs.

    Raises:
        CatalogueError: The catalogue is damaged.
    """
    assert engine.catalogue is not None  # or there was nothing to search before either
    kept = tuple(one for one in analysis.warnings if not one.startswith(_NOTHING_LEFT))
    before = replace(analysis, neighbours=None, warnings=kept)
    yield Searched(
        with_neighbours(before, engine.catalogue, k, exclude_patient, only=only, marks=marks)
    )


def sum_up(catalogue: Catalogue) -> Generator[CatalogueSummary, None, None]:
    """What the catalogue consists of: every record is read once."""
    yield summarise(catalogue.kept_cases())


def read_pinned(cases: Sequence[CaseRecord]) -> Generator[PinnedCases, None, None]:
    """Read pinned cases; one that cannot be read does not stop the others."""
    read, problems = [], []
    for case in cases:
        try:
            radiograph = read_aside(case.path)
        except InferenceError as error:
            problems.append(str(error))
        else:
            read.append(PinnedCase(case, radiograph, display_pixels(radiograph)))
    yield PinnedCases(tuple(read), tuple(problems))
