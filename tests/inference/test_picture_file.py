"""JPEG, PNG and TIFF: every mode of pixels becomes the values a radiograph has."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from inference.errors import UnreadableRadiographError
from inference.radiograph_io import display_brightness, read_header, read_radiograph
from inference.records import Window
from tests.inference.radiograph_files import ramp

GREY = ramp(20, 30, bits=8).astype(np.uint8)
COLOUR = np.stack([GREY, 255 - GREY, np.full_like(GREY, 40)], -1)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_eight_bit_grey_is_exact_and_shown_as_it_is(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(GREY).save(path)
    found = read_radiograph(path)
    np.testing.assert_array_equal(found.values, GREY)
    assert found.windows == (Window(128, 256, "LINEAR", "full range"),)
    np.testing.assert_allclose(display_brightness(found), GREY / 255, atol=1e-7)
    assert found.header.transfer_syntax == {"png": "PNG", "tif": "TIFF"}[suffix]
    assert read_header(path) == found.header


def test_a_jpeg_is_what_its_decoder_says(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(GREY).save(path, quality=90)
    np.testing.assert_array_equal(read_radiograph(path).values, np.asarray(Image.open(path)))
    assert read_header(path).transfer_syntax == "JPEG"


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize("bits", [12, 16])
def test_sixteen_bits_are_exact_and_fill_the_range_they_use(tmp_path, suffix, bits):
    words = ramp(bits=bits)
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(words).save(path)
    found = read_radiograph(path)
    np.testing.assert_array_equal(found.values, words)
    np.testing.assert_allclose(display_brightness(found), words / (2**bits - 1), atol=1e-6)


def test_a_float_tiff_keeps_its_values_and_numbers_that_are_none_become_dark(tmp_path):
    words = np.array([[0.5, -3.0], [np.nan, 1e5]], np.float32)
    path = tmp_path / "a.tif"
    Image.fromarray(words).save(path)
    found = read_radiograph(path)
    assert found.values.tolist() == [[0.5, -3.0], [-3.0, 1e5]]
    assert found.notes == ("1 pixels are not numbers and are shown black.",)


def test_one_bit_is_black_and_white(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY > 99).save(path)
    np.testing.assert_array_equal(read_radiograph(path).values, (GREY > 99) * 255)


def test_colour_stays_colour(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path)
    np.testing.assert_array_equal(read_radiograph(path).values, COLOUR)


def test_grey_saved_in_colour_becomes_grey_even_with_a_coloured_mark(tmp_path):
    repeated = np.repeat(GREY[..., None], 3, -1)
    repeated[0, :5] = (255, 0, 0)
    path = tmp_path / "a.png"
    Image.fromarray(repeated).save(path)
    found = read_radiograph(path)
    np.testing.assert_array_equal(found.values[1:], GREY[1:])


def test_palettes_are_looked_up(tmp_path):
    picture = Image.fromarray(COLOUR).quantize(200)
    picture.save(tmp_path / "a.png")
    expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.png").values, expected)
    grey = Image.fromarray(GREY).convert("P")
    grey.save(tmp_path / "b.png")
    np.testing.assert_array_equal(read_radiograph(tmp_path / "b.png").values, GREY)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_transparent_is_black(tmp_path, mode):
    picture = Image.fromarray(GREY).convert(mode)
    alpha = np.full(GREY.shape, 255, np.uint8)
    alpha[:5], alpha[5:8] = 0, 128
    picture.putalpha(Image.fromarray(alpha))
    picture.save(tmp_path / "a.png")
    expected = GREY * (alpha / 255.0)
    np.testing.assert_allclose(read_radiograph(tmp_path / "a.png").values, expected, atol=1)


def test_an_alpha_that_hides_everything_is_not_believed(tmp_path):
    picture = Image.fromarray(GREY).convert("LA")
    picture.putalpha(0)
    picture.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.png").values, GREY)


def test_cmyk_is_read(tmp_path):
    picture = Image.fromarray(COLOUR).convert("CMYK")
    picture.save(tmp_path / "a.jpg", quality=98, subsampling=0)
    expected = np.asarray(picture.convert("RGB")).astype(float)
    found = read_radiograph(tmp_path / "a.jpg").values
    assert np.abs(found - expected).mean() < 8


UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].T,
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_is_held_upright(tmp_path, suffix, orientation):
    path = tmp_path / f"a.{suffix}"
    picture = Image.fromarray(GREY)
    if suffix == "tif":
        picture.save(path, tiffinfo={274: orientation})
    else:
        exif = Image.Exif()
        exif[274] = orientation
        picture.save(path, exif=exif, **({"quality": 95} if suffix == "jpg" else {}))
    stored = GREY
    if suffix == "jpg":
        stored = imagecodecs.jpeg_decode(path.read_bytes())
    np.testing.assert_array_equal(read_radiograph(path).values, UPRIGHT[orientation](stored))


def test_a_tiff_in_which_nought_is_white_is_inverted_once(tmp_path):
    words = ramp()
    for name, made in (("deep", words), ("flat", GREY)):
        # Pillow writes 0 as white by itself only for 8 bits, so the tag is set by hand.
        path = tmp_path / f"{name}.tif"
        Image.fromarray(made).save(path)
        raw = bytearray(path.read_bytes())
        at = raw.index(struct.pack("<HHI", 262, 3, 1))
        raw[at + 8] = 0
        path.write_bytes(raw)
        shown = display_brightness(read_radiograph(path))
        np.testing.assert_allclose(shown, 1 - made / made.max(), atol=1e-6)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_the_resolution_of_a_printer_is_no_spacing(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(GREY).save(path, dpi=(300, 300))
    assert read_radiograph(path).spacing is None


def test_a_picture_of_one_pixel_is_read(tmp_path):
    Image.fromarray(np.array([[200]], np.uint8)).save(tmp_path / "a.png")
    assert read_radiograph(tmp_path / "a.png").values.tolist() == [[200]]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_picture_is_refused(tmp_path, suffix, share):
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (80, 90), np.uint8)
    Image.fromarray(noise).save(path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(UnreadableRadiographError, match=r"damaged"):
        read_radiograph(path)


def png_that_claims(rows, columns):
    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [15_000, 20_000, 60_000, 1 << 30])
def test_a_decompression_bomb_is_refused_before_memory_is_taken(tmp_path, side):
    path = tmp_path / "a.png"
    path.write_bytes(png_that_claims(side, side))
    with pytest.raises(UnreadableRadiographError, match="limit of 200 million"):
        read_radiograph(path)


def test_several_pages_are_refused(tmp_path):
    pages = [Image.fromarray(GREY), Image.fromarray(GREY)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(UnreadableRadiographError, match="2 pictures"):
        read_radiograph(tmp_path / "a.tif")


def test_the_same_values_have_the_same_checksum_in_every_format(tmp_path):
    for name, made in (
        ("a.png", ramp()),
        ("b.tif", ramp()),
        ("c.tif", ramp().astype(np.float32)),
        ("d.tif", ramp() + np.float32(0.5)),
    ):
        Image.fromarray(made).save(tmp_path / name)
    sums = [read_radiograph(tmp_path / name).pixel_sha256 for name in ("a.png", "b.tif", "c.tif")]
    assert len(set(sums)) == 1
    assert read_radiograph(tmp_path / "d.tif").pixel_sha256 not in sums
