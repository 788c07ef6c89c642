"""A bundle is used only if every byte is what its manifest says."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from inference.errors import BundleError
from inference.model_bundle import (
    FORMAT,
    BundleClass,
    BundleManifest,
    FileRecord,
    InputSpec,
    MethodSpec,
    read_bundle,
    read_manifest,
    write_manifest,
)


@pytest.fixture
def bundle(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy that a test may alter."""
    return shutil.copytree(tiny_bundle, tmp_path / "tiny")


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "bundle.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_manifest_is_read_as_it_was_written(bundle: Path) -> None:
    manifest = read_manifest(bundle)
    full = replace(
        manifest,
        training={"commit": "abc", "epochs": 3},
        threshold=0.31,
        condition="Pleural effusion, größer",
    )
    write_manifest(bundle, full)
    assert read_manifest(bundle) == full
    assert read_bundle(bundle).manifest == full
    assert not list(bundle.glob("*.partial"))


def test_the_checksum_is_of_what_is_computed_not_of_the_prose(bundle: Path) -> None:
    manifest = read_manifest(bundle)
    prose = replace(manifest, metrics={}, condition="Else", threshold=0.9, licence="")
    assert prose.sha256 == manifest.sha256
    sizes = replace(manifest, input=InputSpec(64, 1, "window"))
    stretched = replace(manifest, input=InputSpec(32, 1, "percentile"))
    files = {**manifest.files, "fused.onnx": FileRecord(1, "0" * 64)}
    methods = {**manifest.methods, "cnn": replace(manifest.methods["cnn"], distance="cosine")}
    others = {
        sizes.sha256,
        stretched.sha256,
        replace(manifest, files=files).sha256,
        replace(manifest, methods=methods).sha256,
    }
    assert len(others) == 4
    assert manifest.sha256 not in others


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("alter", "sentence"),
    [
        pytest.param(
            lambda folder: flip_a_bit(folder / "fused.onnx"),
            "fused.onnx was altered or is damaged; install the bundle again",
            id="one bit",
        ),
        pytest.param(
            lambda folder: os.truncate(folder / "saliency.onnx", 100),
            "saliency.onnx was altered or is damaged",
            id="truncated",
        ),
        pytest.param(
            lambda folder: (folder / "classifier.onnx").unlink(),
            "classifier.onnx is missing; install the bundle again",
            id="file missing",
        ),
        pytest.param(
            lambda folder: (folder / "bundle.json").unlink(),
            "there is no bundle.json in",
            id="manifest missing",
        ),
        pytest.param(
            lambda folder: (folder / "bundle.json").write_text("{"),
            "its bundle.json cannot be read",
            id="not JSON",
        ),
        pytest.param(
            lambda folder: (folder / "bundle.json").write_bytes(b"\xff\xfe{}"),
            "its bundle.json cannot be read",
            id="wrong encoding",
        ),
        pytest.param(
            lambda folder: (folder / "bundle.json").write_text("[" * 100_000),
            "its bundle.json cannot be read",
            id="nested without end",
        ),
        pytest.param(
            lambda folder: (folder / "bundle.json").write_text("[1]"),
            "is not a bundle's manifest",
            id="another JSON",
        ),
        pytest.param(
            lambda folder: (folder / "bundle.json").write_bytes(b" " * 4_000_001),
            "too large",
            id="huge",
        ),
    ],
)
def test_a_bundle_that_is_not_whole_is_refused(
    bundle: Path, alter: Callable[[Path], object], sentence: str
) -> None:
    alter(bundle)
    with pytest.raises(BundleError) as caught:
        read_bundle(bundle)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("Cannot use the model bundle tiny: ")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            lambda content: content.update(format=FORMAT + 1), "update Kindred", id="newer format"
        ),
        pytest.param(lambda content: content.pop("classes"), "is damaged", id="no classes"),
        pytest.param(lambda content: content["classes"].pop(), "two classes", id="one class"),
        pytest.param(
            lambda content: content["input"].update(size=33), "multiple of 32", id="odd size"
        ),
        pytest.param(
            lambda content: content["input"].update(nonsense=1), "is damaged", id="unknown key"
        ),
        pytest.param(
            lambda content: content["files"].update(
                {"../../etc/passwd": {"bytes": 1, "sha256": ""}}
            ),
            "not a plain file name",
            id="path traversal",
        ),
        pytest.param(
            lambda content: content["files"].update({"/etc/passwd": {"bytes": 1, "sha256": ""}}),
            "not a plain file name",
            id="absolute path",
        ),
        pytest.param(
            lambda content: content["methods"]["metric"].update(file="other.onnx"),
            "names a file that is not listed",
            id="unlisted file",
        ),
        pytest.param(
            lambda content: content["methods"]["metric"].update(name="ig"),
            "under another name",
            id="method renamed",
        ),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(
    bundle: Path, change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    change_manifest(bundle, change)
    with pytest.raises(BundleError) as caught:
        read_bundle(bundle)
    assert sentence in str(caught.value)


def test_a_link_is_refused_whatever_it_leads_to(bundle: Path, tiny_bundle: Path) -> None:
    (bundle / "fused.onnx").unlink()
    try:
        (bundle / "fused.onnx").symlink_to(tiny_bundle / "fused.onnx")
    except OSError:
        pytest.skip("links are not allowed on this system")
    with pytest.raises(BundleError, match="is a link"):
        read_bundle(bundle)


def test_only_listed_files_can_be_asked_for(bundle: Path) -> None:
    assert read_bundle(bundle).file("fused.onnx") == bundle / "fused.onnx"
    with pytest.raises(ValueError, match="is not in the bundle"):
        read_bundle(bundle).file("card.md")


def manifest_with(*classes: BundleClass) -> BundleManifest:
    methods = {"ig": MethodSpec("ig", "IG", "saliency", "l2", 4)}
    return BundleManifest("b", "1", "c", classes, InputSpec(32), methods, {})


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        pytest.param(("no FINDING",), 0, id="case does not matter"),
        pytest.param((" COVID-19 ",), 2, id="spaces do not matter"),
        pytest.param(("Pneumonia", "COVID-19"), 2, id="the highest of several"),
        pytest.param(("Nodule",), 1, id="what no other class claims"),
        pytest.param((), None, id="nothing known"),
    ],
)
def test_findings_belong_to_a_class(findings: tuple[str, ...], expected: int | None) -> None:
    manifest = manifest_with(
        BundleClass("None", ("No finding",)),
        BundleClass("Other", ("Pneumonia", "*")),
        BundleClass("COVID-19", ("COVID-19",)),
    )
    assert manifest.class_of(findings) == expected


def test_findings_that_no_class_claims_belong_to_none() -> None:
    manifest = manifest_with(BundleClass("None", ("No finding",)), BundleClass("A", ("A",)))
    assert manifest.class_of(("B",)) is None


def test_the_manifest_is_plain_json(bundle: Path) -> None:
    content = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    manifest = asdict(read_manifest(bundle))
    assert content["format"] == FORMAT
    assert content["methods"] == manifest["methods"]
