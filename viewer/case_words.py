"""The sentences about a query: its classes, how far to trust them, its own label."""

from dataclasses import replace

from inference.model_bundle import BundleManifest
from inference.pipeline import Analysis, Engine, mismatches
from inference.records import Header, Radiograph
from viewer import neighbourhood
from viewer.neighbours_panel import caption


def class_names(manifest: BundleManifest) -> tuple[str, ...]:
    """One name for each probability: the condition alone where there are two classes."""
    if len(manifest.classes) == 2:
        return (manifest.condition,)
    return tuple(one.name for one in manifest.classes)


def measured_words(manifest: BundleManifest) -> str:
    """How well the model was measured to do, such as "AUROC 0.93 (test)"."""
    for split in ("test", "validation"):
        measured = manifest.metrics.get(split)
        if isinstance(measured, dict) and isinstance(measured.get("auroc"), int | float):
            return f"AUROC {measured['auroc']:.2f} ({split})"
    return "AUROC not measured"


def is_outside(radiograph: Radiograph, manifest: BundleManifest) -> bool:
    """Whether the model was not made for this kind of image: view, body part, modality, colour."""
    header = replace(radiograph.header, burned_in_annotation="")  # says nothing of the model
    return bool(mismatches(replace(radiograph, header=header), manifest))


def title_words(file_name: str, header: Header) -> str:
    """Such as "4711.dcm · PA · DX"."""
    return " · ".join(part for part in (file_name, header.view_position, header.modality) if part)


def origin_words(analysis: Analysis, manifest: BundleManifest) -> str:
    """The query's own label where the catalogue knows it, and what was left out."""
    parts = []
    if analysis.same_case is not None and analysis.probabilities is not None:
        predicted = neighbourhood.predicted_class(analysis.probabilities, manifest)
        agreement = neighbourhood.agreement(analysis.same_case, predicted, manifest)
        parts.append(f"own label: {caption(analysis.same_case, agreement)}")
    if analysis.excluded:
        images = "image" if analysis.excluded == 1 else "images"
        parts.append(f"{analysis.excluded} {images} of this patient left out")
    return "; ".join(parts)


def status_words(engine: Engine | None, analysis: Analysis | None) -> tuple[str, ...]:
    """Bundle, catalogue, and where and how fast the models ran."""
    if engine is None:
        return ()
    manifest, catalogue = engine.bundle.manifest, engine.catalogue
    took: str = engine.session.provider
    if analysis is not None and analysis.timings_ms.get("model"):
        took += f" {analysis.timings_ms['total']:.0f} ms"
    cases = f"catalogue: {catalogue.count:,} cases" if catalogue else "no catalogue"
    return f"{manifest.name} {manifest.version}", cases, took
