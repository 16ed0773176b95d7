"""Staples near a corner, and the pricks and rust that they leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.degrade.blend import tinted, towards
from synth.degrade.covers.cover import CORNERS, Cover, CoverStep, filled_in, places_in, window_of
from synth.geometry import Points
from synth.ranges import Range, Within, draw, draw_count

_WIRE_MM = 0.55
_STEEL: RGB = (0.62, 0.63, 0.65)
_RUST = np.array([0.25, 0.5, 0.75], dtype=np.float32)  # of its light rusty paper loses

Picture = NDArray[np.uint8]
Plane = NDArray[np.uint8]


class Staple(CoverStep, frozen=True, tag="staple"):
    """Staples near a corner, or the pricks and rust of one that was pulled out.

    Attributes:
        count: How many, in [0, 4].
        length_mm: Width of a staple, in [4, 16].
        pulled: Probability that it was pulled out.
        rust: How rusty it is or was, in [0, 1].
    """

    count: Annotated[Range, Within(0.0, 4.0, calm=0.0)] = (0.0, 1.0)
    length_mm: Annotated[Range, Within(4.0, 16.0)] = (9.0, 13.0)
    pulled: Annotated[float, Within(0.0, 1.0)] = 0.4
    rust: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.0, 0.6)

    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """Mostly across the upper left corner."""
        covers: list[Cover] = []
        for _ in range(draw_count(self.count, rng)):
            corner = 0 if rng.uniform() < 0.6 else int(rng.integers(4))
            home = np.array(CORNERS[corner]) * size_mm
            inward = np.where(home > 0.0, -1.0, 1.0)
            middle = home + inward * rng.uniform(7.0, 18.0, 2)
            turn = np.arctan2(inward[0], -inward[1]) * (rng.uniform() < 0.7) + rng.normal(0.0, 0.15)
            reach = draw(self.length_mm, rng) / 2.0 * np.array([np.cos(turn), np.sin(turn)])
            rust, ends = draw(self.rust, rng), np.array([middle - reach, middle + reach])
            if rng.uniform() < self.pulled:
                covers += [Prick(_disc(end, 0.35), (0.2, 0.18, 0.16), end, rust) for end in ends]
            else:
                across = np.array([-reach[1], reach[0]]) / np.hypot(*reach) * _WIRE_MM / 2.0
                outline = np.array([ends[0] - across, ends[1] - across, ends[1] + across, ends[0] + across])
                covers.append(Wire(outline, _STEEL, ends, rust))
        return covers


@dataclass(frozen=True, eq=False)
class Wire(Cover):
    """A staple.

    Attributes:
        ends_mm: Where it enters the paper, (2, 2).
        rust: How rusty it is.
    """

    ends_mm: Points
    rust: float

    def lay(self, image: Picture, px_per_mm: float) -> None:
        """Rust and dents in the paper, a thin shadow, steel with a bright line along it."""
        window, corner = window_of(image, self.ends_mm, px_per_mm, 6.0)
        part = _rusty(np.ascontiguousarray(image[window]), self.ends_mm, corner, px_per_mm, self.rust)
        shadow = _stroke(part, self.ends_mm + np.array([0.25, 0.35]), corner, px_per_mm, 1.1 * _WIRE_MM)
        shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), 0.25 * px_per_mm), dtype=np.uint8)
        part = tinted(part, np.asarray(cv2.convertScaleAbs(shadow, alpha=-0.5, beta=255.0), dtype=np.uint8))
        rusted = np.array(_STEEL) * (1.0 - 0.6 * self.rust * _RUST)
        for shift, width, light in ((0.0, 1.0, 0.75), (-0.06, 0.6, 1.0), (-0.1, 0.25, 1.45)):
            stroke = _stroke(part, self.ends_mm + shift, corner, px_per_mm, width * _WIRE_MM)
            colour = np.full_like(part, np.minimum(255.0 * light * rusted, 255.0).astype(np.uint8))
            part = towards(part, colour, stroke)
        image[window] = part


@dataclass(frozen=True, eq=False)
class Prick(Cover):
    """A hole that a staple left.

    Attributes:
        at_mm: Its middle, (2,).
        rust: How much rust stayed around it.
    """

    at_mm: Points
    rust: float

    def lay(self, image: Picture, px_per_mm: float) -> None:
        """Rust, a raised rim, and the dark of the hole."""
        window, corner = window_of(image, self.at_mm[None], px_per_mm, 5.0)
        part = _rusty(np.ascontiguousarray(image[window]), self.at_mm[None], corner, px_per_mm, self.rust)
        cover = filled_in(part, self.outline_mm, corner, px_per_mm)
        dark = np.full_like(part, np.asarray(255.0 * np.array(self.colour), dtype=np.uint8))
        image[window] = towards(part, dark, np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.1 * px_per_mm), np.uint8))


def _stroke(part: Picture, ends_mm: Points, corner: Points, px_per_mm: float, width_mm: float) -> Plane:
    along = (ends_mm[1] - ends_mm[0]) / np.hypot(*(ends_mm[1] - ends_mm[0]))
    across = np.array([-along[1], along[0]]) * width_mm / 2.0
    outline = np.array([ends_mm[0] - across, ends_mm[1] - across, ends_mm[1] + across, ends_mm[0] + across])
    return filled_in(part, outline, corner, px_per_mm)


def _rusty(part: Picture, at_mm: Points, corner: Points, px_per_mm: float, rust: float) -> Picture:
    """The paper with dents and rust around places (n, 2)."""
    x, y = places_in(part, corner, px_per_mm)
    near = sum(np.exp(-np.hypot(x - place[0], y - place[1]) / 1.1) for place in at_mm)
    lost = np.clip((0.15 + 0.85 * rust) * np.asarray(near, dtype=np.float32), 0.0, 1.0)
    factor = 1.0 - lost[..., None] * (0.25 + 0.75 * rust) * _RUST
    return tinted(part, np.asarray(255.0 * factor, dtype=np.uint8))


def _disc(at: Points, radius_mm: float) -> Points:
    turn = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
    return np.asarray(at + radius_mm * np.stack([np.cos(turn), np.sin(turn)], axis=1))
