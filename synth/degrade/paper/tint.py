"""Tints of the paper: yellowing, stains. All are multiplied first and applied once."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import clouds
from synth.degrade.cloud import cloud
from synth.ranges import Range, Ranged, Within, draw, draw_count, pick

#: Nodes of tints per mm of paper.
TINT_PER_MM = 2.0

Tint = NDArray[np.float32]  # (h, w, 3): factor on the light that the paper reflects, at each node
Plane = NDArray[np.float32]  # (h, w)

_STRAW = (0.86, 0.72, 0.40)  # what paper would come to
_OLDEST = 0.65  # of the way there is the most that any goes

_LIQUIDS = {
    "water": (0.93, 0.90, 0.84),
    "tea": (0.90, 0.80, 0.62),
    "coffee": (0.74, 0.60, 0.44),
    "ink": (0.55, 0.58, 0.80),
    "blood": (0.62, 0.30, 0.26),
}

Liquid = Literal["water", "tea", "coffee", "ink", "blood"]


class Tinting(Ranged, frozen=True, tag_field="kind"):
    """A step that tints the paper; it is shown neither pixels nor labels."""

    @abstractmethod
    def tint(self, shape: tuple[int, int], rng: np.random.Generator) -> Tint:
        """Return a factor per node of a lattice of `shape` = (h, w), `TINT_PER_MM` nodes per mm."""


class Yellowing(Tinting, frozen=True, tag="yellowing"):
    """Paper that turned yellow with age, more at its edges, in clouds.

    Attributes:
        strength: Share of blue light lost, in [0, 0.8]; the more, the more slowly, and never more than 0.39.
        edges: How much stronger it is at the edges, in [0, 3].
    """

    strength: Annotated[Range, Within(0.0, 0.8, calm=0.0)] = (0.05, 0.25)
    edges: Annotated[Range, Within(0.0, 3.0)] = (0.0, 1.0)

    def tint(self, shape: tuple[int, int], rng: np.random.Generator) -> Tint:
        """Lose blue, half as much green and a quarter as much red: the oldest paper is the colour of straw."""
        strength, edges = draw(self.strength, rng), draw(self.edges, rng)
        x, y = np.linspace(-1.0, 1.0, shape[1])[None, :], np.linspace(-1.0, 1.0, shape[0])[:, None]
        rim = np.maximum(np.abs(x), np.abs(y)) ** 6
        depth = strength * (0.6 + 0.8 * cloud(shape, 6, rng)) * (1.0 + edges * rim)
        return coloured(_OLDEST * np.tanh(depth / (1.0 - _STRAW[2]) / _OLDEST), _STRAW)


class Stain(Tinting, frozen=True, tag="stain"):
    """Spills that dried: a pale inside and a dark tide line; or the ring of a cup.

    Attributes:
        count: How many, in [0, 30].
        size_mm: Radius, in [1, 150].
        strength: How strong the colour is, 1 is the liquid's own; in [0, 2].
        ring: Probability that a spill is the ring of a cup.
        liquids: What was spilt; each draws one.
    """

    count: Annotated[Range, Within(0.0, 30.0, calm=0.0)] = (1.0, 4.0)
    size_mm: Annotated[Range, Within(1.0, 150.0)] = (6.0, 50.0)
    strength: Annotated[Range, Within(0.0, 2.0)] = (0.3, 1.0)
    ring: Annotated[float, Within(0.0, 1.0)] = 0.25
    liquids: tuple[Liquid, ...] = ("water", "tea", "coffee")

    def tint(self, shape: tuple[int, int], rng: np.random.Generator) -> Tint:
        """Multiply the spills, each a wobbly disc."""
        total = np.ones((*shape, 3), dtype=np.float32)
        for _ in range(draw_count(self.count, rng)):
            radius, strength = draw(self.size_mm, rng), draw(self.strength, rng)
            is_ring, liquid = rng.uniform() < self.ring, _LIQUIDS[pick(self.liquids, rng)]
            window, away = disc(shape, radius, rng, wobble=0.03 if is_ring else 0.16)
            if not away.size:
                continue
            if is_ring:
                tide, width = np.exp(-((away / rng.uniform(0.5, 1.2)) ** 2)), rng.uniform(1.0, 3.0)
                depth = 0.8 * tide + 0.6 * ((away < 0.0) & (away > -width)) * rng.uniform(0.3, 1.0)
                depth = depth * _broken(away.shape, rng)
            else:
                depth = _dried(away, rng)
            total[window] *= coloured(np.clip(depth * strength, 0.0, 1.0), liquid)
        return total


def _dried(away: Plane, rng: np.random.Generator) -> Plane:
    """How dark a spill dried: its ragged edge sharp outwards and soft inwards, strong here and gone there."""
    for length_mm, swing_mm in ((14.0, 4.0), (4.0, 1.6), (1.5, 0.6)):
        away = away + np.float32(swing_mm) * (clouds(away.shape, length_mm, rng) - np.float32(0.5))
    within, wide = np.minimum(away, 0.0), rng.uniform(0.4, 1.5)
    tide = np.exp(-((np.maximum(away, 0.0) / 0.35) ** 2)) * (0.7 * np.exp(within / wide) + 0.3 * np.exp(within / 5.0))
    tide *= _broken(away.shape, rng)
    middle = rng.uniform(0.15, 0.6) * np.clip(0.5 - away, 0.0, 1.0)
    return np.asarray(tide + middle * (0.5 + 0.7 * clouds(away.shape, 12.0, rng)), dtype=np.float32)


def _broken(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """How strong a line is along its way, from 0 to 1.3."""
    waves = clouds(shape, 18.0, rng) + np.float32(0.6) * clouds(shape, 4.0, rng)
    return np.asarray(1.3 * np.clip(waves - 0.3, 0.0, 1.0), dtype=np.float32)


def apply_tint(image: NDArray[np.uint8], tint: Tint) -> NDArray[np.uint8]:
    """The print under a tint that covers the whole paper."""
    light = np.asarray(np.clip(tint, 0.0, 1.0) * np.float32(255.0) + np.float32(0.5), dtype=np.uint8)
    light = np.asarray(cv2.resize(light, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    return np.asarray(cv2.multiply(image, light, scale=1.0 / 255.0), dtype=np.uint8)


def coloured(depth: NDArray[np.floating[Any]], colour: tuple[float, float, float]) -> Tint:
    """1 where `depth` is 0, `colour` where it is 1."""
    lost = np.float32(1.0) - np.array(colour, dtype=np.float32)
    return np.asarray(1.0 - np.asarray(depth, dtype=np.float32)[..., None] * lost, dtype=np.float32)


def disc(
    shape: tuple[int, int],
    radius_mm: float,
    rng: np.random.Generator,
    *,
    wobble: float,
    at: NDArray[np.float64] | None = None,
) -> tuple[tuple[slice, slice], Plane]:
    """Distance in mm beyond the edge of a wobbly disc, negative inside, on the part of the lattice around it."""
    centre = (rng.uniform(-0.05, 1.05, 2) if at is None else at) * shape[::-1]
    waves = [
        (order, wobble * rng.normal(0.0, 1.0) / order**0.8, rng.uniform(0.0, 2.0 * np.pi)) for order in range(2, 8)
    ]
    far = (radius_mm * (1.0 + sum(abs(swing) for _, swing, _ in waves)) + 4.0) * TINT_PER_MM
    x, y = (
        np.arange(max(0, int(middle - far)), min(side, int(middle + far) + 1), dtype=np.float32)
        for middle, side in zip(centre, shape[::-1], strict=True)
    )
    if not (x.size and y.size):  # beside the paper
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), dtype=np.float32)
    window = (slice(int(y[0]), int(y[-1]) + 1), slice(int(x[0]), int(x[-1]) + 1))
    dx, dy = (x[None, :] - np.float32(centre[0])), (y[:, None] - np.float32(centre[1]))
    angle, reach = np.arctan2(dy, dx), np.ones((len(y), len(x)), dtype=np.float32)
    for order, swing, phase in waves:
        reach += np.float32(swing) * np.cos(order * angle + np.float32(phase))
    return window, np.asarray(np.hypot(dx, dy) / TINT_PER_MM - radius_mm * reach, dtype=np.float32)
