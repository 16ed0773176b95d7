"""Light on the picture: on the bent sheet from its relief, on everything from lamps and shadows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Light, Lighting, Reflecting
from synth.field import STRIDE_PX, Field, halve_stride, node_shape, spread_bands
from synth.geometry import Homography
from synth.ranges import draw
from synth.surface import PITCH_MM, Surface, look_up, look_up_at

_ELEVATION_DEG, _AMBIENT = (18.0, 55.0), (0.2, 0.6)
_WARMTH = 0.05  # standard deviation


@dataclass(frozen=True)
class Sun:
    """The main lamp of a scene: it shades what is bent, and things cast their shadows away from it.

    Attributes:
        azimuth_deg: Where it stands, in degrees from the paper's x axis towards its y axis.
        elevation_deg: How high over the paper.
        ambient: Share of the light that comes from everywhere, in [0, 1].
        warmth: How much redder and less blue its light is than all light together, in [-0.3, 0.3].
    """

    azimuth_deg: float
    elevation_deg: float
    ambient: float
    warmth: float = 0.0


def draw_sun(rng: np.random.Generator) -> Sun:
    """A lamp on any side."""
    azimuth, elevation, ambient = float(rng.uniform(0.0, 360.0)), draw(_ELEVATION_DEG, rng), draw(_AMBIENT, rng)
    return Sun(azimuth, elevation, ambient, float(rng.normal(0.0, _WARMTH)))


@dataclass(frozen=True, eq=False)
class Lit:
    """Light on a picture.

    Attributes:
        nodes: Factor on the light at each node of a lattice, (rows, columns, 3).
        stride_px: Pixels per node.
    """

    nodes: Light
    stride_px: int

    def refined(self, size: tuple[int, int], stride_px: int) -> Lit:
        """The same light on a lattice of `stride_px`, which divides its own by a power of two."""
        nodes, stride = self.nodes, self.stride_px
        while stride > stride_px:
            nodes, stride = halve_stride(nodes, size, stride), stride // 2
        return Lit(nodes, stride)

    def fall_on(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture (H, W, 3) under this light."""
        lit = np.empty_like(image)
        for rows, factor in spread_bands(self.nodes, (image.shape[1], image.shape[0]), self.stride_px):
            lit[rows] = cv2.multiply(image[rows], factor, dtype=cv2.CV_8U)
        return lit


def multiplied(lights: Sequence[Lit], size: tuple[int, int]) -> Lit | None:
    """All of them at once, on the finest of their lattices; None if there are none."""
    return _joined(lights, size, np.multiply)


def darkest(shadows: Sequence[Lit], size: tuple[int, int]) -> Lit | None:
    """Shadows under one lamp, which hide no more of it together than the deepest does; None if there are none."""
    return _joined(shadows, size, np.minimum)


def _joined(lights: Sequence[Lit], size: tuple[int, int], how: np.ufunc) -> Lit | None:
    if not lights:
        return None
    stride = min(light.stride_px for light in lights)
    return Lit(reduce(how, (light.refined(size, stride).nodes for light in lights)), stride)


def shone(step: Lighting, size: tuple[int, int], rng: np.random.Generator) -> Lit:
    """The light of one step on a picture of `size`."""
    return Lit(step.shine(node_shape(size, step.stride_px), rng), step.stride_px)


def mirrored(
    steps: Sequence[tuple[str, Reflecting]], slopes: NDArray[np.float32], stream: Callable[[str], np.random.Generator]
) -> Lit | None:
    """The light that a sheet mirrors by all of some steps, each with the name of its stage; None if there are none."""
    added = [step.reflect(slopes, stream(stage)) for stage, step in steps]
    return Lit(np.sum(added, axis=0, dtype=np.float32), STRIDE_PX) if added else None


def slopes_seen(surface: Surface, seen: Field, plane: Homography) -> NDArray[np.float32]:
    """Rise of a bent sheet towards the camera to the right and down, at each node of the picture's lattice."""
    down, right = np.gradient(surface.relief, PITCH_MM)
    slopes = np.stack([right, down], axis=-1).astype(np.float32)
    middle = np.array([surface.sheet.size_mm]) / 2.0
    axes = plane.forward(middle + np.array([[1.0, 0.0], [0.0, 1.0]])) - plane.forward(middle)
    found = look_up(surface.sheet, slopes, seen.back_mm)
    return np.asarray(found @ (axes / np.hypot(*axes.T)[:, None]).astype(np.float32), dtype=np.float32)


def shaded(
    surface: Surface, seen: Field, size: tuple[int, int], sun: Sun, holes_mm: Sequence[NDArray[np.float64]] = ()
) -> Lit:
    """Light on a bent sheet in a picture of `size`, under one lamp and what comes from everywhere, on the paper only.

    Both are white together; where one of them is missing, the other's colour shows. In holes, outlines (n, 2) in mm,
    the desk is as light as beside the paper.
    """
    warm = np.array([sun.warmth, 0.0, -sun.warmth], dtype=np.float32)
    own, other = (1.0 - sun.ambient) * (1.0 + warm), sun.ambient - (1.0 - sun.ambient) * warm
    lamp = surface.facing(sun.azimuth_deg, sun.elevation_deg) * surface.reached(sun.azimuth_deg, sun.elevation_deg)
    light = np.asarray((lamp[..., None] * own + other) * surface.openness()[..., None], dtype=np.float32)
    sheet = surface.sheet
    x, y = ((places[1:] + places[:-1]) / 2.0 for places in (sheet.x, sheet.y))
    light[:, (x < 0.0) | (x > sheet.size_mm[0])] = 1.0
    light[(y < 0.0) | (y > sheet.size_mm[1])] = 1.0
    for hole in holes_mm:
        corners = np.round((hole - (x[0], y[0])) / PITCH_MM * 16.0).astype(np.int32)
        cv2.fillPoly(light, [corners.reshape(-1, 1, 2)], (1.0, 1.0, 1.0), cv2.LINE_8, 4)
    nodes = look_up_at(light, (x[0], y[0]), halve_stride(seen.back_mm, size, STRIDE_PX))
    return Lit(nodes, STRIDE_PX // 2)
