"""From a DICOM file to a Radiograph.

file -> stored values (dicom_pixels) -> modality step (dicom_luts) -> values
     -> windows, VOI LUT (dicom_luts), inversion, padding, spacing -> Radiograph
"""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from inference.dicom_file import header_of, integer, open_dataset, text, translated
from inference.dicom_luts import modality_step, value_sources, voi_lut_of, windows_of
from inference.dicom_pixels import PIXEL_KEYWORDS, decoded
from inference.errors import UnreadableRadiographError
from inference.pixel_values import full_range, grey_if_colourless, pixel_checksum
from inference.radiograph_file import check_size
from inference.records import Radiograph
from inference.spacing import spacing_of

_NEEDED = {
    "Rows": "Rows (0028,0010)",
    "Columns": "Columns (0028,0011)",
    "BitsAllocated": "Bits Allocated (0028,0100)",
    "PhotometricInterpretation": "Photometric Interpretation (0028,0004)",
}
_SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}


def read_dicom_radiograph(path: Path) -> Radiograph:
    """Read one radiograph from a DICOM file.

    Raises:
        UnreadableRadiographError: It is damaged, holds no picture or several, or is of a kind
            that is not supported.
    """
    with translated(path):
        # Without pixels first: what is too large or no picture is refused before it is loaded.
        _check_picture(path, open_dataset(path, pixels=False))
        dataset = open_dataset(path, pixels=True)
        if not any(keyword in dataset for keyword in PIXEL_KEYWORDS):
            raise _cut_short(path)
        if _photometric(dataset).startswith("MONOCHROME"):
            return _grey_radiograph(path, dataset)
        return _colour_radiograph(path, dataset)


def _grey_radiograph(path: Path, dataset: Dataset) -> Radiograph:
    pixels = decoded(path, dataset)
    sources = value_sources(dataset)
    values, is_as_stored = modality_step(path, sources, pixels.stored)
    notes = list(pixels.notes)
    windows = windows_of(sources, notes)
    if not windows:
        is_eight_bit = is_as_stored and pixels.bits is not None and pixels.bits <= 8
        limits = (0.0, 2.0**pixels.bits - 1) if is_eight_bit and pixels.bits else None
        if pixels.is_signed:
            limits = None
        windows = (full_range(values, padding=pixels.padding, limits=limits),)
    return Radiograph(
        path=path,
        values=values,
        is_inverted=_is_inverted(dataset, notes),
        windows=windows,
        voi_lut=voi_lut_of(sources, values, notes),
        padding=pixels.padding,
        spacing=spacing_of(dataset),
        header=header_of(dataset),
        pixel_sha256=pixel_checksum(pixels.stored if is_as_stored else values),
        notes=tuple(notes),
    )


def _colour_radiograph(path: Path, dataset: Dataset) -> Radiograph:
    pixels = decoded(path, dataset)
    values = grey_if_colourless(pixels.stored.astype(np.float32, copy=False))
    return Radiograph(
        path=path,
        values=values,
        is_inverted=False,
        windows=(full_range(values, limits=(0.0, 255.0)),),
        spacing=spacing_of(dataset),
        header=header_of(dataset),
        pixel_sha256=pixel_checksum(values),
        notes=pixels.notes,
    )


def _check_picture(path: Path, dataset: Dataset) -> None:
    """Refuse what is not one picture of a size and kind we read."""
    kind = _sop_class(dataset)
    if "Rows" not in dataset:
        if len(dataset) == 0 or "Image Storage" in kind:
            raise _cut_short(path)
        named = f" ({kind})" if kind else ""
        raise UnreadableRadiographError(path, f"it holds no picture{named}; choose a radiograph")
    for keyword, named in _NEEDED.items():
        if not text(dataset, keyword):
            raise UnreadableRadiographError(
                path, f"it lacks {named}, without which its pixels cannot be shown"
            )
    frames = integer(dataset, "NumberOfFrames") or 1
    if frames > 1:
        raise UnreadableRadiographError(
            path, f"it holds {frames} pictures; export the one radiograph to compare by itself"
        )
    photometric = _photometric(dataset)
    samples = integer(dataset, "SamplesPerPixel") or 1
    if _SAMPLES.get(photometric) != samples:
        raise UnreadableRadiographError(
            path,
            f"its pixels are stored as {photometric} with {samples} "
            f"{'sample' if samples == 1 else 'samples'} each, which is not supported; "
            "export it as MONOCHROME2 or RGB",
        )
    check_size(path, integer(dataset, "Rows") or 0, integer(dataset, "Columns") or 0, samples)


def _sop_class(dataset: Dataset) -> str:
    meta = getattr(dataset, "file_meta", None) or Dataset()
    return UID(text(dataset, "SOPClassUID") or text(meta, "MediaStorageSOPClassUID")).name


def _photometric(dataset: Dataset) -> str:
    return text(dataset, "PhotometricInterpretation").upper()


def _is_inverted(dataset: Dataset, notes: list[str]) -> bool:
    """Whether brightness is inverted after the VOI step: once, whichever element says so.

    Source:
        DICOM PS3.3 C.8.11.3: DX files state INVERSE together with MONOCHROME1 and IDENTITY with
        MONOCHROME2. Some detectors write the shape wrongly; the photometric interpretation, which
        no file lacks, is the one to believe when it asks for inversion.
    """
    shape = text(dataset, "PresentationLUTShape").upper()
    is_monochrome1 = _photometric(dataset) == "MONOCHROME1"
    if is_monochrome1 and shape == "IDENTITY":
        notes.append(
            "The file contradicts itself on which end is white (MONOCHROME1 with Presentation LUT "
            "Shape IDENTITY): shown as MONOCHROME1. Check that bone is white."
        )
    return is_monochrome1 or shape == "INVERSE"


def _cut_short(path: Path) -> UnreadableRadiographError:
    return UnreadableRadiographError(
        path, "the file is cut short: its pixels are missing; fetch it again from its source"
    )
