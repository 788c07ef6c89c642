"""Saliency maps of the training images, computed once and kept on disk (step 2's input).

The IG network would otherwise see only how the classifier explains images it has learnt by
heart, on which it is surer than it will ever be again. So beside the map of each image there
are maps of augmented copies of it, and an epoch draws among them.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from export_models.augmentation import Strength, augment
from export_models.deep_taylor import DeepTaylor
from export_models.training_data import PreparedCases

_BATCH = 32


def saliency_maps(
    explained: DeepTaylor,
    cases: PreparedCases,
    indices: NDArray[np.intp],
    *,
    variants: int,
    strength: Strength,
    cache: Path,
    seed: int = 0,
) -> Iterator[NDArray[np.float16] | tuple[int, int]]:
    """Compute the maps, or read them from the cache.

    Args:
        explained: The classifier with its rules, in evaluation mode.
        cases: Prepared cases.
        indices: (n,) which of them.
        variants: Maps of each; the first of the image as it is, the others of augmented ones.
        strength: Of that augmentation.
        cache: Folder for the maps.
        seed: Of the augmentation.

    Yields:
        (done, total) while it works, and last the maps, (variants, n, S, S) float16 in [0, 1].
    """
    path = cache / f"saliency-{_fingerprint(explained, cases, indices, variants, strength)}.npy"
    if path.is_file():
        yield np.load(path, allow_pickle=False)
        return
    torch.manual_seed(seed)
    size = cases.images.shape[-1]
    maps = np.zeros((variants, len(indices), size, size), np.float16)
    total = variants * len(indices)
    for variant in range(variants):
        for start in range(0, len(indices), _BATCH):
            chosen = indices[start : start + _BATCH]
            images = torch.as_tensor(cases.images[chosen]).float() / 255
            if variant:
                images, _ = augment(images, None, strength)
            with torch.no_grad():
                maps[variant, start : start + len(chosen)] = (
                    explained(images)[1][:, 0].cpu().numpy()
                )
            yield variant * len(indices) + start + len(chosen), total
    cache.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.npy")
    np.save(partial, maps, allow_pickle=False)
    partial.replace(path)
    yield maps


def _fingerprint(
    explained: DeepTaylor,
    cases: PreparedCases,
    indices: NDArray[np.intp],
    variants: int,
    strength: Strength,
) -> str:
    digest = hashlib.sha256(repr((explained.rules, variants, strength)).encode())
    for name, value in sorted(explained.network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.cpu().numpy().tobytes())
    digest.update(cases.images[indices].tobytes())
    return digest.hexdigest()[:16]
