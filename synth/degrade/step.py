"""What every degradation is: a frozen struct of ranges that either exposes pixels or warps the plane."""

from __future__ import annotations

from abc import abstractmethod

import msgspec
import numpy as np
from numpy.typing import NDArray

from synth.geometry import Homography

Pose = NDArray[np.float64]  # (4, 4)
Image = NDArray[np.float32]  # (H, W, 3) RGB in [0, 1]


class Photometric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A step that changes light and colour and never moves a pixel; it is never shown labels."""

    @abstractmethod
    def expose(self, image: Image, rng: np.random.Generator) -> Image:
        """Return the changed picture; values may leave [0, 1], the input may be overwritten."""


class Geometric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A step that moves points and is never shown pixels."""

    @abstractmethod
    def pose(self, size: tuple[float, float], rng: np.random.Generator) -> Pose:
        """Return how a sheet of `size` = (width, height) mm, its corner at the origin, is moved in space.

        (4, 4), acts on (x, y, z, 1), z pointing away from the viewer; x / w and y / w are what is seen.
        """

    def warp(self, size: tuple[float, float], rng: np.random.Generator) -> Homography:
        """Return what becomes of the plane of a flat sheet, mm to mm."""
        return flat(self.pose(size, rng))


def flat(pose: Pose) -> Homography:
    """What a pose does to the plane z = 0."""
    return Homography(pose[np.ix_([0, 1, 3], [0, 1, 3])])
