"""Other sheets beside, under and over the page."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from synth.degrade.scene.laying import lay_flat, shadow_shift
from synth.degrade.scene.leaf import Content, Leaf, draw_leaf, write_leaf
from synth.degrade.scene.solid import turned
from synth.degrade.scene.thing import Placing, Setting, Thing, Window, clip_window
from synth.degrade.step import Picture
from synth.geometry import Homography, affine, compose, invert, local_scale, outline, raster_map
from synth.ranges import Range, Within, draw, draw_count, draw_sign, pick

_SIZES_MM = ((279.4, 215.9), (215.9, 279.4), (210.0, 297.0), (297.0, 210.0), (210.0, 148.0), (250.0, 100.0))
_LIFT_MM, _REACH_PX = 0.8, 60.0  # of their rims over what they lie on; farther than their shadows fall


class Pages(Placing, frozen=True, tag="pages"):
    """Other sheets on the desk, seen beside the page, and one that lies over a part of it.

    Attributes:
        chance: Probability that there are any.
        count: Sheets under the page, in [0, 5].
        over: Probability that one lies over it.
        overlap_mm: How far that one reaches over the page, in [2, 150].
        contents: What is on them; each draws one.
    """

    chance: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    count: Annotated[Range, Within(0.0, 5.0, calm=0.0)] = (1.0, 2.0)
    over: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.2
    overlap_mm: Annotated[Range, Within(2.0, 150.0)] = (6.0, 40.0)
    contents: tuple[Content, ...] = ("tracing", "tracing", "letter", "form", "blank")

    def place(self, setting: Setting, rng: np.random.Generator) -> list[Thing]:
        """Sheets under the page stick out anywhere; the one over it comes from a side or corner."""
        there, count, over = rng.uniform() < self.chance, draw_count(self.count, rng), rng.uniform() < self.over
        things = []
        for k in range((count + over) if there else 0):
            content, sheet = pick(self.contents, rng), pick((setting.page_mm, *_SIZES_MM), rng)
            under = k < count
            reach = rng.uniform(4.0, 120.0) if under else -draw(self.overlap_mm, rng)
            frame = compose([_laid(sheet, setting.page_mm, reach, rng), setting.plane])
            assert isinstance(frame, Homography)
            things += _lay(write_leaf(content, sheet, rng), frame, setting, under)
        return things


def _laid(sheet: tuple[float, float], page: tuple[float, float], reach: float, rng: np.random.Generator) -> Homography:
    """Where a sheet lies: turned a little or more, `reach` mm out beyond one side of the page; in over it below 0."""
    side, slide = int(rng.integers(4)), rng.uniform(-0.5, 0.5)
    turn = rng.normal(0.0, 0.04) if rng.uniform() < 0.5 else draw_sign(rng) * rng.uniform(0.05, 0.6)
    outward = np.array([(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)][side])
    half = np.array(sheet) / 2.0
    wide = np.abs(np.array([turned(half * (1.0, sign), turn) for sign in (1.0, -1.0)])).max(axis=0)
    middle = np.array(page) / 2.0
    beyond = abs(float(outward @ middle)) + (reach - abs(float(outward @ wide)) if reach > 0.0 else 0.0)
    if reach <= 0.0:
        beyond += reach + abs(float(outward @ wide))
    at = middle + outward * beyond + slide * (1.0 - np.abs(outward)) * page
    corner = at - turned(half, turn)
    cos, sin = np.cos(turn), np.sin(turn)
    return Homography(np.array([[cos, -sin, corner[0]], [sin, cos, corner[1]], [0.0, 0.0, 1.0]]))


def _lay(leaf: Leaf, frame: Homography, setting: Setting, under: bool) -> list[Thing]:
    """A sheet over the page, or what is seen of one under it."""
    border = frame.forward(outline(leaf.sheet_mm, 1))
    whole = clip_window(border, setting.size, _REACH_PX)
    if whole is None:
        return []
    windows = [_common(window, whole) for window in (setting.beside if under else (whole,))]
    away = shadow_shift(setting, setting.plane, _LIFT_MM)
    seen = [window for window in windows if window[0] < window[2] and window[1] < window[3]]
    return lay_flat(border, lambda window: _seen(leaf, frame, window), seen, away, under=under)


def _common(one: Window, other: Window) -> Window:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _seen(leaf: Leaf, frame: Homography, window: Window) -> Picture:
    """A sheet in a window of the picture; only the part that is seen is drawn."""
    left, top, right, bottom = window
    corners = frame.inverse(np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64))
    low, high = np.clip((corners.min(axis=0), corners.max(axis=0)), 0.0, leaf.sheet_mm)
    scale = float(local_scale(frame, (low + high)[None] / 2.0)[0])
    drawn = draw_leaf(leaf, (float(low[0]), float(low[1]), float(high[0]), float(high[1])), scale)
    shift = affine(1.0, (float(low[0]), float(low[1])))
    to_window = compose([invert(raster_map(scale)), shift, frame, affine(1.0, (-left, -top))])
    assert isinstance(to_window, Homography)
    size = (right - left, bottom - top)
    flags = cv2.INTER_LINEAR
    seen = cv2.warpPerspective(drawn, to_window.matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, dtype=np.uint8)
