"""The sentences about a query: its classes, how far to trust them, its own label."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from inference.model_bundle import BundleManifest
from inference.records import Header, Radiograph
from viewer.results import neighbourhood
from viewer.results.neighbours_panel import caption
from viewer.translation import tr

if TYPE_CHECKING:
    from inference.pipeline import Analysis, Engine

_SPLITS = {"test": "test", "validation": "validation", "valid": "validation"}  # best first


def class_names(manifest: BundleManifest) -> tuple[str, ...]:
    """One name for each probability: the condition alone where there are two classes."""
    if len(manifest.classes) == 2:
        return (manifest.condition,)
    return tuple(one.name for one in manifest.classes)


def measured_words(manifest: BundleManifest) -> str:
    """How well the model was measured to do, such as "AUROC 0.93 (test)"."""
    for split, spoken in _SPLITS.items():
        value = _classifier_auroc(manifest.metrics.get(split))
        if value is not None:
            return tr("AUROC {value:.2f} ({spoken})").format(value=value, spoken=spoken)
    return tr("AUROC not measured")


def _classifier_auroc(figures: Any) -> float | None:
    """Of the probability shown, which is the classifier's: alone, or listed by method."""
    if not isinstance(figures, dict):
        return None
    by_method = figures.get("methods", figures)
    classifier = by_method.get("cnn") if isinstance(by_method, dict) else None
    for found in (figures, classifier):
        value = found.get("auroc") if isinstance(found, dict) else None
        if isinstance(value, int | float) and 0 <= value <= 1:
            return float(value)
    return None


def is_outside(radiograph: Radiograph, manifest: BundleManifest) -> bool:
    """Whether the model was not made for this kind of image: view, body part, modality, colour."""
    from inference.pipeline import mismatches

    header = replace(radiograph.header, burned_in_annotation="")  # says nothing of the model
    return bool(mismatches(replace(radiograph, header=header), manifest))


def query_terms(analysis: "Analysis", manifest: BundleManifest) -> tuple[str, ...]:
    """Names of the query's findings, as the model and its own label give them."""
    terms: tuple[str, ...] = ()
    if analysis.probabilities is not None:
        found = manifest.classes[neighbourhood.predicted_class(analysis.probabilities, manifest)]
        terms = (found.name, *(name for name in found.findings if name != "*"))
    if analysis.same_case is not None:
        terms += analysis.same_case.findings
    return tuple(dict.fromkeys(terms))


def title_words(file_name: str, header: Header) -> str:
    """Such as "4711.dcm · PA · DX"."""
    return " · ".join(part for part in (file_name, header.view_position, header.modality) if part)


def origin_words(analysis: "Analysis", manifest: BundleManifest) -> str:
    """The query's own label where the catalogue knows it, and what was left out."""
    parts = []
    if analysis.same_case is not None and analysis.probabilities is not None:
        predicted = neighbourhood.predicted_class(analysis.probabilities, manifest)
        agreement = neighbourhood.agreement(analysis.same_case, predicted, manifest)
        parts.append(
            tr("own label: {caption}").format(caption=caption(analysis.same_case, agreement))
        )
    if analysis.excluded:
        one, many = (
            tr("{count} image of this patient left out"),
            tr("{count} images of this patient left out"),
        )
        parts.append((one if analysis.excluded == 1 else many).format(count=analysis.excluded))
    return "; ".join(parts)


def status_words(engine: "Engine | None", analysis: "Analysis | None") -> tuple[str, ...]:
    """Bundle, catalogue, and where and how fast the models ran."""
    if engine is None:
        return ()
    manifest, catalogue = engine.bundle.manifest, engine.catalogue
    took: str = engine.session.provider
    if analysis is not None and analysis.timings_ms.get("model"):
        took += f" {analysis.timings_ms['total']:.0f} ms"
    cases = (
        tr("catalogue: {count:,} cases").format(count=catalogue.count)
        if catalogue
        else tr("no catalogue")
    )
    return f"{manifest.name} {manifest.version}", cases, took
