"""What soaks a sheet: water that lets ink run, and the back shine through."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from synth.degrade.blend import (
    Lattice,
    Picture,
    Plane,
    Window,
    bleached,
    clouds,
    nodes_over,
    paper_of,
    pixels_of,
    shrunk,
    spread_over,
    tinted,
    towards,
)
from synth.degrade.paper.back import mirrored
from synth.degrade.paper.tint import disc
from synth.degrade.step import Imprint
from synth.ranges import Range, Within, draw, draw_count

_RUNS = 4  # times that dye is carried on, each twice as far as the one before
_REACH_MM = 2.0  # beyond the water's edge nothing changes
_THICK_MM = 0.25  # of paper's blur
_TIDE = (0.42, 0.52, 0.66)  # of its light a tide line takes at most this much
_WET = (0.72, 0.86, 1.0)  # of what wet paper takes of the light, per channel
_SOFTEST = 0.3  # half a picture, made small and large, is blurred by itself
_STAYS = 0.6  # of soaked ink where it was
_DYE = (1.0, 0.82, 0.45)  # black ink dissolves into blue


class Soak(Imprint, frozen=True, tag="soak"):
    """Water that soaked the sheet: ink bleeds and its dye runs, the grid washes out, the paper dries in tide lines.

    Attributes:
        count: Number of soaked regions, many of them from an edge, in [0, 8].
        size_mm: Radius, in [5, 200].
        bleed_mm: Standard deviation of the way that some of the ink creeps, in [0, 3].
        dye: How much of the dissolved ink colours the paper around it, in [0, 1].
        wash: Share of the grid, and half as much of the ink, that is washed out, in [0, 1].
        wet: Share of the light that soaked paper loses, in clouds, in [0, 0.5].
        tide: Strength of the lines where it dried, in [0, 1].
        through: Share of the light that the print on the back takes where the paper is soaked, in [0, 1].
    """

    count: Annotated[Range, Within(0.0, 8.0, calm=0.0)] = (1.0, 3.0)
    size_mm: Annotated[Range, Within(5.0, 200.0)] = (15.0, 70.0)
    bleed_mm: Annotated[Range, Within(0.0, 3.0, calm=0.0)] = (0.15, 0.6)
    dye: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.1, 0.5)
    wash: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.1, 0.6)
    wet: Annotated[Range, Within(0.0, 0.5, calm=0.0)] = (0.03, 0.15)
    tide: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.2, 0.7)
    through: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.0, 0.25)

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """One region after the other, each in its own window."""
        shape, paper = nodes_over(image, px_per_mm), paper_of(image)
        bleed, dye, wash = draw(self.bleed_mm, rng), draw(self.dye, rng), draw(self.wash, rng)
        wet, tide, through = draw(self.wet, rng), draw(self.tide, rng), draw(self.through, rng)
        count, back_rng = draw_count(self.count, rng), np.random.default_rng(int(rng.integers(2**63)))
        back = _back(image, px_per_mm, back_rng) if count and through else None
        for _ in range(count):
            nodes, away = _shore(shape, draw(self.size_mm, rng), rng)
            if not away.size:
                continue
            window = pixels_of(nodes, shape, image)
            soaked = np.clip(0.5 - away / 1.2, 0.0, 1.0)
            patchy = soaked * (0.55 + 0.6 * clouds(away.shape, 14.0, rng))
            part = np.ascontiguousarray(image[window])
            tint = _dried(away, soaked, wet, tide, rng) * _dyed(part, paper, patchy * dye, rng)
            if back is not None:
                lost = cv2.multiply(back[window], spread_over(part, patchy * np.float32(through)), scale=1.0 / 255.0)
                part = tinted(part, np.asarray(cv2.bitwise_not(lost), dtype=np.uint8))
            part = bled(part, paper, bleed * px_per_mm, spread_over(part, patchy))
            light = cv2.convertScaleAbs(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), alpha=0.5, beta=127.0)
            washed = cv2.multiply(spread_over(part, patchy * wash), light, scale=1.0 / 255.0)
            part = bleached(part, paper, np.asarray(washed, dtype=np.uint8))
            image[window] = tinted(part, spread_over(part, tint))
        return image


def _back(image: Picture, px_per_mm: float, rng: np.random.Generator) -> Plane:
    """Ink of the print on the back, blurred by the paper, at every pixel."""
    ink = cv2.GaussianBlur(mirrored(image, rng), (0, 0), max(0.3, 0.5 * _THICK_MM * px_per_mm))
    return np.asarray(cv2.resize(ink, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _shore(shape: tuple[int, int], radius_mm: float, rng: np.random.Generator) -> tuple[Window, Lattice]:
    """Distance in mm from the water's edge, negative where it was, around a region; more than half are at an edge."""
    home, axis = rng.uniform(0.0, 1.0, 2), int(rng.integers(2))
    if rng.uniform() < 0.6:
        home[axis] = round(rng.uniform()) + rng.normal(0.0, 0.05)
    window, away = disc(shape, radius_mm, rng, wobble=0.16, at=home)
    if away.size:
        for length_mm, swing_mm in ((30.0, 12.0), (9.0, 5.0), (2.5, 1.2)):
            away += np.float32(swing_mm) * (clouds(away.shape, length_mm, rng) - np.float32(0.35))
    rows, columns = (np.flatnonzero((away < _REACH_MM).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return window, np.zeros((0, 0), dtype=np.float32)
    inner = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    top, left = window[0].start, window[1].start
    return (
        slice(top + inner[0].start, top + inner[0].stop),
        slice(left + inner[1].start, left + inner[1].stop),
    ), away[inner]


def _dried(away: Lattice, soaked: Lattice, wet: float, tide: float, rng: np.random.Generator) -> Lattice:
    """Tint of the paper: darker in clouds where it was wet, with lines where the water stopped."""
    damp = soaked * (0.3 + 0.6 * clouds(away.shape, 20.0, rng) + 0.3 * clouds(away.shape, 1.8, rng))
    lines = np.exp(-((away / rng.uniform(0.35, 0.8)) ** 2)) + 0.25 * np.exp(-np.maximum(-away, 0.0) / 3.0) * soaked
    for _ in range(int(rng.integers(0, 3))):
        lines += rng.uniform(0.1, 0.5) * np.exp(-(((away + rng.uniform(2.0, 14.0)) / 0.5) ** 2))
    lines *= np.float32(tide) * (0.25 + 0.9 * clouds(away.shape, 9.0, rng))
    lost = np.float32(wet) * damp[..., None] * np.array(_WET, dtype=np.float32)
    return np.asarray((1.0 - lost) * (1.0 - np.clip(lines, 0.0, 1.0)[..., None] * np.array(_TIDE, dtype=np.float32)))


def _dyed(image: Picture, paper: tuple[float, float, float], strength: Lattice, rng: np.random.Generator) -> Lattice:
    """Tint of the dye that left the ink: around it, and down the way that the water ran."""
    h, w = strength.shape
    way = rng.uniform(0.0, 2.0 * np.pi)
    light = np.maximum(np.array(paper, dtype=np.float32), np.float32(1.0))
    dye = np.clip(np.float32(1.0) - shrunk(image, (h, w)) / light, 0.0, 1.0)
    dye *= np.clip(3.0 * dye.mean(axis=2, keepdims=True), 0.2, 1.0)  # of pale grids less
    for k in range(_RUNS):
        shift = np.array([[1.0, 0.0, 2.0**k * np.cos(way)], [0.0, 1.0, 2.0**k * np.sin(way)]])
        dye = np.asarray(cv2.addWeighted(dye, 0.5, cv2.warpAffine(dye, shift, (w, h)), 0.5, 0.0))
    dye = np.asarray(cv2.GaussianBlur(dye, (0, 0), 1.6), dtype=np.float32)
    depth = np.clip(3.0 * dye * (strength * (0.4 + 0.9 * clouds((h, w), 2.3, rng)))[..., None], 0.0, 0.7)
    return np.asarray(1.0 - depth * np.array(_DYE, dtype=np.float32), dtype=np.float32)


def bled(image: Picture, paper: tuple[float, float, float], sigma_px: float, share: Plane) -> Picture:
    """The print (H, W, 3) with ink that crept, by shares (H, W) of 255: what stayed, paler, in what ran about it.

    What ran is a blur at half the print's resolution.
    """
    if sigma_px < 0.5:
        return image
    half = cv2.pyrDown(image, borderType=cv2.BORDER_REPLICATE)  # leaves the middle of all ink where it is
    soft = cv2.GaussianBlur(half, (0, 0), max(_SOFTEST, 0.5 * np.sqrt(max(0.0, sigma_px**2 - 1.0))))
    halo = cv2.pyrUp(soft, dstsize=image.shape[1::-1])
    core = bleached(image, paper, np.full(image.shape[:2], round(255.0 * (1.0 - _STAYS)), dtype=np.uint8))
    return towards(image, np.asarray(cv2.min(halo, core), dtype=np.uint8), share)
