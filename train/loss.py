"""What the networks are trained to minimise."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from infer.networks.page_net import PageView
from infer.networks.strip_net import StripView

#: A target that is not known and does not count.
UNKNOWN = -1

_SELDOM = 20.0  # cells beside names count as much as so many times the cells on them
_FEWEST = 200
_STEEP, _MOST_STEEP = 0.4, 4.0  # more weight of a column per row that the trace climbs near it, and the most
_NEAR = 3  # columns to either side that count as near
_EDGE, _EDGE_SIGMA_MM = 3.0, 0.25  # weight of boundaries, and how wide they are drawn
_PLACE, _PLACED_MM = 2.0, 1.0  # weight of where they lie, and from how far a column says so
_CELL, _MEAN, _AROUND = 2.0, 8.0, 3  # weights of phases of cells and of means over so many to either side
_BAR, _BAR_COLUMNS = 4.0, 5  # more weight of columns where leads meet, often under a bar, and how far to either side


def page_loss(
    seen: PageView,
    phase: Tensor,
    paper: Tensor,
    turn: Tensor,
    name: Tensor,
    rows: Tensor,
    pulse: Tensor,
    speed: Tensor,
    words: Tensor,
) -> dict[str, Tensor]:
    """Loss of every part of the view, weighted; the sum is what is minimised.

    Args:
        seen: The network's view, batch B.
        phase: (B, 4, h, w).
        paper: (B, h, w) in {0, 1}.
        turn: (B,) quarter turns.
        name: (B, h, w), 0 for none; of pages that are not upright 0 everywhere, as of `rows`, `pulse` and
            `words`.
        rows: (B, 3, h, w) in [0, 1].
        pulse: (B, h, w), 0 for none.
        speed: (B, h, w), UNKNOWN where not to be told.
        words: (B, h, w), 0 for none.
    """
    on = paper[:, None]
    area = on.sum().clamp_min(1.0)
    turns = F.log_softmax(seen.turn.float(), dim=1).gather(1, turn[:, None, None, None].expand_as(on).long())
    weight = torch.tensor([1.0, 2.0, 4.0], device=phase.device)[:, None, None]
    along = F.binary_cross_entropy_with_logits(seen.rows.float(), rows, pos_weight=weight, reduction="none")
    told = F.cross_entropy(seen.speed.float(), speed.clamp_min(0), reduction="none") * (speed != UNKNOWN)
    return {
        "phase": 2.0 * ((seen.phase - phase).square() * on).sum() / area / 4.0,
        "paper": F.binary_cross_entropy_with_logits(seen.paper[:, 0].float(), paper),
        "turn": 0.2 * -(turns * on).sum() / area,
        "name": 0.5 * _seldom(seen.name, name),
        "rows": along.sum(dim=1).mean(),
        "pulse": 0.3 * _seldom(seen.pulse, pulse),
        "speed": 0.2 * told.sum() / (speed != UNKNOWN).sum().clamp_min(1),
        "words": 0.5 * _seldom(seen.words, words),
    }


def _seldom(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of classes that fill few cells; 0 is none of them."""
    loss, there = F.cross_entropy(logits.float(), target, reduction="none"), target > 0
    count = there.sum().clamp_min(_FEWEST)
    return (loss * there).sum() / count + (loss * ~there).sum() / (_SELDOM * count)


