"""What goes wrong between us and an archive, each with a sentence the user can act on."""

from inference.errors import InferenceError


class ArchiveSettingsError(ValueError):
    """A section of the settings cannot be used; the text is a part of the settings' sentence."""

    def __init__(self, section: str, reason: str) -> None:
        super().__init__(f"[{section}]: {reason}")


class ArchiveError(InferenceError):
    """An archive did not give what it was asked for."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"The archive {name} {reason}.")
        self.name = name
        self.reason = reason


class ArchiveLoginError(ArchiveError):
    """The archive wants a user and password, or others than it was given."""


class NoPasswordError(InferenceError):
    """A password is needed, and nothing here knows it: the user must be asked."""

    def __init__(self, name: str, user: str, reason: str) -> None:
        super().__init__(f"{reason} Give the password of {user} for {name}.")
        self.name = name
        self.user = user


class NoStudyError(InferenceError):
    """What was asked for holds no radiograph that could be opened."""


class ReceiverError(InferenceError):
    """The receiver cannot be started."""


class MissingExtraError(InferenceError):
    """A part that is installed separately is not installed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs `pip install 'kindred-viewer[dicom-io]'`.")
