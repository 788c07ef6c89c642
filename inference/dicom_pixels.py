"""The pixels of a DICOM file as they were stored: decoded, unpacked, with padding marked."""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
    RLELossless,
)

from inference.codestream import codestream_size
from inference.dicom_decoders import decoder_for
from inference.dicom_file import integer, numbers, text, transfer_syntax
from inference.errors import UnreadableRadiographError

_LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000, HTJ2K)

PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPixels:
    """Pixels before the modality step.

    Attributes:
        stored: (rows, columns) integers as stored, or floats; (rows, columns, 3) float32 in
            [0, 255] for colour. Finite.
        bits: Bits Stored, or None for floats.
        is_signed: Whether stored values can be negative.
        padding: (rows, columns) True where a pixel is padding; None where none is.
        notes: Sentences for the user.
    """

    stored: NDArray[Any] = field(repr=False)
    bits: int | None
    is_signed: bool
    padding: NDArray[np.bool_] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()


def decoded(path: Path, dataset: Dataset) -> DecodedPixels:
    """Decode the one frame of a file; to be called inside `dicom_file.translated`.

    Raises:
        UnreadableRadiographError: The compression is not supported, or the compressed picture is
            cut short or contradicts the header.
    """
    syntax = transfer_syntax(dataset)
    dataset.file_meta.TransferSyntaxUID = syntax  # in memory only: pydicom asks for it there
    found = decoder_for(syntax)
    if found is None:
        raise UnreadableRadiographError(
            path,
            f"its compression ({syntax.name}) is not supported; export it uncompressed or as "
            "JPEG 2000",
        )
    decoder, plugin = found
    if syntax == RLELossless:
        _check_segments(path, dataset)
    elif decoder.is_encapsulated:
        _check_codestream(path, dataset)
    # Unused bits of plain and RLE words may hold overlays, and the values need not be the lowest
    # bits: unpacked here by High Bit, which pydicom 3.0 does not look at.
    is_packed = decoder.is_native or syntax == RLELossless
    is_signed = integer(dataset, "PixelRepresentation") == 1
    is_overshooting = syntax in _LOSSY and not is_signed
    options: dict[str, Any] = {"view_only": True}  # nothing below writes into what it is given
    if is_packed or is_overshooting:
        options["correct_unused_bits"] = False
    words, properties = decoder.as_array(dataset, index=0, decoding_plugin=plugin, **options)
    words = words.astype(words.dtype.newbyteorder("="), copy=False)
    if words.dtype.kind == "f":
        return _float_pixels(path, dataset, words)
    bits = int(properties["bits_stored"])
    stored = _unpacked(dataset, words, bits, is_signed) if is_packed else words
    if is_overshooting:  # lossy compression goes beyond the range: cut off, or white turns black
        stored = np.minimum(stored, words.dtype.type((1 << bits) - 1))
    if stored.ndim == 3:
        return DecodedPixels(_as_bytes_range(path, stored, bits, properties), bits, False)
    if text(dataset, "PhotometricInterpretation").upper() == "PALETTE COLOR":
        return DecodedPixels(_through_palette(stored, dataset), bits, False)
    padding = _padding(dataset, stored, words, bits, is_signed)
    return DecodedPixels(stored, bits, is_signed, padding)


def _check_codestream(path: Path, dataset: Dataset) -> None:
    """Refuse a compressed picture that is cut short or larger than the header says.

    Some decoders fill what is missing with grey and say nothing, and some trust the header about
    how much memory to take.
    """
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    found = codestream_size(stream)
    said = (int(dataset.Rows), int(dataset.Columns))
    if found is not None and found != said:
        raise UnreadableRadiographError(
            path,
            f"its header says {said[1]} × {said[0]} pixels but the compressed picture measures "
            f"{found[1]} × {found[0]}; the file is damaged",
        )
    if b"\xff\xd9" not in stream[-4096:]:  # the end mark of JPEG, JPEG-LS and JPEG 2000 alike
        raise UnreadableRadiographError(
            path, "its compressed picture is cut short; fetch it again from its source"
        )


