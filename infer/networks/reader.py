"""The two small networks of the reader, together. Only this, `page_net`, `strip_net` and `unet` need torch here."""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from infer.networks.backend import PageSeen, StripSeen, checked
from infer.networks.page_net import PageNet
from infer.networks.strip_net import StripNet


class Reader(nn.Module):
    """Both networks, trained and stored together; a `Backend` wherever its tensors lie."""

    def __init__(self) -> None:
        super().__init__()
        self.page = PageNet()
        self.strip = StripNet()

    def fuse(self) -> Self:
        """Arrange the networks for reading: the same but for rounding, and faster."""
        self.strip.body.fuse()
        self.page.fuse_words()
        return self

    @torch.inference_mode()
    def see_page(self, picture: NDArray[np.uint8]) -> PageSeen:
        """Look at a small picture, see `Backend`."""
        seen = self.page(self._take(picture[None]))
        parts = {name: part[0].cpu().numpy() for name, part in seen._asdict().items()}
        return checked(PageSeen(**parts | {"paper": parts["paper"][0]}))

    @torch.inference_mode()
    def see_strips(self, strips: NDArray[np.uint8]) -> list[StripSeen]:
        """Look at strips, see `Backend`."""
        seen = (self.strip(self._take(strip[None])) for strip in strips)
        return [checked(StripSeen(*(part[0].cpu().numpy() for part in parts))) for parts in seen]

    def _take(self, pictures: NDArray[np.uint8]) -> Tensor:
        """uint8 pictures (B, H, W, 3) -> what the networks look at."""
        tensor = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)  # channels last, as it lies
        return normalise(tensor.to(next(self.parameters()).device))


def normalise(picture: Tensor) -> Tensor:
    """uint8 pictures (B, 3, H, W) -> float32 of zero mean per channel and unit contrast."""
    mean, contrast = levels(picture)
    return (picture.float() - mean) / contrast


def levels(picture: Tensor) -> tuple[Tensor, Tensor]:
    """uint8 pictures (B, 3, H, W) -> the mean of each channel (B, 3, 1, 1) and what counts as contrast (B, 1, 1, 1)."""
    x = picture.float()
    mean = x.mean(dim=(2, 3), keepdim=True)
    return mean, (x - mean).square().mean(dim=(1, 2, 3), keepdim=True).sqrt() + 4.0


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
