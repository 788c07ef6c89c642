"""A small network that finds the box around both lungs, so that everything else sees lungs.

Cropping comes before all other steps, in training, in the catalogue and in the viewer: it
takes away lettering, borders and collimation, which tell the hospital and not the disease,
and brings the lungs of all radiographs to the same place and size.

    (N, 1, 128, 128) in [0, 1] -> (N, 4): left, top, right, bottom, in shares of the sides
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from numpy.typing import NDArray
from torch import Tensor, nn

from export_models.datasets.records import LabelledCase
from inference.errors import InferenceError
from inference.preprocess import lung_finder_input
from inference.radiograph_io import display_brightness, read_radiograph

LUNG_FINDER_SIZE = 128

log = logging.getLogger(__name__)


class LungFinder(nn.Module):
    """Five strided convolutions, then profiles along both axes, from which edges are read.

    A row profile and a column profile keep where things are, which a global pool would
    lose; each edge is the expected position under a softmax over its profile, so it is a
    position by construction and moves with the image.
    """

    positions: Tensor

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        channels = [1, width, 2 * width, 3 * width, 4 * width, 4 * width]
        strides = [2, 2, 2, 1, 1]
        steps: list[nn.Module] = []
        for before, after, stride in zip(channels, channels[1:], strides, strict=False):
            steps += [
                nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.trunk = nn.Sequential(*steps)
        self.context = nn.Conv2d(4 * width, 4 * width, 5, padding=4, dilation=2)
        self.across = nn.Conv1d(4 * width, 2, 3, padding=1)
        self.down = nn.Conv1d(4 * width, 2, 3, padding=1)
        cells = LUNG_FINDER_SIZE // 8
        # From a little outside the image, so that an edge at the border can be reached.
        self.register_buffer(
            "positions", torch.linspace(-0.1, 1.1, cells).view(1, 1, cells), persistent=False
        )

    def forward(self, image: Tensor) -> Tensor:
        """(N, 1, 128, 128) in [0, 1] -> (N, 4) boxes: left, top, right, bottom in [0, 1]."""
        values = self.trunk(image - 0.5)
        values = values + F.relu(self.context(values))
        edges = [
            (head(values.mean(axis)).softmax(2) * self.positions).sum(2)
            for head, axis in ((self.across, 2), (self.down, 3))
        ]
        left_right, top_bottom = (edge.clamp(0.0, 1.0) for edge in edges)
        return torch.stack(
            [left_right[:, 0], top_bottom[:, 0], left_right[:, 1], top_bottom[:, 1]], 1
        )


def box_overlap(one: Tensor, other: Tensor) -> Tensor:
    """Intersection over union of (N, 4) boxes, in [0, 1]."""
    corner_low = torch.maximum(one[:, :2], other[:, :2])
    corner_high = torch.minimum(one[:, 2:], other[:, 2:])
    shared = (corner_high - corner_low).clamp_min(0).prod(1)
    areas = (one[:, 2:] - one[:, :2]).prod(1) + (other[:, 2:] - other[:, :2]).prod(1)
    return shared / (areas - shared).clamp_min(1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class LungBoxes:
    """Whole radiographs and the box around both lungs.

    Attributes:
        images: (n, 128, 128) uint8, as `preprocess.lung_finder_input` makes them.
        boxes: (n, 4) float32: left, top, right, bottom in shares of the sides.
    """

    images: NDArray[np.uint8]
    boxes: NDArray[np.float32]


def train_lung_finder(
    train: LungBoxes, valid: LungBoxes, *, steps: int = 1500, batch: int = 32, seed: int = 0
) -> tuple[LungFinder, float]:
    """Train on boxes, keep the weights with the best overlap on `valid`.

    Returns:
        The finder in evaluation mode, and its mean overlap (IoU) on `valid`.
    """
    torch.manual_seed(seed)
    finder = LungFinder()
    optimiser = torch.optim.AdamW(finder.parameters(), 2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    images = torch.from_numpy(train.images)[:, None].float() / 255
    boxes = torch.from_numpy(train.boxes)
    best, best_state = -1.0, finder.state_dict()
    for step in range(steps):
        chosen = torch.randint(len(images), (batch,))
        moved, targets = _moved(images[chosen], boxes[chosen])
        finder.train()
        predicted = finder(moved)
        loss = F.smooth_l1_loss(predicted, targets, beta=0.02)
        loss = loss + 0.1 * (1 - box_overlap(predicted, targets)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            overlap = _mean_overlap(finder, valid)
            log.info("step %d: loss %.4f, overlap %.3f", step + 1, loss.item(), overlap)
            if overlap > best:
                best = overlap
                best_state = {name: value.clone() for name, value in finder.state_dict().items()}
    finder.load_state_dict(best_state)
    return finder.eval(), best


def save_lung_finder(finder: LungFinder, path: Path) -> None:
    """Write the weights, whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save(finder.state_dict(), partial)
    partial.replace(path)


