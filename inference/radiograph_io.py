"""Reads radiographs: DICOM, JPEG, PNG and TIFF become the same `Radiograph`.

    radiograph_file     which kind of file it is, and the limits
    dicom_radiograph    DICOM: dicom_file, dicom_pixels, dicom_luts and spacing are its steps
    picture_file        JPEG, PNG and TIFF
    display             values -> brightness, for the screen and for the networks alike

Files are only ever read. Whatever is wrong with one is told in a sentence.
"""

from pathlib import Path

from inference.display import apply_voi_lut, apply_window, display_brightness
from inference.errors import UnreadableRadiographError
from inference.radiograph_file import MAX_FILE_BYTES, MAX_PIXELS, kind_of_file
from inference.records import Header, Radiograph

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_PIXELS",
    "apply_voi_lut",
    "apply_window",
    "display_brightness",
    "is_radiograph_file",
    "read_header",
    "read_radiograph",
]


def read_radiograph(path: Path) -> Radiograph:
    """Read one radiograph from disk.

    Args:
        path: A DICOM, JPEG, PNG or TIFF file. Its content decides, not its name.

    Raises:
        UnreadableRadiographError: With a sentence that says what is wrong and what to do.
    """
    if kind_of_file(path) == "picture":
        from inference.picture_file import read_picture

        return read_picture(path)
    # Imported here: pydicom takes 0.2 s, which a window that opens a PNG need not wait for.
    from inference.dicom_radiograph import read_dicom_radiograph

    return read_dicom_radiograph(path)


def read_header(path: Path) -> Header:
    """Read what a file says of itself, without decoding its pixels.

    Raises:
        UnreadableRadiographError: It cannot be read at all. A DICOM file without a picture has a
            header too.
    """
    if kind_of_file(path) == "picture":
        from inference.picture_file import read_picture_header

        return read_picture_header(path)
    from inference.dicom_file import read_dicom_header

    return read_dicom_header(path)


def is_radiograph_file(path: Path) -> bool:
    """Whether a file looks like a radiograph from its first bytes; nothing is decoded.

    A DICOMDIR, which only lists others, does not. One that does may still turn out damaged.
    """
    try:
        if kind_of_file(path) == "picture":
            return True
        from inference.dicom_file import is_dicom_directory

        return not is_dicom_directory(path)
    except UnreadableRadiographError:
        return False
