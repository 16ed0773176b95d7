"""Maps between planes: millimetres of paper to pixels of the picture, and back.

Every map moves points both ways, `forward` and `inverse`. Maps are composed first and pixels are
resampled once, through the composition; labels go through the same maps as points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2): x, y

_BLOCK_ROWS = 32  # of a picture are mapped at a time: they stay in the processor's cache


class Map(Protocol):
    """A one-to-one map of the plane."""

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) from the source plane to the target plane."""
        ...

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) from the target plane back."""
        ...


@dataclass(frozen=True, eq=False)
class Homography:
    """A projective map.

    Attributes:
        matrix: (3, 3), acting on column vectors (x, y, 1).
    """

    matrix: NDArray[np.float64]

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) to the target plane."""
        return _project(self.matrix, points)

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) back to the source plane."""
        return _project(_inverse(self.matrix), points)


@dataclass(frozen=True, eq=False)
class Chain:
    """Maps applied one after the other.

    Attributes:
        maps: The maps, first applied first.
    """

    maps: tuple[Map, ...]

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) through all maps."""
        for step in self.maps:
            points = step.forward(points)
        return points

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) back through all maps."""
        for step in reversed(self.maps):
            points = step.inverse(points)
        return points


@dataclass(frozen=True, eq=False)
class Inverse:
    """A map the other way round.

    Attributes:
        of: The map to invert.
    """

    of: Map

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) back through `of`."""
        return self.of.inverse(points)

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) through `of`."""
        return self.of.forward(points)


@dataclass(frozen=True, eq=False)
class Feed:
    """A shift along one axis that changes along it, linearly between knots: unsteady transport of paper.

    Attributes:
        axis: 0, along x, or 1, along y.
        at_mm: Knots, (n,), rising.
        shift_mm: Shift at each knot, (n,); `at_mm + shift_mm` rises, too. Beyond the knots the last shift holds.
    """

    axis: Literal[0, 1]
    at_mm: NDArray[np.float64]
    shift_mm: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse knots that would fold the plane."""
        if not (np.diff(self.at_mm) > 0.0).all() or not (np.diff(self.at_mm + self.shift_mm) > 0.0).all():
            raise ValueError("the knots of a feed must rise, before and after their shift")

    def forward(self, points: Points) -> Points:
        """Shift points (n, 2)."""
        moved = np.array(points, dtype=np.float64)
        moved[:, self.axis] += np.interp(moved[:, self.axis], self.at_mm, self.shift_mm)
        return moved

    def inverse(self, points: Points) -> Points:
        """Shift points (n, 2) back, exactly: a piecewise linear map has such an inverse."""
        moved = np.array(points, dtype=np.float64)
        moved[:, self.axis] -= np.interp(moved[:, self.axis], self.at_mm + self.shift_mm, self.shift_mm)
        return moved


def invert(step: Map) -> Map:
    """The map the other way round."""
    return Homography(_inverse(step.matrix)) if isinstance(step, Homography) else Inverse(step)


def compose(maps: Iterable[Map]) -> Map:
    """One map that applies `maps` in order; neighbouring homographies become one."""
    fused: list[Map] = []
    for step in maps:
        if isinstance(step, Homography) and fused and isinstance(fused[-1], Homography):
            fused[-1] = Homography(step.matrix @ fused[-1].matrix)
        else:
            fused.append(step)
    return fused[0] if len(fused) == 1 else Chain(tuple(fused))


def affine(scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> Homography:
    """The map p -> scale * p + shift."""
    return Homography(np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]], [0.0, 0.0, 1.0]]))


def raster_map(px_per_mm: float) -> Homography:
    """Millimetres from the top-left corner -> pixels, (0, 0) being the CENTRE of the first pixel."""
    return affine(px_per_mm, (-0.5, -0.5))


def outline(size: tuple[float, float], per_side: int = 16) -> Points:
    """Points along the border of a `size` = (width, height) rectangle, clockwise from its corner."""
    w, h = size
    t = np.linspace(0.0, 1.0, per_side, endpoint=False)
    zero, one = np.zeros_like(t), np.ones_like(t)
    x = np.concatenate([t, one, 1.0 - t, zero]) * w
    y = np.concatenate([zero, t, one, 1.0 - t]) * h
    return np.stack([x, y], axis=1)


def local_scale(step: Map, points: Points, delta: float = 0.5) -> NDArray[np.float64]:
    """Square root of |det J| of `forward` at points (n, 2): pixels per millimetre there."""
    beside = delta * np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
    right, left, below, above = np.split(step.forward((beside[:, None] + points).reshape(-1, 2)), 4)
    dx, dy = right - left, below - above
    det = dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]
    scale: NDArray[np.float64] = np.sqrt(np.abs(det)) / (2.0 * delta)
    return scale


def sample_image(
    image: NDArray[Any], back: Map, size: tuple[int, int], background: tuple[float, ...] | None = None
) -> NDArray[Any]:
    """Sample `image` once (bicubic) at `back.forward` of every pixel of the result.

    Args:
        image: (H, W) or (H, W, C), uint8 or float32.
        back: Pixels of the result -> pixels of `image`.
        size: (width, height) of the result.
        background: Value per channel outside `image`; None repeats its edge.
    """
    border = cv2.BORDER_REPLICATE if background is None else cv2.BORDER_CONSTANT
    value = background or (0.0, 0.0, 0.0)
    if isinstance(back, Homography):
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpPerspective(image, back.matrix, size, flags=flags, borderMode=border, borderValue=value)
        )
    map_x, map_y = (np.empty((size[1], size[0]), dtype=np.float32) for _ in range(2))
    for top in range(0, size[1], _BLOCK_ROWS):
        rows = slice(top, min(size[1], top + _BLOCK_ROWS))
        x, y = np.meshgrid(np.arange(size[0], dtype=np.float64), np.arange(rows.start, rows.stop, dtype=np.float64))
        moved = back.forward(np.stack([x.ravel(), y.ravel()], axis=1))
        map_x[rows], map_y[rows] = moved[:, 0].reshape(x.shape), moved[:, 1].reshape(x.shape)
    return np.asarray(cv2.remap(image, map_x, map_y, cv2.INTER_CUBIC, borderMode=border, borderValue=value))


def _project(matrix: NDArray[np.float64], points: Points) -> Points:
    x, y = np.asarray(points, dtype=np.float64).T
    moved = np.empty((len(x), 2))
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    moved[:, 0] = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth
    moved[:, 1] = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth
    return moved


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
