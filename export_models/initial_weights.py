"""`--init FILE`: start a DenseNet from weights that were trained elsewhere.

    torchvision   features.denseblock1.denselayer1.conv1.weight, also the older ...conv.1.weight
    CheXNet       module.densenet121.features..., classifier.0
    torchxrayvision   features..., one input channel, op_threshs
    ours          what training wrote, backbones of larger networks included

Files are read with `weights_only=True`, always: a pickle can run any program. Nothing is
changed in the network unless everything but the classifier fits.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import Tensor

from export_models.densenet import IMAGENET_MEAN, IMAGENET_STD, DenseNet
from inference.errors import InferenceError

_WRAPPERS = ("state_dict", "model_state_dict", "model", "network", "net", "weights")
_PREFIX = re.compile(r"^(?:module|model|network|net|backbone|cnn|encoder|densenet\d*)\.")
_OLD_LAYER = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")
_CLASSIFIER = re.compile(r"^(?:classifier|fc)\.(?:0\.)?(weight|bias)$")
_FIRST = "features.conv0.weight"
# torchxrayvision's radiographs run from -1024 to 1024.
_XRV_HALF_RANGE = 1024.0


class InitialWeightsError(InferenceError):
    """A file of weights cannot be used to start from."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot start from {path.name}: {reason}.")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class InitialWeights:
    """What came of loading a file.

    Attributes:
        loaded: Entries of the state dict that were taken over.
        has_classifier: Whether the classifier was among them.
        notes: Sentences about what was converted or left alone.
    """

    loaded: int
    has_classifier: bool
    notes: tuple[str, ...] = ()


def load_initial_weights(network: DenseNet, path: Path) -> InitialWeights:
    """Load weights into a network; a classifier of another size keeps its initial values.

    Args:
        network: Changed in place, or not at all.
        path: A state dict as torch saves it, or a checkpoint that holds one.

    Raises:
        InitialWeightsError: The file cannot be read, holds more than weights, or holds
            those of another network.
    """
    given, notes = _with_our_names(_state_dict(path))
    if _FIRST not in given:
        raise InitialWeightsError(
            path, f"it holds no DenseNet (there is no {_FIRST} in it); give a DenseNet's weights"
        )
    own = network.state_dict()
    if given[_FIRST].ndim == 4 and given[_FIRST].shape[1] == 1:
        given, note = _for_three_channels(given)
        notes.append(note)
    has_classifier = _take_classifier(given, own, notes)
    given.pop("op_threshs", None)
    unused = [name for name in given if name not in own]
    if unused:
        notes.append(f"{len(unused)} entries are not of this network, such as {unused[0]}.")
    taken = {name: value for name, value in given.items() if name in own}
    _check(path, own, taken)
    with torch.no_grad():
        for name, value in taken.items():
            own[name].copy_(value)  # state_dict shares its memory with the network
    return InitialWeights(len(taken), has_classifier, tuple(notes))


def _state_dict(path: Path) -> dict[str, Tensor]:
    try:
        with _harmless_scalars():
            content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise InitialWeightsError(path, "the file is missing or may not be read") from error
    except UnpicklingError as error:
        raise InitialWeightsError(
            path,
            "it is damaged, or holds program objects and not only weights, which is never "
            "loaded; save the state_dict() of its model and use that",
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, LookupError, AttributeError) as error:
        raise InitialWeightsError(
            path, "it is not a file of weights as torch saves them, or it is damaged"
        ) from error
    for key in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if not isinstance(content, Mapping):
        raise InitialWeightsError(path, "it holds no state dict; save model.state_dict()")
    tensors = {str(name): value for name, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        raise InitialWeightsError(path, "there are no weights in it")
    return tensors


@contextlib.contextmanager
def _harmless_scalars() -> Iterator[None]:
    """Let checkpoints hold numpy's plain numbers, such as a best score, beside weights."""
    scalar = np.float64(0).__reduce__()[0]
    allowed: list[Any] = [
        np.dtype,
        type(np.dtype(np.float64)),
        type(np.dtype(np.float32)),
        type(np.dtype(np.int64)),
        (scalar, "numpy._core.multiarray.scalar"),
        (scalar, "numpy.core.multiarray.scalar"),
    ]
    with torch.serialization.safe_globals(allowed):
        yield


def _with_our_names(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    notes: list[str] = []
    renamed: dict[str, Tensor] = {}
    has_old_names = False
    for name, value in state.items():
        new = name
        while (shorter := _PREFIX.sub("", new)) != new:
            new = shorter
        if old := _OLD_LAYER.search(new):
            has_old_names = True
            new = new.replace(old.group(0), f"{old.group(1)}{old.group(2)}.")
        if classifier := _CLASSIFIER.match(new):
            new = f"classifier.{classifier.group(1)}"
        renamed.setdefault(new, value)
    if has_old_names:
        notes.append("Names of torchvision before 0.3 were brought up to date.")
    return renamed, notes


def _for_three_channels(given: dict[str, Tensor]) -> tuple[dict[str, Tensor], str]:
    """Weights for one grey channel -> weights for three equal ones, each with its own scale.

    Our three channels are (x - mean_c) / std_c of the same brightness x in [0, 1]. Those of
    torchxrayvision expect 1024 (2 x - 1); scaled and shifted, the first layer gives the same
    values there, but for a rim of three pixels, where it pads with another grey.
    """
    weight = given[_FIRST]
    converted = dict(given)
    if "op_threshs" not in given:
        converted[_FIRST] = weight.repeat(1, 3, 1, 1) / 3
        return converted, "Its one input channel was shared among three."
    mean = torch.tensor(IMAGENET_MEAN)
    std = torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    converted[_FIRST] = weight * (2 * _XRV_HALF_RANGE / 3) * std
    offset = _XRV_HALF_RANGE * (1 - 2 * float(mean.mean()))
    converted["features.norm0.running_mean"] = given[
        "features.norm0.running_mean"
    ] + offset * weight.sum((1, 2, 3))
    return converted, "torchxrayvision's one channel from -1024 to 1024 was converted to ours."


def _take_classifier(given: dict[str, Tensor], own: Mapping[str, Tensor], notes: list[str]) -> bool:
    """Leave a classifier that does not fit out of `given`; whether one stays."""
    names = ("classifier.weight", "classifier.bias")
    if all(name in given and given[name].shape == own[name].shape for name in names):
        return True
    found = [given.pop(name, None) for name in names]
    if found[0] is None:
        notes.append("It holds no classifier; ours keeps its initial values.")
    else:
        notes.append(
            f"Its classifier has {found[0].shape[0]} outputs where {len(own[names[1]])} are "
            "needed; ours keeps its initial values."
        )
    return False


def _check(path: Path, own: Mapping[str, Tensor], taken: Mapping[str, Tensor]) -> None:
    for name, value in taken.items():
        if value.shape != own[name].shape:
            there, here = (" x ".join(map(str, one.shape)) for one in (value, own[name]))
            raise InitialWeightsError(
                path,
                f"it is of a network of another size ({name} is {there} there and {here} here); "
                "choose weights of the network that the configuration describes",
            )
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise InitialWeightsError(path, f"{name} in it is not a number everywhere")
    missing = [
        name
        for name in own
        if name not in taken
        and not name.endswith("num_batches_tracked")  # torchvision's old files have none
        and not name.startswith("classifier.")
    ]
    if missing:
        raise InitialWeightsError(
            path,
            f"it lacks {len(missing)} of this network's {len(own)} entries, such as {missing[0]}; "
            "choose weights of the network that the configuration describes",
        )
