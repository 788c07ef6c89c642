"""Which files of a folder are found, judged by what is in them."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.catalogue_scan import (
    Listing,
    ScannedFile,
    dicomdir_files,
    list_folder,
    radiographs_in,
)

Writer = Callable[..., Path]


def listing_of(folder: Path) -> Listing:
    steps = list_folder(folder)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def scan_folder(
    folder: Path, known: Mapping[str, tuple[int, int]] | None = None
) -> list[ScannedFile]:
    return list(radiographs_in(folder, listing_of(folder), known or {}))


def found(folder: Path) -> dict[str, str]:
    return {file.relative: file.problem for file in scan_folder(folder)}


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(path)
    return path


def dicom(writer: Writer, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return writer(path, np.full((8, 8), 100, np.uint16))


def test_files_are_found_by_content_in_all_sub_folders(
    tmp_path: Path, dicom_writer: Writer
) -> None:
    picture(tmp_path / "a.png")
    picture(tmp_path / "deep" / "er" / "b.jpg")
    dicom(dicom_writer, tmp_path / "no_extension")
    shutil.copy(picture(tmp_path / "c.png"), tmp_path / "picture.unknown")
    (tmp_path / "notes.txt").write_text("not a radiograph")
    (tmp_path / "cases.csv").write_text("file\n")
    expected = ["a.png", "c.png", "deep/er/b.jpg", "no_extension", "picture.unknown"]
    assert found(tmp_path) == dict.fromkeys(expected, "")


def test_a_file_named_like_a_radiograph_is_listed_whatever_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "empty.dcm").touch()
    (tmp_path / "text.JPG").write_text("hello")
    assert set(found(tmp_path)) == {"empty.dcm", "text.JPG"}


def test_the_catalogues_own_folder_and_macos_side_files_are_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / ".kindred" / "x" / "a.png")
    (tmp_path / "._a.png").write_bytes(b"\0\5\x16\7")
    assert found(tmp_path) == {}


def test_known_files_are_not_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("certainly no radiograph")
    stat = path.stat()
    known = {"x": (stat.st_size, stat.st_mtime_ns)}
    assert [file.relative for file in scan_folder(tmp_path, known)] == ["x"]
    known = {"x": (stat.st_size, stat.st_mtime_ns - 1)}
    assert scan_folder(tmp_path, known) == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_links_are_followed_once_and_loops_are_not(tmp_path: Path) -> None:
    folder, other = tmp_path / "folder", tmp_path / "other"
    picture(other / "b.png")
    picture(folder / "a.png")
    (folder / "loop").symlink_to(folder)
    (folder / "parent").symlink_to(tmp_path)
    (folder / "linked").symlink_to(other)
    (folder / "again").symlink_to(other)
    (folder / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    assert found(folder) == {"a.png": "", "again/b.png": ""}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes any bytes as a name")
def test_a_name_that_is_not_text_is_a_problem_and_not_the_end(tmp_path: Path) -> None:
    picture(tmp_path / "good.png")
    shutil.copy(tmp_path / "good.png", os.fsencode(tmp_path) + b"/bad\xff.png")
    problems = found(tmp_path)
    assert problems.pop("good.png") == ""
    (reason,) = problems.values()
    assert "rename" in reason


def test_names_of_any_script_and_very_long_paths_are_found(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(8):
        deep /= "x" * 100
    if sys.platform == "win32":
        deep = tmp_path / "x"
    picture(deep / "a.png")
    picture(tmp_path / "胸部 Röntgen" / "レントゲン.png")
    assert len(found(tmp_path)) == 2
    assert "胸部 Röntgen/レントゲン.png" in found(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path) -> None:
    picture(tmp_path / "closed" / "a.png")
    (tmp_path / "closed").chmod(0)
    try:
        (file,) = scan_folder(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert file.is_folder
    assert "cannot be listed" in file.problem


def test_a_folder_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    (file,) = scan_folder(tmp_path / "gone")
    assert file.is_folder


def write_dicomdir(path: Path, *names: list[str]) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

    directory = Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    records = []
    for name in names:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        record.ReferencedFileID = name
        records.append(record)
    directory.DirectoryRecordSequence = records
    directory.save_as(path, enforce_file_format=True)


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")  # the ".." that is tested
def test_a_dicomdir_is_no_case_and_what_it_misses_is_said(
    tmp_path: Path, dicom_writer: Writer
) -> None:
    disk = tmp_path / "disk"
    dicom(dicom_writer, disk / "images" / "im000001")
    write_dicomdir(
        disk / "DICOMDIR", ["IMAGES", "IM000001"], ["IMAGES", "IM000002"], ["..", "SECRET"]
    )
    problems = found(tmp_path)
    assert problems.pop("disk/images/im000001") == ""  # the standard's capitals, Linux's case
    assert "not there" in problems.pop("disk/IMAGES/IM000002")
    assert "out of its own folder" in problems.pop("disk/../SECRET")
    assert problems == {}


def test_a_damaged_dicomdir_loses_nothing(tmp_path: Path, dicom_writer: Writer) -> None:
    dicom(dicom_writer, tmp_path / "im1")
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    assert dicomdir_files(tmp_path / "DICOMDIR") == ()
    assert found(tmp_path) == {"im1": ""}
