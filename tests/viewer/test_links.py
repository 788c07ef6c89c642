"""Links say very little; whatever else one says is refused in a sentence."""

import os
import re
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.integration.links import (
    LONGEST,
    ArchiveLink,
    FileLink,
    LinkError,
    allowed_path,
    is_link,
    is_uid,
    parse_link,
)


def parse(text: str) -> FileLink | ArchiveLink:
    return parse_link(text, is_windows=False)


def test_a_file_is_decoded_once() -> None:
    link = parse("kindred://open?file=/d/R%C3%B6ntgen%20+%26%3D%2325%2541.dcm")
    assert link == FileLink(PurePosixPath("/d/Röntgen +&=#25%41.dcm"))
    assert parse("KINDRED://Open/?file=/d/a.dcm") == FileLink(PurePosixPath("/d/a.dcm"))


def test_a_study_a_series_and_an_instance_of_an_archive() -> None:
    study = "kindred://open?archive=main&study=1.2.840.0.3"
    assert parse(study) == ArchiveLink("main", "1.2.840.0.3")
    assert parse(f"{study}&series=1.2&instance=1.3") == ArchiveLink(
        "main", "1.2.840.0.3", "1.2", "1.3"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("http://open?file=/a", "does not begin with kindred://open?", id="scheme"),
        pytest.param("kindred://run?file=/a", "does not begin with", id="another action"),
        pytest.param("kindred://open", "does not begin with", id="nothing"),
        pytest.param("kindred://open?", "does not begin with", id="an empty query"),
        pytest.param("kindred:open?file=/a", "does not begin with", id="no slashes"),
        pytest.param("kindred://me@open?file=/a", "does not begin with", id="a user"),
        pytest.param("kindred://open:80?file=/a", "does not begin with", id="a port"),
        pytest.param("kindred://open/x?file=/a", "does not begin with", id="a path"),
        pytest.param("kindred://open?file=/a#b", "does not begin with", id="a fragment"),
        pytest.param("kindred://open?file=/a b", "does not begin with", id="a blank"),
        pytest.param("kindred://open?file=/a\n", "does not begin with", id="a line's end"),
        pytest.param("kindred://open?file=/ä", "does not begin with", id="not encoded"),
        pytest.param("kindred://open?file=/a&run=ls", "something other than file", id="a key"),
        pytest.param("kindred://open?FILE=/a", "something other than", id="key in capitals"),
        pytest.param("kindred://open?f%69le=/a", "something other than", id="an encoded key"),
        pytest.param("kindred://open?file", "something other than", id="no value"),
        pytest.param("kindred://open?file=", "file is empty or given twice", id="empty"),
        pytest.param("kindred://open?file=/a&file=/b", "empty or given twice", id="twice"),
        pytest.param("kindred://open?file=/a&archive=x", "file and something else", id="both"),
        pytest.param("kindred://open?file=/a%00.dcm", "control characters", id="NUL"),
        pytest.param("kindred://open?file=/a%0A.dcm", "control characters", id="encoded line end"),
        pytest.param("kindred://open?file=/a%C2%9B", "control characters", id="C1 control"),
        pytest.param("kindred://open?file=/a%zz", "encoding is damaged", id="bad escape"),
        pytest.param("kindred://open?file=/a%4", "encoding is damaged", id="half an escape"),
        pytest.param("kindred://open?file=/a%FF", "not UTF-8", id="Latin-1"),
        pytest.param("kindred://open?file=/a%C0%AF..", "not UTF-8", id="overlong slash"),
        pytest.param("kindred://open?file=a.dcm", "not a whole one", id="relative"),
        pytest.param("kindred://open?file=file:///a", "not a whole one", id="a URL in it"),
        pytest.param("kindred://open?file=~/a.dcm", "not a whole one", id="a home"),
        pytest.param("kindred://open?file=/a/../b", "goes back", id="dots"),
        pytest.param("kindred://open?file=/a/%2e%2E/b", "goes back", id="encoded dots"),
        pytest.param("kindred://open?file=//server/share/a", "another computer", id="UNC"),
        pytest.param("kindred://open?file=/%2Fserver/a", "another computer", id="encoded UNC"),
        pytest.param("kindred://open?file=%5C%5Cserver%5Ca", "another computer", id="backslashes"),
        pytest.param("kindred://open?file=/" + "a" * LONGEST, "longer than 2048", id="overlong"),
        pytest.param("kindred://open?archive=main", "no study", id="no study"),
        pytest.param("kindred://open?study=1.2", "an archive's name", id="no archive"),
        pytest.param("kindred://open?archive=a/b&study=1.2", "an archive's name", id="a path"),
        pytest.param("kindred://open?archive=m&study=1.02", "study is not a DICOM UID", id="zero"),
        pytest.param("kindred://open?archive=m&study=1.2&series=x", "series is not", id="letters"),
        pytest.param("kindred://open?archive=m&study=1.2%00", "control", id="NUL in a UID"),
        pytest.param(
            "kindred://open?archive=m&study=1.2&instance=1.3", "not the series", id="no series"
        ),
    ],
)
def test_everything_else_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(LinkError, match=re.escape(sentence)) as caught:
        parse(text)
    assert str(caught.value).startswith("This link is not opened: ")
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (r"\\server\share\a.dcm", "another computer"),
        (r"//server/share/a.dcm", "another computer"),
        (r"\\?\C:\a.dcm", "another computer"),
        (r"\\.\PhysicalDrive0", "another computer"),
        (r"C:a.dcm", "not a whole one"),
        (r"\a.dcm", "not a whole one"),
        (r"C:\a.dcm:hidden", "a hidden stream"),
        (r"C:\a\..\b.dcm", "goes back"),
    ],
)
def test_paths_of_windows_are_held_to_the_same(path: str, sentence: str) -> None:
    with pytest.raises(LinkError, match=sentence):
        FileLink(PureWindowsPath(path))


