"""How studies, radiographs and their dates are said."""

import datetime
import re

from inference.archive.archive_matches import RemoteImage, Study
from viewer.translation import tr


class DateError(ValueError):
    """A text is no date."""


def date_of(text: str) -> datetime.date | None:
    """A date that was typed: 2026-03-01 or 20260301; None for an empty text.

    Raises:
        DateError: It is something else.
    """
    text = text.strip()
    if not text:
        return None
    found = re.fullmatch(r"(\d{4})[-./]?(\d{2})[-./]?(\d{2})", text)
    try:
        if found is not None:
            return datetime.date(*(int(part) for part in found.groups()))
    except ValueError:
        pass
    raise DateError(tr("{text} is no date; type it as 2026-03-01.").format(text=text[:20]))


def study_words(study: Study) -> tuple[str, ...]:
    """One text for each column of the table."""
    return (
        date_words(study.date),
        study.time,
        study.patient_name,
        study.patient_id,
        ", ".join(study.modalities),
        study.description,
        study.accession,
        "" if study.image_count is None else str(study.image_count),
    )


def date_words(date: datetime.date | None) -> str:
    """Such as "2026-03-01"."""
    return tr("no date") if date is None else date.isoformat()


def image_words(image: RemoteImage) -> str:
    """Such as "PA · DX · thorax · 2026-03-01"."""
    number = tr("no. {number}").format(number=image.number) if image.number else ""
    parts = (image.view, image.modality, image.description, number, date_words(image.date))
    return " · ".join(part for part in parts if part)


def prior_title(image: RemoteImage) -> str:
    """Such as "prior · 2026-03-01"."""
    return tr("prior · {date}").format(date=date_words(image.date))


def age_words(earlier: datetime.date | None, today: datetime.date) -> str:
    """How long ago, such as "14 months ago"; "" where it is not known."""
    if earlier is None or earlier > today:
        return ""
    days = (today - earlier).days
    if days < 2:
        return tr("yesterday") if days else tr("today")
    if days < 60:
        return tr("{count} days ago").format(count=days)
    if days < 730:
        return tr("{count} months ago").format(count=round(days / 30.44))
    return tr("{count} years ago").format(count=round(days / 365.25))
