"""The packed program's contents: that what is named is there. Packing itself takes minutes."""

import importlib.util
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[1] / "resources" / "packaging"


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("contents")
    sys.modules.pop("contents")


def test_every_data_file_exists_and_goes_where_the_program_looks(contents: ModuleType) -> None:
    for path, inside in contents.data_files():
        assert Path(path).exists(), path
        assert inside.startswith(("inference/resources", "kindred_viewer-"))
    assert contents.program_version() in contents.data_files()[-1][1]


def test_what_libraries_read_of_their_own_folders_goes_with_them(contents: ModuleType) -> None:
    pytest.importorskip("highdicom", reason="needs highdicom: pip install '.[dicom-io]'")
    packed = {f"{inside}/{Path(path).name}" for path, inside in contents.library_files()}
    assert "highdicom/_standard/iod_module_map.json" in packed
    assert all(Path(path).is_file() for path, _ in contents.library_files())


def test_every_hidden_import_exists(contents: ModuleType) -> None:
    for name in contents.HIDDEN_IMPORTS:
        if name.startswith("keyring") and importlib.util.find_spec("keyring") is None:
            continue  # of an extra
        assert importlib.util.find_spec(name) is not None, name


def test_nothing_that_the_program_loads_is_left_out(contents: ModuleType) -> None:
    # All of it, since most of the window is imported when it is asked for.
    code = (
        "import contextlib, importlib, pkgutil, sys, inference, viewer\n"
        "for package in (inference, viewer):\n"
        "    for one in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if 'napari' not in one.name and not one.name.endswith('__main__'):\n"
        "            with contextlib.suppress(ModuleNotFoundError):  # of an extra\n"
        "                importlib.import_module(one.name)\n"
        "print(*(name for name, module in sys.modules.items() if module))"  # None: kept out
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=FOLDER.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {one.split(".")[0] for one in done.stdout.split()}
    assert "PySide6" in loaded
    # pydicom takes gdcm where it happens to be installed, and has other decoders.
    assert loaded & set(contents.LEFT_OUT) <= {"gdcm"}


@pytest.mark.parametrize(
    ("inside", "is_wanted"),
    [
        ("onnxruntime/capi/libonnxruntime_providers_cuda.so", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/translations/qtbase_de.qm", True),
        ("inference/resources/translations/kindred_de.qm", True),
        ("skimage/data/logo.png", False),
        ("inference/resources/bundles/phantom-effusion/fused.onnx", True),
    ],
)
def test_large_files_that_nobody_needs_are_left_out(
    contents: ModuleType, inside: str, is_wanted: bool
) -> None:
    assert contents.is_wanted(inside) is is_wanted


def test_the_start_helps_decoding_processes_first() -> None:
    text = (FOLDER / "entry.py").read_text(encoding="utf-8")
    assert text.index("freeze_support()") < text.index("sys.exit(main())")
    assert "main" in runpy.run_path(str(FOLDER / "entry.py"))  # starts nothing by itself


def test_licences_are_collected(contents: ModuleType, tmp_path: Path) -> None:
    build = runpy.run_path(str(FOLDER / "build.py"))
    inside = tmp_path / "kindred" / "_internal"
    own = inside / "kindred_viewer-0.1.0.dist-info"
    own.mkdir(parents=True)
    (own / "METADATA").write_bytes(Path(contents.data_files()[-1][0]).read_bytes())
    for place, file, _ in contents.metadata_files({"numpy", "typer"}):
        target = inside / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(file).read_bytes())
    assert build["collect_licences"](tmp_path / "kindred") == []
    found = {one.parent.name.split("-")[0] for one in (tmp_path / "kindred/LICENSES").rglob("*")}
    assert {"numpy", "typer", "kindred", "python"} <= found
