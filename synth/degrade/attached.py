"""What hangs on a sheet: corners folded over it, and staples or the marks that they left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.degrade.blend import paper_of, tinted, towards
from synth.degrade.cover import Cover, CoverStep
from synth.geometry import Points
from synth.ranges import Range, Within, draw, draw_count

_CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_SEEN_THROUGH = 0.08  # of the print of a folded corner, through its back
_WIRE_MM = 0.55
_STEEL: RGB = (0.62, 0.63, 0.65)
_RUST = np.array([0.25, 0.5, 0.75], dtype=np.float32)  # of its light rusty paper loses

Picture = NDArray[np.uint8]
Plane = NDArray[np.uint8]
Window = tuple[slice, slice]


class DogEar(CoverStep, frozen=True, tag="dog-ear"):
    """Corners folded over: the back of a corner lies on the page, and the desk is seen where it was.

    Attributes:
        count: How many, in [0, 4].
        size_mm: How far from the corner the fold meets the edges, in [3, 80].
        behind: Probability that one is folded behind the page instead.
    """

    count: Annotated[Range, Within(0.0, 4.0, calm=0.0)] = (0.0, 2.0)
    size_mm: Annotated[Range, Within(3.0, 80.0)] = (7.0, 28.0)
    behind: Annotated[float, Within(0.0, 1.0)] = 0.25

    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """A hole beyond the fold, and the mirror image of what was there."""
        covers: list[Cover] = []
        for corner in rng.permutation(4)[: draw_count(self.count, rng)]:
            reach, behind = draw(self.size_mm, rng) * rng.uniform(0.75, 1.3, 2), rng.uniform() < self.behind
            lift = rng.uniform(0.4, 1.6)
            home = np.array(_CORNERS[corner]) * size_mm
            inward = np.where(home > 0.0, -1.0, 1.0)
            a, b = home + inward * (reach[0], 0.0), home + inward * (0.0, reach[1])
            along = (b - a) / np.hypot(*(b - a))
            gone = np.array([a - 4.0 * along, b + 4.0 * along, home - 12.0 * inward])
            covers.append(Cover(gone, None))
            if not behind:
                over = 2.0 * (a + along * ((home - a) @ along)) - home
                covers.append(Flap(np.array([a, b, over]), (1.0, 1.0, 1.0), home, float(lift)))
        return covers


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
            home = np.array(_CORNERS[corner]) * size_mm
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
class Flap(Cover):
    """A corner that lies on the page.

    Attributes:
        home_mm: Where its tip was; the fold lies halfway, along the first side of the outline.
        lift_mm: How high it stands over the page, which it shades.
    """

    home_mm: Points
    lift_mm: float

    def lay(self, image: Picture, px_per_mm: float) -> None:
        """Shade the page around, then lay the back of the sheet, its print faintly seen through."""
        a, b = self.outline_mm[:2]
        reach = np.concatenate([self.outline_mm, [self.home_mm]])
        window, corner = _window(image, reach, px_per_mm, 4.0 * self.lift_mm)
        part = np.ascontiguousarray(image[window])
        cover = _filled(part, self.outline_mm, corner, px_per_mm)
        shade = cv2.GaussianBlur(cover, (0, 0), 0.7 * self.lift_mm * px_per_mm)
        part = tinted(part, np.asarray(cv2.convertScaleAbs(shade, alpha=-0.45, beta=255.0), dtype=np.uint8))
        along = (b - a) / np.hypot(*(b - a))
        back = _mirrored(part, a, along, corner, px_per_mm)
        x, y = _places(part, corner, px_per_mm)
        depth = np.abs((x - a[0]) * -along[1] + (y - a[1]) * along[0])
        light = 0.9 + 0.07 * np.clip(depth / 12.0, 0.0, 1.0) - 0.22 * np.exp(-((depth / 0.7) ** 2))
        light -= 0.06 * np.exp(-depth / 5.0)
        back = tinted(back, np.asarray(255.0 * light, dtype=np.uint8))
        image[window] = towards(part, back, cover)


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
        window, corner = _window(image, self.ends_mm, px_per_mm, 6.0)
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
        window, corner = _window(image, self.at_mm[None], px_per_mm, 5.0)
        part = _rusty(np.ascontiguousarray(image[window]), self.at_mm[None], corner, px_per_mm, self.rust)
        cover = _filled(part, self.outline_mm, corner, px_per_mm)
        dark = np.full_like(part, np.asarray(255.0 * np.array(self.colour), dtype=np.uint8))
        image[window] = towards(part, dark, np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.1 * px_per_mm), np.uint8))


def _window(image: Picture, points_mm: Points, px_per_mm: float, margin_mm: float) -> tuple[Window, Points]:
    """The part of a print around points, and the pixel of its corner."""
    low = np.clip(np.floor((points_mm.min(axis=0) - margin_mm) * px_per_mm), 0, None).astype(int)
    high = np.ceil((points_mm.max(axis=0) + margin_mm) * px_per_mm).astype(int) + 1
    return (slice(low[1], max(low[1] + 1, high[1])), slice(low[0], max(low[0] + 1, high[0]))), low.astype(np.float64)


def _fixed(points_mm: Points, corner: Points, px_per_mm: float) -> NDArray[np.int32]:
    """Points in sixteenths of a pixel of a window."""
    return np.round((points_mm * px_per_mm - 0.5 - corner) * 16.0).astype(np.int32).reshape(-1, 1, 2)


def _filled(part: Picture, outline_mm: Points, corner: Points, px_per_mm: float) -> Plane:
    plane = np.zeros(part.shape[:2], dtype=np.uint8)
    at = _fixed(outline_mm, corner, px_per_mm)
    return np.asarray(cv2.fillPoly(plane, [at], 255.0, cv2.LINE_AA, 4), dtype=np.uint8)


def _stroke(part: Picture, ends_mm: Points, corner: Points, px_per_mm: float, width_mm: float) -> Plane:
    along = (ends_mm[1] - ends_mm[0]) / np.hypot(*(ends_mm[1] - ends_mm[0]))
    across = np.array([-along[1], along[0]]) * width_mm / 2.0
    outline = np.array([ends_mm[0] - across, ends_mm[1] - across, ends_mm[1] + across, ends_mm[0] + across])
    return _filled(part, outline, corner, px_per_mm)


def _places(part: Picture, corner: Points, px_per_mm: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the pixels of a window lie on the paper, in mm: columns and rows."""
    x, y = (
        ((np.arange(side, dtype=np.float32) + np.float32(start + 0.5)) / np.float32(px_per_mm))
        for side, start in zip(part.shape[1::-1], corner, strict=True)
    )
    return x[None, :], y[:, None]


