"""What clients are told: the JSON of `kindred query`, without anybody's identity.

Cases carry their pseudonym where `kindred query` has their id; paths and patient ids are left
out. The same pseudonym names the case on exports and in DICOM results.
"""

import base64
from dataclasses import replace
from io import BytesIO
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from inference.pipeline import Analysis, Engine, result_json
from inference.preprocess import Placement
from inference.pseudonym import pseudonym
from inference.radiograph_io import display_brightness
from inference.records import Radiograph

MAP_SIDE = 1024
PICTURE_SIDE = 512

Pseudonym = Annotated[str, Field(pattern="^[0-9a-f]{8}$", description="Names a case.")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(_Answer):
    """Why there is no answer: a name for programs, and one sentence."""

    error: str
    message: str


class Health(_Answer):
    """The service runs."""

    status: Literal["ok"] = "ok"
    research_use_only: Literal[True] = True


class BundleAnswer(_Answer):
    """The models."""

    name: str
    version: str
    sha256: str


class CatalogueAnswer(_Answer):
    """The cases that are compared with."""

    cases: int


class Version(_Answer):
    """What answers."""

    kindred: str
    bundle: BundleAnswer
    condition: str
    catalogue: CatalogueAnswer
    methods: list[str]
    research_use_only: Literal[True] = True


class NeighbourAnswer(_Answer):
    """A similar case; rank 1 is the most similar."""

    rank: int
    case_id: Pseudonym
    distance: float
    similarity: Share
    probability: Share | None
    findings: list[str]
    findings_source: str


class QueryAnswer(_Answer):
    """An analysed radiograph, as `kindred query --json` tells it, without identities."""

    condition: str
    probability: Share
    probabilities: dict[str, Share]
    method: str
    bundle: BundleAnswer
    catalogue: CatalogueAnswer
    query_case: Pseudonym | None = Field(description="The radiograph's own case, if it is one.")
    excluded: int
    neighbours: list[NeighbourAnswer]
    warnings: list[str]
    timings_ms: dict[str, float]
    saliency_png: str | None = Field(
        default=None,
        description="Where asked for: a grey PNG in base64 over the whole radiograph, to be "
        "stretched to its size; 0 is no relevance, 255 the highest.",
    )
    research_use_only: Literal[True] = True


def query_answer(analysis: Analysis, engine: Engine, *, with_saliency: bool) -> QueryAnswer:
    """A finished analysis as its answer.

    Args:
        analysis: The last that `analyse` yielded.
        engine: The one it was made with, with a catalogue.
        with_saliency: Whether the map is wanted too.
    """
    result: dict[str, Any] = result_json(analysis, engine)
    told = {key: result[key] for key in QueryAnswer.model_fields if key in result}
    told["catalogue"] = {"cases": result["catalogue"]["cases"]}
    told["query_case"] = pseudonym(result["query_case"]) if result["query_case"] else None
    told["neighbours"] = [
        {key: one[key] for key in NeighbourAnswer.model_fields}
        | {"case_id": pseudonym(one["case_id"])}
        for one in result["neighbours"]
    ]
    if with_saliency:
        told["saliency_png"] = base64.b64encode(_saliency_png(analysis)).decode()
    return QueryAnswer.model_validate(told)


def picture_png(radiograph: Radiograph) -> bytes:
    """A radiograph as a small PNG, as its file's own window shows it; nothing else is in it."""
    brightness = display_brightness(radiograph)
    picture = Image.fromarray(np.rint(brightness * 255).astype(np.uint8))
    picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    return _png(picture)


def _saliency_png(analysis: Analysis) -> bytes:
    assert analysis.saliency is not None
    assert analysis.model_input is not None
    whole = _shrunk(analysis.model_input.placement).to_radiograph(analysis.saliency)
    values: NDArray[np.uint8] = np.rint(whole.clip(0.0, 1.0) * 255).astype(np.uint8)
    return _png(Image.fromarray(values))


def _shrunk(placement: Placement) -> Placement:
    """The same place on a radiograph whose longer side is at most `MAP_SIDE`."""
    scale = min(1.0, MAP_SIDE / max(placement.rows, placement.columns))
    rows, columns = (max(1, round(side * scale)) for side in (placement.rows, placement.columns))
    top = min(round(placement.top * scale), rows - 1)
    left = min(round(placement.left * scale), columns - 1)
    return replace(
        placement,
        rows=rows,
        columns=columns,
        top=top,
        left=left,
        height=min(max(1, round(placement.height * scale)), rows - top),
        width=min(max(1, round(placement.width * scale)), columns - left),
    )


def _png(picture: Image.Image) -> bytes:
    content = BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()
