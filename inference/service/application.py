"""The paths of the service, and their description in OpenAPI.

    GET  /                          this description as a plain page
    GET  /health                    whether it runs
    GET  /version                   models and catalogue
    POST /query                     a radiograph -> its most similar cases
    GET  /cases/{case_id}/picture   one of those, small

Everything that reads files or runs models happens in the one thread of `Turns`.
"""

import threading
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from inference.catalogue import Catalogue
from inference.errors import InferenceError
from inference.pipeline import Analysis, Engine, analyse
from inference.pseudonym import pseudonym
from inference.radiograph_io import read_radiograph
from inference.service.answers import (
    BundleAnswer,
    CatalogueAnswer,
    Health,
    Problem,
    QueryAnswer,
    Version,
    picture_png,
    query_answer,
)
from inference.service.plain_page import plain_page
from inference.service.refusal import NAMES, SENTENCES, Refusal, error_body, refusal_of
from inference.service.service_config import MAX_NEIGHBOURS, ServiceConfig
from inference.service.turns import Turns
from inference.service.uploads import CONTENT_TYPES, Uploads

DESCRIPTION = (
    "The most similar past cases of a radiograph, in disease and in severity. "
    "Research use only. Not a medical device; must not be used for diagnosis."
)
_OPTIONS = ("k", "method", "exclude_patient", "saliency")
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
    503: "Others wait already, or it took too long; Retry-After says when to ask again.",
}


class QueryOptions(BaseModel):
    """How to compare; what a request leaves out is as the service was started."""

    model_config = ConfigDict(extra="forbid")

    k: int | None = Field(default=None, ge=1, le=MAX_NEIGHBOURS, description="How many cases.")
    method: str | None = Field(default=None, max_length=64, description="The retrieval method.")
    exclude_patient: bool | None = Field(
        default=None, description="Leave out the radiograph itself and its patient's others."
    )
    saliency: bool = Field(default=False, description="With the saliency map.")


def make_application(
    engine: Engine, config: ServiceConfig, *, turns: Turns, uploads: Uploads, version: str
) -> FastAPI:
    """The application; `Door` belongs around it.

    Args:
        engine: With a catalogue.
        config: Of the service; its method is one of the catalogue's.
        turns: For what takes long.
        uploads: For what comes in.
        version: Of the program.

    Raises:
        ValueError: The engine has no catalogue.
    """
    catalogue = engine.catalogue
    if catalogue is None:
        raise ValueError("the service needs a catalogue")
    app = FastAPI(
        title="Kindred",
        version=version,
        description=DESCRIPTION,
        docs_url=None,  # its page would load a script from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses=_documented_all(400, 405, 408, 413, 421, 500),
    )
    with_token = _documented_all(401, 403, 429)
    asks = with_token | _documented_all(422, 503)
    _tell_problems_alike(app)

    @app.get("/", include_in_schema=False, response_class=HTMLResponse)
    async def page() -> str:
        return plain_page(app.openapi())

    @app.get("/health")
    async def health() -> Health:
        """Whether the service runs. Needs no token."""
        return Health()

    @app.get("/version", responses=with_token)
    async def about() -> Version:
        """Which models and which catalogue answer."""
        return _version(engine, catalogue, version)

    @app.post(
        "/query",
        responses=asks | _documented_all(415),
        response_model_exclude_unset=False,
        openapi_extra={"requestBody": _radiograph_body()},
    )
    async def query(request: Request, options: Annotated[QueryOptions, Query()]) -> QueryAnswer:
        """Find the most similar cases of a radiograph, which is the request's body."""
        method = options.method or config.method
        if method not in catalogue.methods:
            raise Refusal(422, f"There is no such method; there are {_listed(catalogue)}.")
        exclude = options.exclude_patient
        with turns.place():
            async with uploads.file_of(request) as path:

                def job(stop: threading.Event) -> QueryAnswer:
                    steps = analyse(
                        path,
                        engine,
                        method=method,
                        k=options.k or config.neighbours,
                        exclude_patient=config.exclude_patient if exclude is None else exclude,
                    )
                    return query_answer(_last(steps, stop), engine, with_saliency=options.saliency)

                return await turns.run(job)

    pseudonyms = _pseudonyms(catalogue)

    @app.get(
        "/cases/{case_id}/picture",
        response_class=Response,
        responses=asks
        | {
            200: {"content": {"image/png": {}}, "description": "A PNG of up to 512 pixels."},
        }
        | _documented_all(404),
    )
    async def picture(case_id: Annotated[str, Path(pattern="^[0-9a-f]{8}$")]) -> Response:
        """A case of the catalogue, small, by the pseudonym that an answer gave it."""
        known = pseudonyms.get(case_id)
        if known is None:
            raise Refusal(404, "There is no such case in the catalogue.")

        def job(stop: threading.Event) -> bytes:
            radiograph = read_radiograph(catalogue.case(known).path)
            if radiograph.header.burned_in_annotation == "YES":
                raise Refusal(403, "Its file says that its pixels may name the patient.")
            return picture_png(radiograph)

        with turns.place():
            return Response(await turns.run(job), media_type="image/png")

    schema = app.openapi()  # made once, and then kept by FastAPI
    for one in schema["paths"]["/query"]["post"]["parameters"]:
        if one["name"] == "method":
            one["schema"] = {"type": "string", "enum": list(catalogue.methods)}
    _complete(schema)
    return app


