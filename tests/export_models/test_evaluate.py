"""A whole evaluation of a tiny, real bundle: what it says, keeps, refuses and writes."""

import base64
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from export_models.evaluate import EvaluationOptions, evaluate
from export_models.retrieval_metrics import score_embeddings
from export_models.split_embeddings import EvaluationProgress
from export_models.splits import SplitError
from inference.errors import ExportError, InferenceError, LabelsTableError
from inference.model_bundle import read_bundle
from inference.onnx_session import BundleSession
from inference.preprocess import prepare
from inference.radiograph_io import read_radiograph

HEADER = "case_id,file,patient_id,source,split,findings,severity_extent,lesion_mask"
COUNT = 48


@pytest.fixture
def table(tmp_path: Path, make_picture: Callable[..., Any]) -> Path:
    """48 test cases of 24 patients, ill ones brighter, and 4 cases of training."""
    folder = tmp_path / "cases"
    (folder / "masks").mkdir(parents=True)
    rows = [HEADER]
    for number in range(COUNT + 4):
        is_ill = number // 2 % 2 == 1
        pixels = make_picture(number) // 2 + (90 if is_ill else 0)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:02}.png")
        mask = ""
        if number in (2, 3, 6):
            mask = f"masks/{number:02}.png"
            outlined = np.zeros(pixels.shape, bool)
            outlined[10:20, 5:20] = True
            Image.fromarray(outlined).save(folder / mask)
        finding = "Pneumonia" if is_ill else "No Finding" if number % 4 else "No finding"
        split = "test" if number < COUNT else "train"
        severity = number % 7 if is_ill else ""
        rows.append(
            f"c{number:02},{number:02}.png,p{number // 2},{'ab'[number % 2]},{split},"
            f"{finding},{severity},{mask}"
        )
    path = folder / "cases.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def run(
    bundle: Path, table: Path, out: Path, **options: Any
) -> tuple[dict[str, Any], list[EvaluationProgress]]:
    steps = evaluate(bundle, table, out, EvaluationOptions(provider="cpu", **options))
    progress = []
    while True:
        try:
            progress.append(next(steps))
        except StopIteration as end:
            return end.value, progress


