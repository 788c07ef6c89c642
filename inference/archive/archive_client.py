"""Search an archive (QIDO-RS) and retrieve from it (WADO-RS).

    search          what the user typed     -> Found: studies, and whether there are more
    prior_studies   a patient, a study      -> the same patient's other studies, newest first
    find_images     a study (series, ...)   -> its radiographs
    retrieve        one of them             -> a file, whole, checked and private

All are generators that yield while they wait (see `background_call`) and return their answer.
Each opens its own connections and closes them again.
"""

import contextlib
import datetime
import importlib.util
import logging
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from inference.archive import archive_matches as matches
from inference.archive.archive_config import ArchiveConfig
from inference.archive.archive_errors import (
    ArchiveError,
    MissingExtraError,
    NoStudyError,
)
from inference.archive.archive_matches import RemoteImage, Study
from inference.archive.archive_query import Found, StudyQuery
from inference.archive.background_call import background_call
from inference.archive.credentials import Passwords
from inference.archive.retrieved_files import RetrievedFiles
from inference.collected_warnings import collected_warnings
from inference.errors import InferenceError, UnreadableRadiographError
from inference.safe_reading import read_safely

T = TypeVar("T")
Waiting = Generator[None, None, T]

PAGE = 100
MOST_SERIES = 200
MOST_IMAGES = 200
_STUDY_FIELDS = [
    "PatientID", "PatientName", "StudyDate", "StudyTime", "StudyDescription", "AccessionNumber",
    "ModalitiesInStudy", "NumberOfStudyRelatedInstances",
]  # fmt: skip
_SERIES_FIELDS = ["SeriesInstanceUID", "Modality", "SeriesDescription", "SeriesDate", "StudyDate"]
_IMAGE_FIELDS = [
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "InstanceNumber", "ViewPosition",
    "NumberOfFrames", "Modality",
]  # fmt: skip


