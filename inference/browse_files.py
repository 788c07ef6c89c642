"""What a file in a folder is, for looking through folders: whose, of which study, in which series.

Only headers are read, and only to be shown on the screen of whoever opened the folder: none of
it is stored or logged. Whatever a file holds, it becomes an entry; one that cannot be opened
says why.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from inference.collected_warnings import collected_warnings
from inference.errors import UnreadableRadiographError
from inference.radiograph_file import kind_of_file

_KEYWORDS = [
    "SOPClassUID", "Modality", "Rows", "Columns", "NumberOfFrames", "PixelSpacing",
    "ImagerPixelSpacing", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
    "StudyInstanceUID", "StudyDate", "StudyDescription", "AccessionNumber",
    "SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "BodyPartExamined",
    "ViewPosition", "InstanceNumber",
]  # fmt: skip
_DIRECTORY = "1.2.840.10008.1.3.10"
_LONGEST = 120
_JOINERS = "\u200c\u200d"  # without them words of several scripts are spelled wrongly
_TURNED = (5, 6, 7, 8)  # EXIF orientations that lie on their side
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class BrowsedFile:
    """One entry. Texts are "" where a file does not say; they hold no control characters.

    Attributes:
        path: The file.
        relative: Its path from the folder that was opened, with forward slashes.
        problem: Why it cannot be opened, or "".
        patient_name: As "Family, Given Middle".
        patient_id, birth_date, sex, accession: As the file gives them.
        study_uid, study_date, study_description: Dates as YYYYMMDD.
        series_uid, series_number, series_description, modality, view: Of the series.
        instance_number: None where it has none.
        aspect: Width divided by height as it should be seen; None where unknown.
    """

    path: Path
    relative: str
    problem: str = ""
    patient_name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    accession: str = ""
    study_uid: str = ""
    study_date: str = ""
    study_description: str = ""
    series_uid: str = ""
    series_number: int | None = None
    series_description: str = ""
    modality: str = ""
    view: str = ""
    instance_number: int | None = None
    aspect: float | None = None

    @property
    def has_patient(self) -> bool:
        """Whether it says whose it is, or of which study; else it is listed by its folder."""
        return bool(self.patient_name or self.patient_id or self.study_uid)

    @property
    def folder(self) -> str:
        """The folder it lies in, from the one that was opened; "" for that one."""
        return self.relative.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.relative.rpartition("/")[2]

    def has_words(self, words: tuple[str, ...]) -> bool:
        """Whether each word, as `search_form` gives it, is somewhere in what it says."""
        said = search_form(
            " ".join(
                (
                    self.relative, self.patient_name, self.patient_id, self.accession,
                    self.study_date, self.study_description, self.series_description,
                    self.modality, self.view,
                )
            )
        )  # fmt: skip
        return all(word in said for word in words)


def browsed_file(path: Path, relative: str, *, is_expected: bool) -> BrowsedFile | None:
    """Read what a file says of itself.

    Args:
        path: The file.
        relative: Its path from the folder that was opened.
        is_expected: Whether its owner takes it for a radiograph, by its name or a DICOMDIR.

    Returns:
        Its entry; None for a file that is of another kind and nobody takes for a radiograph.
    """
    try:
        kind = kind_of_file(path)
        return _picture(path, relative) if kind == "picture" else _dicom(path, relative)
    except UnreadableRadiographError as error:
        is_other = "it is not DICOM" in error.reason or "the file is empty" in error.reason
        if is_other and not is_expected:
            return None
        return BrowsedFile(path, relative, problem=error.reason)


def search_form(text: str) -> str:
    """A text without case, accents and vowel points, as it is searched for."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))


def shown_text(text: str) -> str:
    """A text from a file for the screen: one line, without characters that steer a display."""
    kept = []
    for one in text[: 4 * _LONGEST]:
        kind = unicodedata.category(one)
        if kind == "Cc":  # such as the end of a line
            kept.append(" ")
        elif one in _JOINERS or kind not in ("Cf", "Cs", "Co", "Cn"):
            kept.append(one)
    joined = " ".join("".join(kept).split())
    return joined if len(joined) <= _LONGEST else joined[: _LONGEST - 1] + "…"


def person_name(stated: str) -> str:
    """A DICOM person name for the screen: its first form that is not empty.

    Source:
        DICOM PS3.5 6.2: up to three forms parted by "="; five components parted by "^".
    """
    form = next((one for one in stated.split("=") if one.strip("^ ")), "")
    family, *given = (one.strip() for one in form.split("^")[:3])
    others = " ".join(one for one in given if one)
    return shown_text(", ".join(one for one in (family, others) if one))


def _dicom(path: Path, relative: str) -> BrowsedFile | None:
    # Imported here: pydicom takes 0.2 s, which the window's start need not wait for.
    from inference.dicom_file import DAMAGED, integer, numbers, open_dataset, text, translated

    with translated(path):
        dataset = open_dataset(path, pixels=False, keywords=_KEYWORDS)
        if text(dataset, "SOPClassUID") == _DIRECTORY or path.name.casefold() == "dicomdir":
            return None
        if len(dataset) == 0:
            return BrowsedFile(path, relative, problem="nothing in it can be read as DICOM")
        rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
        frames = integer(dataset, "NumberOfFrames") or 1
        problem = ""
        if not rows or not columns:
            problem = "it holds no picture"
        elif frames > 1:
            problem = f"it holds {frames} pictures"
        spacing = numbers(dataset, "PixelSpacing") or numbers(dataset, "ImagerPixelSpacing")
        aspect = columns / rows if rows and columns and rows > 0 and columns > 0 else None
        if aspect and len(spacing) == 2 and 0.01 < spacing[1] / (spacing[0] or 1e9) < 100:
            aspect *= spacing[1] / spacing[0]

        try:
            name = str(dataset.get("PatientName") or "")  # not `text`: it would be its first letter
        except DAMAGED:
            name = ""

        def said(keyword: str) -> str:
            return shown_text(text(dataset, keyword))

        return BrowsedFile(
            path,
            relative,
            problem,
            patient_name=person_name(name),
            patient_id=said("PatientID"),
            birth_date=said("PatientBirthDate"),
            sex=said("PatientSex"),
            accession=said("AccessionNumber"),
            study_uid=said("StudyInstanceUID"),
            study_date=said("StudyDate"),
            study_description=said("StudyDescription"),
            series_uid=said("SeriesInstanceUID"),
            series_number=integer(dataset, "SeriesNumber"),
            series_description=said("SeriesDescription") or said("BodyPartExamined"),
            modality=said("Modality"),
            view=said("ViewPosition"),
            instance_number=integer(dataset, "InstanceNumber"),
            aspect=aspect,
        )


def _picture(path: Path, relative: str) -> BrowsedFile:
    # Its header is enough, and the decoder that reads all of it runs in another process.
    from inference.picture_file import DAMAGED_PICTURE, read_picture_header

    read_picture_header(path)
    with collected_warnings():
        try:
            with Image.open(path, formats=("JPEG", "PNG", "TIFF")) as picture:
                wide, high = picture.size
                if picture.format == "JPEG" and picture.getexif().get(_ORIENTATION_TAG) in _TURNED:
                    wide, high = high, wide
        except (*DAMAGED_PICTURE, Image.DecompressionBombError):
            return BrowsedFile(path, relative)
    return BrowsedFile(path, relative, aspect=wide / high if high else None)
