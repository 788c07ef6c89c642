"""From a JPEG, PNG or TIFF to a Radiograph."""

import logging
import struct
import zlib
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from inference.collected_warnings import collected_warnings
from inference.errors import UnreadableRadiographError
from inference.pixel_values import full_range, grey_if_colourless, pixel_checksum
from inference.radiograph_file import MAX_PIXELS, check_size
from inference.records import Header, Radiograph

_log = logging.getLogger(__name__)

_FORMATS = ("JPEG", "PNG", "TIFF")  # "JPEG" opens MPO too: they share a factory
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_WHITE_IS_ZERO, _PHOTOMETRIC_TAG = 0, 262
DAMAGED_PICTURE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What Pillow 11 to 13 has been seen to raise for damaged files."""

# Pillow's own limit, below ours, would refuse some pictures in other words.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def read_picture(path: Path) -> Radiograph:
    """Read one radiograph, or one colour photograph, from a JPEG, PNG or TIFF.

    The resolution in such files is that of a printer or a screen: it gives no spacing.

    Raises:
        UnreadableRadiographError: It is damaged, too large, of an unsupported kind, or holds
            several pictures.
    """
    with collected_warnings() as texts:
        try:
            # As an open file: given a path, Pillow 13 maps uncompressed TIFFs into memory and
            # garbles those that lie on their side.
            with path.open("rb") as file, Image.open(file, formats=_FORMATS) as picture:
                _check(path, picture)
                header = _header(picture)
                is_inverted = _is_white_zero(picture)
                values, limits = _values(picture)
        except Image.DecompressionBombError as error:
            raise UnreadableRadiographError(
                path, f"it is larger than the limit of {MAX_PIXELS // 1_000_000} million values"
            ) from error
        except MemoryError as error:
            raise UnreadableRadiographError(
                path, "there is not enough memory to open it; close other programs"
            ) from error
        except DAMAGED_PICTURE as error:
            raise UnreadableRadiographError(path, _reason(error)) from error
        finally:
            for text in texts:
                _log.info("%s: %s", path.name, text)
    notes: tuple[str, ...] = ()
    if not np.isfinite(values).all():
        values, notes = _finite(path, values)
    if values.ndim == 3:
        values = grey_if_colourless(values)
    return Radiograph(
        path=path,
        values=values,
        is_inverted=is_inverted,
        windows=(full_range(values, limits=limits),),
        header=header,
        pixel_sha256=pixel_checksum(values),
        notes=notes,
    )


def read_picture_header(path: Path) -> Header:
    """The format of a JPEG, PNG or TIFF; such files say nothing else that can be relied on.

    Raises:
        UnreadableRadiographError: It cannot be opened.
    """
    with collected_warnings():
        try:
            with Image.open(path, formats=_FORMATS) as picture:
                return _header(picture)
        except (*DAMAGED_PICTURE, Image.DecompressionBombError) as error:
            raise UnreadableRadiographError(path, _reason(error)) from error


def _header(picture: Image.Image) -> Header:
    # MPO: what many cameras write, a JPEG with a second picture behind it.
    return Header(transfer_syntax={"MPO": "JPEG"}.get(picture.format or "", picture.format or ""))


def _check(path: Path, picture: Image.Image) -> None:
    columns, rows = picture.size
    samples = 1 if picture.mode in ("1", "L", "LA", *_DEEP_MODES) else 3
    check_size(path, rows, columns, samples)
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format != "MPO":
        raise UnreadableRadiographError(
            path, f"it holds {frames} pictures; save the one radiograph to compare by itself"
        )


def _is_white_zero(picture: Image.Image) -> bool:
    """Whether a TIFF says that 0 is white and Pillow, as for 16 bits, leaves that to us."""
    if picture.format != "TIFF" or picture.mode not in _DEEP_MODES:
        return False
    tags: Any = getattr(picture, "tag_v2", {})
    return bool(tags.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO)


def _values(picture: Image.Image) -> tuple[NDArray[np.float32], tuple[float, float] | None]:
    """Upright values, and the range they could have, or None to take the one they have."""
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in _DEEP_MODES:
        return np.asarray(upright).astype(np.float32), None
    has_alpha = upright.mode in ("LA", "La", "PA", "RGBA", "RGBa") or (
        upright.mode == "P" and "transparency" in upright.info
    )
    if has_alpha:
        upright = _on_black(upright)
    if upright.mode in ("1", "L"):
        return np.asarray(upright.convert("L")).astype(np.float32), (0.0, 255.0)
    return np.asarray(upright.convert("RGB")).astype(np.float32), (0.0, 255.0)


def _on_black(picture: Image.Image) -> Image.Image:
    """Lay a picture with transparency on black, the ground of every radiograph."""
    layered = picture.convert("RGBA")
    if layered.getchannel("A").getextrema() == (0, 0):  # an alpha that was never filled in
        return layered.convert("RGB")
    ground = Image.new("RGBA", layered.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, layered).convert("RGB")


def _finite(path: Path, values: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    bad = ~np.isfinite(values)
    if bad.all():
        raise UnreadableRadiographError(path, "none of its pixels is a number; it is damaged")
    values = np.where(bad, values[~bad].min(), values).astype(np.float32)
    return values, (f"{int(bad.sum())} pixels are not numbers and are shown black.",)


def _reason(error: BaseException) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is damaged or of a kind that is not supported; save it as 8-bit PNG or JPEG"
    said = shorten(str(error), 160, placeholder="…").rstrip(".") or type(error).__name__
    return f"the file is damaged or cut short ({said}); fetch it again from its source"
