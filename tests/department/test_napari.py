"""Kindred as a plugin of a real napari viewer, and its reader by itself."""

import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.catalogue_build import build_catalogue
from inference.errors import UnreadableRadiographError
from inference.pipeline import open_engine
from inference.records import Window
from viewer.napari_plugin.reader import contrast_limits, napari_get_reader

ROOT = Path(__file__).parents[2]
HOST = Path(__file__).with_name("napari_host.py")

WITH_NAPARI = pytest.mark.skipif(
    importlib.util.find_spec("napari") is None, reason="needs napari: pip install '.[napari]'"
)


@pytest.fixture
def radiograph(tmp_path: Path, dicom_writer: Callable[..., Path], make_picture: Any) -> Path:
    """A DICOM file without a suffix; its spacing is the detector's."""
    pixels = make_picture(99).astype(np.uint16) * 16
    changes = {"PixelSpacing": None, "ImagerPixelSpacing": [0.2, 0.25], "PatientID": "P-99"}
    return dicom_writer(tmp_path / "IM0001", pixels, **changes)


@pytest.fixture
def catalogue(tmp_path: Path, tiny_bundle: Path, make_catalogue_folder: Any) -> Path:
    folder = Path(make_catalogue_folder(tmp_path / "chest"))
    for _ in build_catalogue(folder, open_engine(tiny_bundle).session, workers=1):
        pass
    return folder


def read(path: Path) -> tuple[Any, dict[str, Any], str]:
    """The one layer of a file."""
    reader = napari_get_reader(str(path))
    assert reader is not None
    (layer,) = reader(str(path))
    return layer


def test_a_layer_has_values_window_and_spacing_with_its_source(radiograph: Path) -> None:
    values, properties, kind = read(radiograph)
    assert kind == "image"
    assert values.shape == (48, 40)
    assert properties["scale"] == (0.2, 0.25)
    assert properties["units"] == ("mm", "mm")
    assert properties["contrast_limits"] == (0.0, 4095.0)
    assert properties["colormap"] == "gray"
    metadata = properties["metadata"]
    assert metadata["spacing"] == "ImagerPixelSpacing, at detector"
    assert "Synthetic" not in str(properties)
    assert "P-99" not in str(properties)


def test_without_a_spacing_there_is_no_scale_and_inverted_is_reversed(
    tmp_path: Path, dicom_writer: Callable[..., Path], make_picture: Any
) -> None:
    pixels = make_picture(3).astype(np.uint16)
    changes = {"PixelSpacing": None, "PhotometricInterpretation": "MONOCHROME1"}
    _, properties, _ = read(dicom_writer(tmp_path / "x.dcm", pixels, **changes))
    assert "scale" not in properties
    assert properties["metadata"]["spacing"] == "unknown"
    assert properties["colormap"] == "gray_r"


@pytest.mark.parametrize(
    ("function", "limits"), [("LINEAR", (0.0, 4095.0)), ("LINEAR_EXACT", (0.0, 4096.0))]
)
def test_the_limits_are_those_of_the_standard(function: Any, limits: tuple[float, float]) -> None:
    assert contrast_limits(Window(2048, 4096, function)) == limits


def test_what_is_not_dicom_is_left_to_other_readers(
    tmp_path: Path, radiograph: Path, make_picture: Any
) -> None:
    text = tmp_path / "notes"
    text.write_text("nothing to see", encoding="utf-8")
    assert napari_get_reader(str(text)) is None
    assert napari_get_reader(str(tmp_path)) is None
    assert napari_get_reader(str(tmp_path / "missing.dcm")) is None
    assert napari_get_reader([str(radiograph), str(text)]) is None
    assert napari_get_reader([str(radiograph)]) is not None


def test_half_a_file_is_a_sentence(tmp_path: Path, radiograph: Path) -> None:
    half = tmp_path / "half.dcm"
    half.write_bytes(radiograph.read_bytes()[:1200])
    reader = napari_get_reader(str(half))
    assert reader is not None
    with pytest.raises(UnreadableRadiographError, match=r"half\.dcm"):
        reader(str(half))


def test_the_manifest_is_declared_and_names_what_exists() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, file = stated["entry-points"]["napari.manifest"]["kindred-viewer"].partition(":")
    manifest = ROOT / Path(*module.split(".")) / file
    text = manifest.read_text(encoding="utf-8")
    assert f"name: {stated['name']}\n" in text
    for line in text.splitlines():
        if "python_name:" in line:
            name, _, what = line.split("python_name:")[1].strip().partition(":")
            assert hasattr(importlib.import_module(name), what)


@WITH_NAPARI
@pytest.mark.skipif(sys.platform == "linux" and not os.environ.get("DISPLAY"), reason="no display")
def test_a_napari_dock_shows_the_four_cases_that_kindred_query_prints(
    tmp_path: Path, radiograph: Path, catalogue: Path, tiny_bundle: Path
) -> None:
    own = {f"XDG_{one}_HOME": str(tmp_path / one) for one in ("DATA", "CONFIG", "CACHE")}
    own |= {"PYTHONPATH": str(ROOT), "QT_API": "pyside6"}
    own["NAPARI_CONFIG"] = str(tmp_path / "napari.yaml")

    def run(*command: str) -> Any:
        done = subprocess.run(
            [sys.executable, *command],
            env={**os.environ, **own},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout[done.stdout.index("{") :])

    given = (str(radiograph), str(catalogue), str(tiny_bundle))
    told = run(str(HOST), *given)
    printed = run(
        *("-m", "viewer", "query", given[0], "--catalogue", given[1], "--bundle", given[2]),
        "--json",
    )
    assert told["neighbours"] == [one["case_id"] for one in printed["neighbours"]][:4]
    assert told["shown"] == told["neighbours"]
    assert told["layer"] == "IM0001"
    assert told["shape"] == [48, 40]
    assert told["scale"] == [0.2, 0.25]
    assert told["units"] == ["millimeter", "millimeter"]
    assert told["limits"] == [0.0, 4095.0]
    assert told["metadata"]["spacing"] == "ImagerPixelSpacing, at detector"
    assert told["host's look"]
    assert "made here" in told["without a file"]
    assert told["threads"] == []
    assert told["reached"] == []  # nothing was asked of a network
