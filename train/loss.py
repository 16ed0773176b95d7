"""What the networks are trained to minimise."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from infer.network import PageView, StripView


def page_loss(seen: PageView, phase: Tensor, place: Tensor, paper: Tensor) -> Tensor:
    """Squared error of the phase, absolute error of the place, both on the page only; and the page itself.

    Args:
        seen: The network's view, batch B.
        phase: (B, 4, h, w).
        place: (B, 2, h, w).
        paper: (B, h, w) in {0, 1}.
    """
    on = paper[:, None]
    area = on.sum().clamp_min(1.0)
    phase_error = ((seen.phase - phase).square() * on).sum() / area / 4.0
    place_error = ((seen.place - place).abs() * on).sum() / area / 2.0
    return 2.0 * phase_error + 4.0 * place_error + F.binary_cross_entropy_with_logits(seen.paper[:, 0], paper)


def strip_loss(seen: StripView, y: Tensor, edge: Tensor, sigma: float, offset: bool) -> Tensor:
    """Cross-entropy of each column to a narrow Gaussian at the true y; then L1 on the soft-argmax.

    Args:
        seen: The network's view, batch B.
        y: True row per column, (B, W); NaN where nothing is printed.
        edge: Heat of lead boundaries, (B, W) in [0, 1].
        sigma: Width of the Gaussian, in rows.
        offset: Whether the L1 term counts.
    """
    printed = torch.isfinite(y)
    log_p = F.log_softmax(seen.y, dim=1)
    rows = torch.arange(log_p.shape[1], device=y.device, dtype=log_p.dtype)[:, None]
    target = torch.exp(-0.5 * ((rows - torch.nan_to_num(y)[:, None]) / sigma).square())
    target = target / target.sum(dim=1, keepdim=True).clamp_min(1e-6)
    share = printed.to(log_p.dtype)
    count = share.sum().clamp_min(1.0)
    loss = -((target * log_p).sum(dim=1) * share).sum() / count
    if offset:
        mean = (log_p.exp() * rows).sum(dim=1)
        loss = loss + 0.1 * ((mean - torch.nan_to_num(y)).abs().clamp_max(20.0) * share).sum() / count
    there = F.binary_cross_entropy_with_logits(seen.printed, share)
    edges = F.binary_cross_entropy_with_logits(seen.edge, edge, pos_weight=torch.tensor(10.0, device=y.device))
    return loss + there + edges
