"""Everything that decides a training run, read from one TOML file per bundle.

Source of the papers' recipes: Silva et al. 2022 (effusion: Adadelta, 10 epochs, weighted;
pneumonia: Adam 1e-4, 15 epochs; batch 32), Hu et al. 2021 (triplet loss, 16 per class).
"""

import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from export_models.augmentation import Strength
from export_models.datasets.records import Selection
from export_models.deep_taylor import Rules
from export_models.densenet import DenseNetConfig
from inference.errors import InferenceError
from inference.model_bundle import BundleClass, InputSpec

StageName = Literal["pretrain", "cnn", "ig", "attention", "metric", "ig-severity"]
STAGES: tuple[StageName, ...] = get_args(StageName)


class ConfigError(InferenceError):
    """A training configuration cannot be used as it stands."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot use the configuration {path.name}: {reason}.")


@dataclass(frozen=True, slots=True)
class Stage:
    """How one network of a bundle is trained.

    Attributes:
        epochs: Rounds of training, each followed by a look at the validation split.
        passes: Over the labelled training cases in an epoch (pretrain, cnn and attention; in
            the latter two each class is drawn equally often, which weighs the loss by inverse
            class frequency).
        optimiser: Adam, AdamW or Adadelta.
        learning_rate: The largest, where it is scheduled.
        schedule: "constant", or "one-cycle" (a warm-up, then down to zero).
        batch: Cases in a step.
        weight_decay: For AdamW.
        augmentation: See `augmentation`.
        auxiliary: Weight of the loss on the other findings and severities of the tables.
        lesion: Weight of the penalty on relevance outside outlined lesions.
        outside: Weight of the penalty on relevance outside the lungs.
        average: Share of the old weights in their running average, which is what is kept;
            0 keeps the weights themselves.
        precision: "bfloat16" halves the time of a step on processors that have it; relevance
            in the loss is always float32.
        margin: Of the triplet loss.
        projection: Length of a linear layer after the features; 0 for none (metric only).
    """

    epochs: int
    passes: int = 1
    optimiser: Literal["adam", "adamw", "adadelta"] = "adam"
    learning_rate: float = 1e-4
    schedule: Literal["constant", "one-cycle"] = "constant"
    batch: int = 32
    weight_decay: float = 0.0
    augmentation: Strength = "light"
    auxiliary: float = 0.0
    lesion: float = 0.0
    outside: float = 0.0
    average: float = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"
    margin: float = 0.2
    projection: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 2 or not self.learning_rate > 0:
            raise ValueError("epochs, batch and learning_rate must be positive")
        if not 0 <= self.average < 1:
            raise ValueError(f"average must be in [0, 1), got {self.average}")


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """One bundle: what it tells apart, from which tables, with which stages.

    Attributes:
        name, version, condition, classes, input: As in the bundle's manifest.
        tables: Tables of cases below the data folder; their splits are used.
        support_tables: Further tables for training only: their cases help the classifier,
            and are neither validated on nor indexed.
        left_out_sources: Parts of sources' names, in any case: training and validation never
            see cases of these sources. Their test cases stay, to be measured on.
        findings: Names learnt beside the classes where `auxiliary` is above 0.
        severities: Severity columns learnt beside them, and the largest value each can take.
        selection: Which cases of the tables are used: the papers take labels 1 and 0 alone,
            frontal views, and AP or PA.
        network: Shape of the networks.
        rules: Of Deep Taylor.
        stages: In the order in which they are trained.
        seed: Of everything random.
        modalities, body_parts, views, intended_use: As in the manifest.
    """

    name: str
    version: str
    condition: str
    classes: tuple[BundleClass, ...]
    input: InputSpec
    tables: tuple[str, ...]
    stages: dict[str, Stage]
    support_tables: tuple[str, ...] = ()
    left_out_sources: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    severities: dict[str, float] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    network: DenseNetConfig = field(default_factory=DenseNetConfig)
    rules: Rules = field(default_factory=Rules)
    seed: int = 0
    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    intended_use: str = ""

    def __post_init__(self) -> None:
        unknown = set(self.stages) - set(STAGES)
        if unknown:
            raise ValueError(f"unknown stages {sorted(unknown)}; known are {', '.join(STAGES)}")
        if "" in self.left_out_sources:
            raise ValueError("left_out_sources must not hold an empty name, which is in all")
        if not self.tables:
            raise ValueError("at least one table of cases is needed")

    @property
    def logits(self) -> int:
        """1 for two classes, else their number."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for writing beside the weights and into the bundle."""
        return asdict(self)


_LISTS = (
    "tables",
    "support_tables",
    "left_out_sources",
    "findings",
    "modalities",
    "body_parts",
    "views",
)


def read_config(path: Path) -> TrainingConfig:
    """Read a training configuration.

    Raises:
        ConfigError: It is missing, is no TOML, or has a key or value that is not known.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(path, "there is no such file") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, f"it is not TOML ({error})") from error
    try:
        return _config_from(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(path, _plain(error)) from error


def _config_from(content: dict[str, Any]) -> TrainingConfig:
    parts = dict(content)
    network = dict(parts.pop("network", {}))
    if "block_config" in network:
        network["block_config"] = tuple(network["block_config"])
    classes = tuple(
        BundleClass(str(one["name"]), tuple(one["findings"])) for one in parts.pop("classes")
    )
    selection = dict(parts.pop("selection", {}))
    if "views" in selection:
        selection["views"] = tuple(selection["views"])
    logits = 1 if len(classes) == 2 else len(classes)
    for key in _LISTS:
        if key in parts:
            parts[key] = tuple(parts[key])
    return TrainingConfig(
        classes=classes,
        input=InputSpec(**parts.pop("input")),
        selection=Selection(**selection),
        network=DenseNetConfig(**network, classes=logits),
        rules=Rules(**parts.pop("rules", {})),
        stages={name: Stage(**stage) for name, stage in parts.pop("stages").items()},
        **parts,
    )


def _plain(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error).removeprefix("TrainingConfig.__init__() ").removeprefix("Stage.__init__() ")
