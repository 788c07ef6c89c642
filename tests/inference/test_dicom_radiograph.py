"""What the pixels of a DICOM file become, element by element."""

import math
import threading
import warnings

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from inference.radiograph_io import (
    display_brightness,
    is_radiograph_file,
    read_header,
    read_radiograph,
)
from inference.records import Window
from tests.inference.radiograph_files import (
    SHARED,
    compress,
    dataset_of,
    encoded,
    lut_item,
    ramp,
    save,
    with_stream,
    without_preamble,
    write_dicom,
)

JPEG_BASELINE, JPEG_EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS, JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"
JPEG_LS_NEAR, JPEG2000_LOSSY = "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSY = "1.2.840.10008.1.2.4.203"


@pytest.fixture
def dicom(tmp_path):
    """Writes a file and reads it."""

    def write_and_read(words, **elements):
        return read_radiograph(write_dicom(tmp_path / "a.dcm", words, **elements))

    return write_and_read


# Transfer syntaxes


@pytest.mark.parametrize("variant", ["J2KR", "JLSL", "JPLL", "RLE"])
def test_lossless_variants_of_a_real_radiograph_decode_to_the_reference(variant):
    folder = SHARED / "dicom"
    if not folder.exists():
        pytest.skip("the real DICOM files are not on this machine")
    reference = read_radiograph(folder / "RG3_UNC.dcm")
    raw = pydicom.dcmread(folder / "RG3_UNC.dcm")
    expected = np.frombuffer(raw.PixelData, "<u2").reshape(1760, 1760)
    np.testing.assert_array_equal(reference.values, expected)
    found = read_radiograph(folder / f"RG3_{variant}.dcm")
    np.testing.assert_array_equal(found.values, expected)
    assert found.pixel_sha256 == reference.pixel_sha256
    assert found.is_inverted
    assert found.windows == (Window(550, 1024),)


@pytest.mark.parametrize(("variant", "most"), [("J2KI", 40), ("JLSN", 8), ("JPLY", 60)])
def test_lossy_variants_of_a_real_radiograph_decode_to_about_the_reference(variant, most):
    folder = SHARED / "dicom"
    if not folder.exists():
        pytest.skip("the real DICOM files are not on this machine")
    expected = read_radiograph(folder / "RG3_UNC.dcm").values
    difference = np.abs(read_radiograph(folder / f"RG3_{variant}.dcm").values - expected)
    assert difference.max() < most
    assert difference.mean() < 5


LOSSLESS = [
    RLELossless,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLossless,
    JPEG_LOSSLESS,
    JPEG_LOSSLESS_SV1,
]


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_every_lossless_syntax_is_exact(tmp_path, syntax, bits):
    words = ramp(70, 91, bits=bits).astype(np.uint8 if bits == 8 else np.uint16)
    path = compress(tmp_path / "a.dcm", words, syntax, BitsStored=bits)
    found = read_radiograph(path)
    np.testing.assert_array_equal(found.values, words)
    assert found.header.transfer_syntax == syntax


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_signed_values_survive_compression(tmp_path, syntax):
    words = ramp(70, 91, bits=12).astype(np.int16) - 2048
    found = read_radiograph(compress(tmp_path / "a.dcm", words, syntax, BitsStored=12))
    np.testing.assert_array_equal(found.values, words)


@pytest.mark.parametrize(
    ("syntax", "bits", "most"),
    [
        (JPEG_BASELINE, 8, 24),
        (JPEG_EXTENDED, 12, 120),
        (JPEG_LS_NEAR, 12, 2),
        (JPEG2000_LOSSY, 12, 60),
    ],
)
def test_lossy_syntaxes_come_near(tmp_path, syntax, bits, most):
    smooth = np.add.outer(np.arange(48.0), np.arange(64.0))
    words = (smooth * (2**bits - 1) / smooth.max()).astype(np.uint8 if bits == 8 else np.uint16)
    found = read_radiograph(compress(tmp_path / "a.dcm", words, syntax, BitsStored=bits))
    assert np.abs(found.values - words).max() <= most


