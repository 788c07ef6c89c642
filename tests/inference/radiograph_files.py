"""Builds the files that the reading tests open: whole ones, odd ones and broken ones."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

DX = "1.2.840.10008.5.1.4.1.1.1.1"
SHARED = Path(__file__).parents[2] / "../shared/data"


def ramp(rows: int = 24, columns: int = 31, *, bits: int = 12) -> NDArray[np.uint16]:
    """A ramp with noise over the whole range of `bits`; no two rows or columns are alike."""
    noise = np.random.default_rng(7).integers(0, 2**bits // 8, (rows, columns))
    slope = np.linspace(0, 2**bits - 2**bits // 8 - 1, rows * columns).reshape(rows, columns)
    values = (slope + noise).astype(np.uint16)
    values.flat[0], values.flat[-1] = 0, 2**bits - 1
    return values


def dataset_of(words: NDArray[Any], **elements: Any) -> Dataset:
    """A synthetic DX data set around words of 8, 16 or 32 bits, grey or (rows, columns, 3).

    Args:
        words: As they stand in the file.
        elements: Keywords and values to set; None removes the element.
    """
    bits = 8 * words.dtype.itemsize
    plain: dict[str, Any] = {
        "SOPClassUID": DX,
        "SOPInstanceUID": generate_uid(),
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "Modality": "DX",
        "PatientID": "synthetic-1",
        "PatientName": "Synthetic^Phantom",
        "Rows": words.shape[0],
        "Columns": words.shape[1],
        "SamplesPerPixel": 3 if words.ndim == 3 else 1,
        "PhotometricInterpretation": "RGB" if words.ndim == 3 else "MONOCHROME2",
        "BitsAllocated": bits,
        "BitsStored": bits,
        "PixelRepresentation": 1 if words.dtype.kind == "i" else 0,
        "PixelData": words.tobytes(),
    }
    if words.ndim == 3:
        plain["PlanarConfiguration"] = 0
    plain.update(elements)
    if plain.get("BitsStored") is not None:
        plain.setdefault("HighBit", plain["BitsStored"] - 1)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = plain["SOPClassUID"] or DX
    dataset.file_meta.MediaStorageSOPInstanceUID = plain["SOPInstanceUID"]
    for keyword, value in plain.items():
        if value is not None:
            setattr(dataset, keyword, value)
    if "PixelData" in dataset:
        dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    return dataset


def write_dicom(path: Path, words: NDArray[Any], **elements: Any) -> Path:
    """Write an uncompressed DICOM file; see `dataset_of`."""
    return save(path, dataset_of(words, **elements))


def save(path: Path, dataset: Dataset, *, syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write a data set whose pixels are already as `syntax` wants them."""
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, enforce_file_format=True)
    return path


def without_preamble(path: Path, dataset: Dataset) -> Path:
    """Write the bare data set, as files from before DICOM part 10 are."""
    del dataset.file_meta
    dataset.save_as(path, implicit_vr=True, little_endian=True)
    return path


def compress(path: Path, words: NDArray[Any], syntax: str, **elements: Any) -> Path:
    """Write a DICOM file compressed by pydicom's own encoders, or else by imagecodecs."""
    dataset = dataset_of(words, **elements)
    if syntax in (RLELossless, JPEGLSLossless, JPEG2000Lossless):
        plugin = {RLELossless: "pydicom"}.get(pydicom.uid.UID(syntax), "")
        dataset.compress(syntax, encoding_plugin=plugin, generate_instance_uid=False)
        return save(path, dataset, syntax=syntax)
    return with_stream(path, dataset, encoded(words, syntax, dataset.BitsStored), syntax)


def with_stream(path: Path, dataset: Dataset, stream: bytes, syntax: str) -> Path:
    """Write a data set around a compressed stream made elsewhere."""
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return save(path, dataset, syntax=syntax)


def encoded(words: NDArray[Any], syntax: str, bits: int) -> bytes:
    """Compress with imagecodecs."""
    if syntax == "1.2.840.10008.1.2.4.50":
        return bytes(imagecodecs.jpeg_encode(words, level=95))
    if syntax == "1.2.840.10008.1.2.4.51":
        return bytes(imagecodecs.jpeg_encode(words, level=98, bitspersample=bits))
    if syntax in ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"):
        predictor = 1 if syntax.endswith("70") else 4
        return bytes(
            imagecodecs.jpeg_encode(words, lossless=True, bitspersample=bits, predictor=predictor)
        )
    if syntax == "1.2.840.10008.1.2.4.81":
        return bytes(imagecodecs.jpegls_encode(words, level=2))
    if syntax == "1.2.840.10008.1.2.4.91":
        return bytes(
            imagecodecs.jpeg2k_encode(words, level=60, bitspersample=bits, codecformat="J2K")
        )
    if syntax.startswith("1.2.840.10008.1.2.4.20"):
        return bytes(imagecodecs.htj2k_encode(words))
    raise ValueError(f"no encoder for {syntax}")


def lut_item(first: int, entries: NDArray[np.uint16], bits: int, name: str = "") -> Dataset:
    """An item of a Modality or VOI LUT Sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) & 0xFFFF, first & 0xFFFF, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    if name:
        item.LUTExplanation = name
    return item


def nested(depth: int) -> bytes:
    """A file whose sequences lie `depth` deep, with undefined lengths."""
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    sequence = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff"
    return (
        b"\0" * 128
        + b"DICM"
        + b"\x02\x00\x00\x00UL\x04\x00\x1c\x00\x00\x00"
        + b"\x02\x00\x10\x00UI\x14\x00"
        + ExplicitVRLittleEndian.encode()
        + b"\0"
        + (sequence + item) * depth
    )
