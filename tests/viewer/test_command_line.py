"""The `kindred` command as a user runs it: what it prints, where, and how it ends."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inference import bundle_store
from viewer import fault_log
from viewer.command_line import main
from viewer.commands.open import Opening
from viewer.fault_log import without_names, write_fault
from viewer.frame.progress_bar import ProgressBars

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def indexed(
    tiny_bundle: Path,
    tmp_path_factory: pytest.TempPathFactory,
    make_catalogue_folder: Callable[[Path], Path],
) -> Path:
    """An indexed folder; tests leave it as it is."""
    folder = make_catalogue_folder(tmp_path_factory.mktemp("indexed") / "cases")
    assert main(["index", str(folder), "--bundle", str(tiny_bundle), "--provider", "cpu"]) == 0
    return folder


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, bundles and logs of the person who runs the tests play no part."""
    monkeypatch.setattr(bundle_store, "user_data_folder", lambda: tmp_path / "data")
    monkeypatch.setattr(
        "viewer.preferences.settings.user_settings_file", lambda: tmp_path / "settings.toml"
    )
    monkeypatch.setattr(fault_log, "log_file", lambda: tmp_path / "faults.log")


Output = pytest.CaptureFixture[str]


def test_query_answers_in_json_on_standard_output(
    indexed: Path, tiny_bundle: Path, capsys: Output
) -> None:
    arguments = ["query", str(indexed / "image5.png"), "--catalogue", str(indexed), "--json"]
    arguments += ["--bundle", str(tiny_bundle), "-k", "3", "--method", "cnn"]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert captured.err == ""
    assert [one["rank"] for one in result["neighbours"]] == [1, 2, 3]
    assert result["method"] == "cnn"
    assert result["excluded"] == 2
    assert result["catalogue"]["cases"] == 8

    assert main([*arguments, "--include-patient"]) == 0
    included = json.loads(capsys.readouterr().out)
    assert included["excluded"] == 0
    assert included["neighbours"][0]["case_id"] == "case5"
    assert included["neighbours"][0]["similarity"] == pytest.approx(1, abs=1e-6)


def test_query_without_json_prints_a_table(
    indexed: Path, tiny_bundle: Path, capsys: Output
) -> None:
    image = str(indexed / "image1.png")
    arguments = ["query", image, "--catalogue", str(indexed), "--bundle", str(tiny_bundle)]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("No finding: 0.")
    assert lines[1].startswith("Pneumonia: 0.")
    assert lines[-1] == "Research use only, not for diagnosis."
    assert sum("case" in line for line in lines[3:]) == 4


def test_warnings_go_to_standard_error(
    indexed: Path,
    tiny_bundle: Path,
    tmp_path: Path,
    capsys: Output,
    dicom_writer: Callable[..., Path],
    make_picture: Callable[..., Any],
) -> None:
    pixels = make_picture(50).astype(np.uint16) * 16
    lateral = dicom_writer(tmp_path / "ü lateral.dcm", pixels, ViewPosition="LL")
    arguments = ["query", str(lateral), "--catalogue", str(indexed), "--json"]
    assert main([*arguments, "--bundle", str(tiny_bundle)]) == 0
    captured = capsys.readouterr()
    assert "kindred: This is a lateral view (LL)" in captured.err
    assert "lateral view" in json.loads(captured.out)["warnings"][0]


def test_the_comparison_is_exported(
    indexed: Path, tiny_bundle: Path, tmp_path: Path, capsys: Output, qapp: object
) -> None:
    target = tmp_path / "out" / "comparison.png"
    arguments = ["query", str(indexed / "image1.png"), "--catalogue", str(indexed)]
    assert main([*arguments, "--bundle", str(tiny_bundle), "--export", str(target)]) == 0
    assert "Wrote" in capsys.readouterr().err
    with Image.open(target) as picture:
        assert picture.width > 1500


def test_burned_in_text_is_exported_only_on_demand(
    indexed: Path,
    tiny_bundle: Path,
    tmp_path: Path,
    capsys: Output,
    qapp: object,
    dicom_writer: Callable[..., Path],
    make_picture: Callable[..., Any],
) -> None:
    pixels = make_picture(50).astype(np.uint16) * 16
    burned = dicom_writer(tmp_path / "burned.dcm", pixels, BurnedInAnnotation="YES")
    target = tmp_path / "comparison.png"
    arguments = ["query", str(burned), "--catalogue", str(indexed), "--export", str(target)]
    arguments += ["--bundle", str(tiny_bundle)]
    assert main(arguments) == 3
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("kindred: Cannot write comparison.png: The file of the query says")
    assert "--allow-burned-in" in error
    assert not target.exists()
    assert main([*arguments, "--allow-burned-in"]) == 0
    assert target.exists()