def test_a_drive_of_windows_is_on_this_computer() -> None:
    link = parse_link("kindred://open?file=C:%5Cdata%5Ca.dcm", is_windows=True)
    assert link == FileLink(PureWindowsPath(r"C:\data\a.dcm"))


@given(st.text(max_size=80), st.booleans())
def test_no_text_does_more_than_raise(text: str, is_windows: bool) -> None:
    for link in (text, f"kindred://open?file={text}", f"kindred://open?archive=a&study={text}"):
        try:
            found = parse_link(link, is_windows=is_windows)
        except LinkError:
            continue
        if isinstance(found, FileLink):
            assert found.path.is_absolute()
            assert ".." not in found.path.parts
        else:
            assert is_uid(found.study)


def test_uids_are_those_of_the_standard() -> None:
    for good in ("1.2", "0.0", "1.2.840.10008.1.2.1", "1." * 31 + "10", "2.25." + "9" * 39):
        assert is_uid(good), good
    bad = ("", "1", "1.", ".1", "1..2", "1.02", "1.2.a", "1.2 ", "1.-2", "١.٢", "1.2\n")
    for one in (*bad, "1." * 32 + "1"):
        assert not is_uid(one), one


def test_what_is_meant_as_a_link_is_not_taken_for_a_file() -> None:
    assert is_link("kindred://open?file=/a")
    assert is_link("Kindred:nonsense")
    assert not is_link("/data/kindred/a.dcm")


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Path, ...]:
    (tmp_path / "root" / "deep").mkdir(parents=True)
    (tmp_path / "root" / "deep" / "a.dcm").write_bytes(b"a")
    (tmp_path / "root-beside").mkdir()
    (tmp_path / "root-beside" / "b.dcm").write_bytes(b"b")
    return (tmp_path / "root",)


def test_a_file_and_a_folder_in_a_root_are_allowed(roots: tuple[Path, ...], tmp_path: Path) -> None:
    for path in (roots[0], roots[0] / "deep", roots[0] / "deep" / "a.dcm"):
        assert allowed_path(FileLink(path), roots) == path.resolve()


def test_outside_the_answer_does_not_tell_whether_a_file_exists(
    roots: tuple[Path, ...], tmp_path: Path
) -> None:
    sentences = set()
    for name in ("root-beside/b.dcm", "root-beside/absent.dcm", "absent", "."):
        with pytest.raises(LinkError) as caught:
            allowed_path(FileLink(tmp_path / name), roots)
        sentences.add(str(caught.value))
    assert len(sentences) == 1
    assert "list its folder as one of the roots" in sentences.pop()
    with pytest.raises(LinkError, match="there are none yet"):
        allowed_path(FileLink(roots[0]), ())


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as on POSIX")
def test_links_are_resolved_and_pipes_refused(roots: tuple[Path, ...], tmp_path: Path) -> None:
    out = roots[0] / "out.dcm"
    out.symlink_to(tmp_path / "root-beside" / "b.dcm")
    with pytest.raises(LinkError, match="leads out of"):
        allowed_path(FileLink(out), roots)
    inside = roots[0] / "inside.dcm"
    inside.symlink_to(roots[0] / "deep" / "a.dcm")
    assert allowed_path(FileLink(inside), roots) == (roots[0] / "deep" / "a.dcm").resolve()
    circle = roots[0] / "circle"
    circle.symlink_to(circle)
    with pytest.raises(LinkError, match="cannot be looked at"):
        allowed_path(FileLink(circle), roots)
    os.mkfifo(roots[0] / "pipe")
    with pytest.raises(LinkError, match="neither a file nor a folder"):
        allowed_path(FileLink(roots[0] / "pipe"), roots)
    with pytest.raises(LinkError, match="no such file"):
        allowed_path(FileLink(roots[0] / "absent"), roots)
    with pytest.raises(LinkError, match="cannot be looked at"):
        allowed_path(FileLink(roots[0] / ("n" * 300)), roots)


@pytest.mark.skipif(sys.platform == "win32", reason="links as on POSIX")
def test_a_root_that_is_itself_a_link_allows_both_its_names(
    roots: tuple[Path, ...], tmp_path: Path
) -> None:
    named = tmp_path / "named"
    named.symlink_to(roots[0])
    real = (roots[0] / "deep" / "a.dcm").resolve()
    assert allowed_path(FileLink(named / "deep" / "a.dcm"), (named,)) == real
    assert allowed_path(FileLink(roots[0] / "deep" / "a.dcm"), (named,)) == real
