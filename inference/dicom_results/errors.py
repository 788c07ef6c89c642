"""What can go wrong on the way back to the archive, each with its sentence."""

from inference.errors import InferenceError


class ReturnError(InferenceError):
    """A result cannot be made, or not as this kind of DICOM object."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"Cannot return {what}: {reason}.")
        self.reason = reason


class SendError(InferenceError):
    """An archive was not reached, refused, or did not keep what it was sent."""

    def __init__(self, peer: str, reason: str) -> None:
        super().__init__(f"Cannot send to {peer}: {reason}.")
        self.reason = reason


class SendLoginError(SendError):
    """The archive wants a user and password, or others than it was given."""


MISSING_EXTRA = "it needs more packages: pip install 'kindred-viewer[dicom-io]'"
