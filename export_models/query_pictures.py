"""The best and the worst queries of a method in pictures: to learn from, not to prove with.

Each row is a query and its four nearest cases of other patients, as the model sees them, and
under each what the saliency map shows. Green frames agree with the query's class, red do not.
"""

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from export_models.measures import Truth
from export_models.pairwise import pairwise_distances
from export_models.retrieval_metrics import class_scores
from export_models.split_embeddings import SplitEmbeddings, prepare_case
from inference.onnx_session import BundleSession

SHOWN = 10
NEAREST = 4
_SIDE = 120
_FRAME = 4
_QUERY, _AGREES, _DISAGREES = (90, 120, 200), (40, 160, 70), (200, 50, 50)


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """One query and its nearest cases.

    Attributes:
        is_best: Among the best, else among the worst.
        caption: The query's class, score and id.
        data_uri: A JPEG.
    """

    is_best: bool
    caption: str
    data_uri: str


def query_pictures(
    session: BundleSession, split: SplitEmbeddings, truth: Truth, method: str
) -> list[QueryPicture]:
    """Pictures of the ten best and the ten worst queries by average precision."""
    manifest = session.bundle.manifest
    distances = pairwise_distances(split.embeddings[method], manifest.methods[method].distance)
    scores = class_scores(distances, truth.classes, truth.patients)["map_per_query"]
    ranked = [int(row) for row in np.argsort(-scores, kind="stable") if np.isfinite(scores[row])]
    shown = min(SHOWN, len(ranked) // 2)
    chosen = [(row, True) for row in ranked[:shown]]
    chosen += [(row, False) for row in ranked[::-1][:shown]]
    tiles: dict[int, Image.Image] = {}
    pictures = []
    for query, is_best in chosen:
        others = np.flatnonzero((truth.classes >= 0) & (truth.patients != truth.patients[query]))
        nearest = others[np.argsort(distances[query, others], kind="stable")][:NEAREST]
        sheet = Image.new("RGB", (_SIDE * (1 + len(nearest)), 2 * _SIDE))
        for place, row in enumerate([query, *map(int, nearest)]):
            if row not in tiles:
                tiles[row] = _tile(session, split, row)
            agrees = truth.classes[row] == truth.classes[query]
            colour = _QUERY if place == 0 else _AGREES if agrees else _DISAGREES
            sheet.paste(_framed(tiles[row], colour), (place * _SIDE, 0))
        name = manifest.classes[truth.classes[query]].name
        caption = f"{split.cases[query].case_id}: {name}, average precision {scores[query]:.2f}"
        pictures.append(QueryPicture(is_best, caption, picture_data_uri(sheet)))
    return pictures


def overlaid(brightness: NDArray[np.floating], saliency: NDArray[np.floating]) -> NDArray[np.uint8]:
    """A saliency map over an image: red where it is strong.

    Args:
        brightness: (rows, columns, 3) in [0, 1].
        saliency: (rows, columns) in [0, 1].

    Returns:
        (rows, columns, 3).
    """
    # A map's maximum is one pixel: scaled by its 99th percentile, the rest can be seen.
    strength = (saliency / max(float(np.percentile(saliency, 99)), 1e-6)).clip(0, 1)[..., None]
    red = np.array([1.0, 0.25, 0.1])
    mixed = 0.6 * brightness * (1 - strength) + red * strength
    return np.asarray((mixed.clip(0, 1) * 255).round(), np.uint8)


def picture_data_uri(picture: Image.Image) -> str:
    """A picture as text that HTML can hold."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=88)  # a sixth of the PNG's size
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _tile(session: BundleSession, split: SplitEmbeddings, row: int) -> Image.Image:
    """One case as the model sees it, its saliency map below."""
    tensor = prepare_case(split.cases[row], session.bundle.manifest.input, session).tensor
    saliency = session.run(tensor, ()).saliency
    planes = np.repeat(tensor[0], 3, axis=0) if tensor.shape[1] == 1 else tensor[0]
    brightness = planes.transpose(1, 2, 0)
    plain = (brightness * 255).round().astype(np.uint8)
    tile = Image.new("RGB", (_SIDE, 2 * _SIDE))
    for place, values in enumerate((plain, overlaid(brightness, saliency))):
        tile.paste(Image.fromarray(values).resize((_SIDE, _SIDE)), (0, place * _SIDE))
    return tile


def _framed(tile: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    framed = tile.copy()
    ImageDraw.Draw(framed).rectangle(
        (0, 0, framed.width - 1, framed.height - 1), outline=colour, width=_FRAME
    )
    return framed
