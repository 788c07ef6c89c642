"""The background jobs of the window, as plain generators that know nothing of Qt.

    open_chosen      folder               -> Chosen, then as open_bundle
    open_bundle      bundle (and folder)  -> engine, then engine with catalogue or NoIndex
    read_only        path                 -> the radiograph, while no model is loaded
    analyse_query    path, engine         -> Analysed three times, each fuller
    view_neighbours  neighbours, engine   -> ShownCase or UnreadableCase, one for each

Pixels are made ready for the screen here, so that the window never waits for them; and what only
these jobs need is imported here, in the background.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.case_filter import EVERY_CASE, CaseFilter
from inference.errors import InferenceError
from inference.records import Neighbour, Radiograph
from inference.relevance_feedback import NO_MARKS, Marks
from inference.safe_reading import read_aside, read_safely, start_reading, start_reading_aside
from viewer.pane.colour_maps import without_grid
from viewer.pane.display_pixels import DisplayPixels, display_pixels
from viewer.pane.pane_picture import ShownOverlay
from viewer.results.neighbourhood import BaseRates, base_rates
from viewer.translation import tr

if TYPE_CHECKING:
    from inference.catalogue import Catalogue
    from inference.onnx_session import Provider
    from inference.pipeline import Analysis, CaseView, Engine
    from inference.preprocess import Placement


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which bundle is opened.

    Attributes:
        bundle: Its name or folder.
    """

    bundle: str


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """An engine is ready.

    Attributes:
        engine: With its catalogue where one is open.
        rates: How often each class occurs in the catalogue, or None without one.
    """

    engine: "Engine"
    rates: BaseRates | None = None


@dataclass(frozen=True, slots=True)
class NoIndex:
    """The folder has no index for the bundle."""

    folder: Path


@dataclass(frozen=True, slots=True)
class NoCatalogue:
    """The folder's catalogue cannot be used.

    Attributes:
        folder: Which.
        reason: A sentence for the user.
    """

    folder: Path
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """What is known of the query, and its pixels for the screen."""

    analysis: "Analysis"
    pixels: DisplayPixels = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class ReadOnly:
    """A radiograph that no model has seen."""

    radiograph: Radiograph
    pixels: DisplayPixels = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class ShownCase:
    """A similar case, ready to be drawn."""

    view: "CaseView"
    pixels: DisplayPixels = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnreadableCase:
    """A similar case that cannot be drawn, with a sentence that says why."""

    rank: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Exported:
    """The comparison was written."""

    path: Path


def open_chosen(
    preferred: str, folder: Path, provider: "Provider", old: "Catalogue | None" = None
) -> Generator[Chosen | Opened | NoIndex | NoCatalogue, None, None]:
    """As `open_bundle`, with the bundle that the folder was indexed with, else the preferred one.

    Raises:
        InferenceError: The bundle cannot be used.
    """
    from inference.pipeline import choose_bundle

    bundle = str(choose_bundle(preferred, folder))
    yield Chosen(bundle)
    yield from open_bundle(bundle, folder, provider, old)


def open_bundle(
    bundle: str, folder: Path | None, provider: "Provider", old: "Catalogue | None" = None
) -> Generator[Opened | NoIndex | NoCatalogue, None, None]:
    """Load a bundle, then the folder's catalogue; `old` is closed first.

    Raises:
        InferenceError: The bundle cannot be used.
    """
    from inference.pipeline import open_engine

    if old is not None:
        old.close()
    engine = open_engine(bundle, None, provider)
    yield Opened(engine)
    if folder is not None:
        yield from open_catalogue(engine, folder)


def open_catalogue(
    engine: "Engine", folder: Path, old: "Catalogue | None" = None
) -> Generator[Opened | NoIndex | NoCatalogue, None, None]:
    """Open a folder's catalogue for a bundle that is loaded; `old` is closed first."""
    from inference.catalogue import Catalogue, has_catalogue

    if old is not None:
        old.close()
    if not folder.is_dir():
        words = tr("The folder {name} is not there. Is its drive connected?")
        yield NoCatalogue(folder, words.format(name=folder.name))
        return
    if not has_catalogue(folder, engine.bundle):
        yield NoIndex(folder)
        return
    try:
        start_reading_aside()  # it gets ready for the similar cases of the first query
        catalogue = Catalogue.open(folder, engine.bundle)
        rates = base_rates(catalogue.findings(), engine.bundle.manifest)
    except InferenceError as error:
        yield NoCatalogue(folder, str(error))
        return
    yield Opened(replace(engine, catalogue=catalogue), rates)


def read_only(path: Path) -> Generator[ReadOnly, None, None]:
    """Read a radiograph without a model.

    Raises:
        UnreadableRadiographError: It cannot be read.
    """
    start_reading()
    import PIL.Image  # noqa: F401 - drawing needs it: now, while the other process reads

    radiograph = read_safely(path)
    yield ReadOnly(radiograph, display_pixels(radiograph))


def analyse_query(
    path: Path,
    engine: "Engine",
    method: str,
    k: int,
    *,
    exclude_patient: bool,
    only: CaseFilter = EVERY_CASE,
    marks: Marks = NO_MARKS,
) -> Generator[Analysed, None, None]:
    """The main job, as `inference.pipeline.analyse`, with pixels for the screen."""
    from inference.pipeline import analyse

    pixels: DisplayPixels | None = None
    steps = analyse(
        path,
        engine,
        method=method,
        k=k,
        exclude_patient=exclude_patient,
        only=only,
        marks=marks,
    )
    for analysis in steps:
        if pixels is None:
            assert analysis.radiograph is not None  # the first thing that is known
            pixels = display_pixels(analysis.radiograph)
        yield Analysed(analysis, pixels)


def view_neighbours(
    neighbours: Sequence[Neighbour], engine: "Engine"
) -> Generator[ShownCase | UnreadableCase, None, None]:
    """Read and explain similar cases; one that cannot be read does not stop the others."""
    from inference.pipeline import view_case

    engine = replace(engine, read=read_aside)  # the next query does not wait for them
    for neighbour in neighbours:
        try:
            view = view_case(neighbour, engine)
        except InferenceError as error:
            yield UnreadableCase(neighbour.rank, str(error))
        else:
            yield ShownCase(view, display_pixels(view.radiograph))


def shown_overlay(saliency: NDArray[np.float32], placement: "Placement") -> ShownOverlay:
    """A saliency map where it belongs on the radiograph.

    Args:
        saliency: (size, size) float32 in [0, 1] over the model's input.
        placement: Where that lies on the radiograph.
    """
    shown = without_grid(saliency)
    return ShownOverlay(shown, placement.left, placement.top, placement.width, placement.height)
