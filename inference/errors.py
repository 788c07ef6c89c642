"""The problems we expect, each with a sentence the user can act on.

Whatever else escapes is a bug: it is left to travel, and the viewer logs it and says so.
Keeping the two apart here means that no caller has to guess.
"""

from pathlib import Path


class InferenceError(Exception):
    """An expected problem. Its text is shown to the user as it stands."""


class UnreadableRadiographError(InferenceError):
    """The file is missing, damaged, or not one radiograph."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot open {path.name}: {reason}.")
        self.path = path
        self.reason = reason


class BundleError(InferenceError):
    """A model bundle is missing, altered, or of a format this version cannot read."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Cannot use the model bundle {name}: {reason}.")
        self.name = name
        self.reason = reason


class CatalogueError(InferenceError):
    """A catalogue is missing, damaged, or was made with another bundle."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot use the catalogue of {path}: {reason}.")
        self.path = path
        self.reason = reason


class LabelsTableError(InferenceError):
    """A table of labels cannot be read as one."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot use the table {path.name}: {reason}.")
        self.path = path
        self.reason = reason


class ExportError(InferenceError):
    """A file the user asked for could not be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot write {path.name}: {reason}.")
        self.path = path
        self.reason = reason
