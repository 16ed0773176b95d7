"""Rubber stamps: unevenly inked, tilted, partly missing."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np

from synth.colours import RGB
from synth.degrade.cloud import cloud
from synth.degrade.paper.writing.hand import extent, moved
from synth.degrade.paper.writing.pens import darken
from synth.degrade.paper.writing.rubber import draw_stamp
from synth.degrade.paper.writing.spot import Zone, find_spot
from synth.degrade.step import Imprint, Picture
from synth.lines import Coverage, Patch, fill_outlines
from synth.ranges import Range, Within, draw, draw_count, pick

_INKS: dict[str, RGB] = {
    "blue": (0.16, 0.22, 0.62),
    "red": (0.80, 0.14, 0.20),
    "violet": (0.40, 0.18, 0.58),
    "black": (0.14, 0.14, 0.16),
}
_SQUEEZE_MM = 0.22  # how far from an edge the ink that was squeezed there lies
_TWICE = 0.08  # share of stamps that touched the paper twice


class Stamp(Imprint, frozen=True, tag="stamp"):
    """Stamps of hospitals and departments, of dates, of what was done with the page; round, oval, boxed or plain.

    Attributes:
        share: Probability that the page was stamped.
        count: How many stamps, in [0, 8].
        width_mm: Of a stamp, in [12, 100].
        uneven: How much of it did not touch the paper or had no ink, in [0, 1].
        inks: Blue, red, violet, black; each stamp draws one.
    """

    share: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    count: Annotated[Range, Within(0.0, 8.0, calm=0.0)] = (1.0, 2.0)
    width_mm: Annotated[Range, Within(12.0, 100.0)] = (26.0, 52.0)
    uneven: Annotated[Range, Within(0.0, 1.0)] = (0.15, 0.8)
    inks: tuple[Literal["blue", "red", "violet", "black"], ...] = ("blue", "blue", "red", "violet", "black")

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Stamp, mostly where paper is free."""
        there, count = rng.uniform() < self.share, draw_count(self.count, rng)
        for _ in range(count if there else 0):
            self._stamp(image, px_per_mm, rng)
        return image

    def _stamp(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> None:
        width, uneven, depth = draw(self.width_mm, rng), draw(self.uneven, rng), rng.uniform(0.6, 0.95)
        colour, turn = _INKS[pick(self.inks, rng)], rng.normal(0.0, 0.12) + np.pi * (rng.uniform() < 0.02)
        zone: Zone = "head" if rng.uniform() < 0.4 else "page"
        twice, slip = rng.uniform() < _TWICE, rng.normal(0.0, 0.8, 2)
        shape = draw_stamp(rng)
        low, high = extent(shape)
        shape = moved([outline * width / (high[0] - low[0]) for outline in shape], np.zeros(2), turn)
        low, high = extent(shape)
        size = (float(high[0] - low[0]), float(high[1] - low[1]))
        at = find_spot(image, px_per_mm, size, zone, rng) - low
        for shift, share in ((np.zeros(2), depth), *(((slip, 0.4 * depth),) if twice else ())):
            outlines = [(outline + at + shift) * px_per_mm - 0.5 for outline in shape]
            grain = np.random.default_rng(int(rng.integers(2**63)))  # what it draws per pixel depends on the place
            patch = fill_outlines(outlines, (image.shape[1], image.shape[0]), margin_px=0.4 * px_per_mm)
            if patch is not None:
                red, green, blue = (1.0 - share * (1.0 - channel) for channel in colour)
                inked = press_rubber(patch.coverage, uneven, px_per_mm, grain)
                darken(image, Patch(patch.x, patch.y, inked), (red, green, blue))


def press_rubber(rubber: Coverage, uneven: float, px_per_mm: float, rng: np.random.Generator) -> Coverage:
    """What a rubber leaves: ink squeezed to its edges, bare where it was not pressed or had none, mottled."""
    near = np.asarray(cv2.GaussianBlur(rubber, (0, 0), max(0.5, 0.07 * px_per_mm)), dtype=np.uint8)
    wide = np.asarray(cv2.GaussianBlur(rubber, (0, 0), max(0.8, _SQUEEZE_MM * px_per_mm)), dtype=np.uint8)
    long_mm, turn = max(rubber.shape) / px_per_mm, rng.uniform(0.0, 2.0 * np.pi)
    pressed = cloud(rubber.shape, max(3, round(long_mm / 9.0)), rng)
    mottle = cloud(rubber.shape, max(3, round(long_mm / 0.5)), rng)
    at = np.flatnonzero(near > 10)
    y, x = (axis.astype(np.float32) for axis in np.unravel_index(at, rubber.shape))
    tilt = (x / rubber.shape[1] - 0.5) * np.float32(np.cos(turn)) + (y / rubber.shape[0] - 0.5) * np.float32(
        np.sin(turn)
    )
    body = np.clip((near.ravel()[at] / np.float32(255.0) - np.float32(0.38)) * 3.0 + 0.3, 0.0, 1.0)
    squeezed = wide.ravel()[at] / np.float32(255.0)
    fine = mottle.ravel()[at]
    force = np.float32(0.55) * pressed.ravel()[at] + np.float32(0.55) * (tilt + 0.5) + np.float32(0.3) * (fine - 0.5)
    touched = np.clip((force - np.float32(0.55 * uneven)) * 5.0 + 0.35, 0.0, 1.0)
    ink = body * touched * (1.0 - np.float32(0.45) * squeezed * squeezed)
    ink *= 1.0 - np.float32(0.5 * uneven) * np.clip((fine - 0.45) * 3.0, 0.0, 1.0)
    ink *= 1.0 - np.float32(0.25) * rng.random(len(at), dtype=np.float32)
    stamped = np.zeros_like(rubber)
    stamped.ravel()[at] = np.minimum(ink * np.float32(1.15), 1.0) * np.float32(255.0)
    return stamped
