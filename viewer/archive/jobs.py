"""The background jobs of the archive window, as plain generators that know nothing of Qt.

    search           query                  -> Found
    find_priors      the open radiograph    -> PriorsFound
    open_study       study (series, ...)    -> Fetched, or Choice where it has several
    fetch            one of them            -> Fetched
    fetch_prior      the same, as a prior   -> PriorFetched, or Choice

While they wait for the archive they yield None, so that they can be stopped.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inference.archive.archive_client import ArchiveClient
from inference.archive.archive_matches import RemoteImage, Study, clean
from inference.archive.archive_query import Found, StudyQuery
from inference.archive.retrieved_files import RetrievedFiles
from inference.errors import InferenceError
from inference.radiograph_io import read_header
from inference.records import Radiograph
from inference.safe_reading import read_safely
from viewer.pane.display_pixels import DisplayPixels, display_pixels
from viewer.translation import tr


@dataclass(frozen=True, slots=True)
class Reference:
    """What is to be opened: a study, a series of it, or one instance.

    Attributes:
        study: Study Instance UID.
        series, instance: None for all.
    """

    study: str
    series: str | None = None
    instance: str | None = None


@dataclass(frozen=True, slots=True)
class PriorsFound:
    """The earlier studies of the open radiograph's patient."""

    found: Found


@dataclass(frozen=True, slots=True)
class Choice:
    """A study has several radiographs, of which the user chooses.

    Attributes:
        images: To choose from.
        is_prior: Whether the chosen one is shown beside the query.
    """

    images: tuple[RemoteImage, ...]
    is_prior: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A radiograph was retrieved; it is in `path` until the program ends."""

    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class PriorFetched:
    """A prior, ready to be drawn.

    Attributes:
        image: Where it is from.
        radiograph: As read.
        pixels: The same for the screen.
        query: The query's file that it is a prior of.
    """

    image: RemoteImage
    radiograph: Radiograph
    pixels: DisplayPixels = field(repr=False)
    query: Path


def search(client: ArchiveClient, query: StudyQuery) -> Generator[object, None, None]:
    """Find studies."""
    yield (yield from client.search(query))


def find_priors(client: ArchiveClient, path: Path) -> Generator[object, None, None]:
    """Find the earlier studies of the patient of a file."""
    header = read_header(path)
    yield PriorsFound((yield from client.prior_studies(header.patient_id, header.study_uid)))


def open_study(
    client: ArchiveClient, asked: Reference, files: RetrievedFiles
) -> Generator[object, None, None]:
    """Retrieve the radiograph of a study, or offer those it has."""
    images = yield from client.find_images(asked.study, asked.series, asked.instance)
    if len(images) > 1:
        yield Choice(images)
    else:
        yield from fetch(client, images[0], files)


def fetch(
    client: ArchiveClient, image: RemoteImage, files: RetrievedFiles
) -> Generator[object, None, None]:
    """Retrieve one radiograph."""
    yield Fetched((yield from client.retrieve(image, files)))


def open_prior(
    client: ArchiveClient, study: Study, files: RetrievedFiles, query: Path
) -> Generator[object, None, None]:
    """Retrieve the radiograph of an earlier study, or offer those it has."""
    images = yield from client.find_images(study.uid)
    if len(images) > 1:
        yield Choice(images, is_prior=True)
    else:
        yield from fetch_prior(client, images[0], files, query)


def fetch_prior(
    client: ArchiveClient, image: RemoteImage, files: RetrievedFiles, query: Path
) -> Generator[object, None, None]:
    """Retrieve one radiograph as a prior of the query.

    Raises:
        InferenceError: It is of another patient, among all else that can go wrong.
    """
    path = yield from client.retrieve(image, files)
    radiograph = read_safely(path)
    patients = [clean(one.patient_id) for one in (radiograph.header, read_header(query))]
    if not patients[0] or patients[0] != patients[1]:
        raise InferenceError(
            tr("That study is of another patient, so it is no prior. Open it as a query instead.")
        )
    yield PriorFetched(image, radiograph, display_pixels(radiograph), query)


def sorted_images(images: Sequence[RemoteImage]) -> list[RemoteImage]:
    """By series and number, as they were taken."""
    return sorted(images, key=lambda one: (one.series_uid, one.number.rjust(12), one.instance_uid))