class ArchiveClient:
    """One archive."""

    def __init__(self, config: ArchiveConfig, passwords: Passwords) -> None:
        """
        Args:
            config: Of the archive.
            passwords: Knows, or does not, that of its user.

        Raises:
            MissingExtraError: dicomweb-client is not installed.
            ArchiveError: The archive has no DICOMweb.
        """
        if not has_dicomweb():
            raise MissingExtraError("Taking radiographs from an archive")
        if not config.url:
            raise ArchiveError(config.name, "has no url in the settings, so nothing can be taken")
        self.config = config
        self._passwords = passwords

    def search(self, query: StudyQuery) -> Waiting[Found]:
        """Find studies.

        Raises:
            InferenceError: Nothing sensible is asked for.
            ArchiveError: The archive cannot be asked, or answers wrongly.
            NoPasswordError: The user's password is not known.
        """
        studies, more = yield from self._studies(query.filters())
        notes: tuple[str, ...] = ()
        if more:
            notes = (f"More than {len(studies):,} matches: narrow the search.",)
        return Found(studies, notes)

    def prior_studies(self, patient_id: str, open_study_uid: str = "") -> Waiting[Found]:
        """Find the earlier studies of one patient.

        Args:
            patient_id: As the open radiograph gives it; compared exactly, without wildcards.
            open_study_uid: The study that is open, which is left out. Where the archive has it
                and knows its date, later studies are left out too.

        Raises:
            InferenceError: As `search`.
        """
        wanted = matches.clean(patient_id)
        if not wanted:
            raise InferenceError("The radiograph names no patient id, so none can be looked up.")
        # What a wildcard in the id itself, or a careless archive, brings of others is left out.
        studies, more = yield from self._studies(StudyQuery(patient_id=wanted).filters())
        own = [study for study in studies if study.patient_id == wanted]
        day = next((study.date for study in own if study.uid == open_study_uid), None)
        priors = tuple(
            study
            for study in own
            if study.uid != open_study_uid
            and study.may_have_radiographs
            and not (day and study.date and study.date > day)
        )
        notes = (f"Only the first {len(studies):,} studies were looked at.",) if more else ()
        return Found(priors, notes)

    def find_images(
        self, study_uid: str, series_uid: str | None = None, instance_uid: str | None = None
    ) -> Waiting[tuple[RemoteImage, ...]]:
        """The radiographs of a study, or of one series of it, or the one instance.

        Raises:
            NoStudyError: The study is not there, or has no radiographs.
            ArchiveError: As `search`.
        """
        for uid in (study_uid, series_uid, instance_uid):
            if uid is not None and not matches.is_uid(uid):
                raise NoStudyError("That is no DICOM UID: it has digits and dots only.")
        series = yield from self._call(
            lambda web: web.search_for_series(
                study_uid,
                fields=_SERIES_FIELDS,
                limit=MOST_SERIES,
                search_filters={"SeriesInstanceUID": series_uid} if series_uid else None,
            )
        )
        images: list[RemoteImage] = []
        for one in series[:MOST_SERIES]:
            uid, modality = (
                matches.text_of(one, keyword) for keyword in ("SeriesInstanceUID", "Modality")
            )
            if modality.upper() not in matches.RADIOGRAPH_MODALITIES or not matches.is_uid(uid):
                continue
            if series_uid is not None and uid != series_uid:
                continue
            images += yield from self._images_of(study_uid, one, instance_uid)
            if len(images) >= MOST_IMAGES:
                break
        if not images:
            name = self.config.name
            if not series:
                raise NoStudyError(f"The archive {name} has no such study.")
            what = "instance is no radiograph" if instance_uid else "study holds no radiographs"
            kinds = sorted({matches.text_of(one, "Modality") or "?" for one in series})
            raise NoStudyError(f"The {what}: it is {', '.join(kinds[:8])}. Choose another one.")
        return tuple(images[:MOST_IMAGES])

    def retrieve(self, image: RemoteImage, files: RetrievedFiles) -> Waiting[Path]:
        """Fetch one radiograph.

        Args:
            image: From `find_images`.
            files: Keeps it; what was retrieved before is not fetched again.

        Returns:
            Its file, which `read_radiograph` reads.

        Raises:
            ArchiveError: The archive sent something else, or half of it.
            UnreadableRadiographError: It is none that can be opened.
        """
        known = files.known(self.config.name, image)
        if known is not None:
            return known
        dataset = yield from self._call(
            lambda web: web.retrieve_instance(
                image.study_uid, image.series_uid, image.instance_uid
            ),
        )
        yield None
        stated = [
            str(dataset.get(keyword, "")) for keyword in ("StudyInstanceUID", "SOPInstanceUID")
        ]
        if stated != [image.study_uid, image.instance_uid]:
            raise ArchiveError(
                self.config.name, "sent another image than it was asked for; it was not opened"
            )
        return files.keep(self.config.name, image, lambda path: _write_checked(dataset, path))

    def _images_of(
        self, study_uid: str, series: object, instance_uid: str | None
    ) -> Waiting[list[RemoteImage]]:
        series_uid = matches.text_of(series, "SeriesInstanceUID")
        found = yield from self._call(
            lambda web: web.search_for_instances(
                study_uid,
                series_uid,
                fields=_IMAGE_FIELDS,
                limit=MOST_IMAGES,
                search_filters={"SOPInstanceUID": instance_uid} if instance_uid else None,
            )
        )
        images = []
        for one in found[:MOST_IMAGES]:
            uid = matches.text_of(one, "SOPInstanceUID")
            is_wanted = matches.is_uid(uid) and instance_uid in (None, uid)
            is_single = matches.text_of(one, "NumberOfFrames") in ("", "0", "1")
            kind = matches.text_of(one, "SOPClassUID")
            if is_wanted and is_single and kind in (*matches.RADIOGRAPH_CLASSES, ""):
                images.append(
                    RemoteImage(
                        study_uid,
                        series_uid,
                        uid,
                        matches.text_of(series, "Modality").upper(),
                        matches.text_of(series, "SeriesDescription"),
                        matches.text_of(one, "InstanceNumber"),
                        matches.text_of(one, "ViewPosition").upper(),
                        matches.date_from(
                            matches.text_of(series, "SeriesDate")
                            or matches.text_of(series, "StudyDate")
                        ),
                    )
                )
        return images

    def _studies(self, filters: dict[str, str]) -> Waiting[tuple[tuple[Study, ...], bool]]:
        """Page by page; an archive that heeds neither limit nor offset is told by what repeats."""
        found: dict[str, Study] = {}
        most = self.config.max_matches
        offset = 0
        while len(found) <= most:
            asked = {"fields": _STUDY_FIELDS, "search_filters": filters, "limit": PAGE}
            page = yield from self._call(partial(_studies_page, asked, offset))
            before = len(found)
            for study in matches.studies_from(page):
                found.setdefault(study.uid, study)
            offset += len(page)
            if len(page) < PAGE or len(found) == before:
                break
        studies = list(found.values())[:most]
        studies.sort(key=lambda one: (one.date or datetime.date.min, one.time), reverse=True)
        return tuple(studies), len(found) > most

    def _call(self, ask: Callable[[Any], T]) -> Waiting[T]:
        """Ask the archive one thing, in the background, with everything that can go wrong told."""
        from inference.archive.http_door import HttpDoor

        config = self.config
        with contextlib.closing(HttpDoor(config, self._passwords.password(config))) as door:
            return (
                yield from background_call(
                    lambda: _asked(config, door, ask),
                    abort=door.abort,
                    limit_s=config.total_s,
                    too_late=lambda: ArchiveError(
                        config.name,
                        f"did not answer within {config.total_s:g} s; "
                        "try again, or ask whether it is overloaded",
                    ),
                )
            )