def _mirrored(part: Picture, a: Points, along: Points, corner: Points, px_per_mm: float) -> Picture:
    """The back of the sheet: nearly white, with what is printed beyond the fold mirrored and faint."""
    about = a * px_per_mm - 0.5 - corner
    mirror = 2.0 * np.outer(along, along) - np.eye(2)
    matrix = np.concatenate([mirror, (about - mirror @ about)[:, None]], axis=1)
    front = cv2.warpAffine(part, matrix, part.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    white = np.full_like(part, np.asarray([(255.0 + 2.0 * level) / 3.0 for level in paper_of(part)], dtype=np.uint8))
    return np.asarray(cv2.addWeighted(white, 1.0 - _SEEN_THROUGH, front, _SEEN_THROUGH, 0.0), dtype=np.uint8)


def _rusty(part: Picture, at_mm: Points, corner: Points, px_per_mm: float, rust: float) -> Picture:
    """The paper with dents and rust around places (n, 2)."""
    x, y = _places(part, corner, px_per_mm)
    near = sum(np.exp(-np.hypot(x - place[0], y - place[1]) / 1.1) for place in at_mm)
    lost = np.clip((0.15 + 0.85 * rust) * np.asarray(near, dtype=np.float32), 0.0, 1.0)
    factor = 1.0 - lost[..., None] * (0.25 + 0.75 * rust) * _RUST
    return tinted(part, np.asarray(255.0 * factor, dtype=np.uint8))


def _disc(at: Points, radius_mm: float) -> Points:
    turn = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
    return np.asarray(at + radius_mm * np.stack([np.cos(turn), np.sin(turn)], axis=1))
