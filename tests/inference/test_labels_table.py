"""What a table of labels means, and what it may not be."""

from pathlib import Path

import pytest

from inference.errors import LabelsTableError
from inference.labels_table import LabelRow, LabelsTable, matching_key, read_labels

CHEST = Path(__file__).parents[2] / "../shared/data/chest/cases.csv"
HEADER = "case_id,file,source,patient_id,view,sex,age,findings,severity_extent,report,licence\n"


def table(folder: Path, text: str, encoding: str = "utf-8") -> LabelsTable:
    path = folder / "cases.csv"
    path.write_bytes(text.encode(encoding))
    return read_labels(path)


def error(folder: Path, text: str) -> str:
    with pytest.raises(LabelsTableError) as caught:
        table(folder, text)
    return str(caught.value)


def test_every_known_column_is_read_and_the_others_are_kept_as_text(tmp_path: Path) -> None:
    read = table(
        tmp_path,
        HEADER.replace("licence", "licence,opacity_severity,severity_words")
        + 'c1,images/a.jpg,covid-chestxray-dataset,p1,AP Supine,female,61,"COVID-19; ARDS;;",'
        '3.5,"Line one,\nline two with ""quotes""",CC BY,2,mild\n',
    )
    assert read.rows == {
        "images/a.jpg": LabelRow(
            file="images/a.jpg",
            case_id="c1",
            findings=("COVID-19", "ARDS"),
            findings_source="report; severity by radiologist",
            patient_id="p1",
            sex="F",
            age=61.0,
            view="AP Supine",
            source="covid-chestxray-dataset",
            report='Line one,\nline two with "quotes"',
            severity={"severity_extent": 3.5, "opacity_severity": 2.0},
            extra={"licence": "CC BY", "severity_words": "mild"},
        )
    }
    assert read.notes == ()


@pytest.mark.parametrize(
    ("source", "findings", "severity", "expected"),
    [
        ("NIH ChestX-ray14", "Effusion", "", "text-mined"),
        ("NIH ChestX-ray14", "Effusion", "2", "text-mined; severity by radiologist"),
        ("covid-chestxray-dataset", "SARS", "", "report"),
        ("phantom", "Effusion", "4", "phantom truth"),
        ("our hospital", "Effusion", "", "table"),
        ("our hospital", "", "", ""),
        ("our hospital", "", "1", "severity by radiologist"),
    ],
)
def test_where_the_findings_come_from_is_derived(
    tmp_path: Path, source: str, findings: str, severity: str, expected: str
) -> None:
    read = table(tmp_path, f"file,source,findings,severity\na.png,{source},{findings},{severity}\n")
    assert read.rows["a.png"].findings_source == expected


def test_a_given_findings_source_wins(tmp_path: Path) -> None:
    read = table(tmp_path, "file,source,findings,findings_source\na,phantom,X,two readers\n")
    assert read.rows["a"].findings_source == "two readers"


def test_masks_of_cases_are_listed_apart(tmp_path: Path) -> None:
    read = table(tmp_path, "file,lesion_mask\na.png,masks/a.png\nb.png,\n")
    assert read.masks == {"masks/a.png"}
    assert read.rows["a.png"].extra == {"lesion_mask": "masks/a.png"}


@pytest.mark.parametrize(
    ("text", "years"),
    [("61", 61), ("61.5", 61.5), ("045Y", 45), ("018M", 1.5), ("", None), ("old", None)],
)
def test_ages_are_in_years(tmp_path: Path, text: str, years: float | None) -> None:
    read = table(tmp_path, f"file,age\na.png,{text}\n")
    assert read.rows["a.png"].age == years
    assert len(read.notes) == (text == "old")


