"""Which library decodes which DICOM compression, and what pydicom has to be taught for it.

One decoder for each transfer syntax, so that a file gives the same pixels on every machine.
GDCM is never asked: version 3.2 ends the whole process on some damaged JPEG, JPEG-LS and
JPEG 2000 streams instead of raising an exception. What it alone could read among pydicom's own
plugins, JPEG Lossless, imagecodecs reads to the same pixels in a third of the time.
"""

from pydicom.pixels.decoders.base import (
    Decoder,
    DecodeRunner,
    JPEGExtended12BitDecoder,
    JPEGLosslessDecoder,
    JPEGLosslessSV1Decoder,
    get_decoder,
)
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

_PLUGINS = {
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "imagecodecs",
    JPEGLossless: "imagecodecs",
    JPEGLosslessSV1: "imagecodecs",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000: "pylibjpeg",
    HTJ2KLossless: "pylibjpeg",
    HTJ2KLosslessRPCL: "pylibjpeg",
    HTJ2K: "pylibjpeg",
    RLELossless: "pydicom",
}

DECODER_DEPENDENCIES = {
    syntax: ("imagecodecs",) for syntax, plugin in _PLUGINS.items() if plugin == "imagecodecs"
}
"""pydicom asks this of every plugin, as it asks for `is_available` and `decode_frame`."""


def decoder_for(syntax: UID) -> tuple[Decoder, str] | None:
    """Find pydicom's decoder of a transfer syntax and the plugin to use ("" for plain pixels).

    Returns:
        None where the transfer syntax is not supported.
    """
    for decoder in (JPEGExtended12BitDecoder, JPEGLosslessDecoder, JPEGLosslessSV1Decoder):
        if "imagecodecs" not in decoder.available_plugins:
            decoder.add_plugin("imagecodecs", (__name__, "decode_frame"))
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        return None
    plugin = _PLUGINS.get(syntax, "")
    if decoder.is_encapsulated and plugin not in decoder.available_plugins:
        return None
    return decoder, plugin


def is_available(uid: str) -> bool:
    """Whether `decode_frame` decodes this transfer syntax."""
    return uid in DECODER_DEPENDENCIES


def decode_frame(stream: bytes, runner: DecodeRunner) -> bytes:
    """Decode one frame of lossless or 12-bit JPEG.

    Returns:
        The samples in native byte order, in 8 or 16 bits each, colours as they were stored.
    """
    import imagecodecs  # here: it is slow to import, and few files need it

    if runner.samples_per_pixel == 1:
        samples = imagecodecs.jpeg_decode(stream)
    else:  # told that it is one and the same colour space, it converts nothing: pydicom does
        samples = imagecodecs.jpeg_decode(stream, colorspace="YCBCR", outcolorspace="YCBCR")
        runner.set_option("planar_configuration", 0)
    runner.set_option("bits_allocated", samples.dtype.itemsize * 8)
    return bytes(samples.tobytes())