def test_index_says_what_it_did_and_what_it_refused(
    tiny_catalogue_folder: Path, tiny_bundle: Path, capsys: Output
) -> None:
    (tiny_catalogue_folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    arguments = ["index", str(tiny_catalogue_folder), "--bundle", str(tiny_bundle)]
    assert main([*arguments, "--method", "ig", "--method", "cnn"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "8 cases indexed, 1 file refused." in captured.err
    assert "  broken.dcm: " in captured.err


def test_check_finds_a_sound_bundle_and_catalogue(
    indexed: Path, tiny_bundle: Path, capsys: Output
) -> None:
    assert main(["check", str(indexed), "--bundle", str(tiny_bundle)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert "bundle tiny 1.0: 6 files" in lines[1]
    assert "8 cases" in lines[2]


def test_check_says_what_is_altered(tiny_bundle: Path, tmp_path: Path, capsys: Output) -> None:
    altered = shutil.copytree(tiny_bundle, tmp_path / "data" / "bundles" / "altered")
    with (altered / "saliency.onnx").open("ab") as file:
        file.write(b"more")
    assert main(["check"]) == 3
    captured = capsys.readouterr()
    assert "PROBLEM  Cannot use the model bundle tiny: saliency.onnx was altered" in captured.out
    assert "problem" in captured.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["query"], "Missing argument", id="no image"),
        pytest.param(["query", "a.png"], "--catalogue", id="no catalogue"),
        pytest.param(["query", "a.png", "-k", "0"], "-k", id="k"),
        pytest.param(["index", "--nonsense"], "--nonsense", id="unknown option"),
        pytest.param(["one.png", "two.png"], "two.png", id="two images"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], sentence: str, capsys: Output) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert sentence in captured.err


def test_an_unknown_method_is_wrong_usage(indexed: Path, tiny_bundle: Path, capsys: Output) -> None:
    arguments = ["query", str(indexed / "image1.png"), "--catalogue", str(indexed)]
    assert main([*arguments, "--bundle", str(tiny_bundle), "--method", "attention"]) == 2
    assert "has no method 'attention'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("image", "bundle", "sentence"),
    [
        pytest.param("absent.dcm", None, "kindred: Cannot open absent.dcm: ", id="no file"),
        pytest.param("image1.png", "no-such", "kindred: Cannot use the model bundle", id="b"),
    ],
)
def test_an_expected_problem_is_one_sentence_and_3(
    indexed: Path, tiny_bundle: Path, capsys: Output, image: str, bundle: str | None, sentence: str
) -> None:
    arguments = ["query", str(indexed / image), "--catalogue", str(indexed), "--json"]
    assert main([*arguments, "--bundle", bundle or str(tiny_bundle)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(sentence)
    assert captured.err.count("\n") == 1


def test_an_unindexed_folder_is_an_expected_problem(
    tiny_bundle: Path, tmp_path: Path, capsys: Output
) -> None:
    arguments = ["query", str(tmp_path / "a.png"), "--catalogue", str(tmp_path)]
    assert main([*arguments, "--bundle", str(tiny_bundle)]) == 3
    assert "index it first" in capsys.readouterr().err


def test_a_bad_settings_file_is_an_expected_problem(tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "settings.toml").write_text("neigbours = 3", encoding="utf-8")
    assert main(["query", "a.png", "--catalogue", str(tmp_path)]) == 3
    assert "did you mean neighbours" in capsys.readouterr().err


def test_a_bug_ends_with_1_and_a_log_without_names(
    tiny_bundle: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot handle {tmp_path / 'Doe^Jane.dcm'} of 'Doe^Jane'")

    monkeypatch.setattr("inference.pipeline.open_engine", fail)
    arguments = ["query", "Doe^Jane.dcm", "--catalogue", str(tmp_path)]
    assert main([*arguments, "--bundle", str(tiny_bundle)]) == 1
    captured = capsys.readouterr()
    assert "This is a fault in the program (RuntimeError)" in captured.err
    assert str(tmp_path / "faults.log") in captured.err
    log = (tmp_path / "faults.log").read_text(encoding="utf-8")
    assert "RuntimeError: cannot handle" in log
    assert "viewer/command_line.py" in log
    assert "Doe" not in log


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("index 3 is out of bounds", "index 3 is out of bounds"),
        ("no such file: /data/Doe Jane/1.dcm", "no such file: …"),
        (r"C:\Users\Doe\1.dcm is missing", "…"),
        ("KeyError: 'Doe^Jane'", "KeyError: …"),
        ("cannot read doe.dcm at all", "cannot read … at all"),
    ],
)
def test_names_are_left_out_of_messages(message: str, kept: str) -> None:
    assert without_names(message) == kept


def test_a_log_that_cannot_be_written_does_not_hide_the_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert write_fault(ValueError("x"), tmp_path / "file" / "log") == tmp_path / "file" / "log"


@pytest.mark.parametrize(
    ("given", "image", "catalogue"),
    [
        pytest.param([], None, None, id="alone"),
        pytest.param(["a.png"], "a.png", None, id="an image"),
        pytest.param(["open", "a.png"], "a.png", None, id="open"),
        pytest.param(["."], None, ".", id="a folder"),
        pytest.param(["a.png", "--catalogue", "x"], "a.png", "x", id="both"),
        pytest.param(["--catalogue", "x"], None, "x", id="only a catalogue"),
        pytest.param(["--catalogue=x", "a.png"], "a.png", "x", id="as one word"),
        pytest.param(["--catalogue", "x", "--new-window", "a.png"], "a.png", "x", id="and more"),
        pytest.param(["--", "-a.png"], "-a.png", None, id="a dash in front"),
    ],
)
def test_the_window_is_opened_with_what_was_named(
    monkeypatch: pytest.MonkeyPatch, given: list[str], image: str | None, catalogue: str | None
) -> None:
    opened: list[object] = []

    def run(asked: Opening, *_: object) -> int:
        opened.extend([asked.image, asked.catalogue])
        return 0

    monkeypatch.setattr("viewer.commands.open.run_window", run)
    assert main(given) == 0
    assert opened == [Path(image) if image else None, Path(catalogue) if catalogue else None]


def test_without_a_display_the_window_says_so(tmp_path: Path) -> None:
    """In a process of its own: Qt aborts where it finds no display."""
    if not sys.platform.startswith("linux"):
        pytest.skip("elsewhere there is always a display")
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-m", "viewer"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.startswith("kindred: There is no display to open a window on.")
    assert done.stderr.count("\n") == 1


def test_a_missing_system_library_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux leaves these libraries to the user")
    from viewer.commands import system_check

    monkeypatch.setitem(system_check._FOR_QT, "libNoSuchThing.so.9", "libnosuchthing9")
    assert main(["demo", "--headless"]) == 3
    assert capsys.readouterr().err == (
        "kindred: Qt needs system libraries that are not installed; on Debian or Ubuntu run: "
        "sudo apt-get install libnosuchthing9\n"
    )


def test_progress_is_a_line_a_tenth_where_there_is_no_terminal(capsys: Output) -> None:
    bars = ProgressBars()
    for done in range(101):
        bars.show("Reading", done, 100)
    bars.finish()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[0] == "Reading: 0 of 100"
    assert lines[-1] == "Reading: 100 of 100"


def test_the_version_is_printed(capsys: Output) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("Kindred ")


def test_compare_answers_with_every_method(
    indexed: Path, tiny_bundle: Path, capsys: Output, tmp_path: Path
) -> None:
    arguments = ["compare", str(indexed / "image5.png"), "--catalogue", str(indexed)]
    arguments += ["--bundle", str(tiny_bundle)]
    sheet = tmp_path / "methods.png"
    assert main([*arguments, "--json", "--export", str(sheet)]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert [one["method"] for one in result["methods"]] == [
        "ig", "cnn", "metric", "ig-severity", "ssim",
    ]  # fmt: skip
    assert result["excluded"] == 2
    assert f"Wrote {sheet}" in captured.err
    with Image.open(sheet) as picture:
        assert picture.format == "PNG"
    assert main(arguments) == 0
    table = capsys.readouterr().out
    assert "Query's label: No finding" in table
    assert "SSIM (ssim), not measured" in table
    assert "(same label)" in table
    assert main(["compare", str(indexed / "image5.png")]) == 2


def test_compare_warns_before_exporting_burned_in_text(
    indexed: Path,
    tiny_bundle: Path,
    capsys: Output,
    tmp_path: Path,
    dicom_writer: Callable[..., Path],
) -> None:
    query = dicom_writer(
        tmp_path / "query.dcm", np.full((40, 48), 900, np.uint16), BurnedInAnnotation="YES"
    )
    sheet = tmp_path / "methods.png"
    arguments = ["compare", str(query), "--catalogue", str(indexed), "--export", str(sheet)]
    arguments += ["--bundle", str(tiny_bundle)]
    assert main(arguments) == 3
    assert not sheet.exists()
    assert "--allow-burned-in" in capsys.readouterr().err
    assert main([*arguments, "--allow-burned-in"]) == 0
    assert sheet.exists()