def strip_loss(
    seen: StripView,
    y: Tensor,
    edge: Tensor,
    phase: Tensor,
    sigma: float,
    offset: bool,
    mean: Callable[[Tensor], Tensor] = lambda count: count,
) -> dict[str, Tensor]:
    """Cross-entropy of each column to a narrow Gaussian at the true y, then L1 on the soft-argmax; and the rest.

    Columns in and beside QRS complexes and where leads meet count more: nearly all of a reading's squared error lies
    there.

    Args:
        seen: The network's view, batch B.
        y: True row per column, (B, W); NaN where nothing is printed.
        edge: How far to the right the nearest lead boundary and the nearest upright stroke of a pulse lie, mm, inf for
            none, (B, 2, W).
        phase: cos and sin of the phases of the 5 mm and the 1 mm grid along x, then along y, per cell,
            (B, 8, H / 4, W / 4); NaN beside the grid.
        sigma: Width of the Gaussian, in rows.
        offset: Whether the L1 term counts.
        mean: Mean of a count over all processes that train together, so that the mean of their losses is that of one.
    """
    printed = torch.isfinite(y)
    log_p = F.log_softmax(seen.y.float(), dim=1)
    rows = torch.arange(log_p.shape[1], device=y.device, dtype=log_p.dtype)[:, None]
    target = torch.exp(-0.5 * ((rows - torch.nan_to_num(y)[:, None]) / sigma).square())
    target = target / target.sum(dim=1, keepdim=True).clamp_min(1e-6)
    heat = torch.exp(-0.5 * (edge / _EDGE_SIGMA_MM).square())
    share = _weight(y, heat[:, 0])
    count = mean(share.sum()).clamp_min(1.0)
    parts = {"y": -((target * log_p).sum(dim=1) * share).sum() / count}
    if offset:
        row = (log_p.exp() * rows).sum(dim=1)
        parts["offset"] = 0.25 * ((row - torch.nan_to_num(y)).abs().clamp_max(20.0) * share).sum() / count
    parts["printed"] = F.binary_cross_entropy_with_logits(seen.printed.float(), printed.to(log_p.dtype))
    weight = torch.tensor(10.0, device=y.device)
    parts["edge"] = _EDGE * F.binary_cross_entropy_with_logits(seen.edge.float(), heat, pos_weight=weight)
    near = edge.abs() < _PLACED_MM
    off = (seen.place.float() - torch.where(near, edge, 0.0)).abs() * near
    parts["place"] = _PLACE * off.sum() / mean(near.sum().float()).clamp_min(1.0)
    parts["grid"] = _grid_loss(seen.phase.float(), phase, mean)
    return parts


def _grid_loss(seen: Tensor, phase: Tensor, mean: Callable[[Tensor], Tensor]) -> Tensor:
    """Squared error of the phases of single cells, and of the mean of those around, which is what a reading believes.

    The second counts only as far as the network is sure: what cannot be seen is no reason to learn.
    """
    on, true = torch.isfinite(phase[:, ::2]), torch.nan_to_num(phase)
    cos, sin, true_cos, true_sin = seen[:, ::2], seen[:, 1::2], true[:, ::2], true[:, 1::2]
    off = torch.stack([cos * true_cos + sin * true_sin - 1.0, sin * true_cos - cos * true_sin], dim=1) * on[:, None]
    around = F.avg_pool2d(off.flatten(1, 2), 2 * _AROUND + 1, stride=1, padding=_AROUND).reshape(off.shape)
    sure = torch.hypot(cos, sin).detach().clamp_max(1.0)[:, None].square()
    count = mean(2.0 * on.sum().float()).clamp_min(1)
    lost: Tensor = _CELL * off.square().sum() + _MEAN * (sure * around.square()).sum()
    return lost / count


def _weight(y: Tensor, edge: Tensor) -> Tensor:
    """How much each column (B, W) counts: 0 where nothing is printed, more near steep climbs and where leads meet."""
    climb = F.pad(torch.nan_to_num(y.diff(dim=1).abs()), (1, 0))
    near = F.max_pool1d(climb[:, None], 2 * _NEAR + 1, stride=1, padding=_NEAR)[:, 0]
    meet = F.max_pool1d(edge[:, None], 2 * _BAR_COLUMNS + 1, stride=1, padding=_BAR_COLUMNS)[:, 0]
    return torch.isfinite(y) * (1.0 + (_STEEP * near).clamp_max(_MOST_STEEP) + _BAR * meet)
