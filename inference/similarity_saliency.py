"""Why this case resembles that one: X-MIR's similarity saliency, on either of the two.

    ModelInput -> prepare_explanation -> Prepared -+-> explain(query, result, kind) -> Explanation
                                                   '-> explain_place(query, place, result)

    activation   each position's part in the similarity   feature_similarity.py, closed form
    attention    the similarity's gradient, as Grad-CAM    feature_similarity.py, closed form
    occlusion    what the similarity loses under a box     occlusion.py, coarse to fine

All maps lie on the model input, and `Explanation.on_radiograph` puts them on the radiograph's
own grid. What exactly was explained depends on what the method's embedder sees. Methods of
the saliency map ("ig", "cnn-ig") compare saliency maps: their activation and attention maps
say which parts of the *saliency map* resemble, at the place of the radiograph that the
saliency map speaks of; occlusion hides parts of the *radiograph* and goes all the way through.
Each position of a feature map has seen far more than the square it is drawn as.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.embedding_runs import embed, method_spec
from inference.errors import InferenceError
from inference.feature_similarity import (
    attention,
    contributions,
    is_pooled_alone,
    place_products,
    pooled,
    similarity,
    similarity_gradient,
)
from inference.occlusion import occlusion
from inference.onnx_session import BundleSession
from inference.preprocess import ModelInput, Placement
from inference.records import Distance

Kind = Literal["activation", "attention", "occlusion", "point"]
Side = Literal["query", "result"]

KINDS: tuple[Kind, ...] = ("activation", "attention", "occlusion")

_NO_MAP = "this method gives out no feature map"
_MORE_LAYERS = (
    "this method goes on computing after its last feature map is averaged, so no position's "
    "part in the similarity can be told from the map; use occlusion"
)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An image and what one method says of it, ready to be explained against others.

    Attributes:
        model_input: What the networks saw, and where it lies on the radiograph.
        method, distance: The method, and how it compares.
        embedding: (length,) float32.
        feature_map: (F, h, w) float32; None where the method gives none, or where its
            embedding is not the mean of it.
        reason: Why `feature_map` is None, for the user; "" where it is not.
    """

    model_input: ModelInput
    method: str
    distance: Distance
    embedding: NDArray[np.float32] = field(repr=False)
    feature_map: NDArray[np.float32] | None = field(repr=False)
    reason: str = ""

    def __post_init__(self) -> None:
        self.embedding.setflags(write=False)
        if self.feature_map is not None:
            self.feature_map.setflags(write=False)

    @property
    def size(self) -> int:
        """Height and width of the model input."""
        return int(self.model_input.tensor.shape[2])


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Which parts of one image make it resemble the other.

    Attributes:
        kind: Which explanation.
        on: Which of the two images the map lies on.
        method: Whose similarity is explained.
        map: (size, size) float32 over the model input, at least 0: how much each place speaks
            for the similarity. 0 also where it speaks against. Read-only.
        range: Smallest and largest value of the map.
        placement: Where the model input lies on the radiograph.
        positions: (h, w) the values of the feature map's positions, of any sign, before they
            were drawn; None for occlusion. For activation their mean is `similarity`.
        similarity: What activation adds up to (see `feature_similarity`); None for the others.
        is_final: Whether the map will not sharpen any more.
        done, total: Steps of occlusion; 1 of 1 for the others.
        note: A sentence for the user where the map is empty and why; else "".
    """

    kind: Kind
    on: Side
    method: str
    map: NDArray[np.float32] = field(repr=False)
    range: tuple[float, float]
    placement: Placement
    positions: NDArray[np.float64] | None = field(default=None, repr=False)
    similarity: float | None = None
    is_final: bool = True
    done: int = 1
    total: int = 1
    note: str = ""

    def __post_init__(self) -> None:
        self.map.setflags(write=False)

    def on_radiograph(self) -> NDArray[np.float32]:
        """The map on the radiograph's own grid, (rows, columns); 0 outside the crop."""
        return self.placement.to_radiograph(self.map)


def prepare_explanation(model_input: ModelInput, session: BundleSession, method: str) -> Prepared:
    """Embed an image and keep its feature map. Once for each image and method.

    Raises:
        InferenceError: As `embed`.
    """
    spec = method_spec(session, method)
    embeddings, maps = embed(session, model_input.tensor, method, feature_maps=True)
    feature_map, reason = None, _NO_MAP
    if maps is not None:
        is_explained = is_pooled_alone(embeddings[0], maps[0], spec.distance)
        feature_map, reason = (maps[0], "") if is_explained else (None, _MORE_LAYERS)
    return Prepared(model_input, method, spec.distance, embeddings[0], feature_map, reason)


_PROBED: WeakKeyDictionary[BundleSession, dict[str, str]] = WeakKeyDictionary()


def available_explanations(session: BundleSession, method: str) -> dict[str, str]:
    """Which explanations a method can give.

    Whether an embedding is the mean of its feature map is found out by running the method
    once on noise; the answer is kept as long as the session.

    Returns:
        By "activation", "attention", "occlusion", "point" and "region": "" where it can be
        given, else the reason why not, for the user.

    Raises:
        InferenceError: As `embed`.
    """
    known = _PROBED.setdefault(session, {})
    if method not in known:
        spec = session.bundle.manifest.input
        noise = np.random.default_rng(0).random((1, spec.channels, spec.size, spec.size))
        placement = Placement(spec.size, spec.size, 0, 0, spec.size, spec.size)
        probe = ModelInput(noise.astype(np.float32), placement)
        known[method] = prepare_explanation(probe, session, method).reason
    reason = known[method]
    return {
        "activation": reason,
        "attention": reason,
        "occlusion": "",
        "point": reason,
        "region": reason,
    }


