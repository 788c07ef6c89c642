"""Deep Taylor as zennit computes it, given our rules: an oracle, and what a user would write."""

import copy
import sys
from importlib.util import find_spec
from types import ModuleType

import torch
from torch import Tensor, nn

from export_models.deep_taylor import Rules
from export_models.densenet import DenseNet


def stand_ins() -> dict[str, ModuleType]:
    """Modules that zennit 0.5 needs to be imported where torchvision is missing.

    It names two ResNet blocks of torchvision as it is imported and uses neither here.
    """
    if find_spec("torchvision") is not None or "zennit" in sys.modules:
        return {}
    resnet = ModuleType("torchvision.models.resnet")
    resnet.__dict__.update(Bottleneck=nn.Module, BasicBlock=nn.Module)
    names = ("torchvision", "torchvision.models")
    return {name: ModuleType(name) for name in names} | {"torchvision.models.resnet": resnet}


class Hookable(nn.Module):
    """The network with its global pool and classifier as modules that zennit can hook."""

    def __init__(self, network: DenseNet, dtype: torch.dtype, *, negated: bool) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).to(dtype)
        self.network.classifier = nn.Linear(1, 1)  # not used
        self.network.classifier.forward = lambda values: values  # type: ignore[method-assign]
        self.network.normalise = nn.Identity()  # type: ignore[assignment]
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = copy.deepcopy(network.classifier).to(dtype)
        if negated:
            self.classifier.weight.data *= -1
        self.eval()

    def forward(self, pixels: Tensor) -> Tensor:
        trace = self.network.forward_traced(pixels)
        logits: Tensor = self.classifier(self.pool(trace.feature_map).flatten(1))
        return logits


class ZennitRelevance:
    """Montavon's rules as zennit has them; ReLU, concat and pools by their gradients.

    Made once for a network, since copying it takes longer than running it.
    """

    def __init__(self, network: DenseNet, rules: Rules, dtype: torch.dtype = torch.float64) -> None:
        from zennit.core import Composite
        from zennit.rules import Norm, Pass, ZBox, ZPlus

        self._network, self._rules, self._dtype = network, rules, dtype
        tiny = {"stabilizer": 1e-14 if dtype == torch.float64 else 1e-9}
        low, high = (bound.to(dtype) for bound in network.normalise.box())

        def rule_of(context: object, name: str, module: nn.Module) -> object:
            if name.endswith("conv0"):
                if rules.first_layer == "bounded":
                    return ZBox(low=low, high=high, **tiny)
                return ZPlus(**tiny)
            if isinstance(module, nn.Conv2d) or name == "classifier":
                return ZPlus(zero_params="bias", **tiny)
            if isinstance(module, nn.BatchNorm2d):
                return Pass()
            if isinstance(module, nn.AdaptiveAvgPool2d) and rules.global_pool == "proportional":
                return Norm(**tiny)
            return None

        self._composite = Composite(module_map=rule_of)
        self._hookable = {
            negated: Hookable(network, dtype, negated=negated) for negated in (False, True)
        }

    def __call__(self, images: Tensor, logits: Tensor) -> Tensor:
        """Relevance, unscaled, of images (N, C, S, S) with logits (N, 1): (N, S, S)."""
        found = []
        for image, logit in zip(
            self._network.normalise(images).to(self._dtype), logits, strict=True
        ):
            if self._rules.output == "positive" and logit <= 0:
                found.append(torch.zeros(image.shape[1:], dtype=self._dtype))
                continue
            hookable = self._hookable[self._rules.output == "predicted" and bool(logit < 0)]
            given = image[None].clone().requires_grad_()
            with self._composite.context(hookable) as hooked:
                one = torch.ones(1, 1, dtype=self._dtype)
                found.append(torch.autograd.grad(hooked(given), given, one)[0][0].sum(0))
        return torch.stack(found)


def zennit_relevance(network: DenseNet, rules: Rules, images: Tensor, logits: Tensor) -> Tensor:
    """In float64, as an oracle."""
    return ZennitRelevance(network, rules)(images, logits)
