"""An archive's answers to a search, of which nothing is taken on trust.

DICOM JSON (PS3.18 F) becomes `Study` and `RemoteImage`. A match without a valid UID is left out;
control characters, and those that turn the direction of writing round, are taken out of texts.
"""

import datetime
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MAX_TEXT = 120

RADIOGRAPH_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.1": "Computed Radiography",
    "1.2.840.10008.5.1.4.1.1.1.1": "Digital X-Ray",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "Digital X-Ray, for processing",
    "1.2.840.10008.5.1.4.1.1.1.2": "Digital Mammography X-Ray",
    "1.2.840.10008.5.1.4.1.1.1.2.1": "Digital Mammography X-Ray, for processing",
    "1.2.840.10008.5.1.4.1.1.1.3": "Digital Intra-Oral X-Ray",
    "1.2.840.10008.5.1.4.1.1.1.3.1": "Digital Intra-Oral X-Ray, for processing",
    "1.2.840.10008.5.1.4.1.1.7": "Secondary Capture",
}
"""Storage SOP classes whose instances may be radiographs. Secondary Capture is what older
digitisers write; whether one is a radiograph, its modality and its pixels say."""

RADIOGRAPH_MODALITIES = ("CR", "DX", "MG", "IO", "PX", "RG")

_JOINERS = "\u200c\u200d"  # Persian and the scripts of India are not written without them
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")


@dataclass(frozen=True, slots=True)
class Study:
    """One study that an archive found.

    Attributes:
        uid: Of the study.
        patient_id, patient_name: To be shown, never stored; left out of `repr`.
        date: Of the study, or None where the archive does not say.
        time: "HH:MM", or "".
        description: StudyDescription.
        modalities: Of its series, in the archive's order.
        accession: Its accession number.
        image_count: How many instances it has; None where the archive does not say.
    """

    uid: str
    patient_id: str = field(default="", repr=False)
    patient_name: str = field(default="", repr=False)
    date: datetime.date | None = None
    time: str = ""
    description: str = field(default="", repr=False)
    modalities: tuple[str, ...] = ()
    accession: str = field(default="", repr=False)
    image_count: int | None = None

    @property
    def may_have_radiographs(self) -> bool:
        """False only where the archive lists modalities, none of which is one of radiographs."""
        return not self.modalities or any(one in RADIOGRAPH_MODALITIES for one in self.modalities)


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """One radiograph in an archive.

    Attributes:
        study_uid, series_uid, instance_uid: Where it is.
        modality: Of its series.
        description: SeriesDescription.
        number: InstanceNumber, or "".
        view: ViewPosition where the archive gives it, else "".
        date: Of its series or study, or None.
    """

    study_uid: str
    series_uid: str
    instance_uid: str
    modality: str = ""
    description: str = field(default="", repr=False)
    number: str = ""
    view: str = ""
    date: datetime.date | None = None


def is_uid(text: str) -> bool:
    """Whether a text may be a DICOM UID; leading zeros, which occur, are let pass."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def studies_from(answer: Iterable[object]) -> tuple[Study, ...]:
    """The studies of an answer; those that cannot be one are left out."""
    found = []
    for match in answer:
        if isinstance(match, dict) and is_uid(_text(match, "StudyInstanceUID")):
            found.append(_study(match))
    return tuple(found)


def text_of(match: object, keyword: str) -> str:
    """One attribute of a match as clean text; "" where it is absent or something else."""
    return _text(match, keyword) if isinstance(match, dict) else ""


def date_from(text: str) -> datetime.date | None:
    """A DICOM date, YYYYMMDD or the older YYYY.MM.DD; None where it is not one."""
    found = re.fullmatch(r"(\d{4})\.?(\d{2})\.?(\d{2})", text)
    try:
        return datetime.date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def clean(text: str) -> str:
    """Without what could mislead on the screen: control and direction characters, and length."""
    kept = "".join(
        " " if unicodedata.category(one) in ("Cc", "Cf", "Cs") and one not in _JOINERS else one
        for one in text
    )
    return " ".join(kept.split())[:MAX_TEXT]


def shown_name(text: str) -> str:
    """A DICOM person name as it is read: "Doe^Jane" is "Doe, Jane".

    Source:
        DICOM PS3.5 6.2.1: family, given, middle, prefix, suffix, parted by ^.
    """
    parts = [part.strip() for part in text.split("^")]
    family, given = parts[0], " ".join(part for part in parts[1:3] if part)
    return f"{family}, {given}" if family and given else family or given


def _study(match: dict[str, Any]) -> Study:
    at = _text(match, "StudyTime")
    count = _text(match, "NumberOfStudyRelatedInstances")
    return Study(
        uid=_text(match, "StudyInstanceUID"),
        patient_id=_text(match, "PatientID"),
        patient_name=_name(match),
        date=date_from(_text(match, "StudyDate")),
        time=f"{at[:2]}:{at[2:4]}" if re.match(r"\d{4}", at) else "",
        description=_text(match, "StudyDescription"),
        modalities=tuple(dict.fromkeys(one.upper() for one in _texts(match, "ModalitiesInStudy"))),
        accession=_text(match, "AccessionNumber"),
        image_count=int(count) if re.fullmatch(r"\d{1,9}", count) else None,
    )


def _name(match: dict[str, Any]) -> str:
    """The patient's name in each script it is given in."""
    return " · ".join(filter(None, map(shown_name, _texts(match, "PatientName"))))


def _text(match: dict[str, Any], keyword: str) -> str:
    found = _texts(match, keyword)
    return found[0] if found else ""


def _texts(match: dict[str, Any], keyword: str) -> list[str]:
    from pydicom.datadict import tag_for_keyword  # here: a window starts without pydicom

    tag = tag_for_keyword(keyword)
    assert tag is not None
    element = match.get(f"{tag:08X}", match.get(f"{tag:08x}"))
    values = element.get("Value") if isinstance(element, dict) else None
    if not isinstance(values, list):
        return []
    found: list[object] = []
    for value in values[:32]:
        if isinstance(value, dict):  # a person name, by script
            found += [value.get("Alphabetic"), value.get("Ideographic")]
        else:
            found.append(value)
    plain = (one for one in found if isinstance(one, str | int | float))
    return [one for one in map(clean, map(str, plain)) if one]