@pytest.mark.parametrize("score", ["nan", "inf", "-inf", "1e999"])
def test_a_severity_that_is_no_number_stays_text(tmp_path: Path, score: str) -> None:
    read = table(tmp_path, f"file,severity\na.png,{score}\n")
    assert read.rows["a.png"].severity == {}
    assert read.rows["a.png"].extra == {"severity": score}


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_other_delimiters_are_recognised_by_the_header(tmp_path: Path, mark: str) -> None:
    read = table(tmp_path, f"case_id{mark}file{mark}sex\nc{mark}a.png{mark}m\n")
    assert read.rows["a.png"] == LabelRow("a.png", case_id="c", sex="M")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_in_its_usual_encodings(tmp_path: Path, encoding: str) -> None:
    read = table(tmp_path, "file,report\nbild.png,Erguß 胸水\n", encoding)
    assert read.rows["bild.png"].report == "Erguß 胸水"
    assert read.notes == ()


def test_an_older_windows_encoding_is_read_with_a_note(tmp_path: Path) -> None:
    read = table(tmp_path, "file,report\nbild.png,Erguß\n", "cp1252")
    assert read.rows["bild.png"].report == "Erguß"
    assert "Windows-1252" in read.notes[0]


@pytest.mark.parametrize(
    ("written", "kept"), [("./a/b.png", "a/b.png"), ("a\\b.png", "a/b.png"), ("a//b", "a/b")]
)
def test_spellings_of_a_path_become_one(tmp_path: Path, written: str, kept: str) -> None:
    assert list(table(tmp_path, f"file\n{written}\n").rows) == [kept]


def test_one_name_in_two_compositions_or_cases_matches() -> None:
    assert matching_key("Ro\u0308ntgen/A.PNG") == matching_key("R\u00f6ntgen/a.png")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a.png", "a/../../b.png", "C:\\a.png", "..\\a.png", "\\\\host\\a"]
)
def test_a_path_out_of_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    assert "not inside the folder" in error(tmp_path, f"case_id,file\nc,{path}\n")
    assert "not inside the folder" in error(tmp_path, f"file,lesion_mask\na.png,{path}\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("\n\n", "empty", id="blank"),
        pytest.param("c1,a.png,Effusion\n", "no column named file", id="no header"),
        pytest.param("file,sex,Sex\na,M,F\n", "twice", id="one column twice"),
        pytest.param("file,report\na.png,one, two\n", "quotes around", id="unquoted comma"),
        pytest.param('file,report\na.png,"open\nb.png,x\n', "not CSV", id="quote left open"),
        pytest.param('file,report\na.png,"a"b\n', "not CSV", id="stray quote"),
        pytest.param("file,case_id\na.png,c\nb.png,c\n", "already has", id="one id twice"),
        pytest.param("file,sex\na.png,M\na.png,F\n", "second time", id="one file twice"),
        pytest.param("file\0\na.png\n", "not text", id="null bytes"),
    ],
)
def test_what_is_ambiguous_or_no_table_is_refused(tmp_path: Path, text: str, says: str) -> None:
    assert says in error(tmp_path, text)


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_bytes(b"file\n\x81\x8d\xff.png\n")
    with pytest.raises(LabelsTableError, match="UTF-8"):
        read_labels(tmp_path / "cases.csv")


def test_a_missing_table_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(LabelsTableError, match="no such file"):
            read_labels(path)


def test_small_faults_are_notes(tmp_path: Path) -> None:
    read = table(tmp_path, "file,sex,view\na.png,M,PA\na.png,M,PA\n,F,PA\nb.png,F\nc.png,F,PA,,\n")
    assert list(read.rows) == ["a.png", "b.png", "c.png"]
    assert len(read.notes) == 3


@pytest.mark.skipif(not CHEST.is_file(), reason="the shared radiographs are not here")
def test_the_chest_table_is_read_whole() -> None:
    read = read_labels(CHEST)
    assert len(read.rows) == 1540
    assert len(read.masks) == 67
    assert sum("severity_extent" in row.severity for row in read.rows.values()) == 228
    sources = {row.findings_source for row in read.rows.values()}
    assert {"text-mined", "report", "report; severity by radiologist"} <= sources
    assert read.notes == ()