def test_what_lossy_compression_overshoots_is_cut_off_and_does_not_wrap(tmp_path):
    words = np.zeros((64, 64), np.uint16)
    words[:, 32:] = 1023
    words[::7, ::5] = 500
    dataset = dataset_of(words, BitsStored=10)
    stream = bytes(imagecodecs.jpeg_encode(words, level=50, bitspersample=12))
    assert imagecodecs.jpeg_decode(stream).max() > 1023
    found = read_radiograph(with_stream(tmp_path / "a.dcm", dataset, stream, JPEG_EXTENDED))
    assert found.values.max() == 1023
    assert found.values[:, 40:].min() > 200


def test_a_lossless_htj2k_in_the_general_syntax_is_exact(tmp_path):
    words = ramp(bits=12)
    found = read_radiograph(compress(tmp_path / "a.dcm", words, HTJ2K_LOSSY, BitsStored=12))
    np.testing.assert_array_equal(found.values, words)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32])
def test_every_word_size_and_sign_is_read_in_both_byte_orders(tmp_path, dtype):
    info = np.iinfo(dtype)
    low, high = max(info.min, -(2**22)), min(info.max, 2**22)
    words = np.linspace(low, high, 15).astype(dtype).reshape(3, 5)
    little = read_radiograph(write_dicom(tmp_path / "little.dcm", words))
    np.testing.assert_array_equal(little.values, words)
    dataset = dataset_of(words, PixelData=words.astype(words.dtype.newbyteorder(">")).tobytes())
    big = read_radiograph(save(tmp_path / "big.dcm", dataset, syntax=ExplicitVRBigEndian))
    np.testing.assert_array_equal(big.values, words)
    assert big.pixel_sha256 == little.pixel_sha256


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_implicit_and_deflated_files_are_read(tmp_path, syntax):
    words = ramp()
    path = save(tmp_path / "a.dcm", dataset_of(words, BitsStored=12), syntax=syntax)
    found = read_radiograph(path)
    np.testing.assert_array_equal(found.values, words)
    assert found.header.transfer_syntax == syntax
    assert read_header(path) == found.header


def test_files_without_preamble_are_recognised_and_read(tmp_path):
    words = ramp()
    path = without_preamble(tmp_path / "a", dataset_of(words, BitsStored=12))
    assert path.read_bytes()[128:132] != b"DICM"
    assert is_radiograph_file(path)
    np.testing.assert_array_equal(read_radiograph(path).values, words)
    assert read_header(path).transfer_syntax == ImplicitVRLittleEndian


def test_one_bit_pixels_are_unpacked(tmp_path):
    bits = np.random.default_rng(5).integers(0, 2, (8, 16), np.uint8)
    packed = np.packbits(bits, axis=None, bitorder="little").tobytes()
    dataset = dataset_of(bits, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed)
    np.testing.assert_array_equal(read_radiograph(save(tmp_path / "a.dcm", dataset)).values, bits)


# Stored bits


@pytest.mark.parametrize("high_bit", [11, 12, 15])
@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
def test_bits_are_taken_from_under_the_high_bit_and_stray_ones_ignored(dicom, dtype, high_bit):
    values = ramp(bits=12).astype(np.int64) - (2048 if dtype is np.int16 else 0)
    shift = high_bit - 11
    words = (values & 0xFFF) << shift
    stray = np.random.default_rng(6).integers(0, 1 << 16, words.shape) & ~(0xFFF << shift)
    words = ((words | stray) & 0xFFFF).astype(np.uint16).view(dtype)
    found = dicom(words, BitsStored=12, HighBit=high_bit)
    np.testing.assert_array_equal(found.values, values)


