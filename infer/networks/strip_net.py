"""StripNet sees one row of traces, flattened: a distribution over y for every column, edges of leads, the grid."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from infer.networks.unet import UNet
from infer.networks.view import CELL


class StripView(NamedTuple):
    """What `StripNet` sees, per column.

    Attributes:
        y: Logits over the rows of pixels, (B, H, W).
        printed: Logit of a trace being printed there, (B, W).
        edge: Logits of a lead beginning or the last one ending there, and of an upright stroke of a calibration pulse,
            (B, 2, W).
        place: How far to the right of a column the nearest of them lies, mm, where one is near, (B, 2, W).
        phase: cos and sin of 2 pi x / 5 mm, of 2 pi x / 1 mm, then of y likewise, per cell, counted from the grid's
            lines, (B, 8, H / 4, W / 4).
    """

    y: Tensor
    printed: Tensor
    edge: Tensor
    place: Tensor
    phase: Tensor


class StripNet(nn.Module):
    """A U-Net over cells; y by pixel-shuffle, columns by pooling over y, and by what is seen where y says the trace is.

    Args:
        widths: Channels of each level.
    """

    def __init__(self, widths: tuple[int, ...] = (48, 64, 96, 128, 160)) -> None:
        super().__init__()
        self.body = UNet(3 * CELL * CELL, widths, nn.BatchNorm2d)
        self.y = nn.Conv2d(widths[0], CELL * CELL, 1)
        self.phase = nn.Conv2d(widths[0], 8, 1)
        self.columns = nn.Sequential(
            nn.Conv1d(3 * widths[0], widths[0], 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(widths[0], 5 * CELL, 5, padding=2),
        )

    def forward(self, strip: Tensor) -> StripView:
        """Look at strips (B, 3, H, W), normalised; H and W are multiples of 64."""
        seen = self.body(F.pixel_unshuffle(strip, CELL))
        y = F.pixel_shuffle(self.y(seen), CELL)[:, 0]
        rows = seen.permute(0, 2, 3, 1)  # (B, h, w, C), as it lies: sums along it are several times faster
        pooled = torch.cat([rows.mean(dim=1), rows.amax(dim=1), _at_trace(rows, y)], dim=2).transpose(1, 2)
        batch, _, cells = pooled.shape
        columns = self.columns(pooled).reshape(batch, 5, CELL, cells).transpose(2, 3).reshape(batch, 5, -1)
        return StripView(y, columns[:, 0], columns[:, 1:3], columns[:, 3:], self.phase(seen))


def _at_trace(rows: Tensor, y: Tensor) -> Tensor:
    """What is seen (B, H / 4, W / 4, C) where a trace is likely to lie by its logits (B, H, W): (B, W / 4, C)."""
    there = F.avg_pool2d(y.detach().softmax(dim=1)[:, None], CELL) * CELL  # of each cell; sums to 1 over y
    return (rows * there[:, 0, :, :, None]).sum(dim=1)
