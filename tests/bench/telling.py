"""A small network that learns to tell crops of real pictures from ours, asked about pictures it never saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Crops = NDArray[np.uint8]  # (n, H, W, 3) RGB, of one picture

_FOLDS = 5
_EPOCHS = 10
_BATCH = 64
_RATE = 3e-3


class Teller(nn.Sequential):
    """Three layers, each half as fine as the one before; the mean of their answers decides. 33 k parameters."""

    def __init__(self) -> None:
        layers: list[nn.Module] = []
        for before, after, side in ((3, 24, 4), (24, 40, 3), (40, 64, 3)):
            layers += [nn.Conv2d(before, after, side, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(64, 1))


def telling_rates(real: Sequence[Crops], ours: Sequence[Crops], parts: int = 1) -> tuple[list[float], list[float]]:
    """Share of each picture's crops that are told right by a network that saw other pictures.

    Args:
        real: Crops per real picture; all of one size.
        ours: Crops per picture of ours; as many crops in all.
        parts: So many real ones, one after the other, are of one picture, and told by one network that saw none of it.

    Returns:
        One rate per real picture, and one per picture of ours; the mean of both means is the balanced accuracy.
    """
    rates: tuple[list[float], list[float]] = [0.0] * len(real), [0.0] * len(ours)
    folds = min(_FOLDS, len(real) // parts)
    for fold in range(folds):
        kept = [
            [k for k in range(len(group)) if k // size % folds == fold] for group, size in ((real, parts), (ours, 1))
        ]
        seen = [[k for k in range(len(group)) if k not in own] for group, own in zip((real, ours), kept, strict=True)]
        teller = _taught([real[k] for k in seen[0]], [ours[k] for k in seen[1]], seed=fold)
        for group, places, told, is_real in zip((real, ours), kept, rates, (True, False), strict=True):
            for k in places:
                told[k] = float(((_answers(teller, group[k]) > 0.0) == is_real).mean())
    return rates


def _taught(real: Sequence[Crops], ours: Sequence[Crops], seed: int) -> nn.Module:
    torch.manual_seed(seed)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    crops = np.concatenate([*real, *ours])
    labels = np.repeat([1.0, 0.0], [sum(map(len, real)), sum(map(len, ours))]).astype(np.float32)
    teller, steps = Teller(), _EPOCHS * (len(crops) // _BATCH)
    optimizer = torch.optim.AdamW(teller.parameters(), lr=_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    for _ in range(_EPOCHS):
        order = rng.permutation(len(crops))
        for first in range(0, len(crops) - _BATCH + 1, _BATCH):
            chosen = order[first : first + _BATCH]
            said = teller(_batch(_turned(crops[chosen], rng))).squeeze(1)
            loss = nn.functional.binary_cross_entropy_with_logits(said, torch.from_numpy(labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return teller.eval()


def _turned(crops: Crops, rng: np.random.Generator) -> Crops:
    """Each crop under a random flip and quarter turn, under the light and white balance of another camera."""
    turned = [np.rot90(crop[:, :: rng.choice((1, -1))], rng.integers(4)) for crop in crops]
    light = rng.uniform(0.85, 1.15, (len(crops), 1, 1, 1)) * rng.uniform(0.95, 1.05, (len(crops), 1, 1, 3))
    return np.clip(np.stack(turned) * light, 0.0, 255.0).astype(np.uint8)


def _batch(crops: Crops) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(crops.transpose(0, 3, 1, 2), dtype=np.float32) / 64.0 - 3.0)


@torch.no_grad()
def _answers(teller: nn.Module, crops: Crops) -> NDArray[np.float32]:
    """How real each crop looks, the mean of its eight flips and turns; above 0 is real."""
    said = [teller(_batch(np.rot90(crops[:, :, ::flip], turn, (1, 2)))) for flip in (1, -1) for turn in range(4)]
    return np.asarray(torch.stack(said).mean(dim=0).squeeze(1))
