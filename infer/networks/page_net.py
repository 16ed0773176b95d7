"""PageNet sees the whole picture, small: which way is up, where the grid's lines run, which lead is printed where."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from infer.networks.unet import Down, UNet
from infer.networks.view import CELL, GAINS_MM_MV, SPEEDS_MM_S
from synth.record import LEADS

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


class PageNet(nn.Module):
    """A U-Net over cells with a view of the whole page at its bottom; beside it, words are read from cells nearby.

    Args:
        widths: Channels of each level.
    """

    def __init__(self, widths: tuple[int, ...] = (24, 32, 48, 64, 96)) -> None:
        super().__init__()
        self.body = UNet(3 * CELL * CELL, widths, nn.GroupNorm)
        self.cells = nn.Conv2d(widths[0], 4 + 1 + 4 + 1 + len(LEADS), 1)
        self.rows = nn.Conv2d(widths[0], 3, 1)
        self.settings = nn.Conv2d(widths[0], 1 + len(GAINS_MM_MV) + len(SPEEDS_MM_S), 1)
        self.words = nn.Sequential(
            Down(3 * CELL * CELL, _WORDS[0], nn.BatchNorm2d),
            nn.MaxPool2d(2),
            Down(_WORDS[0], _WORDS[1], nn.BatchNorm2d),
            Down(_WORDS[1], _WORDS[1], nn.BatchNorm2d),
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

    def fuse_words(self) -> None:
        """Take norms by running means into the weights before them, where words are read."""
        for block in self.words:
            if isinstance(block, Down):
                block.fuse()