def test_floats_are_read_and_what_is_no_number_is_padding(tmp_path):
    floats = np.array([[0.5, -2.0, np.nan], [1e3, np.inf, 7.25]], np.float32)
    dataset = dataset_of(
        np.zeros((2, 3), np.uint32), PixelData=None, BitsStored=None, PixelRepresentation=None
    )
    dataset.FloatPixelData = floats.tobytes()
    found = read_radiograph(save(tmp_path / "a.dcm", dataset))
    assert found.padding.tolist() == [[False, False, True], [False, True, False]]
    np.testing.assert_array_equal(found.values[~found.padding], floats[np.isfinite(floats)])
    assert np.isfinite(found.values).all()
    assert found.notes == ("2 pixels are not numbers and are shown black.",)


# Modality step


@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (2.5, -1024), (-1, 4095), (1e-3, 0.5)])
def test_the_rescale_is_applied(dicom, slope, intercept):
    words = ramp()
    found = dicom(words, BitsStored=12, RescaleSlope=slope, RescaleIntercept=intercept)
    expected = (words.astype(np.float64) * slope + intercept).astype(np.float32)
    np.testing.assert_array_equal(found.values, expected)


def test_a_negative_slope_turns_dark_and_bright_once(dicom):
    words = np.array([[0, 4095]], np.uint16)
    found = dicom(words, BitsStored=12, RescaleSlope=-1, RescaleIntercept=4095)
    assert found.values.tolist() == [[4095, 0]]
    assert display_brightness(found).tolist() == [[1, 0]]


def test_an_intercept_alone_means_a_slope_of_one(dicom):
    found = dicom(np.array([[1, 2]], np.uint16), RescaleIntercept=-10)
    assert found.values.tolist() == [[-9, -8]]


@pytest.mark.parametrize(("dtype", "first"), [(np.uint16, 10), (np.int16, -2)])
def test_the_modality_table_is_applied_before_the_window(dicom, dtype, first):
    entries = np.array([500, 40, 9000, 65535], np.uint16)
    words = np.array(
        [[first - 5 if first < 0 else 0, first, first + 1], [first + 2, first + 3, 99]]
    )
    item = lut_item(first, entries, 16)
    found = dicom(words.astype(dtype), ModalityLUTSequence=[item], RescaleSlope=None)
    assert found.values.tolist() == [[500, 500, 40], [9000, 65535, 65535]]


# VOI step


def test_all_windows_are_kept_with_their_names_and_the_first_is_shown(dicom):
    found = dicom(
        ramp(),
        BitsStored=12,
        WindowCenter=[2048, 600],
        WindowWidth=[4096, 500],
        WindowCenterWidthExplanation=["NORMAL", "BONE"],
    )
    assert found.windows == (
        Window(2048, 4096, "LINEAR", "NORMAL"),
        Window(600, 500, "LINEAR", "BONE"),
    )
    np.testing.assert_allclose(display_brightness(found), ramp() / 4095, atol=1e-6)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_the_window_function_is_read(dicom, function):
    found = dicom(ramp(), WindowCenter=100, WindowWidth=50, VOILUTFunction=function)
    assert found.windows[0].function == function


def test_an_unknown_window_function_is_shown_as_linear_with_a_note(dicom):
    found = dicom(ramp(), WindowCenter=100, WindowWidth=50, VOILUTFunction="CUBIC")
    assert found.windows[0].function == "LINEAR"
    assert "CUBIC" in found.notes[0]


def test_a_linear_window_below_one_is_shown_as_the_exact_one(dicom):
    found = dicom(ramp(), WindowCenter="0.3", WindowWidth="0.25")
    assert found.windows == (Window(0.3, 0.25, "LINEAR_EXACT"),)


