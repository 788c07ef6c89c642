"""What is refused, with which sentence; and what a file says of itself."""

import os
import struct
import sys
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from inference.dicom_file import age_in_years
from inference.errors import UnreadableRadiographError
from inference.radiograph_io import (
    MAX_PIXELS,
    is_radiograph_file,
    read_header,
    read_radiograph,
)
from inference.records import Header
from tests.inference.radiograph_files import (
    compress,
    dataset_of,
    encoded,
    nested,
    ramp,
    save,
    with_stream,
    without_preamble,
    write_dicom,
)

J2K, JLS, JPEG, SV1, HTJ2K, RLE = (
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.5",
)


def refusal(path):
    """The sentence with which a file is refused; it names the file and ends with a stop."""
    with pytest.raises(UnreadableRadiographError) as caught:
        read_radiograph(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"Cannot open {path.name}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert caught.value.path == path
    return sentence


# Not there, not readable, not a radiograph


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path):
    assert "no such file" in refusal(tmp_path / "gone.dcm")
    assert "it is a folder" in refusal(tmp_path)
    (tmp_path / "empty.dcm").touch()
    assert "the file is empty" in refusal(tmp_path / "empty.dcm")


@pytest.mark.skipif(
    sys.platform == "win32" or getattr(os, "geteuid", int)() == 0,
    reason="this user may read everything",
)
def test_a_file_without_permission_is_refused(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", ramp())
    path.chmod(0)
    assert "no permission" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.dcm")
    assert "not a regular file" in refusal(tmp_path / "pipe.dcm")


def test_a_name_the_system_cannot_hold_is_refused(tmp_path):
    assert "Cannot open" in refusal(tmp_path / ("x" * 5000 + ".dcm"))
    assert "the system says" in refusal(tmp_path / "a\0b.dcm")


@pytest.mark.parametrize("folder", ["Röntgen-Thorax 胸部X線", "x" * 200 + "/" + "y" * 200])
def test_non_ascii_and_long_paths_are_read(tmp_path, folder):
    place = tmp_path / folder
    place.mkdir(parents=True)
    path = write_dicom(place / "Müller–λ.dcm", ramp())
    np.testing.assert_array_equal(read_radiograph(path).values, ramp())
    Image.fromarray(np.eye(9, dtype=np.uint8)).save(place / "ж.png")
    assert read_radiograph(place / "ж.png").shape == (9, 9)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04" + bytes(200), "ZIP archive"),
        (b"\x1f\x8b\x08" + bytes(200), "gzip"),
        (b"%PDF-1.7" + bytes(200), "PDF document"),
        (b"case_id,file\n1,a.dcm\n", "not DICOM, JPEG, PNG or TIFF"),
        (bytes(1000), "not DICOM, JPEG, PNG or TIFF"),
        (b"GIF89a" + bytes(200), "not DICOM, JPEG, PNG or TIFF"),
        (
            b"\x30\x82\x10\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0" + bytes(99),
            "encrypted",
        ),
        (b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\n", "encrypted"),
        (b"-----BEGIN PKCS7-----\n" + bytes(99), "encrypted"),
    ],
)
def test_other_kinds_of_file_are_named(tmp_path, content, said):
    path = tmp_path / "a.dcm"
    path.write_bytes(content)
    assert said in refusal(path)
    assert not is_radiograph_file(path)


