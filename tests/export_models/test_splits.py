"""Splits are by patient, about the shares asked for, and the same everywhere."""

import hashlib
from pathlib import Path

import pytest

from export_models.datasets.records import LabelledCase
from export_models.splits import SplitError, assign_splits, check_splits, split_of


def cases_of(patients: list[str]) -> list[LabelledCase]:
    return [
        LabelledCase(f"c{row}", Path(f"{row}.png"), patient_id=patient)
        for row, patient in enumerate(patients)
    ]


def test_shares_are_about_right_and_no_patient_crosses() -> None:
    cases = assign_splits(cases_of([f"p{n % 2000}" for n in range(4000)]))
    check_splits(cases)
    shares = [
        sum(case.split == name for case in cases) / 4000 for name in ("train", "valid", "test")
    ]
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.03)


def test_a_patients_split_depends_on_nothing_else() -> None:
    few = {case.patient_id: case.split for case in assign_splits(cases_of(["a", "b", "c"]))}
    many = assign_splits(cases_of(["z", "c", "y", "b", "a", "x"]))
    assert all(case.split == few[case.patient_id] for case in many if case.patient_id in few)
    for name in "abcdefg":
        share = int(hashlib.sha256(f"0:{name}".encode()).hexdigest()[:16], 16) / 16**16
        expected = "train" if share < 0.7 else "valid" if share < 0.8 else "test"
        assert split_of(name) == expected
    assert any(split_of(f"p{n}") != split_of(f"p{n}", seed=1) for n in range(20))


def test_a_patient_on_two_sides_is_refused() -> None:
    one, two = cases_of(["p", "p"])
    crossing = [
        LabelledCase(case.case_id, case.path, patient_id="p", split=split)
        for case, split in ((one, "train"), (two, "test"))
    ]
    with pytest.raises(SplitError, match="memory"):
        check_splits(crossing)
    check_splits([crossing[0], two])  # a case without a split is on no side


def test_without_patients_every_case_stands_alone() -> None:
    cases = cases_of([""] * 500)
    check_splits(assign_splits(cases))
    assert len({case.split for case in assign_splits(cases)}) == 3


def test_shares_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="add up"):
        split_of("p", shares=(0.5, 0.1, 0.1))
