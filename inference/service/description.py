"""What FastAPI does not say by itself in the OpenAPI description: errors, bodies, the token."""

from collections.abc import Sequence
from typing import Any

from inference.service.answers import Problem
from inference.service.refusal import NAMES
from inference.service.uploads import CONTENT_TYPES

DESCRIPTION = (
    "The most similar past cases of a radiograph, in disease and in severity. "
    "Research use only. Not a medical device; must not be used for diagnosis."
)
_MEANINGS = {
    400: "The request is not one, or has no body.",
    401: "No token, or a wrong one.",
    403: "Asked by a web page that may not, or a picture that may not be shown.",
    404: "There is no such path or case.",
    405: "The path does not take the method.",
    408: "The request came too slowly.",
    413: "The request is too large.",
    415: "The body is no radiograph by its Content-Type.",
    421: "The Host header names another host.",
    422: "A parameter, or the radiograph, cannot be used.",
    429: "Too many requests in a minute.",
    500: "A fault in the program.",
    502: "The archive did not give what it was asked for.",
    503: "Others wait already, or it took too long; Retry-After says when to ask again.",
}


def documented(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Answers with an error, as FastAPI's `responses` takes them."""
    return {
        code: {"model": Problem, "description": f"{NAMES[code]}: {_MEANINGS[code]}"}
        for code in codes
    }


def radiograph_body() -> dict[str, Any]:
    """A request's body that is a radiograph."""
    binary = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
    return {"required": True, "content": dict.fromkeys(CONTENT_TYPES, binary)}


def complete(schema: dict[str, Any], methods: Sequence[str]) -> None:
    """Put in what FastAPI cannot know: the token, and which retrieval methods there are."""
    schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for one in operation.get("parameters", []):
                if one["name"] == "method":
                    one["schema"] = {"type": "string", "enum": list(methods)}
            if path != "/health":
                operation["security"] = [{"token": []}]
