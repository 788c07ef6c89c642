"""The demo: a catalogue of synthetic radiographs, made once, and a query that is not in it.

The one place in the viewer that reaches into `export_models`, for its phantoms, which need no
torch. Everything lies in the user's data folder and can be deleted there at any time.
"""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from inference.bundle_store import find_bundle, user_data_folder
from inference.catalogue_build import build_catalogue
from inference.errors import ExportError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from viewer.translation import N_

DEMO_BUNDLE = "phantom-effusion"
CASES = 208
_SEED = 2022
_QUERY_SEED = 4
_SIZE = 512


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """Where the demo lies.

    Attributes:
        catalogue: The indexed folder.
        query: A radiograph of a patient who is not in it.
    """

    catalogue: Path
    query: Path


@dataclass(frozen=True, slots=True)
class DemoProgress:
    """How far making the demo is.

    Attributes:
        stage: For the user, such as "Drawing phantoms".
        done: Of `total`; equal to it at the stage's end.
        total: At least 1.
        place: Where the demo will lie.
    """

    stage: str
    done: int
    total: int
    place: DemoPlace


def make_demo(cases: int = CASES) -> Generator[DemoProgress, None, None]:
    """Make what is missing of the demo; stopped, it goes on where it was.

    Yields:
        Progress, several times a second. When it ends, the demo is complete.

    Raises:
        ExportError: The user's data folder is full or read-only.
        InferenceError: As `build_catalogue`.
    """
    folder = user_data_folder() / "demo"
    place = DemoPlace(folder / "cases", folder / "query.dcm")
    try:
        yield from _draw(place, cases)
    except OSError as error:
        raise ExportError(place.catalogue, f"{error.strerror or error}; make room there") from error
    session = BundleSession(read_bundle(find_bundle(DEMO_BUNDLE)))
    for step in build_catalogue(place.catalogue, session):
        if step.total:
            done = _overall(step.stage, step.done, step.total)
            yield DemoProgress(N_("Indexing"), done, 100, place)
    yield DemoProgress(N_("Indexing"), 100, 100, place)


def _draw(place: DemoPlace, cases: int) -> Generator[DemoProgress, None, None]:
    from export_models.phantom import (
        draw_phantom,
        query_spec,
        write_phantom_cases,
        write_phantom_dicom,
    )

    stage = N_("Drawing synthetic radiographs")
    if not (place.catalogue / "cases.csv").is_file():  # written last, so it means complete
        for done in write_phantom_cases(place.catalogue, cases, _SEED, size=_SIZE):
            yield DemoProgress(stage, min(done, cases - 1), cases, place)
    if not place.query.is_file():
        write_phantom_dicom(draw_phantom(query_spec(_QUERY_SEED), _SIZE), place.query)
    yield DemoProgress(stage, cases, cases, place)


def _overall(stage: str, done: int, total: int) -> int:
    """Percent of indexing as a whole: nearly all of it is reading."""
    return {"listing": 0, "reading": 95 * done // total}.get(stage, 97)
