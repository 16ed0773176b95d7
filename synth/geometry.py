"""Maps between planes: millimetres of paper to pixels of the picture, and back.

Every map moves points both ways, `forward` and `inverse`. Maps are composed first and pixels are
resampled once, through the composition; labels go through the same maps as points.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2): x, y


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
        return _project(np.linalg.inv(self.matrix), points)


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
    dx = step.forward(points + [delta, 0.0]) - step.forward(points - [delta, 0.0])
    dy = step.forward(points + [0.0, delta]) - step.forward(points - [0.0, delta])
    det = dx[:, 0] * dy[:, 1] - dx[:, 1] * dy[:, 0]
    scale: NDArray[np.float64] = np.sqrt(np.abs(det)) / (2.0 * delta)
    return scale


def resample(
    image: NDArray[Any], image_map: Map, target_map: Map, size: tuple[int, int], background: tuple[float, ...]
) -> NDArray[Any]:
    """Draw `image` anew in another plane, each target pixel being sampled once (bicubic).

    Args:
        image: (H, W) or (H, W, C), uint8 or float32.
        image_map: Common plane (millimetres) -> pixels of `image`.
        target_map: Common plane -> pixels of the result.
        size: (width, height) of the result in pixels.
        background: Value per channel outside `image`.
    """
    if isinstance(image_map, Homography) and isinstance(target_map, Homography):
        back = image_map.matrix @ np.linalg.inv(target_map.matrix)
        field = _homography_field(back, size)
    else:
        x, y = np.meshgrid(np.arange(size[0], dtype=np.float64), np.arange(size[1], dtype=np.float64))
        mm = target_map.inverse(np.stack([x.ravel(), y.ravel()], axis=1))
        field = image_map.forward(mm).astype(np.float32).reshape(size[1], size[0], 2)
    return cv2.remap(
        image, field[..., 0], field[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=background
    )


def _homography_field(matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """Source position of every target pixel, (height, width, 2); separable, hence cheap."""
    x = np.arange(size[0], dtype=np.float64)
    y = np.arange(size[1], dtype=np.float64)[:, None]
    m = matrix
    w = 1.0 / (m[2, 0] * x + (m[2, 1] * y + m[2, 2]))
    field = np.empty((size[1], size[0], 2), dtype=np.float32)
    field[..., 0] = (m[0, 0] * x + (m[0, 1] * y + m[0, 2])) * w
    field[..., 1] = (m[1, 0] * x + (m[1, 1] * y + m[1, 2])) * w
    return field


def _project(matrix: NDArray[np.float64], points: Points) -> Points:
    moved = np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return moved[:, :2] / moved[:, 2:]
