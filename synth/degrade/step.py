"""What every degradation is: a frozen struct of ranges that marks the print, lights, poses, refracts or exposes it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from synth.field import STRIDE_PX
from synth.geometry import Homography, Points
from synth.ranges import Ranged

Pose = NDArray[np.float64]  # (4, 4)
Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Light = NDArray[np.float32]  # (rows, columns, 3): factor on the light at the nodes of a lattice over the picture


class Photometric(Ranged, frozen=True, tag_field="kind"):
    """A step that changes light and colour and never moves a pixel; it is never shown labels.

    Attributes:
        exposes: Whether it sets the exposure: glare is brighter than white, so it comes after the last step that does.
        meters: Whether it is of a camera that sets the exposure by what it sees.
    """

    exposes: ClassVar[bool] = False
    meters: ClassVar[bool] = False

    @abstractmethod
    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Return the changed picture; the input may be overwritten."""


class Imprint(Ranged, frozen=True, tag_field="kind"):
    """A step that changes the print on its paper, as writing or water does, and never moves it."""

    @abstractmethod
    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Return the changed print of the whole paper, seen straight on; the input may be overwritten."""


class Lighting(Ranged, frozen=True, tag_field="kind"):
    """A step that changes the light on the scene: all of them are multiplied first and applied once.

    Attributes:
        stride_px: Pixels per node of its lattice, `STRIDE_PX` or an eighth to a half of it: hard edges need finer ones.
        shadow: Whether it is a shadow under the main lamp: where two of them lie, it is as dark as in the darker one.
    """

    stride_px: ClassVar[int] = STRIDE_PX
    shadow: ClassVar[bool] = False

    @abstractmethod
    def shine(self, shape: tuple[int, int], rng: np.random.Generator) -> Light:
        """Return a factor per node of a lattice of `shape` = (rows, columns) over the picture."""


class Reflecting(Ranged, frozen=True, tag_field="kind"):
    """A step that adds light which the sheet mirrors; all of them are added first and applied once."""

    @abstractmethod
    def reflect(self, slopes: NDArray[np.float32], rng: np.random.Generator) -> Light:
        """Return the light at the nodes of a lattice over the picture, white being 1, where the sheet has slopes.

        `slopes` (rows, columns, 2) is the rise of the paper towards the camera per length to the right and down.
        """


class Geometric(Ranged, frozen=True, tag_field="kind"):
    """A step that moves points and is never shown pixels."""

    @abstractmethod
    def pose(self, size: tuple[float, float], rng: np.random.Generator) -> Pose:
        """Return how a sheet of `size` = (width, height) mm, its corner at the origin, is moved in space.

        (4, 4), acts on (x, y, z, 1), z pointing away from the viewer; x / w and y / w are what is seen.
        """

    def warp(self, size: tuple[float, float], rng: np.random.Generator) -> Homography:
        """Return what becomes of the plane of a flat sheet, mm to mm."""
        return flat(self.pose(size, rng))


class Optical(Ranged, frozen=True, tag_field="kind"):
    """A step that bends the picture itself, as a lens does; it is never shown pixels."""

    @abstractmethod
    def refract(self, points: Points, size: tuple[int, int], rng: np.random.Generator) -> Points:
        """Return where points (n, 2) px of the picture of `size` would lie in a picture without the step."""


def flat(pose: Pose) -> Homography:
    """What a pose does to the plane z = 0."""
    return Homography(pose[np.ix_([0, 1, 3], [0, 1, 3])])
