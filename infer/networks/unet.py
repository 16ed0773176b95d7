"""U-Net: what both networks of the reader are made of."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class UNet(nn.Module):
    """Looks from ever farther, pools the whole, and comes back; a level beside each that it passed.

    Args:
        channels: Of what is seen.
        widths: Channels of each level; what comes back has those of the first.
        norm: `nn.BatchNorm2d`, which can be fused for reading, or `nn.GroupNorm`.
    """

    def __init__(self, channels: int, widths: tuple[int, ...], norm: type[nn.Module]) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, widths[0], 1)
        self.down = nn.ModuleList(
            Down(low, high, norm) for low, high in zip((widths[0], *widths[:-1]), widths, strict=True)
        )
        self.whole = nn.Linear(2 * widths[-1], widths[-1])
        self.up = nn.ModuleList(
            _Up(high + low, low, norm) for low, high in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W), of multiples of 2 ** (levels - 1) -> (B, widths[0], H, W)."""
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


class Down(_Block):
    """Two convolutions of 3 x 3 with norms."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, width, H, W)."""
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
