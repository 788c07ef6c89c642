"""What an archive is asked for, and what it finds."""

import datetime
from dataclasses import dataclass, field

from inference.archive.archive_matches import Study
from inference.errors import InferenceError


@dataclass(frozen=True, slots=True)
class StudyQuery:
    """What is searched for; "" and None ask for nothing.

    Attributes:
        patient_id, accession: May hold the wildcards * and ?.
        first, last: Study dates, both included.
        modality: Such as "CR".
    """

    patient_id: str = field(default="", repr=False)
    accession: str = field(default="", repr=False)
    first: datetime.date | None = None
    last: datetime.date | None = None
    modality: str = ""

    def filters(self) -> dict[str, str]:
        """As QIDO-RS asks.

        Raises:
            InferenceError: Nothing is asked for, or something that no archive can match.
        """
        texts = {
            "PatientID": self.patient_id.strip(),
            "AccessionNumber": self.accession.strip(),
            "ModalitiesInStudy": self.modality.strip(),
        }
        for text in texts.values():
            if len(text) > 64 or "\\" in text or not text.isprintable():
                raise InferenceError(
                    "A patient id, an accession number and a modality have up to 64 characters, "
                    "without a backslash; correct it and search again."
                )
        if self.first and self.last and self.last < self.first:
            raise InferenceError("The last date is before the first; correct it and search again.")
        if self.first or self.last:
            ends = [f"{day:%Y%m%d}" if day else "" for day in (self.first, self.last)]
            texts["StudyDate"] = "-".join(ends)
        found = {keyword: text for keyword, text in texts.items() if text.strip("*?")}
        if not found:
            raise InferenceError(
                "Give a patient id, an accession number, a date or a modality to search for."
            )
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        studies: The newest first.
        notes: Sentences for the user, such as that there are more.
    """

    studies: tuple[Study, ...]
    notes: tuple[str, ...] = ()
