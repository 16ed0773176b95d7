"""Things in the scene: opaque, drawn flat in a frame of their own, then laid into the picture with their shadow."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import laid_over, tinted
from synth.degrade.step import Picture
from synth.field import spread_in
from synth.geometry import Homography, Map, Points, outline
from synth.light import Lit, Sun
from synth.ranges import Ranged

Plane = NDArray[np.uint8]  # (h, w)
Window = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the picture; right and bottom are outside

_FRAME_MM = 12.0  # reach over which a bent sheet is taken as flat where a thing lies on it
_COARSE = 16  # pixels of the picture per pixel of the search for what the sheet does not cover
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

    @cached_property
    def beside(self) -> tuple[Window, ...]:
        """Windows, none over another, that together hold all of the picture that the sheet does not cover."""
        w, h = (-(-side // _COARSE) for side in self.size)
        border = (self.to_px.forward(outline(self.page_mm)) + 0.5) / _COARSE - 0.5
        around = filled(border, (-1, -1, w + 1, h + 1))
        sheet = cv2.erode(around, np.ones((3, 3), dtype=np.uint8))[1:-1, 1:-1] == 255
        left, top, right, bottom = 0, 0, w, h
        while left < right and top < bottom:  # shrink towards a rectangle that the sheet covers
            part = sheet[top:bottom, left:right]
            bare = [(~line).mean() for line in (part[:, 0], part[0], part[:, -1], part[-1])]
            worst = int(np.argmax(bare))
            if bare[worst] == 0.0:
                break
            left, top, right, bottom = (
                left + (worst == 0),
                top + (worst == 1),
                right - (worst == 2),
                bottom - (worst == 3),
            )
        windows = [(0, 0, w, top), (0, top, left, bottom), (right, top, w, bottom), (0, bottom, w, h)]
        fine = [
            tuple(min(_COARSE * side, end) for side, end in zip(window, 2 * self.size, strict=True))
            for window in windows
        ]
        return tuple((a, b, c, d) for a, b, c, d in fine if a < c and b < d)

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


class Placing(Ranged, frozen=True, tag_field="kind"):
    """A step that lays things under or over the sheet; it is shown neither pixels nor labels."""

    @abstractmethod
    def place(self, setting: Setting, rng: np.random.Generator) -> list[Thing]:
        """Return the things, the lowest first."""


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
    return np.asarray(
        cv2.fillPoly(cover, [fixed_point(corners_px - window[:2])], 255.0, cv2.LINE_AA, 4), dtype=np.uint8
    )


def fixed_point(points_px: Points) -> NDArray[np.int32]:
    """Points (n, 2) as OpenCV draws them in sixteenths of a pixel, shift 4: (n, 1, 2)."""
    return np.round(points_px * 16.0).astype(np.int32).reshape(-1, 1, 2)


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
    colour = thing.colour
    if lamps is not None:
        factor = spread_in(lamps.nodes, (thing.left, thing.top, thing.left + w, thing.top + h), lamps.stride_px)
        colour = np.asarray(cv2.multiply(colour, factor, dtype=cv2.CV_8U), dtype=np.uint8)
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
