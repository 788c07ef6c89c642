"""Augmentation keeps range and shape, moves masks with images, and really changes them."""

from typing import get_args

import pytest
import torch

from export_models.augmentation import Strength, augment


@pytest.mark.parametrize("strength", get_args(Strength))
def test_images_stay_in_range_and_keep_their_shape(strength: Strength) -> None:
    torch.manual_seed(0)
    images = torch.rand(6, 3 if strength == "skin" else 1, 48, 48)
    changed, masks = augment(images, None, strength)
    assert changed.shape == images.shape
    assert masks.shape == (6, 0, 48, 48)
    assert float(changed.min()) >= 0
    assert float(changed.max()) <= 1
    assert torch.equal(changed, images) == (strength == "none")


@pytest.mark.parametrize("strength", ["light", "moderate", "strong"])
def test_masks_move_with_what_they_mark(strength: Strength) -> None:
    torch.manual_seed(1)
    images = torch.full((16, 1, 64, 64), 0.2)
    images[:, :, 30:44, 12:26] = 0.9
    marked = (images > 0.5).float()
    changed, masks = augment(images, marked, strength)
    inside = torch.stack([one[mask > 0.9].mean() for one, mask in zip(changed, masks, strict=True)])
    outside = torch.stack([one[mask == 0].mean() for one, mask in zip(changed, masks, strict=True)])
    assert (inside - outside > 0.1).float().mean() > 0.9  # a painted box may hide one


def test_the_papers_recipe_changes_no_grey_value_but_by_moving() -> None:
    torch.manual_seed(2)
    images = torch.full((4, 1, 32, 32), 0.37)
    torch.manual_seed(3)  # border padding, so that nothing comes in from outside
    for _ in range(8):
        changed, _ = augment(images, None, "light")
        values = changed[changed > 0]
        assert float(values.max()) <= 0.37 + 1e-6
