"""Training, validation and test cases, with no patient on two sides.

A patient's split follows from a hash of the patient's name alone, so it is the same on every
machine, and stays when cases are added.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from export_models.datasets.records import LabelledCase
from inference.errors import InferenceError

SHARES = (0.7, 0.1, 0.2)


class SplitError(InferenceError):
    """A patient is in more than one split."""


def check_splits(cases: Iterable[LabelledCase]) -> None:
    """Look that no patient is in more than one split; cases without a split do not count.

    Raises:
        SplitError: One is.
    """
    splits: dict[str, str] = {}
    crossing: set[str] = set()
    for case in cases:
        if case.split and splits.setdefault(case.patient, case.split) != case.split:
            crossing.add(case.patient)
    if crossing:
        # How many, and not who: the sentence may be shown and copied.
        patients = "1 patient has" if len(crossing) == 1 else f"{len(crossing)} patients have"
        raise SplitError(
            f"{patients} images in more than one of train, valid and test, "
            "so a test would measure memory. Split the table again by patient."
        )


def split_of(patient: str, *, shares: tuple[float, float, float] = SHARES, seed: int = 0) -> str:
    """ "train", "valid" or "test", from the patient's name and the seed alone."""
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError(f"shares must add up to 1, got {shares}")
    digest = hashlib.sha256(f"{seed}:{patient}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    if place < shares[0]:
        return "train"
    return "valid" if place < shares[0] + shares[1] else "test"


def assign_splits(
    cases: Iterable[LabelledCase],
    *,
    shares: tuple[float, float, float] = SHARES,
    seed: int = 0,
) -> list[LabelledCase]:
    """The cases with new splits: train, valid and test by patient, in about these shares."""
    return [replace(case, split=split_of(case.patient, shares=shares, seed=seed)) for case in cases]
