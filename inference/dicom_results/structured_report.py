"""The numbers of a comparison as a Structured Report: TID 1500, as an Enhanced SR.

    Imaging Measurement Report
        language, device observer, procedure
        Imaging Measurements
            group "Model output": a probability for each class
            group "Similar case 1", ...: distance, similarity; pseudonym and findings as text
        comments: what it is made with, warnings, research use only

Everything of a comparison that other software may read. Projection images have no coordinates in
the patient, so nothing needs a Comprehensive 3D SR, and Enhanced SR is what most archives take.
"""

from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from inference.dicom_results.content import RESEARCH_USE, ResultContent
from inference.dicom_results.series import (
    MANUFACTURER,
    SCHEME,
    SCHEME_NAME,
    device_uid,
    finished,
    series_arguments,
)
from inference.dicom_results.source import Source
from inference.pseudonym import pseudonym
from inference.records import Neighbour


def structured_report(source: Source, content: ResultContent) -> Dataset:
    """The report, preliminary and unverified: nobody has read it.

    Source:
        DICOM PS3.16, TID 1500, 1501, 1411, 4019.
    """
    import highdicom as hd

    of = source.dataset
    groups = [_model_output(of, content)]
    groups += [_case(of, content, neighbour) for neighbour in content.analysis.neighbours or ()]
    report = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_device_context=_observer(content)),
        procedure_reported=hd.sr.CodedConcept("363680008", "SCT", "Radiographic imaging procedure"),
        imaging_measurements=groups,
        title=_concept("126000", "Imaging Measurement Report"),
    )
    for name, words in _comments(content):
        report[0].ContentSequence.append(_text(name, words))
    made = hd.sr.EnhancedSR(
        evidence=[of],
        content=report,
        is_complete=True,
        is_final=False,
        is_verified=False,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        coding_schemes=[_scheme()],
        **series_arguments("sr", "similar cases", content),
    )
    return finished(made)


def _observer(content: ResultContent) -> Any:
    import highdicom as hd

    return hd.sr.ObserverContext(
        observer_type=_concept("121007", "Device"),
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
            uid=device_uid(content.program),
            name="Kindred",
            manufacturer_name=MANUFACTURER,
            model_name=f"Kindred {content.program}",
        ),
    )


def _model_output(of: Dataset, content: ResultContent) -> Any:
    probabilities = content.analysis.probabilities
    assert probabilities is not None
    manifest = content.engine.bundle.manifest
    names = [one.name for one in manifest.classes]
    if len(probabilities) == 1:  # of two classes: that of the condition
        names = [manifest.condition]
    measurements = [
        _measurement("PROBABILITY", f"Model output for {name}", value)
        for name, value in zip(names, probabilities, strict=True)
    ]
    return _group(of, content, "Model output", measurements, [])


def _case(of: Dataset, content: ResultContent, neighbour: Neighbour) -> Any:
    case = neighbour.case
    measurements = [
        _measurement("DISTANCE", "Distance between embeddings", neighbour.distance),
        _measurement("SIMILARITY", "Similarity, 0.5 for two random cases", neighbour.similarity),
    ]
    findings = ", ".join(case.findings) or "nothing known"
    source = f" (from: {case.findings_source})" if case.findings_source else ""
    texts = [
        (_own("PSEUDONYM", "Pseudonym of the case"), pseudonym(case.case_id)),
        (_concept("121071", "Finding"), findings + source),
    ]
    return _group(of, content, f"Similar case {neighbour.rank}", measurements, texts)


def _group(
    of: Dataset,
    content: ResultContent,
    title: str,
    measurements: list[Any],
    texts: list[tuple[Any, str]],
) -> Any:
    import highdicom as hd

    manifest = content.engine.bundle.manifest
    group = hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(generate_uid(), title),
        algorithm_id=hd.sr.AlgorithmIdentification(
            name=manifest.name,
            version=manifest.version,
            parameters=[f"SHA-256 {manifest.sha256}", f"method {content.analysis.method}"],
        ),
        measurements=measurements,
        source_images=[hd.sr.SourceImageForMeasurementGroup(of.SOPClassUID, of.SOPInstanceUID)],
    )
    for name, words in texts:
        group[0].ContentSequence.append(_text(name, words))
    return group


def _comments(content: ResultContent) -> list[tuple[Any, str]]:
    analysis, manifest = content.analysis, content.engine.bundle.manifest
    catalogue = content.engine.catalogue
    comment = _concept("121106", "Comment")
    lines = [
        (comment, f"{RESEARCH_USE}."),
        (_own("METHOD", "Retrieval method"), f"{content.method_title} ({analysis.method})"),
        (_own("MODEL", "Model"), f"{manifest.name} {manifest.version}"),
        (_own("MODEL_SHA256", "SHA-256 of the model"), manifest.sha256),
    ]
    if catalogue is not None:
        lines += [
            (_own("CATALOGUE", "Catalogue version"), f"{catalogue.revision}, {catalogue.built}"),
            (_own("CATALOGUE_SIZE", "Cases in the catalogue"), str(catalogue.count)),
        ]
    if analysis.excluded:
        lines.append((comment, f"Left out as the query's own patient: {analysis.excluded}."))
    lines += [(comment, words) for words in content.notes]
    lines += [(_own("WARNING", "Warning"), words) for words in analysis.warnings]
    return lines


def _measurement(value: str, meaning: str, number: float) -> Any:
    import highdicom as hd

    unit = hd.sr.CodedConcept("1", "UCUM", "no units")
    return hd.sr.Measurement(name=_own(value, meaning), value=number, unit=unit)


def _text(name: Any, words: str) -> Any:
    import highdicom as hd

    return hd.sr.TextContentItem(name=name, value=words, relationship_type="CONTAINS")


def _concept(value: str, meaning: str) -> Any:
    import highdicom as hd

    return hd.sr.CodedConcept(value, "DCM", meaning)


def _own(value: str, meaning: str) -> Any:
    import highdicom as hd

    return hd.sr.CodedConcept(value, SCHEME, meaning[:64])


def _scheme() -> Any:
    import highdicom as hd

    return hd.coding_schemes.CodingSchemeIdentificationItem(
        designator=SCHEME, name=SCHEME_NAME, responsible_organization=MANUFACTURER
    )
