"""The desk, or the scanner's lid: what lies around the page. Procedural, drawn in a ninth of the picture's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.degrade.blend import laid_over
from synth.degrade.ink import cloud
from synth.geometry import Points
from synth.ranges import pick

Desk = Literal["plain", "wood", "cloth", "metal", "lid"]
Picture = NDArray[np.uint8]  # (H, W, 3) RGB

_WOODS: tuple[RGB, ...] = (
    (0.48, 0.31, 0.19),
    (0.62, 0.45, 0.28),
    (0.30, 0.19, 0.13),
    (0.72, 0.58, 0.42),
    (0.36, 0.28, 0.24),
)
_CLOTHS: tuple[RGB, ...] = (
    (0.25, 0.32, 0.45),
    (0.85, 0.85, 0.83),
    (0.30, 0.42, 0.38),
    (0.55, 0.18, 0.20),
    (0.18, 0.18, 0.20),
)
_COARSE = 3  # pixels of the picture per pixel that is drawn


def draw_desk(kind: Desk, grey: float, size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """A desk as large as the picture.

    Args:
        kind: What it is made of.
        grey: Brightness of a plain one, in [0, 1]; others take it as a hint of how much light there is.
        size: (width, height) in px.
        rng: Draws colour, grain and direction.
    """
    w, h = (-(-side // _COARSE) for side in size)
    if kind == "plain":
        return np.full((size[1], size[0], 3), round(255.0 * grey), dtype=np.uint8)
    upright = rng.uniform() < 0.5
    if kind == "lid":
        return np.asarray(cv2.resize(_lid((w, h), grey, rng), size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    texture = {"wood": _wood, "cloth": _cloth, "metal": _metal}[kind]((w, h) if upright else (h, w), rng)
    texture = texture.transpose(1, 0, 2) if not upright else texture
    light = 0.55 + 0.45 * grey
    drawn = np.asarray(np.clip(255.0 * light * texture, 0.0, 255.0), dtype=np.uint8)
    return np.asarray(cv2.resize(np.ascontiguousarray(drawn), size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def shade_lid(lid: Picture, outline_px: Points, rng: np.random.Generator) -> Picture:
    """The lid of a scanner with the shadow of a sheet's edges on it, away from the lamp that moves along one side."""
    h, w = lid.shape[:2]
    reach = max(h, w) / 2200.0 * rng.uniform(2.0, 12.0)
    away = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0))[int(rng.integers(4))]
    depth, coarse = rng.uniform(0.15, 0.55), 4
    small = np.zeros((-(-h // coarse), -(-w // coarse)), dtype=np.uint8)
    shape = np.round((outline_px + 0.6 * reach * np.array(away)) / coarse * 16.0).astype(np.int32).reshape(-1, 1, 2)
    cv2.fillPoly(small, [shape], 255.0 * depth, cv2.LINE_AA, 4)
    small = cv2.bitwise_not(cv2.GaussianBlur(small, (0, 0), max(0.5, 0.5 * reach / coarse)))
    shade = cv2.resize(cv2.cvtColor(small, cv2.COLOR_GRAY2RGB), (w, h), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(lid, shade, scale=1.0 / 255.0), dtype=np.uint8)


def lay_on_desk(page: Picture, desk: Picture, outline_px: Points, holes_px: Sequence[Points] = ()) -> Picture:
    """The page over the desk, which is seen outside the sheet's outline (n, 2) and in its holes; edges are smooth."""
    inside = np.zeros(page.shape[:2], dtype=np.uint8)
    for corners, filled in ((outline_px, 255.0), *((hole, 0.0) for hole in holes_px)):
        shape = np.round(corners * 16.0).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(inside, [shape], filled, cv2.LINE_AA, 4)
    return laid_over(desk.copy(), page, inside)


def _wood(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Boards with grain along x: noise much longer than wide, warped into rings."""
    w, h = size
    base = np.array(pick(_WOODS, rng), dtype=np.float32)
    warp = cloud((h, w), 5, rng)
    down = np.linspace(0.0, 9.0, h, dtype=np.float32)[:, None]
    rings = 0.5 + 0.5 * np.sin((warp * np.float32(rng.uniform(6.0, 18.0)) + down) * np.float32(2.0 * np.pi))
    fibre = cv2.resize(rng.random((h, max(2, w // 60)), dtype=np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    tone = 0.82 + 0.16 * rings + 0.22 * (np.asarray(fibre) - 0.5)
    boards = np.floor(np.arange(h) / h * rng.integers(1, 7))
    tone *= rng.uniform(0.85, 1.1, 8).astype(np.float32)[boards.astype(int)][:, None]
    seams = np.flatnonzero(np.diff(boards)) + 1
    tone[seams] *= 0.45
    return np.asarray(tone[..., None] * base, dtype=np.float32)


def _cloth(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """A plain weave with uneven threads and soft wrinkles."""
    w, h = size
    base = np.array(pick(_CLOTHS, rng), dtype=np.float32)
    pitch = rng.uniform(2.2, 5.0)
    x, y = (np.arange(side, dtype=np.float32) / np.float32(pitch) for side in (w, h))
    over = (np.floor(x)[None, :] + np.floor(y)[:, None]) % 2 == 0
    weave = np.where(over, np.sin(np.pi * (x % 1.0))[None, :], np.sin(np.pi * (y % 1.0))[:, None])
    fuzz = rng.random((h, w), dtype=np.float32)
    tone = 0.7 + 0.25 * weave + 0.3 * (cloud((h, w), 6, rng) - 0.5) + 0.12 * (fuzz - 0.5)
    return np.asarray(tone[..., None] * base, dtype=np.float32)


def _metal(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Brushed along x, with a broad reflection."""
    w, h = size
    brush = cv2.resize(rng.random((h, max(2, w // 90)), dtype=np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    glow = np.exp(-(((np.arange(h) / h - rng.uniform(0.1, 0.9)) / 0.35) ** 2))[:, None]
    tone = rng.uniform(0.35, 0.7) * (0.9 + 0.2 * np.asarray(brush)) + 0.25 * glow
    return np.asarray(tone[..., None] * np.array([0.98, 1.0, 1.02]), dtype=np.float32)


def _lid(size: tuple[int, int], grey: float, rng: np.random.Generator) -> Picture:
    """White foam or a black plate, a little uneven, hardly coloured."""
    w, h = size
    tint = np.array([1.0, 1.0, 1.0], dtype=np.float32) + rng.normal(0.0, 0.012, 3).astype(np.float32)
    tone = (
        8.0 + 247.0 * grey * (0.95 + 0.05 * cloud((h, w), 6, rng)) + 5.0 * (rng.random((h, w), dtype=np.float32) - 0.5)
    )
    return np.asarray(np.clip(tone[..., None] * tint, 0.0, 255.0), dtype=np.uint8)