def explain(
    query: Prepared,
    result: Prepared,
    session: BundleSession,
    kind: Kind,
    *,
    on: Side = "result",
    finest_step: int = 1,
) -> Generator[Explanation, None, None]:
    """Show which parts of one image make it resemble the other.

    Args:
        query: The image asked about.
        result: The case that was found; the query itself for self-similarity.
        session: What both were prepared with.
        kind: Of `KINDS`.
        on: Whose parts to show.
        finest_step: Of occlusion; see there.

    Yields:
        Activation and attention: once. Occlusion: after every few boxes, ever sharper.

    Raises:
        InferenceError: The method cannot give this explanation, or the model fails.
    """
    if query.method != result.method:
        raise ValueError(f"prepared by two methods, {query.method} and {result.method}")
    explained, other = (result, query) if on == "result" else (query, result)
    if kind == "occlusion":
        image = explained.model_input.tensor[0]
        for step in occlusion(
            session, image, explained.embedding, other.embedding, explained.method,
            finest_step=finest_step,
        ):  # fmt: skip
            is_empty = step.is_final and not step.map.any()
            yield Explanation(
                kind, on, explained.method, step.map, _range(step.map),
                explained.model_input.placement, is_final=step.is_final,
                done=step.done, total=step.total, note=_NOWHERE[kind] if is_empty else "",
            )  # fmt: skip
    elif kind in ("activation", "attention"):
        yield _from_features(explained, other, kind, on)
    else:
        raise ValueError(f"no explanation of two images: {kind!r}")


def explain_place(
    source: Prepared, place: tuple[float, float], target: Prepared, *, on: Side = "result"
) -> Explanation:
    """Show what on `target` resembles one place of `source`.

    Args:
        source: The image that was clicked.
        place: (down, across) in shares of its model input; see `place_on_input`.
        target: The other image; the same one for what resembles the place within it.
        on: Which of the two `target` is.

    Raises:
        InferenceError: The method cannot give this explanation.
    """
    from_map, to_map = _feature_map(source), _feature_map(target)
    values = place_products(from_map, place, to_map)
    note = "" if values.any() else "One of the two images gave no features: nothing resembles."
    return _drawn("point", on, target, values, None, note)


def place_on_input(placement: Placement, row: float, column: float) -> tuple[float, float]:
    """A pixel of the radiograph as (down, across) in shares of the model input.

    Raises:
        InferenceError: The model did not see that pixel.
    """
    down = (row + 0.5 - placement.top) / placement.height
    across = (column + 0.5 - placement.left) / placement.width
    if not (0 <= down <= 1 and 0 <= across <= 1):
        raise InferenceError(
            "The model did not see this place: it lies outside the part that was compared. "
            "Choose a place inside the lungs."
        )
    return down, across


def what_is_explained(session: BundleSession, method: str, kind: Kind) -> str:
    """One sentence for the legend: what exactly the map shows."""
    spec = method_spec(session, method)
    if kind == "occlusion":
        return "How much further apart the two are with this part of the radiograph hidden."
    seen = {
        "image": "the radiograph",
        "saliency": "the saliency map",
        "image+saliency": "the radiograph and its saliency map",
    }[spec.input]
    return {
        "activation": f"Each part's share in the similarity, by the features of {seen}.",
        "attention": f"Where more of {seen}'s features would bring the two nearer.",
        "point": f"What resembles the chosen place, by the features of {seen}.",
    }[kind]


def _from_features(explained: Prepared, other: Prepared, kind: Kind, on: Side) -> Explanation:
    maps = _feature_map(explained)
    a, b = pooled(maps), pooled(_feature_map(other))
    note = ""
    if not a.any() or not b.any():
        note = "One of the two images gave no features: nothing can be compared."
    if kind == "activation":
        values = contributions(maps, b, explained.distance)
        return _drawn(kind, on, explained, values, similarity(a, b, explained.distance), note)
    values = attention(maps, b, explained.distance)
    if not note and not similarity_gradient(a, b, explained.distance).any():
        note = "The two are the same to this method, and attention needs a difference."
    return _drawn(kind, on, explained, values, None, note)


_NOWHERE = {
    "activation": "No part speaks for the similarity: each part's share is zero or against it.",
    "attention": "No part raises the similarity: nowhere would more of the same features bring "
    "the two nearer.",
    "point": "Nothing here resembles the chosen place.",
    "occlusion": "No part carries the similarity: hiding none moves the two further apart.",
}
"""Why a map is empty though both images have features."""


def _drawn(
    kind: Kind,
    on: Side,
    explained: Prepared,
    values: NDArray[np.float64],
    total: float | None,
    note: str,
) -> Explanation:
    drawn = on_input_grid(values.clip(0), explained.size)
    placement = explained.model_input.placement
    if not note and not drawn.any():
        note = _NOWHERE[kind]
    return Explanation(
        kind, on, explained.method, drawn, _range(drawn), placement,
        positions=values, similarity=total, note=note,
    )  # fmt: skip


def on_input_grid(values: NDArray[np.floating], size: int) -> NDArray[np.float32]:
    """Draw (h, w) values over a model input: (size, size) float32, bilinear."""
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.array(picture.resize((size, size), Image.Resampling.BILINEAR), np.float32)


def _feature_map(prepared: Prepared) -> NDArray[np.float32]:
    if prepared.feature_map is None:
        raise InferenceError(f"No such explanation: {prepared.reason}.")
    return prepared.feature_map


def _range(values: NDArray[np.float32]) -> tuple[float, float]:
    return float(values.min()), float(values.max())
