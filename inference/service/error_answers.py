"""Every error in the one form of `refusal`, whoever found it."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from inference.errors import InferenceError
from inference.service.refusal import SENTENCES, Refusal, error_body, refusal_of


def tell_problems_alike(app: FastAPI, parameters: tuple[str, ...]) -> None:
    """Answer errors in the one form.

    Args:
        app: Whose errors.
        parameters: Names that a sentence may repeat; others are the client's own words.
    """

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        own = error.detail if isinstance(error, Refusal) else ""
        sentence = own or SENTENCES.get(error.status_code, "The request cannot be understood.")
        return _problem(error.status_code, sentence, error.headers)

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> Response:
        return _problem(422, _sentence(error, parameters), None)

    @app.exception_handler(InferenceError)
    async def expected(request: Request, error: InferenceError) -> Response:
        refusal = refusal_of(error)
        return _problem(refusal.status_code, refusal.detail, None)

    @app.exception_handler(MemoryError)
    async def too_large(request: Request, error: MemoryError) -> Response:
        return _problem(413, "The radiograph is too large for this computer.", None)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        return _problem(500, SENTENCES[500], None)  # the door keeps what is known of it


def _problem(status: int, sentence: str, headers: Any) -> Response:
    return Response(error_body(status, sentence), status, headers, "application/json")


def _sentence(error: RequestValidationError, parameters: tuple[str, ...]) -> str:
    """What is wrong with a parameter, without repeating what was given."""
    found = error.errors()[0]
    name = str(found["loc"][-1])
    if name not in parameters:
        return f"There is no such parameter; there are {', '.join(parameters)}."
    return (
        f"The parameter {name} cannot be used: {str(found['msg'])[:1].lower()}{found['msg'][1:]}."
    )
