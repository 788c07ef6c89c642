"""A model bundle: a folder of ONNX files and the `bundle.json` that says what they are.

The manifest is the contract between training and viewing. This one module both writes and
reads it, so the two sides cannot drift. A bundle is only used after every file in it was
found to be what the manifest says, byte for byte.

    classifier.onnx      image -> probability, embedding, feature_map
    saliency.onnx        image -> probability, saliency
    embedder_<method>.onnx   image and/or saliency -> embedding, feature_map
    fused.onnx           image -> probability, saliency, embedding_cnn, embedding_ig,
                                  feature_map_cnn, feature_map_ig
    lung_finder.onnx     image -> boxes          (only where the manifest has a crop)

`image` is (N, channels, size, size) float32 in [0, 1]: normalisation is inside the graphs.
`saliency` is (N, 1, size, size) float32 in [0, 1]. `probability` is (N, K), where K is 1 for
two classes (the probability of the second) and the number of classes otherwise.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from inference.errors import BundleError
from inference.records import Distance

FORMAT = 1
MANIFEST_NAME = "bundle.json"
MAX_MANIFEST_BYTES = 4_000_000

EmbedderInput = Literal["image", "saliency", "image+saliency"]
Intensity = Literal["window", "percentile"]

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class BundleClass:
    """One class the bundle tells apart.

    Attributes:
        name: As shown to the user, such as "Pneumonia".
        findings: The findings in a labels table that mean this class, compared without
            regard to case. "*" stands for every labelled case that no other class claims.
    """

    name: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What the graphs take.

    Attributes:
        size: Height and width in pixels; a multiple of 32.
        channels: 1 for grey, 3 for RGB.
        intensity: "window": brightness of the file's own window. "percentile": that, then
            stretched so that the 1st and 99th percentile of the cropped part become 0 and 1.
        lung_finder_size: Height and width of the lung finder's input, or None where the
            whole radiograph is used.
        crop_margin: Share of the lung box's sides added around it before cropping.
    """

    size: int
    channels: int = 1
    intensity: Intensity = "percentile"
    lung_finder_size: int | None = None
    crop_margin: float = 0.08

    def __post_init__(self) -> None:
        if self.size < 32 or self.size % 32 or self.size > 1024:
            raise ValueError(f"input size must be a multiple of 32 up to 1024, got {self.size}")
        if self.channels not in (1, 3):
            raise ValueError(f"channels must be 1 or 3, got {self.channels}")
        if self.intensity not in ("window", "percentile"):
            raise ValueError(f"unknown intensity {self.intensity!r}")


