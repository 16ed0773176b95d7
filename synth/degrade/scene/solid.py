"""Round bodies and bent wires under the sun of the scene: what fingers, pens and clips are drawn of."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.degrade.scene.laying import Drawing
from synth.degrade.scene.thing import Setting
from synth.geometry import Points
from synth.light import Sun

Plane = NDArray[np.float32]

PX_PER_MM = 8.0  # of drawings: about what pictures have
STEEL: RGB = (0.93, 0.94, 0.95)

_FINER = 3  # a wire is drawn so many times finer, then made small: its edges are smooth
_DARKEST = 70.0  # of 255, on the side of a wire that is turned away


def lit(across: Plane, slope: Plane, sun: Sun) -> tuple[Plane, Plane]:
    """Light on a round body whose half width has a slope, and the gloss on it; its rim, near the paper, is darker."""
    rise = np.sqrt(np.clip(1.0 - np.square(across), 0.0, 1.0))
    lean = np.clip(slope, -2.0, 2.0)
    norm = np.sqrt(np.square(0.75 * lean) + np.square(0.75 * across) + np.square(rise) + 1e-3)
    turn, lift = np.deg2rad(sun.azimuth_deg), np.deg2rad(sun.elevation_deg)
    lamp = np.array([np.cos(turn) * np.cos(lift), np.sin(turn) * np.cos(lift), np.sin(lift)], dtype=np.float32)
    facing = (-0.75 * lean * lamp[0] + 0.75 * np.clip(across, -1.0, 1.0) * lamp[1] + rise * lamp[2]) / norm
    soft = np.maximum(facing + 0.25, 0.0) / (lamp[2] + 0.25)
    light = (sun.ambient + (1.0 - sun.ambient) * soft) * (1.0 - 0.4 * np.clip(np.abs(across), 0.0, 1.0) ** 5)
    middle = (lamp + np.array([0.0, 0.0, 1.0], dtype=np.float32)) / np.sqrt(2.0 + 2.0 * lamp[2])
    mirrored = (-0.75 * lean * middle[0] + 0.75 * np.clip(across, -1.0, 1.0) * middle[1] + rise * middle[2]) / norm
    return np.asarray(np.clip(light, 0.05, 1.15), np.float32), np.asarray(np.maximum(mirrored, 0.0) ** 24, np.float32)


def turned(vector: Points, angle: float) -> Points:
    """A vector (2,) turned by an angle in rad, from x towards y."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([vector[0] * cos - vector[1] * sin, vector[0] * sin + vector[1] * cos])


def sun_from(setting: Setting, axis: Points) -> Sun:
    """The sun as a thing sees it, its own x axis along `axis` of the paper."""
    turn = float(np.rad2deg(np.arctan2(axis[1], axis[0])))
    return Sun(setting.sun.azimuth_deg - turn, setting.sun.elevation_deg, setting.sun.ambient)


def wire(path_mm: Points, width_mm: float, colour: RGB, sun: Sun, px_per_mm: float) -> Drawing:
    """A round wire along a path (n, 2), brightest where it faces the sun of its own frame."""
    low, high = (end(path_mm, axis=0) + sign * (width_mm + 1.0) for end, sign in ((np.min, -1.0), (np.max, 1.0)))
    w, h = (int(np.ceil(side * px_per_mm)) for side in high - low)
    scale, turn = px_per_mm * _FINER, np.deg2rad(sun.azimuth_deg)
    towards = np.array([np.cos(turn), np.sin(turn)]) * 0.16 * width_mm
    light = np.full((h * _FINER, w * _FINER), _DARKEST, dtype=np.uint8)
    cover = np.zeros_like(light)
    for wide, bright, shift in ((1.0, _DARKEST, 0.0), (0.72, 150.0, 0.5), (0.45, 205.0, 1.0), (0.16, 255.0, 1.3)):
        at = np.round(((path_mm + shift * towards - low) * scale - 0.5) * 16.0).astype(np.int32).reshape(-1, 1, 2)
        thick = max(1, round(wide * width_mm * scale))
        cv2.polylines(light, [at], False, bright, thick, cv2.LINE_AA, 4)
        if wide == 1.0:
            cv2.polylines(cover, [at], False, 255.0, thick, cv2.LINE_AA, 4)
    grey, small = (cv2.resize(plane, (w, h), interpolation=cv2.INTER_AREA) for plane in (light, cover))
    tinted = np.asarray(grey, dtype=np.float32)[..., None] * np.array(colour, dtype=np.float32)
    origin = (float(low[0]), float(low[1]))
    return Drawing(tinted.astype(np.uint8), np.asarray(small, np.uint8), px_per_mm, origin, 0.8 * width_mm, 0.5)


def plate(
    start: float, end: float, wide: float, corner: float, px_per_mm: float
) -> tuple[Plane, Plane, NDArray[np.uint8]]:
    """Places along and across a plate with round corners, and what it covers."""
    x = np.arange(start, end, 1.0 / px_per_mm, dtype=np.float32) + np.float32(0.5 / px_per_mm)
    y = (np.arange(-wide / 2.0, wide / 2.0, 1.0 / px_per_mm, dtype=np.float32) + np.float32(0.5 / px_per_mm))[:, None]
    over_x = np.maximum(np.abs(x - (start + end) / 2.0) - (end - start) / 2.0 + corner, 0.0)
    over_y = np.maximum(np.abs(y) - wide / 2.0 + corner, 0.0)
    return x, y, to_bytes(np.clip((corner - np.hypot(over_x, over_y)) * px_per_mm + 0.5, 0.0, 1.0))


def to_bytes(light: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Light in [0, 1], cut there, as bytes."""
    return np.asarray(np.clip(255.0 * light, 0.0, 255.0), dtype=np.uint8)
