"""Laying things into the picture, each in its window, with the shadow that it casts on what is below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from synth.degrade.scene.thing import Plane, Setting, Thing, Window, clip_window, filled
from synth.degrade.step import Picture
from synth.geometry import Homography, Points, affine, compose, invert, local_scale, outline, raster_map


@dataclass(frozen=True, eq=False)
class Drawing:
    """A thing drawn flat.

    Attributes:
        colour: (h, w, 3), defined beyond its edge, too.
        cover: (h, w), as of a `Thing`; its edge is smooth.
        px_per_mm: Scale of the raster.
        origin_mm: Place of the raster's top-left corner in the thing's own frame.
        lift_mm: How high its rim is over what it lies on, > 0: what its shadow comes from.
        depth: Fraction of light lost where its shadow is darkest.
    """

    colour: Picture
    cover: Plane
    px_per_mm: float
    origin_mm: tuple[float, float]
    lift_mm: float
    depth: float


def put(drawing: Drawing, frame: Homography, setting: Setting, *, under: bool = False) -> Thing | None:
    """Lay a drawing into the picture, its own millimetres going through `frame`; None if nothing of it is seen."""
    to_px = compose([invert(raster_map(drawing.px_per_mm)), affine(1.0, drawing.origin_mm), frame])
    assert isinstance(to_px, Homography)
    h, w = drawing.cover.shape
    border = to_px.forward(outline((w - 1.0, h - 1.0), 4))
    scale = float(local_scale(frame, np.zeros((1, 2)) + drawing.origin_mm)[0])
    reach = 4.0 * drawing.lift_mm * scale + 3.0
    window = clip_window(border, setting.size, reach)
    if window is None:
        return None
    left, top, right, bottom = window
    back = np.array([[1.0, 0.0, -left], [0.0, 1.0, -top], [0.0, 0.0, 1.0]]) @ to_px.matrix
    size = (right - left, bottom - top)
    colour = cv2.warpPerspective(drawing.colour, back, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(drawing.cover, back, size, flags=cv2.INTER_LINEAR)
    away = shadow_shift(setting, frame, drawing.lift_mm)
    shade = cast_shade(np.asarray(cover, dtype=np.uint8), away, 0.6 * drawing.lift_mm * scale, drawing.depth)
    return Thing(left, top, np.asarray(colour, np.uint8), np.asarray(cover, np.uint8), shade, under)


def lay_flat(
    border_px: Points, draw: Callable[[Window], Picture], windows: Sequence[Window], away: Points, *, under: bool
) -> list[Thing]:
    """A flat thing with straight edges, in each of some windows of the picture.

    Args:
        border_px: Its corners in the picture, (n, 2).
        draw: What it looks like in a window, beyond its edges, too.
        windows: Where it may be seen, none over another.
        away: How far its shadow falls, in px, (2,).
        under: Whether it lies under the sheet.
    """
    sigma = 0.5 * float(np.hypot(*away)) + 1.0
    reach, things = int(3.0 * sigma + np.abs(away).max()) + 1, []
    for window in windows:
        left, top, right, bottom = window
        wide = filled(border_px, (left - reach, top - reach, right + reach, bottom + reach))
        if not wide.any():
            continue
        inner = (slice(reach, reach + bottom - top), slice(reach, reach + right - left))
        shade = np.ascontiguousarray(cast_shade(wide, away, sigma, 0.5)[inner])
        cover = np.ascontiguousarray(wide[inner])
        colour = draw(window) if cover.any() else np.zeros((*cover.shape, 3), dtype=np.uint8)
        things.append(Thing(left, top, colour, cover, shade, under))
    return things


def shadow_shift(setting: Setting, frame: Homography, lift_mm: float) -> Points:
    """How far in px the shadow of a rim `lift_mm` high falls away from the sun, (2,)."""
    turn = np.deg2rad(setting.sun.azimuth_deg)
    length = min(2.0, 1.0 / np.tan(np.deg2rad(setting.sun.elevation_deg))) * lift_mm
    middle = np.array([setting.page_mm]) / 2.0
    ends = setting.plane.forward(np.concatenate([middle, middle - length * np.array([[np.cos(turn), np.sin(turn)]])]))
    scale = local_scale(frame, np.zeros((1, 2))) / local_scale(setting.plane, middle)
    return np.asarray((ends[1] - ends[0]) * scale)


def cast_shade(cover: Plane, away: Points, sigma: float, depth: float) -> Plane:
    """Light left around a thing: dark where it touches, softer and shifted where its rim is off the ground."""
    coarse = max(1, min(8, int(sigma / 1.2)))
    h, w = cover.shape
    blocks = -(-w // coarse), -(-h // coarse)
    right, down = blocks[0] * coarse - w, blocks[1] * coarse - h
    whole = cv2.copyMakeBorder(cover, 0, down, 0, right, cv2.BORDER_REPLICATE) if right or down else cover
    small = cv2.resize(whole, blocks, interpolation=cv2.INTER_AREA)
    shift = np.array([[1.0, 0.0, away[0] / coarse], [0.0, 1.0, away[1] / coarse]])
    moved = cv2.warpAffine(small, shift, (small.shape[1], small.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.4, sigma / coarse))
    close = cv2.GaussianBlur(small, (0, 0), max(0.4, 0.4 * sigma / coarse))
    lost = cv2.addWeighted(soft, 0.6 * depth, close, 0.4 * depth, 0.0)
    left = cv2.resize(cv2.bitwise_not(lost), None, fx=coarse, fy=coarse, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(np.asarray(left, dtype=np.uint8)[:h, :w])
