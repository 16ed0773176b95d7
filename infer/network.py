"""The two small networks of the reader. The only file of `infer` that imports torch at its top.

`PageNet` sees the whole picture, small, and tells for every cell of 4 x 4 pixels where on the page it lies.
`StripNet` sees one row of traces, flattened, and gives for every column a distribution over y.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Both networks look at cells of this many pixels (pixel-unshuffle).
CELL = 4


class PageView(NamedTuple):
    """What `PageNet` sees, per cell; all (B, C, h, w).

    Attributes:
        phase: cos and sin of 2 pi x / 5 mm and of 2 pi y / 5 mm, counted from the grid's lines; C = 4.
        place: (x, y) in units of 100 mm from time 0 and the first row's 0 mV; C = 2.
        paper: Logit of lying on the page; C = 1.
    """

    phase: Tensor
    place: Tensor
    paper: Tensor


class StripView(NamedTuple):
    """What `StripNet` sees, per column.

    Attributes:
        y: Logits over the rows of pixels, (B, H, W).
        printed: Logit of a trace being printed there, (B, W).
        edge: Logit of a lead beginning or the last one ending there, (B, W).
    """

    y: Tensor
    printed: Tensor
    edge: Tensor


class PageNet(nn.Module):
    """A U-Net over cells with a view of the whole page at its bottom.

    Args:
        widths: Channels of each level.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 32, 48, 64, 96)) -> None:
        super().__init__()
        self.body = _UNet(3 * CELL * CELL, widths, nn.GroupNorm)
        self.head = nn.Conv2d(widths[0], 7, 1)

    def forward(self, picture: Tensor) -> PageView:
        """Look at pictures (B, 3, H, W), normalised; H and W are multiples of 64."""
        seen = self.head(self.body(F.pixel_unshuffle(picture, CELL)))
        return PageView(seen[:, :4], seen[:, 4:6], seen[:, 6:])


class StripNet(nn.Module):
    """A U-Net over cells; y by pixel-shuffle, columns by pooling over y.

    Args:
        widths: Channels of each level.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 32, 48, 64)) -> None:
        super().__init__()
        self.body = _UNet(3 * CELL * CELL, widths, nn.BatchNorm2d)
        self.y = nn.Conv2d(widths[0], CELL * CELL, 1)
        self.columns = nn.Sequential(
            nn.Conv1d(2 * widths[0], widths[0], 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(widths[0], 2 * CELL, 5, padding=2),
        )

    def forward(self, strip: Tensor) -> StripView:
        """Look at strips (B, 3, H, W), normalised; H and W are multiples of 32."""
        seen = self.body(F.pixel_unshuffle(strip, CELL))
        y = F.pixel_shuffle(self.y(seen), CELL)[:, 0]
        pooled = torch.cat([seen.mean(dim=2), seen.amax(dim=2)], dim=1)
        batch, _, cells = pooled.shape
        columns = self.columns(pooled).reshape(batch, 2, CELL, cells).transpose(2, 3).reshape(batch, 2, -1)
        return StripView(y, columns[:, 0], columns[:, 1])


class Reader(nn.Module):
    """Both networks, trained and stored together."""

    def __init__(self) -> None:
        super().__init__()
        self.page = PageNet()
        self.strip = StripNet()


def normalise(picture: Tensor) -> Tensor:
    """uint8 pictures (B, 3, H, W) -> float32 of zero mean per channel and unit contrast."""
    x = picture.float()
    x = x - x.mean(dim=(2, 3), keepdim=True)
    return x / (x.square().mean(dim=(1, 2, 3), keepdim=True).sqrt() + 4.0)


class _UNet(nn.Module):
    def __init__(self, channels: int, widths: tuple[int, ...], norm: type[nn.Module]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, widths[0], 1)
        self.down = nn.ModuleList(
            _Block(low, high, norm) for low, high in zip((widths[0], *widths[:-1]), widths, strict=True)
        )
        self.whole = nn.Linear(2 * widths[-1], widths[-1])
        self.up = nn.ModuleList(
            _Block(high + low, low, norm) for low, high in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        levels = []
        for k, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if k else x)
            levels.append(x)
        x = levels.pop()
        view = self.whole(torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1))
        x = F.relu(x + view[:, :, None, None])
        for block in self.up:
            beside = levels.pop()
            x = block(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), beside], dim=1))
        return x


class _Block(nn.Module):
    def __init__(self, channels: int, width: int, norm: type[nn.Module]) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(
            nn.GroupNorm(8, width) if norm is nn.GroupNorm else nn.BatchNorm2d(width) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norms[0](self.first(x)))
        return F.relu(self.norms[1](self.second(x)))
