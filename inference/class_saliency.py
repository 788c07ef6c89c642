"""What each class looks like to a method: mean radiograph, mean self-similarity, differences.

Self-similarity explains a radiograph against itself: which parts its embedding is made of.
Its mean over a class shows where the method looks in that class, and the difference of two
classes' means where it looks in one more than in the other (differential saliency). Each
map is divided by its own mean first, so that no case counts for more than another.

Source: Hu, Vasu & Hoogs 2021, sections 3.4 and 4.4, figure 6.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.errors import InferenceError, UnreadableRadiographError
from inference.onnx_session import BundleSession
from inference.preprocess import ModelInput, prepare
from inference.safe_reading import read_aside
from inference.similarity_saliency import explain, prepare_explanation

ClassMap = Literal["activation", "saliency"]


@dataclass(frozen=True, slots=True, eq=False)
class ClassMeans:
    """One class, averaged.

    Attributes:
        name: Of the class.
        radiograph: (size, size) mean brightness of the model inputs, in [0, 1].
        saliency: (size, size) mean map, such as self-similarity, at least 0; 1 on average.
        spread: (size, size) standard error of `saliency`'s mean.
        count: How many cases.
    """

    name: str
    radiograph: NDArray[np.float64] = field(repr=False)
    saliency: NDArray[np.float64] = field(repr=False)
    spread: NDArray[np.float64] = field(repr=False)
    count: int


@dataclass(frozen=True, slots=True)
class ClassMeansProgress:
    """How far the averaging is.

    Attributes:
        means: By class, of those cases that are done; classes without any are left out.
        done, total: Cases.
        unreadable: Sentences on cases that were left out.
        is_final: Whether all cases are in.
    """

    means: Mapping[str, ClassMeans]
    done: int
    total: int
    unreadable: tuple[str, ...]
    is_final: bool


def class_means(
    cases: Mapping[str, Sequence[Path]],
    session: BundleSession,
    method: str,
    kind: ClassMap = "activation",
) -> Generator[ClassMeansProgress, None, None]:
    """Average radiographs and maps of classes.

    Args:
        cases: Files by class.
        session: An opened bundle.
        method: Whose similarity; one whose embedding is the mean of its feature map.
            Without effect on "saliency".
        kind: "activation" is self-similarity. "saliency" is the Deep Taylor map: what the
            model's answer rests on. There is no attention here: an image's similarity to itself
            is at its maximum, where its gradient is zero everywhere.

    Yields:
        The means so far after each case; the last is final.

    Raises:
        InferenceError: The method cannot be explained so, or no case can be read.
    """
    total = sum(map(len, cases.values()))
    sums: dict[str, _Sums] = {}
    unreadable: list[str] = []
    done = 0
    # Class by class in turn, so that what is shown early has something of each.
    longest = max(map(len, cases.values()), default=0)
    for row in range(longest):
        for name, paths in cases.items():
            if row >= len(paths):
                continue
            done += 1
            try:
                radiograph = read_aside(paths[row])
            except UnreadableRadiographError as error:
                unreadable.append(str(error))
                continue
            spec = session.bundle.manifest.input
            model_input = prepare(radiograph, spec, session.find_lungs)
            found = _map_of(model_input, session, method, kind)
            brightness = model_input.tensor[0].mean(axis=0)
            sums.setdefault(name, _Sums(name, found.shape[0])).add(brightness, found)
            if done < total:
                yield ClassMeansProgress(_means(sums, cases), done, total, tuple(unreadable), False)
    if not sums:
        raise InferenceError("None of the cases could be read. Check the table's files.")
    yield ClassMeansProgress(_means(sums, cases), total, total, tuple(unreadable), True)


def _map_of(
    model_input: ModelInput, session: BundleSession, method: str, kind: ClassMap
) -> NDArray[np.float32]:
    if kind == "saliency":
        return session.run(model_input.tensor, ()).saliency
    prepared = prepare_explanation(model_input, session, method)
    (explanation,) = explain(prepared, prepared, session, "activation")
    return explanation.map


def difference(one: ClassMeans, other: ClassMeans) -> NDArray[np.float64]:
    """Differential saliency: (size, size), above 0 where `one` is looked at more."""
    return one.saliency - other.saliency


class _Sums:
    """Running sums of one class."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.count = name, 0
        self.brightness = np.zeros((size, size))
        self.saliency = np.zeros((size, size))
        self.squares = np.zeros((size, size))

    def add(self, brightness: NDArray[np.float32], saliency: NDArray[np.float32]) -> None:
        mean = float(saliency.mean())
        # An image without features is made of nothing anywhere in particular.
        values = saliency.astype(np.float64) / mean if mean > 0 else np.ones_like(self.saliency)
        self.count += 1
        self.brightness += brightness
        self.saliency += values
        self.squares += values * values

    def means(self) -> ClassMeans:
        mean = self.saliency / self.count
        variance = np.maximum(self.squares / self.count - mean * mean, 0)
        spread = np.sqrt(variance / max(1, self.count - 1))
        return ClassMeans(self.name, self.brightness / self.count, mean, spread, self.count)


def _means(sums: Mapping[str, _Sums], cases: Mapping[str, Sequence[Path]]) -> dict[str, ClassMeans]:
    return {name: sums[name].means() for name in cases if name in sums}
