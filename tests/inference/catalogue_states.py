"""What the durability tests share: a folder half indexed, and everything a reader sees of it."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference import graph_space
from inference.catalogue import Catalogue
from inference.catalogue_build import build_catalogue
from inference.model_bundle import Bundle
from inference.onnx_session import BundleSession

CASES = 48

State = dict[str, object]


def use_axes(put: Callable[[object, str, object], None] = setattr) -> None:
    """From here on graphs are of three principal axes, however few and short the embeddings."""
    for name, value in (("AXES", 3), ("FEWEST_CASES", 8), ("LEAST_SHARE", 0.0)):
        put(graph_space, name, value)


def build(folder: Path, session: BundleSession, methods: Sequence[str] | None = None) -> None:
    """Index a folder, undisturbed, by some methods or all."""
    for _ in build_catalogue(folder, session, methods=methods, workers=1):
        pass


def half_indexed(
    folder: Path, session: BundleSession, make_picture: Callable[..., NDArray[np.uint8]]
) -> Path:
    """Radiographs, of which the first few are indexed already, and a file that is none."""
    folder.mkdir()
    for number in range(CASES):
        if number == 5:
            build(folder, session)
        Image.fromarray(make_picture(number)).save(folder / f"{number:03d}.png")
    (folder / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def state(folder: Path, bundle: Bundle) -> State:
    """Everything a reader can see, comparable between copies of a folder."""
    catalogue = Catalogue.open(folder, bundle)
    try:
        vectors = {method: np.array(catalogue.embeddings(method)) for method in catalogue.methods}
        return {
            "cases": [
                (case.case_id, case.path.name, case.probabilities, case.pixel_sha256)
                for case in catalogue.cases()
            ],
            "refused": catalogue.refused,
            "embeddings": {method: values.tobytes() for method, values in vectors.items()},
            "neighbours": {
                method: [
                    [
                        (neighbour.case.case_id, neighbour.distance, neighbour.similarity)
                        for neighbour in catalogue.nearest(vector, method=method, k=5)
                    ]
                    for vector in values[:5]
                ]
                for method, values in vectors.items()
            },
        }
    finally:
        catalogue.close()


def before_and_after(
    folder: Path, bundle: Bundle, session: BundleSession, place: Path
) -> tuple[State, State]:
    """What a reader sees of a half indexed folder, and after an undisturbed build."""
    copy = shutil.copytree(folder, place / "folder")
    before = state(copy, bundle)
    build(copy, session)
    return before, state(copy, bundle)
