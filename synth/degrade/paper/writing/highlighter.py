"""Highlighters: translucent bands over words and traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.degrade.paper.writing.hand import sway
from synth.degrade.paper.writing.pens import darken
from synth.degrade.paper.writing.spot import find_spot
from synth.degrade.step import Imprint, Picture
from synth.geometry import Points
from synth.lines import Patch
from synth.ranges import Range, Within, draw, draw_count, pick

_COLOURS: dict[str, RGB] = {  # of white paper under one full layer
    "yellow": (1.0, 0.98, 0.25),
    "green": (0.58, 0.97, 0.40),
    "pink": (1.0, 0.50, 0.72),
    "orange": (1.0, 0.70, 0.28),
}
_STREAK_MM = (12.0, 0.3)  # length and width of streaks in the felt's ink


class Highlighter(Imprint, frozen=True, tag="highlighter"):
    """Words of the header or stretches of traces marked with a highlighter, once or going back over it.

    Attributes:
        share: Probability that anything is highlighted.
        count: How many places, in [0, 20].
        width_mm: Of the felt tip, in [1.5, 12].
        strength: Share of the full colour that one layer reaches, in [0, 1].
        colours: Yellow, green, pink, orange; each place draws one of the two that the page drew.
    """

    share: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    count: Annotated[Range, Within(0.0, 20.0, calm=0.0)] = (1.0, 4.0)
    width_mm: Annotated[Range, Within(1.5, 12.0)] = (3.2, 5.2)
    strength: Annotated[Range, Within(0.0, 1.0)] = (0.55, 0.95)
    colours: tuple[Literal["yellow", "green", "pink", "orange"], ...] = ("yellow", "yellow", "green", "pink", "orange")

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Draw the bands one over the other: where two lie, it is darker."""
        there, count = rng.uniform() < self.share, draw_count(self.count, rng)
        colours = [_COLOURS[pick(self.colours, rng)] for _ in range(2)]
        size = (image.shape[1], image.shape[0])
        for _ in range(count if there else 0):
            colour, strength = colours[int(rng.uniform() < 0.2)], draw(self.strength, rng)
            for band in self._bands(image, px_per_mm, rng):
                felt = np.random.default_rng(int(rng.integers(2**63)))  # what it draws depends on the print's scale
                patch = _draw_band(band, px_per_mm, size, felt)
                if patch is not None:
                    red, green, blue = (1.0 - strength * (1.0 - channel) for channel in colour)
                    darken(image, patch, (red, green, blue))
        return image

    def _bands(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> list[_Band]:
        """One stroke over words, sometimes back again; one to three beside each other over a stretch of a trace."""
        words, width, slope = rng.uniform() < 0.6, draw(self.width_mm, rng), rng.normal(0.0, 0.012)
        length = rng.uniform(9.0, 50.0) if words else rng.uniform(15.0, 75.0)
        again, side = int(rng.choice(3, p=(0.6, 0.3, 0.1))), rng.uniform(0.15, 0.4) if words else rng.uniform(0.6, 0.95)
        high = width * (1.0 if words else 1.0 + side * again)
        at = find_spot(image, px_per_mm, (length, high), "head" if words else "traces", rng, inked=True)
        bands = []
        for k in range(1 + again):
            down = width * (0.5 + side * k) + rng.normal(0.0, 0.2)
            start = np.asarray(at + np.array([rng.normal(0.0, 1.2), down]))
            bands.append(_Band(start, max(3.0, length + rng.normal(0.0, 2.0)), width, slope + rng.normal(0.0, 0.004)))
        return bands


@dataclass(frozen=True, eq=False)
class _Band:
    """One stroke from its middle left `start_mm` (2,) to the right."""

    start_mm: Points
    length_mm: float
    width_mm: float
    slope: float


def _draw_band(band: _Band, px_per_mm: float, size: tuple[int, int], rng: np.random.Generator) -> Patch | None:
    """A stroke of a slanted tip: ragged ends where ink gathers, dark edges, streaks; None if beside the paper."""
    middle_mm, half_mm = band.start_mm[1], band.width_mm / 2.0
    fall = band.slope * band.length_mm
    low = np.array([band.start_mm[0] - 3.0, middle_mm + min(0.0, fall) - half_mm - 1.5])
    high = np.array([band.start_mm[0] + band.length_mm + 3.0, middle_mm + max(0.0, fall) + half_mm + 1.5])
    first = np.clip(np.round(low * px_per_mm), 0, size).astype(int)
    last = np.clip(np.round(high * px_per_mm), 0, size).astype(int)
    x, y = ((np.arange(a, b) + 0.5) / px_per_mm for a, b in zip(first, last, strict=True))
    along, lean, worn = x - band.start_mm[0], rng.normal(0.0, 0.35, 2), rng.uniform(0.1, 0.45)
    line = middle_mm + band.slope * along + 0.12 * sway(along, (15.0, 60.0), rng)
    half = half_mm * (1.0 + 0.03 * sway(along, (5.0, 30.0), rng))
    down = y - middle_mm
    ends = [lean[k] * down + 0.12 * sway(down, (0.8, 4.0), rng) for k in (0, 1)]
    streaks = _streaks((len(y), len(x)), px_per_mm, rng)
    if not (x.size and y.size):
        return None
    inside = (half[None] - np.abs(y[:, None] - line[None])).astype(np.float32)  # mm from the long edges
    within = np.minimum(along[None] - ends[0][:, None], band.length_mm - along[None] + ends[1][:, None])
    ink = _ink(inside, within.astype(np.float32), px_per_mm) * (1.0 - np.float32(worn) * streaks)
    return Patch(int(first[0]), int(first[1]), np.asarray(ink * np.float32(255.0), dtype=np.uint8))


def _ink(inside: NDArray[np.float32], within: NDArray[np.float32], px_per_mm: float) -> NDArray[np.float32]:
    """How much ink there is, in [0, 1], `inside` mm from the long edges and `within` mm from the ends."""
    crisp = np.float32(min(px_per_mm, 6.0))  # ink creeps into paper: edges are soft over a sixth of a mm
    edge = np.minimum(inside, within)
    cover = np.clip(edge * crisp + np.float32(0.5), 0.0, 1.0)
    pooled = np.float32(0.10) * np.exp(-np.square(inside / 0.35)) + np.float32(0.15) * np.exp(-np.square(within / 0.9))
    return np.asarray(np.minimum(cover * (np.float32(0.82) + pooled), 1.0), dtype=np.float32)


def _streaks(shape: tuple[int, int], px_per_mm: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth noise in [0, 1] drawn out along the stroke."""
    columns, rows = (max(2, round(n / px_per_mm / step)) for n, step in zip(shape[::-1], _STREAK_MM, strict=True))
    small = rng.random((rows, columns), dtype=np.float32)
    if not all(shape):
        return small
    smooth = cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth, dtype=np.float32)