def load_lung_finder(path: Path) -> LungFinder:
    """Read weights that `save_lung_finder` wrote; in evaluation mode."""
    finder = LungFinder()
    finder.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return finder.eval()


@torch.no_grad()
def _mean_overlap(finder: LungFinder, cases: LungBoxes) -> float:
    finder.eval()
    predicted = finder(torch.from_numpy(cases.images)[:, None].float() / 255)
    return float(box_overlap(predicted, torch.from_numpy(cases.boxes)).mean())


def _moved(images: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror, zoom, shift and change contrast at random; the boxes follow."""
    count = len(images)
    mirrored = torch.rand(count) < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    flipped = torch.stack([1 - boxes[:, 2], boxes[:, 1], 1 - boxes[:, 0], boxes[:, 3]], 1)
    boxes = torch.where(mirrored[:, None], flipped, boxes)
    zoom = torch.empty(count, 2).uniform_(0.75, 1.35)  # of the visible part, across and down
    shift = torch.empty(count, 2).uniform_(-0.2, 0.2)
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, :, 2] = zoom[:, 0], zoom[:, 1], shift
    padding = "border" if torch.rand(()) < 0.5 else "zeros"
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
    images = F.grid_sample(images, grid, padding_mode=padding, align_corners=False)
    # Output position o shows input position zoom * (2 o - 1) + shift, both in [-1, 1].
    centred = boxes.view(count, 2, 2) * 2 - 1
    centred = (centred - shift[:, None]) / zoom[:, None]
    boxes = ((centred + 1) / 2).clamp(0, 1).view(count, 4)
    gamma = torch.empty(count, 1, 1, 1).uniform_(0.6, 1.6)
    gain = torch.empty(count, 1, 1, 1).uniform_(0.8, 1.2)
    images = (images.clamp_min(1e-6) ** gamma * gain).clamp(0, 1)
    return (images + 0.03 * torch.randn_like(images)).clamp(0, 1), boxes


def lung_boxes(cases: Iterable[LabelledCase], split: str) -> LungBoxes:
    """The whole radiographs of a split and the box around both lungs, where it is known.

    Raises:
        InferenceError: No case of the split has boxes.
    """
    images, boxes = [], []
    for case in cases:
        if case.split != split or not case.lung_boxes:
            continue
        radiograph = read_radiograph(case.path)
        rows, columns = radiograph.shape
        whole = lung_finder_input(display_brightness(radiograph), LUNG_FINDER_SIZE)
        images.append(np.round(whole[0, 0] * 255).astype(np.uint8))
        corners = np.array(
            [
                (left, top, left + width, top + height)
                for left, top, width, height in case.lung_boxes.values()
            ]
        )
        low, high = corners[:, :2].min(0), corners[:, 2:].max(0)
        sides = np.array((columns, rows))
        boxes.append(np.concatenate([low / sides, high / sides]).clip(0, 1))
    if not images:
        raise InferenceError(f"No case of the split {split!r} has lung boxes: nothing to learn.")
    return LungBoxes(np.stack(images), np.array(boxes, np.float32))
