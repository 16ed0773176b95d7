"""A clipboard: the board under the page, and the clamp over its top edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.degrade.cloud import cloud
from synth.degrade.scene.laying import Drawing, lay_flat, put, shadow_shift
from synth.degrade.scene.solid import PX_PER_MM, STEEL, lit, plate, sun_from, to_bytes, turned
from synth.degrade.scene.thing import Setting, Thing, Window
from synth.degrade.step import Picture
from synth.light import Sun
from synth.ranges import pick

_BOARDS: tuple[RGB, ...] = ((0.46, 0.33, 0.22), (0.52, 0.38, 0.26), (0.12, 0.12, 0.13), (0.20, 0.28, 0.42))
_TILE_PX = 256  # of a board's grain, repeated
_THICK_MM = 3.0  # of a board
_ABOVE_MM, _LEAST_MM = 28.0, (225.0, 285.0)  # of the board above the page; of its width, and of its height below that

# Slope of the clamp across it, in mm from the page's edge into the page: a rolled spring, a flat plate, a lip
_SLOPE_MM = ((-16.0, -9.0, -7.0, -3.0, 1.0, 3.0, 13.5, 15.0, 17.0), (0.1, 0.1, -1.2, -1.0, 1.0, 1.2, 0.12, -0.5, 1.4))
_FLAT_MM = ((-16.0, 13.5, 15.0, 17.0), (0.12, 0.12, -0.5, 1.4))


def clipboard(setting: Setting, rng: np.random.Generator) -> list[Thing | None]:
    """A board under the page, and its clamp over the top edge."""
    colour, wide = np.array(pick(_BOARDS, rng)), rng.uniform(100.0, 150.0)
    at = np.array([setting.page_mm[0] * (0.5 + rng.normal(0.0, 0.02)), rng.normal(0.0, 2.0)])
    inward, margins = turned(np.array([0.0, 1.0]), rng.normal(0.0, 0.015)), rng.uniform(4.0, 14.0, 3)
    grain = to_bytes((1.0 + 0.16 * (rng.random((_TILE_PX, _TILE_PX, 1), dtype=np.float32) - 0.5)) * colour)
    clamp = _clamp(wide, sun_from(setting, inward), rng)
    return [*_board(setting, margins, grain), put(clamp, setting.frame_at(at, inward), setting)]


def _clamp(wide: float, sun: Sun, rng: np.random.Generator) -> Drawing:
    x, y, cover = plate(-16.0, 17.0, wide, 3.0, PX_PER_MM)
    spring = np.clip((0.32 * wide - np.abs(y)) * 4.0, 0.0, 1.0)
    tones = []
    for slope in (_FLAT_MM, _SLOPE_MM):
        light, shine = lit(np.zeros_like(x), np.interp(x, *slope).astype(np.float32), sun)
        tones.append(0.62 * light + 0.35 * shine)
    brushed = 1.0 + 0.05 * (cloud((len(y), 1), len(y) // 2, rng) - 0.5)
    tone = np.asarray((tones[0] + spring * (tones[1] - tones[0])) * brushed, dtype=np.float32)
    for rivet in (-0.2 * wide, 0.2 * wide):
        near = slice(int((wide / 2.0 + rivet - 4.0) * PX_PER_MM), int((wide / 2.0 + rivet + 4.0) * PX_PER_MM))
        away = np.hypot(x - 9.0, y[near] - rivet)
        tone[near] *= 1.0 - 0.4 * np.exp(-np.square((away - 3.0) / 0.4)) + 0.2 * (away < 2.6)
    colour = cv2.merge([to_bytes(tone * channel) for channel in STEEL])
    return Drawing(np.asarray(colour, np.uint8), cover, PX_PER_MM, (-16.0, -wide / 2.0), 5.0, 0.55)


def _board(setting: Setting, margins: NDArray[np.float64], grain: Picture) -> list[Thing]:
    w, h = setting.page_mm
    left, right, below = (float(margin) for margin in margins)
    right, below = max(right, _LEAST_MM[0] - w - left), max(below, _LEAST_MM[1] - h)
    corners = np.array([(-left, -_ABOVE_MM), (w + right, -_ABOVE_MM), (w + right, h + below), (-left, h + below)])

    def grained(window: Window) -> Picture:
        rows, columns = window[3] - window[1], window[2] - window[0]
        tiled = cv2.repeat(grain, -(-rows // _TILE_PX), -(-columns // _TILE_PX))
        return np.ascontiguousarray(tiled[:rows, :columns], dtype=np.uint8)

    away = shadow_shift(setting, setting.plane, _THICK_MM)
    return lay_flat(setting.plane.forward(corners), grained, setting.beside, away, under=True)
