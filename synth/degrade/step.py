"""What every degradation is: a frozen struct of ranges that either exposes pixels or warps the plane."""

from __future__ import annotations

from abc import abstractmethod

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.geometry import Map

Image = NDArray[np.float32]  # (H, W, 3) RGB in [0, 1]


class Photometric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A step that changes light and colour and never moves a pixel; it is never shown labels."""

    @abstractmethod
    def expose(self, image: Image, rng: np.random.Generator) -> Image:
        """Return the changed picture; values may leave [0, 1], the input may be overwritten."""


class Geometric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A step that moves points and is never shown pixels."""

    @abstractmethod
    def warp(self, size: tuple[float, float], rng: np.random.Generator) -> Map:
        """Return a map of the plane, mm to mm, for a sheet of `size` = (width, height) mm at the origin."""
