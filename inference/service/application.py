"""The paths of the service, and their description in OpenAPI.

    GET  /                          this description as a plain page
    GET  /health                    whether it runs
    GET  /version                   models and catalogue
    POST /query                     a radiograph -> its most similar cases
    POST /query/archive             the same for a radiograph of a configured archive
    GET  /cases/{case_id}/picture   one of those, small

Everything that reads files or runs models happens in the one thread of `Turns`.
"""

import threading
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from inference.catalogue import Catalogue
from inference.pipeline import Analysis, Engine, analyse
from inference.pseudonym import pseudonym
from inference.safe_reading import read_safely
from inference.service.answers import (
    BundleAnswer,
    CatalogueAnswer,
    Health,
    QueryAnswer,
    Version,
    picture_png,
    query_answer,
)
from inference.service.archive_desk import ArchiveDesk, ArchivedRadiograph
from inference.service.description import DESCRIPTION, complete, documented, radiograph_body
from inference.service.error_answers import tell_problems_alike
from inference.service.plain_page import plain_page
from inference.service.refusal import Refusal
from inference.service.service_config import MAX_NEIGHBOURS, ServiceConfig
from inference.service.turns import Turns
from inference.service.uploads import Uploads

_PARAMETERS = (
    "k", "method", "exclude_patient", "saliency", "case_id",
    "archive", "study", "series", "instance", "body",
)  # fmt: skip


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
    engine: Engine,
    config: ServiceConfig,
    *,
    turns: Turns,
    uploads: Uploads,
    archives: ArchiveDesk | None,
    version: str,
) -> FastAPI:
    """The application; `Door` belongs around it.

    Args:
        engine: With a catalogue.
        config: Of the service; its method is one of the catalogue's.
        turns: For what takes long.
        uploads: For what comes in.
        archives: None where none is configured; then there is no path for them.
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
        responses=documented(400, 405, 408, 413, 421, 500),
    )
    with_token = documented(401, 403, 429)
    asks = with_token | documented(422, 503)
    tell_problems_alike(app, _PARAMETERS)

    def check_method(options: QueryOptions) -> None:
        if options.method is not None and options.method not in catalogue.methods:
            methods = ", ".join(catalogue.methods)
            raise Refusal(422, f"There is no such method; there are {methods}.")

    def answered(path: FilePath, options: QueryOptions, stop: threading.Event) -> QueryAnswer:
        exclude = options.exclude_patient
        steps = analyse(
            path,
            engine,
            method=config.method if options.method is None else options.method,
            k=options.k or config.neighbours,
            exclude_patient=config.exclude_patient if exclude is None else exclude,
        )
        return query_answer(_last(steps, stop), engine, with_saliency=options.saliency)

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
        responses=asks | documented(415),
        response_model_exclude_unset=False,
        openapi_extra={"requestBody": radiograph_body()},
    )
    async def query(request: Request, options: Annotated[QueryOptions, Query()]) -> QueryAnswer:
        """Find the most similar cases of a radiograph, which is the request's body."""
        check_method(options)
        with turns.place():
            async with uploads.file_of(request) as path:
                return await turns.run(lambda stop: answered(path, options, stop))

    if archives is not None:

        @app.post("/query/archive", responses=asks | documented(404, 502))
        async def query_archive(
            wanted: ArchivedRadiograph, options: Annotated[QueryOptions, Query()]
        ) -> QueryAnswer:
            """The same for a radiograph of a configured archive, by its UIDs."""
            check_method(options)
            with archives.turns.place():
                path = await archives.turns.run(lambda stop: archives.fetch(wanted, stop))
            with turns.place():
                return await turns.run(lambda stop: answered(path, options, stop))

    pseudonyms = _pseudonyms(catalogue)

    @app.get(
        "/cases/{case_id}/picture",
        response_class=Response,
        responses=asks
        | {
            200: {"content": {"image/png": {}}, "description": "A PNG of up to 512 pixels."},
        }
        | documented(404),
    )
    async def picture(case_id: Annotated[str, Path(pattern="^[0-9a-f]{8}$")]) -> Response:
        """A case of the catalogue, small, by the pseudonym that an answer gave it."""
        known = pseudonyms.get(case_id)
        if known is None:
            raise Refusal(404, "There is no such case in the catalogue.")

        def job(stop: threading.Event) -> bytes:
            radiograph = read_safely(catalogue.case(known).path)
            if radiograph.header.burned_in_annotation == "YES":
                raise Refusal(403, "Its file says that its pixels may name the patient.")
            return picture_png(radiograph)

        with turns.place():
            return Response(await turns.run(job), media_type="image/png")

    complete(app.openapi(), catalogue.methods)  # made once, and then kept by FastAPI
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
