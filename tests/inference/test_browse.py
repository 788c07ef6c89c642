"""Looking through folders and discs: what is found, and what hostile ones end in."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from inference import browse as browse_module
from inference.browse import BrowseError, BrowseStep, browse
from inference.browse_files import BrowsedFile, browsed_file, person_name, search_form, shown_text
from inference.collected_warnings import collected_warnings

Writer = Callable[..., Path]


def found(place: Path) -> dict[str, BrowsedFile]:
    """Everything, by relative path."""
    files = [file for step in browse(place) for file in step.files]
    assert len({file.relative for file in files}) == len(files)
    return {file.relative: file for file in files}


def pixels(value: int = 1000) -> np.ndarray:
    return np.full((20, 10), value, np.uint16)


def write_dicomdir(path: Path, names: list[list[str]]) -> Path:
    """A DICOMDIR whose records name these files, and whose links all lead back to the first."""
    with collected_warnings():  # pydicom warns of each name that the standard forbids
        _dicomdir(names).save_as(path, enforce_file_format=True)
    return path


def _dicomdir(names: list[list[str]]) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    records = []
    for name in names:
        record = Dataset()
        record.OffsetOfTheNextDirectoryRecord = 400
        record.RecordInUseFlag = 0xFFFF
        record.OffsetOfReferencedLowerLevelDirectoryEntity = 400
        record.DirectoryRecordType = "IMAGE"
        record.ReferencedFileID = name
        records.append(record)
    dataset.DirectoryRecordSequence = DicomSequence(records)
    return dataset


def test_files_say_whose_they_are(tmp_path: Path, dicom_writer: Writer) -> None:
    dicom_writer(
        tmp_path / "no suffix",
        pixels(),
        PatientName="Doe^Jane^Q",
        PatientID=" 7 ",
        StudyDate="20240301",
        StudyDescription="Thorax",
        SeriesNumber=2,
        InstanceNumber=5,
        PixelSpacing=[0.1, 0.3],
    )
    (tmp_path / "deep" / "er").mkdir(parents=True)
    Image.new("L", (30, 10)).save(tmp_path / "deep" / "er" / "a.png")
    (tmp_path / "notes.txt").write_text("no radiograph, and not named like one")
    files = found(tmp_path)
    assert set(files) == {"no suffix", "deep/er/a.png"}
    one = files["no suffix"]
    assert (one.patient_name, one.patient_id, one.study_date) == ("Doe, Jane Q", "7", "20240301")
    assert (one.series_number, one.instance_number, one.modality) == (2, 5, "DX")
    assert one.aspect == pytest.approx(10 / 20 * 3)
    assert one.has_patient
    picture = files["deep/er/a.png"]
    assert not picture.has_patient
    assert (picture.folder, picture.name, picture.aspect) == ("deep/er", "a.png", 3.0)


def test_what_cannot_be_opened_is_an_entry_that_says_why(
    tmp_path: Path, dicom_writer: Writer
) -> None:
    (tmp_path / "broken.dcm").write_bytes(b"no DICOM at all")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "hollow.dcm").write_bytes(bytes(128) + b"DICM")
    dicom_writer(tmp_path / "report.dcm", pixels(), Rows=None)
    dicom_writer(tmp_path / "several.dcm", pixels(), NumberOfFrames=3)
    dicom_writer(tmp_path / "bare.dcm", pixels(), PatientID=None, PatientName=None,
                 StudyInstanceUID=None, SeriesInstanceUID=None)  # fmt: skip
    files = found(tmp_path)
    assert "it is not DICOM" in files["broken.dcm"].problem
    assert "the file is empty" in files["empty.png"].problem
    assert files["hollow.dcm"].problem
    assert files["report.dcm"].problem == "it holds no picture"
    assert files["several.dcm"].problem == "it holds 3 pictures"
    assert files["bare.dcm"].problem == ""
    assert not files["bare.dcm"].has_patient


@pytest.mark.parametrize(
    ("charset", "name", "shown"),
    [
        ("ISO_IR 138", "כהן^שרה", "כהן, שרה"),
        ("ISO_IR 192", "محمد^علي", "محمد, علي"),
        ("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou"),
        ("ISO_IR 192", "=山田^太郎", "山田, 太郎"),
        ("ISO_IR 192", "Evil\u202e^gpj.exe\u2066", "Evil, gpj.exe"),
    ],
)
def test_names_in_any_script(
    tmp_path: Path, dicom_writer: Writer, charset: str, name: str, shown: str
) -> None:
    path = tmp_path / "a.dcm"
    dicom_writer(path, pixels(), SpecificCharacterSet=charset, PatientName=name)
    assert found(tmp_path)["a.dcm"].patient_name == shown


def test_texts_for_the_screen_steer_nothing() -> None:
    assert shown_text("a\x00b\nc\u202ed\u200ce") == "a b cd\u200ce"
    assert len(shown_text("x" * 10_000)) == 120
    assert person_name("^^^^") == ""
    assert person_name("") == ""


def test_searching_ignores_case_and_accents(tmp_path: Path) -> None:
    file = BrowsedFile(tmp_path, "a/Röntgen.dcm", patient_name="Müller, Zoë", study_date="20240301")
    assert file.has_words((search_form("MULLER"), search_form("zoe"), "2024"))
    assert not file.has_words(("muller", "2023"))


def test_a_folder_that_links_round_is_looked_through_once(
    tmp_path: Path, dicom_writer: Writer
) -> None:
    if sys.platform == "win32":
        pytest.skip("links as on POSIX")
    (tmp_path / "a").mkdir()
    dicom_writer(tmp_path / "a" / "1.dcm", pixels())
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "a")
    assert len(found(tmp_path)) == 1


def test_a_dicomdir_opens_what_it_names_and_nothing_else(
    tmp_path: Path, dicom_writer: Writer
) -> None:
    disc = tmp_path / "disc"
    (disc / "images").mkdir(parents=True)
    dicom_writer(disc / "images" / "im1", pixels())
    dicom_writer(disc / "unnamed.dcm", pixels())
    dicom_writer(tmp_path / "secret.dcm", pixels())
    if sys.platform != "win32":
        (disc / "images" / "LINK").symlink_to(tmp_path / "secret.dcm")
    directory = write_dicomdir(
        disc / "DICOMDIR",
        [
            ["IMAGES", "IM1"],  # in other letters than on the disc
            ["IMAGES", "IM1"],
            ["IMAGES", "GONE"],
            ["..", "secret.dcm"],
            ["images", "..", "..", "secret.dcm"],
            [str(tmp_path / "secret.dcm")],
            ["C:", "secret"],
            ["images", "LINK"],
        ],
    )
    files = found(directory)
    good = [file for file in files.values() if not file.problem]
    assert [file.path for file in good] == [disc / "images" / "im1"]
    outside = "the DICOMDIR points out of its own folder"
    assert [file.problem for file in files.values()].count(outside) >= 4
    assert files["IMAGES/GONE"].problem == "the DICOMDIR names it, and it is not there"
    assert all(file.path.is_relative_to(disc) for file in files.values())


def test_a_dicomdir_whose_records_lead_round_ends(tmp_path: Path, dicom_writer: Writer) -> None:
    dicom_writer(tmp_path / "A", pixels())
    directory = write_dicomdir(tmp_path / "DICOMDIR", [["A"]] * 500)
    assert list(found(directory)) == ["A"]


def test_a_damaged_dicomdir_is_told_and_its_folder_searched(
    tmp_path: Path, dicom_writer: Writer
) -> None:
    dicom_writer(tmp_path / "a.dcm", pixels())
    (tmp_path / "DICOMDIR").write_bytes(b"nonsense" * 100)
    steps = list(browse(tmp_path / "DICOMDIR"))
    assert "its folder was searched instead" in steps[-1].note
    assert [file.relative for step in steps for file in step.files] == ["a.dcm"]


def test_a_place_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BrowseError, match="Cannot look through gone: it is not there"):
        list(browse(tmp_path / "gone"))
    if sys.platform == "win32":
        return
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BrowseError, match="neither a folder nor a DICOMDIR"):
        list(browse(tmp_path / "pipe"))


def test_a_folder_that_disappears_ends_in_a_sentence_and_keeps_what_was_read(
    tmp_path: Path, dicom_writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse_module, "_EVERY_S", 0.0)  # a step for each file
    folder = tmp_path / "stick"
    folder.mkdir()
    for number in range(5):
        dicom_writer(folder / f"{number}.dcm", pixels())
    steps: list[BrowseStep] = []
    walk = browse(folder)
    while sum(len(step.files) for step in steps) < 2:
        steps.append(next(walk))
    shutil.rmtree(folder)
    with pytest.raises(BrowseError, match="Cannot look through stick: it has disappeared"):
        steps.extend(walk)
    names = [file.relative for step in steps for file in step.files]
    assert names == ["0.dcm", "1.dcm"]


def test_a_file_that_is_gone_when_its_turn_comes_is_marked(
    tmp_path: Path, dicom_writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse_module, "_EVERY_S", 0.0)
    for number in range(3):
        dicom_writer(tmp_path / f"{number}.dcm", pixels())
    entries = {}
    for step in browse(tmp_path):
        entries |= {file.relative: file.problem for file in step.files}
        (tmp_path / "2.dcm").unlink(missing_ok=True)
    assert entries["0.dcm"] == entries["1.dcm"] == ""
    assert "no such file" in entries["2.dcm"]


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_listed_is_marked(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o000)
    try:
        assert "cannot be listed" in found(tmp_path)["closed"].problem
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_ten_thousand_files_come_in_many_steps_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse_module, "_EVERY_S", 0.01)
    Image.new("L", (8, 8)).save(tmp_path / "0.png")
    content = (tmp_path / "0.png").read_bytes()
    for number in range(1, 10_000):
        (tmp_path / f"{number}.png").write_bytes(content)
    steps, files = 0, 0
    walk = browse(tmp_path)
    for step in walk:
        steps += 1
        files += len(step.files)
        assert step.total in (0, 10_000)
        if files > 500:
            break
    walk.close()
    assert steps > 5
    assert files < 10_000


def test_more_than_can_be_listed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browse_module, "MOST_FILES", 3)
    for number in range(6):
        Image.new("L", (8, 8)).save(tmp_path / f"{number}.png")
    steps = list(browse(tmp_path))
    assert sum(len(step.files) for step in steps) == 3
    assert "more than 3 files" in steps[-1].note


@pytest.mark.parametrize("kind", ["dcm", "png", "jpg", "tif"])
def test_any_damage_is_an_entry_or_nothing(tmp_path: Path, dicom_writer: Writer, kind: str) -> None:
    """Files altered at random, by number: 150 of each kind here, 6,000 when it was written."""
    path = tmp_path / f"a.{kind}"
    if kind == "dcm":
        dicom_writer(path, pixels(), PatientName="A^B", StudyDate="20240301", SeriesNumber=3)
    else:
        exif = Image.Exif()
        exif[0x0112] = 6  # lies on its side
        Image.new("L", (20, 10)).save(path, exif=exif)
    content = path.read_bytes()
    for number in range(150):
        draw = np.random.default_rng(number)
        damaged = bytearray(content)
        for _ in range(int(draw.integers(1, 6))):
            place = int(draw.integers(len(damaged)))
            if draw.random() < 0.7:
                damaged[place] = int(draw.integers(256))
            elif draw.random() < 0.5:
                damaged[place:place] = draw.bytes(5)
            else:
                del damaged[place : place + 5]
        path.write_bytes(damaged)
        entry = browsed_file(path, path.name, is_expected=True)
        assert entry is None or entry.path == path