def test_the_content_decides_and_not_the_name(tmp_path):
    Image.fromarray(np.eye(9, dtype=np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "picture.dcm")
    assert read_radiograph(tmp_path / "picture.dcm").header.transfer_syntax == "PNG"
    dicom = write_dicom(tmp_path / "dicom.jpg", ramp())
    assert read_radiograph(dicom).header.modality == "DX"
    assert is_radiograph_file(dicom)


def test_a_dicom_file_with_a_tiff_before_it_is_dicom(tmp_path):
    path = write_dicom(tmp_path / "a.tif", ramp())
    raw = bytearray(path.read_bytes())
    raw[:4] = b"II*\0"
    path.write_bytes(raw)
    assert read_radiograph(path).header.modality == "DX"


# DICOM that is no radiograph


def test_documents_and_directories_are_refused_by_name(tmp_path):
    report = dataset_of(ramp(), SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", PixelData=None)
    for keyword in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        delattr(report, keyword)
    assert "no picture (Basic Text SR Storage)" in refusal(save(tmp_path / "sr.dcm", report))
    directory = Dataset()
    directory.file_meta = report.file_meta
    directory.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.1.3.10"
    directory.FileSetID = "SYNTHETIC"
    path = save(tmp_path / "DICOMDIR", directory)
    assert "no picture (Media Storage Directory Storage)" in refusal(path)
    assert not is_radiograph_file(path)


def test_several_frames_are_refused(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", ramp(), NumberOfFrames=3, PixelData=ramp().tobytes() * 3)
    assert "it holds 3 pictures" in refusal(path)


@pytest.mark.parametrize(
    "syntax",
    ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.8.1", "1.2.3.4.5"],
)
def test_an_unsupported_compression_is_refused_by_name(tmp_path, syntax):
    path = with_stream(tmp_path / "a.dcm", dataset_of(ramp()), bytes(100), HTJ2K)
    raw = path.read_bytes().replace(HTJ2K.encode(), syntax.encode().ljust(len(HTJ2K), b"\0"))
    path.write_bytes(raw)
    assert "is not supported; export it uncompressed or as JPEG 2000" in refusal(path)


@pytest.mark.parametrize("keyword", ["Columns", "BitsAllocated", "PhotometricInterpretation"])
def test_a_file_that_lacks_what_the_pixels_need_is_refused(tmp_path, keyword):
    path = write_dicom(tmp_path / "a.dcm", ramp(), **{keyword: None})
    assert "it lacks" in refusal(path)


@pytest.mark.parametrize("keyword", ["BitsStored", "PixelRepresentation"])
def test_a_file_without_its_bits_is_refused(tmp_path, keyword):
    dataset = dataset_of(ramp())
    delattr(dataset, keyword)
    assert "Missing required element" in refusal(save(tmp_path / "a.dcm", dataset))


@pytest.mark.parametrize(
    ("photometric", "samples"), [("HSV", 3), ("MONOCHROME2", 3), ("RGB", 1), ("ARGB", 4)]
)
def test_unknown_and_contradictory_colours_are_refused(tmp_path, photometric, samples):
    path = write_dicom(
        tmp_path / "a.dcm",
        ramp(),
        PhotometricInterpretation=photometric,
        SamplesPerPixel=samples,
        PlanarConfiguration=0,
    )
    assert f"stored as {photometric} with {samples} sample" in refusal(path)


@pytest.mark.parametrize(
    ("slope", "intercept"),
    [
        ("NaN", "0"),
        ("inf", "0"),
        ("1", "NaN"),
        ("1", "-inf"),
        ("0", "5"),
        ("1e300", "0"),
        ("x", "0"),
    ],
)
def test_a_rescale_that_gives_no_values_is_refused(tmp_path, slope, intercept):
    dataset = dataset_of(ramp())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns while it writes such a file
        dataset.add_new("RescaleSlope", "LO", slope)
        dataset.add_new("RescaleIntercept", "LO", intercept)
        raw = save(tmp_path / "a.dcm", dataset).read_bytes()
    tags = (b"\x28\x00\x52\x10", b"\x28\x00\x53\x10")
    for tag in tags:
        raw = raw.replace(tag + b"LO", tag + b"DS")
    (tmp_path / "a.dcm").write_bytes(raw)
    assert "its rescale" in refusal(tmp_path / "a.dcm")


# Damaged


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.6, 0.9, 0.995])
@pytest.mark.parametrize("syntax", ["plain", "deflated", J2K, JLS, JPEG, SV1, HTJ2K, RLE])
def test_a_truncated_dicom_file_is_refused(tmp_path, syntax, share):
    path = tmp_path / "a.dcm"
    words = ramp(70, 91, bits=8).astype(np.uint8)
    if syntax == "plain":
        write_dicom(path, words)
    elif syntax == "deflated":
        save(path, dataset_of(words), syntax=DeflatedExplicitVRLittleEndian)
    else:
        compress(path, words, syntax)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    refusal(path)


@pytest.mark.parametrize("syntax", [J2K, JLS, JPEG, SV1, HTJ2K])
def test_a_truncated_stream_in_a_whole_file_is_refused(tmp_path, syntax):
    words = ramp(70, 91, bits=8).astype(np.uint8)
    made = compress(tmp_path / "whole.dcm", words, syntax)
    assert read_radiograph(made).shape == (70, 91)
    stream = encoded(words, syntax, 8) if syntax not in (J2K, JLS) else _stream_of(made)
    path = with_stream(
        tmp_path / "a.dcm", dataset_of(words), stream[: len(stream) * 2 // 3], syntax
    )
    assert "is cut short" in refusal(path)


def test_what_a_library_said_at_length_ends_with_a_whole_word(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", np.zeros((64, 64), np.uint16))
    path.write_bytes(path.read_bytes()[:-100])
    said = refusal(path).partition("(")[2].rpartition(");")[0]
    assert len(said) <= 160
    assert said.endswith("…")
    whole = "have an invalid group 0028 element value, or the transfer syntax may be incorrect"
    assert said[:-1].rsplit(" ", 1)[-1] in whole.split()


def _stream_of(path):
    import pydicom
    from pydicom.encaps import get_frame

    return get_frame(pydicom.dcmread(path).PixelData, 0, number_of_frames=1)


@pytest.mark.parametrize("syntax", [J2K, JLS, JPEG, SV1, HTJ2K, RLE])
def test_a_stream_of_another_size_than_the_header_says_is_refused(tmp_path, syntax):
    words = ramp(70, 91, bits=8).astype(np.uint8)
    stream = _stream_of(compress(tmp_path / "whole.dcm", words, syntax))
    smaller = dataset_of(words[:60, :80].copy())
    said = refusal(with_stream(tmp_path / "a.dcm", smaller, stream, syntax))
    assert "its header says 80 × 60 pixels but the compressed picture" in said


def test_random_damage_is_refused_or_read_but_never_anything_else(tmp_path):
    rng = np.random.default_rng(8)
    words = ramp(70, 91, bits=8).astype(np.uint8)
    path = tmp_path / "a.dcm"
    for syntax in (None, J2K, JLS, JPEG, SV1, RLE):
        if syntax is None:
            write_dicom(path, words)
        else:
            compress(path, words, syntax)
        whole = path.read_bytes()
        for _ in range(40):
            raw = bytearray(whole)
            for at in rng.integers(130, len(raw), 6):
                raw[at] = rng.integers(256)
            path.write_bytes(raw)
            try:
                found = read_radiograph(path)
            except UnreadableRadiographError:
                continue
            assert np.isfinite(found.values).all()


@pytest.mark.parametrize("depth", [100, 3000, 20000])
def test_deeply_nested_sequences_do_not_break_the_program(tmp_path, depth):
    path = tmp_path / "a.dcm"
    path.write_bytes(nested(depth))
    sentence = refusal(path)
    if depth > 1000:
        assert "nested too deeply" in sentence


# Limits


@pytest.mark.parametrize("syntax", ["plain", J2K])
def test_twenty_thousand_squared_is_refused_before_memory_is_taken(tmp_path, syntax):
    words = ramp(70, 91, bits=8).astype(np.uint8)
    dataset = dataset_of(words, Rows=20_000, Columns=20_000)
    path = tmp_path / "a.dcm"
    if syntax == "plain":
        save(path, dataset)
    else:
        stream = _stream_of(compress(path, words, J2K))
        with_stream(path, dataset, stream, J2K)
    tracemalloc.start()
    assert "20000 × 20000 pixels it is larger than the limit of 200 million" in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_colour_counts_three_times(tmp_path):
    side = int((MAX_PIXELS / 2) ** 0.5)
    words = np.zeros((2, 2, 3), np.uint8)
    path = write_dicom(tmp_path / "a.dcm", words, Rows=side, Columns=side)
    assert "in colour it is larger than the limit" in refusal(path)


def test_a_deflated_bomb_is_refused_before_it_fills_the_memory(tmp_path):
    path = save(tmp_path / "a.dcm", dataset_of(ramp()), syntax=DeflatedExplicitVRLittleEndian)
    raw = path.read_bytes()
    meta = 144 + struct.unpack("<I", raw[140:144])[0]
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = bytes(1 << 24)
    packed = b"".join(packer.compress(block) for _ in range(80)) + packer.flush()
    path.write_bytes(raw[:meta] + packed)
    tracemalloc.start()
    assert "unpacked it is larger than 1 GB" in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="needs sparse files")
def test_a_huge_file_is_refused_by_its_size(tmp_path):
    path = tmp_path / "a.dcm"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)
    assert "larger than 1 GB" in refusal(path)


# Headers


def test_the_header_says_what_the_file_says(tmp_path):
    path = write_dicom(
        tmp_path / "a.dcm",
        ramp(),
        Modality="CR",
        BodyPartExamined="CHEST",
        ViewPosition="PA",
        ImageLaterality="U",
        Laterality="R",
        PatientOrientation=["L", "F"],
        PatientSex="F",
        PatientAge="067Y",
        BurnedInAnnotation="YES",
        StudyInstanceUID="1.2.3",
        SeriesInstanceUID="1.2.4",
        SOPInstanceUID="1.2.5",
    )
    expected = Header(
        modality="CR",
        body_part="CHEST",
        view_position="PA",
        laterality="U",
        patient_orientation=("L", "F"),
        patient_id="synthetic-1",
        patient_sex="F",
        patient_age=67.0,
        study_uid="1.2.3",
        series_uid="1.2.4",
        instance_uid="1.2.5",
        burned_in_annotation="YES",
        transfer_syntax="1.2.840.10008.1.2.1",
    )
    assert read_header(path) == expected
    assert read_radiograph(path).header == expected


def test_an_empty_header_is_left_empty(tmp_path):
    found = read_header(write_dicom(tmp_path / "a.dcm", ramp(), Modality=None, PatientID=None))
    assert (found.modality, found.patient_id, found.patient_orientation) == ("", "", None)
    assert (found.patient_age, found.view_position, found.laterality) == (None, "", "")


def test_view_and_body_part_are_found_in_their_codes(tmp_path):
    view, region = Dataset(), Dataset()
    view.CodeMeaning, region.CodeMeaning = "postero-anterior", "Chest"
    path = write_dicom(
        tmp_path / "a.dcm", ramp(), ViewCodeSequence=[view], AnatomicRegionSequence=[region]
    )
    assert (read_header(path).view_position, read_header(path).body_part) == ("PA", "CHEST")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (["L", "F"], ("L", "F")),
        (["A", "FR"], ("A", "FR")),
        (["LA", "FP"], ("LA", "FP")),
        (["R", "L"], None),
        (["L", "L"], None),
        (["L"], None),
        (["L", "X"], None),
        (["LR", "F"], None),
        (["", "F"], None),
        (["L", "F", "A"], None),
    ],
)
def test_orientation_letters_are_kept_only_where_they_make_sense(tmp_path, stated, expected):
    path = write_dicom(tmp_path / "a.dcm", ramp(), PatientOrientation=stated)
    assert read_header(path).patient_orientation == expected


@pytest.mark.parametrize(
    ("age", "years"),
    [
        ("045Y", 45),
        ("006M", 0.5),
        ("365D", 0.9993),
        ("026W", 0.4983),
        ("58", 58),
        ("", None),
        ("Y", None),
        ("old", None),
        ("-04Y", None),
        ("1000Y", None),
    ],
)
def test_ages_are_read_in_every_unit(age, years):
    assert age_in_years(age) == (None if years is None else pytest.approx(years, abs=1e-3))


def test_reading_the_header_does_not_read_the_pixels(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", np.zeros((2000, 2000), np.uint16))
    tracemalloc.start()
    assert read_header(path).modality == "DX"
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_bare_data_sets_have_headers_too(tmp_path):
    path = without_preamble(tmp_path / "IM0001", dataset_of(ramp(), PatientID="bare"))
    assert read_header(path).patient_id == "bare"


def test_nothing_is_written_into_the_users_folder(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", ramp())
    before = path.read_bytes(), path.stat().st_mtime_ns
    read_radiograph(path)
    read_header(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert list(tmp_path.iterdir()) == [path]