def _check_segments(path: Path, dataset: Dataset) -> None:
    """Refuse an RLE picture of another size than the header says: cut to it, it would be sheared.

    Source:
        DICOM PS3.5 annex G: 64 bytes of header, then one run-length code for each byte of a pixel.
    """
    stream = get_frame(dataset.PixelData, 0, number_of_frames=1)
    first, second = struct.unpack_from("<2L", stream, 4)
    length, at = 0, first
    end = second if second > first else len(stream)
    wanted = int(dataset.Rows) * int(dataset.Columns)
    while at < end and length <= wanted + 1:
        count = stream[at]
        at += 2 if count > 128 else count + 2 if count < 128 else 1
        length += 257 - count if count > 128 else count + 1 if count < 128 else 0
    if length > wanted + 1:  # one more: segments are padded to an even length
        raise UnreadableRadiographError(
            path,
            f"its header says {dataset.Columns} × {dataset.Rows} pixels but the compressed picture "
            "holds more; the file is damaged",
        )


def _unpacked(dataset: Dataset, words: NDArray[Any], bits: int, is_signed: bool) -> NDArray[Any]:
    """Take the stored bits out of their words, and repeat the sign where there is one.

    Source:
        DICOM PS3.5 8.1.1.
    """
    allocated = 8 * words.dtype.itemsize
    stated = integer(dataset, "HighBit")
    is_sensible = stated is not None and bits - 1 <= stated < allocated
    high = stated if stated is not None and is_sensible else bits - 1
    if bits == allocated or integer(dataset, "BitsAllocated") == 1:
        return words
    if is_signed:  # the shift to the right repeats the sign
        unpacked: NDArray[Any] = (words << (allocated - 1 - high)) >> (allocated - bits)
    else:
        lowest = words if high == bits - 1 else words >> (high + 1 - bits)
        unpacked = lowest & words.dtype.type((1 << bits) - 1)
    return unpacked


def _padding(
    dataset: Dataset, stored: NDArray[Any], words: NDArray[Any], bits: int, is_signed: bool
) -> NDArray[np.bool_] | None:
    """Where pixels are padding.

    Source:
        DICOM PS3.3 C.7.5.1.1.2: one value, or all from it to the limit, both included, as stored
        and so before the modality step.
    """
    first = integer(dataset, "PixelPaddingValue")
    if first is None:
        return None
    last = integer(dataset, "PixelPaddingRangeLimit")
    ends = [first, first if last is None else last]
    if is_signed:  # often written as if unsigned: 63536 for -2000
        allocated = 8 * words.dtype.itemsize
        ends = [end - (1 << allocated) if end >= 1 << (allocated - 1) else end for end in ends]
    # A value that the stored bits cannot hold was put into the whole word.
    compared = words if not is_signed and max(ends) >= 1 << bits else stored
    found: NDArray[np.bool_] = (compared >= min(ends)) & (compared <= max(ends))
    return found if found.any() else None


def _float_pixels(path: Path, dataset: Dataset, words: NDArray[Any]) -> DecodedPixels:
    """Pixels stored as floats; those that are no number become padding."""
    with np.errstate(over="ignore"):
        stored = words.astype(np.float32)
    padding = ~np.isfinite(stored)
    notes: tuple[str, ...] = ()
    if padding.all():
        raise UnreadableRadiographError(path, "none of its pixels is a number; it is damaged")
    if padding.any():
        notes = (f"{int(padding.sum())} pixels are not numbers and are shown black.",)
        stored[padding] = stored[~padding].min()
    limits = numbers(dataset, "FloatPixelPaddingValue")[:1]
    limits += numbers(dataset, "FloatPixelPaddingRangeLimit")[:1] if limits else []
    if limits:
        padding |= (stored >= np.float32(min(limits))) & (stored <= np.float32(max(limits)))
    return DecodedPixels(stored, None, True, padding if padding.any() else None, notes)


def _as_bytes_range(
    path: Path, stored: NDArray[Any], bits: int, properties: dict[str, Any]
) -> NDArray[np.float32]:
    """Scale red, green and blue of any depth to [0, 255]."""
    if properties["photometric_interpretation"] != "RGB":
        raise UnreadableRadiographError(
            path,
            f"its colours ({properties['photometric_interpretation']}) could not be turned into "
            "red, green and blue; export it as RGB",
        )
    scaled = stored.astype(np.float32)
    if bits != 8:
        scaled *= np.float32(255.0 / (2.0**bits - 1.0))
    return scaled.clip(0.0, 255.0, out=scaled)


def _through_palette(stored: NDArray[Any], dataset: Dataset) -> NDArray[np.float32]:
    coloured = apply_color_lut(stored, dataset)[..., :3]
    scaled = coloured.astype(np.float32)
    if coloured.dtype.itemsize == 2:
        scaled *= np.float32(255.0 / 65535.0)
    return scaled
