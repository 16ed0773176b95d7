"""Things in the scene: opaque, drawn flat in a frame of their own, then laid into the picture with their shadow."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import laid_over, tinted
from synth.degrade.step import Picture
from synth.geometry import Homography, Map, Points, compose, invert, local_scale, outline, raster_map
from synth.light import Lit, Sun
from synth.ranges import Ranged

Plane = NDArray[np.uint8]  # (h, w)
Window = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the picture; right and bottom are outside

_FRAME_MM = 12.0  # reach over which a bent sheet is taken as flat where a thing lies on it
_HIDDEN = 128  # a place covered by more than this, of 255, cannot be seen


@dataclass(frozen=True, eq=False)
class Setting:
    """Where things may lie: a sheet on a desk, as the picture sees them.

    Attributes:
        page_mm: (width, height) of the sheet.
        to_px: Paper mm -> picture px.
        plane: The same of a flat sheet, or of the desk around it.
        size: (width, height) of the picture.
        sun: The lamp that casts shadows.
    """

    page_mm: tuple[float, float]
    to_px: Map
    plane: Homography
    size: tuple[int, int]
    sun: Sun

    def frame_at(self, at_mm: Points, x_axis: Points) -> Homography:
        """Millimetres of a thing that lies at a place of the sheet, its x axis along a direction there -> px."""
        along = np.asarray(x_axis, dtype=np.float64) / np.hypot(*x_axis)
        across = np.array([-along[1], along[0]])
        steps = _FRAME_MM * np.array([along, -along, across, -across])
        right, left, down, up = self.to_px.forward(at_mm + steps)
        middle = self.to_px.forward(np.asarray(at_mm, dtype=np.float64)[None])[0]
        x, y = (right - left) / (2.0 * _FRAME_MM), (down - up) / (2.0 * _FRAME_MM)
        return Homography(np.array([[x[0], y[0], middle[0]], [x[1], y[1], middle[1]], [0.0, 0.0, 1.0]]))


@dataclass(frozen=True, eq=False)
class Thing:
    """A thing in a window of the picture.

    Attributes:
        left: Column where the window begins, >= 0; it ends within the picture.
        top: Its row.
        colour: (h, w, 3), in full light.
        cover: (h, w): 255 where it hides all that is below, 0 where nothing of it is.
        shade: (h, w): light left on what is below, 255 is all.
        under: Whether it lies under the sheet.
    """

    left: int
    top: int
    colour: Picture
    cover: Plane
    shade: Plane
    under: bool = False


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


class Placing(Ranged, frozen=True, tag_field="kind"):
    """A step that lays things under or over the sheet; it is shown neither pixels nor labels."""

    @abstractmethod
    def place(self, setting: Setting, rng: np.random.Generator) -> list[Thing]:
        """Return the things, the lowest first."""


def put(drawing: Drawing, frame: Homography, setting: Setting, *, under: bool = False) -> Thing | None:
    """Lay a drawing into the picture, its own millimetres going through `frame`; None if nothing of it is seen."""
    shift = Homography(np.array([[1.0, 0.0, drawing.origin_mm[0]], [0.0, 1.0, drawing.origin_mm[1]], [0.0, 0.0, 1.0]]))
    to_px = compose([invert(raster_map(drawing.px_per_mm)), shift, frame])
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


def clip_window(points_px: Points, size: tuple[int, int], reach_px: float) -> Window | None:
    """The window of a picture around points, with a margin; None if it lies outside."""
    low = np.maximum(np.floor(points_px.min(axis=0) - reach_px), 0.0).astype(int)
    high = np.minimum(np.ceil(points_px.max(axis=0) + reach_px) + 1.0, size).astype(int)
    if (high <= low).any():
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def filled(corners_px: Points, window: Window) -> Plane:
    """What a polygon covers of a window of the picture; its edge is smooth."""
    cover = np.zeros((window[3] - window[1], window[2] - window[0]), dtype=np.uint8)
    at = np.round((corners_px - window[:2]) * 16.0).astype(np.int32).reshape(-1, 1, 2)
    return np.asarray(cv2.fillPoly(cover, [at], 255.0, cv2.LINE_AA, 4), dtype=np.uint8)


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
    small = cv2.resize(cover, (max(1, w // coarse), max(1, h // coarse)), interpolation=cv2.INTER_AREA)
    shift = np.array([[1.0, 0.0, away[0] / coarse], [0.0, 1.0, away[1] / coarse]])
    moved = cv2.warpAffine(small, shift, (small.shape[1], small.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    soft = cv2.GaussianBlur(moved, (0, 0), max(0.4, sigma / coarse))
    close = cv2.GaussianBlur(small, (0, 0), max(0.4, 0.4 * sigma / coarse))
    lost = cv2.addWeighted(soft, 0.6 * depth, close, 0.4 * depth, 0.0)
    spread = cv2.resize(lost, (w, h), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.bitwise_not(spread), dtype=np.uint8)


def lay_thing(image: Picture, thing: Thing, lamps: Lit | None = None) -> None:
    """Shade what is below a thing and lay the thing on it, in place.

    Args:
        image: The picture.
        thing: What comes on it.
        lamps: Light on the thing; None if the picture gets its light later.
    """
    h, w = thing.cover.shape
    part = image[thing.top : thing.top + h, thing.left : thing.left + w]
    part[:] = tinted(part, thing.shade)
    size = (image.shape[1], image.shape[0])
    colour = thing.colour if lamps is None else lamps.fall_on_part(thing.colour, (thing.left, thing.top), size)
    laid_over(part, colour, thing.cover)


def hidden_under(things: Sequence[Thing], points_px: Points) -> NDArray[np.bool_]:
    """Which points (n, 2) of the picture lie under things that lie on the sheet."""
    hidden = np.zeros(len(points_px), dtype=np.bool_)
    for thing in things:
        if thing.under:
            continue
        h, w = thing.cover.shape
        x, y = (np.round(points_px[:, axis]).astype(np.intp) - at for axis, at in ((0, thing.left), (1, thing.top)))
        inside = (x >= 0) & (x < w) & (y >= 0) & (y < h)
        hidden[inside] |= thing.cover[y[inside], x[inside]] >= _HIDDEN
    return hidden
