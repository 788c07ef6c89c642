"""A small tree in each public layout, with the traps its real files hold."""

import gzip
from pathlib import Path

import pytest

from export_models.datasets.read_cases import read_cases
from export_models.datasets.records import LabelledCase, LabelState
from export_models.splits import SplitError, assign_splits, check_splits
from inference.errors import LabelsTableError

YES, NO, UNSURE, UNSAID = (
    LabelState.POSITIVE,
    LabelState.NEGATIVE,
    LabelState.UNCERTAIN,
    LabelState.UNMENTIONED,
)

CHEXPERT_HEADER = (
    "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,"
    "Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,"
    "Pleural Effusion,Pleural Other,Fracture,Support Devices\n"
)
MIMIC_LABELS = (
    "Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,"
    "Lung Lesion,Lung Opacity,No Finding,Pleural Effusion,Pleural Other,Pneumonia,"
    "Pneumothorax,Support Devices"
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_bytes(text.encode())
    return path


def by_id(cases: list[LabelledCase]) -> dict[str, LabelledCase]:
    return {case.case_id: case for case in cases}


@pytest.mark.parametrize("archive", ["CheXpert-v1.0-small", "CheXpert-v1.0"])
def test_chexpert_strips_the_archives_name_and_keeps_four_states(
    tmp_path: Path, archive: str
) -> None:
    folder = tmp_path / "unpacked elsewhere"
    rows = (
        f"{archive}/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,"
        "1.0,,,,,,,,,0.0,,,,1.0\n"
        f"{archive}/train/patient00002/study2/view1_frontal.jpg,Male,0,Frontal,LL,"
        ",,-1.0,1.0,,-1.0,-1.0,,-1.0,,1.0,,1.0,\n"
        f"{archive}/train/patient00002/study2/view2_lateral.jpg,Unknown,87,Lateral,,"
        ",,-1.0,1.0,,-1.0,-1.0,,-1.0,,0.0,,1.0,\n"
    )
    write(folder / "train.csv", CHEXPERT_HEADER + rows)
    write(
        folder / "valid.csv",
        CHEXPERT_HEADER
        + f"{archive}/valid/patient64541/study1/view1_frontal.jpg,Male,73,Frontal,PA,"
        + ",".join(["0.0"] * 13 + ["1.0"])
        + "\n",
    )
    cases = read_cases(folder)
    first, second, third, valid = cases
    assert first.path == folder / "train/patient00001/study1/view1_frontal.jpg"
    assert (first.split, first.view, first.sex, first.age) == ("train", "AP", "F", 68)
    assert first.labels["No finding"] is YES
    assert first.labels["Pneumothorax"] is NO
    assert first.labels["Pleural Effusion"] is UNSAID
    assert second.labels["Cardiomegaly"] is UNSURE
    assert second.age is None  # 0 is CheXpert's unknown
    assert not second.is_frontal  # the projection says left lateral
    assert (third.view, third.sex) == ("LATERAL", "")
    assert not third.is_frontal
    assert second.patient_id == third.patient_id != first.patient_id
    assert valid.split == "valid"
    assert read_cases(folder / "train.csv") == cases


def test_chexpert_with_another_coding_is_refused(tmp_path: Path) -> None:
    row = "CheXpert-v1.0/train/patient1/study1/v.jpg,Male,7,Frontal,AP," + ",".join(["2.0"] * 14)
    write(tmp_path / "train.csv", CHEXPERT_HEADER + row)
    with pytest.raises(LabelsTableError, match="no label"):
        read_cases(tmp_path)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_mimic_joins_labels_by_study(tmp_path: Path, ending: str, version: str) -> None:
    prefix = tmp_path / "mimic-cxr-2.0.0"
    write(
        Path(f"{prefix}-metadata{ending}"),
        "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows\n"
        'aa-1,10000032,50414267,"CHEST (PA AND LAT)",PA,3056\n'
        "aa-2,10000032,50414267,CHEST,LATERAL,3056\n"
        "bb-1,10000764,57375967,CHEST,,2544\n"
        "cc-1,11999999,50000001,CHEST,AP,2544\n",
    )
    write(
        Path(f"{prefix}-chexpert{ending}"),
        f"subject_id,study_id,{MIMIC_LABELS}\n"
        "10000032,50414267,,,,,,,,,1.0,,,,,\n"
        "10000764,57375967,,,1.0,,,,,,,-1.0,,-1.0,0.0,\n",
    )
    write(
        Path(f"{prefix}-split{ending}"),
        "dicom_id,study_id,subject_id,split\naa-1,50414267,10000032,train\n"
        "aa-2,50414267,10000032,train\nbb-1,57375967,10000764,validate\n"
        "cc-1,50000001,11999999,test\n",
    )
    if version == "2.1":  # never compressed, without subjects, and with another name
        write(
            tmp_path / "mimic-cxr-2.1.0-test-set-labeled.csv",
            "study_id,Airspace Opacity,Pneumonia\n57375967,1.0,1.0\n",
        )
    cases = by_id(read_cases(tmp_path))
    assert cases["aa-1"].path == tmp_path / "files/p10/p10000032/s50414267/aa-1.jpg"
    assert cases["aa-1"].labels == cases["aa-2"].labels
    assert cases["aa-1"].labels["No finding"] is YES
    assert [cases[name].split for name in ("aa-1", "bb-1", "cc-1")] == ["train", "valid", "test"]
    assert [cases[name].is_frontal for name in cases] == [True, False, False, True]
    assert cases["bb-1"].view == "UNKNOWN"
    assert cases["cc-1"].labels == {}  # its study has no labels, and nobody else's
    other = cases["bb-1"].labels
    if version == "2.1":
        assert other == {"Lung Opacity": YES, "Pneumonia": YES}
    else:
        assert (other["Pneumonia"], other["Pneumothorax"]) == (UNSURE, NO)
        assert (other["Consolidation"], other["Edema"]) == (YES, UNSAID)


def test_mimic_without_a_table_says_which(tmp_path: Path) -> None:
    write(tmp_path / "mimic-cxr-2.0.0-metadata.csv", "dicom_id,subject_id,study_id,ViewPosition\n")
    with pytest.raises(LabelsTableError, match="chexpert"):
        read_cases(tmp_path)


NIH_HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,"
    "View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)


@pytest.mark.parametrize("is_first_edition", [True, False])
def test_nih_reads_through_the_commas_of_its_header(tmp_path: Path, is_first_edition: bool) -> None:
    end = "," if is_first_edition else ""
    age = "058Y" if is_first_edition else "58"
    name = "Data_Entry_2017.csv" if is_first_edition else "Data_Entry_2017_v2020.csv"
    write(
        tmp_path / name,
        f"{NIH_HEADER}{end}\n"
        f"00000001_001.png,Cardiomegaly|Emphysema,1,1,{age},M,PA,2894,2729,0.143,0.143{end}\n"
        f"00000002_000.png,No Finding,0,2,414,F,AP,2500,2048,0.171,0.171{end}\n"
        f"00000003_000.png,Pleural_Thickening,0,3,81,F,PA,2582,2991,0.143,0.143{end}\n",
    )
    image = write(tmp_path / "images_002" / "images" / "00000001_001.png", "")
    write(tmp_path / "train_val_list.txt", "00000001_001.png\n00000003_000.png")
    write(tmp_path / "test_list.txt", "00000002_000.png\n")
    cases = by_id(read_cases(tmp_path))
    first = cases["00000001_001"]
    assert first.path == image
    assert first.findings == ("Cardiomegaly", "Emphysema")
    assert first.labels["Effusion"] is NO
    assert (first.age, first.sex, first.view) == (58, "M", "PA")
    assert (first.patient_id, first.split) == ("nih-00000001", "train")
    healthy = cases["00000002_000"]
    assert healthy.findings == ("No finding",)
    assert healthy.age is None
    assert healthy.split == "test"
    assert cases["00000003_000"].findings == ("Pleural_Thickening",)


def test_covidx_is_read_from_the_right(tmp_path: Path) -> None:
    write(
        tmp_path / "train_COVIDx9A.txt",
        "101 SARS-10.1148rg.png pneumonia cohen\n"
        "COVID 00003 b ANON218.png COVID-19 actmed\n"
        "5a8a normal.png normal rsna\n",
    )
    write(
        tmp_path / "test.txt",
        "101 other.png COVID-19\npatient 7 x.png negative bimcv\n\n",
    )
    cases = by_id(read_cases(tmp_path))
    assert cases["train/ANON218.png"].patient_id == "covidx-actmed-COVID 00003 b"
    assert cases["train/ANON218.png"].labels["COVID-19"] is YES
    assert cases["train/SARS-10.1148rg.png"].source == "cohen"
    assert cases["train/normal.png"].findings == ("No finding",)  # a file called normal too
    assert cases["test/other.png"].path == tmp_path / "test" / "other.png"
    assert cases["test/other.png"].source == ""
    assert cases["test/x.png"].labels == {"No finding": UNSAID, "Pneumonia": UNSAID, "COVID-19": NO}
    assert cases["test/x.png"].patient_id == "covidx-bimcv-patient 7"


@pytest.mark.parametrize("line", ["1 a.png", "1 a.png unheard-of", "a.png normal", "1 a.png x y"])
def test_covidx_lines_without_a_known_label_are_refused(tmp_path: Path, line: str) -> None:
    write(tmp_path / "train.txt", line)
    with pytest.raises(LabelsTableError, match="line 1"):
        read_cases(tmp_path)


def test_isic_with_both_zero_is_a_nevus_and_superpixels_are_no_photographs(
    tmp_path: Path,
) -> None:
    write(
        tmp_path / "ISIC-2017_Training_Part3_GroundTruth.csv",
        "image_id,melanoma,seborrheic_keratosis\nISIC_0000000,0.0,0.0\nISIC_0000002,1.0,0.0\n"
        "ISIC_0000004,0.0,1.0\n",
    )
    images = tmp_path / "ISIC-2017_Training_Data"
    for name in ("ISIC_0000000.jpg", "ISIC_0000000_superpixels.png"):
        write(images / name, "")
    write(
        images / "ISIC-2017_Training_Data_metadata.csv",
        "image_id,age_approximate,sex\nISIC_0000000,55,female\nISIC_0000002,unknown,unknown\n",
    )
    mask = tmp_path / "ISIC-2017_Training_Part1_GroundTruth" / "ISIC_0000002_segmentation.png"
    write(mask, "")
    write(
        tmp_path / "ISIC-2017_Test_v2_Part3_GroundTruth.csv",
        "image_id,melanoma,seborrheic_keratosis\nISIC_0012086,0.0,0.0\n",
    )
    nevus, melanoma, keratosis, test = read_cases(tmp_path)
    assert [case.findings for case in (nevus, melanoma, keratosis)] == [
        ("nevus",),
        ("melanoma",),
        ("seborrheic_keratosis",),
    ]
    assert nevus.path == images / "ISIC_0000000.jpg"
    assert (nevus.sex, nevus.age, melanoma.age) == ("F", 55, None)
    assert (nevus.lesion_mask, melanoma.lesion_mask) == (None, mask)
    assert test.split == "test"
    check_splits([nevus, melanoma, keratosis, test])  # nobody's patients are not one patient


def test_isic_with_two_classes_at_once_is_refused(tmp_path: Path) -> None:
    write(
        tmp_path / "ISIC-2017_Training_Part3_GroundTruth.csv",
        "image_id,melanoma,seborrheic_keratosis\nISIC_0000000,1.0,1.0\n",
    )
    with pytest.raises(LabelsTableError, match="two classes"):
        read_cases(tmp_path)


def test_paediatric_names_tell_the_patients(tmp_path: Path) -> None:
    for name in (
        "train/NORMAL/IM-0115-0001.jpeg",
        "train/NORMAL/NORMAL2-IM-0115-0001.jpeg",
        "train/NORMAL/IM-0666-0001-0002.jpeg",
        "train/NORMAL/.DS_Store",
        "train/NORMAL/._IM-0115-0001.jpeg",
        "train/PNEUMONIA/person1_bacteria_1.jpeg",
        "train/PNEUMONIA/person1_bacteria_2.jpeg",
        "test/PNEUMONIA/person1_virus_6.jpeg",
        "val/NORMAL/NORMAL2-IM-1427-0001.jpeg",
    ):
        write(tmp_path / name, "")
    cases = by_id(read_cases(tmp_path))
    assert len(cases) == 7
    viral = cases["test/person1_virus_6"]
    assert viral.findings == ("Pneumonia", "Viral pneumonia")
    assert viral.labels["No finding"] is NO
    assert cases["valid/NORMAL2-IM-1427-0001"].findings == ("No finding",)
    patients = {name: case.patient_id for name, case in cases.items()}
    assert patients["train/IM-0115-0001"] != patients["train/NORMAL2-IM-0115-0001"]
    assert patients["train/person1_bacteria_1"] == patients["train/person1_bacteria_2"]
    with pytest.raises(SplitError, match="1 patient has"):  # person1 returns in test
        check_splits(cases.values())
    check_splits(assign_splits(cases.values()))


def test_an_unknown_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsTableError, match="layout"):
        read_cases(tmp_path)
    with pytest.raises(LabelsTableError, match="no such file"):
        read_cases(tmp_path / "gone.csv")


def test_a_broken_gzip_is_refused(tmp_path: Path) -> None:
    table = write(tmp_path / "mimic-cxr-2.0.0-metadata.csv.gz", "dicom_id,subject_id\n" * 50)
    table.write_bytes(table.read_bytes()[:30])
    with pytest.raises(LabelsTableError, match="not whole"):
        read_cases(tmp_path)