@dataclass(frozen=True, slots=True)
class MethodSpec:
    """One retrieval method of the bundle.

    Attributes:
        name: Such as "ig", "cnn", "cnn-ig", "attention", "metric", "ig-severity", "ssim".
        title: As shown to the user.
        input: What its embedder takes; the prepared image, its saliency map, or both.
        distance: How two embeddings are compared.
        length: Numbers in an embedding.
        file: Its ONNX file. "" for "ig" and "cnn", which the fused graph gives, and for
            "ssim", which has none.
        has_feature_map: Whether the last feature map is an output, so that similarity
            can be explained.
    """

    name: str
    title: str
    input: EmbedderInput
    distance: Distance
    length: int
    file: str = ""
    has_feature_map: bool = True


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Size in bytes and hex SHA-256 of one file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BundleManifest:
    """Everything `bundle.json` says.

    Attributes:
        name: The bundle's name, such as "chest-pneumonia".
        version: Its version, such as "1.0".
        condition: What the probability is of, as shown to the user.
        classes: At least two; for two classes the second is the condition.
        input: What the graphs take.
        methods: By name; "ig" first.
        files: Of every file in the folder but `bundle.json` and `card.md`, by name.
        modalities, body_parts, views: What the model was made for, in DICOM's terms; an
            image that says something else is analysed with a warning. Empty: anything.
        threshold: Probability from which a case counts as positive, from validation.
        training: Data, configuration, commit.
        metrics: By split, such as {"test": {"auroc": 0.93, "f1": 0.8}}.
        intended_use: One or two sentences.
        licence: Of the weights.
    """

    name: str
    version: str
    condition: str
    classes: tuple[BundleClass, ...]
    input: InputSpec
    methods: dict[str, MethodSpec]
    files: dict[str, FileRecord]
    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    threshold: float = 0.5
    training: dict[str, Any] = field(default_factory=dict, repr=False)
    metrics: dict[str, Any] = field(default_factory=dict, repr=False)
    intended_use: str = ""
    licence: str = "MIT"

    def __post_init__(self) -> None:
        if len(self.classes) < 2:
            raise ValueError("a bundle tells at least two classes apart")
        if not self.methods:
            raise ValueError("a bundle has at least one method")
        for name in self.files:
            if not _SAFE_NAME.fullmatch(name):
                raise ValueError(f"not a plain file name: {name!r}")
        for method in self.methods.values():
            if method.file and method.file not in self.files:
                raise ValueError(f"method {method.name} names a file that is not listed")

    @property
    def sha256(self) -> str:
        """Identity of what the bundle computes: its files, input and methods, not its prose."""
        content = {
            "files": {name: record.sha256 for name, record in sorted(self.files.items())},
            "input": asdict(self.input),
            "methods": {name: asdict(spec) for name, spec in sorted(self.methods.items())},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def class_of(self, findings: tuple[str, ...]) -> int | None:
        """The class that a case with these findings belongs to: see `class_of`."""
        return class_of(self.classes, findings)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A manifest and the folder its files lie in, both checked."""

    folder: Path
    manifest: BundleManifest

    def file(self, name: str) -> Path:
        """Path of one of the listed files."""
        if name not in self.manifest.files:
            raise ValueError(f"{name} is not in the bundle {self.manifest.name}")
        return self.folder / name


def class_of(classes: tuple[BundleClass, ...], findings: tuple[str, ...]) -> int | None:
    """The class that a case belongs to.

    Args:
        classes: Those a bundle tells apart.
        findings: As in `CaseRecord`; empty where nothing is known.

    Returns:
        The index into `classes`; the highest where several match. None where nothing is
        known or no class claims the findings.
    """
    if not findings:
        return None
    present = {finding.strip().casefold() for finding in findings}
    for index in reversed(range(len(classes))):
        if present & {name.casefold() for name in classes[index].findings}:
            return index
    for index, one in enumerate(classes):
        if "*" in one.findings:
            return index
    return None


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_files(folder: Path) -> dict[str, FileRecord]:
    """Size and checksum of every ONNX file in a bundle folder, by name."""
    return {
        path.name: FileRecord(path.stat().st_size, file_sha256(path))
        for path in sorted(folder.glob("*.onnx"))
    }


def write_manifest(folder: Path, manifest: BundleManifest) -> None:
    """Write `bundle.json`, whole or not at all."""
    text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=2, ensure_ascii=False)
    partial = folder / f"{MANIFEST_NAME}.partial"
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(folder / MANIFEST_NAME)


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle and check every file in it.

    Args:
        folder: The bundle's folder.

    Raises:
        BundleError: It is missing, of a newer format, or any file is not what
            `bundle.json` says it is.
    """
    manifest = read_manifest(folder)
    for name, record in manifest.files.items():
        _check_file(folder / name, record, manifest.name)
    return Bundle(folder, manifest)


def read_manifest(folder: Path) -> BundleManifest:
    """Read `bundle.json` alone, without looking at the other files.

    Raises:
        BundleError: It is missing, damaged, or of a newer format.
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        raise BundleError(folder.name, f"there is no {MANIFEST_NAME} in {folder}")
    try:
        if path.stat().st_size > MAX_MANIFEST_BYTES:
            raise BundleError(folder.name, f"its {MANIFEST_NAME} is too large to be one")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(folder.name, f"its {MANIFEST_NAME} cannot be read") from error
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise BundleError(folder.name, f"its {MANIFEST_NAME} is not a bundle's manifest")
    if content["format"] > FORMAT:
        raise BundleError(
            folder.name,
            f"it has format {content['format']}, and this version reads up to {FORMAT}; "
            "update Kindred",
        )
    try:
        return _manifest_from(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(folder.name, f"its {MANIFEST_NAME} is damaged ({error})") from error


def _check_file(path: Path, record: FileRecord, bundle_name: str) -> None:
    if path.is_symlink():
        raise BundleError(bundle_name, f"{path.name} is a link, and only plain files are trusted")
    if not path.is_file():
        raise BundleError(bundle_name, f"{path.name} is missing; install the bundle again")
    try:
        is_sound = path.stat().st_size == record.bytes and file_sha256(path) == record.sha256
    except OSError as error:
        raise BundleError(bundle_name, f"{path.name} cannot be read") from error
    if not is_sound:
        raise BundleError(
            bundle_name, f"{path.name} was altered or is damaged; install the bundle again"
        )


def _manifest_from(content: dict[str, Any]) -> BundleManifest:
    methods = {
        str(name): MethodSpec(**{**spec, "name": str(spec["name"])})
        for name, spec in content["methods"].items()
    }
    if any(name != spec.name for name, spec in methods.items()):
        raise ValueError("a method is listed under another name")
    return BundleManifest(
        name=str(content["name"]),
        version=str(content["version"]),
        condition=str(content["condition"]),
        classes=tuple(
            BundleClass(str(one["name"]), tuple(map(str, one["findings"])))
            for one in content["classes"]
        ),
        input=InputSpec(**content["input"]),
        methods=methods,
        files={
            str(name): FileRecord(int(record["bytes"]), str(record["sha256"]))
            for name, record in content["files"].items()
        },
        modalities=tuple(map(str, content.get("modalities", ()))),
        body_parts=tuple(map(str, content.get("body_parts", ()))),
        views=tuple(map(str, content.get("views", ()))),
        threshold=float(content.get("threshold", 0.5)),
        training=dict(content.get("training", {})),
        metrics=dict(content.get("metrics", {})),
        intended_use=str(content.get("intended_use", "")),
        licence=str(content.get("licence", "")),
    )
