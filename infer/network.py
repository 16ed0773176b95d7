"""The two small networks of the reader. The only file of `infer` that imports torch at its top.

`PageNet` sees the whole picture, small: which way is up, where the grid's lines run, which lead is printed where.
`StripNet` sees one row of traces, flattened, and gives for every column a distribution over y, and the grid again.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from infer.backend import PageSeen, StripSeen
from infer.view import GAINS_MM_MV, SPEEDS_MM_S
from synth.record import LEADS

#: Both networks look at cells of this many pixels (pixel-unshuffle).
CELL = 4

_WORDS = (24, 40)  # channels by which words are read: cells, then four of them at once


class PageView(NamedTuple):
    """What `PageNet` sees; all per cell, (B, C, h, w).

    Attributes:
        phase: cos and sin of 2 pi x / 5 mm and of 2 pi y / 5 mm, counted from the grid's lines, x along the paper's
            axis that runs most to the right in the picture; shorter than 1 where unsure; C = 4.
        paper: Logit of lying on the page; C = 1.
        turn: Logits of the quarter turns, clockwise, that the page was turned by; C = 4.
        name: Logits of no lead's name being printed there, then of the names in the order of `record.LEADS`; C = 13.
        rows: Logits of lying in a lead's territory, which is as wide as its trace and reaches halfway to the next
            rows; of lying on a zero line; and of a lead beginning there; C = 3.
        pulse: Logits of no calibration pulse being printed there, then of the gains it shows, `GAINS_MM_MV`; C = 5.
        speed: Logits of `SPEEDS_MM_S`; C = 3.
        words: Logits of no setting being printed there in words, of the speeds `SPEEDS_MM_S` and of the gains
            `GAINS_MM_MV`; C = 8.
    """

    phase: Tensor
    paper: Tensor
    turn: Tensor
    name: Tensor
    rows: Tensor
    pulse: Tensor
    speed: Tensor
    words: Tensor


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


class PageNet(nn.Module):
    """A U-Net over cells with a view of the whole page at its bottom; beside it, words are read from cells nearby.

    Args:
        widths: Channels of each level.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 32, 48, 64, 96)) -> None:
        super().__init__()
        self.body = _UNet(3 * CELL * CELL, widths, nn.GroupNorm)
        self.cells = nn.Conv2d(widths[0], 4 + 1 + 4 + 1 + len(LEADS), 1)
        self.rows = nn.Conv2d(widths[0], 3, 1)
        self.settings = nn.Conv2d(widths[0], 1 + len(GAINS_MM_MV) + len(SPEEDS_MM_S), 1)
        self.words = nn.Sequential(
            _Down(3 * CELL * CELL, _WORDS[0], nn.BatchNorm2d),
            nn.MaxPool2d(2),
            _Down(_WORDS[0], _WORDS[1], nn.BatchNorm2d),
            _Down(_WORDS[1], _WORDS[1], nn.BatchNorm2d),
            nn.Conv2d(_WORDS[1], 1 + len(SPEEDS_MM_S) + len(GAINS_MM_MV), 1),
            nn.Upsample(scale_factor=2.0),
        )

    def forward(self, picture: Tensor) -> PageView:
        """Look at pictures (B, 3, H, W), normalised; H and W are multiples of 64."""
        near = F.pixel_unshuffle(picture, CELL)
        seen = self.body(near)
        cells, settings = self.cells(seen), self.settings(seen)
        pulse, speed = settings.split([1 + len(GAINS_MM_MV), len(SPEEDS_MM_S)], dim=1)
        rows, words = self.rows(seen), self.words(near)
        return PageView(cells[:, :4], cells[:, 4:5], cells[:, 5:9], cells[:, 9:], rows, pulse, speed, words)


class StripNet(nn.Module):
    """A U-Net over cells; y by pixel-shuffle, columns by pooling over y, and by what is seen where y says the trace is.

    Args:
        widths: Channels of each level.
    """

    def __init__(self, widths: tuple[int, ...] = (48, 64, 96, 128, 160)) -> None:
        super().__init__()
        self.body = _UNet(3 * CELL * CELL, widths, nn.BatchNorm2d)
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


class Reader(nn.Module):
    """Both networks, trained and stored together; a `Backend` wherever its tensors lie."""

    def __init__(self) -> None:
        super().__init__()
        self.page = PageNet()
        self.strip = StripNet()

    def fuse(self) -> Self:
        """Arrange the networks for reading: the same but for rounding, and faster."""
        self.strip.body.fuse()
        for block in self.page.words:
            if isinstance(block, _Block):
                block.fuse()
        return self

    @torch.inference_mode()
    def see_page(self, picture: NDArray[np.uint8]) -> PageSeen:
        """Look at a small picture, see `Backend`."""
        seen = self.page(self._take(picture[None]))
        parts = {name: part[0].cpu().numpy() for name, part in seen._asdict().items()}
        return PageSeen(**parts | {"paper": parts["paper"][0]})

    @torch.inference_mode()
    def see_strips(self, strips: NDArray[np.uint8]) -> list[StripSeen]:
        """Look at strips, see `Backend`."""
        return [StripSeen(*(part[0].cpu().numpy() for part in self.strip(self._take(strip[None])))) for strip in strips]

    def _take(self, pictures: NDArray[np.uint8]) -> Tensor:
        """uint8 pictures (B, H, W, 3) -> what the networks look at."""
        tensor = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)  # channels last, as it lies
        return normalise(tensor.to(next(self.parameters()).device))