@pytest.mark.parametrize(("centre", "width"), [(100, 0), (100, -5), (100, "NaN"), ("inf", 10)])
def test_windows_that_make_no_sense_are_left_out_with_a_note(tmp_path, centre, width):
    dataset = dataset_of(ramp(), BitsStored=12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns while it writes such a file
        dataset.WindowCenter, dataset.WindowWidth = [centre, 600], [width, 500]
    found = read_radiograph(save(tmp_path / "a.dcm", dataset))
    assert found.windows == (Window(600, 500),)
    assert found.notes == ("A window in the file makes no sense and is left out.",)


def test_without_a_window_everything_is_shown(dicom):
    words = ramp(bits=12)[2:-2] + np.uint16(100)
    shown = display_brightness(dicom(words, BitsStored=16))
    assert (shown.min(), shown.max()) == (0.0, 1.0)
    span = float(words.max()) - words.min()
    np.testing.assert_allclose(shown, (words - float(words.min())) / span, atol=1e-6)


def test_eight_bits_without_a_window_are_shown_as_they_are(dicom):
    words = np.array([[51, 102]], np.uint8)
    np.testing.assert_allclose(display_brightness(dicom(words)), [[0.2, 0.4]], atol=1e-6)


def test_a_voi_table_is_the_default_even_beside_windows(dicom):
    entries = np.linspace(0, 4095, 4096).astype(np.uint16)
    squared = (entries.astype(float) ** 2 / 4095).round().astype(np.uint16)
    found = dicom(
        ramp(),
        BitsStored=12,
        VOILUTSequence=[lut_item(0, squared, 12, "CONTRAST")],
        WindowCenter=600,
        WindowWidth=500,
    )
    assert found.voi_lut.name == "CONTRAST"
    assert found.windows == (Window(600, 500),)
    np.testing.assert_allclose(display_brightness(found), squared[ramp()] / 4095, atol=1e-6)


def test_a_voi_table_that_declares_more_bits_than_it_uses_is_not_shown_black(dicom):
    entries = np.arange(4096).astype(np.uint16)
    found = dicom(ramp(), BitsStored=12, VOILUTSequence=[lut_item(0, entries, 16)])
    np.testing.assert_allclose(display_brightness(found), ramp() / 4095, atol=1e-6)


def test_a_damaged_voi_table_is_left_out_with_a_note(dicom):
    item = lut_item(0, np.arange(4).astype(np.uint16), 12)
    item.LUTDescriptor = [4096, 0, 12]
    found = dicom(ramp(), BitsStored=12, VOILUTSequence=[item])
    assert found.voi_lut is None
    assert found.notes == ("A VOI look-up table in the file is damaged and is left out.",)


def test_a_voi_table_over_signed_values_starts_below_nought(dicom):
    item = lut_item(-3, np.array([0, 85, 170, 255], np.uint16), 8)
    found = dicom(np.array([[-9, -3, -2, 0, 9]], np.int16), VOILUTSequence=[item])
    np.testing.assert_allclose(display_brightness(found) * 255, [[0, 0, 85, 255, 255]], atol=1e-4)


def test_enhanced_files_of_one_frame_keep_their_steps_in_functional_groups(dicom):
    rescale, window, group = Dataset(), Dataset(), Dataset()
    rescale.RescaleSlope, rescale.RescaleIntercept = 2, -100
    window.WindowCenter, window.WindowWidth = 40, 400
    group.PixelValueTransformationSequence = [rescale]
    group.FrameVOILUTSequence = [window]
    found = dicom(
        np.array([[0, 70]], np.uint16), NumberOfFrames=1, SharedFunctionalGroupsSequence=[group]
    )
    assert found.values.tolist() == [[-100, 40]]
    assert found.windows == (Window(40, 400),)


# Inversion


@pytest.mark.parametrize(
    ("photometric", "shape", "is_inverted"),
    [
        ("MONOCHROME1", None, True),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME1", "IDENTITY", True),
        ("MONOCHROME2", None, False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME2", "IDENTITY", False),
    ],
)
@pytest.mark.parametrize("step", ["window", "table", "nothing"])
def test_a_picture_is_inverted_once_and_after_the_voi_step(
    dicom, photometric, shape, is_inverted, step
):
    words = np.array([[0, 100, 300, 1000, 4095]], np.uint16)
    voi = {
        "window": {"WindowCenter": 500, "WindowWidth": 601},  # 199.5 to 799.5: not symmetrical
        "table": {"VOILUTSequence": [lut_item(100, np.array([0, *[64] * 500, 255], np.uint16), 8)]},
        "nothing": {},
    }[step]
    found = dicom(
        words,
        BitsStored=12,
        PhotometricInterpretation=photometric,
        PresentationLUTShape=shape,
        **voi,
    )
    upright = {
        "window": [0, 0, (300 - 199.5) / 600, 1, 1],
        "table": [0, 0, 64 / 255, 1, 1],
        "nothing": words[0] / 4095,
    }[step]
    expected = 1 - np.array(upright) if is_inverted else np.array(upright)
    assert found.is_inverted == is_inverted
    np.testing.assert_array_equal(found.values, words)
    np.testing.assert_allclose(display_brightness(found)[0], expected, atol=1e-6)
    is_contradiction = (photometric, shape) == ("MONOCHROME1", "IDENTITY")
    assert any("contradicts itself" in note for note in found.notes) == is_contradiction


# Padding


@pytest.mark.parametrize(
    ("dtype", "value", "limit", "expected"),
    [
        (np.uint16, 0, None, [1, 0, 0, 0]),
        (np.uint16, 4095, 4000, [0, 0, 1, 1]),
        (np.uint16, 0, 5, [1, 1, 0, 0]),
    ],
)
def test_padding_is_one_value_or_a_range(dicom, dtype, value, limit, expected):
    found = dicom(
        np.array([[0, 5, 4000, 4095]], dtype),
        BitsStored=12,
        PixelPaddingValue=value,
        PixelPaddingRangeLimit=limit,
        RescaleSlope=3,
        RescaleIntercept=7,
        PhotometricInterpretation="MONOCHROME1",
    )
    assert found.padding.tolist() == [[bool(one) for one in expected]]
    assert (display_brightness(found)[found.padding] == 0).all()


def test_negative_padding_is_found_also_where_it_was_written_as_unsigned(tmp_path):
    dataset = dataset_of(np.array([[-2000, 7, 900]], np.int16))
    dataset.add_new("PixelPaddingValue", "US", 63536)
    found = read_radiograph(save(tmp_path / "a.dcm", dataset))
    assert found.padding.tolist() == [[True, False, False]]
    assert display_brightness(found).tolist() == [[0, 0, 1]]  # the range is that of the rest


def test_padding_above_the_stored_bits_is_found_in_the_whole_word(dicom):
    words = np.array([[0xFFFF, 4095, 12]], np.uint16)
    found = dicom(words, BitsStored=12, PixelPaddingValue=0xFFFF)
    assert found.padding.tolist() == [[True, False, False]]


def test_padding_that_does_not_occur_is_none(dicom):
    assert dicom(np.array([[1, 2]], np.uint16), PixelPaddingValue=0).padding is None


# Colour


def colours(rows=70, columns=90):
    made = np.zeros((rows, columns, 3), np.uint8)
    made[..., 0] = np.linspace(80, 240, columns)
    made[..., 1] = np.linspace(20, 120, rows)[:, None]
    made[..., 2] = 60
    return made


@pytest.mark.parametrize("planar", [0, 1])
def test_rgb_stays_colour(dicom, planar):
    words = colours()
    data = words.transpose(2, 0, 1).tobytes() if planar else words.tobytes()
    found = dicom(words, PlanarConfiguration=planar, PixelData=data)
    np.testing.assert_array_equal(found.values, words)
    assert not found.is_inverted
    np.testing.assert_allclose(display_brightness(found), words / 255, atol=1e-6)


def test_deep_colour_is_scaled_to_eight_bits(dicom):
    words = colours().astype(np.uint16) * 257
    np.testing.assert_allclose(dicom(words).values, colours(), atol=1e-3)


def test_ybr_becomes_rgb(dicom):
    red, green, blue = (colours()[..., i].astype(float) for i in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    ybr = np.stack([luma, (blue - luma) / 1.772 + 128, (red - luma) / 1.402 + 128], -1)
    found = dicom(ybr.round().astype(np.uint8), PhotometricInterpretation="YBR_FULL")
    np.testing.assert_allclose(found.values, colours(), atol=2.5)


@pytest.mark.parametrize(
    "syntax", [JPEG_BASELINE, RLELossless, JPEG2000Lossless, JPEG_LOSSLESS_SV1]
)
def test_compressed_colour_stays_colour(tmp_path, syntax):
    words = colours()
    dataset = dataset_of(words)
    if syntax == JPEG_BASELINE:
        dataset.PhotometricInterpretation = "YBR_FULL_422"
        stream = bytes(imagecodecs.jpeg_encode(words, level=98, subsampling="444"))
        path = with_stream(tmp_path / "a.dcm", dataset, stream, syntax)
    elif syntax == JPEG_LOSSLESS_SV1:
        stream = encoded(words, syntax, 8)
        path = with_stream(tmp_path / "a.dcm", dataset, stream, syntax)
    else:
        path = compress(tmp_path / "a.dcm", words, syntax)
    np.testing.assert_allclose(
        read_radiograph(path).values, words, atol=9 if syntax == JPEG_BASELINE else 0
    )


def test_grey_saved_in_colour_becomes_grey_with_its_values_exact(dicom):
    grey = ramp(bits=8).astype(np.uint8)
    found = dicom(np.repeat(grey[..., None], 3, axis=2))
    np.testing.assert_array_equal(found.values, grey)


@pytest.mark.parametrize("is_coloured", [True, False])
def test_a_palette_is_looked_up(dicom, is_coloured):
    table = np.arange(256) * 257
    red, green, blue = (table, table[::-1], table) if is_coloured else (table, table, table)
    elements = {}
    for name, part in zip(("Red", "Green", "Blue"), (red, green, blue), strict=True):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        elements[f"{name}PaletteColorLookupTableData"] = part.astype("<u2").tobytes()
    words = ramp(bits=8).astype(np.uint8)
    found = dicom(words, PhotometricInterpretation="PALETTE COLOR", **elements)
    assert found.is_colour == is_coloured
    channel = found.values[..., 0] if is_coloured else found.values
    np.testing.assert_allclose(channel, words, atol=1e-3)


# What is passed on


def test_one_frame_that_says_so_is_read(dicom):
    np.testing.assert_array_equal(dicom(ramp(), NumberOfFrames=1).values, ramp())


def test_a_picture_of_one_pixel_is_read_and_shown(dicom):
    found = dicom(np.array([[77]], np.uint16), BitsStored=12)
    assert found.values.tolist() == [[77]]
    assert math.isfinite(display_brightness(found)[0, 0])


def test_the_checksum_is_that_of_shape_and_values(dicom):
    words = ramp(6, 8)
    first = dicom(words, BitsStored=12, PatientID="one", WindowCenter=5, WindowWidth=9)
    assert dicom(words.astype(np.uint32), PatientID="two").pixel_sha256 == first.pixel_sha256
    assert dicom(words.reshape(8, 6)).pixel_sha256 != first.pixel_sha256
    changed = words.copy()
    changed[0, 0] += 1
    assert dicom(changed).pixel_sha256 != first.pixel_sha256


def test_several_threads_read_at_once_and_no_warning_escapes(tmp_path):
    path = tmp_path / "a.dcm"
    write_dicom(path, ramp())
    odd = path.read_bytes().replace(b"DX\x08\x00", b"DX\x08\x00") + b"\0\0"  # stray bytes after
    path.write_bytes(odd)
    found, raised = [], []

    def read():
        try:
            for _ in range(10):
                found.append(read_radiograph(path).pixel_sha256)
        except BaseException as error:  # noqa: BLE001  # handed to the main thread below
            raised.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    before = warnings.filters[:], warnings.showwarning
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not raised
    assert len(found) == 40
    assert len(set(found)) == 1
    assert (warnings.filters[:], warnings.showwarning) == before
