"""Teaches pydicom to decode 12-bit JPEG Extended, common in older radiographs.

pydicom 3.0 offers gdcm and Pillow for this transfer syntax, and neither reads 12 bits. Of the
libraries tried only imagecodecs reads these files (some of their scans say Se = 0).
"""

from pydicom.pixels.decoders.base import DecodeRunner, JPEGExtended12BitDecoder
from pydicom.uid import JPEGExtended12Bit

DECODER_DEPENDENCIES = {JPEGExtended12Bit: ("imagecodecs",)}
"""Asked for by pydicom of every plugin."""


def is_available(uid: str) -> bool:
    """Whether this plugin decodes the transfer syntax; pydicom asks."""
    return uid == JPEGExtended12Bit


def decode_frame(stream: bytes, runner: DecodeRunner) -> bytes:
    """Decode one frame; called by pydicom.

    Returns:
        The samples in native byte order, 8 or 16 bits each.
    """
    import imagecodecs  # here: it is slow to import, and few files need it

    samples = imagecodecs.jpeg_decode(stream)
    runner.set_option("bits_allocated", samples.dtype.itemsize * 8)
    if runner.samples_per_pixel == 3:
        # Unlike the other plugins it hands over RGB, with subsampling undone.
        runner.set_option("photometric_interpretation", "RGB")
        runner.set_option("planar_configuration", 0)
    return bytes(samples.tobytes())


def register() -> None:
    """Make the plugin known to pydicom; harmless when repeated."""
    if "imagecodecs" not in JPEGExtended12BitDecoder.available_plugins:
        JPEGExtended12BitDecoder.add_plugin("imagecodecs", (__name__, "decode_frame"))