def normalise(picture: Tensor) -> Tensor:
    """uint8 pictures (B, 3, H, W) -> float32 of zero mean per channel and unit contrast."""
    x = picture.float()
    x = x - x.mean(dim=(2, 3), keepdim=True)
    return x / (x.square().mean(dim=(1, 2, 3), keepdim=True).sqrt() + 4.0)


class FromPictures(nn.Module):
    """A network that takes uint8 pictures (B, H, W, 3) as they come: what is exported.

    Args:
        network: A `PageNet` or a `StripNet`.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """What the network sees."""
        return tuple(self.network(normalise(pictures.permute(0, 3, 1, 2))))


class _UNet(nn.Module):
    def __init__(self, channels: int, widths: tuple[int, ...], norm: type[nn.Module]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, widths[0], 1)
        self.down = nn.ModuleList(
            _Down(low, high, norm) for low, high in zip((widths[0], *widths[:-1]), widths, strict=True)
        )
        self.whole = nn.Linear(2 * widths[-1], widths[-1])
        self.up = nn.ModuleList(
            _Up(high + low, low, norm) for low, high in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        levels = []
        for k, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if k else x)
            levels.append(x)
        x = levels.pop()
        x = F.relu(x + self.whole(_pooled(x))[:, :, None, None])
        for block in self.up:
            x = block(x, levels.pop())
        return x

    def fuse(self) -> None:
        """Take norms into the weights before them, and do not enlarge what weights can do without."""
        for block in (*self.down, *self.up):
            assert isinstance(block, _Block)
            block.fuse()
        self.up = nn.ModuleList(_FusedUp(block) for block in self.up if isinstance(block, _Up))


def _at_trace(rows: Tensor, y: Tensor) -> Tensor:
    """What is seen (B, H / 4, W / 4, C) where a trace is likely to lie by its logits (B, H, W): (B, W / 4, C)."""
    there = F.avg_pool2d(y.detach().softmax(dim=1)[:, None], CELL) * CELL  # of each cell; sums to 1 over y
    return (rows * there[:, 0, :, :, None]).sum(dim=1)


def _pooled(x: Tensor) -> Tensor:
    return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


class _Block(nn.Module):
    def __init__(self, channels: int, width: int, norm: type[nn.Module]) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(
            nn.GroupNorm(8, width) if norm is nn.GroupNorm else nn.BatchNorm2d(width) for _ in range(2)
        )

    def look(self, x: Tensor) -> Tensor:
        """What both layers make of it."""
        x = F.relu(self.norms[0](self.first(x)))
        return F.relu(self.norms[1](self.second(x)))

    def fuse(self) -> None:
        """Take norms by running means into the weights before them."""
        first, second = self.norms
        assert isinstance(first, nn.BatchNorm2d)
        assert isinstance(second, nn.BatchNorm2d)
        self.first, self.second = fuse_conv_bn_eval(self.first, first), fuse_conv_bn_eval(self.second, second)
        self.norms = nn.ModuleList(nn.Identity() for _ in self.norms)


class _Down(_Block):
    def forward(self, x: Tensor) -> Tensor:
        return self.look(x)


class _Up(_Block):
    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        """Enlarge twice what is seen from afar, `x`, and look at it with what is seen near, `beside`."""
        return self.look(torch.cat([F.interpolate(x, scale_factor=2.0, mode="nearest"), beside], dim=1))


class _FusedUp(nn.Module):
    """A fused `_Up` that never enlarges `x`.

    Of nine pixels that a weight looks at, enlarged, four differ: a transposed convolution of 4 x 4 weights sees each
    once.
    """

    def __init__(self, up: _Up) -> None:
        super().__init__()
        whole, self.second = up.first, up.second
        width = whole.out_channels
        far = whole.in_channels - width
        self.far = nn.ConvTranspose2d(far, width, 4, stride=2, padding=1, bias=False)
        self.near = nn.Conv2d(width, width, 3, padding=1)
        rows = whole.weight.new_tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]).flip(0)
        self.far.weight = nn.Parameter(torch.einsum("oiyx,ay,bx->ioab", whole.weight[:, :far], rows, rows))
        self.near.weight, self.near.bias = nn.Parameter(whole.weight[:, far:]), whole.bias

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        return F.relu_(self.second(F.relu_(self.near(beside).add_(self.far(x)))))