def _last(steps: Iterator[Analysis], stop: threading.Event) -> Analysis:
    """The finished analysis, unless nobody waits for it any more."""
    for one in steps:
        if stop.is_set():
            break
        analysis = one
    else:
        return analysis
    raise Refusal(503, "The radiograph could not be analysed in time; ask again.")


def _tell_problems_alike(app: FastAPI) -> None:
    """Every error in the one form, whoever found it."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        own = error.detail if isinstance(error, Refusal) else ""
        sentence = own or SENTENCES.get(error.status_code, "The request cannot be understood.")
        return _problem(error.status_code, sentence, error.headers)

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> Response:
        return _problem(422, _sentence(error), None)

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


def _sentence(error: RequestValidationError) -> str:
    """What is wrong with a parameter, without repeating what was given."""
    found = error.errors()[0]
    name = str(found["loc"][-1])
    if name not in (*_OPTIONS, "case_id"):
        return f"There is no such parameter; there are {', '.join(_OPTIONS)}."
    return (
        f"The parameter {name} cannot be used: {str(found['msg'])[:1].lower()}{found['msg'][1:]}."
    )


def _version(engine: Engine, catalogue: Catalogue, version: str) -> Version:
    manifest = engine.bundle.manifest
    return Version(
        kindred=version,
        bundle=BundleAnswer(name=manifest.name, version=manifest.version, sha256=manifest.sha256),
        condition=manifest.condition,
        catalogue=CatalogueAnswer(cases=catalogue.count),
        methods=list(catalogue.methods),
    )


def _pseudonyms(catalogue: Catalogue) -> dict[str, str]:
    """Case ids by pseudonym; a pseudonym that two cases share names neither."""
    found: dict[str, str] = {}
    shared = set()
    for case in catalogue.cases():
        short = pseudonym(case.case_id)
        if short in found:
            shared.add(short)
        found[short] = case.case_id
    return {short: case_id for short, case_id in found.items() if short not in shared}


def _listed(catalogue: Catalogue) -> str:
    return ", ".join(catalogue.methods)


def _documented_all(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {
        code: {"model": Problem, "description": f"{NAMES[code]}: {_MEANINGS[code]}"}
        for code in codes
    }


def _radiograph_body() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
    return {"required": True, "content": dict.fromkeys(CONTENT_TYPES, binary)}


def _complete(schema: dict[str, Any]) -> None:
    """Put in what FastAPI leaves out of the description: the token, and its own form of errors."""
    schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            if path != "/health":
                operation["security"] = [{"token": []}]
