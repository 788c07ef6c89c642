"""One case of a data set as its labels say it is, whatever the layout it came in.

a layout's reader -> LabelledCase, with all four states of every label
select            -> those that an experiment uses
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from inference.model_bundle import BundleClass, class_of

NO_FINDING = "No finding"


class LabelState(StrEnum):
    """What a label says. They stay four to the end: an experiment decides, not a reader."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    UNCERTAIN = "uncertain"
    UNMENTIONED = "unmentioned"


@dataclass(frozen=True, slots=True)
class LabelledCase:
    """One radiograph (or photograph) and all that its data set says of it.

    Attributes:
        case_id: Unique in its data set.
        path: The file. Whether it exists is not looked at.
        patient_id: With the data set's name before it where numbers alone would clash; ""
            where the data set does not know patients: then each case is its own.
        split: "train", "valid", "test", or "" where the data set has none.
        view: In capitals, such as "PA", "AP", "AP SUPINE", "LL", "LATERAL"; "UNKNOWN" where
            laterals are mixed in and this one does not say; "" where only frontals are.
        sex: "M", "F" or "".
        age: In years, or None.
        source: The collection or hospital; "" where there is one alone.
        labels: By finding. A finding that is not there was not looked for.
        severity: Named scores.
        lung_boxes: By lung, (left, top, width, height) in pixels of the file.
        lesion_mask: File of the outlined disease, on the radiograph's grid, or None.
        report: Free text, or "".
    """

    case_id: str
    path: Path
    patient_id: str = ""
    split: str = ""
    view: str = ""
    sex: str = ""
    age: float | None = None
    source: str = ""
    labels: dict[str, LabelState] = field(default_factory=dict)
    severity: dict[str, float] = field(default_factory=dict)
    lung_boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    lesion_mask: Path | None = None
    report: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.case_id:
            raise ValueError("a case needs a case_id")
        if self.split not in ("", "train", "valid", "test"):
            raise ValueError(f"split must be train, valid, test or empty, got {self.split!r}")

    @property
    def patient(self) -> str:
        """The patient, or the case itself where the data set does not know patients."""
        return self.patient_id or f"case {self.case_id}"

    @property
    def findings(self) -> tuple[str, ...]:
        """Names of the positive labels."""
        return self.named(LabelState.POSITIVE)

    @property
    def is_frontal(self) -> bool:
        """Whether it is a frontal view, as far as the data set says."""
        return self.view == "" or self.view.split()[0] in ("AP", "PA")

    def named(self, state: LabelState) -> tuple[str, ...]:
        """Names of the labels in this state."""
        return tuple(name for name, given in self.labels.items() if given is state)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cases an experiment uses; the defaults are the papers'.

    Attributes:
        finding: Only cases for which this label has one of `states`; "" asks for nothing.
        states: The papers use 1 and 0 alone, not uncertain and not unmentioned.
        frontal_only: Leave out laterals, and cases that might be.
        views: Only these, such as ("AP",); "AP SUPINE" counts as AP. Empty: any.
    """

    finding: str = ""
    states: tuple[LabelState, ...] = (LabelState.POSITIVE, LabelState.NEGATIVE)
    frontal_only: bool = True
    views: tuple[str, ...] = ()


PAPERS_EFFUSION = Selection("Pleural Effusion", views=("AP",))
PAPERS_PNEUMONIA = Selection("Pneumonia", views=("PA",))


def select(cases: Iterable[LabelledCase], selection: Selection) -> list[LabelledCase]:
    """The cases that `selection` asks for, in their order.

    Source: Silva et al. 2022, "Data" and "Results": effusion on AP, pneumonia on PA views.
    """
    return [case for case in cases if _is_selected(case, selection)]


def class_of_case(classes: tuple[BundleClass, ...], case: LabelledCase) -> int | None:
    """The bundle's class of a case; None where its labels do not decide it.

    What is not named counts as a "no" only where it was looked for: "*" claims a case whose
    labels deny a finding of the other classes, or that has no finding at all. An uncertain or
    unmentioned label is not a "no".
    """
    found = class_of(classes, case.findings)
    if found is None:
        return None
    present = {name.casefold() for name in case.findings}
    if present & {name.casefold() for name in classes[found].findings}:
        return found
    claimed = {name.casefold() for one in classes for name in one.findings}
    denied = {name.casefold() for name in case.named(LabelState.NEGATIVE)}
    undecided = (*case.named(LabelState.UNCERTAIN), *case.named(LabelState.UNMENTIONED))
    if claimed & {name.casefold() for name in undecided}:
        return None
    return found if claimed & denied or NO_FINDING.casefold() in present else None


def _is_selected(case: LabelledCase, selection: Selection) -> bool:
    if selection.frontal_only and not case.is_frontal:
        return False
    if selection.views and case.view.split()[:1] not in [[view] for view in selection.views]:
        return False
    if not selection.finding:
        return True
    state = case.labels.get(selection.finding, LabelState.UNMENTIONED)
    return state in selection.states
