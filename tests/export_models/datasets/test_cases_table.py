"""Our own table, its traps, and what an experiment selects from a data set."""

from pathlib import Path

import pytest

from export_models.datasets.read_cases import read_cases
from export_models.datasets.records import (
    PAPERS_EFFUSION,
    LabelledCase,
    LabelState,
    Selection,
    select,
)
from export_models.splits import check_splits
from inference.errors import LabelsTableError

SHARED = Path(__file__).parents[3] / "../shared/data"
HEADER = "case_id,file,source,patient_id,split,view,findings,severity_extent,lung_boxes,lesion_mask"


def read(tmp_path: Path, *rows: str) -> list[LabelledCase]:
    table = tmp_path / "cases.csv"
    table.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return read_cases(table)


def test_spellings_blanks_and_missing_labels(tmp_path: Path) -> None:
    a, b, c, d, e = read(
        tmp_path,
        "a,a.jpg,covid-chestxray-dataset,p1,train,PA,No Finding,,,",
        "b,b.jpg,NIH ChestX-ray14,p2,valid,,No finding,,,",
        "c,c.jpg,covid-chestxray-dataset,p3,test,AP Supine,COVID-19; ARDS,5.5,,masks/c.png",
        "d,d.jpg,covid-chestxray-dataset,p4,test,,todo,,,",
        'e,e.jpg,,p5,,,Unknown,,"{""Right Lung"": [76, 53, 174, 282]}",',
    )
    assert a.findings == b.findings == ("No finding",)
    assert a.labels == {"No finding": LabelState.POSITIVE}
    assert b.labels["Pneumonia"] is LabelState.NEGATIVE
    assert c.findings == ("COVID-19", "ARDS")
    assert c.severity == {"severity_extent": 5.5}
    assert c.lesion_mask == tmp_path / "masks" / "c.png"
    assert c.view == "AP SUPINE"
    assert c.is_frontal
    assert d.labels == e.labels == {}
    assert e.lung_boxes == {"Right Lung": (76, 53, 174, 282)}
    assert [case.split for case in (a, b, c, d, e)] == ["train", "valid", "test", "test", ""]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("a,a.jpg,,p,somewhere,,,,,", "split", id="split"),
        pytest.param('a,a.jpg,,p,test,,,,"{""Lung"": [1, 2]}",', "no boxes", id="short box"),
        pytest.param('a,a.jpg,,p,test,,,,"[1, 2]",', "no boxes", id="list"),
        pytest.param('a,a.jpg,,p,test,,,,"{""Lung"": [1, 2, 0, 4]}",', "no area", id="flat box"),
    ],
)
def test_values_that_cannot_be_understood_are_refused(
    tmp_path: Path, row: str, reason: str
) -> None:
    with pytest.raises(LabelsTableError, match=reason):
        read(tmp_path, row)


def case_with(name: str, view: str, state: LabelState | None) -> LabelledCase:
    labels = {} if state is None else {"Pleural Effusion": state}
    return LabelledCase(name, Path(name), view=view, labels=labels)


def test_the_papers_use_ones_and_zeros_of_one_frontal_view() -> None:
    cases = [
        case_with("yes", "AP", LabelState.POSITIVE),
        case_with("no, supine", "AP SUPINE", LabelState.NEGATIVE),
        case_with("unsure", "AP", LabelState.UNCERTAIN),
        case_with("unsaid", "AP", LabelState.UNMENTIONED),
        case_with("never asked", "AP", None),
        case_with("other view", "PA", LabelState.POSITIVE),
        case_with("side", "LATERAL", LabelState.POSITIVE),
        case_with("might be a side", "UNKNOWN", LabelState.POSITIVE),
        case_with("apical", "APICAL", LabelState.POSITIVE),
    ]
    assert [case.case_id for case in select(cases, PAPERS_EFFUSION)] == ["yes", "no, supine"]
    any_view = select(cases, Selection("Pleural Effusion"))
    assert [case.case_id for case in any_view] == ["yes", "no, supine", "other view"]
    assert len(select(cases, Selection())) == 6
    assert select(cases, Selection(frontal_only=False)) == cases
    unsure = Selection("Pleural Effusion", states=(LabelState.UNCERTAIN,))
    assert [case.case_id for case in select(cases, unsure)] == ["unsure"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real data sets are not here")
@pytest.mark.parametrize(
    ("name", "count", "unlabelled"),
    [("chest", 1540, 57), ("paediatric", 4959, 0), ("isic2017", 2150, 0)],
)
def test_the_real_tables_are_read_whole(name: str, count: int, unlabelled: int) -> None:
    cases = read_cases(SHARED / name / "cases.csv")
    check_splits(cases)
    assert len(cases) == count
    assert sum(not case.labels for case in cases) == unlabelled
    assert all(case.path.is_file() for case in cases[::50])
    if name == "chest":
        assert sum(case.lesion_mask is not None for case in cases) == 67
        assert sum("severity_extent" in case.severity for case in cases) == 228
        assert sum(bool(case.lung_boxes) for case in cases) == 414
        assert "No Finding" not in {finding for case in cases for finding in case.labels}