def test_figures_are_those_of_the_exported_files(
    tiny_bundle: Path, table: Path, tmp_path: Path
) -> None:
    report, _ = run(
        tiny_bundle, table, tmp_path / "report", severity="severity_extent", methods=("cnn",)
    )
    bundle = read_bundle(tiny_bundle)
    session = BundleSession(bundle, provider="cpu")
    cnn, labels, patients, severity = [], [], [], []
    for number in range(COUNT):
        radiograph = read_radiograph(table.parent / f"{number:02}.png")
        output = session.run(prepare(radiograph, bundle.manifest.input).tensor, ("cnn",))
        cnn.append(output.embeddings["cnn"])
        labels.append(number // 2 % 2)
        patients.append(f"p{number // 2}")
        severity.append(number % 7 if labels[-1] else np.nan)
    expected = score_embeddings(np.stack(cnn), labels, patients, severity=severity)
    found = report["methods"]["cnn"]
    for name in ("map", "p_at_1", "p_at_5", "p_at_10", "chance_map"):
        assert found[name] == pytest.approx(expected[name], abs=1e-5)
    assert found["map"] > found["chance_map"] + 0.1  # brightness tells the ill
    for name, three in expected["precision"].items():
        assert found["precision"][name] == pytest.approx(three, abs=1e-5)
    assert found["ndcg"]["10"] == pytest.approx(expected["ndcg"]["10"], abs=1e-5)
    assert report["case_count"] == COUNT
    assert report["classifier"]["cases_by_class"] == {"No finding": 24, "Pneumonia": 24}


def test_the_schema_is_what_others_read(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    report, progress = run(tiny_bundle, table, out, severity="severity_extent")
    written = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(report))
    assert {"bundle", "cases", "methods", "comparisons"} <= written.keys()
    assert set(written["methods"]) == {"ig", "cnn", "metric", "ig-severity", "ssim"}
    for method in written["methods"].values():
        assert {"f1", "auroc", "map", "p_at_1", "p_at_5", "p_at_10"} <= method.keys()
        assert set(method["precision"]) == {"4/10", "7/20", "11/30"}
        for mean, low, high in method["precision"].values():
            assert 0 <= low <= mean <= high <= 1
        assert {key: len(values) for key, values in method["ndcg"].items()} == dict.fromkeys(
            ("3", "4", "7", "10"), 2000
        )
        assert set(method["ndcg_mean"]) == {"3", "4", "7", "10"}
        low, high = method["auroc_interval"]
        assert low <= method["auroc"] <= high
    assert written["classifier"]["f1_if_all_positive"] == pytest.approx(2 / 3, abs=1e-5)
    assert {one["words"] for one in written["comparisons"]} <= {
        "better",
        "worse",
        "no difference shown",
    }
    # five methods, ten pairs; mAP, three P@k, three precisions, two nDCG
    assert len(written["comparisons"]) == 10 * 9
    assert written["methods"]["cnn"]["classified_by"] == "network"
    assert written["methods"]["ssim"]["classified_by"] == "neighbours"
    assert progress[0].stage == "embedding"
    assert progress[-1].done == progress[-1].total
    assert not list(out.rglob("*.partial"))


def test_localisation_stands_beside_its_controls(
    tiny_bundle: Path, table: Path, tmp_path: Path
) -> None:
    report, _ = run(tiny_bundle, table, tmp_path / "report", methods=("ig",))
    found = report["localisation"]
    assert found["cases"] == 3
    assert set(found["maps"]) == {"saliency", "centred_gaussian", "uniform"}
    area = 10 * 15 / (48 * 40)
    assert found["maps"]["uniform"]["mass"]["mean"] == pytest.approx(area, abs=1e-5)
    # The tiny bundle's saliency is |x - mean x| of a map as large as the input.
    bundle = read_bundle(tiny_bundle)
    shares = []
    for number in (2, 3, 6):
        radiograph = read_radiograph(table.parent / f"{number:02}.png")
        one = prepare(radiograph, bundle.manifest.input)
        saliency = np.abs(one.tensor[0, 0] - one.tensor.mean()).astype(np.float32)
        placed = one.placement.to_radiograph(saliency)
        shares.append(placed[10:20, 5:20].sum() / placed.sum())
    assert found["maps"]["saliency"]["mass"]["mean"] == pytest.approx(np.mean(shares), abs=1e-4)


def test_a_second_run_takes_embeddings_from_disk(
    tiny_bundle: Path, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = table.read_text(encoding="utf-8").splitlines()  # cases with a mask are always run
    table.write_text("\n".join(line.rsplit(",", 1)[0] for line in lines), encoding="utf-8")
    options = {"pictures": False, "cache": tmp_path / "cache", "methods": ("cnn", "ssim")}
    first, _ = run(tiny_bundle, table, tmp_path / "one", **options)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("ran the model although everything was known")

    with monkeypatch.context() as patch:
        patch.setattr(BundleSession, "run_batch", refuse)
        again, _ = run(tiny_bundle, table, tmp_path / "two", **options)
    assert again == first
    for damaged in (tmp_path / "cache").glob("*.npz"):
        damaged.write_bytes(damaged.read_bytes()[:50])
    assert run(tiny_bundle, table, tmp_path / "three", **options)[0] == first


def test_a_cancelled_run_keeps_what_it_has(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    options = EvaluationOptions(provider="cpu")
    steps = evaluate(tiny_bundle, table, tmp_path / "report", options)
    for _ in range(3):
        next(steps)
    steps.close()
    kept = np.load(next((tmp_path / "report" / "cache").glob("*-cnn.npz")))
    assert len(kept["keys"]) == 16
    assert not (tmp_path / "report" / "report.json").exists()


def test_cases_that_cannot_be_read_are_named_and_left_out(
    tiny_bundle: Path, table: Path, tmp_path: Path
) -> None:
    (table.parent / "05.png").write_bytes(b"no picture")
    (table.parent / "06.png").unlink()
    Image.new("1", (7, 7)).save(table.parent / "masks" / "02.png")
    report, _ = run(tiny_bundle, table, tmp_path / "report", methods=("cnn",))
    assert report["case_count"] == COUNT - 2
    assert {one.split(":")[0] for one in report["unreadable"]} == {"c02", "c05", "c06"}
    assert report["localisation"]["cases"] == 1


def test_three_classes_in_colour(tiny_colour_bundle: Path, tmp_path: Path) -> None:
    names = ("nevus", "seborrheic_keratosis", "melanoma")
    rows = ["file,split,findings"]
    for number in range(36):
        colour = [60, 60, 60]
        colour[number % 3] = 160 + number
        Image.new("RGB", (40, 40), tuple(colour)).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,valid,{names[number % 3]}")
    table = tmp_path / "cases.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    report, _ = run(tiny_colour_bundle, table, tmp_path / "out", split="valid", methods=("ig",))
    assert report["classifier"]["cases_by_class"] == dict.fromkeys(
        ("Nevus", "Seborrheic keratosis", "Melanoma"), 12
    )
    # Each class has a colour of its own, and its colour's channel has the highest mean.
    assert report["classifier"]["auroc"] == 1.0
    assert report["classifier"]["f1"] == 1.0
    assert len(report["methods"]["ig"]["map_by_class"]) == 3


def test_rankings_take_the_place_of_severity(
    tiny_bundle: Path, table: Path, tmp_path: Path
) -> None:
    lines = ["query_id,case_id,rater,rank"]
    for rater, step in (("R1", 1), ("R2", -1)):
        for query in (0, 1):
            cases = range(10, 20)
            lines += [f"c{query:02},c{case},{rater},{step * case + 30}" for case in cases]
    rankings = tmp_path / "rankings.csv"
    rankings.write_text("\n".join(lines), encoding="utf-8")
    report, _ = run(tiny_bundle, table, tmp_path / "out", rankings=rankings, methods=("cnn",))
    assert len(report["methods"]["cnn"]["ndcg"]["10"]) == 2
    assert report["raters"]["reference"] == "R1"
    low, high = report["raters"]["band"]["10"]
    assert low == high == pytest.approx(report["raters"]["ndcg_mean"]["R2"]["10"])
    assert low < 0.6  # the order turned round


class _Checker(HTMLParser):
    """Collects what a page refers to, and checks that tags close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_stands_alone(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    text = table.read_text(encoding="utf-8").replace(",a,test", ",<script>&,test")
    table.write_text(text, encoding="utf-8")
    out = tmp_path / "a folder, Ünïcode"
    run(tiny_bundle, table, out, severity="severity_extent", methods=("ig", "cnn"))
    page = (out / "index.html").read_text(encoding="utf-8")
    checker = _Checker()
    checker.feed(page)
    assert checker.open == []
    kinds = [source.split(";base64,")[0] for source in checker.sources]
    assert (
        kinds == ["data:image/png"] * 3 + ["data:image/jpeg"] * 20
    )  # plots and map; best and worst
    first = base64.b64decode(checker.sources[0].split(",", 1)[1])
    assert first.startswith(b"\x89PNG")
    assert "<script>" not in page
    assert "&lt;script&gt;&amp;" in page
    for words in (
        "0.95 [0.75, 1.00]",
        "What differs",
        "every case positive",
        "centred Gaussian",
        "random order",
        "Map of the embeddings",
    ):
        assert words in page
    assert ">nan" not in page


def test_what_cannot_be_measured_is_refused(tiny_bundle: Path, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    with pytest.raises(InferenceError, match="no method 'magic'"):
        run(tiny_bundle, table, out, methods=("magic",))
    with pytest.raises(InferenceError, match="split 'valid'"):
        run(tiny_bundle, table, out, split="valid")
    with pytest.raises(InferenceError, match="'age_of_moon'"):
        run(tiny_bundle, table, out, severity="age_of_moon")
    with pytest.raises(LabelsTableError, match="no such file"):
        run(tiny_bundle, table.with_name("gone.csv"), out)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ExportError):
        run(tiny_bundle, table, tmp_path / "taken", cache=tmp_path / "c", pictures=False)
    text = table.read_text(encoding="utf-8").replace("c48,48.png,p24", "c48,48.png,p0")
    table.write_text(text, encoding="utf-8")
    with pytest.raises(SplitError, match="1 patient"):
        run(tiny_bundle, table, out)


def test_one_patient_alone_gives_a_report_without_figures(
    tiny_bundle: Path, table: Path, tmp_path: Path
) -> None:
    lines = table.read_text(encoding="utf-8").splitlines()[:3]
    table.write_text("\n".join(lines), encoding="utf-8")
    report, _ = run(tiny_bundle, table, tmp_path / "out")
    assert report["methods"]["ig"]["map"] is None
    assert report["methods"]["ig"]["precision"]["4/10"] == [None, None, None]
    assert "–" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
