"""Why the service cannot be started, in a sentence. What a request is told is in `refusal`."""

from inference.errors import InferenceError


class ServiceError(InferenceError):
    """The service cannot be started."""


class MissingServeExtraError(ServiceError):
    """FastAPI or uvicorn is not installed."""

    def __init__(self) -> None:
        super().__init__("`kindred serve` needs `pip install 'kindred-viewer[serve]'`.")
