"""What can go wrong when links are registered."""

from inference.errors import InferenceError


class IntegrationError(InferenceError):
    """The scheme cannot be registered here."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Links are not registered: {reason}.")
