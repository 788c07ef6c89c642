"""What a reader study asks: queries of a catalogue, and for each a small catalogue to be ranked.

Drawn by seed alone, so that every reader ranks the same cases; the order in which they are
shown differs from reader to reader and says nothing of any method.

Source: Silva et al. 2022, "Evaluation and comparison": radiologists ranked catalogues of ten.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from inference.errors import InferenceError
from inference.records import CaseRecord

SIZE = 10


class StudyError(InferenceError):
    """A study cannot be drawn from this catalogue."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query and the cases to be ranked by similarity to it.

    Attributes:
        query: One case of the catalogue.
        cases: Others, each of another patient than the query and than each other.
    """

    query: CaseRecord
    cases: tuple[CaseRecord, ...]

    def shown_to(self, rater: str) -> tuple[CaseRecord, ...]:
        """The cases in an order drawn for one reader, the same whenever they come back."""
        seed = hashlib.sha256(f"{self.query.case_id}\n{rater}".encode()).digest()
        order = np.random.default_rng(list(seed)).permutation(len(self.cases))
        return tuple(self.cases[place] for place in order)


def draw_study(
    cases: Iterable[CaseRecord], queries: int, seed: int, size: int = SIZE
) -> tuple[Question, ...]:
    """Draw the questions of a study.

    Args:
        cases: Of the catalogue, in any order.
        queries: How many questions; fewer where the catalogue has fewer patients.
        seed: Another one draws other questions. More queries leave the earlier ones as they are.
        size: How many cases each question has; fewer where there are fewer patients.

    Raises:
        StudyError: There are fewer than three patients.
    """
    by_patient: dict[str, list[CaseRecord]] = {}
    for case in sorted(cases, key=lambda one: one.case_id):
        # An unknown patient may be anybody: each such case counts as a patient of its own.
        by_patient.setdefault(case.patient_id or f"\0{case.case_id}", []).append(case)
    patients = sorted(by_patient)
    if len(patients) < 3:
        raise StudyError(
            "A reader study needs cases of at least three patients; this catalogue has "
            f"{len(patients)}. Open a larger folder."
        )
    order = np.random.default_rng([seed, 0]).permutation(len(patients))
    questions = []
    for place in order[:queries].tolist():
        generator = np.random.default_rng([seed, 1, place])
        others = [one for number, one in enumerate(patients) if number != place]
        chosen = generator.permutation(len(others))[:size].tolist()
        drawn = [_one(by_patient[others[number]], generator) for number in chosen]
        questions.append(Question(_one(by_patient[patients[place]], generator), tuple(drawn)))
    return tuple(questions)


def _one(cases: list[CaseRecord], generator: np.random.Generator) -> CaseRecord:
    return cases[int(generator.integers(len(cases)))]
