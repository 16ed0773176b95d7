"""The desk, or the scanner's lid: what lies around the page. Procedural, drawn in a ninth of the picture's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.cloud import cloud
from synth.degrade.scene.tabletop import cloth, laminate, metal, wood
from synth.degrade.scene.thing import Window
from synth.geometry import Points

Desk = Literal["plain", "wood", "cloth", "metal", "laminate", "lid"]
Picture = NDArray[np.uint8]  # (H, W, 3) RGB

_COARSE = 3  # pixels of the picture per pixel of a lid that is drawn


def draw_desk(
    kind: Desk,
    grey: float,
    size: tuple[int, int],
    rng: np.random.Generator,
    windows: Sequence[Window] | None = None,
) -> Picture:
    """A desk as large as the picture.

    Args:
        kind: What it is made of.
        grey: Brightness of a plain one, in [0, 1]; others take it as a hint of how much light there is.
        size: (width, height) in px.
        rng: Draws colour, grain and direction.
        windows: What of it is seen: the rest may be left black.
    """
    if kind == "plain":
        return np.full((size[1], size[0], 3), round(255.0 * grey), dtype=np.uint8)
    if kind == "lid":
        w, h = (-(-side // _COARSE) for side in size)
        return np.asarray(cv2.resize(_lid((w, h), grey, rng), size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    table = {"wood": wood, "cloth": cloth, "metal": metal, "laminate": laminate}[kind](size, 0.55 + 0.45 * grey, rng)
    desk = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    for left, top, right, bottom in ((0, 0, *size),) if windows is None else windows:
        desk[top:bottom, left:right] = table.seen(left, top, right, bottom)
    return desk


def shade_lid(lid: Picture, outline_px: Points, rng: np.random.Generator, holes_px: Sequence[Points] = ()) -> Picture:
    """The lid of a scanner with the shadow of a sheet's edges on it, away from the lamp that moves along one side.

    Holes, outlines (n, 2) each, cast none.
    """
    h, w = lid.shape[:2]
    reach = max(h, w) / 2200.0 * rng.uniform(2.0, 12.0)
    away = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))[int(rng.integers(4))]
    depth, coarse = rng.uniform(0.15, 0.55), 4
    small = np.zeros((-(-h // coarse), -(-w // coarse)), dtype=np.uint8)
    for edge, dark in ((outline_px, 255.0 * depth), *((hole, 0.0) for hole in holes_px)):
        shape = np.round((edge + 0.6 * reach * np.array(away)) / coarse * 16.0).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(small, [shape], dark, cv2.LINE_AA, 4)
    small = cv2.bitwise_not(cv2.GaussianBlur(small, (0, 0), max(0.5, 0.5 * reach / coarse)))
    shade = cv2.resize(cv2.cvtColor(small, cv2.COLOR_GRAY2RGB), (w, h), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(lid, shade, scale=1.0 / 255.0), dtype=np.uint8)


def _lid(size: tuple[int, int], grey: float, rng: np.random.Generator) -> Picture:
    """White foam or a black plate, a little uneven, hardly coloured."""
    w, h = size
    tint = np.array([1.0, 1.0, 1.0], dtype=np.float32) + rng.normal(0.0, 0.012, 3).astype(np.float32)
    tone = (
        8.0 + 247.0 * grey * (0.95 + 0.05 * cloud((h, w), 6, rng)) + 5.0 * (rng.random((h, w), dtype=np.float32) - 0.5)
    )
    return np.asarray(np.clip(tone[..., None] * tint, 0.0, 255.0), dtype=np.uint8)
