"""What a request is told that gets no answer: a status, a name for programs, one sentence.

    {"error": "too_large", "message": "The request is larger than 128 MB; ..."}

Sentences never quote a file or a request: those may hold a patient's name.
"""

import json
import re

from starlette.exceptions import HTTPException

from inference.archive.archive_errors import (
    ArchiveError,
    MissingExtraError,
    NoPasswordError,
    NoStudyError,
)
from inference.errors import (
    CatalogueError,
    InferenceError,
    UnreadableRadiographError,
)

NAMES = {
    400: "bad_request",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "unsupported_type",
    421: "wrong_host",
    422: "not_usable",
    429: "too_many_requests",
    500: "fault",
    502: "archive_failed",
    503: "busy",
}

SENTENCES = {
    404: "There is nothing at this path; / lists what there is.",
    405: "This path does not take this method; / lists what it takes.",
    500: "This is a fault in Kindred; its log has more.",
}


class Refusal(HTTPException):
    """A request gets no answer.

    Attributes:
        status_code: Of HTTP; one of `NAMES`.
        detail: One sentence for the user.
        headers: Further ones, such as Retry-After.
    """

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, sentence, headers)


def error_body(status: int, sentence: str) -> bytes:
    """The JSON of an error."""
    return json.dumps({"error": NAMES.get(status, "bad_request"), "message": sentence}).encode()


def refusal_of(error: InferenceError) -> Refusal:
    """An expected problem with a request's radiograph, as its answer."""
    if isinstance(error, UnreadableRadiographError):
        return Refusal(422, f"Cannot read the radiograph: {_without_quotes(error.reason)}.")
    if isinstance(error, CatalogueError):
        return Refusal(503, f"Cannot use the catalogue: {_without_quotes(error.reason)}.")
    if isinstance(error, NoStudyError):
        return Refusal(404, _without_quotes(str(error)))
    if isinstance(error, ArchiveError):
        return Refusal(502, _without_quotes(str(error)))
    if isinstance(error, NoPasswordError | MissingExtraError):
        return Refusal(503, _without_quotes(str(error)))
    return Refusal(422, _without_quotes(str(error)))


def _without_quotes(reason: str) -> str:
    """Without what is in parentheses or quotes: there libraries repeat what a file holds."""
    return re.sub(r" ?(\([^()]*\)|“[^”]*”|\"[^\"]*\"|'[^']*')", "", reason)[:300]
