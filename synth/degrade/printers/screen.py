"""A screen: what it shows around the page, and the raster of its pixels as a camera samples it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import lay_on_desk
from synth.degrade.printers.window import draw_room, draw_window
from synth.degrade.step import Picture
from synth.field import Field, field_nodes, node_shape, spread_nodes
from synth.geometry import Map, Points, local_scale, outline

_LENS_PX = 0.35  # sigma of a sharp lens, in pixels of the camera
_LIT = (0.26, 0.8)  # share of a screen's pixel that is lit: of its width per colour, of its height
_HARMONICS = 4
_BLOCK_ROWS = 32

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Panel:
    """A screen that shows a page in a window.

    Attributes:
        px_per_mm: Its pixels per mm of the page.
        stripes: How much of the light is in stripes of red, green and blue, in [0, 1].
        window: All that it shows, (H, W, 3), one pixel each; the page is laid on it.
        origin_px: Pixel of the window where the page begins.
        bezel_mm: Width of the frame around it; None if there is nothing around it: a screenshot.
        bezel: Colour of that frame.
    """

    px_per_mm: float
    stripes: float
    window: Picture
    origin_px: tuple[int, int]
    bezel_mm: float | None
    bezel: tuple[int, int, int]

    @property
    def edge_mm(self) -> Points:
        """The edge of what it shows, in mm of the page."""
        return self._outline(0.0)

    def frame(self, desk: Picture, to_px: Map) -> Picture:
        """The desk with the frame on it."""
        corners = np.round(to_px.forward(self._outline(self.bezel_mm or 0.0)) * 16.0).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(desk, [corners], tuple(map(float, self.bezel)), cv2.LINE_AA, 4)
        return desk

    def _outline(self, margin_mm: float) -> Points:
        h, w = self.window.shape[:2]
        start = -np.array(self.origin_px) / self.px_per_mm - margin_mm
        return outline((w / self.px_per_mm + 2.0 * margin_mm, h / self.px_per_mm + 2.0 * margin_mm), 64) + start

    def show(self, page: Picture, page_mm: tuple[float, float], to_px: Map) -> Picture:
        """The screen around a page that was sampled through `to_px`, seen through the raster of its pixels."""
        size = (page.shape[1], page.shape[0])
        back = to_px.back_mm if isinstance(to_px, Field) else to_px.inverse(field_nodes(size))
        nodes = np.asarray(back, dtype=np.float64).reshape(*node_shape(size), 2) * self.px_per_mm
        nodes += np.array(self.origin_px) - 0.5
        x, y = (spread_nodes(np.ascontiguousarray(nodes[..., k], dtype=np.float32), size) for k in (0, 1))
        around = cv2.remap(self.window, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        shown = lay_on_desk(page, np.asarray(around, dtype=np.uint8), to_px.forward(outline(page_mm, 64)))
        scale = float(local_scale(to_px, np.array([page_mm]) / 2.0)[0])
        if self.stripes == 0.0 or scale <= self.px_per_mm:
            return shown
        return _behind(shown, x, y, _raster(self.px_per_mm / scale, self.stripes))


def draw_panel(px_per_mm: float, page_mm: tuple[float, float], stripes: float, rng: np.random.Generator) -> Panel:
    """A screen and its window around a page, without a frame."""
    room = draw_room(rng)
    page_px = (round(page_mm[0] * px_per_mm), round(page_mm[1] * px_per_mm))
    return Panel(px_per_mm, stripes, draw_window(page_px, room, rng), (room.left, room.top), None, (0, 0, 0))


def framed(panel: Panel, rng: np.random.Generator) -> Panel:
    """The screen in a frame, mostly a black one."""
    grey = int(rng.integers(6, 40)) if rng.uniform() < 0.9 else int(rng.integers(110, 180))
    return replace(panel, bezel_mm=float(rng.uniform(4.0, 16.0)), bezel=(grey, grey, grey + 2))


def _raster(per_px: float, stripes: float) -> tuple[list[Bytes], Bytes]:
    """Light of each colour across a screen's pixel, and of all down it, (256,) each, as a camera's pixels average it.

    Args:
        per_px: Screen's pixels per pixel of the camera.
        stripes: Strength.
    """
    phase = (np.arange(256) + 0.5) / 256.0
    across, down = np.zeros((3, 256)), np.zeros(256)
    for k in range(1, _HARMONICS + 1):
        seen = np.sinc(k * per_px) * np.exp(-2.0 * (np.pi * _LENS_PX * k * per_px) ** 2)
        for colour in range(3):
            middle = (colour + 0.5) / 3.0
            across[colour] += 2.0 * np.sinc(k * _LIT[0]) * seen * np.cos(2.0 * np.pi * k * (phase - middle))
        down += 2.0 * np.sinc(k * _LIT[1]) * seen * np.cos(2.0 * np.pi * k * (phase - 0.5))
    light, rows = 1.0 + stripes * across, 1.0 + stripes * down
    light, rows = np.maximum(light, 0.0), np.maximum(rows, 0.0)
    bright = [np.round(255.0 * line / light.max()).astype(np.uint8) for line in light]
    return bright, np.round(255.0 * rows / rows.max()).astype(np.uint8)


def _behind(
    image: Picture, x: NDArray[np.float32], y: NDArray[np.float32], raster: tuple[list[Bytes], Bytes]
) -> Picture:
    """The picture seen through a raster; `x` and `y` are pixels of the screen, whole numbers in their middles."""
    for top in range(0, len(image), _BLOCK_ROWS):  # they stay in the processor's cache
        part = slice(top, top + _BLOCK_ROWS)
        across, down = ((place[part] * 256.0 + 128.0).astype(np.int32).astype(np.uint8) for place in (x, y))
        rows = cv2.LUT(down, raster[1])
        light = cv2.merge([cv2.multiply(cv2.LUT(across, line), rows, scale=1.0 / 255.0) for line in raster[0]])
        image[part] = cv2.multiply(image[part], light, scale=1.0 / 255.0)
    return image
