"""What training minimises."""

import torch

from infer.networks.strip_net import StripView
from train.loss import strip_loss


def _lost_by_grid(off: torch.Tensor, length: float = 1.0) -> float:
    """Loss of phases that are off by so many radians, (h, w), or so short, where everything else is right."""
    h, w = off.shape
    true = torch.zeros(1, 8, h, w)
    true[:, ::2] = 1.0
    seen = torch.stack([off.cos(), off.sin()]).repeat(4, 1, 1)[None] * length
    y = torch.full((1, 4 * w), 8.0)
    view = StripView(
        torch.zeros(1, 4 * h, 4 * w), torch.zeros(1, 4 * w), torch.zeros(1, 2, 4 * w), torch.zeros(1, 2, 4 * w), seen
    )
    return float(strip_loss(view, y, torch.full((1, 2, 4 * w), torch.inf), true, 1.2, offset=True)["grid"])


def test_phases_that_are_right_lose_nothing() -> None:
    assert _lost_by_grid(torch.zeros(32, 32)) == 0.0


def test_phases_that_are_off_alike_lose_more_than_those_whose_mean_is_right() -> None:
    alike = torch.full((32, 32), 0.2)
    mixed = alike * (2.0 * ((torch.arange(32) + torch.arange(32)[:, None]) % 2) - 1.0)
    assert _lost_by_grid(alike) > 3.0 * _lost_by_grid(mixed)


def test_phases_that_cannot_be_seen_lose_no_more_than_their_length() -> None:
    assert abs(_lost_by_grid(torch.zeros(32, 32), length=0.0) - 1.0) < 1e-6
