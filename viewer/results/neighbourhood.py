"""What the nearest cases have in common: how many have the condition, and how severe it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference.model_bundle import BundleManifest
from inference.records import CaseRecord, Neighbour
from viewer.results.neighbours_panel import Agreement
from viewer.translation import tr

SIZE = 20
"""Of how many nearest cases the neighbourhood consists."""


@dataclass(frozen=True, slots=True)
class BaseRates:
    """How often each class occurs in a catalogue.

    Attributes:
        counts: Labelled cases of each class, in the manifest's order.
    """

    counts: tuple[int, ...]

    def share(self, index: int) -> float | None:
        """Share of one class among all labelled cases; None where none is labelled."""
        total = sum(self.counts)
        return self.counts[index] / total if total else None


def base_rates(findings: Mapping[tuple[str, ...], int], manifest: BundleManifest) -> BaseRates:
    """Count the classes of a catalogue.

    Args:
        findings: As `Catalogue.findings` counts them.
        manifest: The bundle's, which says what class they are.
    """
    counted: Counter[int | None] = Counter()
    for listed, count in findings.items():
        counted[manifest.class_of(listed)] += count
    return BaseRates(tuple(counted[index] for index in range(len(manifest.classes))))


def predicted_class(probabilities: Sequence[float], manifest: BundleManifest) -> int:
    """The class the model gives: by threshold for two classes, else the most probable."""
    if len(probabilities) == 1:
        return 1 if probabilities[0] >= manifest.threshold else 0
    return max(range(len(probabilities)), key=lambda index: probabilities[index])


def agreement(case: CaseRecord, predicted: int, manifest: BundleManifest) -> Agreement:
    """Whether a case's label is what the model gives for the query; "" where it has none."""
    label = manifest.class_of(case.findings)
    if label is None:
        return ""
    return "agrees" if label == predicted else "differs"


def summary(
    neighbours: Sequence[Neighbour], predicted: int, manifest: BundleManifest, rates: BaseRates
) -> str:
    """Such as "of the 20 nearest: 16 pneumonia (base rate 31 %), severity 3–6".

    Args:
        neighbours: The nearest, up to `SIZE`.
        predicted: The class the model gives; with two classes the condition is counted,
            whatever the model says.
        manifest: Of the bundle.
        rates: Of the catalogue.
    """
    nearest = neighbours[:SIZE]
    if not nearest:
        return ""
    counted = 1 if len(manifest.classes) == 2 else predicted
    labels = [manifest.class_of(neighbour.case.findings) for neighbour in nearest]
    known = [label for label in labels if label is not None]
    if not known:
        return tr("None of the {count} nearest has a label.").format(count=len(nearest))
    name = manifest.classes[counted].name
    share = rates.share(counted)
    base = "" if share is None else tr(" (base rate {number:.0f} %)").format(number=100 * share)
    words = tr("of the {count} nearest: {with_it} {name}{base}").format(
        count=len(nearest), with_it=known.count(counted), name=_lower(name), base=base
    )
    if len(known) < len(nearest):
        words += tr(", {number} without a label").format(number=len(nearest) - len(known))
    severity = severity_range(
        [one.case for one, label in zip(nearest, labels, strict=True) if label == counted]
    )
    return f"{words}, {severity}" if severity else words


def is_nothing_similar(nearest_distance: float, quantiles: Mapping[str, float]) -> bool:
    """Whether a query is further from the catalogue than its own cases are from each other.

    Args:
        nearest_distance: From the query to its nearest case.
        quantiles: Of the distances from the catalogue's cases to their own nearest, as
            `Catalogue.nearest_quantiles` gives them; the highest is the limit.
    """
    return bool(quantiles) and nearest_distance > limit(quantiles)


def limit(quantiles: Mapping[str, float]) -> float:
    """The distance beyond which nothing is similar: the highest of the catalogue's quantiles.

    It is calibrated on the catalogue itself: up to 200 of its cases are held against their
    nearest case of another patient, and 99 of 100 of them lie within the limit.

    Raises:
        ValueError: The catalogue has none, as with a single patient.
    """
    return quantiles[max(quantiles, key=float)]


def severity_range(cases: Sequence[CaseRecord]) -> str:
    """Such as "severity 3–6"; "" where no case tells.

    Of several names the one that most cases have, and of equals one that begins with
    "severity", which is the whole image's.
    """
    names = Counter(name for case in cases for name in case.severity)
    if not names:
        return ""
    name = max(sorted(names), key=lambda one: (names[one], one.startswith("severity")))
    values = [case.severity[name] for case in cases if name in case.severity]
    low, high = f"{min(values):.3g}", f"{max(values):.3g}"
    spoken = name.replace("_", " ")
    return f"{spoken} {low}" if low == high else f"{spoken} {low}–{high}"


def _lower(name: str) -> str:
    """The name within a sentence; abbreviations such as COVID-19 stay."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
