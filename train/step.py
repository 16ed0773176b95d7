"""One step of training: what is lost, the gradient of it, how fast to follow it, and the average of all steps."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
import torch

from infer.networks.reader import Reader, normalise
from train.config import TrainConfig
from train.data import Example
from train.loss import page_loss, strip_loss
from train.together import Group


def forward_backward(
    config: TrainConfig, reader: Reader, examples: list[Example], step: int, group: Group
) -> dict[str, float]:
    """Add up this process's gradients; the losses are those of all processes."""
    device = group.device
    reader.train()
    losses: dict[str, float] = defaultdict(float, page=0.0)
    for example in examples:
        if example.page is None:
            continue
        with _half(config, device):
            seen = reader.page(_input(example.page.picture.transpose(2, 0, 1)[None], device))
        names = ("phase", "paper", "turn", "name", "rows", "pulse", "speed", "words")
        parts = page_loss(
            seen,
            *(torch.from_numpy(getattr(example.page, name).copy())[None].to(device) for name in names),
        )
        _backward(parts, "page", 1.0 / len(examples), losses)
    with _half(config, device):
        view = reader.strip(_input(np.concatenate([example.strips for example in examples]), device))
    y, edge, grid = (
        torch.from_numpy(np.concatenate([getattr(e, name) for e in examples])).to(device)
        for name in ("y", "edge", "grid")
    )
    parts = strip_loss(view, y, edge, grid, config.label_sigma, step >= config.offset_from, group.mean)
    _backward(parts, "strip", 1.0, losses)
    shared = group.mean(torch.tensor(list(losses.values()), dtype=torch.float64, device=device)).tolist()
    return {name: round(loss, 5) for name, loss in zip(losses, shared, strict=True)}


def _backward(parts: dict[str, torch.Tensor], net: str, share: float, losses: dict[str, float]) -> None:
    """Add the gradient of all parts of a loss, and what each of them is."""
    torch.stack(list(parts.values())).sum().mul(share).backward()  # type: ignore[no-untyped-call]
    for name, loss in parts.items():
        losses[f"{net}.{name}"] += share * float(loss.detach())
    losses[net] += share * sum(float(loss.detach()) for loss in parts.values())


def _half(config: TrainConfig, device: torch.device) -> torch.autocast:
    """bfloat16 where it is asked for; weights and losses stay float32."""
    asked = config.precision == "bfloat16" or (config.precision == "auto" and device.type == "cuda")
    return torch.autocast(device.type, torch.bfloat16, enabled=asked)


def _input(picture: np.ndarray[Any, np.dtype[np.uint8]], device: torch.device) -> torch.Tensor:
    return normalise(torch.from_numpy(picture).to(device)).contiguous(memory_format=torch.channels_last)


def learning_rate(config: TrainConfig, step: int) -> float:
    """Linear warm-up, then a cosine to zero."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))


@torch.no_grad()
def update_average(average: Reader, reader: Reader, decay: float) -> None:
    """Move the averaged weights towards those of now."""
    for mean, value in zip(average.state_dict().values(), reader.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1.0 - decay)
        else:
            mean.copy_(value)