def has_dicomweb() -> bool:
    """Whether what is needed to ask an archive is installed."""
    return all(importlib.util.find_spec(name) for name in ("dicomweb_client", "requests"))


def _studies_page(asked: dict[str, Any], offset: int, web: Any) -> Any:
    return web.search_for_studies(offset=offset, **asked)


def _asked(config: ArchiveConfig, door: Any, ask: Callable[[Any], T]) -> T:
    """In the background thread: the answer, or an `ArchiveError`."""
    from dicomweb_client.web import DICOMwebClient
    from pydicom.dataset import Dataset
    from pydicom.errors import InvalidDicomError

    from inference.dicom_file import DAMAGED

    # Its log would hold patient ids, which are part of a search's address.
    logging.getLogger("dicomweb_client").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    with collected_warnings():
        try:
            web = DICOMwebClient(
                config.url,
                session=door,
                qido_url_prefix=config.qido or None,
                wado_url_prefix=config.wado or None,
                permissive_uid=True,
            )
            web.set_http_retry_params(retry=False)  # the door knows what may be sent again
            answer = ask(web)
            rows = answer if isinstance(answer, list) else [answer]
            if not all(isinstance(one, dict | Dataset) for one in rows):
                raise ValueError("no data sets")
        except InferenceError:
            raise
        except RecursionError as error:
            raise ArchiveError(config.name, _NONSENSE) from error
        except (*DAMAGED, InvalidDicomError) as error:  # what a library makes of a hostile answer
            logging.getLogger(__name__).info("Wrong answer: %s", type(error).__name__)
            raise ArchiveError(config.name, _NONSENSE) from error
    return answer


_NONSENSE = "answers with something that is not what DICOMweb says; see its log"


def _write_checked(dataset: Any, path: Path) -> None:
    from inference.dicom_file import DAMAGED

    try:
        with collected_warnings():
            dataset.save_as(path, enforce_file_format=True)
    except OSError:
        raise
    except DAMAGED as error:
        raise UnreadableRadiographError(
            path, "the archive sent a damaged image; have it stored there again"
        ) from error
    read_safely(path)
