"""The plain frozen values that travel between the steps; no step reaches into another's state.

    Radiograph -> (preprocess.ModelInput -> onnx_session.ModelOutput) -> Neighbour -> Analysis

Arrays are made read-only, are left out of `repr`, and are never compared with `==`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Distance = Literal["l2", "cosine", "ssim"]
WindowFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True, slots=True)
class Window:
    """One window, in the units of `Radiograph.values`.

    Attributes:
        centre: Its middle.
        width: Its extent; at least 1 for LINEAR, above 0 otherwise.
        function: How brightness rises over it (DICOM PS3.3 C.11.2.1.2).
        name: WindowCenterWidthExplanation, or "" where the file gives none.
    """

    centre: float
    width: float
    function: WindowFunction = "LINEAR"
    name: str = ""

    def __post_init__(self) -> None:
        smallest = 1.0 if self.function == "LINEAR" else np.finfo(np.float32).tiny
        if not self.width >= smallest:
            raise ValueError(f"window width too small for {self.function}: {self.width}")


@dataclass(frozen=True, slots=True, eq=False)
class VoiLut:
    """A VOI LUT Sequence item: a table from values to brightness.

    Attributes:
        first_value: The value that maps to the first entry; lower ones do too.
        entries: (n,) float32 in [0, 1]; higher values than the last take the last.
        name: LUTExplanation, or "".
    """

    first_value: float
    entries: NDArray[np.float32] = field(repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        self.entries.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Spacing:
    """Size of a pixel, never without its source.

    Attributes:
        row_mm: Distance between the centres of adjacent rows, in mm.
        column_mm: Distance between the centres of adjacent columns, in mm.
        source: For the user, such as "PixelSpacing" or "ImagerPixelSpacing, at detector".
        is_at_detector: True where no magnification factor is known, so that lengths are
            those of the shadow on the detector, longer than those in the patient.
    """

    row_mm: float
    column_mm: float
    source: str
    is_at_detector: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself. Empty strings where it says nothing.

    Attributes:
        modality: DICOM Modality, such as "DX"; "" for JPEG, PNG and TIFF.
        body_part: BodyPartExamined in capitals.
        view_position: ViewPosition in capitals, such as "PA", "AP", "LL".
        laterality: ImageLaterality, else Laterality: "L", "R", "B", "U" or "".
        patient_orientation: PatientOrientation (along the row, down the column), such as
            ("L", "F"); None where absent or not valid, so that letters are not invented.
        patient_id: PatientID. Never exported.
        patient_sex: "M", "F", "O" or "".
        patient_age: In years, or None.
        study_uid, series_uid, instance_uid: The DICOM UIDs.
        burned_in_annotation: BurnedInAnnotation: "YES", "NO" or "".
        transfer_syntax: Its UID, or the picture format such as "JPEG".
    """

    modality: str = ""
    body_part: str = ""
    view_position: str = ""
    laterality: str = ""
    patient_orientation: tuple[str, str] | None = None
    patient_id: str = ""
    patient_sex: str = ""
    patient_age: float | None = None
    study_uid: str = ""
    series_uid: str = ""
    instance_uid: str = ""
    burned_in_annotation: str = ""
    transfer_syntax: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """One radiograph as read from disk, before anything is resized.

    Attributes:
        path: Where it was read from.
        values: (rows, columns) float32 after the modality rescale or LUT, or (rows,
            columns, 3) in [0, 255] for a colour picture. Read-only.
        is_inverted: Whether brightness is inverted after the VOI step (MONOCHROME1, or
            Presentation LUT Shape INVERSE). `values` themselves are never inverted.
        windows: The file's own windows, first the default; never empty. Where the file
            has none, one LINEAR window over the whole range, named "full range".
        voi_lut: The file's VOI LUT. Where present it is the default, before `windows`.
        padding: (rows, columns) bool, True where a pixel is padding and not anatomy, or
            None where the file declares none. Read-only.
        spacing: Pixel size and its source, or None if the file does not say.
        header: What the file says of itself.
        pixel_sha256: Hex SHA-256 over shape and values: the same pixels in another file
            have the same one.
        notes: Sentences for the user on how the file was read, such as "Frame 1 of 1".
    """

    path: Path
    values: NDArray[np.float32] = field(repr=False)
    is_inverted: bool
    windows: tuple[Window, ...]
    voi_lut: VoiLut | None = None
    padding: NDArray[np.bool_] | None = field(default=None, repr=False)
    spacing: Spacing | None = None
    header: Header = Header()
    pixel_sha256: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        is_grey = self.values.ndim == 2
        is_colour = self.values.ndim == 3 and self.values.shape[2] == 3
        if not (is_grey or is_colour):
            raise ValueError(f"values must be (rows, columns[, 3]), got {self.values.shape}")
        if not self.windows:
            raise ValueError("a radiograph needs at least one window")
        self.values.setflags(write=False)
        if self.padding is not None:
            self.padding.setflags(write=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def is_colour(self) -> bool:
        """Whether `values` has three channels, red, green, blue."""
        return self.values.ndim == 3


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case of a catalogue, without its pixels.

    Attributes:
        case_id: Unique in the catalogue.
        path: The file, absolute.
        findings: Names as the labels table gives them; empty where nothing is known.
        findings_source: Where the findings come from, such as "radiologist", "report",
            "text-mined", "phantom truth"; "" where unknown.
        patient_id: From the table, else the file; "" where unknown. Never exported.
        sex: "M", "F" or "".
        age: In years, or None.
        view: View position, such as "PA"; "" where unknown.
        source: The collection it belongs to; "" where unknown.
        report: Free text, or "".
        severity: Named numbers of the table, such as {"severity_extent": 3.5}.
        extra: The table's other columns, kept as text.
        probabilities: One per class of the bundle (one alone for a binary bundle).
        pixel_sha256: As in `Radiograph`.
    """

    case_id: str
    path: Path
    findings: tuple[str, ...] = ()
    findings_source: str = ""
    patient_id: str = ""
    sex: str = ""
    age: float | None = None
    view: str = ""
    source: str = ""
    report: str = field(default="", repr=False)
    severity: dict[str, float] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict, repr=False)
    probabilities: tuple[float, ...] = ()
    pixel_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A case of the catalogue and how near it is to the query.

    Attributes:
        rank: 1 is the most similar.
        case: The record.
        distance: In the method's own distance; small is similar.
        similarity: In (0, 1], 1 for identical: 1 / (1 + distance / typical), where
            `typical` is the catalogue's median distance between two random cases, so
            that 0.5 is as far as two random cases are. For cosine methods the same
            formula over 1 - cos.
    """

    rank: int
    case: CaseRecord
    distance: float
    similarity: float
