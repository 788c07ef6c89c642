"""Random changes that must not change the diagnosis, applied to a batch at a time.

"light" is the papers' recipe: small rotations and translations. "moderate" mirrors, and adds
what differs between hospitals and not between diseases: size, exposure and contrast. "strong"
does so more, with sharpness, noise, and boxes painted over like lettering and collimation; it
wants a longer training. "skin" has no up or down, and keeps colours.
"""

from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import Tensor

Strength = Literal["none", "light", "moderate", "strong", "skin"]


def augment(images: Tensor, masks: Tensor | None, strength: Strength) -> tuple[Tensor, Tensor]:
    """Change a batch at random, its masks along with it.

    Args:
        images: (N, C, S, S) in [0, 1].
        masks: (N, M, S, S) in [0, 1], moved with the images; None for none.
        strength: See the module.

    Returns:
        Images in [0, 1] and masks in [0, 1], of the shapes given (M is 0 without masks).
    """
    if masks is None:
        masks = images.new_zeros((len(images), 0, *images.shape[2:]))
    if strength == "none":
        return images, masks
    grid = _random_grid(images.shape, strength)
    padding = "border" if torch.rand(()) < 0.5 else "zeros"
    images = F.grid_sample(images, grid, padding_mode=padding, align_corners=False)
    if masks.shape[1]:
        masks = F.grid_sample(masks, grid, align_corners=False)
    if strength == "moderate":
        images = _re_exposed(images, 0.5)
    elif strength == "strong":
        images = _covered(_noisy(_resharpened(_re_exposed(images, 1.0))))
    elif strength == "skin":
        images = _recoloured(images)
    return images.clamp(0, 1), masks


def _random_grid(shape: torch.Size, strength: Strength) -> Tensor:
    count = shape[0]
    if strength == "light":
        degrees, zoom, shift, mirror = 7.0, (1.0, 1.0), 0.1, False
    elif strength == "moderate":
        degrees, zoom, shift, mirror = 7.0, (0.92, 1.07), 0.07, True
    elif strength == "strong":
        degrees, zoom, shift, mirror = 12.0, (0.86, 1.12), 0.12, True
    else:
        degrees, zoom, shift, mirror = 180.0, (0.75, 1.05), 0.08, True
    angle = torch.empty(count).uniform_(-degrees, degrees).deg2rad()
    scale = torch.empty(count, 2).uniform_(*zoom)
    sign = torch.where(torch.rand(count) < 0.5, -1.0, 1.0) if mirror else torch.ones(count)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = sign * scale[:, 0] * angle.cos(), -scale[:, 1] * angle.sin()
    matrix[:, 1, 0], matrix[:, 1, 1] = sign * scale[:, 0] * angle.sin(), scale[:, 1] * angle.cos()
    matrix[:, :, 2] = torch.empty(count, 2).uniform_(-shift, shift)
    return F.affine_grid(matrix, list(shape), align_corners=False)


def _per_image(images: Tensor, low: float, high: float) -> Tensor:
    return torch.empty(len(images), 1, 1, 1).uniform_(low, high)


def _re_exposed(images: Tensor, amount: float) -> Tensor:
    images = images.clamp_min(1e-5) ** torch.exp(_per_image(images, -0.5, 0.5) * amount)
    contrast = 1 + _per_image(images, -0.3, 0.3) * amount
    brightness = _per_image(images, -0.12, 0.12) * amount
    return (images - 0.5) * contrast + 0.5 + brightness


def _resharpened(images: Tensor) -> Tensor:
    """From sharpened (-0.8) to blurred (1): film, phosphor plate or detector."""
    blurred = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return images + (blurred - images) * _per_image(images, -0.8, 1.0)


def _noisy(images: Tensor) -> Tensor:
    return images + torch.randn_like(images) * _per_image(images, 0.0, 0.04)


def _covered(images: Tensor) -> Tensor:
    """Up to two boxes of one grey, a twentieth to a quarter of the side."""
    images = images.clone()
    side = images.shape[-1]
    for image in images:
        for _ in range(int(torch.randint(0, 3, ()))):
            height, width = (int(v) for v in torch.randint(side // 20, side // 4, (2,)))
            top, left = (int(torch.randint(0, side - v, ())) for v in (height, width))
            image[:, top : top + height, left : left + width] = torch.rand(())
    return images


def _recoloured(images: Tensor) -> Tensor:
    """Exposure, and a light of another colour: one gain for each channel."""
    images = images.clamp_min(1e-5) ** torch.exp(_per_image(images, -0.2, 0.2))
    gain = torch.empty(len(images), images.shape[1], 1, 1).uniform_(0.9, 1.1)
    return images * gain * _per_image(images, 0.85, 1.15)
