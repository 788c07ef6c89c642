"""How sending over one connection ends: for each file, and for the connection."""

from dataclasses import dataclass
from pathlib import Path

from inference.dicom_results.errors import SendError


@dataclass(frozen=True, slots=True)
class Outcome:
    """The archive's answer for one file; `problem` is "" where it keeps it."""

    file: Path
    problem: str = ""


class TransientSendError(SendError):
    """A failure that may be over in a moment: worth another attempt."""
